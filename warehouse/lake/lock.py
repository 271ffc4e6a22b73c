"""The lock of a lake: one writer at a time, and a message that names who holds it."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from warehouse.errors import AftercloseError
from warehouse.whole import in_one_line

FILES = frozenset({"writer.lock", "writer.json"})


@contextmanager
def locked(folder: Path, wait: float, who: str) -> Iterator[None]:
    """Hold the lock of a folder; raises `AftercloseError` when another writer holds it for longer than `wait` seconds.

    It is the operating system's: it goes with the process that held it.
    """
    holder = folder / "writer.json"
    lock = FileLock(folder / "writer.lock", timeout=wait)
    with in_one_line(folder):
        try:
            lock.acquire()
        except Timeout:
            held_by = holder.read_text() if holder.exists() else "an unknown process"
            raise AftercloseError(
                f"{folder} is being written by {held_by}; waited {wait:g} s (AFTERCLOSE_LOCK_WAIT)"
            ) from None
    try:
        with in_one_line(holder):
            holder.write_text(f"{who} (process {os.getpid()} on {socket.gethostname()})")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def is_locked(folder: Path) -> bool:
    """Whether a writer is at work, as far as that can be seen from here."""
    if not (folder / "writer.lock").exists():
        return False
    try:
        with FileLock(folder / "writer.lock", timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # not ours to lock
        return False
