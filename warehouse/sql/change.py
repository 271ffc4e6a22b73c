"""What has changed since a DuckDB file was made: the rows of its tables, and all that depends on them, derived anew.

A table is a copy of a dataset (the rows of the files that were written since are compared with its own), or small
(derived anew, and compared), or derived from the keys of one set. The queries in `sql/changed/` say what a set holds:
four kinds of key, each with the first day from which something may be another, to the end of history.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import duckdb

from warehouse.lake.lake import Lake
from warehouse.lake.manifest import ACCEPTED, RECORDS, DamagedError
from warehouse.lake.schema import DATASETS, OFFICIAL, Dataset
from warehouse.sql.database import SQL
from warehouse.sql.scripts import Statement
from warehouse.sql.stored import offer

SETS = ("symbols", "indices", "lines", "markets")  # the last one is made of the others
# The columns of a derived table by which the rows of a set are found in it.
FOUND_BY = {
    "symbols": ("symbol", "trade_date"),
    "indices": ("index_symbol", "trade_date"),
    "lines": ("symbol", "trade_date"),
    "markets": ("market", "trade_date"),
    "lists": ("index_symbol", "trade_date"),
    "periods": ("index_symbol", "last_session"),
    "ex_dates": ("symbol", "ex_date"),
}
BY_ITSELF = ("build", "sessions", "provisional_sessions")  # facts that change with time and the lake
OF_BEFORE = "earlier_lines"  # is of evenings before those that the file holds whole
UNSAID = {*RECORDS, "sessions", "session_grid", "period_ends"}  # nothing is said of these by themselves


class WholeError(Exception):
    """The change reaches so far back that the file is made whole."""


def compare(
    connection: duckdb.DuckDBPyConnection,
    every: Iterable[Statement],
    lake: Lake,
    commit: int,
    is_other_code: bool,
    are_other_facts: bool,
) -> bool:
    """Bring the copies of the lake in the attached file, which is of that commit, and its small tables up to now.

    Makes the sets of what else that changes (`dirty_<set>`). Facts are compared where they are other ones than the
    file's. Returns False where nothing has changed that anything is said of. Raises `WholeError` where a file that was
    written since is lost or damaged, or a person has accepted a loss: rows are gone that no file tells of.
    """
    # To compare is many statements over little each: to hand them out takes threads longer than they do.
    connection.execute("set threads = 1")
    later = lake.written_since(commit)
    written = {dataset: [path for path in lake.files(dataset) if path in later] for dataset in DATASETS}
    if lake.path / ACCEPTED in later or not _are_whole(lake, later):
        raise WholeError
    tables = [statement for statement in every if statement.table]
    if is_other_code:
        _derive_small(connection, every, are_other_facts)
    datasets = {dataset.name: dataset for dataset in DATASETS}
    changed = set()
    connection.execute("create or replace temp table changed_facts (from_day date)")
    for statement in tables:
        if statement.table == OF_BEFORE:
            continue
        if statement.dataset:
            dataset = datasets[statement.dataset]
            _compare_dataset(connection, lake, statement, dataset, written[dataset])
        elif statement.reach:
            continue
        elif statement.facts and statement.facts not in BY_ITSELF:
            if not are_other_facts:
                continue
            _compare_small(connection, statement)
            connection.execute("insert into changed_facts select $day", {"day": _first_day_of_facts(connection)})
        else:
            _compare_small(connection, statement)
        if _replace_changed(connection, str(statement.table)):
            changed.add(str(statement.table))
    is_reached = _fill_sets(connection)
    connection.execute("reset threads")
    return is_reached or not changed <= UNSAID | {"build"}


def is_within_reach(connection: duckdb.DuckDBPyConnection, lake: Lake, commit: int) -> bool:
    """Whether all that depends on what was found by `compare` is in the sets.

    It is not where sessions of the past are other ones, where official evenings from before those held whole have come
    since that commit, or a stock's first bars meet such evenings.
    """
    # Sessions ahead come and go with the calendar; those that were judged are facts of old days.
    if connection.execute(_changed("other_past")).fetchall() or _is_beyond_reach(connection, lake):
        return False
    later = lake.written_since(commit)
    return not _are_of_before(connection, [path for path in lake.files(OFFICIAL) if path in later])


def derive(connection: duckdb.DuckDBPyConnection, every: Iterable[Statement]) -> None:
    """Derive anew what `compare` found to depend on what has changed, in every table of the attached file."""
    for statement in every:
        if statement.is_temp_view:
            connection.execute(statement.parsed)
        elif statement.table and statement.reach:
            _derive(connection, statement)


def _derive_small(connection: duckdb.DuckDBPyConnection, every: Iterable[Statement], are_other_facts: bool) -> None:
    """Derive small tables anew of what other code has stored: what they are now is by the code of now alone.

    Those that are made of facts themselves stay where facts are other ones, which the file has not kept.
    """
    for statement in every:
        is_kept = statement.dataset or statement.facts or statement.reach or statement.table == OF_BEFORE
        if statement.instead:
            connection.execute(statement.instead)
        elif statement.table and not is_kept and not (are_other_facts and "fact_" in statement.query):
            connection.execute(f"create or replace table base.{statement.table} as {statement.query}")


def _compare_dataset(
    connection: duckdb.DuckDBPyConnection, lake: Lake, statement: Statement, dataset: Dataset, paths: Sequence[Path]
) -> None:
    """Fill `come` and `gone` with the rows by which the written files differ from the table."""
    offer(connection, lake, dataset, paths)
    connection.execute(f"create or replace temp view written as {statement.query}")
    partitions = [[part.partition("=")[2] for part in path.relative_to(lake.path).parts[1:3]] for path in paths]
    days = [_first_day(cut) for _, cut in partitions]
    given = {
        "first": min(days, default=date.min),
        "last": max(days, default=date.min),
        "cut": dataset.cut_by,
        "markets": [market for market, _ in partitions],
        "days": days,
    }
    for name, value in given.items():
        connection.execute(f"set variable held_{name} = $value", {"value": value})
    # With their days as bounds, so that of a table in order of days little is read.
    connection.execute(
        f"create or replace temp view held as select t.* from base.{statement.table} as t "
        f"where {dataset.year_of} >= getvariable('held_first') "
        f"and {dataset.year_of} < getvariable('held_last') + interval 1 year "
        f"and (t.market, date_trunc(getvariable('held_cut'), t.{dataset.year_of})) in "
        "(select unnest(getvariable('held_markets')), unnest(cast(getvariable('held_days') as date[])))"
    )
    # No two versions are equal: then a join does, for a third of the CPU.
    _tell_apart(connection, "written", "held", no_twice="known_from" in dataset.schema.names)


def _are_whole(lake: Lake, paths: Iterable[Path]) -> bool:
    """Whether these files are what was committed: DuckDB reads them, and may read of a damaged one other values."""
    try:
        for path in paths:
            lake.content(path.relative_to(lake.path).as_posix())
    except DamagedError:
        return False
    return True


def _first_day(cut: str) -> date:
    """Of a partition: '2022' or '2022-05'."""
    return date.fromisoformat(f"{cut}-01-01"[:10])


def _are_of_before(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> bool:
    """Whether any of these official evenings is from before those that the file holds whole."""
    ((from_day,),) = connection.execute("select from_day from base.whole_evenings").fetchall()
    return any(_first_day(path.parent.name.partition("=")[2]) < from_day for path in paths)


def _is_beyond_reach(connection: duckdb.DuckDBPyConnection, lake: Lake) -> bool:
    """Whether some stock's older official rows are in the lake and not in the file, since it had no bars."""
    cuts = [path.parent.name.partition("=")[2] for path in lake.files(OFFICIAL)]
    oldest = min(map(_first_day, cuts), default=date.max)
    return bool(connection.execute(_changed("beyond_reach"), {"oldest": oldest}).fetchall())


