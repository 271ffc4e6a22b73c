"""The file itself: every view and column is explained, it can only be asked, and it is swapped in whole."""

from datetime import UTC, datetime

import duckdb
import pytest
from warehouse_of import BUILT_AT, SETTLE_MINUTES, closes, lake_of, row_of

from tests.shipped import FACTS
from warehouse.errors import AftercloseError
from warehouse.sql.build import build
from warehouse.sql.database import open_read_only

VIEWS = {
    "ah_pairs",
    "breadth",
    "corporate_actions",
    "cross_checks",
    "contribution",
    "contribution_check",
    "evening",
    "fact_disagreements",
    "index_prices",
    "index_returns",
    "index_status",
    "indices",
    "instruments",
    "market_wrap",
    "members",
    "price_versions",
    "prices",
    "prices_adjusted",
    "published",
    "quarantine",
    "restatements",
    "runs",
    "session_status",
    "sessions",
    "stock_returns",
    "suspensions",
    "top_movers",
}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("file")
    lake = lake_of(folder, stocks=closes("0700.HK", {"2022-05-16": 300}))
    build(lake, FACTS, folder / "warehouse.duckdb", BUILT_AT, SETTLE_MINUTES)
    return folder / "warehouse.duckdb"


@pytest.fixture
def warehouse(path):
    with open_read_only(path) as connection:
        yield connection


def test_the_views_that_others_rely_on_are_there(warehouse):
    found = warehouse.execute("select view_name from duckdb_views() where schema_name = 'main' and not internal")
    assert {name for (name,) in found.fetchall()} >= VIEWS


def test_every_view_is_explained(warehouse):
    query = """select view_name from duckdb_views()
        where schema_name = 'main' and not internal and coalesce(trim(comment), '') = ''"""
    assert warehouse.execute(query).fetchall() == []


def test_every_column_of_every_view_is_explained(warehouse):
    columns = """select c.table_name, c.column_name, coalesce(trim(c.comment), '') = '' as bare
        from duckdb_columns() as c
        join duckdb_views() as v on v.schema_name = c.schema_name and v.view_name = c.table_name
            and v.database_name = c.database_name
        where v.schema_name = 'main' and not v.internal"""
    assert warehouse.execute(f"select table_name, column_name from ({columns}) where bare").fetchall() == []
    assert warehouse.execute(f"select count(distinct table_name) from ({columns})").fetchone()[0] >= len(VIEWS)


def test_the_file_refuses_writes(warehouse):
    for statement in (
        "create table mine (x integer)",
        "delete from base.prices",
        "update base.members set name = 'x'",
        "drop view prices",
    ):
        with pytest.raises(duckdb.Error, match="read-only"):
            warehouse.execute(statement)
    assert warehouse.execute("select count(*) from prices").fetchone() == (1,)


def test_other_files_are_out_of_reach(warehouse, tmp_path):
    with pytest.raises(duckdb.PermissionException):
        warehouse.execute("select * from read_csv('/etc/passwd')")
    with pytest.raises(duckdb.PermissionException):
        warehouse.execute(f"copy (select 1) to '{tmp_path}/out.csv'")
    with pytest.raises(duckdb.PermissionException):
        warehouse.execute(f"attach '{tmp_path}/other.duckdb'")
    assert list(tmp_path.iterdir()) == []


def test_the_way_back_to_other_files_stays_shut(warehouse):
    with pytest.raises(duckdb.Error, match="external access"):
        warehouse.execute("set enable_external_access = true")
    with pytest.raises(duckdb.PermissionException):
        warehouse.execute("select * from read_csv('/etc/passwd')")


def test_a_file_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(AftercloseError, match=r"there is no .*absent\.duckdb yet"):
        open_read_only(tmp_path / "absent.duckdb")


