"""A whole market over decades: what the lake takes, what a night costs, what a build costs, how fast it is asked.

`python -m tests.bench.market FOLDER --lines 8000 --years 30` fills a lake of invented official evenings (60 M rows) and
prints a table; each cost is that of a process of its own. Only official rows are in it: bars of stocks are measured by
`performance.py`.
"""

import argparse
import json
import resource
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tests.bench.process import run
from tests.shipped import FACTS
from warehouse.bars.evenings import with_evening
from warehouse.bars.official import OfficialAnswer
from warehouse.lake.lake import Lake
from warehouse.lake.lines import LINES
from warehouse.lake.schema import OFFICIAL, OFFICIAL_ANSWERS, place_of
from warehouse.sql.build import build, update
from warehouse.sql.database import open_read_only

LAST = date(2026, 11, 19)  # of the fill; the night that is measured is the session after it
SHARE_OF_HK = 0.35
VENDORS = {"HK": ("hkex", "Main Board", "exchange"), "CN": ("baostock", "A shares", "vendor")}
QUERIES = {
    "one day, every line": "select * from official_prices where market = 'CN' and trade_date = '{day}'",
    "movers of a day": "select * from market_movers where market = 'CN' and trade_date = '{day}' and rank <= 10",
    "breadth, all days": "select * from market_breadth where market = 'HK'",
    "one line, all days": "select * from official_prices where symbol = '0700.HK'",
    "listings, all": "select * from listings",
    "listings, one line": "select * from listings where symbol = '0700.HK'",
}


def lines_of_day(market: str, symbols: pa.Array, closes: np.ndarray, before: np.ndarray, day: date) -> pa.Table:
    """One evening's lines: made up, but of the shape and variety of real ones."""
    count = len(symbols)
    generator = np.random.default_rng(day.toordinal())
    volume = (10 ** generator.uniform(3, 8, count)).astype("int64")
    columns: dict[str, Any] = {
        "symbol": symbols,
        "trade_date": pa.repeat(pa.scalar(day, pa.date32()), count),
        "name": pa.array([f"LINE {at}" for at in range(count)]) if market == "HK" else pa.nulls(count, pa.string()),
        "kind": pa.nulls(count, pa.string()) if market == "HK" else pa.repeat("share", count),
        "currency": pa.repeat("HKD" if market == "HK" else "CNY", count),
        "state": pa.repeat("traded", count),
        "high": pa.array(closes),
        "low": pa.array(before),
        "close": pa.array(closes),
        "previous_close": pa.array(before),
        "previous_basis": pa.nulls(count, pa.string()) if market == "HK" else pa.repeat("adjusted", count),
        "volume": pa.array(volume),
        "turnover": pa.array(np.round(volume * closes, 2)),
        "is_st": pa.nulls(count, pa.bool_()) if market == "HK" else pa.repeat(False, count),
    }
    arrays = [columns.get(each.name, pa.nulls(count, each.type)) for each in LINES]
    return pa.Table.from_arrays(
        [each.cast(field.type) for each, field in zip(arrays, LINES, strict=True)], schema=LINES
    )


def fill(home: Path, lines: int, years: int) -> None:
    """A file a month of both markets, each committed as a run would."""
    lake = Lake(home / "lake")
    lake.path.mkdir(parents=True, exist_ok=True)
    for market in ("HK", "CN"):
        count = int(lines * (SHARE_OF_HK if market == "HK" else 1 - SHARE_OF_HK))
        symbols = symbols_of(market, count)
        sessions = FACTS.market(market).sessions
        known = sessions.between(date(LAST.year - years, 12, 1), LAST)
        # Before the known sessions weekdays do: nothing is derived from those evenings.
        first = date(LAST.year - years, 12, 1)
        early = [first + timedelta(days=at) for at in range((known[0] - first).days)]
        days = [*(day for day in early if day.weekday() < 5), *known]
        closes = np.round(np.random.default_rng(1).uniform(5, 100, count), 2)
        month: list[pa.Table] = []
        for at, day in enumerate(days):
            before, moves = closes, np.random.default_rng(at).normal(0, 0.02, count)
            closes = np.clip(np.round(before * (1 + moves), 2), 0.5, 900)
            month.append(stamped(market, lines_of_day(market, symbols, closes, before, day), day))
            if at + 1 == len(days) or days[at + 1].month != day.month:
                path = lake.path / place_of(OFFICIAL, market, OFFICIAL.cut_of(day))
                lake.commit({path: pa.concat_tables(month)})
                month = []
        told = pa.Table.from_pylist([answered(market, day, lines) for day in known], OFFICIAL_ANSWERS.schema)
        for year in {day.year for day in known}:
            mine = told.filter(pa.compute.equal(pa.compute.year(told["trade_date"]), year))
            lake.commit({lake.path / place_of(OFFICIAL_ANSWERS, market, year): mine})


def symbols_of(market: str, count: int) -> pa.Array:
    """As many codes, in order; 0700.HK is among them."""
    if market == "HK":
        return pa.array([f"{at:04d}.HK" for at in range(1, count + 1)])
    half = count // 2
    return pa.array(
        [*(f"{at:06d}.SZ" for at in range(1, count - half + 1)), *(f"{600000 + at}.SS" for at in range(half))]
    )


