"""Commands that look after what is kept: `rebuild`, `verify`, `weights`."""

import typer

from warehouse.errors import AftercloseError, UsageError
from warehouse.settings import load_settings

weights = typer.Typer(help="Published index weights, for the contribution of each member.", no_args_is_help=True)


def rebuild() -> None:
    """Build the DuckDB file anew from the lake, the facts, actions.csv and the files of weights."""
    from uuid import uuid4

    from flows.commands.screens import make_console, print_disagreements
    from tasks.local_actions import take_local_actions
    from warehouse.facts.market import Facts
    from warehouse.lake.lake import Lake
    from warehouse.sql.build import build
    from warehouse.sql.database import ask, open_read_only

    settings = load_settings()
    facts, lake = Facts.load(settings.reference_path), Lake(settings.lake_path)
    take_local_actions(lake, facts, settings, uuid4().hex[:12])
    with lake.writing(settings.lock_wait, "rebuild"):
        build(lake, facts, settings.database_path, settings.clock(), settings.settle_minutes)
    typer.echo(f"built {settings.database_path}")
    with open_read_only(settings.database_path) as connection:
        left_out = ask(connection, "left_out")
        print_disagreements(make_console(), ask(connection, "fact_disagreements"))
    if left_out:
        raise UsageError("left out: " + "; ".join(row["reason"] for row in left_out))


def verify() -> None:
    """An audit of every stored byte; ends 1 when something is wrong."""
    from warehouse.audit import audit_database, audit_lake
    from warehouse.facts.market import Facts
    from warehouse.lake.lake import Lake
    from warehouse.lake.schema import DATASETS

    settings = load_settings()
    facts, lake = Facts.load(settings.reference_path), Lake(settings.lake_path)
    if not lake.path.exists():
        raise AftercloseError(f"there is no lake at {lake.path}: nothing to verify")
    with lake.writing(settings.lock_wait, "verify"):
        for dataset in DATASETS:
            files = lake.files(dataset)
            size = sum(path.stat().st_size for path in files)
            typer.echo(f"{dataset.name:<11} {len(files):>4} files {size / 1e6:>9.2f} MB")
        findings = [*audit_lake(lake), *audit_database(lake, facts, settings.database_path)]
        typer.echo(f"lake of version {lake.version()}, {len(findings)} finding{'s' * (len(findings) != 1)}")
    for finding in findings:
        typer.echo(f"afterclose: {finding}", err=True)
    if findings:
        raise typer.Exit(1)


@weights.command()
def fetch() -> None:
    """Add CSI's last published weights of the CSI 300 to the file of weights."""
    from tasks.lists.csindex import published_weights
    from warehouse.facts.market import Facts
    from warehouse.facts.weights import add_weights

    settings = load_settings()
    facts = Facts.load(settings.reference_path)
    index = facts.index_named("CSI300")
    path = settings.weights_path / f"{index.code}.csv"
    found = published_weights(index)
    add_weights(path, found, facts)
    typer.echo(f"{len(found)} weights of {found[0]['trade_date']} are in {path}; `afterclose rebuild` takes them in")
