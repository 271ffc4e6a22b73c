"""The sentences in Chinese: one grammar, and the words of each script (`chinese.csv`)."""

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from warehouse.wording.claims import SUPERLATIVE, Claims, Period, Row, Run, Since, is_changing, is_old
from warehouse.wording.figures import level, percentage
from warehouse.wording.movers import Mover, movers, returned


@dataclass(frozen=True)
class Script:
    """The words of one script. `names` ends the columns that hold its names; the rest are phrases."""

    names: str
    words: dict[str, str]

    def __getitem__(self, key: str) -> str:
        """The word or phrase of that key."""
        return self.words[key]


def _script(names: str, column: str) -> Script:
    with Path(__file__).with_name("chinese.csv").open(encoding="utf-8", newline="") as file:
        return Script(names, {row["phrase"]: row[column] for row in csv.DictReader(file)})


TRADITIONAL, SIMPLIFIED = _script("_zh", "zh_hant"), _script("_zh_hans", "zh_hans")


def headline(row: Row, claims: Claims, script: Script) -> str:
    """The sentences of one index and day in that script."""
    parts = [
        _opening(row, claims, script),
        _turned(claims, script),
        _level(row, claims, script),
        _run(row, claims, script),
        *_periods(row, claims.periods, script),
        _crowd(row, claims, script),
        _returned(row, script),
        *_cautions(row, script),
    ]
    mark = script["simulated"] if row["source"] == "simulated" else ""
    state = script[row["state"]] if row["state"] != "complete" else ""
    return mark + state + "".join(f"{part}。" for part in parts if part)


def reason(found: dict[str, Any], script: Script) -> str | None:
    """Why a session or an index is not complete, and what else to know; None when there is nothing."""
    counts, parts = found["counts"], []
    if found["is_pending"]:
        parts.append(script["no run"])
    else:
        if counts["newly_flat"]:
            limit = script["half day"] if counts["is_half_day"] else ""
            parts.append(script["flat stocks"].format(counts["newly_flat"]) + limit)
        missing = [_missing(key, script) for key in counts["missing"] or ()]
        events = [name.split(" ")[0] for name in counts["events"] or ()]
        # Names of rules are English: the symbols alone.
        parts.append(_counted("n held", [name.split(" ")[0] for name in counts["held"] or ()], script))
        parts.append(_counted("n missing", missing, script))
        parts.append(_counted("n events", events, script))
        parts.append(_counted("n no reference", counts["no_reference"], script))
        parts.append(_counted("n short", counts["short_history"], script))
        parts.append(_counted("n gone", counts["gone"], script))
    for index in found["unconfirmed"] or ():
        parts.append(script["unconfirmed list"].format(_index(index, script), _iso(index["since"])))
    for change in found["announced"] or ():
        says = change[f"change{script.names}"]
        if says:
            parts.append(script["announced list"].format(_iso(change["effective_on"]), _index(change, script), says))
    return "；".join(part for part in parts if part) or None


def _missing(key: dict[str, Any], script: Script) -> str:
    since = script["no data since"].format(_iso(key["since"])) if key["since"] else ""
    return f"{key['symbol']}{since}{script[key['outcome']] if key['outcome'] else ''}"


def _counted(what: str, names: list[str] | None, script: Script) -> str:
    if not names:
        return ""
    return script[what].format(len(names), "、".join(names[:5]) + (script["more"] if len(names) > 5 else ""))


def _index(found: dict[str, Any], script: Script) -> str:
    return str(found[f"name{script.names}"] or found["index_code"])


