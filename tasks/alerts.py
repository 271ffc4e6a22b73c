"""Alerts: queries of a person's in the home, `alerts/*.sql`, of which every row means: tell me."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import AftercloseError, UsageError
from warehouse.facts.given import given_files
from warehouse.plain import plain
from warehouse.sql.bounds import bounded, restrict
from warehouse.sql.database import open_read_only

SECONDS = 10.0  # for a query
ROWS = 50  # of an alert and session: more is no alert
MORE = f"and more: only {ROWS} rows of an alert are told"  # no row, which would be told once and never again


@dataclass(frozen=True)
class Alert:
    """What an alert says of a session: its first rows, a line each, and whether there are more."""

    name: str
    market: str
    trade_date: date
    rows: list[str]
    is_cut: bool


def ask_alerts(folder: Path, database: Path, sessions: Sequence[tuple[str, date]]) -> Iterator[Alert]:
    """Ask every alert of the folder about each session (market, day), read-only and within bounds.

    A query may name $market and $trade_date. One that cannot be asked says so in place of its rows: an alert that is
    silent because it is broken would be taken for good news.
    """
    try:
        paths = given_files(folder, (".sql",))
    except UsageError as problem:
        yield from (Alert(folder.name, market, day, [plain(str(problem))], False) for market, day in sessions)
        return
    for path in paths:
        # Each on a connection of its own: what one begins or makes is none of the next one's.
        with open_read_only(database) as connection:
            restrict(connection)
            for market, day in sessions:
                try:
                    query = path.read_text(encoding="utf-8")
                    rows = _rows(connection, query, {"market": market, "trade_date": day})
                except (duckdb.Error, AftercloseError, OSError, UnicodeDecodeError) as problem:
                    rows = [plain(f"it cannot be asked: {str(problem).splitlines()[0]}")]
                if rows:
                    yield Alert(path.stem, market, day, rows[:ROWS], len(rows) > ROWS)


def _rows(connection: duckdb.DuckDBPyConnection, query: str, given: dict[str, Any]) -> list[str]:
    """The rows of the query that the text ends with, a line each, and one more than is told where there are more."""
    statements = connection.extract_statements(query)
    if not statements:
        return []
    named = {name: value for name, value in given.items() if name in statements[-1].named_parameters}
    with bounded(connection, SECONDS):
        found = connection.execute(statements[-1], named or None).fetchmany(ROWS + 1)
    return [" · ".join(plain(str(value)) for value in row if value is not None) for row in found]
