"""The audit finds what was done to a lake or a database, and nothing in good ones; a copied lake is a back-up."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from flows.cli import app
from tests.shipped import FACTS
from warehouse.audit import audit_lake, audit_versions
from warehouse.comparison import audit_database
from warehouse.lake.lake import Lake
from warehouse.lake.schema import QUARANTINE, STOCKS
from warehouse.sql.build import build
from warehouse.sql.database import fault_of, open_read_only, seal
from warehouse.whole import xxh128_of

pytestmark = pytest.mark.slow

FIRST_VERSION = Path(__file__).parents[1] / "data" / "lake-v1"
BUILT_AT = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path):
    lake = Lake(Path(shutil.copytree(FIRST_VERSION, tmp_path / "home" / "lake")))
    with lake.writing(0, "test"):
        pass
    return lake


@pytest.fixture
def database(lake):
    path = lake.path.with_name("warehouse.duckdb")
    build(lake, FACTS, path, BUILT_AT, 30)
    return path


def committed(lake, path, change):
    """As a fault of our own would leave it: what is wrong was committed, so the manifest agrees."""
    lake.commit({path: change(pq.read_table(path, partitioning=None))})


def test_a_good_lake_and_its_database_have_no_findings(lake, database):
    assert [*audit_lake(lake), *audit_database(lake, FACTS, database)] == []


def test_a_flipped_byte_is_found_in_whatever_column_it_lies(lake):
    (path,) = lake.files(STOCKS)
    good = path.read_bytes()
    group = pq.read_metadata(path).row_group(0)
    for number, name in enumerate(STOCKS.schema.names):
        column = group.column(number)
        last = (column.dictionary_page_offset or column.data_page_offset) + column.total_compressed_size - 1
        path.write_bytes(good[:last] + bytes([good[last] ^ 0xFF]) + good[last + 1 :])
        assert len(list(audit_lake(lake))) == 1, name
    path.write_bytes(good)
    assert list(audit_lake(lake)) == []


def test_verify_counts_one_finding_and_several(lake, database, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_HOME", str(lake.path.parent))
    assert " 0 findings\n" in CliRunner().invoke(app, ["verify"]).stdout
    (lake.path / "stray.txt").touch()
    assert " 1 finding\n" in CliRunner().invoke(app, ["verify"]).stdout


def test_a_file_that_does_not_belong_is_found(lake):
    (lake.path / "stocks" / "notes.txt").write_text("mine")
    assert list(audit_lake(lake)) == [f"{lake.path}/stocks/notes.txt: no file of the lake"]


def test_rows_out_of_order_another_years_rows_and_other_columns_are_found(lake):
    (path,) = lake.files(STOCKS)
    good = pq.read_table(path, partitioning=None)
    committed(lake, path, lambda table: table.take(list(range(table.num_rows))[::-1]))
    assert list(audit_lake(lake)) == [f"{path}: rows are not sorted by trade_date, symbol"]
    committed(lake, path, lambda _: good.drop_columns(["volume"]))
    assert list(audit_lake(lake)) == [f"{path}: its columns are not those of the dataset"]
    other = path.parents[1] / "year=2021" / path.name
    lake.commit({path: good, other: good})
    assert list(audit_lake(lake)) == [f"{other}: {len(good)} rows are of another year"]


def test_a_row_that_is_held_twice_is_found(lake):
    (path,) = lake.files(QUARANTINE)
    committed(lake, path, lambda table: pa.concat_tables([table, table]))
    assert list(audit_lake(lake)) == [f"{path}: 2022-05-17 0005.HK 24ab06be3111 is stored twice"]


@pytest.mark.parametrize(
    ("spans", "finding"),
    [
        ([(0, 1), (1, None)], None),
        ([(0, None), (1, None)], "overlaps its next version"),
        ([(0, 2), (1, None)], "overlaps its next version"),
        ([(1, 1), (2, None)], "known to before it was known"),
        ([(0, 1), (2, None)], None),  # a gap: nothing was believed in between
    ],
)
def test_the_laws_of_versions(spans, finding):
    hours = [[pd.NaT if hour is None else BUILT_AT + timedelta(hours=hour) for hour in span] for span in spans]
    rows = pd.DataFrame(hours, columns=["known_from", "known_to"], dtype="datetime64[us, UTC]").assign(
        symbol="0700.HK", trade_date="2022-05-17"
    )
    found = [line.split(": ")[1] for line in audit_versions(rows, ["trade_date", "symbol"])]
    assert found == ([finding] if finding else [])


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (
            "delete from base.price_versions where symbol = '2382.HK' and trade_date = '2022-05-17'",
            "base.price_versions",
        ),
        ("update base.price_versions set close = close * 2", "21 of the 21 rows of base.price_versions are not"),
        (
            "update base.price_versions set close = close + 0.0001 where symbol = '0700.HK'",
            "of the 21 rows of base.price",
        ),
        ("update base.sessions set kind = 'half' where trade_date = '2022-05-17'", "rows of base.sessions are not"),
        ("alter table base.prices rename column close to last", "the columns of base.prices are not"),
        ("drop table base.said", "base.said is missing"),
        (
            "update base.build set code = 'x'",
            ": it was made by other code: by another version of Afterclose, or of DuckDB",
        ),
        ("update base.build set facts = 'x'", ": it was made of other facts: files of the home have changed since"),
        ("create table base.mine as select 1 as one", "base.mine is no table of ours"),
        ("create or replace view breadth as select 1 as advancers", "the view breadth is another than ours"),
        ("drop macro table prices_as_known_on", "the macro prices_as_known_on is missing"),
    ],
)
def test_a_database_of_other_values_tables_or_views_is_found(lake, database, change, finding):
    with duckdb.connect(str(database)) as connection:
        connection.execute(change)
    seal(database, xxh128_of(database))  # so nothing but the values tells
    found = list(audit_database(lake, FACTS, database))
    assert any(finding in line for line in found), found
    assert all(line.endswith(": `afterclose rebuild` makes it anew") for line in found)
    assert not list(database.parent.glob("verify.duckdb*"))


def test_a_database_of_another_version_is_told_with_what_to_do(lake, database):
    with duckdb.connect(str(database)) as connection:
        connection.execute("alter table base.build drop column market_years")
    seal(database, xxh128_of(database))
    (found,) = audit_database(lake, FACTS, database)
    assert found.startswith(f"{database} cannot be compared: the database was built by another version (")
    assert found.endswith("): run `afterclose rebuild`")


def test_sums_that_differ_by_rounding_alone_are_no_finding(lake, database):
    with duckdb.connect(str(database)) as connection:
        connection.execute("update base.price_versions set close = close * (1 + 1e-12)")
    seal(database, xxh128_of(database))
    assert not [line for line in audit_database(lake, FACTS, database) if "rows of base." in line]


def test_a_changed_byte_anywhere_in_the_database_is_found(lake, database):
    good = database.read_bytes()
    for place in (0, 5000, len(good) // 2, len(good) - 1):
        database.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        (first, *_) = audit_database(lake, FACTS, database)
        assert first == f"{database} is not the file that was written: `afterclose rebuild` makes it anew"
    database.write_bytes(good)
    assert list(audit_database(lake, FACTS, database)) == []


def test_the_checksum_that_an_older_version_wrote_goes_with_the_file_that_it_was_of(lake, database):
    older = database.with_name("warehouse.duckdb.sha256")
    older.write_text(f"{'0' * 64}  warehouse.duckdb\n")
    assert fault_of(database) is None
    build(lake, FACTS, database, BUILT_AT, 30)
    assert not older.exists()


def test_a_copy_of_the_lake_restores_everything_after_the_home_is_lost(lake, database, tmp_path):
    views = ("prices", "index_returns", "session_status", "quarantine", "runs", "base.price_versions")
    backup = Path(shutil.copytree(lake.path, tmp_path / "backup"))
    said = {view: rows(database, f"from {view} order by all") for view in views}
    shutil.rmtree(lake.path.parent)
    shutil.copytree(backup, lake.path)
    with lake.writing(0, "restore"):
        build(lake, FACTS, database, BUILT_AT, 30)
        assert [*audit_lake(lake), *audit_database(lake, FACTS, database)] == []
    assert {view: rows(database, f"from {view} order by all") for view in views} == said


def rows(database, query):
    with open_read_only(database) as connection:
        return connection.execute(query).fetchall()
