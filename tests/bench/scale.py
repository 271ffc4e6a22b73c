# ruff: noqa: E501 (the lines of the page are its own)
"""What 8,000 lines over 30 years cost, and a year of nights on object storage: measured, then calculated, docs/scale.md.

`make scale`. Prices are invented, the object storage is moto on loopback. Seconds are of the machine it ran on, bytes
and requests are not.
"""

import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from tasks.collect import Terms, days_of_indices
from tasks.plan import Window, backfill_requests, past_of
from tasks.publish import publish
from tasks.sources.simulated import Simulated
from tasks.validate import Around, judge_symbols
from tests import s3 as server
from tests.shipped import FACTS, HK
from warehouse.lake.lake import Lake
from warehouse.settings import load_settings

LINES, YEARS, SESSIONS = 8000, 30, 245
FIRST, LAST, NIGHT = date(2025, 1, 2), date(2025, 12, 30), date(2025, 12, 31)
PIECE = 20  # symbols
WORKERS = 2
NIGHTS = 250  # sessions a year and market
RUNS_A_YEAR = NIGHTS * 2 * 2  # two markets, the evening and the sweep
PAGE = Path(__file__).parents[2] / "docs" / "scale.md"
# Dollars, of S3 Standard in us-east-1, as generally known in 2026 and not read today: a thousand PUT, COPY, POST or LIST
# requests; a thousand of all others; a GB kept for a month; a GB read from outside.
PUT, GET, KEPT, OUT = 0.005, 0.0004, 0.023, 0.09


def spine(*arguments: str) -> dict:
    """A window through the plain spine in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "tests.bench.spine", *arguments], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def bucket() -> Iterator[server.S3]:
    """An empty bucket that the environment names as the replica of an invented home."""
    s3, stop = server.start()
    os.environ |= s3.environment() | {
        "AFTERCLOSE_SOURCE": "simulated",
        "AFTERCLOSE_REPLICA": f"s3://{server.BUCKET}/scale",
        "AFTERCLOSE_NOW": f"{NIGHT}T18:30:00+08:00",
    }
    import fsspec

    fsspec.filesystem("s3").mkdir(server.BUCKET)
    s3.asked.clear()
    yield s3
    stop()


def requests(s3: server.S3) -> dict[str, int]:
    """What was asked since the last time, as it is billed: 'put' (and copy, post, list), 'get' (and head)."""
    billed = Counter(
        "put" if method in ("PUT", "POST") or path == f"/{server.BUCKET}" else "get"
        for method, path in s3.asked
        if method != "DELETE"
    )
    s3.asked.clear()
    return dict(billed)


def replica(folder: Path) -> dict:
    """Fill a year, then a night, both with a replica."""
    with bucket() as s3:
        os.environ["AFTERCLOSE_HOME"] = str(folder)
        filled = spine("backfill", "HK", str(FIRST), str(LAST))
        first = requests(s3)
        night = spine("night", "HK", str(NIGHT))
        asked = requests(s3)
    manifest = Lake(folder / "lake").manifest()
    size = (folder / "warehouse.duckdb").stat().st_size
    stocks = sum(entry.size for name, entry in manifest.files.items() if name.startswith("stocks/"))
    return {
        "bars": filled["rows"],
        "first": first,
        "night": asked,
        "files": len(manifest.files),
        "stock_bytes": stocks / filled["rows"],
        "lake_bytes": sum(entry.size for entry in manifest.files.values()) / filled["rows"],
        "database_bytes": (size - empty_database(folder.with_name("empty"))) / filled["rows"],
        "cpu": filled["cpu"],
        "night_cpu": night["cpu"],
        "steps": filled["steps"],
    }


def judging(folder: Path) -> dict:
    """Judge a year of the market in pieces here and on a cluster of processes, in CPU seconds; the cluster's start apart."""
    now = datetime(2025, 12, 31, 10, 30, tzinfo=UTC)
    window = Window(HK, FIRST, LAST)
    source = Simulated(HK, lambda: now)
    answers = [source.ask(request) for request in backfill_requests(window)]
    past = past_of(Lake(folder / "nothing"), window)
    terms = Terms(window, now, timedelta(minutes=30), "simulated", FACTS.tables["currency_rates.csv"])
    around = Around(days_of_indices(answers, past.bars, HK))
    pieces = [answers[at : at + PIECE] for at in range(0, len(answers), PIECE)]
    work = [(judge_symbols, piece, past.of({answer.symbol for answer in piece}), terms, around) for piece in pieces]
    judge_symbols(*work[0][1:])
    start = time.process_time()
    here = [judge_symbols(*each) for _, *each in work]
    alone = time.process_time() - start
    _, start_of_workers = spread(work[:1] * WORKERS)
    there, whole = spread(work[:1] * WORKERS + work)
    assert all(a.bars.to_table().equals(b.bars.to_table()) for a, b in zip(here, there[WORKERS:], strict=True))
    bars = sum(len(answer.trade_date) for answer in answers)
    shipped = len(pickle.dumps(work[0]))
    return {
        "bars": bars,
        "alone": alone,
        "spread": whole - start_of_workers,
        "begun": start_of_workers / WORKERS,
        "shipped": shipped,
    }


