"""What `afterclose sql` prints: the rows of a query, within bounds of time, memory and number."""

import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Sized
from contextlib import redirect_stdout
from io import StringIO
from typing import TypeVar

import duckdb
import typer
from rich.text import Text

from flows.commands.columns import Column, print_fitting
from flows.commands.options import print_json
from flows.commands.screens import make_console
from flows.rows import apart, in_text
from warehouse.errors import AftercloseError, UsageError
from warehouse.plain import plain, plain_lines
from warehouse.sql.bounds import bounded, restrict

LARGEST = 10_000_000  # rows; 18 years of both markets are 1.8 million bars
LARGEST_JSON = 1_000_000  # rows; each takes a thousand bytes and more as Python has it
SHOWN = 10_000  # rows of a table
Some = TypeVar("Some", bound=Sized)
BATCH = 50_000  # rows
NARROWEST = 80  # columns of a terminal into which DuckDB fits a table


def print_rows(connection: duckdb.DuckDBPyConnection, query: str, output: str, seconds: float) -> None:
    """The rows of a query on standard output, as 'table', 'csv', 'json' or 'parquet'; as tables those of several.

    Raises `UsageError` for what is no query, and `AftercloseError` when it takes longer, more memory or more rows than
    it may.
    """
    restrict(connection)
    with bounded(connection, seconds, ", or give it longer with --timeout"):
        relation, shown = None, 0
        for statement in connection.extract_statements(query):
            found = connection.sql(statement.query)
            if found is None or statement.expected_result_type == [duckdb.ExpectedResultType.NOTHING]:
                continue
            shown, relation = shown + 1, found
            if output == "table":
                _print_table(found)
        if relation is None:
            raise UsageError("that is no query: `afterclose sql` reads, it does not write")
        if output == "table":
            return
        if shown > 1:
            raise UsageError(f"these are {shown} queries, and a file as {output} holds one result: ask them one by one")
        until = time.monotonic() + seconds
        names = apart(relation.columns)
        if output != "parquet":
            relation = in_text(relation)
        if output == "json":
            (rows,) = _within([relation.limit(LARGEST_JSON + 1).fetchall()], until, LARGEST_JSON)
        else:
            reader = relation.to_arrow_reader(BATCH)
            batches = list(_within(reader, until, LARGEST))
    if output == "json":
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        from flows.commands.rows_file import write_rows

        write_rows(batches, reader.schema, names, output)


def _print_table(relation: duckdb.DuckDBPyRelation) -> None:
    """As wide as the terminal; in a pipe as wide as it is."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000
    if width < NARROWEST:
        console, names = make_console(), relation.columns
        columns = [Column(name, len(names) - at if at else 0) for at, name in enumerate(names)]
        rows = [[Text(plain(str(value), None)) for value in row] for row in in_text(relation).limit(SHOWN).fetchall()]
        if left_out := print_fitting(console, columns, rows):
            console.print(f"[dim]not shown for want of room: {len(left_out)} of {len(names)} columns[/]")
        return
    written = StringIO()
    with redirect_stdout(written):
        relation.show(max_width=width, max_rows=SHOWN)
    typer.echo(plain_lines(written.getvalue()), nl=False)


def _within(pieces: Iterable[Some], until: float, most: int) -> Iterator[Some]:
    """The pieces of an answer, up to so many rows and so late."""
    rows = 0
    for piece in pieces:
        rows += len(piece)
        if rows > most:
            raise AftercloseError(f"more than {most:,} rows: ask for less, or in parts")
        if time.monotonic() > until:
            raise duckdb.InterruptException("between two pieces")
        yield piece
