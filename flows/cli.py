"""The command line. What a command needs is imported inside it: the commands that only ask start at once."""

import atexit
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import tasks
import warehouse
from warehouse.errors import AftercloseError, UsageError
from warehouse.settings import Settings, load_settings

if TYPE_CHECKING:
    from tasks.verdict import Outcome

EXIT_CODES = {"complete": 0, "closed": 0, "partial": 3, "pending": 3}

app = typer.Typer(
    help="Hong Kong and mainland China, after the close: prices that were checked, kept for good, answerable in SQL.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
    epilog="Exit codes: 0 complete or market closed, 3 published but partial, 1 failed, 2 usage. "
    "Settings come from AFTERCLOSE_... variables or .env; see the README.",
)


class MarketChoice(StrEnum):
    """Which market."""

    HK = "HK"
    CN = "CN"
    ALL = "all"


class SqlFormat(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


MarketOption = Annotated[MarketChoice, typer.Option(help="Which market.")]


def main() -> None:
    """Run the command line; an error of ours is one line and its exit code, the trace comes with --debug."""
    debug = "--debug" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    try:
        _refuse_foreign_packages()
        app()
    except SystemExit as end:
        _ended.code = end.code if isinstance(end.code, int) else 1 if end.code else 0
        raise
    except AftercloseError as problem:
        if debug:
            traceback.print_exception(problem)
        else:
            typer.echo(f"afterclose: {problem}", err=True)
        _ended.code = problem.exit_code
        raise SystemExit(problem.exit_code) from None


def _refuse_foreign_packages() -> None:
    """A `tasks` folder of somebody else on the path would hide ours."""
    home = Path(__file__).parents[1]
    for package in (tasks, warehouse):
        found = Path(str(package.__file__)).parents[1]
        if found != home:
            raise UsageError(f"`{package.__name__}` was found in {found}, not in {home}: run from another folder")


class _Ended:
    """How the process ends: Prefect's threads outlive it and would let DuckDB print pages about leaks."""

    code = 1

    def leave(self) -> None:
        """Leave at once, with the exit code, when everything else has been put away."""
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(self.code)


_ended = _Ended()


@app.callback()
def _common(
    debug: Annotated[bool, typer.Option("--debug", help="Show the whole trace of an error.")] = False,
) -> None:
    pass


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no date: write it as 2022-05-17") from None


def _markets(choice: MarketChoice) -> list[str]:
    return ["HK", "CN"] if choice is MarketChoice.ALL else [choice.value]


@cache
def _prepare_prefect(settings: Settings) -> None:
    """Keep Prefect's files with ours, its telemetry off, and its start-up patient; once, before its import."""
    atexit.register(_ended.leave)  # registered before Prefect's own handlers, so it runs after them
    home = settings.home.expanduser()
    home.mkdir(parents=True, exist_ok=True)
    if not {"PREFECT_API_URL", "PREFECT_HOME"} & os.environ.keys():
        os.environ["PREFECT_HOME"] = str(home / "prefect")
    for name, value in {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_LOGGING_SERVER_LEVEL": "ERROR",
    }.items():
        os.environ.setdefault(name, value)


def _run(markets: list[str], run_one: Callable[[str], "Outcome"]) -> None:
    """Run each market, say how it ended, and exit with the worst code."""
    worst = 0
    for market in markets:
        try:
            outcome = run_one(market)
        except UsageError:
            raise
        except AftercloseError as problem:
            typer.echo(f"afterclose: {problem}", err=True)
            worst = 1
            continue
        day = f"{outcome.first} to {outcome.last}" if outcome.first != outcome.last else str(outcome.last)
        changed = ""
        if outcome.stored:
            stored = outcome.stored
            changed = f" [{stored.new_rows} new bars, {stored.restated_rows} restated, {stored.held_rows} held]"
        typer.echo(f"{market} {day}: {outcome.state}{f' ({outcome.reason})' if outcome.reason else ''}{changed}")
        worst = worst if worst == 1 else max(worst, EXIT_CODES[outcome.state])
    if worst:
        raise typer.Exit(worst)


def _result(state: Any) -> "Outcome":
    outcome: Outcome = state.result()
    return outcome


def _nightly(market: str, day: date | None, refetch: bool, settings: Settings) -> "Outcome":
    """Start Prefect only if there is something to ask."""
    from datetime import timedelta

    from tasks.plan import nightly_day
    from tasks.verdict import Outcome, judge

    due = nightly_day(market, day, settings.clock(), timedelta(minutes=settings.settle_minutes))
    if due is None:
        return Outcome(market, day or date.min, day or date.min, "closed", "market closed")
    known = judge(settings.database_path, market, (due, due))
    if known.state == "complete" and not refetch:
        return known
    _prepare_prefect(settings)
    from flows.nightly import nightly

    return _result(nightly(market, due, refetch, return_state=True))


@app.command()
def nightly(
    market: MarketOption = MarketChoice.ALL,
    trade_date: Annotated[
        str | None, typer.Option("--date", help="The session; the last final one if left out.")
    ] = None,
    refetch: Annotated[bool, typer.Option(help="Ask again for a day that already ended complete.")] = False,
) -> None:
    """Fill an evening, and what earlier evenings still owe."""
    settings = load_settings()
    day = _date(trade_date) if trade_date else None
    _run(_markets(market), lambda code: _nightly(code, day, refetch, settings))


@app.command()
def backfill(
    first: Annotated[str, typer.Option("--from", help="First day, as 2022-04-01.")],
    last: Annotated[str, typer.Option("--to", help="Last day.")],
    market: MarketOption = MarketChoice.ALL,
    index: Annotated[str | None, typer.Option(help="Only this index and its members, for example HSTECH.")] = None,
) -> None:
    """Fill many days; run it again to go on after an interruption."""
    settings = load_settings()
    window = _date(first), _date(last)
    codes, symbol = _markets(market), None
    if index is not None:
        from warehouse.universe import index_named

        found = index_named(index)
        codes, symbol = [found.market], found.symbol
    _prepare_prefect(settings)
    from flows.backfill import backfill as flow

    _run(codes, lambda code: _result(flow(code, *window, symbol, return_state=True)))


@app.command()
def wrap(
    day: Annotated[str | None, typer.Argument(help="The day, as 2022-05-17; the last one if left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Every figure, for programs.")] = False,
) -> None:
    """The market wrap of a day: its verdict and its sentences."""
    from flows.screens import print_wrap
    from warehouse.database import ask

    with _asking() as connection:
        rows = ask(connection, "wrap", day=_date(day) if day else None, market=None)
    if not rows:
        raise AftercloseError(f"nothing is stored for {day or 'any day'}: run `afterclose nightly` first")
    print_json(rows) if as_json else print_wrap(rows)


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """What is complete, partial or owed; the last runs; when the next one is due."""
    from flows.screens import print_status
    from warehouse.database import ask

    now = load_settings().clock()
    with _asking() as connection:
        found = {
            "verdicts": ask(connection, "verdicts", market=None, first=None, last=None),
            "owed": ask(connection, "owed", now=now),
            "runs": ask(connection, "last_runs"),
            "next": ask(connection, "next_due", now=now),
        }
    print_json(found) if as_json else print_status(found, load_settings())


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="The query, or - to read it from standard input.")],
    output: Annotated[SqlFormat, typer.Option("--format", help="How rows are printed.")] = SqlFormat.TABLE,
) -> None:
    """Ask the warehouse in SQL, read-only."""
    import duckdb

    from flows.screens import print_rows

    text = sys.stdin.read() if query == "-" else query
    with _asking() as connection:
        try:
            print_rows(connection, text, output.value)
        except duckdb.Error as problem:
            raise UsageError(str(problem).strip()) from None


@app.command()
def rebuild() -> None:
    """Build the DuckDB file anew from the lake."""
    from warehouse.build import build
    from warehouse.lake import Lake

    settings = load_settings()
    lake = Lake(settings.lake_path)
    with lake.writing(settings.lock_wait, "rebuild"):
        build(lake, settings.database_path, settings.clock(), settings.settle_minutes)
    typer.echo(f"built {settings.database_path}")


@app.command()
def demo() -> None:
    """The whole pipeline on the simulated market, from nothing: no network, no account."""
    from flows.demo import run_demo

    settings = load_settings()
    run_demo(settings, _prepare_prefect, _result)


@contextmanager
def _asking() -> Iterator[Any]:
    from warehouse.database import open_read_only

    with open_read_only(load_settings().database_path) as connection:
        yield connection


def print_json(found: Any) -> None:
    """Print rows as JSON; dates and instants as ISO text."""

    def as_text(value: Any) -> str:
        return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)

    typer.echo(json.dumps(found, indent=2, ensure_ascii=False, default=as_text))


if __name__ == "__main__":
    main()
