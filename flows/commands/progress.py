"""How far long work is, on standard error: a line of its own on a terminal, little or nothing elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Say on a terminal what is going on and for how long; nothing elsewhere."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as line:
        line.add_task(what, total=None)
        yield


@contextmanager
def counting(who: str, what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar with rate and the time that is left on a terminal, a line each time elsewhere."""
    console, began = Console(stderr=True), time.monotonic()
    columns = (
        TextColumn(who),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None, rate="")

        def show(done: int, of: int) -> None:
            rate = done / max(time.monotonic() - began, 1e-3)
            bar.update(task, completed=done, total=of, rate=f"{rate:.1f} a second")
            if not console.is_terminal:
                typer.echo(
                    f"{who}: {done} of {of} {what}, {rate:.1f} a second, {(of - done) / rate:.0f} s left", err=True
                )

        yield show
