"""The index of the pages: the last verdicts, what each index did day by day, and a calendar of links."""

from calendar import Calendar
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from typing import Any

import duckdb

from warehouse.report.due import KNOWN, index_knows
from warehouse.report.look import Look, render, script_of, style_of
from warehouse.sql.database import ask

BACK = 370  # days that verdicts and moves are shown of; every page has its link, however old
EVENINGS, STRIP = 20, 60  # rows of the table; days of a strip

Row = dict[str, Any]


def index_page(connection: duckdb.DuckDBPyConnection, pages: Iterable[date], look: Look | None = None) -> str:
    """The HTML of the index over these pages' days."""
    linked = sorted(pages)
    verdicts = _by_day(ask(connection, "index_verdicts", days=BACK))
    moves = ask(connection, "index_moves", days=BACK)
    by_index: dict[str, list[Row]] = {}
    for row in moves:
        by_index.setdefault(row["index_code"], []).append(row)
    days = sorted(verdicts)
    return render(
        "index.html.jinja",
        look or Look(),
        known_as=KNOWN,
        known=index_knows(connection, linked),
        style=style_of(),
        script=script_of("language.js", "walk.js"),
        neighbours=_neighbours(linked),
        evenings=[(day, verdicts[day]) for day in reversed(days[-EVENINGS:])],
        moves={(row["trade_date"], row["index_code"]): row for row in moves},
        indices=[rows[0] for rows in by_index.values()],
        strip=days[-STRIP:],
        months=_months(linked),
        states={day: _state(rows) for day, rows in verdicts.items()},
        is_simulated=any(row["source"] == "simulated" for row in moves),
    )


def _by_day(rows: list[Row]) -> dict[date, list[Row]]:
    return {day: list(group) for day, group in groupby(rows, key=lambda row: row["trade_date"])}


def _neighbours(days: list[date]) -> dict[date, tuple[date | None, date | None]]:
    """Of each page's day the day of the page before it and of the one after it."""
    return dict(zip(days, zip([None, *days], [*days[1:], None], strict=False), strict=False))


def _state(rows: list[Row]) -> str:
    """Of a day with the verdicts of its markets: the worst of them."""
    return next((state for state in ("partial", "pending") if any(row["state"] == state for row in rows)), "complete")


def _months(days: list[date]) -> Iterator[tuple[date, list[list[date]]]]:
    """The months of the days, newest first, with their weeks from Monday on."""
    for year, month in sorted({(day.year, day.month) for day in days}, reverse=True):
        yield date(year, month, 1), Calendar().monthdatescalendar(year, month)
