"""What an agent's words mean: the day, the markets, the moment, the stock or the index that it asks for."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from duckdb import DuckDBPyConnection as Connection

from flows.agent.standing import MARKETS, Row, last_judged
from flows.named import day_of, index_named
from warehouse.errors import AftercloseError, UsageError
from warehouse.sql.database import ask


def day_meant(connection: Connection, now: datetime, day: str | None, markets: Sequence[str]) -> date:
    """The day that is meant: without one, the last that is final, judged or not, so that a stale one is never told."""
    if day is not None:
        return day_of(day)
    known = last_judged(connection, now)
    days: list[date] = [known[market]["last_final"] for market in markets if market in known]
    if not days:
        raise AftercloseError("no session is known: run `afterclose rebuild`")
    return max(days)


def markets_meant(market: str | None) -> tuple[str, ...]:
    """The markets that are meant: without one, both; raises `UsageError` for another."""
    if market is None or market.lower() == "all":
        return MARKETS
    if market.upper() not in MARKETS:
        raise UsageError(f"no market {market!r}: HK or CN")
    return (market.upper(),)


def moment_meant(text: str) -> datetime:
    """The moment that is meant, in UTC, which is taken where no zone is written; raises `UsageError` for none."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # of the first and the last day of all, UTC may have none
        raise UsageError(f"{text!r} is no moment: write it as 2022-05-17T20:00:00+08:00") from None


def stock_meant(connection: Connection, name: str) -> tuple[list[Row], str]:
    """The spells of a code, and the code as the warehouse writes it; raises `UsageError` with what may be meant."""
    code = name.strip().upper()
    if code.isdigit():
        code += ".HK" if len(code) < 6 else ".SS" if code.startswith("6") else ".SZ"
    if code.endswith(".HK"):
        code = f"{code.removesuffix('.HK').lstrip('0').zfill(4)}.HK"
    if spells := ask(connection, "agent_stock", symbol=code):
        return spells, code
    like = ask(connection, "agent_named", words=name.strip())
    if len(like) == 1:
        return ask(connection, "agent_stock", symbol=like[0]["symbol"]), str(like[0]["symbol"])
    meant = ", ".join(f"{row['symbol']} {row['name']}" for row in like)
    raise UsageError(
        f"no stock {name!r}: {f'one of {meant}?' if like else 'codes are like 0700.HK, 600519.SS, 000001.SZ'}"
    )


def symbol_meant(connection: Connection, name: str) -> tuple[str, str]:
    """The symbol and the market of a stock or an index."""
    try:
        symbol = index_named(connection, name)
    except UsageError:
        spells, code = stock_meant(connection, name)
        return code, str(spells[-1]["market"])
    (state,) = ask(connection, "agent_index_state", index=symbol, day=None)
    return symbol, str(state["market"])


def is_index(connection: Connection, symbol: str) -> bool:
    """Whether a symbol is that of an index that we keep."""
    return bool(ask(connection, "agent_index_state", index=symbol, day=None))
