"""`afterclose`: the commands together, and how an error ends."""

import atexit
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from flows.commands import (
    asking,
    configuring,
    deciding,
    digesting,
    doctor,
    exporting,
    keeping,
    members,
    reporting,
    running,
    scheduling,
    serving,
)
from flows.running.leaving import leaving
from warehouse.door import foreign
from warehouse.errors import AftercloseError, UsageError
from warehouse.plain import plain_error
from warehouse.whole import in_one_line

app = typer.Typer(
    help="Hong Kong and mainland China, after the close: prices that were checked, kept for good, answerable in SQL.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Exit codes: 0 complete or market closed, 3 published but partial, 1 failed, 2 usage. "
    "Settings come from AFTERCLOSE_... variables or afterclose.toml in the home: `afterclose config` shows them.",
)
for command in (
    running.demo,
    running.nightly,
    running.backfill,
    asking.wrap,
    asking.status,
    asking.sql,
    reporting.report,
    exporting.export,
    digesting.digest,
    keeping.rebuild,
    keeping.verify,
    keeping.pull,
    serving.serve,
    serving.mcp,
    configuring.config,
    doctor.doctor,
):
    app.command()(command)
app.add_typer(deciding.quarantine, name="quarantine")
app.add_typer(keeping.weights, name="weights")
app.add_typer(members.app, name="members")
app.add_typer(scheduling.app, name="schedule")


def run() -> None:
    """The command line as all that a process is for: it leaves without the interpreter's own end.

    That end takes as long as a question, and threads of fsspec and Prefect may hold it up.
    """
    atexit.register(leaving.leave)  # the first that is registered is the last to run
    main()


def main() -> None:
    """Run the command line; an error of ours is one line and its exit code, the trace comes with --debug."""
    debug = "--debug" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    try:
        if problem := foreign():
            raise UsageError(problem)
        _refuse_stray_bytes(sys.argv)
        with in_one_line(Path.cwd()):
            if "_AFTERCLOSE_COMPLETE" not in os.environ:  # the shell shows what it is given while somebody types
                configuring.warn_of_dotenv()
            app()
    except SystemExit as end:
        leaving.code = end.code if isinstance(end.code, int) else 1 if end.code else 0
        raise
    except AftercloseError as problem:
        if debug:
            typer.echo(plain_error("".join(traceback.format_exception(problem))), err=True, nl=False)
        else:
            typer.echo(plain_error(f"afterclose: {problem}"), err=True)
        leaving.code = problem.exit_code
        raise SystemExit(problem.exit_code) from None


def _refuse_stray_bytes(arguments: list[str]) -> None:
    """No file of ours takes half of a character."""
    for argument in arguments:
        if not argument.isprintable() and any("\ud800" <= character <= "\udfff" for character in argument):
            raise UsageError(f"{argument[:60]!r} is no text in UTF-8")


def _say_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        typer.echo(f"afterclose {version('afterclose')}")
        raise typer.Exit


@app.callback()
def _common(
    _: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", callback=_say_version, is_eager=True)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the whole trace of an error.")] = False,
) -> None:
    pass


if __name__ == "__main__":
    run()