def stamped(market: str, lines: pa.Table, day: date) -> pa.Table:
    """The rows as the lake has them, of one evening."""
    source, board, authority = VENDORS[market]
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    constants = {
        "source": source,
        "board": board,
        "authority": authority,
        "asked_at": at,
        "known_from": at,
        "run_id": "bench",
    }
    arrays = [
        lines[each.name]
        if each.name in LINES.names
        else pa.repeat(pa.scalar(constants.get(each.name), each.type), len(lines))
        for each in OFFICIAL.schema
    ]
    return pa.Table.from_arrays(arrays, schema=OFFICIAL.schema)


def answered(market: str, day: date, lines: int) -> dict[str, Any]:
    """That an evening was told."""
    source, board, _ = VENDORS[market]
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    told = {"outcome": "ok", "requests": 1, "lines": lines, "turnover_total": 1e11, "run_id": "bench"}
    return {"trade_date": day, "board": board, "source": source, "asked_at": at, **told}


def night(home: Path) -> dict[str, float]:
    """The session after the last one, of both markets: its commit, and the file brought up to it."""
    lake, costs = Lake(home / "lake"), {}
    for market in ("HK", "CN"):
        day = next(day for day in FACTS.market(market).sessions.dates if day > LAST)
        path = lake.files(OFFICIAL, market)[-1]
        last = lake.table(path, OFFICIAL)
        last = last.filter(pa.compute.equal(last["trade_date"], pa.compute.max(last["trade_date"])))
        closes = last["close"].to_numpy()
        source, board, authority = VENDORS[market]
        lines = lines_of_day(market, last["symbol"].combine_chunks(), np.round(closes * 1.01, 2), closes, day)
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        answer = OfficialAnswer(source, board, day, "ok", at, lines=lines, turnover_total=1e11)
        start = time.perf_counter()
        lake.commit(with_evening(lake, FACTS.market(market), [(answer, authority)], at, "night"))
        costs[f"commit {market}"] = time.perf_counter() - start
    start = time.perf_counter()
    made = update(lake, FACTS, home / "warehouse.duckdb", built_at(home) + timedelta(days=1), 30, nothing, nothing)
    costs["publish"] = time.perf_counter() - start
    costs["is_part"] = float(made.reach == "part")
    return costs


def whole(home: Path) -> dict[str, float]:
    """A whole build, as a month begins with."""
    start = time.perf_counter()
    build(Lake(home / "lake"), FACTS, home / "warehouse.duckdb", datetime(2026, 11, 19, 12, tzinfo=UTC), 30)
    return {"build": time.perf_counter() - start}


def asked(home: Path) -> dict[str, float]:
    """The queries in one connection, the middle of five times each, in milliseconds."""
    costs = {}
    with open_read_only(home / "warehouse.duckdb") as connection:
        for name, query in QUERIES.items():
            times = []
            for _ in range(5):
                start = time.perf_counter()
                connection.execute(query.format(day=LAST)).fetchall()
                times.append(1000 * (time.perf_counter() - start))
            costs[name] = sorted(times)[2]
    return costs


def built_at(home: Path) -> datetime:
    """When the file was made."""
    with open_read_only(home / "warehouse.duckdb") as connection:
        ((instant,),) = connection.execute("select built_at from about").fetchall()
    return instant.astimezone(UTC)


def nothing(_: Any) -> None:
    """Nothing is said in this measure."""


STEPS = {"build": whole, "night": night, "ask": asked}


def main() -> None:
    """Fill, then measure each step in a process of its own."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("home", type=Path)
    given.add_argument("--lines", type=int, default=8000)
    given.add_argument("--years", type=int, default=30)
    given.add_argument("--step", choices=["fill", *STEPS])
    options = given.parse_args()
    if options.step == "fill":
        fill(options.home, options.lines, options.years)
    elif options.step:
        used = STEPS[options.step](options.home)
        cost = resource.getrusage(resource.RUSAGE_SELF)
        print(json.dumps(used | {"cpu": cost.ru_utime + cost.ru_stime, "mib": cost.ru_maxrss / 1024}))
    else:
        report(options)


def report(options: argparse.Namespace) -> None:
    """Each step's cost, a line each."""
    self = [sys.executable, "-m", "tests.bench.market", str(options.home)]
    size = ["--lines", str(options.lines), "--years", str(options.years)]
    if not (options.home / "lake").exists():
        print(f"fill: {run([*self, *size, '--step', 'fill'], well=(0,))['wall']:.0f} s", flush=True)
    files = list((options.home / "lake").rglob("*.parquet"))
    print(f"lake: {len(files)} files, {sum(path.stat().st_size for path in files) / 2**20:.0f} MiB", flush=True)
    for step in STEPS:
        cost = json.loads(run([*self, "--step", step], well=(0,))["said"].splitlines()[-1])
        print(f"{step}: " + ", ".join(f"{name} {value:,.2f}" for name, value in cost.items()), flush=True)
    size_of = (options.home / "warehouse.duckdb").stat().st_size / 2**20
    print(f"database: {size_of:.0f} MiB")


if __name__ == "__main__":
    main()
