"""Asks the DuckDB file: read-only, and without pandas, a calendar or the lake."""

import re
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import AftercloseError

SQL = Path(__file__).parent
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    # DuckDB takes our as-of joins for small ones and loops through them: twenty times slower than its sorted join.
    "asof_loop_join_threshold": 0,
}


def open_read_only(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection that can ask and nothing else: no writing, no other files, no extensions.

    Raises `AftercloseError` for a file that is not there, that another program holds, or that is none of DuckDB's.
    """
    if not path.exists():
        raise AftercloseError(
            f"there is no {path} yet: run `afterclose nightly`, or `afterclose rebuild` for the facts"
        )
    try:
        connection = duckdb.connect(str(path), read_only=True, config=CONFIG | {"enable_external_access": "false"})
        connection.execute("set TimeZone = 'UTC'")
    except duckdb.Error as problem:
        raise AftercloseError(f"{path} cannot be opened: {_why(str(problem))}") from problem
    return connection


def _why(problem: str) -> str:
    """What to do about a file that DuckDB does not open."""
    holder = re.search(r"lock is held in (.*? \(PID \d+\))", problem)
    if holder:
        return f"{holder[1]} holds it to write in it; close it there, or let it open the file read-only"
    return f"{problem.splitlines()[0]}; `afterclose rebuild` makes it anew"


def ask(connection: duckdb.DuckDBPyConnection, name: str, **parameters: Any) -> list[dict[str, Any]]:
    """The rows of `sql/queries/<name>.sql`, a dictionary a row.

    Raises `AftercloseError` when the database lacks a view or column that the query needs: an older version built it.
    """
    query = (SQL / "queries" / f"{name}.sql").read_text(encoding="utf-8")
    try:
        found = connection.execute(query, parameters or None)
    except (duckdb.BinderException, duckdb.CatalogException) as problem:
        lacking = str(problem).splitlines()[0]
        raise AftercloseError(
            f"the database was built by another version ({lacking}): run `afterclose rebuild`"
        ) from problem
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
