"""The tools over the Model Context Protocol. A connection is opened for each call: the file may have been swapped."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from importlib.metadata import version
from threading import Lock
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import MCPServerError, ResourceError, ToolError

from flows.agent import query, tools
from flows.agent.dictionary import view_page, views_page
from warehouse.errors import AftercloseError

INSTRUCTIONS = """\
Hong Kong and mainland China after the close: daily index and member prices, checked. Every answer begins with VERDICT
lines: say what they say before you say a figure. QUALIFIED lines belong to the figures and are to be told with them.
REFUSED means that there is no figure to tell: say why, never fill it from elsewhere. Returns are fractions (0.0578 is
5.78%). Dates are local trade dates; without a date the last session that is final is meant, judged or not."""


def make_server(connect: Callable[[], AbstractContextManager[Any]], clock: Callable[[], datetime]) -> MCPServer:
    """A server with the tools and the dictionary; `connect` opens the warehouse, `clock` tells the moment in UTC."""

    one_at_a_time = Lock()  # connections of one process share the memory, and the locked settings, of a file

    @contextmanager
    def asked(error: type[MCPServerError] = ToolError) -> Iterator[Any]:
        """What is refused is said to the agent; of any other error it learns that there was one."""
        try:
            with one_at_a_time, connect() as connection:
                yield connection
        except AftercloseError as problem:
            raise error(str(problem)) from None

    server = MCPServer("afterclose", instructions=INSTRUCTIONS, version=version("afterclose"))

    @server.tool(structured_output=False)
    def evening(date: str | None = None) -> str:
        """Both markets of a date: verdicts, and each index with its sentence. Begin with this one."""
        with asked() as connection:
            return tools.evening(connection, clock(), date)

    @server.tool(structured_output=False)
    def verdict(date: str | None = None, market: str | None = None) -> str:
        """Whether the numbers of a session can be trusted: market (HK, CN) and each followed index, with reasons."""
        with asked() as connection:
            return tools.verdict(connection, clock(), date, market)

    @server.tool(structured_output=False)
    def movers(index: str, date: str | None = None, count: int = 5) -> str:
        """The best and worst members of an index (HSI, HSTECH, CSI300) on a day, by one-day return."""
        with asked() as connection:
            return tools.movers(connection, clock(), index, date, count)

    @server.tool(structured_output=False)
    def index(index: str, date: str | None = None) -> str:
        """Level, returns over every horizon, ranks and comparisons of an index on a day, and its sentence."""
        with asked() as connection:
            return tools.index(connection, clock(), index, date)

    @server.tool(structured_output=False)
    def symbol(symbol: str, date: str | None = None, bars: int = 1) -> str:
        """The bar of a stock (0700.HK, 600519.SS, or its name) on a day, as traded, or its last `bars` up to it."""
        with asked() as connection:
            return tools.stock(connection, clock(), symbol, date, bars)

    @server.tool(structured_output=False)
    def why(symbol: str, date: str) -> str:
        """Why a price is what it is, or is not there: held, missing, released, restated, split, dividend."""
        with asked() as connection:
            return tools.why(connection, clock(), symbol, date)

    @server.tool(structured_output=False)
    def as_known_on(symbol: str, date: str, moment: str) -> str:
        """What was held to be true of a bar at a moment (2022-05-17T20:00:00+08:00; UTC without a zone), and is now."""
        with asked() as connection:
            return tools.as_known_on(connection, clock(), symbol, date, moment)

    @server.tool(structured_output=False)
    def sql(query: str) -> str:
        """Any query in DuckDB's SQL, read-only: up to 500 rows, 20 s. Select trade_date, so that verdicts can be told.

        The resource afterclose://dictionary lists the views, afterclose://dictionary/NAME the columns of one.
        """
        with asked() as connection:
            return _sql(connection, clock(), query)

    @server.resource("afterclose://dictionary", mime_type="text/plain")
    def dictionary() -> str:
        """Every view and macro in a line."""
        with asked(ResourceError) as connection:
            return views_page(connection)

    @server.resource("afterclose://dictionary/{view}", mime_type="text/plain")
    def columns(view: str) -> str:
        """The columns of a view: name, type, meaning."""
        with asked(ResourceError) as connection:
            return view_page(connection, view)

    return server


_sql = query.sql  # in the tool its argument has the name of the module
