"""The commands that keep running: `serve`, `mcp`."""

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
    the sessions that it used, and figures of a session that was not judged are refused.
    """
    try:
        from flows.agent.server import make_server
    except ModuleNotFoundError as problem:
        if problem.name != "mcp":
            raise
        raise UsageError("this needs the extra mcp: in the checkout, pip install '.[mcp]'") from None
    from flows.commands.options import asking

    make_server(asking, lambda: load_settings().clock()).run("stdio")
