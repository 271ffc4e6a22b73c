"""The command that writes the page of a date: `report`."""

import webbrowser
from typing import Annotated

import typer

from flows.commands.options import day_of
from warehouse.errors import AftercloseError
from warehouse.settings import load_settings


def report(
    day: Annotated[str | None, typer.Argument(help="The day, as 2022-05-17; the last one if left out.")] = None,
    is_opened: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
) -> None:
    """Write the page of a day and print its path: one HTML file that needs no network."""
    from warehouse.report.page import last_day, write_report

    settings = load_settings()
    date = day_of(day) if day else last_day(settings.database_path)
    if date is None:
        raise AftercloseError("nothing is stored for any day: run `afterclose nightly` first")
    path = write_report(settings.database_path, date, settings.reports_path)
    typer.echo(path)
    if is_opened:
        webbrowser.open(path.absolute().as_uri())
