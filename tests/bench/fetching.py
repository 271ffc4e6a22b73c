"""What a fetch costs beside a bare asynchronous client and `yfinance.download`: the same symbols of the same vendor."""

import asyncio
import time
from datetime import UTC, date, datetime
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import curl_cffi
import orjson

from tasks.fetch import ask_all
from tasks.sources.yahoo import CHART, Session, Yahoo
from warehouse.bars.answers import Request

IN_FLIGHT = 8
SINCE = 86400 * (date(2026, 8, 1) - date(1970, 1, 1)).days


def measured(action) -> dict[str, float]:
    """Seconds on the clock and of CPU, in this process."""
    before, start = getrusage(RUSAGE_SELF), time.perf_counter()
    action()
    wall, after = time.perf_counter() - start, getrusage(RUSAGE_SELF)
    return {"wall": wall, "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


def bare(url: str, symbols: list[str]) -> None:
    """An asynchronous client that reads the JSON and does nothing with it."""

    async def fetch() -> None:
        turns = asyncio.Semaphore(IN_FLIGHT)
        async with curl_cffi.AsyncSession(impersonate="chrome", max_clients=IN_FLIGHT) as session:

            async def one(symbol: str) -> None:
                async with turns:
                    params = {"interval": "1d", "period1": SINCE, "period2": int(time.time()) + 86400}
                    answer = await session.get(
                        CHART.replace("https://query2.finance.yahoo.com", url) + symbol, params=params
                    )
                    orjson.loads(answer.content)

            await asyncio.gather(*map(one, symbols))

    asyncio.run(fetch())


def ours(url: str, symbols: list[str], folder: Path) -> None:
    """The source as a night uses it, without its pace."""
    source = Yahoo(folder, url, 10_000, lambda: datetime.now(UTC))
    requests = [Request(symbol, date(2026, 8, 1)) for symbol in symbols]
    assert {answer.outcome for answer in ask_all(source, requests, IN_FLIGHT)} == {"ok"}


def download(url: str, symbols: list[str], folder: Path) -> None:
    """yfinance's own function for many symbols, by the same transport."""
    import yfinance

    yfinance.set_tz_cache_location(str(folder))
    frame = yfinance.download(
        symbols,
        start="2026-08-01",
        auto_adjust=False,
        actions=True,
        progress=False,
        session=Session(url),
        threads=IN_FLIGHT,
    )
    assert frame["Close"].notna().any().sum() == len(symbols)