def _iso(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"


def comparison(row: Row, claims: Claims, script: Script) -> str:
    """What the day is best compared with, as a phrase of its own; '' where nothing is worth it."""
    if claims.compared:
        return _compared(row, claims, claims.compared, script)
    if found := _level(row, claims, script) or _run(row, claims, script):
        return found
    return next((_period(row, period, script) for period in claims.periods), "")


def _opening(row: Row, claims: Claims, script: Script) -> str:
    name, close = row[f"name{script.names}"] or row["name"], f"{level(row['close'])}{script['points']}"
    half = script["half"] if row["session_kind"] == "half" else ""
    if claims.direction == "unknown":
        return f"{name}{half}{script['closed']}{close}；{script['unknown']}"
    points = level(row["change_points"])
    if claims.direction == "flat":
        side = "up" if row["change_points"] > 0 else "down"
        moved = "" if points == "0.00" else f"，{script[side]}{points}{script['points']}"
        return f"{name}{half}{script['flat']}{moved}，{script['closed']}{close}{_both_ends(row, claims, script)}"
    verb = script[f"{claims.direction} {claims.size}"]
    told = f"{name}{half}{verb}{points}{script['points']}，{_or(row, claims, script)}，{script['closed']}{close}"
    if claims.compared:
        told += f"，{_compared(row, claims, claims.compared, script)}"
    return told + _performers(row, claims, script)


def _or(row: Row, claims: Claims, script: Script) -> str:
    return f"{script[claims.direction]}幅{percentage(row['return_1d'], 2)}"


def _both_ends(row: Row, claims: Claims, script: Script) -> str:
    best, worst = movers(row, "leaders", script.names), movers(row, "laggards", script.names)
    if not claims.is_whole or (row["advancers"] or 0) < SUPERLATIVE or (row["decliners"] or 0) < SUPERLATIVE:
        return ""
    if not (best and worst):
        return ""
    return f"，{_named(best[0], script)}{script['best']}，{_named(worst[0], script)}{script['worst']}"


def _performers(row: Row, claims: Claims, script: Script) -> str:
    side, how, count = (
        ("leaders", "best", row["advancers"]) if claims.direction == "up" else ("laggards", "worst", row["decliners"])
    )
    first = movers(row, side, script.names)[:2]
    if not first:
        return ""
    if claims.is_whole and count >= SUPERLATIVE:
        return f"，{script['and'].join(_named(mover, script) for mover in first)}{script[how]}"
    return f"，{script['among']}{'，'.join(_told(mover, script) for mover in first)}"


def _turned(claims: Claims, script: Script) -> str:
    if claims.turned is None:
        return ""
    return f"{script['intraday']}{script['up' if claims.turned > 0 else 'down']}{percentage(claims.turned, 2)}"


def _level(row: Row, claims: Claims, script: Script) -> str:
    if claims.level is None:
        return ""
    if claims.level.kind == "matched":
        return script[f"matched close {claims.direction}"].format(_day(row, claims.level.day, script))
    side = script["highest" if claims.direction == "up" else "lowest"]
    return f"{script['close']}{_since(row, claims.level, script)}{side}"


def _run(row: Row, claims: Claims, script: Script) -> str:
    run = claims.run
    if run is None:
        return ""
    return script["run"].format(script[claims.direction], run.length) + _of_runs(row, run, script)


def _of_runs(row: Row, run: Run, script: Script) -> str:
    if run.since:
        return f"，{script['longest'].format(_date(row, run.since))}"
    return f"，{script['matched'].format(_date(row, run.matched))}" if run.matched else ""


def _periods(row: Row, periods: tuple[Period, ...], script: Script) -> list[str]:
    """The periods that have nothing beside their move in one sentence, the others in one each."""
    plain = [period for period in periods if not (period.since or period.streak)]
    said = ["，".join(_period(row, period, script) for period in plain)]
    return said + [_period(row, period, script) for period in periods if period not in plain]


def _period(row: Row, period: Period, script: Script) -> str:
    kind = "short week" if period.is_short else "month total" if period.kind == "month" else period.kind
    size, side = percentage(period.move, 2), "up" if period.move > 0 else "down"
    if size == "0.00%":
        return f"{script[kind]}{script['unchanged']}"
    told = f"{script[kind]}{script[side]}{size}"
    if period.since:
        told += f"，{_since_of_period(row, period, side, script)}"
    if period.streak:
        told += f"，{script[f'{period.kind} streak'].format(script[side], period.streak)}"
    return told


def _since_of_period(row: Row, period: Period, side: str, script: Script) -> str:
    day = period.since.day if period.since else None
    if period.since is None or day is None:
        return f"{script['is']}{script['launch']}{script[f'largest {side}']}"
    is_matched = period.since.kind == "matched"
    if period.kind == "year":
        told = script["year name"].format(day.year)
    elif period.kind == "quarter":
        told = script["quarter name"].format(day.year, (day.month - 1) // 3 + 1)
    elif period.kind == "month":
        told = f"{day.month}月" if day.year == row["trade_date"].year else f"{day.year}年{day.month}月"
    else:
        is_old = row["trade_date"] - day > timedelta(days=365)
        week = script["a week"] if is_matched else "{}"
        told = (week if is_old else script["week since"]).format(_date(row, day))
    if is_matched:
        return script[f"matched {side}"].format(told)
    return f"{script['is']}{told}{script['since']}{script[f'largest {side}']}"


def _crowd(row: Row, claims: Claims, script: Script) -> str:
    up, down, count, seen = (row[name] or 0 for name in ("advancers", "decliners", "member_count", "with_return"))
    if not count or (claims.is_whole and up + down == 0):
        return ""
    if not seen:
        return script["none seen"].format(count, _unseen(row, script))
    rose_first = up > down or (up == down and claims.direction != "down")
    first, verb, other, opposite = (up, "rises", down, "falls") if rose_first else (down, "falls", up, "rises")
    if claims.is_whole and first == count:
        return f"{count}{script['members']}{script['all']}{script[verb]}"
    whole = f"{count}{script['members']}" if claims.is_whole else f"{script['seen']}{seen}{script['members']}"
    told = f"{whole}{script['in']}，{first}{script['ones']}{script[verb]}"
    if other:
        told += f"，{other}{script['ones']}{script[opposite]}{_who(row, claims, opposite, other, script)}"
    return (
        told if claims.is_whole else f"{told}；{script['unseen'].format(row['without_return'], _unseen(row, script))}"
    )


def _unseen(row: Row, script: Script) -> str:
    """Why members have no return, with how many of each."""
    gone = row["unobtainable"] or 0
    reasons = {"held": row["held"], "missing": row["missing"] - gone, "gone": gone, "no reference": row["no_reference"]}
    told = {why: count for why, count in reasons.items() if count}
    if len(told) == 1:
        return script[next(iter(told))]
    return "、".join(f"{count}{script['ones']}{script[why]}" for why, count in told.items())


def _who(row: Row, claims: Claims, verb: str, count: int, script: Script) -> str:
    """Who moved the other way: one or two with their moves, of more the first."""
    found = movers(row, "leaders" if verb == "rises" else "laggards", script.names)
    if not found:
        return ""
    if count < SUPERLATIVE:
        return f"（{'，'.join(_told(mover, script) for mover in found)}）" if len(found) >= count else ""
    is_told = (claims.direction == "up") == (verb == "rises") and claims.direction in ("up", "down")
    if not claims.is_whole or is_told:
        return ""
    return f"，{_named(found[0], script)}{script['most up' if verb == 'rises' else 'most down']}"


def _returned(row: Row, script: Script) -> str:
    mover = returned(row, script.names)
    if mover is None:
        return ""
    return f"{mover.name}{script['resumed']}{script['up' if mover.move > 0 else 'down']}{percentage(mover.move, 2)}"


def _cautions(row: Row, script: Script) -> list[str]:
    said = []
    if row["state"] == "pending":
        said.append(script["not run"])
    if row["members_unconfirmed_since"]:
        said.append(script["unconfirmed"].format(_date(row, row["members_unconfirmed_since"])))
    says = row[f"change{script.names}"]
    if is_changing(row) and says:
        said.append(script["announced"].format(_date(row, row["change_on"]), says))
    return said


def _compared(row: Row, claims: Claims, compared: Since, script: Script) -> str:
    if compared.kind == "matched":
        return script[f"matched {claims.direction}"].format(_day(row, compared.day, script))
    return f"{_since(row, compared, script)}{script[f'largest {claims.direction}']}"


def _since(row: Row, since: Since, script: Script) -> str:
    if since.kind == "month":
        return script["month"]
    if since.kind == "year":
        return f"{script['is']}{script['52 weeks']}"
    if since.kind == "launch" or since.day is None:
        return f"{script['is']}{_date(row, row['launched_on'])}{script['launch']}"
    hole = script["hole"].format(_date(row, since.hole)) if since.hole else ""
    return f"{script['is']}{_date(row, since.day)}{script['since']}{hole}"


def _day(row: Row, day: date | None, script: Script) -> str:
    told = _date(row, day)
    return script["a day"].format(told) if day and is_old(row, day) else told


def _date(row: Row, day: date | None) -> str:
    """A day as the press gives it: without the year in the same year, year and month when over a year old."""
    if day is None:
        return ""
    if is_old(row, day):
        return f"{day.year}年{day.month}月"
    year = "" if day.year == row["trade_date"].year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


def _named(mover: Mover, script: Script) -> str:
    return mover.name + why(mover, script)


def _told(mover: Mover, script: Script) -> str:
    moved = f"{mover.name}{script['up' if mover.move > 0 else 'down']}{percentage(mover.move, 2)}"
    return moved + why(mover, script)


def why(mover: Mover, script: Script) -> str:
    """What explains a member's move, or that nothing does, in brackets; nothing where there is nothing to say."""
    return f"（{script[mover.mark]}）" if mover.mark else ""
