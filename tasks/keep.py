"""What is kept of official evenings: judged, stored in one commit, settled with what is there, and published."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from tasks.job import Log
from tasks.publish import publish, write_pages
from tasks.raw import keep_raw, prune_raw
from tasks.replica.writing import writing
from tasks.runs import commit_instant
from tasks.settle import settle_official
from tasks.sources import OfficialVendor
from warehouse.bars.evenings import answer_row, last_lines, with_evening
from warehouse.bars.official import (
    OfficialAnswer,
    rows_of,
    unless_cut,
    unless_measured_elsewhere,
    unless_of_before,
    unless_repeated,
    with_doubted_currency,
    with_doubted_repeats,
)
from warehouse.facts.market import Facts, Market
from warehouse.frames import together
from warehouse.lake.lake import Lake
from warehouse.lake.manifest import Fault
from warehouse.lake.schema import OFFICIAL_ANSWERS, RUNS, STOCKS
from warehouse.settings import Settings

IN_ORDER = ("not published", "no trading", "no data")  # outcomes that nobody has to look at
Answered = Sequence[tuple[OfficialVendor, OfficialAnswer]]


@dataclass(frozen=True)
class Passed:
    """What an official pass did: evenings that came, those that did not and why, and whether anything is new.

    `faults` are the lost files and the misses of the replica that its publishing met.
    """

    evenings: int
    failed: list[str]
    is_news: bool
    faults: Sequence[Fault | str] = ()


def keep_evenings(
    settings: Settings,
    facts: Facts,
    lake: Lake,
    market: Market,
    asked: Answered,
    days: Sequence[date],
    run_id: str,
    log: Log,
    is_due: Callable[[bool], bool] = bool,
) -> Passed:
    """Keep the raw answers, then under one lock store the evenings, settle what they say of `days`, and publish.

    `is_due` says whether to publish, by whether anything is new.
    """
    faults: Sequence[Fault | str] = ()
    for _, answer in asked:
        if answer.raw:
            keep_raw(settings.raw_path, answer)
    prune_raw(settings.raw_path, settings.clock() - timedelta(days=settings.raw_keep_days))
    with writing(lake, facts, settings, f"official {market.code}") as missed:
        judged = _judged(lake, market, asked)
        instant = commit_instant(lake, market.code, settings.clock())
        tables = _evenings(lake, market, judged, instant, run_id) if judged else {}
        settled = settle_official(lake.after(tables), market, days, instant, run_id)
        if judged or settled:
            lake.commit(tables | settled | _ran(lake, market, judged, days, instant, run_id))
        is_news = bool(settled) or any(answer.outcome == "ok" for _, answer in judged)
        if is_due(is_news):
            published = publish(lake, facts, settings, run_id)
            write_pages(settings, published.pages)
            faults = published.faults
    evenings = sum(answer.outcome == "ok" for _, answer in judged)
    return Passed(evenings, _told(judged, market, log), is_news, [*faults, *missed])


def _told(judged: Answered, market: Market, log: Log) -> list[str]:
    """Say what came of each question; the lines of those that failed."""
    failed = []
    for vendor, answer in judged:
        told = f"{vendor.name} {market.code} {answer.trade_date}: {answer.outcome}"
        unread = f", {len(answer.unread)} lines could not be read" if answer.unread else ""
        if answer.outcome == "ok":
            log.info("%s, %d lines%s", told, len(answer.lines), unread)
        elif answer.outcome in IN_ORDER:
            log.info("%s (%s)", told, answer.detail)
        else:
            failed.append(f"{told} ({answer.detail})")
            log.warning("%s (%s)", told, answer.detail)
    return failed


def _judged(lake: Lake, market: Market, asked: Answered) -> Answered:
    """The answers, each held against the evening before it, the source's and ours: one that repeats it is no answer."""
    judged = []
    bars = _bars_before(lake, market, {answer.trade_date for _, answer in asked})
    good: dict[str, OfficialAnswer] = {}
    for vendor, answer in sorted(asked, key=lambda pair: pair[1].trade_date):
        before = good.get(vendor.name)
        stored = last_lines(lake, market, vendor.name, answer.trade_date)
        lines = rows_of(before.lines) if before and (not len(stored) or _day(stored) <= before.trade_date) else stored
        answer = unless_repeated(answer, lines) if answer.outcome == "ok" else answer
        if answer.outcome == "ok":
            answer = unless_cut(answer, lines, _told_on_other_days(lake, market, answer))
        answer = unless_of_before(answer, bars[answer.trade_date]) if answer.outcome == "ok" else answer
        if answer.outcome == "ok" and len(lines) and _day(lines) == market.sessions.back(answer.trade_date, 1):
            answer = unless_measured_elsewhere(answer, lines)
            answer = with_doubted_repeats(answer, lines)
        if answer.outcome == "ok":
            answer = with_doubted_currency(answer, market.symbols, market.currency)
            good[vendor.name] = answer
        judged.append((vendor, answer))
    return judged


