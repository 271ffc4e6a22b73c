"""Memory that a process has done with and its allocators hold on to."""

import ctypes
from contextlib import suppress

import pyarrow as pa


def give_back() -> None:
    """Give it back to the system, where there is a way to: DuckDB, which has an allocator of its own, uses none of it.

    After a backfill that is 150 MB and more.
    """
    pa.default_memory_pool().release_unused()
    with suppress(AttributeError, OSError):  # the C libraries of macOS and Alpine know no such call
        ctypes.CDLL(None).malloc_trim(0)
