"""What a run tells Prefect: artifacts for people, an event a published session, and who is told when it goes wrong."""

import logging
from collections.abc import Callable, Sequence
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

from prefect import get_run_logger
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.events import emit_event

from tasks.digest import send_digest
from tasks.plan import Window
from warehouse.errors import AftercloseError
from warehouse.plain import plain_error
from warehouse.settings import load_settings
from warehouse.sql.database import ask, open_read_only

Given = ParamSpec("Given")


def in_passing(tell: Callable[Given, None]) -> Callable[Given, None]:
    """A night that is stored and published does not fail because Prefect could not be told."""

    @wraps(tell)
    def told(*args: Given.args, **kwargs: Given.kwargs) -> None:
        try:
            tell(*args, **kwargs)
        except Exception as problem:
            get_run_logger().warning("Prefect could not be told: %s: %s", type(problem).__name__, problem)

    return told


@in_passing
def show_evening(database: Path, window: Window, pages: Sequence[Path]) -> None:
    """Artifacts of the window's last day: the wrap, the movers, the last verdicts, the rows that are held."""
    market, key = window.market.code, window.market.code.lower()
    with open_read_only(database) as connection:
        wrap = ask(connection, "wrap", first=window.last, last=window.last, market=market, index=None)
        verdicts = ask(connection, "verdicts", market=market, first=None, last=window.last)[-10:]
        movers = ask(connection, "movers", market=market, day=window.last)
        held = ask(connection, "held", market=market)
        for row in ask(connection, "left_out"):
            get_run_logger().warning("left out of the database: %s", row["reason"])
    state = verdicts[-1]["state"] if verdicts else "pending"
    lines = [f"# {market} {window.last}: {state}", *(f"- {row['headline']}" for row in wrap)]
    lines += [
        f"\nThe page: [{page.name}]({page.absolute().as_uri()})" for page in pages if page.stem == str(window.last)
    ]
    create_markdown_artifact("\n".join(lines), key=f"wrap-{key}", description=f"The market wrap, {window.last}")
    tables = {"movers": movers, "verdicts": verdicts, "held": held}
    for name, rows in tables.items():
        texts = [{column: str(value) for column, value in row.items()} for row in rows]
        create_table_artifact(texts, key=f"{name}-{key}", description=f"{market} {name}, {window.last}")


@in_passing
def announce(database: Path, judged: Sequence[tuple[str, date]], run_id: str) -> None:
    """One event `afterclose.session.published` for each session (market, day) whose verdict is new or has changed."""
    if not judged:
        return
    days = [day for _, day in judged]
    with open_read_only(database) as connection:
        verdicts = ask(connection, "verdicts", market=None, first=min(days), last=max(days))
    for row in verdicts:
        market = row["market"]
        if (market, row["trade_date"]) in judged:
            resource = {
                "prefect.resource.id": f"afterclose.session.{market.lower()}.{row['trade_date']}",
                "prefect.resource.name": f"{market} {row['trade_date']}",
                "afterclose.market": market,
                "afterclose.trade-date": str(row["trade_date"]),
                "afterclose.state": row["state"],
            }
            payload = {name: str(value) if name == "trade_date" else value for name, value in row.items()}
            emit_event("afterclose.session.published", resource, payload=payload | {"run_id": run_id})


class Progress:
    """A bar in Prefect's page for something long, by the key of its artifact."""

    def __init__(self, key: str) -> None:
        """`key` has lower-case letters, digits and dashes."""
        self._key = key
        self._artifact: Any = None

    @in_passing
    def show(self, done: int, of: int) -> None:
        """So many of so many."""
        percent = 100.0 * done / of
        if self._artifact is None:
            self._artifact = create_progress_artifact(percent, key=self._key)
        else:
            update_progress_artifact(self._artifact, percent)


def tell_channels() -> None:
    """Send what is due of all evenings; what keeps it from that is a line and fails no run."""
    log = get_run_logger().log
    try:
        send_digest(load_settings(), log)
    except AftercloseError as problem:
        log(logging.WARNING, f"digest: {plain_error(str(problem))}")


def when_it_matters(flow: Any, flow_run: Any, state: Any) -> None:
    """A hook: send one message through the block that `AFTERCLOSE_NOTIFY_BLOCK` names, unless all is well.

    Prefect logs it when the message cannot be sent; the run has ended by then and stays as it is.
    """
    settings = load_settings()
    if settings.notify_block is None or state.name in ("Complete", "Closed"):
        return
    # Imported for its effect: a block of a kind that was never imported cannot be loaded by name.
    import prefect.blocks.notifications  # noqa: F401 (as said above)
    from prefect.blocks.core import Block

    block: Any = Block.load(settings.notify_block)
    block.notify(f"{flow_run.name}: {state.name}\n{state.message}", subject=f"Afterclose: {flow_run.name} {state.name}")
