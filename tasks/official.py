"""The official evening: which ones are owed, what came of asking for them, and what of it is kept.

It stands beside the five steps and after them: no evening waits for it, and whatever a source does fails none.
"""

import gzip
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd

from tasks.plan import as_seen, nightly_window
from tasks.publish import page_path, publish, write_pages
from tasks.settle import settle_official
from tasks.sources import OfficialSource, OfficialVendor
from tasks.sources.registry import make_official
from tasks.store import commit_instant
from tasks.verdict import Outcome, outcome_of
from warehouse.bars.evenings import answer_row, last_lines, with_evening
from warehouse.bars.official import OfficialAnswer, unless_repeated
from warehouse.errors import AftercloseError
from warehouse.facts.market import Facts, Market
from warehouse.frames import together
from warehouse.lake.lake import Lake
from warehouse.lake.opening import open_lake
from warehouse.lake.schema import OFFICIAL_ANSWERS
from warehouse.settings import Settings
from warehouse.whole import in_one_line, write_whole

Log = logging.Logger | logging.LoggerAdapter[Any]
LOG = logging.getLogger("afterclose")
MOST = (
    10  # evenings a night asks a source for, the newest: a page that was always bad must not be asked for sixty times
)
AT_ONCE = 20  # evenings of a backfill that are committed together
SETTLED = ("ok", "no trading", "no data")  # outcomes that another question would not change
NAMED = ("ok", "not published", "no trading", "no data")  # and those that nobody has to look at


@dataclass(frozen=True)
class Passed:
    """What an official pass did: evenings that came, those that did not and why, and whether anything is new."""

    evenings: int
    failed: list[str]
    is_news: bool


def take_official(
    settings: Settings,
    facts: Facts,
    code: str,
    run_id: str,
    log: Log = LOG,
    again: Collection[date] = (),
) -> Passed:
    """Ask the official sources of a market for what a night owes of them, store it and what follows from it, publish.

    A night owes the evenings of its look-back whose hour at the source has come; those of `again` are asked for anew.
    """
    sources = make_official(settings, facts.market(code))
    if not sources:
        return Passed(0, [], False)
    lake = open_lake(settings)
    market = as_seen(facts.market(code), lake)
    last = market.sessions.last_final(settings.clock(), settings.settle)
    days = nightly_window(lake, market, last, settings.lookback).sessions
    asked: list[tuple[OfficialVendor, OfficialAnswer]] = []
    for vendor, source in sources:
        if refused := _refused(lake, market, vendor):
            log.warning("%s: not asked, since it refused us (%s): see docs/sources.md", vendor.name, refused)
            continue
        due = owed(lake, market, vendor, days, settings.clock(), again)[-MOST:]
        asked += [(vendor, answer) for answer in _ask(vendor, source, due)]
    return _take(settings, facts, lake, market, asked, days, run_id, log)


def with_official(
    outcome: Outcome, settings: Settings, facts: Facts, log: Log = LOG, again: Collection[date] = ()
) -> Outcome:
    """How an evening stands after the official sources were asked too; nothing of theirs makes a night fail."""
    market = facts.market(outcome.market)
    try:
        passed = take_official(settings, facts, market.code, uuid4().hex[:12], log, again)
    except Exception as problem:  # the evening is stored and published: whatever it is, it fails no night
        told = f"{problem}" if isinstance(problem, AftercloseError) else f"{type(problem).__name__}: {problem}"
        log.warning("official sources: %s", told)
        return outcome
    if not passed.is_news or outcome.state == "closed":
        return outcome
    return replace(outcome_of(open_lake(settings), market, (outcome.first, outcome.last)), stored=outcome.stored)


def settle_window(
    settings: Settings, facts: Facts, code: str, days: Sequence[date], run_id: str, log: Log = LOG
) -> None:
    """Let new bars of these days meet the official evenings that are stored of them; nobody is asked."""
    lake = open_lake(settings)
    if settings.official_sources:
        _take(settings, facts, lake, as_seen(facts.market(code), lake), [], days, run_id, log)


