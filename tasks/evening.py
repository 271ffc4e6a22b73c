"""The spine: the five steps of one window as one plain function. Whoever schedules it may pass a `step` of its own."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pandas as pd

from tasks.collect import Terms, days_of_indices
from tasks.fetch import ask_all, chunks, read_staged, stage, staged_path
from tasks.plan import Past, Window, past_of
from tasks.publish import Published, publish, write_pages
from tasks.second_opinion import SecondOpinion, second_opinion
from tasks.sources import Source
from tasks.sources.registry import make_second_source, make_source
from tasks.store import Run, Stored, record_failure, store
from tasks.validate import Checked, Piece, judge_evening, judge_symbols
from tasks.verdict import Outcome, outcome_of, outcome_of_indices
from warehouse.bars.answers import Answer, Request
from warehouse.errors import AftercloseError
from warehouse.facts.market import Facts
from warehouse.lake.lake import Lake
from warehouse.lake.schema import QUARANTINE
from warehouse.rules.trading_state import days_newly_flat
from warehouse.settings import Settings

Result = TypeVar("Result")
Step = Callable[[str, Callable[[], Any]], Any]
Log = logging.Logger | logging.LoggerAdapter[Any]
LOG = logging.getLogger("afterclose")


def call(_: str, function: Callable[[], Result]) -> Result:
    """The plain step: do it."""
    return function()


@dataclass(frozen=True)
class Job:
    """One window of one market to be filled: what to ask, of whom, and where it goes.

    `answers_for` are the first and last day that decide how the run ends. With `staging` the answers are kept there
    until all are committed together. `second` is asked for its opinion of the indices.
    """

    flow: str
    window: Window
    requests: Sequence[Request]
    answers_for: tuple[date, date]
    facts: Facts
    settings: Settings
    source: Source
    second: Source | None
    run_id: str
    started_at: datetime
    staging: Path | None = None
    scope: str = "members"

    @property
    def lake(self) -> Lake:
        """Where it is stored."""
        return Lake(self.settings.lake_path)

    @property
    def terms(self) -> Terms:
        """What the answers are judged by."""
        return Terms(self.window, self.started_at, self.settings.settle, self.source.name)

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
    source, second = make_source(settings, window.market), make_second_source(settings, window.market)
    run_id, now = uuid4().hex[:12], settings.clock()
    return Job(flow, window, requests, answers_for, facts, settings, source, second, run_id, now, staging, scope)


def fill(
    job: Job, step: Step = call, log: Log = LOG, progress: Callable[[int, int], None] = lambda done, of: None
) -> Evening:
    """Fetch and judge piece by piece, then the evening as a whole, store, publish.

    Each step is done through `step(name, function)`. Raises `AftercloseError` when nobody answered; that is recorded.
    """
    lake, market = job.lake, job.window.market
    past = past_of(lake, job.window)
    asked = _ask_and_judge(job, past, step, log, progress)
    answers = [answer for piece in asked for answer in piece.answers]
    failed = [answer for answer in answers if answer.outcome not in ("ok", "no data")]
    log.info("%d symbols answered, %d failed", len(answers) - len(failed), len(failed))
    if job.requests and not any(answer.outcome == "ok" for answer in answers):
        _give_up(job, answers)
    checked: Checked = step("validate", lambda: _judge_evening(job, past, asked))
    comparisons = None
    if job.second:
        opinion = _second_opinion(job, job.second, checked, past, step, log)
        checked, comparisons = opinion.checked, opinion.comparisons
    with lake.writing(job.settings.lock_wait, f"{job.flow} {market.code}"):
        stored: Stored = step(
            "store", lambda: store(lake, job.run, answers, checked, job.settings.clock(), comparisons)
        )
        log.info("stored %d new and %d restated bars, held %d", stored.new_rows, stored.restated_rows, stored.held_rows)
        published: Published = step("publish", lambda: _publish(job))
        # Under the lock: both markets write the page of a date, and the later one must see the other's evening.
        pages: list[Path] = step("report", lambda: write_pages(job.settings, published.pages))
    if job.scope == "index":
        return Evening(outcome_of_indices(market, job.answers_for, answers, stored), published.judged, pages)
    return Evening(outcome_of(lake, market, job.answers_for, stored), published.judged, pages)


@dataclass(frozen=True)
class _Asked:
    """A piece of symbols: their answers, and what came of them; with it, the days on which an index has a bar."""

    answers: list[Answer]
    piece: Piece
    index_days: frozenset[date]


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
        piece = step(f"judge {place}", partial(judge_symbols, answers, past, job.terms, index_days))
        asked.append(_Asked(answers, piece, index_days))
        done += len(answers)
        log.info("%s: asked %d of %d symbols", job.window.market.code, done, len(job.requests))
        progress(done, len(job.requests))
    return asked


def _fetch(job: Job, requests: Sequence[Request], step: Step, name: str) -> list[Answer]:
    kept = staged_path(job.staging, requests, job.window, job.source) if job.staging else None
    if kept and kept.exists():
        return read_staged(kept)
    answers: list[Answer] = step(name, lambda: ask_all(job.source, requests, job.settings.concurrency))
    if kept:
        stage(kept, answers)
    return answers


def _give_up(job: Job, answers: list[Answer]) -> None:
    market, detail = job.window.market.code, f"{answers[0].symbol}: {answers[0].detail}"
    with job.lake.writing(job.settings.lock_wait, f"{job.flow} {market}"):
        record_failure(job.lake, job.run, answers, job.settings.clock(), detail)
    raise AftercloseError(
        f"{market} {job.window.last}: none of {len(answers)} symbols could be had from {job.source.name} ({detail})"
    )


def _judge_evening(job: Job, past: Past, asked: list[_Asked]) -> Checked:
    """The pieces side by side; those with a stock that turned flat on a day when too many did are judged again."""
    flat_days = days_newly_flat(pd.concat([each.piece.newly_flat for each in asked]))
    pieces = [
        judge_symbols(each.answers, past, job.terms, each.index_days, flat_days)
        if each.piece.newly_flat.isin(flat_days).any()
        else each.piece
        for each in asked
    ]
    return judge_evening(pieces, job.terms)


def _second_opinion(job: Job, second: Source, checked: Checked, past: Past, step: Step, log: Log) -> SecondOpinion:
    held = job.lake.read(QUARANTINE, job.window.market.code)
    opinion: SecondOpinion = step(
        "second opinion", lambda: second_opinion(second, job.requests, checked, past, held, job.terms)
    )
    for line in opinion.warnings:
        log.warning("second opinion: %s", line)
    return opinion


def _publish(job: Job) -> Published:
    market = job.window.market.code
    return publish(job.lake, job.facts, job.settings, [market], job.run_id, page_of=job.window.last)