def _compare_small(connection: duckdb.DuckDBPyConnection, statement: Statement) -> None:
    connection.execute("drop table if exists small")
    connection.execute(f"create temp table small as {statement.query}")
    _tell_apart(connection, "small", f"base.{statement.table}")


def _first_day_of_facts(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The first day from which the facts in `come` are others than those in `gone`; None where they are the same.

    A row that has another date is another from the earlier of the two on; one that says something else, from the first
    of its dates; one without dates, or without the first of them, since ever.
    """
    types = connection.execute("describe come").fetchall()
    dates = [row[0] for row in types if row[1] == "DATE"]
    others = [f'"{row[0]}"' for row in types if row[0] not in dates]
    days = []
    for at, day in enumerate(dates or ["date '0001-01-01'"]):
        columns = ", ".join([*others, f"coalesce({day}, date '{'infinity' if at else '0001-01-01'}') as day"])
        come, gone = (f"(select {columns} from {table})" for table in ("come", "gone"))
        either = f"(from {come} except all from {gone}) union all (from {gone} except all from {come})"
        days += connection.execute(f"select min(day) from ({either})").fetchall()
    return min((day for (day,) in days if day is not None), default=None)


def _tell_apart(connection: duckdb.DuckDBPyConnection, fresh: str, held: str, no_twice: bool = False) -> None:
    """Fill `come` with the rows of `fresh` that are not among those of `held`, and `gone` the other way round.

    By the columns that both have. Of tables in which no row stands twice it takes less.
    """
    had = _columns(connection, held)
    of_both = [column for column in _columns(connection, fresh) if column in had]
    columns = ", ".join(f'"{column}"' for column in of_both)
    same = " and ".join(f'a."{column}" is not distinct from b."{column}"' for column in of_both)

    def without(some: str, others: str) -> str:
        if no_twice:
            return f"select {columns} from {some} as a anti join {others} as b on {same}"
        return f"select {columns} from {some} except all select {columns} from {others}"

    connection.execute(f"create or replace temp table come as {without(fresh, held)}")
    counts = [_count(connection, table) for table in (fresh, held, "come")]
    # As a rule all that was there is there still, and need not be looked for.
    query = without(held, fresh) if counts[1] > counts[0] - counts[2] else f"select {columns} from {held} limit 0"
    connection.execute(f"create or replace temp table gone as {query}")


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [row[0] for row in connection.execute(f"describe {table}").fetchall()]


def _replace_changed(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Take the rows out of the table that are `gone`, put those in that have `come`, and keep both beside it."""
    connection.execute(f"create or replace temp table changed_{table} as from come union all from gone")
    come, gone = _count(connection, "come"), _count(connection, "gone")
    if gone:
        columns = _columns(connection, "gone")
        is_same = " and ".join(f't."{column}" is not distinct from g."{column}"' for column in columns)
        connection.execute(f"delete from base.{table} as t using gone as g where {is_same}")
    if come:
        connection.execute(f"insert into base.{table} by name from come")
    return bool(come or gone)


def _changed(name: str) -> str:
    return (SQL / "changed" / f"{name}.sql").read_text(encoding="utf-8")


def _fill_sets(connection: duckdb.DuckDBPyConnection) -> bool:
    """Make the tables `dirty_symbols` and so on, one a set; whether any of them holds a key."""
    for name in SETS:
        connection.execute(f"create or replace temp table dirty_{name} as {_changed(f'dirty_{name}')}")
    connection.execute("set variable first_day = (select coalesce(min(from_day), current_date) from dirty_markets)")
    return any(_count(connection, f"dirty_{name}") for name in SETS)


def _derive(connection: duckdb.DuckDBPyConnection, statement: Statement) -> None:
    """Take the rows of the set out of the table and put them in as they are now."""
    key, day = FOUND_BY[str(statement.reach)]
    connection.execute(
        f"delete from base.{statement.table} as t using dirty_{statement.reach} as d "
        f"where t.{key} = d.{key} and t.{day} >= d.from_day"
    )
    connection.execute(f"insert into base.{statement.table} by name {statement.query}")


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    ((count,),) = connection.execute(f"select count(*) from {table}").fetchall()
    return int(count)
