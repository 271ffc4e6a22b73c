"""`afterclose backfill --official`: what exchanges printed, without Prefect, with progress on whatever it writes to."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING
from uuid import uuid4

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from warehouse.errors import UsageError
from warehouse.settings import load_settings, names_in

if TYPE_CHECKING:
    from collections.abc import Callable


def ask_official(markets: list[str], first: date | None, last: date | None) -> int:
    """Ask for the evenings of the markets, or without days for those that a night owes; the exit code."""
    from tasks.official import backfill_official, take_official
    from tasks.sources.registry import make_official, refuse_unknown
    from warehouse.facts.market import Facts

    settings = load_settings()
    refuse_unknown(settings)
    if not names_in(settings.official_sources):
        raise UsageError("no official source is named: set AFTERCLOSE_OFFICIAL_SOURCES, see docs/sources.md")
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    facts, failures = Facts.load(settings.reference_path, settings.universe_path), 0
    for code in markets:
        market = facts.market(code)
        if not make_official(settings, market):
            typer.echo(f"{code}: no official source of it is named")
            continue
        run_id = uuid4().hex[:12]
        if first is None:
            passed = take_official(settings, facts, code, run_id)
        else:
            final = market.sessions.last_final(settings.clock(), settings.settle)
            with _progress(code) as show:
                passed = backfill_official(
                    settings, facts, code, first, min(last or final, final), run_id, progress=show
                )
        typer.echo(
            f"{code}: official evenings that came: {passed.evenings}, questions that failed: {len(passed.failed)}"
        )
        failures += len(passed.failed)
    return 3 if failures else 0


@contextmanager
def _progress(code: str) -> "Iterator[Callable[[int, int], None]]":
    """A bar with rate and the time that is left on a terminal, a line now and then elsewhere."""
    console, began = Console(stderr=True), time.monotonic()
    columns = (
        TextColumn(code),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("evenings", total=None, rate="")

        def show(done: int, of: int) -> None:
            rate = done / max(time.monotonic() - began, 1e-3)
            bar.update(task, completed=done, total=of, rate=f"{rate:.1f} a second")
            if not console.is_terminal:
                typer.echo(
                    f"{code}: {done} of {of} evenings, {rate:.1f} a second, {(of - done) / rate:.0f} s left", err=True
                )

        yield show
