"""`afterclose schedule`: the evenings and the sweep, run by systemd or cron of this user."""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

import typer

from warehouse.errors import UsageError
from warehouse.plain import plain
from warehouse.settings import PREFIX, load_settings, settings_file

app = typer.Typer(
    help="All scheduled runs (evenings, official ones, the morning sweep) by this user's systemd, or cron without one.",
    no_args_is_help=True,
)
PASSING = ("archive-v0", "builds-v0", ".cache", "Caches")  # folders of programs that are fetched for one run


@app.command()
def install() -> None:
    """Have this user's systemd, or cron, run Afterclose every evening; again after an upgrade or a move."""
    from flows.schedules import PLANNED
    from flows.system import schedulers
    from flows.system.texts import cron_block, units

    home = load_settings().home.expanduser().absolute()
    program = _program()
    for path in map(str, (home, program)):
        # Some crons take a backslash for two, and the line of a unit loses blanks at its end.
        if path != plain(path, None) or path != path.rstrip() or "\\" in path:
            raise UsageError(f"a backslash, line break or blank at the end of a path fits into no schedule: {path!r}")
    is_systemd = schedulers.has_systemd()
    if is_systemd and {"'", '"'} & set(str(program)):
        raise UsageError(
            f"systemd starts no program with a quotation mark in its path: install elsewhere than {program}"
        )
    if not is_systemd and not schedulers.has_cron():
        raise UsageError(
            "neither systemd for this user nor cron is here: `afterclose serve` keeps the schedules itself"
        )
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    _remove()
    if is_systemd:
        texts = {name: text for planned in PLANNED for name, text in units(planned, program, home).items()}
        schedulers.install_units(texts)
    else:
        schedulers.write_cron(cron_block(PLANNED, program, home, _largest_offset()))
    show()
    _say_what_is_left_behind()
    if is_systemd and not schedulers.lingers():
        typer.echo("It runs while you are logged in. To have it run always: loginctl enable-linger")


@app.command()
def remove() -> None:
    """Take away what `install` has put there, and nothing else."""
    removed = _remove()
    for each in removed:
        typer.echo(f"removed {each}")
    if not removed:
        typer.echo("nothing was there")


@app.command()
def show() -> None:
    """What is installed, and when it runs next."""
    lines = installed()
    typer.echo("\n".join(lines) if lines else "nothing is scheduled for this user: `afterclose schedule install`")


def installed() -> list[str]:
    """What this user's systemd or cron has of ours, a line each; nothing where there is nothing."""
    from flows.system import schedulers

    files, lines = schedulers.our_units(), schedulers.cron_lines()
    found = [f"systemd: {path}" for path in files if path.suffix == ".timer"] + [f"cron: {line}" for line in lines]
    if files and schedulers.has_systemd():
        found += schedulers.next_runs().splitlines()
    elif files:
        found.append("systemd does not run for this user now: they wait")
    return found


def _remove() -> list[str]:
    from flows.system import schedulers

    removed = [str(path) for path in schedulers.remove_units()]
    if lines := schedulers.cron_lines():
        schedulers.write_cron([])
        removed += lines
    return removed


def _program() -> Path:
    """The command of this installation; raises `UsageError` for one that will not be there tomorrow."""
    program = Path(sys.executable).with_name("afterclose")
    if any(part in PASSING for part in program.parts):
        raise UsageError(
            f"{program} lies in a cache, as uvx keeps it: `uv tool install` or `pipx install` it, and schedule that one"
        )
    if not program.exists():
        raise UsageError(f"there is no {program}: install Afterclose, and run this with its own command")
    return program


def _largest_offset() -> timedelta:
    """The largest distance of this machine's clock from UTC in this year."""
    year = datetime.now().year
    offsets = [datetime(year, month, 1).astimezone().utcoffset() for month in range(1, 13)]
    return max(offset for offset in offsets if offset is not None)


def _say_what_is_left_behind() -> None:
    """A scheduled run starts with a bare environment, in the home."""
    from warehouse.settings import names_in_dotenv

    here = {name.upper() for name in os.environ if name.upper().startswith((PREFIX, "PREFECT_"))}
    here |= {name.upper() for name in names_in_dotenv()}
    if left := sorted(here - {f"{PREFIX}HOME", f"{PREFIX}NOW"}):
        typer.echo(f"afterclose: set here only, so that no scheduled run sees it: {', '.join(left)}", err=True)
        typer.echo(f"afterclose: settings of ours that it shall see go into {settings_file()}", err=True)
