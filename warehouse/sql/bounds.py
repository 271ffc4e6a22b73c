"""The bounds of a query that somebody else wrote: its time, its memory, and what it may change."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from warehouse.errors import AftercloseError

MEMORY = "2GB"  # for the query; nothing is written to disk to save more


def restrict(connection: duckdb.DuckDBPyConnection) -> None:
    """Let what is asked on that connection take no more memory than it may, no disk, and change no setting."""
    connection.execute(f"set memory_limit = '{MEMORY}'")
    connection.execute("set max_temp_directory_size = '0KB'")
    connection.execute("set lock_configuration = true")


@contextmanager
def bounded(connection: duckdb.DuckDBPyConnection, seconds: float, way_out: str = "") -> Iterator[None]:
    """Interrupt what takes longer; and say what was too much in one line, with the `way_out` where there is another."""
    timer = threading.Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    except duckdb.InterruptException:
        raise _too_long(seconds, way_out) from None
    except OSError as problem:  # so Arrow's reader says what DuckDB said to it
        if str(problem).startswith("INTERRUPT"):
            raise _too_long(seconds, way_out) from None
        if "Out of Memory" not in str(problem):
            raise
        raise _too_much() from None
    except duckdb.OutOfMemoryException:
        raise _too_much() from None
    finally:
        timer.cancel()


def _too_long(seconds: float, way_out: str) -> AftercloseError:
    return AftercloseError(f"no answer within {seconds:g} s: ask for less{way_out}")


def _too_much() -> AftercloseError:
    return AftercloseError(f"the query needs more memory than {MEMORY}: ask for less")
