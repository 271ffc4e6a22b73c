"""The spine: the five steps of one window as one plain function. Whoever schedules it may pass a `step` of its own."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from tasks.collect import Terms, bars_of_indices, days_of_indices
from tasks.compared import comparisons
from tasks.fetch import ask_all, chunks, read_staged, refuse_shifted, stage, staged_path
from tasks.fills import Filled, fill_from, with_fills
from tasks.local_actions import take_local_actions
from tasks.owed import left_by_first
from tasks.plan import Past, Window, past_of
from tasks.publish import Published, publish, write_pages
from tasks.sources import FillSource, Source
from tasks.sources.registry import make_fill_sources, make_source
from tasks.store import Run, Stored, record_failure, store
from tasks.validate import Around, Checked, Piece, is_moved, judge_evening, judge_symbols, seen_together
from tasks.verdict import Outcome, outcome_of, outcome_of_indices, with_faults
from warehouse.bars.answers import Answer, Request
from warehouse.errors import AftercloseError
from warehouse.facts.market import Facts
from warehouse.lake.lake import Lake
from warehouse.lake.opening import open_lake
from warehouse.lake.schema import QUARANTINE
from warehouse.settings import Settings

Result = TypeVar("Result")
Step = Callable[[str, Callable[[], Any]], Any]
Log = logging.Logger | logging.LoggerAdapter[Any]
LOG = logging.getLogger("afterclose")
NAMED_FAILURES = 10  # symbols on a line of the log


def call(_: str, function: Callable[[], Result]) -> Result:
    """The plain step: do it."""
    return function()


@dataclass(frozen=True)
class Job:
    """One window of one market to be filled: what to ask, of whom, and where it goes.

    `answers_for` are the first and last day that decide how the run ends. With `staging` the answers are kept there
    until all are committed together. `fillers` are asked in turn for what the source lacks.
    """

    flow: str
    window: Window
    requests: Sequence[Request]
    answers_for: tuple[date, date]
    facts: Facts
    settings: Settings
    source: Source
    fillers: Sequence[FillSource]
    run_id: str
    started_at: datetime
    staging: Path | None = None
    scope: str = "members"

    @property
    def lake(self) -> Lake:
        """Where it is stored."""
        return open_lake(self.settings)

    @property
    def terms(self) -> Terms:
        """What the answers are judged by."""
        rates = self.facts.tables["currency_rates.csv"]
        return Terms(self.window, self.started_at, self.settings.settle, self.source.name, rates)

    @property
    def run(self) -> Run:
        """Who is writing."""
        return Run(self.run_id, self.flow, self.source.name, self.started_at, self.window, self.requests, self.scope)


@dataclass(frozen=True)
class Evening:
    """How a job ended, the sessions whose verdict is new or has changed, and the pages that were written."""

    outcome: Outcome
    judged: list[date]
    pages: list[Path]


def new_job(
    flow: str,
    window: Window,
    requests: Sequence[Request],
    answers_for: tuple[date, date],
    facts: Facts,
    settings: Settings,
    staging: Path | None = None,
    scope: str = "members",
) -> Job:
    """A job that begins now and asks the vendors that the settings name; raises `UsageError` for one that is none."""
    source = make_source(settings, window.market)
    fillers = make_fill_sources(settings, window.market, source)
    run_id, now = uuid4().hex[:12], settings.clock()
    return Job(flow, window, requests, answers_for, facts, settings, source, fillers, run_id, now, staging, scope)


def fill(
    job: Job, step: Step = call, log: Log = LOG, progress: Callable[[int, int], None] = lambda done, of: None
) -> Evening:
    """Fetch and judge piece by piece, then the evening as a whole, store, publish.

    Each step is done through `step(name, function)`. Raises `AftercloseError` when nobody answered; that is recorded.
    """
    lake, market = job.lake, job.window.market
    take_local_actions(lake, job.facts, job.settings, job.run_id)
    past = past_of(lake, job.window)
    asked = _ask_and_judge(job, past, step, log, progress)
    answers = [answer for piece in asked for answer in piece.answers]
    failed = [answer for answer in answers if answer.outcome not in ("ok", "no data")]
    log.info("%d symbols answered, %d failed", len(answers) - len(failed), len(failed))
    for line in _told_failures(failed):
        log.warning("%s", line)
    if job.requests and not any(answer.outcome == "ok" for answer in answers):
        _give_up(job, answers)
    pieces = _judged_together(job, past, asked)
    filled = _fill(job, past, pieces, answers, asked[-1].around if asked else Around(()), step, log)
    pieces = with_fills(pieces, filled)
    checked: Checked = step("validate", lambda: judge_evening(pieces, job.terms))
    compared = comparisons(job.source.name, filled, job.window)
    with lake.writing(job.settings.lock_wait, f"{job.flow} {market.code}"):
        stored: Stored = step(
            "store",
            lambda: store(
                lake, job.run, answers, checked, job.settings.clock(), compared, [each.asked for each in filled]
            ),
        )
        log.info("stored %d new and %d restated bars, held %d", stored.new_rows, stored.restated_rows, stored.held_rows)
        published: Published = step("publish", lambda: _publish(job))
        # Under the lock: both markets write the page of a date, and the later one must see the other's evening.
        pages: list[Path] = step("report", lambda: write_pages(job.settings, published.pages))
    if published.mended:
        log.warning("%s %s: it was made anew", job.settings.database_path, published.mended)
    if job.scope == "index":
        outcome = outcome_of_indices(market, job.answers_for, answers, stored)
    else:
        outcome = outcome_of(lake, market, job.answers_for, stored)
    return Evening(with_faults(outcome, published.faults), published.judged, pages)


@dataclass(frozen=True)
class _Asked:
    """A piece of symbols: their answers, what was known of the others when they were judged, and what came of it."""

    answers: list[Answer]
    around: Around
    piece: Piece


def _ask_and_judge(job: Job, past: Past, step: Step, log: Log, progress: Callable[[int, int], None]) -> list[_Asked]:
    asked: list[_Asked] = []
    index_days: frozenset[date] = frozenset()
    pieces = chunks(job.requests)
    done = 0
    for number, requests in enumerate(pieces, start=1):
        place = f"{number} of {len(pieces)}"
        answers = _fetch(job, requests, step, f"fetch {place}")
        # The first piece has the indices.
        index_days |= days_of_indices(answers, past.bars, job.window.market)
        around = Around(index_days)
        asked.append(
            _Asked(answers, around, step(f"judge {place}", partial(judge_symbols, answers, past, job.terms, around)))
        )
        done += len(answers)
        log.info("%s: asked %d of %d symbols", job.window.market.code, done, len(job.requests))
        progress(done, len(job.requests))
    return asked


def _fetch(job: Job, requests: Sequence[Request], step: Step, name: str) -> list[Answer]:
    kept = staged_path(job.staging, requests, job.window, job.source) if job.staging else None
    if kept and kept.exists():
        return read_staged(kept)
    asked: list[Answer] = step(name, lambda: ask_all(job.source, requests, job.settings.concurrency))
    answers = [refuse_shifted(answer, job.window.market) for answer in asked]
    if kept:
        stage(kept, answers)
    return answers


def _told_failures(failed: Sequence[Answer]) -> Iterator[str]:
    """A line for all symbols whose answers say the same: of a vendor that is down that is one."""
    same: dict[str, list[str]] = {}
    for answer in failed:
        same.setdefault(": ".join(filter(None, [answer.outcome, answer.detail])), []).append(answer.symbol)
    for said, symbols in same.items():
        more = f" and {len(symbols) - NAMED_FAILURES} more" if len(symbols) > NAMED_FAILURES else ""
        yield f"{', '.join(symbols[:NAMED_FAILURES])}{more}: {said}"


def _give_up(job: Job, answers: list[Answer]) -> None:
    market, detail = job.window.market.code, f"{answers[0].symbol}: {answers[0].detail}"
    with job.lake.writing(job.settings.lock_wait, f"{job.flow} {market}"):
        record_failure(job.lake, job.run, answers, job.settings.clock(), detail)
    raise AftercloseError(
        f"{market} {job.window.last}: none of {len(answers)} symbols could be had from {job.source.name} ({detail})"
    )


def _judged_together(job: Job, past: Past, asked: list[_Asked]) -> list[Piece]:
    """The pieces; those to which the others say something new are judged again."""
    pieces = []
    for each in asked:
        after = seen_together([other.piece for other in asked], each.around)
        again = is_moved(each.piece, after)
        pieces.append(judge_symbols(each.answers, past, job.terms, after) if again else each.piece)
    return pieces


def _fill(
    job: Job, past: Past, pieces: list[Piece], answers: list[Answer], around: Around, step: Step, log: Log
) -> list[Filled]:
    """What the fillers give, one after the other, of what is owed still."""
    if not job.fillers or not pieces:
        return []
    if job.settings.second_source:
        log.warning("AFTERCLOSE_SECOND_SOURCE will go: name %s in AFTERCLOSE_FILL_SOURCES", job.settings.second_source)
    market = job.window.market
    held = job.lake.read(QUARANTINE, market.code)
    outside = bars_of_indices(answers, around.index_days, job.terms)
    first = left_by_first(job.run, pieces, outside, past, held, around.index_days)
    filled: list[Filled] = []
    for filler in job.fillers:
        if len(first.owed):
            log.info(
                "%s: %d sessions of %d symbols are owed", market.code, len(first.owed), first.owed["symbol"].nunique()
            )
            one = partial(fill_from, filler, first, pieces, past, job.terms, around.index_days)
            filled.append(step(f"fill from {filler.source.name}", one))
            first = replace(first, owed=filled[-1].without_filled(first.owed))
            for line in filled[-1].lines():
                log.info("%s", line)
    return filled


def _publish(job: Job) -> Published:
    return publish(job.lake, job.facts, job.settings, job.run_id, page_of=job.window.last)
