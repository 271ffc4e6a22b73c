"""How a run ended, and whether one is due: by what the lake says was published, not by the file that people read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tasks.plan import as_seen, nightly_day
from tasks.runs import Stored
from warehouse.bars.answers import Heard
from warehouse.facts.market import Market
from warehouse.lake.lake import Lake
from warehouse.lake.manifest import Fault
from warehouse.lake.schema import ANSWERS, INDICES, PUBLISHED
from warehouse.settings import Settings
from warehouse.sql.draft import is_swapped_in
from warehouse.sql.stored import refuse_other_lake


@dataclass(frozen=True)
class Outcome:
    """The worst state of the days that were asked for: 'complete', 'partial', 'pending' or 'closed', and why."""

    market: str
    first: date
    last: date
    state: str
    reason: str | None = None
    stored: Stored | None = None


def verdicts(lake: Lake, market: Market, first: date, last: date) -> list[dict[str, Any]]:
    """The last published verdict of each session from `first` to `last`, oldest first: rows of `session_status`."""
    said = lake.read(PUBLISHED, market.code, set(range(first.year, last.year + 1)))
    said = said[(said["kind"] == "session_status") & (said["trade_date"] >= first) & (said["trade_date"] <= last)]
    said = said.sort_values(["trade_date", "published_at"]).drop_duplicates("trade_date", keep="last")
    return [json.loads(text) | {"trade_date": day} for day, text in zip(said["trade_date"], said["said"], strict=True)]


def outcome_of(lake: Lake, market: Market, days: tuple[date, date], stored: Stored | None = None) -> Outcome:
    """The worst verdict of the days from `days[0]` to `days[1]`; 'pending' where none was given.

    What was said of a day before it was found to be no session counts no more.
    """
    seen = as_seen(market, lake).sessions
    rows = verdicts(lake, market, *days)
    rows = [row for row in rows if row["state"] == "closed" or seen.on(row["trade_date"])]
    bad = [row for row in rows if row["state"] in ("partial", "pending")]
    if not rows or bad:
        last = bad[-1] if bad else {"state": "pending", "reason": "no run has ended for it yet"}
        sessions = sum(row["state"] != "closed" for row in rows)  # a day lost to weather is none
        reason = f"{len(bad)} of {sessions} sessions, the last {last['trade_date']}: " if len(rows) > 1 else ""
        state = "partial" if any(row["state"] == "partial" for row in bad) else "pending"
        return Outcome(market.code, *days, state, f"{reason}{last['reason']}", stored)
    notes = list(dict.fromkeys(row["reason"] for row in reversed(rows) if row["reason"] and row["state"] != "closed"))
    others = len(notes) - 1
    more = f"; and {others} other reason{'s' * (others > 1)} before" if others > 0 else ""
    return Outcome(market.code, *days, "complete", f"{notes[0]}{more}" if notes else None, stored)


def outcome_of_indices(
    lake: Lake, market: Market, days: tuple[date, date], answers: Sequence[Heard], stored: Stored
) -> Outcome:
    """How a run that asked for indices alone has ended: 'complete' when each has what was asked for. It judges no day.

    An index has it when it answered and a bar is stored of every session of the days from its first bar on: where a
    vendor's history begins, it begins.
    """
    silent = [answer.symbol for answer in answers if answer.outcome != "ok"]
    reasons = [f"no answer for {', '.join(silent)}"] if silent else []
    bars = lake.read(INDICES, market.code, set(range(days[0].year, days[1].year + 1)), days[0])
    bars = bars[bars["known_to"].isna() & (bars["trade_date"] <= days[1])]
    for symbol in (answer.symbol for answer in answers if answer.outcome == "ok"):
        have = set(bars.loc[bars["symbol"] == symbol, "trade_date"])
        owed = market.sessions.between(min(have, default=days[0]), days[1])
        lacking = [day for day in owed if day not in have]
        if lacking:
            reasons.append(f"{symbol} has no bar of {len(lacking)} of {len(owed)} sessions, the last {lacking[-1]}")
        elif not have:
            reasons.append(f"{symbol} has no bar")
    return Outcome(market.code, *days, "partial" if reasons else "complete", "; ".join(reasons) or None, stored)


def evening_to_fill(
    lake: Lake, market: Market, settings: Settings, asked: date | None, refetch: bool
) -> date | Outcome:
    """The day to fill, or how the evening has ended before anything is asked: 'closed' or 'complete'.

    Without a day it is the last final one, and a holiday is 'closed' only when that one is complete: what is owed is
    filled on any day. Raises `UsageError` for a day that is not final, and `AftercloseError` for a lake that the
    database was not made from.
    """
    refuse_other_lake(lake, settings.database_path)
    now = settings.clock()
    day = nightly_day(market, asked, now, settings.settling_time)
    if day is None:
        closed_on = asked or date.min
        closed = Outcome(market.code, closed_on, closed_on, "closed", "market closed")
        return with_faults(closed, lake.faults())
    known = outcome_of(lake, market, (day, day))
    is_done = known.state == "complete" and is_swapped_in(settings.database_path) and _was_asked(lake, market, day)
    if refetch or not is_done:
        return day
    today = market.today(now)
    if asked is None and market.sessions.on(today) is None:
        known = Outcome(market.code, today, today, "closed", f"market closed, {day} is complete")
    return with_faults(known, lake.faults())


def with_faults(outcome: Outcome, faults: Sequence[Fault | str]) -> Outcome:
    """The outcome of a run that had no need of files that are lost, or whose replica lacks it: no more than partial."""
    if not faults:
        return outcome
    told = [*map(str, faults[:3]), *([f"{len(faults) - 3} more files of the lake are lost"] if len(faults) > 3 else [])]
    reason = "; ".join([*([outcome.reason] if outcome.reason else []), *told])
    return replace(outcome, state="pending" if outcome.state == "pending" else "partial", reason=reason)


def _was_asked(lake: Lake, market: Market, day: date) -> bool:
    """Whether every member of the day was asked for it: a corrected fact may have added one since."""
    answers = lake.read_since(ANSWERS, market.code, day.year)
    covers = (answers["first_date"] <= day) & (answers["last_date"] >= day)
    return market.members_on(day) - market.unobtainable_on(day) <= set(answers.loc[covers, "symbol"])
