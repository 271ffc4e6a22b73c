"""One module a vendor: what is known of it before it is asked anything, and how it is asked."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from warehouse.bars.answers import Answer, Request
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
    `UsageError` when it cannot be asked. `has_stocks` is False where only indices can be asked for; `settings` are its
    own, which `make` reads; `extra` is the optional dependency of ours that it needs.
    """

    name: str
    rank: int
    make: Callable[[Settings, Market], Source]
    has_stocks: bool = True
    settings: type[FromEnvironment] | None = None
    extra: str | None = None


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
