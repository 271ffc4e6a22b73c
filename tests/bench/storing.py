"""A bare client that writes the same Parquet as a backfill: it fetches, decodes and writes, and checks nothing."""

import asyncio
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import curl_cffi
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.plan import LEAD
from tests.bench.fetching import IN_FLIGHT, measured
from tests.shipped import CN, HK
from warehouse.lake.schema import STOCKS

EPOCH = date(1970, 1, 1)


def bare_client(url: str, first: date, folder: Path) -> dict[str, float]:
    """Its cost for both markets, and its rows."""
    counts: list[int] = []
    cost = measured(lambda: counts.extend(_fill(url, market, first, folder / market.code) for market in (HK, CN)))
    return cost | {"rows": float(sum(counts))}


def _fill(url: str, market: Any, first: date, folder: Path) -> int:
    since = (first - timedelta(days=2 * LEAD) - EPOCH).days * 86400
    symbols = sorted({spell.symbol for spell in market.spells if spell.valid_to is None or spell.valid_to > first})

    async def fetch() -> list[pa.Table]:
        turns = asyncio.Semaphore(IN_FLIGHT)
        async with curl_cffi.AsyncSession(max_clients=IN_FLIGHT) as session:

            async def one(symbol: str) -> pa.Table:
                async with turns:
                    address = f"{url}/v8/finance/chart/{symbol}?interval=1d&period1={since}&period2={int(time.time())}"
                    return _table(symbol, orjson.loads((await session.get(address)).content))

            return await asyncio.gather(*map(one, symbols))

    bars = pa.concat_tables(asyncio.run(fetch())).sort_by([("trade_date", "ascending"), ("symbol", "ascending")])
    years = pc.year(bars["trade_date"])
    for year in pc.unique(years).to_pylist():
        place = folder / f"year={year}"
        place.mkdir(parents=True)
        pq.write_table(bars.filter(pc.equal(years, year)), place / "prices.parquet", compression="zstd")
    return len(bars)


def _table(symbol: str, answer: Any) -> pa.Table:
    result = answer["chart"]["result"][0]
    quote, stamps = result["indicators"]["quote"][0], np.array(result["timestamp"], dtype="int64")
    now = datetime.now().astimezone()
    constants = {
        "symbol": symbol,
        "currency": result["meta"]["currency"],
        "split_factor": 1.0,
        "trading_state": "traded",
        "basis": "history",
        "source": "yahoo",
        "asked_at": now,
        "known_from": now,
        "run_id": "bare",
    }
    columns = {**quote, "trade_date": ((stamps + 28800) // 86400).astype("datetime64[D]")}
    arrays = [
        pa.array(columns[each.name], each.type)
        if each.name in columns
        else pa.repeat(pa.scalar(constants.get(each.name), each.type), len(stamps))
        for each in STOCKS.schema
    ]
    return pa.Table.from_arrays(arrays, schema=STOCKS.schema)
