"""Whether the DuckDB file is what the lake makes: the bytes that were written, every value, every view."""

import re
from collections.abc import Iterator, Set
from pathlib import Path

import duckdb

from warehouse.errors import AftercloseError
from warehouse.facts.market import Facts
from warehouse.lake.lake import Lake
from warehouse.sql.build import build
from warehouse.sql.change import UNSAID
from warehouse.sql.database import CONFIG, LEFT_LOG, REBUILD, ask, discard, fault_of, open_read_only
from warehouse.sql.stored import made_from, other_lake

# Sums of floating-point numbers depend on the order in which threads add them up.
ROUNDING = 1e-9
WORD = re.compile(r"[^\s(),]+")

# What a file is made of besides the lake, and what is said where it was another: then every row may be.
MADE_OTHERWISE = {
    "code": "it was made by other code: by another version of Afterclose, or of DuckDB",
    "facts": "it was made of other facts: files of the home have changed since",
}


def audit_database(lake: Lake, facts: Facts, database: Path) -> Iterator[str]:
    """Where the DuckDB file has other values, tables or views than one that is built anew as of the same moment.

    The caller holds the lake's lock. Rows of files that the lake has lost are taken from the file itself, so what it
    made of the others is still compared; and as long as any is lost, or the lake is not the one that the file was made
    from, nobody is told to build it anew: it may be the last copy.
    """
    way_on = "" if lake.faults(deep=True) else f": {REBUILD}"
    if not database.exists():
        yield f"{database} is not there{way_on}"
        return
    wrong = fault_of(database)
    if wrong:
        yield f"{database} {wrong}{way_on}"
    if wrong == LEFT_LOG:
        return
    strange = other_lake(lake, database) or _is_behind(lake, database)
    if strange:
        yield strange
        return
    anew = database.with_name("verify.duckdb")
    origin, manifest = made_from(database), lake.manifest()
    is_older = origin is not None and manifest is not None and origin.commit != manifest.commit
    unlike = UNSAID | {"build"} if is_older else set()  # what a run leaves alone that had nothing to say
    try:
        with open_read_only(database) as connection:
            (as_of,) = ask(connection, "built_as_of")
        build(lake, facts, anew, **as_of, before=database)
        with duckdb.connect(config=CONFIG) as connection:
            for name, path in (("found", database), ("expected", anew)):
                connection.execute(f"attach $path as {name} (read_only)", {"path": str(path)})
            for finding in _differences(connection, unlike):
                yield f"{database}: {finding}{way_on}"
    except (duckdb.Error, ValueError, AftercloseError) as problem:
        yield f"{database} cannot be compared: {str(problem).splitlines()[0]}"
    finally:
        discard(anew)


def _is_behind(lake: Lake, database: Path) -> str | None:
    """In words, where the lake has had commits since that say anything: of a run that died before it published."""
    origin, manifest = made_from(database), lake.manifest()
    if origin is None or manifest is None or not manifest.has_news_since(origin.commit):
        return None
    return (
        f"{database} was made from commit {origin.commit}, the lake is at {manifest.commit}: the next run or "
        "`afterclose rebuild` brings it up to date, and then it can be compared"
    )


def _differences(connection: duckdb.DuckDBPyConnection, but: Set[str]) -> Iterator[str]:
    """A line a table, view or macro of which `found` has another than `expected`, `but` for some tables."""
    for column, why in MADE_OTHERWISE.items() if "build" not in but else ():
        both = [
            connection.execute(f"select {column} from {name}.base.build").fetchone() for name in ("found", "expected")
        ]
        if both[0] != both[1]:
            yield why
            but = but | {"build"}
    found, expected = (_tables(connection, name) - but for name in ("found", "expected"))
    for table in sorted(found | expected):
        if table not in found or table not in expected:
            yield f"base.{table} is {'missing' if table not in found else 'no table of ours'}"
        else:
            yield from _difference(connection, table)
    words = [
        {row["name"]: _in_order(row["definition"]) for row in ask(connection, "definitions_of", database=name)}
        for name in ("found", "expected")
    ]
    for name in sorted(words[0].keys() | words[1].keys()):
        if words[0].get(name) != words[1].get(name):
            yield f"the {name} is {'missing' if name not in words[0] else 'another than ours'}"


def _in_order(definition: str) -> list[str]:
    """Its words: columns that a query leaves out have no order of their own, and an opened file writes another."""
    return sorted(WORD.findall(definition))


def _tables(connection: duckdb.DuckDBPyConnection, name: str) -> set[str]:
    return {row["table_name"] for row in ask(connection, "tables_of", database=name)}


def _difference(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[str]:
    """What differs in a table that both have: its columns, or so many of its rows."""
    columns = [
        [(row["column_name"], row["data_type"]) for row in ask(connection, "columns_of", database=name, table=table)]
        for name in ("found", "expected")
    ]
    if columns[0] != columns[1]:
        yield f"the columns of base.{table} are not those that the lake makes"
        return
    # The hashes of all rows, added up: equal in any order, and cheaper than sorting.
    query = "select count(*), sum(hash(rows)::hugeint) from {}.base.{} as rows"
    (count, _), (expected, _) = sums = [
        connection.execute(query.format(name, table)).fetchall()[0] for name in ("found", "expected")
    ]
    if count != expected:
        yield f"base.{table} has {count} rows, the lake makes {expected}"
    elif sums[0] != sums[1] and (others := _other_rows(connection, table, columns[0])):
        yield f"{others} of the {count} rows of base.{table} are not those that the lake makes"


def _other_rows(connection: duckdb.DuckDBPyConnection, table: str, columns: list[tuple[str, str]]) -> int:
    """How many rows differ by more than rounding, the rows of both in one order."""
    numbers = [name for name, kind in columns if kind == "DOUBLE"]
    order = ", ".join([f'"{name}"' for name, _ in columns if name not in numbers] + [f'"{name}"' for name in numbers])
    is_same = " and ".join(
        f'(f."{name}" is not distinct from e."{name}"'
        + (
            f' or coalesce(abs(f."{name}" - e."{name}") <= {ROUNDING} * abs(e."{name}"), false)'
            if name in numbers
            else ""
        )
        + ")"
        for name, _ in columns
    )
    numbered = f"select *, row_number() over (order by {order}) as row_number from {{}}.base.{table}"
    ((count,),) = connection.execute(
        f"select count(*) from ({numbered.format('found')}) as f join ({numbered.format('expected')}) as e "
        f"using (row_number) where not ({is_same})"
    ).fetchall()
    return int(count)
