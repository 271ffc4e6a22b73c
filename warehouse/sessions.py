"""Trading sessions of both markets: which days, which hours, and from when a close is final.

exchange_calendars says most of it, `reference/session_overlay.csv` corrects it with sources, and past a calendar's
horizon every weekday is a 'provisional' session until an index bar shows whether it was one.
"""

import csv
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import exchange_calendars
import pandas as pd

from warehouse.errors import UsageError

REFERENCE = Path(__file__).with_name("reference")
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
    """One day of one market; `opens` and `closes` are local times, `final_from` an instant in the market's zone."""

    market: str
    trade_date: date
    kind: str
    opens: time | None
    closes: time | None
    final_from: datetime | None
    source: str


def read_facts(name: str) -> list[dict[str, str]]:
    """Rows of a CSV in `reference/`, as text."""
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
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


@cache
def days(market: str) -> tuple[Session, ...]:
    """Every day of a market that was to be a session, in order, to the end of the year after the calendar's horizon."""
    facts = market_named(market)
    calendar = exchange_calendars.get_calendar(facts.calendar, start=FIRST_DAY.isoformat())
    schedule = calendar.schedule
    opens = schedule["open"].dt.tz_convert(str(facts.time_zone)).dt.time
    closes = schedule["close"].dt.tz_convert(str(facts.time_zone)).dt.time
    half_days = {stamp.date() for stamp in calendar.early_closes}
    by_date = {
        stamp.date(): _session(
            facts, stamp.date(), "half" if stamp.date() in half_days else "full", opened, closed, "exchange_calendars"
        )
        for stamp, opened, closed in zip(schedule.index, opens, closes, strict=True)
    }
    horizon = max(by_date)
    usual = by_date[max(day for day, session in by_date.items() if session.kind == "full")]
    for stamp in pd.bdate_range(horizon + timedelta(days=1), date(horizon.year + 1, 12, 31)):
        by_date[stamp.date()] = _session(
            facts, stamp.date(), "provisional", usual.opens, usual.closes, "weekday past the calendar's horizon"
        )
    for row in read_facts("session_overlay.csv"):
        if row["market"] == market:
            day = date.fromisoformat(row["trade_date"])
            hours = [time.fromisoformat(row[name]) if row[name] else None for name in ("opens", "closes")]
            by_date[day] = _session(facts, day, row["kind"], hours[0], hours[1], row["source"])
    return tuple(by_date[day] for day in sorted(by_date))


def _session(facts: Market, day: date, kind: str, opens: time | None, closes: time | None, source: str) -> Session:
    final = datetime.combine(day, closes, facts.time_zone) + facts.final_after if closes else None
    return Session(facts.code, day, kind, opens, closes, final, source)


@cache
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


def back(market: str, day: date, count: int) -> date:
    """The trade date `count` sessions before `day`, or the first known one."""
    _, dates = _trading(market)
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
