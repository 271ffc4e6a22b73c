"""Trading sessions of both markets: which days, which hours, and from when a close is final.

exchange_calendars says which days, `reference/hours.csv` the hours, `reference/session_overlay.csv` corrects both with
sources, and past a calendar's horizon every weekday is a 'provisional' session until an index bar shows whether it was
one.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from zoneinfo import ZoneInfo

import exchange_calendars
import pandas as pd

from warehouse.errors import UsageError
from warehouse.facts import of_facts, read_facts

FIRST_DAY = date(2008, 1, 2)


@dataclass(frozen=True)
class Market:
    """What does not change about a market, from `reference/markets.csv`."""

    code: str
    calendar: str
    time_zone: ZoneInfo
    currency: str
    final_after: timedelta


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
    reason: str | None


@dataclass(frozen=True)
class Hours:
    """The usual hours of a market from a day on, local times, from `reference/hours.csv`."""

    opens: time
    lunch_starts: time
    lunch_ends: time
    closes: time
    half_day_closes: time | None


@of_facts
def markets() -> dict[str, Market]:
    """Every market by its code ('HK', 'CN')."""
    return {
        row["market"]: Market(
            row["market"],
            row["calendar"],
            ZoneInfo(row["time_zone"]),
            row["currency"],
            timedelta(minutes=int(row["final_after_minutes"])),
        )
        for row in read_facts("markets.csv")
    }


def market_named(code: str) -> Market:
    """The market of a code; raises `UsageError` for a code that is none."""
    try:
        return markets()[code]
    except KeyError:
        raise UsageError(f"no market {code!r}: use one of {', '.join(markets())}") from None


@of_facts
def days(market: str) -> tuple[Session, ...]:
    """Every day of a market that was to be a session, in order, to the end of the year after the calendar's horizon."""
    facts = market_named(market)
    calendar = exchange_calendars.get_calendar(facts.calendar, start=FIRST_DAY.isoformat())
    half_days = {stamp.date() for stamp in calendar.early_closes}
    by_date = {}
    for day in calendar.sessions.date:
        usual = _hours_on(market, day)
        kind, closes = ("half", usual.half_day_closes) if day in half_days else ("full", usual.closes)
        by_date[day] = _session(facts, day, kind, usual.opens, closes, "exchange_calendars")
    horizon = max(by_date)
    for day in pd.bdate_range(horizon + timedelta(days=1), date(horizon.year + 1, 12, 31)).date:
        usual = _hours_on(market, day)
        source = "weekday past the calendar's horizon"
        by_date[day] = _session(facts, day, "provisional", usual.opens, usual.closes, source)
    for row in read_facts("session_overlay.csv"):
        if row["market"] == market:
            day = date.fromisoformat(row["trade_date"])
            hours = _time(row["opens"]), _time(row["closes"])
            by_date[day] = _session(facts, day, row["kind"], *hours, row["source"], row["reason"] or None)
    return tuple(by_date[day] for day in sorted(by_date))


def _time(text: str) -> time | None:
    return time.fromisoformat(text) if text else None


@of_facts
def _hours(market: str) -> tuple[tuple[date, ...], tuple[Hours, ...]]:
    rows = sorted((row for row in read_facts("hours.csv") if row["market"] == market), key=itemgetter("valid_from"))
    hours = (
        Hours(
            time.fromisoformat(row["opens"]),
            time.fromisoformat(row["lunch_starts"]),
            time.fromisoformat(row["lunch_ends"]),
            time.fromisoformat(row["closes"]),
            _time(row["half_day_closes"]),
        )
        for row in rows
    )
    return tuple(date.fromisoformat(row["valid_from"]) for row in rows), tuple(hours)


def _hours_on(market: str, day: date) -> Hours:
    starts, hours = _hours(market)
    return hours[bisect_right(starts, day) - 1]


def _session(
    facts: Market,
    day: date,
    kind: str,
    opens: time | None,
    closes: time | None,
    source: str,
    reason: str | None = None,
) -> Session:
    if opens is None or closes is None:
        return Session(facts.code, day, kind, None, None, None, None, None, source, reason)
    usual = _hours_on(facts.code, day)
    # A late open, an early close or a half day may leave one side of the break only, and then there is none.
    lunch = (usual.lunch_starts, usual.lunch_ends)
    lunch_starts, lunch_ends = lunch if opens < lunch[0] and closes > lunch[1] else (None, None)
    final_from = datetime.combine(day, closes, facts.time_zone) + facts.final_after
    return Session(facts.code, day, kind, opens, lunch_starts, lunch_ends, closes, final_from, source, reason)


@of_facts
def _trading(market: str) -> tuple[tuple[Session, ...], tuple[date, ...]]:
    held = tuple(session for session in days(market) if session.kind != "closed")
    return held, tuple(session.trade_date for session in held)


def session_on(market: str, day: date) -> Session | None:
    """The session of that day, or None if the market did not trade."""
    held, dates = _trading(market)
    at = bisect_left(dates, day)
    return held[at] if at < len(dates) and dates[at] == day else None


def between(market: str, first: date, last: date) -> tuple[date, ...]:
    """Trade dates from `first` to `last`, both included."""
    _, dates = _trading(market)
    return dates[bisect_left(dates, first) : bisect_right(dates, last)]


def back(market: str, day: date, count: int, struck: frozenset[date] = frozenset()) -> date:
    """The trade date `count` sessions before `day`, or the first known one; `struck` days are none."""
    _, dates = _trading(market)
    dates = tuple(date for date in dates if date not in struck) if struck else dates
    return dates[max(bisect_left(dates, day) - count, 0)]


def is_final(session: Session, now: datetime, settle: timedelta) -> bool:
    """Whether a close asked for at `now` is the day's last word."""
    return session.final_from is not None and now >= session.final_from + settle


def last_final(market: str, now: datetime, settle: timedelta) -> date:
    """The last trade date whose close is final at `now`."""
    held, dates = _trading(market)
    at = bisect_right(dates, now.astimezone(market_named(market).time_zone).date())
    while at > 0 and not is_final(held[at - 1], now, settle):
        at -= 1
    if at == 0:
        raise UsageError(f"{market} has no session that is final at {now:%Y-%m-%d %H:%M} UTC")
    return dates[at - 1]
