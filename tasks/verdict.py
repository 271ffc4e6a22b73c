"""How a run ended, read from the published verdicts."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tasks.store import Stored
from warehouse.database import ask, open_read_only


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
