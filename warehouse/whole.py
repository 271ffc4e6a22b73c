"""Files that are whole or not there: written beside their place, synced and renamed, so that a crash leaves no half."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile

import xxhash

from warehouse.errors import AftercloseError

IS_WINDOWS = os.name == "nt"


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path`, and rename it to `path` once the disk has it.

    The draft ends in `.pending`, which no reader of ours takes for a file. Raises `AftercloseError` where nothing can
    be written.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}.pending")  # two processes may write the same page
    with in_one_line(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write(draft)
            sync(draft)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        sync(path.parent)


@contextmanager
def in_one_line(path: Path | None = None) -> Iterator[None]:
    """Say which file the operating system refused, and why, as an `AftercloseError`; `path` where it does not say, as
    it does not of what is open.
    """
    try:
        yield
    except OSError as problem:
        place = problem.filename or path
        raise AftercloseError(f"{f'{place}: ' if place else ''}{problem.strerror or problem}") from problem


def copy_file(source: Path, target: Path) -> None:
    """Copy a file; where the file system can, the two share what neither has changed."""
    try:
        with source.open("rb") as read, target.open("wb") as written:
            while os.copy_file_range(read.fileno(), written.fileno(), 1 << 30):
                continue
    except (AttributeError, OSError):  # not every system can
        copyfile(source, target)


def sync(path: Path) -> None:
    """Have the disk keep a file, or which names a folder has; Windows keeps those by itself and opens no folder."""
    if IS_WINDOWS and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDWR if IS_WINDOWS else os.O_RDONLY)  # Windows syncs only what may be written
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """The checksum of a file that names it wherever it goes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def xxh128_of(path: Path) -> str:
    """A checksum that tells a damaged file, and costs a quarter of a SHA-256: it does not tell a forged one."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, xxhash.xxh3_128).hexdigest()
