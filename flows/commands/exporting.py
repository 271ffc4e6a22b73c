"""The command `export`: a slice of the warehouse for other tools."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.options import asking
from flows.named import day_of, index_named
from warehouse.errors import UsageError
from warehouse.settings import expanded, load_settings


class ExportFormat(StrEnum):
    """What a slice is written as."""

    PARQUET = "parquet"
    CSV = "csv"
    DUCKDB = "duckdb"


def export(
    to: Annotated[Path, typer.Argument(help="Where it goes: a folder, or with --format duckdb a file.")],
    first: Annotated[str, typer.Option("--from", help="First day, as 2022-05-17.")],
    last: Annotated[str, typer.Option("--to", help="Last day.")],
    form: Annotated[ExportFormat, typer.Option("--format", help="Files in a folder, or one DuckDB file.")] = (
        ExportFormat.PARQUET
    ),
    index: Annotated[str | None, typer.Option(help="Only this index and its members: HSI, 'CSI 300'.")] = None,
    universe: Annotated[
        Path | None, typer.Option(help="Only the stocks of this file, one symbol a line, as AFTERCLOSE_UNIVERSE.")
    ] = None,
    is_shareable: Annotated[
        bool,
        typer.Option(
            "--shareable", help="Leave out what is for your own use, as sources.csv and AFTERCLOSE_SHARE say."
        ),
    ] = False,
) -> None:
    """Write a slice of the warehouse to Parquet or CSV files or a small DuckDB file.

    It holds prices, returns, events, indices, members, verdicts, breadth, movers and, where official rows are, the
    whole market. It is for your own use, unless --shareable made it: that leaves out rows of sources of which nobody
    said that they may be passed on, and every figure that is made of such rows.
    """
    from warehouse.export import Slice
    from warehouse.export import export as write
    from warehouse.facts.others import read_universe
    from warehouse.shareable import may_be_shared

    settings = load_settings()
    days = (day_of(first), day_of(last))
    if days[0] > days[1]:
        raise UsageError(f"--from {first} is after --to {last}: exchange them")
    if index and universe:
        raise UsageError("give either --index or --universe")
    with asking() as connection:  # it is ours, and whole
        symbol = index_named(connection, index) if index else None
    allowed = may_be_shared(settings) if is_shareable else None
    wanted = Slice(*days, symbol, read_universe(universe) if universe else None, allowed)
    made = write(settings.database_path, wanted, form.value, expanded(to))
    for name, count in made.rows.items():
        typer.echo(f"{name:20} {count:>12,} rows")
    if made.own_use:
        typer.echo(f"left out: rows of {', '.join(made.own_use)}, and {', '.join(made.left_out)}: for your own use")
    if allowed is None and any(source != "simulated" for source in made.sources):
        typer.echo("for your own use, not for redistribution: see docs/sources.md, and --shareable")
    typer.echo(f"wrote {made.path}")
