"""What the database says of itself: the comments on its views, columns and macros, as plain text."""

import duckdb

from warehouse.errors import UsageError
from warehouse.sql.database import ask


def views_page(connection: duckdb.DuckDBPyConnection) -> str:
    """A line for each view and macro that may be relied on."""
    return "\n".join(f"{row['name']}: {row['comment']}" for row in ask(connection, "agent_views"))


def view_page(connection: duckdb.DuckDBPyConnection, view: str) -> str:
    """A line for each column of a view; raises `UsageError` for what is none."""
    rows = ask(connection, "agent_columns", view=view)
    if not rows:
        raise UsageError(f"no view {view!r}: afterclose://dictionary lists them")
    return "\n".join(f"{row['name']} {row['type']}: {row['comment']}" for row in rows)
