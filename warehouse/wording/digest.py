"""An evening as a message for the pocket: the verdict first, as long as the channel takes; and what changed since."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import groupby

from warehouse.plain import plain
from warehouse.wording import en, zh
from warehouse.wording.claims import Claims, Row, claims_of
from warehouse.wording.digest_words import WORDS
from warehouse.wording.figures import level, percent, rounded, signed
from warehouse.wording.market import MARKETS
from warehouse.wording.market import told as whole_market
from warehouse.wording.movers import Mover, movers
from warehouse.wording.printed import Figures, amount, changed

NAMES = {"en": "", "zh": "_zh", "zh-hans": "_zh_hans"}
COMPARISONS: dict[str, Callable[[Row, Claims], str]] = {
    "en": en.comparison,
    "zh": partial(zh.comparison, script=zh.TRADITIONAL),
    "zh-hans": partial(zh.comparison, script=zh.SIMPLIFIED),
}
WHY: dict[str, Callable[[Mover], str]] = {
    "en": en.why,
    "zh": partial(zh.why, script=zh.TRADITIONAL),
    "zh-hans": partial(zh.why, script=zh.SIMPLIFIED),
}
CORRECTED = 5  # names on a line of what was corrected


@dataclass(frozen=True)
class Message:
    """A title of one line, and a text of several."""

    title: str
    text: str

    def __len__(self) -> int:
        """In characters, as a channel without titles counts them."""
        return len(self.title) + 1 + len(self.text)

    @property
    def size(self) -> int:
        """In bytes."""
        return len(f"{self.title}\n{self.text}".encode())


Fits = Callable[[Message], bool]


@dataclass(frozen=True)
class Change:
    """What changed of a market's evening since it was told: its rows now, the figures then, the closes corrected since
    (rows of `digest_corrected`).
    """

    rows: list[Row]
    before: Figures
    now: Figures
    corrected: list[Row]


def evening(rows: list[Row], language: str, ends: Sequence[str], fits: Fits) -> Message:
    """The evening of a date in the longest form that fits, before the lines `ends`; its rows of the query `digest`."""
    markets = [list(group) for _, group in groupby(rows, key=lambda row: row["of_market"])]
    title = _title(markets, language)
    mark = _mark(rows, language)
    for depth in (3, 2, 1, 0):
        lines = [line for market in markets for line in _market(market, language, depth)]
        found = Message(title, "\n".join([*mark, *lines, *ends]))
        if fits(found):
            return found
    return _cut(title, [*mark, *lines], ends, fits)


def changes(found: list[Change], language: str, ends: Sequence[str], fits: Fits) -> Message:
    """What changed of evenings that were told, and nothing else; cut to what fits."""
    words = WORDS[language]
    days = sorted({change.rows[0]["session"] for change in found})
    title = words["changed"] + words["and"].join(_day(day, language) for day in days[:3]) + "…" * (len(days) > 3)
    mark = _mark([row for change in found for row in change.rows], language)
    lines = [line for change in found for line in _changed(change, language)]
    return _cut(title, [*mark, *lines], ends, fits)


def alerts(found: dict[str, list[str]], language: str, ends: Sequence[str], fits: Fits) -> Message:
    """The rows of alerts, by the name of each; cut to what fits."""
    words = WORDS[language]
    lines = [line for name, rows in found.items() for line in (f"{name}:", *(f"  {row}" for row in rows))]
    return _cut(f"{words['alert']}{words['and'].join(found)}", lines, ends, fits)


def _cut(title: str, lines: list[str], ends: Sequence[str], fits: Fits) -> Message:
    """As many of the lines as fit before the end, and a sign that there were more; of a long first line its start."""
    message = Message(title, "\n".join([*lines, *ends]))
    while lines and not fits(message):
        *lines, last = lines
        short = [last[: len(last) * 3 // 4]] if not lines and len(last) > 1 else []
        lines = [*lines, *short]
        message = Message(title, "\n".join([*lines, "…", *ends]))
    return message


def _mark(rows: list[Row], language: str) -> list[str]:
    return [WORDS[language]["simulated"]] if any(row["source"] == "simulated" for row in rows) else []


def _title(markets: list[list[Row]], language: str) -> str:
    words = WORDS[language]
    told = words["and"].join(
        words["verdict"].format(MARKETS[language][rows[0]["of_market"]], words["states"][rows[0]["session_state"]])
        for rows in markets
    )
    return str(words["title"].format(_day(markets[0][0]["session"], language), told))


def _market(rows: list[Row], language: str, depth: int) -> list[str]:
    """The lines of a market: 3 is all, 2 names one member a side, 1 is levels and moves, 0 a line of codes."""
    words, first = WORDS[language], rows[0]
    verdict = words["verdict"].format(MARKETS[language][first["of_market"]], words["states"][first["session_state"]])
    if depth == 0:
        moves = ", ".join(f"{row['index_code']} {_percent(row['return_1d'], 2)}" for row in rows)
        return [f"{verdict}: {moves}"]
    counts = words["counts"].format(first["received"], first["expected"])
    reason = first[f"session_reason{NAMES[language]}"] if depth == 3 else None
    lines = [f"{verdict}{words['comma']}{counts}", *([plain(reason)] if reason else [])]
    for row in rows:
        lines += _index(row, language, depth)
    if depth == 3 and first["whole_market"]:
        lines.append(_whole(first, language))
    return [*lines, ""] if depth > 1 else lines


def _whole(row: Row, language: str) -> str:
    return str(WORDS[language]["whole"].format(whole_market(row["whole_market"], language)))


def _index(row: Row, language: str, depth: int) -> list[str]:
    words = WORDS[language]
    name = _name(row, language) if depth > 1 else row["index_code"]
    if row["close"] is None:
        return [words["no close"].format(name)]
    line = f"{name} {level(row['close'])}"
    line += f" {_percent(row['return_1d'], 2)}" if row["return_1d"] is not None else f" {words['unknown']}"
    if depth == 1:
        return [line]
    if row["change_points"] is not None:
        line += words["points"].format(signed(rounded(row["change_points"], 2)))
    compared = COMPARISONS[language](row, claims_of(row))
    told = [_led(row, side, language, 3 if depth == 3 else 1) for side in ("leaders", "laggards")]
    told.append(words["comma"].join(filter(None, [_breadth(row, language), _dealt(row, language)])))
    return [line + (f"{words['comma']}{compared}" if compared else ""), *filter(None, told)]


def _led(row: Row, side: str, language: str, count: int) -> str | None:
    """The first members of a side. While some were not seen, nobody is said to lead."""
    words = WORDS[language]
    found = [
        f"{mover.name} {_percent(mover.move, 1)}{WHY[language](mover)}"
        for mover in movers(row, side, NAMES[language])[:count]
    ]
    is_whole = claims_of(row).is_whole
    return words[side if is_whole else f"{side} seen"].format(words["and"].join(found)) if found else None


def _breadth(row: Row, language: str) -> str | None:
    if not row["member_count"]:
        return None
    words = WORDS[language]
    unseen = words["unseen"].format(row["without_return"]) if row["without_return"] else ""
    return str(words["breadth"].format(row["advancers"], row["decliners"])) + unseen


def _changed(change: Change, language: str) -> list[str]:
    words, first = WORDS[language], change.rows[0]
    head = words["of"].format(MARKETS[language][first["of_market"]], _day(first["session"], language))
    causes = []
    verdict, before = change.now[""], change.before[""]
    if verdict["state"] != before["state"]:
        causes.append(words["now"].format(words["states"][verdict["state"]]))
    if verdict["counts"] != before["counts"] and verdict["state"] != "closed":
        causes.append(words["counts"].format(*verdict["counts"]))
    names = [
        words["close corrected"].format(
            row[f"name{NAMES[language]}"] or row["name"], _price(row["old_value"]), _price(row["new_value"])
        )
        for row in change.corrected[:CORRECTED]
    ]
    more = len(change.corrected) - CORRECTED
    causes += [*names, *([words["more"].format(more)] if more > 0 else [])]
    lines = [f"{head}{words['semicolon'].join(causes) or words['other']}"]
    if "whole" in changed(change.before, change.now, ""):
        lines.append(_whole(first, language))
    for row in change.rows:
        told = _told_anew(row, change, language)
        if row["close"] is None and changed(change.before, change.now, row["index_symbol"]):
            lines.append(words["no close"].format(_name(row, language)))
        elif told:
            lines.append(f"{_name(row, language)}{words['colon']}{words['semicolon'].join(told)}")
    return lines


def _told_anew(row: Row, change: Change, language: str) -> list[str]:
    """What an index says now, of the figures that are others: with what was said, as far as that is one number."""
    words, symbol = WORDS[language], row["index_symbol"]
    said: list[str] = []
    for name in changed(change.before, change.now, symbol):
        old = change.before[symbol].get(name)
        if name == "close" and row["close"] is not None:
            said.append(level(row["close"]) + _was(level(float(old)) if old else None, language))
        elif name == "move" and row["return_1d"] is not None:
            was = None if old is None else _percent(float(old) / 100, 2)
            said.append(_percent(row["return_1d"], 2) + _was(was, language))
        elif name == "compared" and (compared := COMPARISONS[language](row, claims_of(row))):
            said.append(compared)
        elif name in ("leaders", "laggards") and (led := _led(row, name, language, 3)):
            said.append(led)
        elif name == "breadth" and (breadth := _breadth(row, language)):
            was = words["breadth"].format(*old) if old and old[0] is not None else None
            said.append(breadth + _was(was, language))
        elif name == "dealt" and (dealt := _dealt(row, language)):
            said.append(dealt)
    return said


def _was(before: str | None, language: str) -> str:
    return WORDS[language]["was"].format(before) if before else ""


def _dealt(row: Row, language: str) -> str | None:
    found = amount(row)
    if found is None:
        return None
    words, (kind, value) = WORDS[language], found
    money = f"{value / 10:,.1f}" if language == "en" else f"{value:,}"
    return str(words[kind].format(words["money"][row["currency"]].format(money)))


def _name(row: Row, language: str) -> str:
    return str(row[f"index_name{NAMES[language]}"] or row["index_name"])


def _day(day: date, language: str) -> str:
    return f"{day.day} {day:%B %Y}" if language == "en" else f"{day.year}年{day.month}月{day.day}日"


def _percent(fraction: float | None, decimals: int) -> str:
    return "–" if fraction is None else f"{signed(percent(fraction, decimals))}%"


def _price(value: float) -> str:
    text = f"{value:.4f}".rstrip("0")
    return f"{value:.2f}" if len(text.partition(".")[2]) < 2 else text
