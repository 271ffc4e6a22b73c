"""`afterclose`: the commands together, and how an error ends."""

import atexit
import os
import sys
import traceback
from importlib import import_module
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from flows.commands.configuring import warn_of_dotenv
from flows.running.leaving import leaving
from warehouse.door import foreign
from warehouse.errors import AftercloseError, UsageError
from warehouse.plain import plain_error
from warehouse.whole import in_one_line

# Of each command, or group of them, where under flows/commands it stands.
PLACES = {
    "demo": "running.demo",
    "nightly": "running.nightly",
    "backfill": "running.backfill",
    "wrap": "asking.wrap",
    "status": "asking.status",
    "sql": "asking.sql",
    "report": "reporting.report",
    "export": "exporting.export",
    "digest": "digesting.digest",
    "rebuild": "keeping.rebuild",
    "verify": "keeping.verify",
    "pull": "keeping.pull",
    "serve": "serving.serve",
    "mcp": "serving.mcp",
    "config": "configuring.config",
    "doctor": "doctor.doctor",
    "quarantine": "deciding.quarantine",
    "weights": "keeping.weights",
    "members": "members.app",
    "schedule": "scheduling.app",
}


class Commands(TyperGroup):
    """The commands by name, each imported when it is wanted: together they take a seventh of an `import duckdb`."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, in the order of the help."""
        return list(PLACES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name, None for a name that is none."""
        # Then all are made, so that those that are like it can be named.
        for name in [cmd_name] if cmd_name in PLACES else PLACES:
            if name not in self.commands:
                self.commands[name] = _made(name)
        return self.commands.get(cmd_name)


def _made(name: str) -> Any:
    module, _, attribute = PLACES[name].partition(".")
    found = getattr(import_module(f"flows.commands.{module}"), attribute)
    alone = typer.Typer(rich_markup_mode="rich")
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=name)
    else:
        # A query may begin with a comment, which looks like an option.
        alone.command(name, context_settings={"ignore_unknown_options": name == "sql"})(found)
    return typer.main.get_group(alone).commands[name]


app = typer.Typer(
    cls=Commands,
    help="Hong Kong and mainland China, after the close: prices that were checked, kept for good, answerable in SQL.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Exit codes: 0 complete or market closed, 3 published but partial, 1 failed, 2 usage. "
    "Settings come from AFTERCLOSE_... variables or afterclose.toml in the home: `afterclose config` shows them.",
)


def run() -> None:
    """The command line as all that a process is for: it leaves without the interpreter's own end.

    That end takes as long as a question, and threads of fsspec and Prefect may hold it up.
    """
    atexit.register(leaving.leave)  # the first that is registered is the last to run
    _open_what_is_closed()
    _print_what_the_locale_lacks()
    main()


def _open_what_is_closed() -> None:
    """Lead standard streams that whoever started us has closed nowhere: the next file to be opened took their place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 (it stays open as long as the process)


def _print_what_the_locale_lacks() -> None:
    """Print a character that the encoding of standard output has not as its escape: Python ends there with a trace."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as it has standard error


def main() -> None:
    """Run the command line; an error of ours is one line and its exit code, the trace comes with --debug."""
    debug = "--debug" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    try:
        if problem := foreign():
            raise UsageError(problem)
        _refuse_stray_bytes(sys.argv)
        with in_one_line():
            if "_AFTERCLOSE_COMPLETE" not in os.environ:  # the shell shows what it is given while somebody types
                warn_of_dotenv()
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
    except RuntimeError as problem:
        if str(problem) != "Query interrupted":  # what DuckDB makes of Ctrl-C
            raise
        leaving.code = 130
        raise SystemExit(130) from None


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
