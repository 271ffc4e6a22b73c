"""What several commands take and print."""

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from warehouse.errors import UsageError
from warehouse.settings import load_settings


class MarketChoice(StrEnum):
    """Which market."""

    HK = "HK"
    CN = "CN"
    ALL = "all"

    def codes(self) -> list[str]:
        """The markets that are meant."""
        return ["HK", "CN"] if self is MarketChoice.ALL else [self.value]


MarketOption = Annotated[MarketChoice, typer.Option(help="Which market.")]
ByOption = Annotated[str | None, typer.Option(help="Who decides; the user of this machine if left out.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Every figure, for programs.")]


def day_of(text: str) -> date:
    """The date in an ISO text; raises `UsageError` for another text."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no date: write it as 2022-05-17") from None


def who(by: str | None) -> str:
    """Who decides; raises `UsageError` where nobody is named and the machine does not know."""
    try:
        return by or getpass.getuser()
    except (KeyError, OSError):
        raise UsageError("this machine knows no user name: say who decides with --by") from None


@contextmanager
def asking() -> Iterator[Any]:
    """A read-only connection to the warehouse that the settings name."""
    from warehouse.sql.database import open_read_only

    with open_read_only(load_settings().database_path) as connection:
        yield connection


def print_json(found: Any) -> None:
    """Print rows as JSON; dates and instants as ISO text."""

    def as_text(value: Any) -> str:
        return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)

    typer.echo(json.dumps(found, indent=2, ensure_ascii=False, default=as_text))
