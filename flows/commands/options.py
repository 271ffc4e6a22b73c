"""What several commands take and print."""

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import typer

from flows.rows import as_json
from warehouse.errors import AftercloseError, UsageError
from warehouse.plain import plain, plain_error
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