def spread(work: list) -> tuple[list, float]:
    """Judge pieces on a cluster of processes; what came, and the CPU seconds of its workers, their start with them."""
    from distributed import Client, LocalCluster

    before = getrusage(RUSAGE_CHILDREN)
    with (
        LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        client.wait_for_workers(WORKERS)
        came = client.gather([client.submit(*each, pure=False) for each in work])
    after = getrusage(RUSAGE_CHILDREN)
    return came, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def empty_database(folder: Path) -> int:
    """Bytes of the database of an empty lake: facts and views."""
    os.environ["AFTERCLOSE_HOME"] = str(folder)
    settings = load_settings().model_copy(update={"replica": None})
    lake = Lake(settings.lake_path)
    with lake.writing(0, "scale"):
        publish(lake, FACTS, settings, "scale", anew=True)
    return settings.database_path.stat().st_size


def page(found: dict, judged: dict) -> str:
    """The page."""
    rows = LINES * YEARS * SESSIONS
    lake, database = rows * found["lake_bytes"] / 1e9, rows * found["database_bytes"] / 1e9
    rate = judged["bars"] / judged["alone"]
    saved = (judged["alone"] - judged["spread"] / WORKERS) / judged["bars"]
    pays = f"{judged['begun'] / saved:,.0f}" if saved > 0 else "never"
    put, get = (RUNS_A_YEAR * found["night"][kind] for kind in ("put", "get"))
    first_put = found["first"]["put"] * (13 * 2 * YEARS) / found["files"]
    return f"""# Scale

Written by `make scale` (`tests/bench/scale.py`) on {os.cpu_count()} cores, {date.today()}. **measured** was measured in that run, on
invented bars, with moto in place of S3; **calculated** follows from it; **known** is general knowledge that nobody looked up for
this page. Seconds are of that machine, which was busy; bytes and requests carry over.

## One machine holds it

8,000 lines (Hong Kong and the mainland, all of them) over 30 years of {SESSIONS} sessions are {rows / 1e6:.0f} million bars.

| what | value | |
|---|---|---|
| bytes a bar in `lake/stocks` | {found["stock_bytes"]:.0f} | measured on {found["bars"]:,} bars |
| bytes a bar in the whole lake | {found["lake_bytes"]:.0f} | measured |
| bytes a bar in `warehouse.duckdb` | {found["database_bytes"]:.0f} | measured, without what an empty one has; of a year: more than in a long history |
| the lake of all lines | {lake:.1f} GB | calculated |
| the database of all lines | {database:.1f} GB at most | calculated from that |
| bars judged a second, one process | {rate:,.0f} | measured |
| judging all lines once | {rows / rate / 3600:.1f} hours | calculated |
| CPU of a backfill, all of its steps, a million bars | {found["cpu"] / found["bars"] * 1e6:,.0f} s | measured, small pieces |
| CPU of a night of one market | {found["night_cpu"]:.1f} s | measured on a year of history |

So arithmetic is no reason to leave one machine: a first fill is a night's work, and a night is seconds. What outgrows a machine
is who reads, a machine that dies, and a first backfill with a vendor that is faster than one core judges.

## Judging on Dask: from how many bars on it pays

`AFTERCLOSE_TASK_RUNNER=dask` starts a process a core on this machine, `dask:tcp://HOST:PORT` joins a cluster. Pieces of symbols are
judged there (`judge_symbols`, which reads and writes nothing); fetching stays where the vendor's pace is kept, storing and
publishing are one writer's. The lake is the same to the last byte (`tests/remote/test_dask.py`), also when a worker is killed;
where the whole cluster is gone, or no worker is there when the run looks, once a minute, it judges itself. Workers need this
version of Afterclose and reach Prefect's API.

| what | value | |
|---|---|---|
| {judged["bars"]:,} bars in pieces of {PIECE} symbols, in the run | {judged["alone"]:.1f} s of CPU | measured |
| the same by {WORKERS} workers, together | {judged["spread"]:.1f} s of CPU | measured, what travels with it |
| until a worker is there and has imported | {judged["begun"]:.1f} s of CPU | measured |
| that travels to a worker, a piece | {judged["shipped"] / 1e6:.1f} MB | measured |
| it pays from so many bars on, with {WORKERS} idle cores | {pays} | calculated: start / (run - workers / {WORKERS}) |

An evening of 800 lines is some 50,000 bars and never pays. With a cluster that is up already the start falls away. What is
gained is bounded by what is not spread: at Yahoo's pace below, a core judges faster than the vendor answers.

## A year of nights on S3

A year is {NIGHTS} sessions of two markets, each with an evening and a sweep: {RUNS_A_YEAR:,} runs.

| what | requests | dollars | |
|---|---|---|---|
| a night: PUT, COPY, LIST | {found["night"]["put"]} | {found["night"]["put"] * PUT / 1000:.5f} | measured |
| a night: GET, HEAD | {found["night"]["get"]} | {found["night"]["get"] * GET / 1000:.5f} | measured |
| a year of nights | {put + get:,} | {put * PUT / 1000 + get * GET / 1000:.2f} | calculated |
| first upload of a year of one market | {sum(found["first"].values())} | {found["first"]["put"] * PUT / 1000:.4f} | measured, {found["files"]} files |
| first upload of 30 years of both | {first_put:,.0f} | {first_put * PUT / 1000:.2f} | calculated |
| a year of the lake twice (objects and copy) and five databases | | {12 * KEPT * (2 * lake + 5 * database):.2f} | calculated for all lines |
| one reading of the whole lake from outside S3 | | {lake * OUT:.2f} | calculated |

Requests of a night do not grow with history, but for one LIST a thousand files and a POST or PUT for every 50 MB of the database
beyond 100 MB. Bytes do: a night sends the year files that changed and the whole database. Prices are known, not read: a thousand
PUT ${PUT}, a thousand GET ${GET}, a GB and month ${KEPT}, a GB out ${OUT} (S3 Standard, us-east-1).

## Limits that are the vendors'

| what | value | |
|---|---|---|
| requests of a first fill | {LINES:,}, one a line however long | known, as `docs/sources.md` says |
| at 20 requests a second (`REQUESTS_PER_SECOND`) | {LINES / 20 / 60:.0f} minutes | calculated |
| at 2 a second, which a vendor may ask for | {LINES / 2 / 3600:.1f} hours | calculated |
| Yahoo: HSTECH.HK | five days a request | known |
| HKEX: a page a day; old ones go after some weeks | no 30 years of it can be had | known |
| baostock: a question a day, {YEARS * SESSIONS:,} for 30 years | at one a second {YEARS * SESSIONS / 3600:.1f} hours | calculated |

Nobody's terms allow a fill of that size without asking: `docs/sources.md`.
"""


def main() -> None:
    """Measure, and write the page."""
    with tempfile.TemporaryDirectory() as name:
        found, judged = replica(Path(name) / "home"), judging(Path(name))
    print(json.dumps({"replica": found, "judging": judged}, indent=1))
    PAGE.write_text(page(found, judged), encoding="utf-8")
    print(f"wrote {PAGE}")


if __name__ == "__main__":
    main()