def test_members_on_gives_the_members_of_that_day(warehouse):
    changed = "symbol in ('0522.HK', '9866.HK')"
    query = f"select symbol from members_on('HSTECH.HK', '2022-06-10') where {changed}"
    assert warehouse.execute(query).fetchall() == [("0522.HK",)]
    query = f"select symbol from members_on('HSTECH.HK', date '2022-06-13') where {changed}"
    assert warehouse.execute(query).fetchall() == [("9866.HK",)]
    query = "select count(*), count(distinct symbol), min(index_symbol) from members_on('^HSI', '2022-05-17')"
    assert warehouse.execute(query).fetchone() == (66, 66, "^HSI")


@pytest.mark.parametrize(
    ("index", "before", "after", "joined", "left"),
    [
        # Reviews of the CSI 300: after the close of a Friday.
        ("000300.SS", "2021-12-10", "2021-12-13", "002466.SZ", "000656.SZ"),
        ("000300.SS", "2022-06-10", "2022-06-13", "000792.SZ", "002024.SZ"),
        # Two Hong Kong reviews that a storm moved from Monday to Tuesday, and one that a holiday moved.
        ("^HSI", "2023-09-04", "2023-09-05", "1099.HK", "2007.HK"),
        ("HSTECH.HK", "2023-09-04", "2023-09-05", "1797.HK", "2018.HK"),
        ("HSTECH.HK", "2024-09-09", "2024-09-10", "0522.HK", "1833.HK"),
        ("^HSI", "2024-06-07", "2024-06-11", "0285.HK", "6098.HK"),
    ],
)
def test_a_review_changes_members_between_two_sessions(warehouse, index, before, after, joined, left):
    old, new = (
        {symbol for (symbol,) in warehouse.execute("select symbol from members_on($1, $2)", [index, day]).fetchall()}
        for day in (before, after)
    )
    assert joined in new - old
    assert left in old - new


def test_a_rebuild_leaves_an_open_reader_its_old_rows(tmp_path):
    path = tmp_path / "warehouse.duckdb"
    lake = lake_of(tmp_path, stocks=closes("0700.HK", {"2022-05-16": 300}))
    build(lake, FACTS, path, BUILT_AT, SETTLE_MINUTES)
    query = "select count(*) as bars, max(close) as highest from prices"
    with open_read_only(path) as reader:
        more = lake_of(tmp_path / "more", stocks=closes("0700.HK", {"2022-05-16": 300, "2022-05-17": 330}))
        build(more, FACTS, path, BUILT_AT, SETTLE_MINUTES)
        assert row_of(reader, query) == {"bars": 1, "highest": 300}
    with open_read_only(path) as reader:
        assert row_of(reader, query) == {"bars": 2, "highest": 330}
    assert not path.with_name("warehouse.duckdb.next").exists()


def test_a_rebuild_from_the_same_lake_says_the_same(tmp_path):
    lake = lake_of(tmp_path, stocks=closes("0700.HK", {"2022-05-16": 300, "2022-05-17": 330}))
    said = []
    for name in ("one.duckdb", "two.duckdb"):
        build(lake, FACTS, tmp_path / name, BUILT_AT, SETTLE_MINUTES)
        with open_read_only(tmp_path / name) as reader:
            said.append(reader.execute("select * from prices order by all").fetchall())
    assert said[0] == said[1]
    assert len(said[0]) == 2


def test_a_file_that_an_audit_refuses_does_not_replace_the_old_one(tmp_path):
    path = tmp_path / "warehouse.duckdb"
    lake = lake_of(tmp_path, stocks=closes("0700.HK", {"2022-05-16": 300}))
    build(lake, FACTS, path, BUILT_AT, SETTLE_MINUTES)
    twice = lake_of(tmp_path / "twice", stocks=closes("0700.HK", {"2022-05-16": 300}) * 2)
    with pytest.raises(AftercloseError, match="one_current_version"):
        build(twice, FACTS, path, datetime(2022, 6, 21, tzinfo=UTC), SETTLE_MINUTES)
    with open_read_only(path) as reader:
        assert row_of(reader, "select count(*) as bars from prices") == {"bars": 1}
