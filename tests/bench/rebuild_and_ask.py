"""How long a rebuild of 20 years takes, and what asking costs: ratios within this run, on invented prices.

`make bench` runs it. It prints seconds for orientation; only the ratios mean anything on another machine.
"""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.shipped import CN, FACTS
from warehouse.lake.lake import Lake
from warehouse.lake.schema import INDICES, RUNS, STOCKS
from warehouse.sql.build import build
from warehouse.sql.database import open_read_only

FIRST, LAST = date(2008, 1, 2), date(2026, 6, 30)
KNOWN_FROM = datetime(2026, 6, 30, 12, tzinfo=UTC)
MOVERS = """select symbol, return_1d from top_movers
where index_symbol = '000300.SS' and trade_date = '2022-05-17' order by return_1d desc"""
# The same answer without anything stored ahead: the previous close looked up over all rows each time.
MOVERS_BY_LAG = """with moves as (
    select symbol, trade_date, close / lag(close) over (partition by symbol order by trade_date) - 1 as return_1d
    from read_parquet('{lake}/stocks/*/*/*.parquet') where known_to is null
)
select symbol, return_1d from moves where trade_date = '2022-05-17' order by return_1d desc"""


def invented(symbols: list[str], dates: list[date]) -> pa.Table:
    """A bar a symbol and day: a random walk, as if read from history in one run."""
    count = len(symbols) * len(dates)
    noise = np.random.default_rng(1).normal(0, 0.01, (len(symbols), len(dates)))
    close = np.round(20 * np.exp(np.cumsum(noise, axis=1)), 2).ravel(order="F")
    constants = {
        "currency": "CNY",
        "split_factor": 1.0,
        "trading_state": "traded",
        "basis": "history",
        "source": "simulated",
        "asked_at": KNOWN_FROM,
        "known_from": KNOWN_FROM,
        "known_to": None,
        "run_id": "bench",
    }
    columns = {
        "symbol": np.tile(np.array(symbols, dtype=object), len(dates)),
        "trade_date": np.repeat(np.array(dates, dtype="datetime64[D]"), len(symbols)),
        **dict.fromkeys(("open", "high", "low", "close"), close),
        "volume": np.full(count, 1_000_000),
    }
    arrays = {
        field.name: pa.array(columns[field.name], field.type)
        if field.name in columns
        else pa.repeat(pa.scalar(constants.get(field.name), field.type), count)
        for field in STOCKS.schema
    }
    return pa.table(arrays, schema=STOCKS.schema)


def write(lake: Lake, dataset: str, table: pa.Table) -> None:
    """One file a year, as the lake lays them."""
    years = pa.compute.year(table["trade_date"])
    for year in sorted(set(years.to_pylist())):
        folder = lake.path / dataset / "market=CN" / f"year={year}"
        folder.mkdir(parents=True)
        pq.write_table(table.filter(pa.compute.equal(years, year)), folder / "prices.parquet", compression="zstd")


def seconds(action: Callable[[], object], times: int = 5) -> float:
    """The median of so many runs."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return sorted(taken)[times // 2]


def main() -> None:
    """Measure and print."""
    dates = list(CN.sessions.between(FIRST, LAST))
    symbols = sorted({spell.symbol for spell in CN.spells})
    with tempfile.TemporaryDirectory() as folder:
        lake, database = Lake(Path(folder) / "lake"), Path(folder) / "warehouse.duckdb"
        stocks = invented(symbols, dates)
        write(lake, STOCKS.name, stocks)
        write(lake, INDICES.name, invented([index.symbol for index in CN.indices], dates))
        run = {
            "run_id": "bench",
            "flow": "backfill",
            "started_on": LAST,
            "started_at": KNOWN_FROM,
            "ended_at": KNOWN_FROM,
            "first_date": FIRST,
            "last_date": LAST,
            "state": "stored",
            "source": "simulated",
            **dict.fromkeys(("requests", "new_rows", "restated_rows", "held_rows"), 0),
            "detail": None,
        }
        runs = lake.path / RUNS.name / "market=CN" / f"year={LAST.year}"
        runs.mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist([run], RUNS.schema), runs / f"{RUNS.file}.parquet")
        scan = seconds(lambda: [pq.read_table(path, partitioning=None) for path in lake.files(STOCKS)], 3)
        rebuild = seconds(lambda: build(lake, FACTS, database, KNOWN_FROM, 30), 1)
        with open_read_only(database) as warehouse, duckdb.connect() as plain:
            stored = seconds(lambda: warehouse.execute(MOVERS).fetchall())
            looked_up = seconds(lambda: plain.execute(MOVERS_BY_LAG.format(lake=lake.path)).fetchall())
        size = database.stat().st_size / 1e6
        print(f"{stocks.num_rows:,} invented bars of {len(symbols)} symbols, {size:,.0f} MB")
        print(f"rebuild {rebuild:.1f} s: {rebuild / scan:.1f} times reading the same Parquet once ({scan:.2f} s)")
        ratio = looked_up / stored
        print(f"top movers of a day {1000 * stored:.1f} ms: lag() over the Parquet takes {ratio:.0f} times as long")


if __name__ == "__main__":
    main()
