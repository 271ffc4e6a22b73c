"""The first two steps of a job, piece of symbols by piece: ask, and judge what came by itself and by its own past."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from tasks.collect import Terms, days_of_indices
from tasks.fetch import ask_all, batches_of, pieces_of, read_staged, refuse_shifted, stage, staged_path
from tasks.job import Job, Log, Spread, Step
from tasks.pieces import Piece, on_disk
from tasks.plan import Past
from tasks.validate import Around, is_moved, judge_symbols, seen_together
from warehouse.bars.answers import Answer, Heard, Request, heard


@dataclass(frozen=True)
class Asked:
    """A piece of symbols: what came of the questions, how to read their answers again, and what was judged of them by
    what was known of the others then. `kept` is where a long window keeps both.
    """

    heard: list[Heard]
    answers: Callable[[], list[Answer]]
    around: Around
    piece: Piece
    kept: Path | None


def ask_and_judge(
    job: Job, past: Past, step: Step, log: Log, progress: Callable[[int, int], None], spread: Spread
) -> list[Asked]:
    """The pieces of a job's symbols, each judged as soon as it is there; `progress` takes how many of how many are."""
    asked: list[Asked] = []
    under_way: deque[Callable[[], Asked]] = deque()
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
) -> Asked:
    return Asked(heard, answers, around, on_disk(judged(), kept) if kept else judged(), kept)


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


def judged_together(job: Job, past: Past, asked: list[Asked], spread: Spread) -> list[Piece]:
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
