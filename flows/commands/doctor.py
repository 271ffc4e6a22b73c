"""`afterclose doctor`: is all well? A line a finding."""

import os
from collections.abc import Iterator
from dataclasses import asdict

import typer

from flows.commands.options import JsonOption, print_json
from warehouse.plain import plain, without_password
from warehouse.settings import Settings, load_settings, names_in_dotenv, settings_file

COLOURS = {"ok": "green", "note": "yellow", "wrong": "red"}


def doctor(as_json: JsonOption = False) -> None:
    """Is all well? Looks at what a night needs, one line each, changes nothing, and ends 1 if anything is wrong.

    Packages and settings, home and disk, vendors and the clock, lock, lake, database and replica, your own corrections,
    what is overdue and what is next, Prefect, and the schedule. It asks each vendor for one page, and the replica
    where it is.
    """
    from rich.markup import escape

    from flows.commands.screens import make_console
    from tasks.health import CHECKS, findings

    console = make_console()
    checks = {"settings": _settings} | CHECKS | {"prefect": _prefect, "schedule": _schedule}
    found = []
    for finding in findings(load_settings(), checks):
        found.append(asdict(finding))
        if not as_json:
            state = f"[{COLOURS[finding.state]}]{finding.state:<6}[/]"
            console.print(f"{state} {finding.check:<12} {escape(plain(finding.text, None))}")
    if as_json:
        print_json(found)
    if any(row["state"] == "wrong" for row in found):
        raise typer.Exit(1)


def _settings(settings: Settings) -> Iterator[tuple[str, str]]:
    from flows.commands.configuring import unknown

    path = settings_file()
    yield "ok", f"{path} is read" if path.exists() else f"without {path}"
    if names := names_in_dotenv():
        yield "note", f".env in this folder sets {', '.join(name.upper() for name in names)}"
    for line in unknown():
        yield "note", line


def _prefect(settings: Settings) -> Iterator[tuple[str, str]]:
    from flows.running.preparing import answers

    if url := os.environ.get("PREFECT_API_URL"):
        words = f"PREFECT_API_URL={without_password(url)}"
        yield ("ok", f"{words} answers") if answers(url) else ("wrong", f"nobody answers at {words}")
    else:
        yield "ok", f"its own files, in {os.environ.get('PREFECT_HOME') or settings.home.expanduser() / 'prefect'}"


def _schedule(settings: Settings) -> Iterator[tuple[str, str]]:
    from flows.commands.scheduling import installed
    from flows.running.preparing import answers

    port = os.environ.get("PREFECT_SERVER_API_PORT", "4200")
    lines = installed()
    for line in lines:
        yield "ok", line
    if answers(f"http://127.0.0.1:{port}/api"):
        yield "ok", f"a Prefect server answers on port {port}, as that of `afterclose serve` does"
    elif not lines:
        yield "note", "nothing of this user's runs by itself: `afterclose schedule install`"
