"""The spine: the five steps of one window as one plain function. Whoever schedules it may pass a `step` of its own."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pandas as pd

from tasks.collect import Terms, bars_of_indices, days_of_indices
from tasks.compared import comparisons
from tasks.fetch import ask_all, batches_of, pieces_of, read_staged, refuse_shifted, stage, staged_path
from tasks.fills import Filled, fill_from, with_fills
from tasks.local_actions import take_local_actions
from tasks.owed import left_by_first
from tasks.pieces import Piece, Span, on_disk, spans_of
from tasks.plan import Past, Window, past_of
from tasks.publish import Published, publish, write_pages
from tasks.refusals import refused_fill
from tasks.replica.writing import refuse_behind, writing
from tasks.sources import FillSource, Source
from tasks.sources.registry import make_fill_sources, make_source
from tasks.store import NOTHING, Run, Stored, record_failure, store, store_part
from tasks.validate import Around, is_moved, judge_symbols, look_across, parts, seen_together
from tasks.verdict import Outcome, outcome_of, outcome_of_indices, with_faults
from warehouse.bars.answers import Answer, Heard, Request, heard
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
class Spread:
    """Where pieces are judged: `hand_over(name, function)` gives what waits for the function's result.

    At most `ahead` pieces are under way while more is fetched.
    """

    hand_over: Callable[[str, Callable[[], Piece]], Callable[[], Piece]]
    ahead: int


@dataclass(frozen=True)
class Job:
    """One window of one market to be filled: what to ask, of whom, and the lake that it goes into.

    `answers_for` are the first and last day that decide how the run ends. With `staging` the answers are kept there
    until all is committed. `fillers` are asked in turn for what the source lacks.
    """

    flow: str
    window: Window
    requests: Sequence[Request]
    answers_for: tuple[date, date]
    facts: Facts
    settings: Settings
    lake: Lake
    source: Source
    fillers: Sequence[FillSource]
    run_id: str
    started_at: datetime
    staging: Path | None = None
    scope: str = "members"

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
    """How a job ended, the sessions (market, day) whose verdict is another now, and the pages that were written."""

    outcome: Outcome
    judged: list[tuple[str, date]]
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
    lake, run_id, now = open_lake(settings), uuid4().hex[:12], settings.clock()
    return Job(flow, window, requests, answers_for, facts, settings, lake, source, fillers, run_id, now, staging, scope)


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
    asked = _ask_and_judge(job, past, step, log, progress, spread or _here(step))
    answers = [answer for piece in asked for answer in piece.heard]
    failed = [answer for answer in answers if answer.outcome not in ("ok", "no data")]
    log.info("%d symbols answered, %d failed", len(answers) - len(failed), len(failed))
    for line in _told_failures(failed):
        log.warning("%s", line)
    if job.requests and not any(answer.outcome == "ok" for answer in answers):
        _give_up(job, answers)
    pieces = _judged_together(job, past, asked, spread or _here(step))
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
        outcome = outcome_of_indices(market, job.answers_for, answers, stored)
    else:
        outcome = outcome_of(lake, market, job.answers_for, stored)
    return Evening(with_faults(outcome, [*published.faults, *missed]), published.judged, pages)


@dataclass(frozen=True)
class _Asked:
    """A piece of symbols: what came of the questions, how to read their answers again, and what was judged of them by
    what was known of the others then. `kept` is where a long window keeps both.
    """

    heard: list[Heard]
    answers: Callable[[], list[Answer]]
    around: Around
    piece: Piece
    kept: Path | None


@dataclass(frozen=True)
class _Judged:
    """All pieces once the evening was seen as a whole: what its rules found, and the spans of days to store."""

    pieces: list[Piece]
    found: pd.DataFrame
    spans: list[Span]


def _here(step: Step) -> Spread:
    def hand_over(name: str, function: Callable[[], Piece]) -> Callable[[], Piece]:
        piece: Piece = step(name, function)
        return lambda: piece

    return Spread(hand_over, 0)


def _ask_and_judge(
    job: Job, past: Past, step: Step, log: Log, progress: Callable[[int, int], None], spread: Spread
) -> list[_Asked]:
    asked: list[_Asked] = []
    under_way: deque[Callable[[], _Asked]] = deque()
    index_days: frozenset[date] = frozenset()
    pieces = pieces_of(job.requests, len(job.window.sessions))
    done, began, market = 0, time.monotonic(), job.window.market.code
    for number, requests in enumerate(pieces, start=1):
        place = f"{number} of {len(pieces)}"
        batches = batches_of(requests, len(job.requests)) if job.staging else [requests]
        answers = [answer for batch in batches for answer in _fetch(job, batch, step, f"fetch {place}")]
        # The first piece has all indices.
        index_days |= days_of_indices(answers, past.bars, job.window.market)
        around = Around(index_days)
        kept = _kept(job, requests)
        judged = _hand_over(spread, f"judge {place}", answers, past, job.terms, around)
        again = partial(_read_again, job, batches) if kept else partial(list, answers)
        under_way.append(partial(_judged, [heard(answer) for answer in answers], again, around, judged, kept))
        while len(under_way) > spread.ahead:
            asked.append(under_way.popleft()())
        done += len(answers)
        log.info("%s: asked %d of %d symbols%s", market, done, len(job.requests), _left(done, len(job.requests), began))
        progress(done, len(job.requests))
    return [*asked, *(wait() for wait in under_way)]


def _left(done: int, of: int, began: float) -> str:
    """How fast it goes and how long it takes still, as a line goes on; nothing at the end."""
    rate = done / max(time.monotonic() - began, 1e-3)
    return f", {rate:.0f} a second, {(of - done) / rate:.0f} s left" if 0 < done < of else ""


def _hand_over(
    spread: Spread, name: str, answers: Sequence[Answer], past: Past, terms: Terms, around: Around
) -> Callable[[], Piece]:
    """Have a piece judged, with what is known of its symbols: no more has to travel."""
    own = past.of({answer.symbol for answer in answers}) if spread.ahead else past
    return spread.hand_over(name, partial(judge_symbols, answers, own, terms, around))


def _judged(
    heard: list[Heard],
    answers: Callable[[], list[Answer]],
    around: Around,
    judged: Callable[[], Piece],
    kept: Path | None,
) -> _Asked:
    return _Asked(heard, answers, around, on_disk(judged(), kept) if kept else judged(), kept)


def _kept(job: Job, requests: Sequence[Request]) -> Path | None:
    """Where a long window keeps what comes of some requests."""
    return staged_path(job.staging, requests, job.window, job.source) if job.staging else None


def _read_again(job: Job, batches: Sequence[Sequence[Request]]) -> list[Answer]:
    return [answer for batch in batches if (kept := _kept(job, batch)) for answer in read_staged(kept)]


def _fetch(job: Job, requests: Sequence[Request], step: Step, name: str) -> list[Answer]:
    kept = _kept(job, requests)
    known = {answer.symbol: answer for answer in read_staged(kept)} if kept else {}
    owed = [request for request in requests if request.symbol not in known]
    if owed:
        asked: list[Answer] = step(name, lambda: ask_all(job.source, owed, job.settings.concurrency))
        known |= {answer.symbol: refuse_shifted(answer, job.window.market) for answer in asked}
        if kept:
            stage(kept, list(known.values()))
    return [known[request.symbol] for request in requests]


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


def _judged_together(job: Job, past: Past, asked: list[_Asked], spread: Spread) -> list[Piece]:
    """The pieces; those to which the others say something new are judged again."""
    pieces = []
    for number, each in enumerate(asked, start=1):
        after = seen_together([other.piece for other in asked], each.around)
        if not is_moved(each.piece, after):
            pieces.append(each.piece)
            continue
        judged = _hand_over(spread, f"judge {number} again", each.answers(), past, job.terms, after)
        pieces.append(on_disk(judged(), each.kept) if each.kept else judged())
    return pieces


def _fill(job: Job, past: Past, pieces: list[Piece], asked: list[_Asked], step: Step, log: Log) -> list[Filled]:
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
