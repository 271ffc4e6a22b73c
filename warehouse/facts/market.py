"""The facts as objects: loaded once a command or flow, passed on, never changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from warehouse.errors import UsageError
from warehouse.facts.files import Row, member_file
from warehouse.facts.limits import Limits
from warehouse.facts.others import read_universe
from warehouse.facts.reading import going_together, read_tables
from warehouse.facts.sessions import Sessions, sessions_of
from warehouse.facts.universe import Index, Spell, Unobtainable, index_of, market_by_form, means


@dataclass(frozen=True, eq=False)
class Market:
    """One market: its sessions, its indices and their members by date, its ticks and limits, its currency and zone.

    `others` are stocks that are asked for though no index needs them: no verdict waits for one.
    """

    code: str
    currency: str
    sessions: Sessions
    indices: Sequence[Index] = ()
    spells: Sequence[Spell] = ()
    unobtainable: Sequence[Unobtainable] = ()
    ticks: Sequence[Row] = ()
    limits: Limits = field(default_factory=Limits)
    others: frozenset[str] = frozenset()

    @property
    def time_zone(self) -> ZoneInfo:
        """The zone of its local dates and times."""
        return self.sessions.time_zone

    @cached_property
    def index_symbols(self) -> frozenset[str]:
        """Symbols of all indices, followed or not."""
        return frozenset(index.symbol for index in self.indices)

    @cached_property
    def symbols(self) -> frozenset[str]:
        """Every symbol that is an index, or was a member of one on any day, and the others."""
        return self.index_symbols | {spell.symbol for spell in self.spells} | self.others

    def members_on(self, day: date, index_symbol: str | None = None) -> set[str]:
        """Symbols of the distinct stocks that were members that day, of any followed index or of one."""
        return {
            spell.symbol for spell in self.spells if index_symbol in (None, spell.index_symbol) and spell.covers(day)
        }

    def unobtainable_on(self, day: date) -> frozenset[str]:
        """Symbols whose bars of that day the vendor does not have."""
        return frozenset(gone.symbol for gone in self.unobtainable if gone.covers(day))

    def today(self, now: datetime) -> date:
        """The local date at an instant."""
        return now.astimezone(self.time_zone).date()

    def limit_percent(self, symbol: str, day: date, is_st: bool = False, listed_on: date | None = None) -> int | None:
        """How far a stock may trade from its reference price that day, in percent: see `Limits.percent`."""
        return self.limits.percent(symbol, day, self.sessions, is_st, listed_on)

    def without(self, struck: Iterable[date]) -> "Market":
        """The same market with these provisional days known to be no sessions."""
        return replace(self, sessions=self.sessions.without(struck))


@dataclass(frozen=True, eq=False)
class Facts:
    """Every cited fact of one moment: `tables` are the rows of each reference file by its name."""

    tables: Mapping[str, Sequence[Row]]
    markets: Mapping[str, Market]

    @classmethod
    def load(cls, corrections: Path | None = None, universe: Path | None = None) -> "Facts":
        """Our facts, corrected by the files under `corrections`, with the stocks of the file `universe`.

        Raises `UsageError` for a file that cannot be.
        """
        tables = read_tables(corrections)
        indices = {row["index_symbol"] for row in tables["indices.csv"]}
        others = read_universe(universe, indices) if universe else frozenset()
        with going_together(corrections):
            return cls(tables, {row["market"]: _market(row, tables, others) for row in tables["markets.csv"]})

    def market(self, code: str) -> Market:
        """The market of a code; raises `UsageError` for a code that is none."""
        if code not in self.markets:
            raise UsageError(f"no market {code!r}: use one of {', '.join(self.markets)}")
        return self.markets[code]

    @property
    def indices(self) -> list[Index]:
        """The indices of all markets."""
        return [index_of(row) for row in self.tables["indices.csv"]]

    def index_named(self, name: str) -> Index:
        """The index of a symbol, code or name, in any case; raises `UsageError` for a name that is none."""
        for row in self.tables["indices.csv"]:
            if means(name, row):
                return index_of(row)
        raise UsageError(f"no index {name!r}: use one of {', '.join(index.code for index in self.indices)}")


def _market(row: Row, tables: Mapping[str, Sequence[Row]], others: frozenset[str]) -> Market:
    def of_market(name: str) -> list[Row]:
        return [other for other in tables[name] if other["market"] == row["market"]]

    boards = of_market("boards.csv")
    names = {board["board"] for board in boards}

    def of_boards(name: str) -> list[Row]:
        return [rule for rule in tables[name] if rule["board"] in names]

    indices = [index_of(other) for other in of_market("indices.csv")]
    return Market(
        row["market"],
        row["currency"],
        sessions_of(row, tables["hours.csv"], tables["session_overlay.csv"]),
        indices,
        [spell for index in indices if index.is_followed for spell in _spells(index, tables)],
        [Unobtainable(gone["symbol"], gone["valid_from"], gone["valid_to"]) for gone in tables["unobtainable.csv"]],
        of_market("ticks.csv"),
        Limits(boards, of_boards("price_limits.csv"), of_boards("new_listings.csv")),
        frozenset(symbol for symbol in others if market_by_form(symbol) == row["market"]),
    )


def _spells(index: Index, tables: Mapping[str, Sequence[Row]]) -> list[Spell]:
    """A spell that ends on the day it begins never was: that is how a correction takes one of ours back."""
    rows = tables[member_file(index.code, index.market).name]
    return [Spell(index.symbol, **row) for row in rows if row["valid_to"] != row["valid_from"]]
