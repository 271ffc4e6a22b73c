"""A look-alike of Yahoo's chart API in a process of its own: years of invented bars, so many milliseconds away.

`python -m tests.bench.vendor PORT MILLISECONDS` serves until it is killed; `vendor` starts one and stops it. It counts
what it is asked: `/asked` gives the number of chart requests a symbol.
"""

import asyncio
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import lru_cache
from urllib.parse import parse_qs, unquote, urlsplit
from zlib import crc32

import numpy as np
import orjson

from tests.shipped import CN, FACTS, HK

ZONES = {"HK": "Asia/Hong_Kong", "CN": "Asia/Shanghai"}
OPENS = 9 * 3600 + 1800 - 8 * 3600  # seconds after midnight UTC
TODAY = date(2026, 11, 20)  # the vendor's, whatever day it is here, and the night that is measured: a session of both
LISTED_BEFORE = timedelta(days=400)  # it becomes a member


@lru_cache(maxsize=4)
def _days(market: str) -> tuple[np.ndarray, np.ndarray]:
    """Trade dates as days since 1970, and the move of the whole market on each."""
    dates = np.array(FACTS.market(market).sessions.dates, dtype="datetime64[D]").astype("int64")
    return dates, 0.009 * np.random.default_rng(crc32(market.encode())).standard_normal(len(dates))


@lru_cache(maxsize=2000)
def _bars(symbol: str) -> tuple[str, np.ndarray, dict[str, np.ndarray]]:
    market = "HK" if symbol in HK.symbols else "CN"
    facts = HK if market == "HK" else CN
    days, common = _days(market)
    is_index = symbol in facts.index_symbols
    since = min((spell.valid_from for spell in facts.spells if spell.symbol == symbol), default=date(2004, 1, 1))
    start = 0 if is_index else np.searchsorted(days, np.datetime64(since - LISTED_BEFORE).astype("int64"))
    noise = np.random.default_rng(crc32(symbol.encode())).standard_normal((4, len(days)))
    moves = np.clip(common + (0.003 if is_index else 0.014) * noise[0], -0.045, 0.045)
    level = np.cumsum(moves) - 0.02 * np.cumsum(moves) if is_index else np.cumsum(moves - moves.mean())
    close = np.round((3000 if is_index else 5 + crc32(symbol.encode()) % 200) * np.exp(level), 2) + 1
    before = np.concatenate([close[:1], close[:-1]])
    opened = np.round(before * np.exp(0.002 * np.clip(noise[1], -2, 2)), 2)
    high = np.round(np.maximum(opened, close) * (1 + 0.001 * np.abs(np.clip(noise[2], -2, 2))), 2)
    low = np.round(np.minimum(opened, close) * (1 - 0.001 * np.abs(np.clip(noise[3], -2, 2))), 2)
    volume = np.round(1e7 * np.exp(0.4 * noise[2]), -2)
    columns = {"open": opened, "high": high, "low": low, "close": close, "volume": volume}
    return market, days[start:], {name: values[start:] for name, values in columns.items()}


def chart(symbol: str, first: int, last: int) -> bytes:
    """The answer of the chart API for the days from `first` to `last`, both days since 1970."""
    market, days, columns = _bars(symbol)
    here = slice(np.searchsorted(days, first), np.searchsorted(days, last, side="right"))
    stamps = days[here] * 86400 + OPENS
    quote = {name: values[here].tolist() for name, values in columns.items()}
    quote["volume"] = [int(volume) for volume in quote["volume"]]
    meta = {
        "currency": "HKD" if market == "HK" else "CNY",
        "symbol": symbol,
        "gmtoffset": 28800,
        "exchangeTimezoneName": ZONES[market],
        "timezone": "HKT",
        "exchangeName": "HKG",
        "instrumentType": "EQUITY",
        "longName": f"Invented {symbol}",
        "priceHint": 2,
        "regularMarketPrice": quote["close"][-1] if quote["close"] else None,
        "regularMarketTime": int(stamps[-1]) + 7 * 3600 if len(stamps) else None,
        "firstTradeDate": int(days[0]) * 86400 + OPENS,
        "dataGranularity": "1d",
        "range": "",
        "validRanges": ["1d", "5d", "max"],
    }
    result = {"meta": meta, "timestamp": stamps.tolist()}
    result["indicators"] = {"quote": [quote], "adjclose": [{"adjclose": quote["close"]}]}
    return orjson.dumps({"chart": {"result": [result], "error": None}})


class Server:
    """Answers so many seconds after it was asked."""

    def __init__(self, latency: float) -> None:
        """`latency` in seconds."""
        self.latency = latency
        self.asked: Counter[str] = Counter()
        self.ready: dict[tuple[str, int], bytes] = {}

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept alive."""
        try:
            while line := await reader.readline():
                while (await reader.readline()).strip():
                    pass
                body, kind = await self.answer(urlsplit(line.split()[1].decode()))
                head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def answer(self, url) -> tuple[bytes, str]:
        """The body for an address, and its type."""
        if url.path == "/asked":
            return orjson.dumps(self.asked), "application/json"
        if url.path == "/forget":
            self.asked.clear()
            return b"", "text/plain"
        await asyncio.sleep(self.latency)
        if not url.path.startswith("/v8/finance/chart/"):
            return b"crumb", "text/plain"
        symbol = unquote(url.path.rsplit("/", 1)[-1])
        self.asked[symbol] += 1
        query = parse_qs(url.query)
        last = TODAY.toordinal() - date(1970, 1, 1).toordinal()
        first = int(query["period1"][0]) // 86400 if "period1" in query else last - 7
        if (symbol, first) not in self.ready:
            if len(self.ready) > 2000:
                self.ready.clear()
            self.ready[symbol, first] = chart(symbol, first, last)
        return self.ready[symbol, first], "application/json"


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def vendor(latency: float) -> Iterator[str]:
    """Its base URL; `latency` in seconds."""
    port = _free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.vendor", str(port), str(1000 * latency)])
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{url}/asked").read()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def asked(url: str) -> dict[str, int]:
    """How often each symbol was asked for since the last time; forgets it."""
    counts: dict[str, int] = orjson.loads(urllib.request.urlopen(f"{url}/asked").read())
    urllib.request.urlopen(f"{url}/forget").read()
    return counts


async def _serve(port: int, latency: float) -> None:
    server = await asyncio.start_server(Server(latency).talk, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2]) / 1000))
