"""The spine: the five steps of one window as one plain function. Whoever schedules it may pass a `step` of its own."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd

from tasks.asked import Asked, ask_and_judge, judged_together
from tasks.collect import bars_of_indices
from tasks.compared import comparisons
from tasks.fills import Filled, fill_from, with_fills
from tasks.heed import with_dealt_held
from tasks.job import Job, Log, Spread, Step, call, here
from tasks.local_actions import take_local_actions
from tasks.owed import left_by_first
from tasks.pieces import Piece, Span, on_disk, spans_of
from tasks.plan import Past, past_of
from tasks.publish import Published, publish, write_pages
from tasks.refusals import refused_fill
from tasks.replica.writing import refuse_behind, writing
from tasks.runs import NOTHING, Stored, record_failure
from tasks.store import store, store_part
from tasks.validate import look_across, parts
from tasks.verdict import Outcome, outcome_of, outcome_of_indices, with_faults
from warehouse.bars.answers import Heard
from warehouse.errors import AftercloseError
from warehouse.lake.schema import QUARANTINE

LOG = logging.getLogger("afterclose")
NAMED_FAILURES = 10  # symbols on a line of the log


@dataclass(frozen=True)
class Evening:
    """How a job ended, the sessions (market, day) whose verdict is another now, and the pages that were written."""

    outcome: Outcome
    judged: list[tuple[str, date]]
    pages: list[Path]


def fill(
    job: Job,
    step: Step = call,
    log: Log = LOG,
    progress: Callable[[int, int], None] = lambda done, of: None,
    spread: Spread | None = None,
) -> Evening:
    """Fetch and judge piece by piece, then the evening as a whole, store, publish.

    Each step is done through `step(name, function)`, and pieces are judged where `spread` says. Raises
    `AftercloseError` when nobody answered; that is recorded.
    """
    lake, market = job.lake, job.window.market
    refuse_behind(lake, job.settings)
    take_local_actions(lake, job.facts, job.settings, job.run_id)
    past = past_of(lake, job.window)
    asked = ask_and_judge(job, past, step, log, progress, spread or here(step))
    answers = [answer for piece in asked for answer in piece.heard]
    failed = [answer for answer in answers if answer.outcome not in ("ok", "no data")]
    log.info("%d symbols answered, %d failed", len(answers) - len(failed), len(failed))
    for line in _told_failures(failed):
        log.warning("%s", line)
    if job.requests and not any(answer.outcome == "ok" for answer in answers):
        _give_up(job, answers)
    pieces = judged_together(job, past, asked, spread or here(step))
    if job.fillers:
        pieces = [_heeded(job, past, each, piece) for each, piece in zip(asked, pieces, strict=True)]
    filled = _fill(job, past, pieces, asked, step, log)
    evening: _Judged = step("validate", lambda: _judge_evening(job, with_fills(pieces, filled)))
    with writing(lake, job.facts, job.settings, f"{job.flow} {market.code}") as missed:
        stored: Stored = step("store", lambda: _store(job, answers, evening, filled, log))
        log.info("stored %d new and %d restated bars, held %d", stored.new_rows, stored.restated_rows, stored.held_rows)
        published: Published = step("publish", lambda: _publish(job))
        # Under the lock: both markets write the page of a date, and the later one must see the other's evening.
        pages: list[Path] = step("report", lambda: write_pages(job.settings, published.pages))
    if published.mended:
        log.warning("%s %s: it was made anew", job.settings.database_path, published.mended)
    if job.scope == "index":
        outcome = outcome_of_indices(lake, market, job.answers_for, answers, stored)
    else:
        outcome = outcome_of(lake, market, job.answers_for, stored)
    return Evening(with_faults(outcome, [*published.faults, *missed]), published.judged, pages)


@dataclass(frozen=True)
class _Judged:
    """All pieces once the evening was seen as a whole: what its rules found, and the spans of days to store."""

    pieces: list[Piece]
    found: pd.DataFrame
    spans: list[Span]


def _told_failures(failed: Sequence[Heard]) -> Iterator[str]:
    """A line for all symbols whose answers say the same: of a vendor that is down that is one."""
    same: dict[str, list[str]] = {}
    for answer in failed:
        same.setdefault(": ".join(filter(None, [answer.outcome, answer.detail])), []).append(answer.symbol)
    for said, symbols in same.items():
        more = f" and {len(symbols) - NAMED_FAILURES} more" if len(symbols) > NAMED_FAILURES else ""
        yield f"{', '.join(symbols[:NAMED_FAILURES])}{more}: {said}"


def _give_up(job: Job, answers: list[Heard]) -> None:
    market, detail = job.window.market.code, f"{answers[0].symbol}: {answers[0].detail}"
    with writing(job.lake, job.facts, job.settings, f"{job.flow} {market}"):
        record_failure(job.lake, job.run, answers, job.settings.clock(), detail)
    raise AftercloseError(
        f"{market} {job.window.last}: none of {len(answers)} symbols could be had from {job.source.name} ({detail})"
    )


def _heeded(job: Job, past: Past, asked: Asked, piece: Piece) -> Piece:
    """The piece after what the exchange saw of its idle stocks, back where a long window keeps it."""
    heeded = with_dealt_held(job.lake, job.window.market, piece, past, job.source.name)
    return on_disk(heeded, asked.kept) if asked.kept and heeded is not piece else heeded


def _fill(job: Job, past: Past, pieces: list[Piece], asked: list[Asked], step: Step, log: Log) -> list[Filled]:
    """What the fillers give, one after the other, of what is owed still."""
    if not job.fillers or not pieces:
        return []
    if job.settings.second_source:
        log.warning("AFTERCLOSE_SECOND_SOURCE will go: name %s in AFTERCLOSE_FILL_SOURCES", job.settings.second_source)
    market, days = job.window.market, asked[-1].around.index_days
    held = job.lake.read_since(QUARANTINE, market.code, job.window.bars_from.year)
    # The first piece has all indices.
    outside = bars_of_indices(asked[0].answers(), days, job.terms)
    first = left_by_first(job.run, pieces, outside, past, held, days)
    filled: list[Filled] = []
    for filler in job.fillers:
        refused = refused_fill(job.lake, job.facts.markets, filler.source.name) if job.flow == "nightly" else None
        if refused and len(first.owed):
            log.warning("%s: not asked, since it refused us (%s): see docs/sources.md", filler.source.name, refused)
        elif len(first.owed):
            symbols = first.owed["symbol"].nunique()
            log.info("%s: %d sessions of %d symbols are owed", market.code, len(first.owed), symbols)
            told = partial(log.info, "%s: asked for %d of %d symbols", filler.source.name)
            one = partial(fill_from, filler, first, pieces, past, job.terms, days, told)
            filled.append(step(f"fill from {filler.source.name}", one))
            first = replace(first, owed=filled[-1].without_filled(first.owed))
            for line in filled[-1].lines():
                log.info("%s", line)
    return filled


def _judge_evening(job: Job, pieces: list[Piece]) -> _Judged:
    """The pieces side by side, held against the rules across an evening."""
    spans = spans_of(pieces)
    return _Judged(pieces, look_across(pieces, job.terms, spans), spans)


def _store(job: Job, answers: Sequence[Heard], evening: _Judged, filled: list[Filled], log: Log) -> Stored:
    """One commit, or of a long window some years after some years; the last one says that it ran."""
    now, stored = job.settings.clock(), NOTHING
    for span, checked in zip(
        evening.spans, parts(evening.pieces, evening.found, job.source.name, evening.spans), strict=True
    ):
        if span != evening.spans[-1]:
            stored = store_part(job.lake, job.run, checked, now, stored)
            log.info("%s: stored up to %s", job.window.market.code, span[1])
    compared = comparisons(job.source.name, filled, job.window)
    return store(job.lake, job.run, answers, checked, now, compared, stored, [each.asked for each in filled])


def _publish(job: Job) -> Published:
    return publish(job.lake, job.facts, job.settings, job.run_id, page_of=job.window.last)