def _told_on_other_days(lake: Lake, market: Market, answer: OfficialAnswer) -> set[str]:
    """What became of the same evening when it was asked for on earlier days."""
    rows = lake.read(OFFICIAL_ANSWERS, market.code, {answer.trade_date.year})
    rows = rows[(rows["source"] == answer.source) & (rows["trade_date"] == answer.trade_date)]
    asked_on = rows["asked_at"].dt.tz_convert(market.time_zone).dt.date
    return set(rows.loc[asked_on < market.today(answer.asked_at), "detail"].dropna())


def _bars_before(lake: Lake, market: Market, days: Set[date]) -> dict[date, dict[str, tuple[float, float]]]:
    """A day, close and volume of each stock that we have a traded bar of on the session before."""
    before = {day: market.sessions.back(day, 1) for day in days}
    stored = lake.read(STOCKS, market.code, {day.year for day in before.values()})
    traded = stored[stored["known_to"].isna() & (stored["volume"] > 0).fillna(False)]
    bars = {
        day: dict(zip(mine["symbol"], zip(mine["close"], mine["volume"].astype(float), strict=True), strict=True))
        for day, mine in traded[traded["trade_date"].isin(list(before.values()))].groupby("trade_date")
    }
    return {day: bars.get(last, {}) if last < day else {} for day, last in before.items()}


def _day(lines: Any) -> date:
    day: date = lines["trade_date"][0].as_py()
    return day


def _evenings(lake: Lake, market: Market, judged: Answered, instant: datetime, run_id: str) -> dict[Path, Any]:
    """What a commit must write: the lines and totals of the good answers, and what came of every one."""
    tables: dict[Path, Any] = {}
    good = [(answer, vendor.authority) for vendor, answer in judged if answer.outcome == "ok"]
    tables |= with_evening(lake, market, good, instant, run_id)
    rows = [answer_row(answer, run_id) for _, answer in judged]
    before = lake.read(OFFICIAL_ANSWERS, market.code, {answer.trade_date.year for _, answer in judged})
    after = together(before, pd.DataFrame(rows, columns=before.columns))
    key = list(OFFICIAL_ANSWERS.key)
    return tables | lake.changes(OFFICIAL_ANSWERS, market.code, after.drop_duplicates(key, keep="last"))


def _ran(
    lake: Lake, market: Market, judged: Answered, days: Sequence[date], instant: datetime, run_id: str
) -> dict[Path, Any]:
    """The pass among the runs, so that the next commit is later than its versions; it owes no member."""
    came = sorted(f"{answer.trade_date} {answer.outcome}" for _, answer in judged)
    answered = sorted(answer.trade_date for _, answer in judged) or days
    row = {
        **{"run_id": run_id, "flow": "official", "scope": "official", "state": "stored"},
        **{"started_on": instant.date(), "started_at": instant, "ended_at": instant},
        **{"first_date": answered[0], "last_date": answered[-1]},
        "source": ", ".join(sorted({vendor.name for vendor, _ in judged})) or "nobody",
        "requests": sum(answer.requests for _, answer in judged),
        **dict.fromkeys(("new_rows", "restated_rows", "held_rows"), 0),
        "detail": "; ".join(came) or "what was stored before met official evenings",
    }
    return lake.with_more(RUNS, market.code, pd.DataFrame([row], columns=RUNS.schema.names))
