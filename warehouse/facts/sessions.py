"""Trading sessions of a market: which days, which hours, and from when a close is final.

exchange_calendars says which days, `hours.csv` the hours, `session_overlay.csv` corrects both with sources, and past a
calendar's horizon every weekday is a 'provisional' session until an index bar shows whether it was one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import exchange_calendars
import pandas as pd

from warehouse.errors import UsageError
from warehouse.facts.files import Row

FIRST_DAY = date(2008, 1, 2)


@dataclass(frozen=True)
class Session:
    """One day of one market; hours are local times, `final_from` is an instant in the market's zone.

    `lunch_starts` and `lunch_ends` are None when trading had no break within the session's hours, `reason` where the
    overlay has no row.
    """

    market: str
    trade_date: date
    kind: str
    opens: time | None
    lunch_starts: time | None
    lunch_ends: time | None
    closes: time | None
    final_from: datetime | None
    source: str
    reason: str | None = None

    def is_final(self, now: datetime, settling_time: timedelta) -> bool:
        """Whether a close asked for at `now` is the day's last word."""
        return self.final_from is not None and now >= self.final_from + settling_time


@dataclass(frozen=True, eq=False)
class Sessions:
    """The days of one market that were to be sessions, in order; `struck` ones turned out to be none."""

    days: Sequence[Session]
    time_zone: ZoneInfo
    struck: frozenset[date] = frozenset()

    def without(self, struck: Iterable[date]) -> "Sessions":
        """The same, with these provisional days known to be no sessions."""
        return replace(self, struck=frozenset(struck))

    @cached_property
    def planned(self) -> dict[date, Session]:
        """Every session that was to be, struck or not, by its day."""
        return {session.trade_date: session for session in self.days if session.kind != "closed"}

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """The trade dates, in order."""
        return tuple(day for day in self.planned if day not in self.struck)

    def on(self, day: date) -> Session | None:
        """The session of that day, or None if the market did not trade."""
        return None if day in self.struck else self.planned.get(day)

    def between(self, first: date, last: date) -> tuple[date, ...]:
        """Trade dates from `first` to `last`, both included."""
        return self.dates[bisect_left(self.dates, first) : bisect_right(self.dates, last)]

    def back(self, day: date, count: int) -> date:
        """The trade date `count` sessions before `day`, or the first known one."""
        return self.dates[max(bisect_left(self.dates, day) - count, 0)]

    def with_next(self, days: Collection[date]) -> list[date]:
        """These days and the trade date after each, in order."""
        after = (self.dates[bisect_right(self.dates, day) :][:1] for day in days)
        return sorted({*days, *(day for some in after for day in some)})

    def last_final(self, now: datetime, settling_time: timedelta) -> date:
        """The last trade date whose close is final at `now`; raises `UsageError` when there is none."""
        at = bisect_right(self.dates, now.astimezone(self.time_zone).date())
        while at > 0:
            at -= 1
            if self.planned[self.dates[at]].is_final(now, settling_time):
                return self.dates[at]
        market = self.days[0].market
        raise UsageError(f"{market} has no session that is final at {now:%Y-%m-%d %H:%M} UTC")


def sessions_of(market: Row, hours: Sequence[Row], overlay: Sequence[Row]) -> Sessions:
    """The days of a market to the end of the year after its calendar's horizon, from the rows of the three files."""
    hours = sorted((row for row in hours if row["market"] == market["market"]), key=lambda row: row["valid_from"])
    starts = [row["valid_from"] for row in hours]
    by_date: dict[date, Session] = {}

    def add(day: date, kind: str, source: str, overlaid: Row | None = None) -> None:
        usual = hours[bisect_right(starts, day) - 1]
        closes = usual["half_day_closes" if kind == "half" else "closes"]
        stated = overlaid or {"opens": usual["opens"], "closes": closes, "reason": None}
        if not overlaid and closes is None:
            raise UsageError(
                f"hours.csv: {market['market']} has half days after {usual['valid_from']}, and no half_day_closes"
            )
        by_date[day] = _session(market, usual, day, kind, source, stated)

    calendar = exchange_calendars.get_calendar(market["calendar"], start=FIRST_DAY.isoformat())
    half_days = {stamp.date() for stamp in calendar.early_closes}
    for day in calendar.sessions.date:
        add(day, "half" if day in half_days else "full", "exchange_calendars")
    horizon = max(by_date)
    for day in pd.bdate_range(horizon + timedelta(days=1), date(horizon.year + 1, 12, 31)).date:
        add(day, "provisional", "weekday past the calendar's horizon")
    for row in overlay:
        if row["market"] == market["market"]:
            add(row["trade_date"], row["kind"], row["source"], row)
    return Sessions(tuple(by_date[day] for day in sorted(by_date)), ZoneInfo(market["time_zone"]))


def _session(market: Row, usual: Row, day: date, kind: str, source: str, stated: Row) -> Session:
    """A day with the hours that are `stated`, its break, and the moment from which its close is final."""
    opens, closes, reason = stated["opens"], stated["closes"], stated["reason"]
    if opens is None or closes is None:
        return Session(market["market"], day, kind, None, None, None, None, None, source, reason)
    # A late open, an early close or a half day may leave one side of the break only, and then there is none.
    lunch = (usual["lunch_starts"], usual["lunch_ends"])
    has_lunch = None not in lunch and opens < lunch[0] and closes > lunch[1]
    lunch_starts, lunch_ends = lunch if has_lunch else (None, None)
    final_from = datetime.combine(day, closes, ZoneInfo(market["time_zone"])) + timedelta(
        minutes=market["final_after_minutes"]
    )
    return Session(market["market"], day, kind, opens, lunch_starts, lunch_ends, closes, final_from, source, reason)
