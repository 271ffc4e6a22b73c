"""Step 1, plan: desired state minus stored state. Which symbols to ask, and from which day on."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd

from warehouse.answers import Request
from warehouse.errors import UsageError
from warehouse.lake import Lake
from warehouse.schema import CORPORATE_ACTIONS, INDICES, RAN, STOCKS
from warehouse.sessions import back, between, is_final, last_final, session_on
from warehouse.universe import indices, members_on, spells, unobtainable

# Sessions before the first day: a return needs the close before it. Ten weekdays reach over the longest holiday, whose
# days are provisional sessions past the calendar's horizon.
LEAD = 10


@dataclass(frozen=True)
class Window:
    """The sessions of one market that a run answers for, both ends included."""

    market: str
    first: date
    last: date

    @property
    def bars_from(self) -> date:
        """The first bar to ask for and to keep."""
        return back(self.market, self.first, LEAD)


def nightly_window(lake: Lake, market: str, day: date, lookback: int, struck: frozenset[date] = frozenset()) -> Window:
    """The last `lookback` sessions up to `day`, but nothing from before the first day that any run covered."""
    runs = lake.read(RAN, market)
    covered = runs.loc[runs["state"] == "stored", "first_date"]
    first_covered = min(covered) if len(covered) else day
    return Window(market, min(max(back(market, day, lookback - 1, struck), first_covered), day), day)


def backfill_window(
    market: str, first: date, last: date, now: datetime, settle: timedelta, struck: frozenset[date] = frozenset()
) -> Window | None:
    """The final sessions from `first` to `last`, None when the market had none; raises `UsageError` for bad dates."""
    if last < first:
        raise UsageError(f"--from {first} is after --to {last}")
    if last > last_final(market, now, settle):
        last = last_final(market, now, settle)
        if last < first:
            raise UsageError(f"{market} has no final session from {first} on: the last final one is {last}")
    sessions = [day for day in between(market, first, last) if day not in struck]
    return Window(market, sessions[0], sessions[-1]) if sessions else None


def nightly_requests(lake: Lake, window: Window, struck: frozenset[date] = frozenset()) -> list[Request]:
    """One request a symbol of the last day's universe, and one for each earlier member that still owes a bar."""
    today = members_on(window.market, window.last) - unobtainable(window.last)
    return _requests(window, today | _owing(lake, window, struck))


def backfill_requests(window: Window, index_symbol: str | None = None) -> list[Request]:
    """One request a symbol that was a member on any day of the window, of every followed index or of one."""
    sessions = between(window.market, window.first, window.last)
    symbols = {
        spell.symbol
        for spell in spells(window.market)
        if index_symbol in (None, spell.index_symbol)
        and any(spell.covers(day) and spell.symbol not in unobtainable(day) for day in sessions)
    }
    return _requests(window, symbols, index_symbol)


def _requests(window: Window, stocks: set[str], index_symbol: str | None = None) -> list[Request]:
    asked = [index for index in indices(window.market) if index_symbol in (None, index.symbol)]
    return [Request(index.symbol, window.bars_from, index.history == "5d") for index in asked] + [
        Request(symbol, window.bars_from) for symbol in sorted(stocks)
    ]


def _owing(lake: Lake, window: Window, struck: frozenset[date]) -> set[str]:
    """Members of some session of the window that have no current bar on it."""
    stored = lake.read(STOCKS, window.market, {window.first.year, window.last.year})
    current = stored[stored["known_to"].isna()]
    have = set(zip(current["symbol"], current["trade_date"], strict=True))
    return {
        symbol
        for day in between(window.market, window.first, window.last)
        for symbol in members_on(window.market, day) - unobtainable(day)
        if day not in struck and (symbol, day) not in have
    }


def nightly_day(
    market: str, asked: date | None, now: datetime, settle: timedelta, struck: frozenset[date] = frozenset()
) -> date | None:
    """The day to fill: the last final one, or the one asked for; None when the market was closed on it.

    `struck` are provisional sessions that are known to have been none.

    Raises `UsageError` for a day whose close is not final yet.
    """
    if asked is None:
        return last_final(market, now, settle)
    session = session_on(market, asked)
    if session is None or asked in struck:
        return None
    if not is_final(session, now, settle):
        final = f"{session.final_from + settle:%Y-%m-%d %H:%M %Z}" if session.final_from else "never"
        raise UsageError(f"{market} {asked} is not final yet: ask after {final}")
    return asked


def refuse_mixed_sources(lake: Lake, market: str, source: str) -> None:
    """Invented prices and real ones never share a lake; raises `UsageError`."""
    runs = lake.read(RAN, market)
    held = set(runs["source"]) - {source}
    if held and "simulated" in held | {source}:
        raise UsageError(
            f"{lake.path} holds {held.pop()} prices and AFTERCLOSE_SOURCE is {source}: use another AFTERCLOSE_HOME"
        )


def current_bars(lake: Lake, window: Window) -> pd.DataFrame:
    """Current stored stock and index bars of the window's years."""
    years = {day.year for day in (window.bars_from, window.first, window.last)}
    frames = [lake.read(dataset, window.market, years) for dataset in (STOCKS, INDICES)]
    stored = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)
    return stored[stored["known_to"].isna()]


def current_actions(lake: Lake, market: str) -> pd.DataFrame:
    """Current stored corporate actions of a market, of all years."""
    stored = lake.read(CORPORATE_ACTIONS, market)
    return stored[stored["known_to"].isna()]
