"""Commands that look after what is kept: `rebuild`."""

import typer

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
