"""Which indices are followed, which stocks are their members on a date, and what the vendor no longer has."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from warehouse.errors import UsageError
from warehouse.sessions import read_facts

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


@cache
def indices(market: str | None = None) -> tuple[Index, ...]:
    """Every index, or those of one market."""
    rows = read_facts("indices.csv")
    return tuple(
        Index(row["index_symbol"], row["index_code"], row["name"], row["market"], row["role"], row["history"])
        for row in rows
        if market in (None, row["market"])
    )


@cache
def spells(market: str | None = None) -> tuple[Spell, ...]:
    """Every membership spell of the followed indices, or of those of one market."""
    return tuple(
        Spell(
            index.symbol,
            row["symbol"],
            row["name"],
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            row["source"],
            row["confidence"],
            row["note"],
        )
        for index in indices(market)
        if index.role == "followed"
        for row in read_facts(MEMBER_FILES[index.symbol])
    )


def members_on(market: str, day: date) -> set[str]:
    """Symbols of the distinct stocks that were members of any followed index of the market that day."""
    return {spell.symbol for spell in spells(market) if spell.covers(day)}


@cache
def unobtainable() -> frozenset[str]:
    """Symbols whose history the vendor is known to have removed, from `reference/unobtainable.csv`."""
    return frozenset(row["symbol"] for row in read_facts("unobtainable.csv"))


def index_named(name: str) -> Index:
    """The index of a symbol or code, in any case; raises `UsageError` for a name that is none."""
    for index in indices():
        if name.upper() in (index.symbol.upper(), index.symbol.upper().lstrip("^"), index.code):
            return index
    raise UsageError(f"no index {name!r}: use one of {', '.join(index.code for index in indices())}")
