"""What several commands take and print."""

import getpass
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import count
from math import isfinite
from typing import Annotated, Any, TypeVar

import typer

from warehouse.errors import AftercloseError, UsageError
from warehouse.plain import escaped, plain, plain_error
from warehouse.settings import load_settings

Some = TypeVar("Some")


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
        return plain(by or getpass.getuser())
    except (KeyError, OSError, ImportError):  # Windows has no list of users to import
        raise UsageError("this machine knows no user name: say who decides with --by") from None


def or_told(run: Callable[[], Some]) -> Some | None:
    """What `run` gives, or None once its failure is told in one line: one market or index that fails ends no other.

    A `UsageError` is of the whole command, and raised.
    """
    try:
        return run()
    except UsageError:
        raise
    except AftercloseError as problem:
        typer.echo(plain_error(f"afterclose: {problem}"), err=True)
        return None


@contextmanager
def asking() -> Iterator[Any]:
    """A read-only connection to the warehouse that the settings name."""
    from warehouse.sql.database import open_read_only

    with open_read_only(load_settings().database_path) as connection:
        yield connection


def print_json(found: Any) -> None:
    """Print rows as JSON, laid out; see `as_json`."""
    typer.echo(as_json(found, 2))


def apart(names: Sequence[str]) -> list[str]:
    """The names of a query's columns, equal ones told apart as DuckDB does: a, a_1."""
    found: list[str] = []
    for name in names:
        others = (f"{name}_{number}" for number in count(1))
        found.append(next(other for other in others if other not in {*found, *names}) if name in found else name)
    return found


def as_json(found: Any, indent: int | None = None) -> str:
    """Rows as JSON: dates and instants as ISO text, what is no number null, what cannot be shown escaped."""
    return escaped(json.dumps(_jsonable(found), indent=indent, ensure_ascii=False, allow_nan=False))


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _jsonable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(each) for each in value]
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
    return value if value is None or isinstance(value, str | int) else str(value)
