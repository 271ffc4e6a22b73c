"""Step 1, plan: desired state minus stored state. Which symbols to ask, and from which day on."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pandas as pd

from warehouse.bars.answers import Request
from warehouse.bars.proof import on_the_series
from warehouse.bars.provisional import confirmations
from warehouse.errors import UsageError
from warehouse.facts.market import Market
from warehouse.facts.universe import Spell
from warehouse.frames import ACTION_KEY, together
from warehouse.lake.lake import Lake
from warehouse.lake.schema import ACTIONS, ANSWERS, INDICES, QUARANTINE, RUNS, STOCKS

EARLIEST = date(1970, 1, 2)  # vendors count seconds from then
# Sessions before the first day: a return needs the close before it. Ten weekdays reach over the longest holiday, whose
# days are provisional sessions past the calendar's horizon.
LEAD = 10
RELEASED = [*ACTION_KEY, "value"]
NAMED = ["symbol", "asked_on", "bars_from", "bars_to", "events"]


@dataclass(frozen=True)
class Window:
    """The sessions of one market that a run answers for, both ends included."""

    market: Market
    first: date
    last: date

    @property
    def bars_from(self) -> date:
        """The first bar to ask for and to keep; of days before the known sessions, the first day itself."""
        return min(self.first, self.market.sessions.back(self.first, LEAD))

    @property
    def sessions(self) -> tuple[date, ...]:
        """Its trade dates."""
        return self.market.sessions.between(self.first, self.last)

    @property
    def kept(self) -> tuple[date, ...]:
        """The trade dates of which its answers are kept: those of the lead, and its own."""
        return self.market.sessions.between(self.bars_from, self.last)


def as_seen(market: Market, lake: Lake) -> Market:
    """The market without the provisional sessions that its evenings so far have shown to be none."""
    provisional = [session.trade_date for session in market.sessions.days if session.kind == "provisional"]
    if not provisional:
        return market
    years = {day.year for day in provisional}
    index_bars = lake.read(INDICES, market.code, years)
    known = confirmations(market, index_bars[index_bars["known_to"].isna()], lake.read(ANSWERS, market.code, years))
    return market.without(day for day, is_session in known.items() if is_session is False)


def nightly_window(lake: Lake, market: Market, day: date, lookback: int) -> Window:
    """The last `lookback` sessions up to `day`, but nothing from before the first day that any run covered."""
    runs = lake.read_what_is_left(RUNS, market.code)
    covered = runs.loc[(runs["state"] == "stored") & ~runs["scope"].isin(["index", "official"]), "first_date"]
    first_covered = min(covered) if len(covered) else day
    return Window(market, min(max(market.sessions.back(day, lookback - 1), first_covered), day), day)


def backfill_window(market: Market, first: date, last: date, now: datetime, settling_time: timedelta) -> Window | None:
    """The final sessions from `first` to `last`, None when the market had none; raises `UsageError` for bad dates."""
    if last < first:
        raise UsageError(f"--from {first} is after --to {last}")
    last_final = market.sessions.last_final(now, settling_time)
    if last > last_final:
        last = last_final
        if last < first:
            raise UsageError(f"{market.code} has no final session from {first} on: the last final one is {last}")
    _refuse_unknown(market, last)
    sessions = market.sessions.between(first, last)
    return Window(market, sessions[0], sessions[-1]) if sessions else None


def _refuse_unknown(market: Market, day: date) -> None:
    if day < market.sessions.dates[0]:
        raise UsageError(f"{market.code} {day} lies before {market.sessions.dates[0]}, the first session that is known")


def index_window(market: Market, first: date, last: date | None, now: datetime, settling_time: timedelta) -> Window:
    """The days from `first` to `last` (the last final session if None) for indices alone.

    They may lie before the known sessions. Raises `UsageError` for bad dates.
    """
    last_final = market.sessions.last_final(now, settling_time)
    end = min(last or last_final, last_final)
    if end < first:
        raise UsageError(f"{market.code} has no final session from {first} to {end}")
    return Window(market, first, end)


def index_requests(window: Window, index_symbol: str | None = None) -> list[Request]:
    """One request an index, or that of one."""
    return _requests(window, set(), index_symbol)


def nightly_requests(lake: Lake, window: Window) -> list[Request]:
    """One request a symbol of the last day's universe, and one for each earlier member that still owes a bar.

    The market's others are asked each night, and owe nothing.
    """
    market = window.market
    today = (market.members_on(window.last) | market.others) - market.unobtainable_on(window.last)
    return _requests(window, today | _owing(lake, window))


def backfill_requests(window: Window, index_symbol: str | None = None) -> list[Request]:
    """One request a symbol that was a member on any day of the window, of every followed index or of one.

    Unless one index is meant, the market's others too.
    """
    spells = (spell for spell in window.market.spells if index_symbol in (None, spell.index_symbol))
    members = {spell.symbol for spell in spells if _has_bars(spell, window)}
    return _requests(window, members if index_symbol else members | window.market.others, index_symbol)


def _has_bars(spell: Spell, window: Window) -> bool:
    """Whether it covers a session of the window of which the vendor has the symbol's bar."""
    first = max(spell.valid_from, window.first)
    last = window.last if spell.valid_to is None else min(window.last, spell.valid_to - timedelta(days=1))
    days = window.market.sessions.between(first, last)
    return any(spell.symbol not in window.market.unobtainable_on(day) for day in days)


