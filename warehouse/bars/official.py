"""What an exchange printed of its whole market on one evening, told by itself or by a vendor that repeats it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.lake.lines import LINES
from warehouse.plain import plain, plain_or_none

SAME_SHARE = 0.9  # so many lines alike, volumes too, are no coincidence: whole evenings never repeat
FEWEST = 3
WHOLE_SHARE = 0.75  # of the evening before: no market loses a quarter of its lines overnight
LEAST_EVENING = 20  # lines
COUNTED = ("structured product", "bond")  # kinds that are no rows: 15,000 a day, and nobody follows one
OTHER_SHARE = 0.25  # of the recorded half year's busiest ex-date three stocks in a hundred had another reference
SAME_PRINT, SAME_VOLUME = 0.0005, 0.01  # money, of which Hong Kong prints three decimals; of the volume
MEASURED_ELSEWHERE = "previous closes are not the closes of"  # of a detail, before the session
LARGEST = 2**53  # beyond it a number is no longer exact, and no price or turnover is
LONGEST_LINE = 400  # characters; an entry of HKEX's page takes two lines of 74


@dataclass(frozen=True, eq=False)
class OfficialAnswer:
    """One evening of a market, or of a board of it, and what came of asking for it.

    `outcome` is one of
    'ok';
    'not published' (the session's numbers are not out yet: ask later), 'no trading' (the source says that the day is no
    session), 'no data' (it has nothing of that day, any more or at all);
    'transient' (ask again), 'cut' (the answer ended before its end);
    'another day' (another evening's numbers under this day's name);
    'banned' (it refuses us, or asks for a check: nobody asks it again until a person has looked);
    'unknown shape' (it changed).
    Only an 'ok' one has `lines` (schema `LINES`, a symbol once). `unread` are the texts of lines that could not be read
    or that contradict what any line can be: few beside good ones, and none of them is in `lines`. `turnover_total` is
    the source's own figure for the whole board with all that is traded there, in the market's currency. `raw` are the
    bytes that came, as far as they were wanted: the source's `decode` reads the same out of them again. `asked_at` is
    UTC; `requests` counts what was asked for it.
    """

    source: str
    board: str
    trade_date: date
    outcome: str
    asked_at: datetime
    detail: str | None = None
    lines: pa.Table = field(default_factory=LINES.empty_table)
    turnover_total: float | None = None
    unread: tuple[str, ...] = ()
    raw: bytes = b""
    requests: int = 0

    def __post_init__(self) -> None:
        """What a vendor wrote is made plain."""
        object.__setattr__(self, "detail", plain_or_none(self.detail))
        object.__setattr__(self, "unread", tuple(plain(text, LONGEST_LINE) for text in self.unread))


def lines_of(rows: list[dict[str, Any]]) -> pa.Table:
    """The rows with the schema `LINES`, their texts plain; what a row leaves out is null."""
    texts = [{name: plain(value) if isinstance(value, str) else value for name, value in row.items()} for row in rows]
    return pa.Table.from_pylist(texts, LINES)


def refuse_misshapen_evening(answer: OfficialAnswer, source: str, board: str, day: date) -> None:
    """Raise `ValueError` where an answer is about another evening, or has other lines than `LINES`, a symbol once, or a
    number that cannot be added up.
    """
    about = (answer.source, answer.board, answer.trade_date)
    if about != (source, board, day):
        raise ValueError(f"the answer is about {' '.join(map(str, about))}")
    if answer.asked_at.tzinfo is None:
        raise ValueError("a moment has no time zone")
    if not answer.lines.schema.equals(LINES):
        raise ValueError("its lines have other columns")
    symbols = answer.lines["symbol"].to_pylist()
    if set(answer.lines["trade_date"].to_pylist()) - {day} or len(set(symbols)) < len(symbols):
        raise ValueError("its lines are of another day, or two of one symbol")
    if answer.outcome == "ok" and not symbols:
        raise ValueError("it has no lines")
    columns = [pa.array([answer.turnover_total], pa.float64())]
    columns += [answer.lines[field.name] for field in LINES if pa.types.is_floating(field.type)]
    if any(pc.any(pc.invert(pc.less_equal(pc.abs(column), LARGEST))).as_py() for column in columns):
        raise ValueError(f"a number is none, or beyond {LARGEST}")


def unless_repeated(answer: OfficialAnswer, before: pa.Table) -> OfficialAnswer:
    """The answer, or 'another day' when its lines are those of the evening `before` (schema `LINES`) once more.

    A page can carry yesterday's numbers under today's date; only the evening before tells.
    """
    old, new = _traded(before), _traded(answer.lines)
    common = old.keys() & new.keys()
    same = sum(old[symbol] == new[symbol] for symbol in common)
    return _another_day(answer, same, len(common), "traded lines are those of the evening before, volumes too")


def unless_of_before(answer: OfficialAnswer, before: Mapping[str, tuple[float, float]]) -> OfficialAnswer:
    """The answer, or 'another day' when its lines are our own bars of the session `before`: closes and volumes.

    That shows where the source's own evening before is not stored. Vendors' volumes differ by a few shares.
    """
    lines = {symbol: (line[0], line[3]) for symbol, line in _traded(answer.lines).items() if symbol in before}
    same = sum(
        abs(close - before[symbol][0]) < SAME_PRINT and abs(volume - before[symbol][1]) <= SAME_VOLUME * volume
        for symbol, (close, volume) in lines.items()
    )
    return _another_day(answer, same, len(lines), "traded lines are our bars of the session before, volumes too")


def unless_measured_elsewhere(answer: OfficialAnswer, before: pa.Table) -> OfficialAnswer:
    """The answer, or 'another day' when many previous closes are not the closes of the session `before` (`LINES`).

    An event moves a few of them. All at once are those of another session, and each would be an event that nobody told.
    """
    closes, previous = _by_symbol(before, "close"), _by_symbol(answer.lines, "previous_close")
    both = [(stated, closes[symbol]) for symbol, stated in previous.items() if stated and closes.get(symbol)]
    other = sum(abs(stated - close) >= SAME_PRINT for stated, close in both)
    if len(both) < LEAST_EVENING or other <= OTHER_SHARE * len(both):
        return answer
    detail = f"{other} of {len(both)} {MEASURED_ELSEWHERE} {before['trade_date'][0]}"
    return _nothing_but(answer, "another day", detail)


def unless_cut(answer: OfficialAnswer, before: pa.Table, told_before: Collection[str]) -> OfficialAnswer:
    """The answer, or 'cut' when it lacks many of the lines of the evening `before` (schema `LINES`): one exchange, say.

    `told_before` are the details of earlier days' answers of the same evening: what is told again is all there is.
    """
    lines, usual = len(rows_of(answer.lines)), len(before)
    detail = f"{lines} lines, where {before['trade_date'][0] if usual else None} had {usual}"
    if usual < LEAST_EVENING or lines >= WHOLE_SHARE * usual or detail in told_before:
        return answer
    return _nothing_but(answer, "cut", detail)


def with_doubted_repeats(answer: OfficialAnswer, before: pa.Table) -> OfficialAnswer:
    """The answer, its lines in doubt that are those of the session `before` (schema `LINES`), previous closes too.

    An evening that is whole but for some lines. A stock that closes the same again has another previous close then.
    """
    old, new = _traded(before), _traded(answer.lines)
    stated_before, stated = _by_symbol(before, "previous_close"), _by_symbol(answer.lines, "previous_close")
    same = {
        symbol
        for symbol in old.keys() & new.keys()
        if old[symbol] == new[symbol] and stated[symbol] == stated_before[symbol] not in (None, new[symbol][0])
    }
    is_same = pc.is_in(answer.lines["symbol"], pa.array(sorted(same), pa.string()))
    return _doubting(answer, is_same, f"the line of {before['trade_date'][0]} once more")


def with_doubted_currency(answer: OfficialAnswer, symbols: Collection[str], currency: str) -> OfficialAnswer:
    """The answer, its lines of those symbols in doubt where they are in another currency than our bars of them."""
    lines = answer.lines
    is_other = pc.and_(
        pc.is_in(lines["symbol"], pa.array(sorted(symbols), pa.string())),
        pc.fill_null(pc.not_equal(lines["currency"], currency), False),
    )
    return _doubting(answer, is_other, f"in another currency than {currency}")


def is_counted(lines: pa.Table) -> pa.ChunkedArray:
    """Which lines are of a kind that is only counted."""
    return pc.is_in(lines["kind"], pa.array(COUNTED))


def rows_of(lines: pa.Table) -> pa.Table:
    """The lines that become rows: an evening is held against those of another, which are all that is stored of it."""
    return lines.filter(pc.invert(is_counted(lines)))


def _another_day(answer: OfficialAnswer, same: int, common: int, what: str) -> OfficialAnswer:
    if common < FEWEST or same < SAME_SHARE * common:
        return answer
    return _nothing_but(answer, "another day", f"{same} of {common} {what}")


def _nothing_but(answer: OfficialAnswer, outcome: str, detail: str) -> OfficialAnswer:
    return replace(answer, outcome=outcome, detail=detail, lines=LINES.empty_table(), turnover_total=None, unread=())


def _doubting(answer: OfficialAnswer, which: Any, doubt: str) -> OfficialAnswer:
    lines = answer.lines
    doubts, at = pc.coalesce(lines["doubt"], doubt), lines.schema.get_field_index("doubt")
    return replace(answer, lines=lines.set_column(at, LINES.field(at), pc.if_else(which, doubts, lines["doubt"])))


def _by_symbol(lines: pa.Table, name: str) -> dict[str, Any]:
    return dict(zip(lines["symbol"].to_pylist(), lines[name].to_pylist(), strict=True))


def _traded(lines: pa.Table) -> Mapping[str, tuple[Any, ...]]:
    columns = ("symbol", "close", "high", "low", "volume", "turnover")
    rows = lines.filter(pc.equal(lines["state"], "traded")).select(columns).to_pydict()
    return {symbol: tuple(values) for symbol, *values in zip(*rows.values(), strict=True)}
