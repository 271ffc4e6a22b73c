"""The lease of a replica: one writer, wherever it is. It names its holder, is renewed while he lives, and lapses.

The lease spares work; what keeps the replica whole is the pointer, which a writer who comes late cannot swap. It goes
by the clocks of machines, which should agree to half a minute, and never by `AFTERCLOSE_NOW`.
"""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from uuid import uuid4

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from tasks.replica.bucket import Bucket
from warehouse.errors import AftercloseError

LEASE = "lease.json"
LIFE = timedelta(minutes=5)
SKEW = timedelta(seconds=30)  # that another machine's clock may be late
POLL = 2.0  # seconds between two looks at who holds it


class Held(BaseModel):
    """What the object says: who holds the lease, by which home, and until when; released is one without a holder."""

    model_config = ConfigDict(frozen=True)
    holder: str | None
    home: str
    token: str
    until: AwareDatetime

    def binds(self, home: str, now: datetime) -> bool:
        """Whether another home's writer may not write. Of one's own home it is a dead one's: one holds its lock."""
        return self.holder is not None and self.home != home and now < self.until + SKEW


@contextmanager
def leased(bucket: Bucket, home: str, who: str, wait: float) -> Iterator[Event]:
    """Hold the lease; gives what is set once it is lost. The caller holds the lock of the home's lake.

    Raises `AftercloseError` with the holder's name when another holds it for longer than `wait` seconds.
    """
    machine = socket.gethostname()
    mine = Held(
        holder=f"{who} (process {os.getpid()} on {machine})",
        home=f"{home}@{machine}",
        token=uuid4().hex,
        until=_later(),
    )
    tag = _take(bucket, mine, wait)
    lost, done = Event(), Event()
    renewer = Thread(target=_renew, args=(bucket, mine, tag, lost, done), daemon=True)
    renewer.start()
    try:
        yield lost
    finally:
        done.set()
        renewer.join()
        with suppress(AftercloseError):  # what cannot be reached lapses
            _release(bucket, mine)


def _take(bucket: Bucket, mine: Held, wait: float) -> str:
    began = since = time.monotonic()
    seen: str | None = None
    while True:
        held, tag = _read(bucket)
        now = time.monotonic()
        if tag != seen:
            seen, since = tag, now
        # Whose clock was ahead when he died has a lease until then, which nobody renews.
        is_dead = now - since > (LIFE + SKEW).total_seconds()
        if held is None or is_dead or not held.binds(mine.home, datetime.now(UTC)):
            new = bucket.swap(LEASE, _bytes(mine), tag)
            if new is not None:
                return new
            held, tag = _read(bucket)
            if held and tag and held.token == mine.token:  # the put was done, and the answer lost
                return tag
        left = began + wait - time.monotonic()
        if left <= 0:
            holder = held.holder if held and held.holder else "somebody who was quicker"
            until = f"{held.until:%Y-%m-%d %H:%M:%S}" if held else "unknown"
            raise AftercloseError(
                f"the replica {bucket.shown} is being written by {holder}; waited {wait:g} s (AFTERCLOSE_LOCK_WAIT); "
                f"its lease lapses at {until} UTC unless it is renewed"
            )
        time.sleep(min(POLL, left))


def _renew(bucket: Bucket, mine: Held, tag: str, lost: Event, done: Event) -> None:
    while not done.wait(LIFE.total_seconds() / 4):
        with suppress(AftercloseError):  # the next try may get through; a lease that lapsed is seen then
            new = bucket.swap(LEASE, _bytes(mine.model_copy(update={"until": _later()})), tag)
            if new is None:  # another's put, or our own whose answer was lost
                held, new = _read(bucket)
                if held is None or new is None or held.token != mine.token:
                    lost.set()
                    return
            tag = new


def _release(bucket: Bucket, mine: Held) -> None:
    held, tag = _read(bucket)
    if held and held.token == mine.token:
        bucket.swap(LEASE, _bytes(held.model_copy(update={"holder": None})), tag)


def _read(bucket: Bucket) -> tuple[Held | None, str | None]:
    """Who holds it, and the tag to replace that by; what is no lease is held by nobody."""
    found = bucket.read(LEASE)
    if found is None:
        return None, None
    try:
        return Held.model_validate_json(found[0]), found[1]
    except ValidationError:
        return None, found[1]


def _later() -> datetime:
    return datetime.now(UTC) + LIFE


def _bytes(held: Held) -> bytes:
    return held.model_dump_json().encode()
