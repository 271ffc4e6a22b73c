"""Readers anywhere: the movers of a day by DuckDB, polars, pandas and pyarrow, out of the bucket alone."""

import json
import os
from dataclasses import replace
from datetime import date

import duckdb
import fsspec
import pandas as pd
import polars as pl
import pyarrow.dataset as pa_dataset
import pyarrow.fs as pa_fs
import pytest

from tasks.evening import fill
from tasks.job import new_job
from tasks.plan import nightly_requests, nightly_window
from tests import s3 as server
from tests.remote.homes import Reader
from tests.shipped import FACTS, HK
from warehouse.lake.lake import Lake
from warehouse.settings import load_settings
from warehouse.sql.database import open_read_only

DAY, BEFORE = date(2026, 4, 15), date(2026, 4, 14)
ADDRESS = f"s3://{server.BUCKET}/evenings"
FIRST = 5
RETURNS = """
select symbol, round(return_1d, 9) as move
from prices
where market = 'HK' and trade_date = ? and return_1d is not null
order by move desc, symbol limit ?
"""


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    """An invented evening in a bucket, and what the home that wrote it calls its first movers."""
    s3, stop = server.start()
    home = tmp_path_factory.mktemp("readers") / "home"
    with pytest.MonkeyPatch.context() as patched:
        for name in [name for name in os.environ if name.startswith("AFTERCLOSE_")]:
            patched.delenv(name)
        for name, value in s3.environment().items():
            patched.setenv(name, value)
        files = fsspec.filesystem("s3", skip_instance_cache=True, use_listings_cache=False)
        if files.exists(server.BUCKET):
            files.rm(server.BUCKET, recursive=True)
        files.mkdir(server.BUCKET)
        given = {"HOME": home, "SOURCE": "simulated", "LOOKBACK": 3, "REPLICA": ADDRESS}
        for name, value in (given | {"NOW": f"{DAY}T18:30:00+08:00"}).items():
            patched.setenv(f"AFTERCLOSE_{name}", str(value))
        settings = load_settings()
        lake = Lake(settings.lake_path)
        window = nightly_window(lake, HK, DAY, settings.lookback)
        job = new_job("nightly", window, nightly_requests(lake, window), (DAY, DAY), FACTS, settings)
        assert fill(replace(job, run_id="run")).outcome.state == "complete"
        with open_read_only(settings.database_path) as connection:
            expected = connection.execute(RETURNS, [DAY, FIRST]).fetchall()
        yield s3, expected
    stop()


@pytest.fixture
def stocks(bucket):
    """The addresses of the files of stocks that the pointer names."""
    reader = Reader(ADDRESS)
    manifest = json.loads(reader.object(reader.pointer()["manifest"]))
    return [
        f"{ADDRESS}/objects/{entry['sha256']}"
        for name, entry in manifest["files"].items()
        if name.startswith("stocks/market=HK/")
    ]


def movers(rows):
    """The first gainers of a pandas frame of bars, by close over the close before."""
    rows = rows[rows["known_to"].isna()]
    rows = rows.assign(trade_date=pd.to_datetime(rows["trade_date"]).dt.date)
    closes = rows.pivot(index="symbol", columns="trade_date", values="close")
    moves = (closes[DAY] / closes[BEFORE] - 1).dropna().round(9).rename("move").reset_index()
    first = moves.sort_values(["move", "symbol"], ascending=[False, True]).head(FIRST)
    return list(first.itertuples(index=False, name=None))


QUERY = f"""
with closes as (select symbol, trade_date, close from bars where known_to is null)
select symbol, round(now.close / before.close - 1, 9) as move
from closes as now join closes as before using (symbol)
where now.trade_date = '{DAY}' and before.trade_date = '{BEFORE}'
order by move desc, symbol limit {FIRST}
"""


def test_duckdb_reads_the_files_through_fsspec(bucket, stocks):
    with duckdb.connect() as connection:
        connection.register_filesystem(fsspec.filesystem("s3", skip_instance_cache=True))
        connection.execute(f"create view bars as select * from read_parquet({stocks})")
        assert connection.execute(QUERY).fetchall() == bucket[1]


def test_duckdb_opens_the_database_that_the_pointer_names(bucket, tmp_path):
    reader = Reader(ADDRESS)
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(reader.object(reader.pointer()["database"]))
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute(RETURNS, [DAY, FIRST])
        assert rows.fetchall() == bucket[1]


def test_polars_reads_the_files_by_itself(bucket, stocks):
    options = {"aws_endpoint_url": bucket[0].url, "aws_allow_http": "true"}
    bars = pl.scan_parquet(stocks, storage_options=options).filter(pl.col("known_to").is_null())
    now, before = (bars.filter(pl.col("trade_date") == day).select("symbol", "close") for day in (DAY, BEFORE))
    moves = now.join(before, on="symbol", suffix="_before").select(
        "symbol", (pl.col("close") / pl.col("close_before") - 1).round(9).alias("move")
    )
    assert moves.sort(["move", "symbol"], descending=[True, False]).head(FIRST).collect().rows() == bucket[1]


def test_pandas_reads_the_files(bucket, stocks):
    assert movers(pd.concat([pd.read_parquet(address) for address in stocks])) == bucket[1]


def test_a_dataset_of_pyarrow_reads_the_files(bucket, stocks):
    host = bucket[0].url.removeprefix("http://")
    files = pa_fs.S3FileSystem(endpoint_override=host, scheme="http", region="us-east-1")
    rows = pa_dataset.dataset([address.removeprefix("s3://") for address in stocks], filesystem=files, format="parquet")
    assert movers(rows.to_table().to_pandas()) == bucket[1]


def test_the_copy_under_stable_names_is_read_by_a_glob(bucket):
    with duckdb.connect() as connection:
        connection.register_filesystem(fsspec.filesystem("s3", skip_instance_cache=True))
        connection.execute(
            f"create view bars as from read_parquet('{ADDRESS}/lake/stocks/*/*/prices.parquet', hive_partitioning=true)"
        )
        assert connection.execute(QUERY).fetchall() == bucket[1]
