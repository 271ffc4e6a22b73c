"""Commands that only ask: `wrap`, `status`, `sql`. All they need is in the DuckDB file."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from flows.commands.options import JsonOption, asking, day_of, print_json
from warehouse.errors import AftercloseError, UsageError
from warehouse.settings import load_settings


class SqlFormat(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def wrap(
    day: Annotated[str | None, typer.Argument(help="The day, as 2022-05-17; the last one if left out.")] = None,
    as_json: JsonOption = False,
) -> None:
    """The market wrap of a day: its verdict and its sentences."""
    from flows.screens import print_wrap
    from warehouse.database import ask

    with asking() as connection:
        rows = ask(connection, "wrap", day=day_of(day) if day else None, market=None)
    if not rows:
        raise AftercloseError(f"nothing is stored for {day or 'any day'}: run `afterclose nightly` first")
    print_json(rows) if as_json else print_wrap(rows)


def status(as_json: JsonOption = False) -> None:
    """What is complete, partial or owed; the last runs; when the next one is due."""
    from flows.screens import print_status
    from warehouse.database import ask

    settings = load_settings()
    now = settings.clock()
    with asking() as connection:
        found = {
            "verdicts": ask(connection, "verdicts", market=None, first=None, last=None),
            "owed": ask(connection, "owed", now=now),
            "runs": ask(connection, "last_runs"),
            "next": ask(connection, "next_due", now=now),
            "horizons": ask(connection, "horizons", now=now),
        }
    print_json(found) if as_json else print_status(found, settings)


def sql(
    query: Annotated[str, typer.Argument(help="The query, or - to read it from standard input.")],
    output: Annotated[SqlFormat, typer.Option("--format", help="How rows are printed.")] = SqlFormat.TABLE,
) -> None:
    """Ask the warehouse in SQL, read-only."""
    import duckdb

    from flows.screens import print_rows

    text = sys.stdin.read() if query == "-" else query
    with asking() as connection:
        try:
            print_rows(connection, text, output.value)
        except duckdb.Error as problem:
            raise UsageError(str(problem).strip()) from None
