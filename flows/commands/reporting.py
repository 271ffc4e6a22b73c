"""The command that writes the page of a date: `report`."""

import webbrowser
from typing import Annotated

import typer

from flows.commands.asking import day_with_page
from flows.commands.options import asking
from warehouse.settings import load_settings


def report(
    day: Annotated[str | None, typer.Argument(help="The day, as 2022-05-17; the last one if left out.")] = None,
    is_opened: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
) -> None:
    """Write the page of a day and print its path: one HTML file that needs no network; reports/index.html lists all."""
    from tasks.publish import index_if_due, page_of_day, write_pages

    settings = load_settings()
    with asking() as connection:
        date = day_with_page(connection, day)
        pages = page_of_day(connection, settings, date)
        pages |= index_if_due(connection, settings, pages)
    path, *_ = write_pages(settings, pages)
    typer.echo(path)
    if is_opened:
        webbrowser.open(path.absolute().as_uri())
