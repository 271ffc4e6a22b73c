"""How a run ended, read from the published verdicts."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tasks.plan import nightly_day
from tasks.store import Stored
from warehouse.database import ask, open_read_only
from warehouse.sessions import market_named, session_on
from warehouse.settings import Settings


@dataclass(frozen=True)
class Outcome:
    """The worst state of the days that were asked for: 'complete', 'partial', 'pending' or 'closed', and why."""

    market: str
    first: date
    last: date
    state: str
    reason: str | None = None
    stored: Stored | None = None


def judge(database: Path, market: str, days: tuple[date, date], stored: Stored | None = None) -> Outcome:
    """The worst verdict of the days from `days[0]` to `days[1]`; 'pending' where none was given."""
    rows = []
    if database.exists():
        with open_read_only(database) as connection:
            rows = ask(connection, "verdicts", market=market, first=days[0], last=days[1])
    bad = [row for row in rows if row["state"] in ("partial", "pending")]
    if not rows or bad:
        last = bad[-1] if bad else {"state": "pending", "reason": "no run has ended for it yet"}
        reason = f"{len(bad)} of {len(rows)} sessions, the last {last['trade_date']}: " if len(rows) > 1 else ""
        state = "partial" if any(row["state"] == "partial" for row in bad) else "pending"
        return Outcome(market, *days, state, f"{reason}{last['reason']}", stored)
    notes = sorted({row["reason"] for row in rows if row["reason"]})
    return Outcome(market, *days, "complete", "; ".join(notes) or None, stored)


def evening_to_fill(settings: Settings, market: str, asked: date | None, refetch: bool) -> date | Outcome:
    """The day to fill, or how the evening has ended before anything is asked: 'closed' or 'complete'.

    Without a day it is the last final one, and a holiday is 'closed' only when that one is complete: what is owed is
    filled on any day. Raises `UsageError` for a day that is not final.
    """
    now = settings.clock()
    struck_days = struck(settings.database_path, market)
    day = nightly_day(market, asked, now, timedelta(minutes=settings.settle_minutes), struck_days)
    if day is None:
        closed_on = asked or date.min
        return Outcome(market, closed_on, closed_on, "closed", "market closed")
    known = judge(settings.database_path, market, (day, day))
    if refetch or known.state != "complete":
        return day
    today = now.astimezone(market_named(market).time_zone).date()
    if asked is None and session_on(market, today) is None:
        return Outcome(market, today, today, "closed", f"market closed, {day} is complete")
    return known


def struck(database: Path, market: str) -> frozenset[date]:
    """Provisional sessions that turned out to be none, as the database knows; none of them without one."""
    if not database.exists():
        return frozenset()
    with open_read_only(database) as connection:
        return frozenset(row["trade_date"] for row in ask(connection, "struck", market=market))