def backfill_official(
    settings: Settings,
    facts: Facts,
    code: str,
    first: date,
    last: date,
    run_id: str,
    log: Log = LOG,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Passed:
    """Ask the official sources of a market for every evening from `first` to `last` that is not stored, oldest first.

    It is stored every few evenings: run it again to go on. A person who asks so has looked at a refusal of before.
    """
    lake = open_lake(settings)
    market = as_seen(facts.market(code), lake)
    days = market.sessions.between(first, last)
    evenings, is_news = 0, False
    failed: list[str] = []
    for vendor, source in make_official(settings, market):
        due = owed(lake, market, vendor, days, settings.clock(), settled=("ok", "no trading"))
        for at in range(0, len(due), AT_ONCE):
            some = due[at : at + AT_ONCE]
            asked = [(vendor, answer) for answer in _ask(vendor, source, some)]
            is_last = at + AT_ONCE >= len(due) or source.stopped is not None
            passed = _take(settings, facts, lake, market, asked, some, run_id, log, is_last)
            evenings, failed, is_news = evenings + passed.evenings, failed + passed.failed, is_news or passed.is_news
            progress(min(at + AT_ONCE, len(due)), len(due))
            if source.stopped:
                failed.append(f"{vendor.name} was asked no more: {source.stopped}")
                break
    return Passed(evenings, failed, is_news)


def owed(
    lake: Lake,
    market: Market,
    vendor: OfficialVendor,
    days: Sequence[date],
    now: datetime,
    again: Collection[date] = (),
    settled: Collection[str] = SETTLED,
) -> list[date]:
    """The days, in order, whose numbers are out by the vendor's hour and for which no answer `settled` it yet."""
    answers = lake.read(OFFICIAL_ANSWERS, market.code, {day.year for day in days})
    mine = answers[(answers["source"] == vendor.name) & (answers["board"] == vendor.boards[0])]
    done = set(mine.loc[mine["outcome"].isin(list(settled)), "trade_date"]) - set(again)
    local = now.astimezone(market.time_zone)
    return [
        day for day in days if day not in done and datetime.combine(day, vendor.from_hour, market.time_zone) <= local
    ]


def _refused(lake: Lake, market: Market, vendor: OfficialVendor) -> str | None:
    """Why it refused us when it was last asked, None if it did not: who tries again on his own is banned for longer."""
    answers = lake.read(OFFICIAL_ANSWERS, market.code)
    mine = answers[answers["source"] == vendor.name].sort_values("asked_at")
    if mine.empty or mine.iloc[-1]["outcome"] != "banned":
        return None
    return f"{mine.iloc[-1]['asked_at']:%Y-%m-%d %H:%M} UTC: {mine.iloc[-1]['detail']}"


def _ask(vendor: OfficialVendor, source: OfficialSource, days: Sequence[date]) -> list[OfficialAnswer]:
    """The newest first, since that is the one that is waited for; in order of days."""
    answers = []
    for day in sorted(days, reverse=True):
        if source.stopped:
            break
        answers.append(source.evening(day, vendor.boards[0]))
    return answers[::-1]


def _take(
    settings: Settings,
    facts: Facts,
    lake: Lake,
    market: Market,
    asked: Sequence[tuple[OfficialVendor, OfficialAnswer]],
    days: Sequence[date],
    run_id: str,
    log: Log,
    is_published: bool = True,
) -> Passed:
    """Keep the raw answers, then under one lock store the evenings, settle what they say of `days`, and publish."""
    for _, answer in asked:
        if answer.raw:
            keep_raw(settings.raw_path, answer)
    prune_raw(settings.raw_path, settings.clock() - timedelta(days=settings.raw_keep_days))
    with lake.writing(settings.lock_wait, f"official {market.code}"):
        judged = _judged(lake, market, asked)
        if judged:
            instant = commit_instant(lake, market.code, settings.clock())
            lake.commit(_evenings(lake, market, judged, instant, run_id))
        is_settled = settle_official(lake, market, days, settings.clock(), run_id)
        is_news = is_settled or any(answer.outcome == "ok" for _, answer in judged)
        if is_news and is_published:
            last = max((answer.trade_date for _, answer in judged if answer.outcome == "ok"), default=None)
            page_of = last if last and page_path(settings, last).exists() else None
            published = publish(lake, facts, settings, [market.code], run_id, page_of)
            write_pages(settings, published.pages)
    failed = []
    for vendor, answer in judged:
        told = f"{vendor.name} {market.code} {answer.trade_date}: {answer.outcome}"
        unread = f", {len(answer.unread)} lines could not be read" if answer.unread else ""
        if answer.outcome == "ok":
            log.info("%s, %d lines%s", told, len(answer.lines), unread)
        elif answer.outcome in NAMED:
            log.info("%s (%s)", told, answer.detail)
        else:
            failed.append(f"{told} ({answer.detail})")
            log.warning("%s (%s)", told, answer.detail)
    return Passed(sum(answer.outcome == "ok" for _, answer in judged), failed, is_news)


def _judged(
    lake: Lake, market: Market, asked: Sequence[tuple[OfficialVendor, OfficialAnswer]]
) -> list[tuple[OfficialVendor, OfficialAnswer]]:
    """The answers, each held against the evening before it of the same source: one that repeats it is no answer."""
    judged = []
    good: dict[str, OfficialAnswer] = {}
    for vendor, answer in sorted(asked, key=lambda pair: pair[1].trade_date):
        before = good.get(vendor.name)
        stored = last_lines(lake, market.code, vendor.name, answer.trade_date)
        lines = before.lines if before and (not len(stored) or _day(stored) < before.trade_date) else stored
        answer = unless_repeated(answer, lines) if answer.outcome == "ok" else answer
        if answer.outcome == "ok":
            good[vendor.name] = answer
        judged.append((vendor, answer))
    return judged


def _day(lines: Any) -> date:
    day: date = lines["trade_date"][0].as_py()
    return day


def _evenings(
    lake: Lake,
    market: Market,
    judged: Sequence[tuple[OfficialVendor, OfficialAnswer]],
    instant: datetime,
    run_id: str,
) -> dict[Path, Any]:
    """What a commit must write: the lines and totals of the good answers, and what came of every one."""
    tables: dict[Path, Any] = {}
    good = [(answer, vendor.authority) for vendor, answer in judged if answer.outcome == "ok"]
    tables |= with_evening(lake, market.code, good, instant, run_id)
    rows = [answer_row(answer, run_id) for _, answer in judged]
    before = lake.read(OFFICIAL_ANSWERS, market.code, {answer.trade_date.year for _, answer in judged})
    after = together(before, pd.DataFrame(rows, columns=before.columns))
    key = list(OFFICIAL_ANSWERS.key)
    return tables | lake.changes(OFFICIAL_ANSWERS, market.code, after.drop_duplicates(key, keep="last"))


def keep_raw(folder: Path, answer: OfficialAnswer) -> Path:
    """Keep the bytes of an answer, compressed, where only the user of this machine reads them; the file's path."""
    board = answer.board.lower().replace(" ", "-")
    place = folder / answer.source
    with in_one_line(place):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    path = place / f"{answer.trade_date}-{board}-{answer.asked_at:%Y%m%dT%H%M%SZ}.gz"
    write_whole(path, partial(Path.write_bytes, data=gzip.compress(answer.raw, mtime=0)))
    return path


def prune_raw(folder: Path, before: datetime) -> None:
    """Let go of raw answers that were asked for before that moment, by their names."""
    with in_one_line(folder):
        for path in folder.glob("*/*Z.gz"):
            if path.name.removesuffix(".gz").rpartition("-")[2] < f"{before:%Y%m%dT%H%M%SZ}":
                path.unlink()
