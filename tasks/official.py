"""The official evening: which ones are owed, what came of asking for them, and what of it is kept.

It stands beside the five steps and after them: no evening waits for it, and whatever a source does fails none.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime
from functools import partial
from uuid import uuid4

from tasks.job import Log
from tasks.keep import Passed, keep_evenings
from tasks.plan import as_seen, nightly_window
from tasks.refusals import refused_evening
from tasks.sources import OfficialSource, OfficialVendor
from tasks.sources.registry import make_official
from tasks.verdict import Outcome, outcome_of, with_faults
from warehouse.bars.official import MEASURED_ELSEWHERE, OfficialAnswer, refuse_misshapen_evening
from warehouse.errors import AftercloseError
from warehouse.facts.market import Facts, Market
from warehouse.lake.lake import Lake
from warehouse.lake.manifest import Fault
from warehouse.lake.opening import open_lake
from warehouse.lake.schema import OFFICIAL, OFFICIAL_ANSWERS
from warehouse.settings import Settings

LOG = logging.getLogger("afterclose")
MOST = 10  # evenings that a night asks a source for, the newest: what stays bad is not asked for sixty times a night
AT_ONCE = 20  # evenings of a backfill that are committed together
ABSENT = ("no trading", "no data")  # outcomes that another question would not change, if they are true
CONFIRMED = 3  # days on which a source must have said so: one that is not well says that it has nothing, too


def has_official(settings: Settings, code: str) -> bool:
    """Whether official sources are named, or evenings of theirs are stored, which have their say all the same."""
    return bool(settings.official_sources or open_lake(settings).files(OFFICIAL, code))


def take_official(
    settings: Settings,
    facts: Facts,
    code: str,
    run_id: str,
    log: Log = LOG,
    again: Collection[date] = (),
    filled: date | None = None,
) -> Passed:
    """Ask the official sources of a market for what a night owes of them, store it and what follows from it, publish.

    A night owes the evenings of its look-back whose hour at the source has come; sessions of `again` are asked anew,
    and an evening that the one after it contradicts: of the two it may be the one that is wrong. What it stored meets
    those that are stored, however old the day is that it `filled` (None: the last final one).
    """
    sources = make_official(settings, facts.market(code))
    lake = open_lake(settings)
    # Evenings that are stored have their say, whether or not their source is still named.
    if not sources and not lake.files(OFFICIAL, code):
        return Passed(0, [], False)
    market = as_seen(facts.market(code), lake)
    last = market.sessions.last_final(settings.clock(), settings.settling_time)
    days = nightly_window(lake, market, last, settings.lookback).sessions
    anew = {day for day in again if market.sessions.on(day)}
    asked: list[tuple[OfficialVendor, OfficialAnswer]] = []
    for vendor, source in sources:
        if refused := refused_evening(lake, market, vendor.name):
            log.warning("%s: not asked, since it refused us (%s): see docs/sources.md", vendor.name, refused)
            continue
        unsure = anew | _contradicted(lake, market, vendor, days)
        due = owed(lake, market, vendor, sorted({*days, *anew}), settings.clock(), unsure)
        due = [day for day in due if day in anew or day in due[-MOST:]]
        asked += [(vendor, answer) for answer in _ask(vendor, source, due)]
    kept = nightly_window(lake, market, filled or last, settings.lookback).kept
    return keep_evenings(settings, facts, lake, market, asked, sorted({*days, *anew, *kept}), run_id, log)


def with_official(
    outcome: Outcome, settings: Settings, facts: Facts, log: Log = LOG, again: Collection[date] = ()
) -> Outcome:
    """How an evening stands after the official sources were asked too; nothing of theirs makes a night fail."""
    market = facts.market(outcome.market)
    passed = try_official(settings, facts, market.code, log, again, outcome.last if outcome.stored else None)
    if not passed.is_news or outcome.state == "closed":
        return outcome
    now = outcome_of(open_lake(settings), market, (outcome.first, outcome.last), outcome.stored)
    return with_faults(now, passed.faults)


def try_official(
    settings: Settings,
    facts: Facts,
    code: str,
    log: Log = LOG,
    again: Collection[date] = (),
    filled: date | None = None,
) -> Passed:
    """As `take_official`; whatever it raises is told as a failure, and ends neither a night nor another market."""
    try:
        return take_official(settings, facts, code, uuid4().hex[:12], log, again, filled)
    except Exception as problem:
        told = f"{problem}" if isinstance(problem, AftercloseError) else f"{type(problem).__name__}: {problem}"
        log.warning("official sources of %s: %s", code, told)
        return Passed(0, [f"{code}: {told}"], False)


def settle_window(
    settings: Settings, facts: Facts, code: str, days: Sequence[date], run_id: str, log: Log = LOG
) -> None:
    """Let new bars of these days meet the official evenings that are stored of them; nobody is asked."""
    lake = open_lake(settings)
    if lake.files(OFFICIAL, code):
        keep_evenings(settings, facts, lake, as_seen(facts.market(code), lake), [], days, run_id, log)


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
    faults: Sequence[Fault | str] = ()
    for vendor, source in make_official(settings, market):
        due = owed(lake, market, vendor, days, settings.clock(), settled=("ok", "no trading"), often=())
        for at in range(0, len(due), AT_ONCE):
            some = due[at : at + AT_ONCE]
            asked = [(vendor, answer) for answer in _ask(vendor, source, some)]
            is_last = at + AT_ONCE >= len(due) or source.stopped is not None
            is_due = partial(_is_due, is_last, is_news)
            passed = keep_evenings(settings, facts, lake, market, asked, some, run_id, log, is_due)
            evenings, failed, is_news = evenings + passed.evenings, failed + passed.failed, is_news or passed.is_news
            faults = passed.faults or faults
            progress(min(at + AT_ONCE, len(due)), len(due))
            if source.stopped:
                failed.append(f"{vendor.name} was asked no more: {source.stopped}")
                break
    return Passed(evenings, failed, is_news, faults)


def _is_due(is_last: bool, had_news: bool, is_news: bool) -> bool:
    """Whether to publish: once, after the last evenings, whichever of them brought anything."""
    return is_last and (had_news or is_news)


def owed(
    lake: Lake,
    market: Market,
    vendor: OfficialVendor,
    days: Sequence[date],
    now: datetime,
    again: Collection[date] = (),
    settled: Collection[str] = ("ok",),
    often: Collection[str] = ABSENT,
) -> list[date]:
    """The days, in order, whose numbers are out by the vendor's hour and that no answer has settled yet.

    One of the outcomes `settled` does so, one of `often` when it came on three days. Those of `again` never are.
    """
    answers = lake.read(OFFICIAL_ANSWERS, market.code, {day.year for day in days})
    mine = answers[(answers["source"] == vendor.name) & (answers["board"] == vendor.boards[0])]
    absent = mine[mine["outcome"].isin(list(often))]
    asked_on = absent["asked_at"].dt.tz_convert(market.time_zone).dt.date
    is_sure = asked_on.groupby(absent["trade_date"]).nunique() >= CONFIRMED
    done = {*mine.loc[mine["outcome"].isin(list(settled)), "trade_date"], *is_sure.index[is_sure]} - set(again)
    local = now.astimezone(market.time_zone)
    return [
        day for day in days if day not in done and datetime.combine(day, vendor.from_hour, market.time_zone) <= local
    ]


def _contradicted(lake: Lake, market: Market, vendor: OfficialVendor, days: Collection[date]) -> set[date]:
    """The evenings whose closes are not the previous closes that the last answer for the evening after them had."""
    answers = lake.read(OFFICIAL_ANSWERS, market.code, {day.year for day in days})
    mine = answers[(answers["source"] == vendor.name) & (answers["board"] == vendor.boards[0])]
    last = mine.sort_values("asked_at").drop_duplicates("trade_date", keep="last")
    is_other = last["detail"].str.contains(MEASURED_ELSEWHERE, regex=False, na=False)
    return {market.sessions.back(day, 1) for day in last.loc[is_other, "trade_date"]}


def _ask(vendor: OfficialVendor, source: OfficialSource, days: Sequence[date]) -> list[OfficialAnswer]:
    """The newest first, since that is the one that is waited for; in order of days."""
    answers = []
    for day in sorted(days, reverse=True):
        if source.stopped:
            break
        answers.append(_evening(vendor, source, day))
    return answers[::-1]


def _evening(vendor: OfficialVendor, source: OfficialSource, day: date) -> OfficialAnswer:
    """One answer, of unknown shape where the source raises, or answers about another evening or in other rows."""
    board = vendor.boards[0]
    try:
        answer = source.evening(day, board)
        refuse_misshapen_evening(answer, vendor.name, board, day)
        return answer
    except Exception as problem:  # whatever another package stumbles over is the outcome of that evening alone
        detail = f"{type(problem).__name__}: {problem}"[:200]
        return OfficialAnswer(vendor.name, board, day, "unknown shape", datetime.now(UTC), detail)
