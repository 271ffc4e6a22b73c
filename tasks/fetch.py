"""Step 2, fetch: ask a vendor for many symbols, so many at once."""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from math import ceil
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.plan import Window
from tasks.sources import Source
from warehouse.bars.answers import Answer, Request, from_table, refuse_misshapen, to_table
from warehouse.facts.market import Market
from warehouse.lake.lock import FILES, locked
from warehouse.settings import Settings
from warehouse.whole import in_one_line, write_whole

Item = TypeVar("Item")
LEAST_DAYS = 3  # fewer dates may all be a neighbour's by chance
SYMBOLS = 200  # of a piece at most, so that progress shows; judging one costs as much as 20,000 bars in it
MOST_BARS = 150_000  # of a piece at most: they are decoded and judged in memory
BATCHES = 20  # in which all is staged: an interruption repeats no more than one of them


def ask_all(source: Source, requests: Sequence[Request], concurrency: int) -> list[Answer]:
    """An answer a request, in their order; at most `concurrency` are in flight."""
    with ThreadPoolExecutor(concurrency) as pool:
        return list(pool.map(partial(ask, source), requests))


def ask(source: Source, request: Request) -> Answer:
    """One answer, of unknown shape where the source raises, or answers in other types or rows than it should."""
    try:
        answer = source.ask(request)
        refuse_misshapen(answer, request.symbol)
        return answer
    except Exception as problem:  # whatever a vendor's library stumbles over is the outcome of that symbol alone
        detail = f"{type(problem).__name__}: {problem}"[:200]
        return Answer(request.symbol, "unknown shape", datetime.now(UTC), detail)


def refuse_shifted(answer: Answer, market: Market) -> Answer:
    """The answer, of unknown shape where its dates are those of sessions only a day earlier or later.

    A vendor that tells instants in another zone than it says does that, and on a first fill nothing stored shows it.
    """
    days, planned = answer.trade_date, market.sessions.planned
    if len(days) < LEAST_DAYS or planned.keys() >= set(days):
        return answer
    for shift in (timedelta(days=1), timedelta(days=-1)):
        if all(day + shift in planned for day in days):
            where = "later" if shift.days > 0 else "earlier"
            detail = f"its {len(days)} days from {min(days)} on are sessions only a day {where}"
            return Answer(answer.symbol, "unknown shape", answer.asked_at, detail)
    return answer


def pieces_of(asked: Sequence[Item], sessions: int) -> list[Sequence[Item]]:
    """What is asked for so many sessions, an item a symbol, in pieces that memory holds."""
    return _chunks(asked, max(min(SYMBOLS, MOST_BARS // max(sessions, 1)), 1))


def batches_of(piece: Sequence[Request], all_requests: int) -> list[Sequence[Request]]:
    """A piece in what is staged together, a twentieth of all requests."""
    return _chunks(piece, max(ceil(all_requests / BATCHES), 1))


def _chunks(asked: Sequence[Item], size: int) -> list[Sequence[Item]]:
    return [asked[at : at + size] for at in range(0, len(asked), size)]


@contextmanager
def staged(settings: Settings, market_code: str) -> Iterator[Path]:
    """The folder of a market's fetched pieces, for one run at a time; at the end, unless it fails, they go.

    Raises `AftercloseError` while another run needs them.
    """
    folder = settings.staging_path / market_code
    with in_one_line(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with locked(folder, settings.lock_wait, f"backfill {market_code}"):
        yield folder
        for piece in folder.iterdir():
            if piece.name not in FILES:
                piece.unlink()


def staged_path(staging: Path, piece: Sequence[Request], window: Window, source: Source) -> Path:
    """Where the answers of a piece are kept until all is committed: no other question has the same place."""
    question = (list(piece), window.market.code, window.first, window.last, source.name, source.address)
    return staging / f"{hashlib.sha256(repr(question).encode()).hexdigest()[:16]}.parquet"


def read_staged(path: Path) -> list[Answer]:
    """The answers that `stage` kept; none where there is nothing, or nothing that can be read: it is only a copy."""
    try:
        return from_table(pq.read_table(path, page_checksum_verification=True)) if path.exists() else []
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError):
        return []


def stage(path: Path, answers: Sequence[Answer]) -> None:
    """Keep the answers of a piece but those that should be asked again."""
    settled = [answer for answer in answers if answer.outcome in ("ok", "no data")]
    if settled:
        write_whole(path, partial(pq.write_table, to_table(settled), write_page_checksum=True))
