"""`afterclose`: the commands together, and how an error ends."""

import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

import tasks
import warehouse
from flows.commands import asking, deciding, keeping, members, reporting, running, serving
from flows.running.leaving import leaving
from warehouse.errors import AftercloseError, UsageError
from warehouse.plain import plain_error
from warehouse.whole import in_one_line

app = typer.Typer(
    help="Hong Kong and mainland China, after the close: prices that were checked, kept for good, answerable in SQL.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
    epilog="Exit codes: 0 complete or market closed, 3 published but partial, 1 failed, 2 usage. "
    "Settings come from AFTERCLOSE_... variables or .env; see the README.",
)
for command in (
    running.demo,
    running.nightly,
    running.backfill,
    asking.wrap,
    asking.status,
    asking.sql,
    reporting.report,
    keeping.rebuild,
    keeping.verify,
    serving.serve,
):
    app.command()(command)
app.add_typer(deciding.quarantine, name="quarantine")
app.add_typer(keeping.weights, name="weights")
app.add_typer(members.app, name="members")


def main() -> None:
    """Run the command line; an error of ours is one line and its exit code, the trace comes with --debug."""
    debug = "--debug" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    try:
        _refuse_foreign_packages()
        _refuse_stray_bytes(sys.argv)
        with in_one_line(Path.cwd()):
            app()
    except SystemExit as end:
        leaving.code = end.code if isinstance(end.code, int) else 1 if end.code else 0
        raise
    except AftercloseError as problem:
        if debug:
            typer.echo(plain_error("".join(traceback.format_exception(problem))), err=True)
        else:
            typer.echo(plain_error(f"afterclose: {problem}"), err=True)
        leaving.code = problem.exit_code
        raise SystemExit(problem.exit_code) from None


def _refuse_foreign_packages() -> None:
    """A `tasks` folder of somebody else on the path would hide ours."""
    home = Path(__file__).parents[1]
    for package in (tasks, warehouse):
        found = Path(str(package.__file__)).parents[1]
        if found != home:
            raise UsageError(f"`{package.__name__}` was found in {found}, not in {home}: run from another folder")


def _refuse_stray_bytes(arguments: list[str]) -> None:
    """No file of ours takes half of a character."""
    for argument in arguments:
        if not argument.isprintable() and any("\ud800" <= character <= "\udfff" for character in argument):
            raise UsageError(f"{argument[:60]!r} is no text in UTF-8")


@app.callback()
def _common(
    debug: Annotated[bool, typer.Option("--debug", help="Show the whole trace of an error.")] = False,
) -> None:
    pass


if __name__ == "__main__":
    main()
