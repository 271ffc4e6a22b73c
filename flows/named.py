"""What a person or an agent names: a day, an index."""

from datetime import date
from typing import Any

from warehouse.errors import UsageError


def day_of(text: str) -> date:
    """The date in an ISO text; raises `UsageError` for another text."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no date: write it as 2022-05-17") from None


def index_named(connection: Any, name: str) -> str:
    """The symbol of the index that is meant."""
    from warehouse.facts.universe import means
    from warehouse.sql.database import ask

    known = ask(connection, "indices")
    for row in known:
        if means(name, row):
            return str(row["index_symbol"])
    codes = ", ".join(row["index_code"] for row in known)
    raise UsageError(f"no wrap is written for {name!r}: use one of {codes}")
