"""What a vendor was asked and what it said, before anything is believed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from itertools import chain
from typing import Any

import pandas as pd
import pyarrow as pa

from warehouse.frames import BAR, PRICES, VALUES
from warehouse.lake.schema import INSTANT
from warehouse.plain import plain, plain_or_none, without_users

LARGEST_EVENT = 1e5  # shares for one, or money a share; its inverse is the smallest


@dataclass(frozen=True)
class Request:
    """One symbol, from `first` on; a `short` one can only be asked for its last five bars.

    `last` spares a vendor the bars after it. One that adjusts its prices for what came later ignores it.
    """

    symbol: str
    first: date
    short: bool = False
    last: date | None = None


@dataclass(frozen=True)
class Event:
    """A split (`value`: new shares per old one) or a dividend (`value`: money per share, as the vendor adjusts it).

    `currency` is the dividend's own, where the vendor says one.
    """

    ex_date: date
    value: float
    currency: str | None = None

    def __post_init__(self) -> None:
        """What a vendor wrote is made plain."""
        object.__setattr__(self, "currency", plain_or_none(self.currency))

    @property
    def is_possible(self) -> bool:
        """Whether so many shares for one, or so much money a share, can be."""
        return 1 / LARGEST_EVENT < self.value < LARGEST_EVENT


@dataclass(frozen=True)
class Malformed:
    """An event that cannot be one: a split 1:0, an amount of nothing, no date. `problem` says what is wrong with it."""

    kind: str
    ex_date: date | None
    problem: str

    def __post_init__(self) -> None:
        """What a vendor wrote is made plain."""
        object.__setattr__(self, "problem", plain(self.problem))


@dataclass(frozen=True)
class Answer:
    """One symbol's answer. Bars are as the vendor states them: split-adjusted as of `asked_at`, which is UTC.

    `outcome` is 'ok', 'no data' (the vendor has none), 'transient' (ask again), 'unknown shape' (it changed) or, of a
    vendor that fills, 'banned' (it refuses us: nobody asks it again until a person has looked).
    `traded_at` is the vendor's own moment of the last trade; `first_trade_date` is where its history begins, which is
    no listing date. `volume` is in shares; with a `lot` above 1 the vendor printed lots, by its custom of so many
    shares, and `volume` is their product: nobody has proven that custom for this symbol, so hold it against another
    vendor's volume or take none.
    """

    symbol: str
    outcome: str
    asked_at: datetime
    detail: str | None = None
    currency: str | None = None
    time_zone: str | None = None
    name: str | None = None
    traded_at: datetime | None = None
    exchange: str | None = None
    instrument_type: str | None = None
    first_trade_date: date | None = None
    trade_date: list[date] = field(default_factory=list)
    open: list[float | None] = field(default_factory=list)
    high: list[float | None] = field(default_factory=list)
    low: list[float | None] = field(default_factory=list)
    close: list[float | None] = field(default_factory=list)
    volume: list[int | None] = field(default_factory=list)
    splits: list[Event] = field(default_factory=list)
    dividends: list[Event] = field(default_factory=list)
    malformed: list[Malformed] = field(default_factory=list)
    lot: int = 1

    def __post_init__(self) -> None:
        """What a vendor wrote is made plain; the detail may be an error that names an address with its password."""
        if self.detail is not None:
            object.__setattr__(self, "detail", without_users(self.detail))
        for name in ("detail", "currency", "time_zone", "name", "exchange", "instrument_type"):
            object.__setattr__(self, name, plain_or_none(getattr(self, name)))


@dataclass(frozen=True)
class Heard:
    """What is left of an answer once its bars were judged: what became of the question, and who the vendor says it is.

    `bars` is how many there were, `null_bars` in how many of them the vendor gave no price at all.
    """

    symbol: str
    outcome: str
    asked_at: datetime
    detail: str | None
    name: str | None
    currency: str | None
    exchange: str | None
    instrument_type: str | None
    first_trade_date: date | None
    bars: int
    null_bars: int


def heard(answer: Answer) -> Heard:
    """An answer without its bars."""
    prices = [answer.open, answer.high, answer.low, answer.close]
    # As a rule there are none, and a list is looked through faster than four at once.
    may_lack = all(None in column for column in prices)
    nulls = list(zip(*prices, strict=True)).count((None,) * len(prices)) if may_lack else 0
    said = {each.name: getattr(answer, each.name) for each in fields(Heard) if each.name not in ("bars", "null_bars")}
    return Heard(**said, bars=len(answer.trade_date), null_bars=nulls)


def bars_of(answers: Sequence[Answer]) -> pd.DataFrame:
    """A row a bar of every answer with the columns `BAR`, in the vendor's order."""
    columns: dict[str, Any] = {
        name: list(chain.from_iterable(getattr(answer, name) for answer in answers))
        for name in BAR
        if name not in ("symbol", "currency")
    }
    columns |= {name: repeated(answers, name) for name in ("symbol", "currency")}
    columns |= {name: pd.array(columns[name], "float64") for name in PRICES}
    columns |= {"trade_date": pd.Series(columns["trade_date"], dtype="object")}
    return pd.DataFrame(columns | {"volume": pd.array(columns["volume"], "Int64")}, columns=BAR)


