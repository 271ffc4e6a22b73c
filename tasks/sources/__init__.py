"""One module a vendor: what is known of it before it is asked anything, and how it is asked."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as hour
from typing import Protocol, TypeVar

from tenacity import Retrying, retry_if_result, stop_after_attempt, wait_random_exponential

from warehouse.bars.answers import Answer, Request
from warehouse.bars.official import OfficialAnswer
from warehouse.facts.market import Market
from warehouse.settings import FromEnvironment, Settings


class Source(Protocol):
    """A vendor of daily bars that is ready to be asked."""

    name: str
    address: str  # where the questions go: answers of another place are other answers

    def ask(self, request: Request) -> Answer:
        """One answer for one symbol; never raises for what the vendor did, the outcome says it."""
        ...


@dataclass(frozen=True)
class Vendor:
    """What a vendor's module declares, as its `VENDOR`.

    A bar of a vendor of lower `rank` never replaces one of a higher. `make` gives the source for one market and raises
    `UsageError` when it cannot be asked. `has_stocks` is False where only indices can be asked for, `has_events` where
    no split and no dividend is told, so that it can only be second. `settings` are its own, which `make` reads.
    `home_address` is where it is asked unless a setting of its own says otherwise: a source whose `address` is another
    was sent elsewhere, and a replay never asks one that was not.
    """

    name: str
    rank: int
    make: Callable[[Settings, Market], Source]
    has_stocks: bool = True
    has_events: bool = True
    settings: type[FromEnvironment] | None = None
    home_address: str | None = None


@dataclass(frozen=True)
class FillSource:
    """A vendor that is asked for what the first lacks: for stocks and indices, or for indices alone."""

    source: Source
    has_stocks: bool


class OfficialSource(Protocol):
    """A source of evenings that is ready to be asked."""

    name: str
    address: str  # where the questions go

    @property
    def stopped(self) -> str | None:
        """Why it is asked no more in this run, None while it is.

        A stopped source answers at once and without a request, as it last answered.
        """
        ...

    def evening(self, day: date, board: str) -> OfficialAnswer:
        """The lines of one of the vendor's boards on a session of its market.

        Never raises for what the source did; the outcome says it.
        """
        ...


@dataclass(frozen=True)
class OfficialVendor:
    """What the module of such a source declares, as its `OFFICIAL`.

    `market` is its code, `boards` what an evening is asked for, the first being the one that matters. `authority` is
    'exchange' for an exchange's own print and 'vendor' for who repeats it. `from_hour` is the local time from which on
    a session's numbers have been seen. `make` raises `UsageError` when the source may not be asked; `decode` reads an
    answer again out of the bytes that were kept of it (`OfficialAnswer.raw`). `home_address` and `settings` are as
    those of a `Vendor`.
    """

    name: str
    market: str
    boards: tuple[str, ...]
    authority: str
    from_hour: hour
    make: Callable[[Settings, Market], OfficialSource]
    decode: Callable[[bytes, date, str, datetime], OfficialAnswer]
    home_address: str
    settings: type[FromEnvironment]


class Told(Protocol):
    """An answer of any kind that says what came of a question."""

    @property
    def outcome(self) -> str:
        """In a word or two."""
        ...

    @property
    def detail(self) -> str | None:
        """And why."""
        ...


Some = TypeVar("Some", bound=Told)


def retried(ask: Callable[[], Some], attempts: int, back_off: float) -> Some:
    """The answer of `ask`, asked again with growing pauses while it is 'transient' or 'cut'; the last of so many."""
    again = Retrying(
        retry=retry_if_result(lambda answer: answer.outcome in ("transient", "cut")),
        stop=stop_after_attempt(attempts),
        wait=wait_random_exponential(multiplier=back_off, max=10 * back_off),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )
    answer: Some = again(ask)
    return answer


class Standing:
    """How a source stands in this run: `stopped_by` is the answer after which it is asked no more, None while it is.

    A refusal stops it at once, and so do a few failures in a row: what is left would only wait for the same.
    """

    def __init__(self, failures: int) -> None:
        """`failures`: how many in a row are too many."""
        self.stopped_by: Told | None = None
        self._left = self._failures = failures

    @property
    def stopped(self) -> str | None:
        """Why it is asked no more; None while it is."""
        return (self.stopped_by.detail or self.stopped_by.outcome) if self.stopped_by else None

    def note(self, answer: Told) -> None:
        """Take in what came of a question."""
        self._left = self._left - 1 if answer.outcome in ("transient", "cut") else self._failures
        if answer.outcome == "banned" or self._left <= 0:
            self.stopped_by = answer


class Gentle:
    """What a source keeps that is asked at a pace, with patience, and no more once it refuses us or is down."""

    def __init__(
        self, market: Market, per_second: float, clock: Callable[[], datetime], back_off: float, failures: int
    ) -> None:
        """`clock` tells the moment to write on an answer (UTC); `failures`: how many in a row are too many."""
        self._market = market
        self._pace = Pace(per_second)
        self._clock = clock
        self._back_off = back_off
        self._standing = Standing(failures)

    @property
    def stopped(self) -> str | None:
        """Why it is asked no more in this run; None while it is."""
        return self._standing.stopped


class Pace:
    """So many requests a second of one source, however many threads ask."""

    def __init__(self, per_second: float) -> None:
        """The first request waits for nothing."""
        self._pause = 1 / per_second
        self._lock = threading.Lock()
        self._next_start = 0.0

    def wait_for_turn(self) -> None:
        """Return when the next request may start."""
        with self._lock:
            start = max(time.monotonic(), self._next_start)
            self._next_start = start + self._pause
        time.sleep(max(start - time.monotonic(), 0))


def no_json(status: int, body: bytes) -> str:
    """What a body that is no JSON seems to be, in words: a reason or a page of ours may show them, and not the body."""
    what = {b"{": "JSON that is cut off", b"<": "a page"}.get(body.lstrip()[:1], "no JSON")
    return f"HTTP {status}, {what} ({len(body)} bytes)"