def _requests(window: Window, stocks: set[str], index_symbol: str | None = None) -> list[Request]:
    """Indices first: their bars say which provisional days were sessions."""
    indices = [index for index in window.market.indices if index_symbol in (None, index.symbol)]
    return [Request(index.symbol, window.bars_from, index.is_short) for index in indices] + [
        Request(symbol, window.bars_from) for symbol in sorted(stocks)
    ]


def _owing(lake: Lake, window: Window) -> set[str]:
    """Members of some session of the window that have no current bar on it."""
    market = window.market
    stored = lake.read(STOCKS, market.code, set(range(window.first.year, window.last.year + 1)), window.first)
    current = stored[stored["known_to"].isna()]
    have = set(zip(current["symbol"].tolist(), current["trade_date"].tolist(), strict=True))
    return {
        symbol
        for day in window.sessions
        for symbol in market.members_on(day) - market.unobtainable_on(day)
        if (symbol, day) not in have
    }


def nightly_day(market: Market, asked: date | None, now: datetime, settling_time: timedelta) -> date | None:
    """The day to fill: the last final one, or the one asked for; None when the market was closed on it.

    Raises `UsageError` for a day whose close is not final yet, or of which no calendar knows anything.
    """
    if asked is None:
        return market.sessions.last_final(now, settling_time)
    session = market.sessions.on(asked)
    if session is None:
        if asked > max(market.sessions.dates):
            raise UsageError(f"{market.code} {asked} lies beyond the days that the calendar knows")
        _refuse_unknown(market, asked)
        return None
    if not session.is_final(now, settling_time):
        final = f"{session.final_from + settling_time:%Y-%m-%d %H:%M %Z}" if session.final_from else "never"
        raise UsageError(f"{market.code} {asked} is not final yet: ask after {final}")
    return asked


def refuse_mixed_sources(lake: Lake, market: Market, source: str) -> None:
    """Invented prices and real ones never share a lake; raises `UsageError`."""
    runs = lake.read_what_is_left(RUNS, market.code)
    held = set(runs["source"]) - {source}
    if held and "simulated" in held | {source}:
        raise UsageError(
            f"{lake.path} holds {held.pop()} prices and AFTERCLOSE_SOURCE is {source}: use another AFTERCLOSE_HOME"
        )


@dataclass(frozen=True)
class Past:
    """What is stored and current of a market: the bars and actions that new ones are held against.

    The prices of fills (`fill_factor`) are on the basis of the series, and not as printed.

    `named` are the believed answers (symbol, asked_on, the days that they cover from `bars_from` to `bars_to`, events),
    `released` the events that a person let pass (symbol, ex_date, kind, value).
    """

    bars: pd.DataFrame
    actions: pd.DataFrame
    named: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=NAMED))
    released: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=RELEASED))

    def of(self, symbols: Collection[str]) -> "Past":
        """What is known of some symbols alone."""
        frames = self.bars, self.actions, self.named, self.released
        return Past(*(rows[rows["symbol"].isin(list(symbols))] for rows in frames))

    def evenings_of(self, symbol: str, ex_date: date) -> list[tuple[date, list[str]]]:
        """On which days a believed answer of the symbol covered an ex-date, and the events that it named, in order."""
        mine = self.named[(self.named["symbol"] == symbol) & (self.named["bars_from"] <= ex_date)]
        mine = mine[mine["bars_to"] >= ex_date].sort_values("asked_on")
        return [(day, text.split(";")) for day, text in zip(mine["asked_on"], mine["events"], strict=True)]


def past_of(lake: Lake, window: Window) -> Past:
    """What is current of the window's years and of the last one, and all that was said of events in them since.

    An answer runs to today, however old the window is, and what was done to all of it shows in its newest bars.
    """
    code = window.market.code
    years = set(range(min(window.bars_from, window.first).year, window.last.year + 1))
    years |= {max([*lake.years(STOCKS, code), window.last.year])}
    bars = on_the_series(together(*(lake.read(dataset, code, years) for dataset in (STOCKS, INDICES))))
    # What is older says nothing of an ex-date in the window, and its number grows with every night.
    actions, held, answers = (lake.read_since(dataset, code, min(years)) for dataset in (ACTIONS, QUARANTINE, ANSWERS))
    released = held[(held["status"] == "released") & held["kind"].notna()]
    named = answers.loc[answers["events"].notna(), ["symbol", "asked_on", "first_date", "last_date", "events"]]
    return Past(
        bars[bars["known_to"].isna()],
        actions[actions["known_to"].isna()],
        named.assign(bars_from=named["first_date"], bars_to=named[["asked_on", "last_date"]].min(axis="columns"))[
            NAMED
        ],
        released.rename(columns={"trade_date": "ex_date"})[RELEASED],
    )