def repeated(answers: Sequence[Answer], name: str, dtype: str = "object") -> pd.Series:
    """What each answer says by this name, spread over its bars."""
    lengths = [len(answer.trade_date) for answer in answers]
    return pd.Series([getattr(answer, name) for answer in answers], dtype=dtype).repeat(lengths).reset_index(drop=True)


_EVENTS = pa.list_(pa.struct([("ex_date", pa.date32()), ("value", pa.float64()), ("currency", pa.string())]))
_MALFORMED = pa.list_(pa.struct([("kind", pa.string()), ("ex_date", pa.date32()), ("problem", pa.string())]))
_LISTS = {"splits": Event, "dividends": Event, "malformed": Malformed}
_NUMBERS = pa.list_(pa.float64())
STAGED = pa.schema(
    [
        *((name, pa.string()) for name in ("symbol", "outcome")),
        ("asked_at", INSTANT),
        *((name, pa.string()) for name in ("detail", "currency", "time_zone", "name")),
        ("traded_at", INSTANT),
        *((name, pa.string()) for name in ("exchange", "instrument_type")),
        ("first_trade_date", pa.date32()),
        ("trade_date", pa.list_(pa.date32())),
        *((name, _NUMBERS) for name in PRICES),
        ("volume", pa.list_(pa.int64())),
        ("splits", _EVENTS),
        ("dividends", _EVENTS),
        ("malformed", _MALFORMED),
        ("lot", pa.int64()),
    ]
)


def refuse_misshapen(answer: Answer, symbol: str) -> None:
    """Raise `ValueError` or an error of Arrow's where an answer is about another symbol, a value has another type than
    it should, or a bar or an event lacks one.
    """
    to_table([answer])
    if answer.symbol != symbol:
        raise ValueError(f"the answer is about {answer.symbol}")
    if {len(getattr(answer, name)) for name in VALUES} != {len(answer.trade_date)}:
        raise ValueError("columns of unequal length")
    events = [*answer.splits, *answer.dividends]
    may_lack = [answer.first_trade_date, *(odd.ex_date for odd in answer.malformed)]
    days = [*answer.trade_date, *(event.ex_date for event in events), *filter(None, may_lack)]
    # Arrow takes a moment for a date, and nothing for anything.
    if not {*map(type, days)} <= {date}:
        raise ValueError("a day is no date")
    if any(event.value is None for event in events):
        raise ValueError("an event has no value")
    if any(moment.tzinfo is None for moment in (answer.asked_at, answer.traded_at or answer.asked_at)):
        raise ValueError("a moment has no time zone")


def to_table(answers: list[Answer]) -> pa.Table:
    """A row an answer, to be kept until a backfill is complete."""
    rows = [
        vars(answer) | {name: [vars(event) for event in getattr(answer, name)] for name in _LISTS} for answer in answers
    ]
    # By way of structs it takes half: every answer of a night goes through here.
    return pa.Table.from_struct_array(pa.array(rows, pa.struct(list(STAGED))))


def from_table(table: pa.Table) -> list[Answer]:
    """The answers that `to_table` was given."""
    return [
        Answer(**row | {name: [kind(**event) for event in row[name]] for name, kind in _LISTS.items()})
        for row in table.to_pylist()
    ]
