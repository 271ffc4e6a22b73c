"""Commands that look after what is kept: `rebuild`, `verify`."""

import typer

from warehouse.errors import AftercloseError
from warehouse.settings import load_settings


def rebuild() -> None:
    """Build the DuckDB file anew from the lake."""
    from warehouse.build import build
    from warehouse.lake import Lake

    settings = load_settings()
    lake = Lake(settings.lake_path)
    with lake.writing(settings.lock_wait, "rebuild"):
        build(lake, settings.database_path, settings.clock(), settings.settle_minutes)
    typer.echo(f"built {settings.database_path}")


def verify() -> None:
    """An audit of every stored byte; ends 1 when something is wrong."""
    from warehouse.audit import audit_database, audit_lake
    from warehouse.lake import Lake
    from warehouse.schema import DATASETS

    settings = load_settings()
    lake = Lake(settings.lake_path)
    if not lake.path.exists():
        raise AftercloseError(f"there is no lake at {lake.path}: nothing to verify")
    with lake.writing(settings.lock_wait, "verify"):
        for dataset in DATASETS:
            files = lake.files(dataset)
            size = sum(path.stat().st_size for path in files)
            typer.echo(f"{dataset.name:<11} {len(files):>4} files {size / 1e6:>9.2f} MB")
        findings = [*audit_lake(lake), *audit_database(lake, settings.database_path)]
        typer.echo(f"lake of version {lake.version()}, {len(findings)} findings")
    for finding in findings:
        typer.echo(f"afterclose: {finding}", err=True)
    if findings:
        raise typer.Exit(1)
