"""Which indices are followed, which stocks are their members on a date, and what the vendor no longer has."""

from dataclasses import dataclass
from datetime import date

from warehouse.errors import UsageError
from warehouse.facts import of_facts, read_facts
from warehouse.names import means

MEMBER_FILES = {"^HSI": "members/hsi.csv", "HSTECH.HK": "members/hstech.csv", "000300.SS": "members/csi300.csv"}


@dataclass(frozen=True)
class Index:
    """An index we keep: a 'followed' one has members and is part of the verdict, a 'price_only' one is neither."""

    symbol: str
    code: str
    name: str
    market: str
    role: str
    history: str


@dataclass(frozen=True)
class Spell:
    """A stock's membership of an index from `valid_from` until before `valid_to` (None while it lasts)."""

    index_symbol: str
    symbol: str
    name: str
    valid_from: date
    valid_to: date | None
    source: str
    confidence: str
    note: str

    def covers(self, day: date) -> bool:
        """Whether it was a member on that day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@of_facts
def indices(market: str | None = None) -> tuple[Index, ...]:
    """Every index, or those of one market."""
    rows = read_facts("indices.csv")
    return tuple(
        Index(row["index_symbol"], row["index_code"], row["name"], row["market"], row["role"], row["history"])
        for row in rows
        if market in (None, row["market"])
    )


@of_facts
def spells(market: str | None = None) -> tuple[Spell, ...]:
    """Every membership spell of the followed indices, or of those of one market.

    A spell that ends on the day it begins never was: that is how a correction takes one of ours back.
    """
    return tuple(
        Spell(
            index.symbol,
            row["symbol"],
            row["name"],
            date.fromisoformat(row["valid_from"]),
            _date(row["valid_to"]),
            row["source"],
            row["confidence"],
            row["note"],
        )
        for index in indices(market)
        if index.role == "followed"
        for row in read_facts(_list_of_members(index))
        if row["valid_to"] != row["valid_from"]
    )


def _list_of_members(index: Index) -> str:
    if index.symbol not in MEMBER_FILES:
        raise UsageError(f"indices.csv: {index.symbol} cannot be followed, there is no list of its members")
    return MEMBER_FILES[index.symbol]


@dataclass(frozen=True)
class Unobtainable:
    """Days on which the vendor cannot give a symbol's bars: from `first` until before `end`, None for no bound."""

    symbol: str
    first: date | None
    end: date | None

    def covers(self, day: date) -> bool:
        """Whether that day is one of them."""
        return (self.first is None or self.first <= day) and (self.end is None or day < self.end)


def members_on(market: str, day: date) -> set[str]:
    """Symbols of the distinct stocks that were members of any followed index of the market that day."""
    return {spell.symbol for spell in spells(market) if spell.covers(day)}


@of_facts
def _unobtainable() -> tuple[Unobtainable, ...]:
    return tuple(
        Unobtainable(row["symbol"], _date(row["valid_from"]), _date(row["valid_to"]))
        for row in read_facts("unobtainable.csv")
    )


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@of_facts
def unobtainable(day: date) -> frozenset[str]:
    """Symbols whose bars of that day the vendor does not have, from `reference/unobtainable.csv`.

    It has removed them, or the code has passed to another company, whose bars must not be taken for the member's.
    """
    return frozenset(gone.symbol for gone in _unobtainable() if gone.covers(day))


def index_named(name: str) -> Index:
    """The index of a symbol, code or name, in any case; raises `UsageError` for a name that is none."""
    for index in indices():
        if means(name, index.symbol, index.code, index.name):
            return index
    raise UsageError(f"no index {name!r}: use one of {', '.join(index.code for index in indices())}")
