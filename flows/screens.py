"""What the commands print."""

import sys
from itertools import groupby
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from warehouse.errors import UsageError
from warehouse.settings import Settings

COLOURS = {"complete": "green", "closed": "cyan", "partial": "yellow", "pending": "magenta", "failed": "red"}


def _console() -> Console:
    # Piped output is for programs and files: no wrapping at an imagined width of 80.
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else 200)


def _state(state: str) -> str:
    return f"[{COLOURS.get(state, 'white')}]{state}[/]"


def print_wrap(rows: list[dict[str, Any]]) -> None:
    """The verdict of each market, then its sentences."""
    console = _console()
    console.print(f"[bold]Market wrap, {rows[0]['trade_date']}[/]")
    for market, group in groupby(rows, key=lambda row: row["market"]):
        wraps = list(group)
        name = {"HK": "Hong Kong", "CN": "Mainland China"}[market]
        reason = f" ({wraps[0]['reason']})" if wraps[0]["reason"] else ""
        console.print(f"\n{name}: {_state(wraps[0]['state'])}{reason}")
        for row in wraps:
            console.print(f"  {row['headline']}", markup=False)


def print_verdicts(rows: list[dict[str, Any]]) -> None:
    """A line a market and session."""
    counts = ("expected", "received", "suspended", "held", "missing", "unobtainable")
    table = Table("session", "market", "verdict", *counts, "reason", box=None, pad_edge=False)
    for row in rows:
        table.add_row(
            str(row["trade_date"]),
            row["market"],
            _state(row["state"]),
            *(str(row[name]) for name in counts),
            row["reason"] or "",
        )
    _console().print(table)


def print_status(found: dict[str, list[dict[str, Any]]], settings: Settings) -> None:
    """The last verdicts, what is not complete before them, runs, and what is due."""
    console = _console()
    verdicts = found["verdicts"]
    last, earlier = verdicts[-10:], [row for row in verdicts[:-10] if row["state"] in ("partial", "pending")]
    if earlier:
        console.print(f"[bold]Earlier sessions that are not complete[/] (last 10 of {len(earlier)})")
        print_verdicts(earlier[-10:])
        console.print()
    console.print("[bold]Last sessions[/]")
    print_verdicts(last) if last else console.print("none yet: run `afterclose nightly`")
    for row in found["owed"]:
        console.print(
            f"[magenta]owed[/] {row['market']} {row['trade_date']}: final since {row['final_at']:%Y-%m-%d %H:%M} UTC"
        )
    console.print("\n[bold]Last runs[/]")
    table = Table(
        "ended (UTC)",
        "flow",
        "market",
        "window",
        "state",
        "source",
        "asked",
        "new",
        "restated",
        "held",
        "",
        box=None,
        pad_edge=False,
    )
    for row in found["runs"]:
        table.add_row(
            f"{row['ended_at']:%Y-%m-%d %H:%M}",
            row["flow"],
            row["market"],
            f"{row['first_date']} to {row['last_date']}",
            row["state"],
            row["source"],
            *(str(row[name]) for name in ("requests", "new_rows", "restated_rows", "held_rows")),
            row["detail"] or "",
        )
    console.print(table)
    console.print()
    for row in found["next"]:
        console.print(f"next {row['market']}: final from {row['due_at']:%Y-%m-%d %H:%M} UTC")
    for row in found["horizons"]:
        console.print(
            f"the {row['market']} calendar ends on {row['last_date']}: later weekdays are provisional sessions"
        )
    console.print(f"database {settings.database_path}\nlake     {settings.lake_path}", soft_wrap=True)


def print_rows(connection: duckdb.DuckDBPyConnection, query: str, output: str) -> None:
    """The rows of a query on standard output."""
    relation = connection.sql(query)
    if relation is None:
        raise UsageError("that is no query: `afterclose sql` reads, it does not write")
    if output == "table":
        relation.show(max_width=None if sys.stdout.isatty() else 10_000, max_rows=10_000)
    elif output == "json":
        from flows.commands.options import print_json

        print_json([dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()])
    elif output == "csv":
        import pyarrow.csv as pa_csv

        pa_csv.write_csv(relation.to_arrow_table(), sys.stdout.buffer)
    else:
        import pyarrow.parquet as pq

        pq.write_table(relation.to_arrow_table(), sys.stdout.buffer, compression="zstd")
