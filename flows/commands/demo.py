"""The demonstration: a week of the simulated market, command by command, as a person would live it."""

import os
import shlex
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import typer

from warehouse.errors import AftercloseError
from warehouse.settings import Settings


@dataclass(frozen=True)
class Scene:
    """One command at one moment (Hong Kong time), why it is given, and the exit code that it must have."""

    story: str
    clock: str
    command: str
    exit_code: int = 0


SCENES = (
    Scene(
        "Four weeks of history. A split on 13 May does not show: prices are kept as traded.",
        "2026-05-19T18:30",
        "backfill --from 2026-04-20 --to 2026-05-19",
    ),
    Scene(
        "An evening on which the vendor shows one price 100 times too high, and one stock really lost half.",
        "2026-05-20T18:30",
        "nightly",
        exit_code=3,
    ),
    Scene("Both bars are held back, with the rule that they broke.", "2026-05-20T18:40", "quarantine list"),
    Scene(
        "The fall was real: somebody looked it up, and says so.",
        "2026-05-20T18:50",
        "quarantine release --date 2026-05-20 --rule step_without_event "
        "--note 'profit warning, no split announced' --by demo",
    ),
    Scene(
        "The next night heals by itself: the slip is mended, and a close of the 19th has been corrected.",
        "2026-05-21T18:30",
        "nightly",
    ),
    Scene(
        "What was corrected after we had published it. The old value is kept.",
        "2026-05-21T18:40",
        "sql \"select symbol, trade_date, field, old_value, new_value from restatements where field = 'close'\"",
    ),
    Scene(
        "On Friday half of Hong Kong does not answer.",
        "2026-05-22T18:30",
        "nightly",
        exit_code=3,
    ),
    Scene("The morning after, it does.", "2026-05-23T08:00", "nightly"),
    Scene("The evening in words.", "2026-05-23T08:05", "wrap 2026-05-22"),
    Scene("What is complete, and what ran.", "2026-05-23T08:05", "status"),
    Scene("The page to look at.", "2026-05-23T08:05", "report 2026-05-22"),
    Scene(
        "And anything else, in SQL.",
        "2026-05-23T08:05",
        'sql "select side, rank, symbol, name, round(100 * return_1d, 2) as pct from top_movers '
        "where index_symbol = 'HSTECH.HK' and trade_date = '2026-05-22' and rank <= 3 order by side, rank\"",
    ),
)


ASK = (
    "select index_code, trade_date, close, round(100 * return_1d, 2) as pct from index_returns where index_code = 'HSI'"
)


def run_demo(settings: Settings, run: Callable[[list[str]], int]) -> None:
    """Play the scenes in `demo` under the home folder, which is emptied first; `run` takes a command's arguments.

    Raises `AftercloseError` when a command does not end as scripted.
    """
    home = settings.home.expanduser() / "demo"
    shutil.rmtree(home, ignore_errors=True)
    os.environ |= {
        "AFTERCLOSE_HOME": str(home),
        "AFTERCLOSE_LAKE": str(home / "lake"),  # whatever `.env` says
        "AFTERCLOSE_SOURCE": "simulated",
        "AFTERCLOSE_DIGEST_URLS": "",  # nobody is told of invented prices
        "PREFECT_LOGGING_LEVEL": "WARNING",
    }
    typer.secho("Afterclose on the SIMULATED market: every price below is invented.", bold=True)
    typer.echo(f"Files go to {home}")
    for scene in SCENES:
        os.environ["AFTERCLOSE_NOW"] = f"{scene.clock}:00+08:00"
        typer.secho(f"\n{scene.clock.replace('T', ' ')}  {scene.story}", bold=True)
        typer.secho(f"$ afterclose {scene.command}", dim=True)
        exit_code = run(shlex.split(scene.command))
        if exit_code != scene.exit_code:
            raise AftercloseError(f"the demo did not go as scripted: `{scene.command}` ended with {exit_code}")
    own = f"AFTERCLOSE_HOME={shlex.quote(str(home))} {_command()}"
    typer.echo("\nAsk it yourself:")
    typer.echo(f"  {own} sql {shlex.quote(ASK)}")
    typer.echo(f"  {own} wrap 2026-05-20 --lang zh")
    typer.echo(f"  {own} digest 2026-05-22 --dry-run")
    typer.echo("Without that AFTERCLOSE_HOME a command takes your own home, which the demonstration has left alone.")


def _command() -> str:
    """What starts this very command again from any folder, as a shell takes it."""
    if sys.argv[0].endswith(".py"):
        return f"{shlex.quote(sys.executable)} -m flows.cli"
    here, found = Path(sys.argv[0]).absolute(), shutil.which("afterclose")
    return "afterclose" if found and Path(found).absolute() == here else shlex.quote(str(here))
