"""The commands that keep running: `serve`, `mcp`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flows.commands.configuring import warn_of_unknown
from warehouse.errors import UsageError
from warehouse.settings import load_settings


def serve() -> None:
    """The nightly schedules in this process, on one machine, with a Prefect server of its own beside it."""
    from flows.running.preparing import prepare_prefect

    warn_of_unknown()
    prepare_prefect(load_settings(), joins=False)
    from flows.running.serving import prefect_server, serve_planned

    with prefect_server():
        serve_planned()


def mcp() -> None:
    """The warehouse for an agent, over the Model Context Protocol on standard input and output; needs the extra mcp.

    Its tools: evening, verdict, movers, index, symbol, why, as_known_on, sql. Every answer begins with the verdict of
    the sessions that it used, and figures of a session that was not judged are refused. Rows of sources for own use,
    and figures that are made of them, are left out unless AFTERCLOSE_SHARE names the sources: an agent's provider sees
    all that it is told.
    """
    try:
        from flows.agent.server import make_server
    except ModuleNotFoundError as problem:
        if problem.name != "mcp":
            raise
        raise UsageError("this needs the extra mcp: in the checkout, pip install '.[mcp]'") from None
    from flows.commands.options import asking
    from warehouse.shareable import may_be_shared, withhold

    @contextmanager
    def telling() -> Iterator[Any]:
        with asking() as connection:
            withhold(connection, may_be_shared(load_settings()))
            yield connection

    make_server(telling, lambda: load_settings().clock()).run("stdio")
