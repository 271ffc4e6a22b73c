"""The tool `sql`: any query, read-only and within bounds, with the verdicts of the sessions that it shows."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeVar

import duckdb

from flows.agent.standing import MARKETS, MOST, answer, last_judged, left_out, sessions
from flows.rows import apart, in_text
from warehouse.errors import UsageError
from warehouse.facts.universe import market_by_form
from warehouse.shareable import refuse_hidden, withheld
from warehouse.sql.bounds import bounded, restrict
from warehouse.sql.database import ask

ROWS = 500
SECONDS = 20.0
MOST_DAYS = 400  # sessions whose verdicts are looked up; a result of ROWS rows has no more days than that
Cell = TypeVar("Cell")


def sql(connection: duckdb.DuckDBPyConnection, now: datetime, query: str) -> str:
    """The first rows of a query, with the verdicts of its `trade_date`s.

    Without such a column nobody can tell which sessions went into it: then the verdicts of the last sessions are told,
    marked so. Raises `UsageError` for what is no query or could see what may not be passed on, and `AftercloseError`
    for what takes too long or too much.
    """
    own = withheld(connection, MARKETS)
    if own:
        refuse_hidden(connection, query)
    restrict(connection)
    with bounded(connection, SECONDS):
        try:
            relation = connection.sql(query)
            if relation is None:
                raise UsageError("that is no query: this tool reads, it does not write")
            names = list(relation.columns)
            rows = in_text(relation).limit(ROWS + 1).fetchall()
        except (duckdb.InterruptException, duckdb.OutOfMemoryException):
            raise
        except duckdb.Error as problem:
            raise UsageError(str(problem).strip()) from None
    qualified = [f"only the first {ROWS} rows are shown: there are more"] if len(rows) > ROWS else []
    qualified += left_out(own)
    rows = rows[:ROWS]
    shown = apart(names)
    found = [dict(zip(shown, row, strict=True)) for row in rows]
    days, markets = _days(names, rows), _markets(names, rows)
    if days:
        told = sessions(connection, days, markets or MARKETS, now)
        if not markets:  # what one of them has no bars of cannot be what was asked about, where the other has
            told = [row for row in told if row["sources"]] or told
            markets = sorted({row["market"] for row in told})
        return answer(told, found, [*qualified, *_left_out(connection, days, markets)])
    known = last_judged(connection, now)
    last = [row["last_final"] for row in known.values()]
    incomplete = ", ".join(f"{row['incomplete']} of {market}" for market, row in known.items())
    lead = [f"sessions not determined: the rows name no trade_date; sessions that are not complete: {incomplete}"]
    return answer(sessions(connection, last, MARKETS, now), found, [*lead, *qualified])


def _left_out(connection: duckdb.DuckDBPyConnection, days: Sequence[date], markets: Sequence[str]) -> list[str]:
    """Sessions in the midst of the days that have no row, where that may be why: they are not complete."""
    between = ask(connection, "verdicts", market=None, first=days[0], last=days[-1])
    gaps = [
        f"{row['market']} {row['trade_date']} {row['state']}"
        for row in between
        if row["market"] in markets and row["trade_date"] not in days and row["state"] in ("partial", "pending")
    ]
    if not gaps:
        return []
    more = f" and {len(gaps) - MOST} more" if len(gaps) > MOST else ""
    told = ", ".join(gaps[:MOST])
    return [f"sessions between these that the rows leave out and that are not complete: {told}{more}"]


def _days(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[date]:
    found = _cells(names, rows, date, "trade_date")
    return sorted(day for day in found if not isinstance(day, datetime))[:MOST_DAYS]


def _markets(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[str]:
    """The markets that the rows name, by a market or the symbol of a stock or an index; none where they name none."""
    symbols = _cells(names, rows, str, "symbol", "index_symbol")
    named = _cells(names, rows, str, "market") | set(map(market_by_form, symbols))
    return [market for market in MARKETS if market in named]


def _cells(names: Sequence[str], rows: Sequence[tuple[Any, ...]], kind: type[Cell], *wanted: str) -> set[Cell]:
    """What of that kind stands in every column of such a name, in whatever letters: a query may name one twice."""
    places = [place for place, name in enumerate(names) if name.lower() in wanted]
    return {row[place] for row in rows for place in places if isinstance(row[place], kind)}
