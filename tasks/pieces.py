"""What came of some symbols' answers: rows that wait as Arrow, on disk where a window is long, and what is beside them.

A piece is judged whole and taken into the lake year by year, so that memory depends on neither's length.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pa_dataset
import pyarrow.parquet as pq

from tasks.events import Judged
from warehouse.frames import KEY, UNLISTED_ADJUSTMENT, is_among, together
from warehouse.lake.schema import STOCKS
from warehouse.rules.decisions import STORED
from warehouse.rules.evening import SECTION
from warehouse.whole import write_whole

# Of a judged bar: what the lake keeps of it, the rule that holds it, and what it was held against.
BARS = pa.schema(
    [
        *(STOCKS.schema.field(name).with_nullable(True) for name in STORED),
        ("is_index", pa.bool_()),
        *((name, pa.string()) for name in ("time_zone", "rule", "detail")),
        *((name, pa.float64()) for name in ("previous_close", "reference_price")),
    ]
)
ROWS_READ_TOGETHER = 16_384  # of a file: they lie by day, so a year is a few groups of them
ROWS_OF_A_COMMIT = 200_000  # at most, where there are several years to part; a year is never parted
COUNTED_BESIDE = 10  # days on either side that the rules of the evening look at
Span = tuple[date, date]  # both ends included
ALL_DAYS: Span = (date.min, date.max)


@dataclass(frozen=True)
class Piece:
    """What came of some symbols' answers, before the evening is seen as a whole.

    `bars` (`BARS`) are judged, a `rule` where one is held, and `warned` are the quarantine's rows of those that are
    stored all the same. `section` is what the rules of the evening need of them and of the stored bars around them
    (`SECTION`); `newly_flat` are the days of every stock since it turned flat
    (`trade_date`, `flat_since`). `events` are the judged splits, dividends and
    adjustments; `undated` have symbol, trade_date, rule and detail.
    """

    symbols: frozenset[str]
    bars: pa_dataset.Dataset
    section: pa_dataset.Dataset
    warned: pd.DataFrame
    newly_flat: pd.DataFrame
    events: Judged
    undated: pd.DataFrame

    def __reduce__(self) -> tuple[Callable[..., "Piece"], tuple[Any, ...]]:
        """As it goes to another process: rows as tables, since Arrow packs no dataset."""
        rows = self.bars.to_table(), self.section.to_table()
        return _unpacked, (self.symbols, *rows, self.warned, self.newly_flat, self.events, self.undated)

    @cached_property
    def rebased(self) -> frozenset[str]:
        """Symbols whose history was found to be rebased, by an adjustment that no evening before knew."""
        found = self.events.accepted
        return frozenset(found.loc[(found["kind"] == UNLISTED_ADJUSTMENT) & found["is_new"], "symbol"])

    @cached_property
    def passed(self) -> frozenset[str]:
        """Symbols of which some bar passed."""
        names = self.bars.to_table(["symbol"], filter=pc.field("rule").is_null())["symbol"]
        return frozenset(pc.unique(names).to_pylist())

    @cached_property
    def rows_by_year(self) -> Counter[int]:
        """How many bars and other findings it has of each year."""
        years = pc.value_counts(pc.year(self.bars.to_table(["trade_date"])["trade_date"])).to_pylist()
        others = together(*(rows[["trade_date"]] for rows in (self.events.held, self.events.warned, self.undated)))
        return Counter({year["values"]: year["counts"] for year in years}) + Counter(
            day.year for day in others["trade_date"]
        )


def _unpacked(symbols: frozenset[str], bars: pa.Table, section: pa.Table, *others: Any) -> Piece:
    return Piece(symbols, pa_dataset.dataset(bars), pa_dataset.dataset(section), *others)


def judged_bars(pieces: Sequence[Piece], span: Span = ALL_DAYS, symbols: Collection[str] | None = None) -> pd.DataFrame:
    """The bars of the pieces, of a span of days, and of some symbols or of all."""
    wanted = _within(span)
    if symbols is not None:
        wanted &= pc.field("symbol").isin(pa.array(sorted(symbols), pa.string()))
        pieces = [piece for piece in pieces if not piece.symbols.isdisjoint(symbols)]
    # As one table: a frame a piece costs more than its rows do.
    return _to_frame(pa.concat_tables([BARS.empty_table(), *(piece.bars.to_table(filter=wanted) for piece in pieces)]))


def flat_bars(piece: Piece) -> pd.DataFrame:
    """The bars of a piece that pass without a volume."""
    return _to_frame(piece.bars.to_table(filter=pc.field("rule").is_null() & (pc.field("volume") == 0)))


def unseen(piece: Piece, keys: pd.DataFrame) -> Piece:
    """The piece without the keys (symbol, trade_date) in its cross-section."""
    if not piece.symbols & set(keys["symbol"]):
        return piece
    section = piece.section.to_table().to_pandas(date_as_object=True)
    return replace(piece, section=as_rows(section[~is_among(section, keys)], SECTION))


def with_held(piece: Piece, refused: pd.DataFrame) -> Piece:
    """The piece with those bars held, and seen by no other, that are `refused` (symbol, trade_date, rule, detail)."""
    bars = _to_frame(piece.bars.to_table())
    found = bars[KEY].merge(refused[[*KEY, "rule", "detail"]], on=KEY, how="left").set_axis(bars.index)
    bars = bars.assign(**{name: found[name].where(found["rule"].notna(), bars[name]) for name in ("rule", "detail")})
    return replace(unseen(piece, refused), bars=as_rows(bars, BARS))


def as_rows(frame: pd.DataFrame, schema: pa.Schema) -> pa_dataset.Dataset:
    """The rows of a frame in memory, by day."""
    table = pa.Table.from_pandas(frame.reindex(columns=schema.names), schema, preserve_index=False)
    return pa_dataset.dataset(table.sort_by("trade_date"))


def on_disk(piece: Piece, path: Path) -> Piece:
    """The piece with its rows in files beside `path`, and out of memory."""
    return replace(piece, bars=_written(piece.bars, path, "bars"), section=_written(piece.section, path, "section"))


def _written(rows: pa_dataset.Dataset, path: Path, what: str) -> pa_dataset.Dataset:
    place = path.with_suffix(f".{what}.parquet")
    write_whole(place, partial(pq.write_table, rows.to_table(), row_group_size=ROWS_READ_TOGETHER))
    return pa_dataset.dataset(place, schema=rows.schema)


def _to_frame(table: pa.Table) -> pd.DataFrame:
    texts = [field.name for field in table.schema if pa.types.is_string(field.type)]
    # As categories on the way: a text is then made once, and not for each of its bars.
    frame: pd.DataFrame = table.to_pandas(date_as_object=True, categories=texts)
    frame[texts] = frame[texts].astype("object").where(frame[texts].notna(), None)
    return frame.astype({"volume": "Int64"})


def of_span(rows: pd.DataFrame, span: Span) -> pd.DataFrame:
    """The rows whose `trade_date` lies in a span."""
    is_within = [span[0] <= day <= span[1] for day in rows["trade_date"]]
    return rows[pd.Series(is_within, rows.index, dtype=bool)]


def _within(span: Span) -> pc.Expression:
    day = pc.field("trade_date")
    return (day >= pa.scalar(span[0])) & (day <= pa.scalar(span[1]))


def spans_of(pieces: Sequence[Piece]) -> list[Span]:
    """All days in spans, one after the other: whole years, as many rows together as one commit takes."""
    rows: Counter[int] = Counter()
    for piece in pieces:
        rows.update(piece.rows_by_year)
    spans, held, first = [], 0, date.min
    for year in sorted(rows):
        if held and held + rows[year] > ROWS_OF_A_COMMIT:
            spans.append((first, date(year - 1, 12, 31)))
            held, first = 0, date(year, 1, 1)
        held += rows[year]
    return [*spans, (first, date.max)]


def counted_days(pieces: Sequence[Piece]) -> list[date]:
    """The days on which some stock has a bar, judged or stored, in order."""
    is_stock = ~pc.field("is_index")
    days = [pc.unique(piece.section.to_table(["trade_date"], filter=is_stock)["trade_date"]) for piece in pieces]
    return sorted({day for some in days for day in some.to_pylist()})


def section_of(pieces: Sequence[Piece], span: Span, counted: Sequence[date]) -> pa.Table:
    """The cross-section of a span, and of so many of the `counted` days beside it as the rules look at."""
    first, last = bisect_left(counted, span[0]), bisect_right(counted, span[1])
    before, after = counted[max(first - COUNTED_BESIDE, 0) : first], counted[last : last + COUNTED_BESIDE]
    around = (min([span[0], *before]), max([span[1], *after]))
    return pa.concat_tables(
        [SECTION.empty_table(), *(piece.section.to_table(filter=_within(around)) for piece in pieces)]
    )
