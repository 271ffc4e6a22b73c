"""What a whole build costs beside the bare `create table as select … order by` of the same Parquet."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from tests.bench.fetching import measured
from warehouse.facts.market import Facts
from warehouse.lake.lake import Lake
from warehouse.settings import load_settings
from warehouse.sql import build as building
from warehouse.sql.database import discard
from warehouse.whole import copy_file

BARE = """create table warehouse.bars as
select * from read_parquet('{lake}/stocks/*/*/prices.parquet', hive_partitioning = true) order by trade_date, symbol"""


def bare(lake: Path, folder: Path) -> dict[str, float]:
    """A native table of the stocks, sorted, in a file."""
    path = folder / "bare.duckdb"
    path.unlink(missing_ok=True)

    def create() -> None:
        with duckdb.connect() as connection:
            connection.execute(f"attach '{path}' as warehouse (storage_version 'v1.0.0')")
            connection.execute(BARE.format(lake=lake))

    return measured(create)


def copied(database: Path, folder: Path) -> dict[str, float]:
    """The copy of the file that a night changes; a file system with reflinks makes none."""
    path = folder / "copied.duckdb"
    cost = measured(lambda: copy_file(database, path))
    path.unlink()
    return cost


def whole(lake: Path, folder: Path) -> tuple[dict[str, float], list[tuple[str, float]]]:
    """A build as `afterclose rebuild` does it, and the statements that took most of its CPU."""
    path, settings, facts = folder / "built.duckdb", load_settings(), Facts.load()
    spent: Counter[str] = Counter()
    with _statements_timed(spent):
        cost = measured(lambda: building.build(Lake(lake), facts, path, settings.clock(), settings.settle_minutes))
    discard(path)
    return cost, spent.most_common(8)


class _Timed:
    """A connection that counts the CPU of each statement under its first line."""

    def __init__(self, connection: Any, spent: Counter[str]) -> None:
        self._connection, self._spent = connection, spent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def __enter__(self) -> "_Timed":
        self._connection.__enter__()
        return self

    def __exit__(self, *problem: object) -> None:
        self._connection.__exit__(*problem)

    def execute(self, query: str | duckdb.Statement, *parameters: Any) -> Any:
        start = time.process_time()
        try:
            return self._connection.execute(query, *parameters)
        finally:
            text = query if isinstance(query, str) else query.query
            self._spent[text.strip().splitlines()[0][:100]] += time.process_time() - start


@contextmanager
def _statements_timed(spent: Counter[str]) -> Iterator[None]:
    connect = duckdb.connect
    building.duckdb.connect = lambda *given, **named: _Timed(connect(*given, **named), spent)
    try:
        yield
    finally:
        building.duckdb.connect = connect
