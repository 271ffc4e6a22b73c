"""The schema `flat`: every view once more, with the same columns and rows, in types that any ODBC client takes."""

import re
from datetime import datetime

import pytest
from warehouse_of import closes, warehouse_of

from warehouse.sql.database import SQL

PLAIN = {"VARCHAR", "DOUBLE", "BIGINT", "INTEGER", "BOOLEAN", "DATE", "TIMESTAMP"}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    folder = tmp_path_factory.mktemp("flat")
    stocks = closes("0700.HK", {"2022-05-16": 300, "2022-05-17": 330})
    stocks += closes("0005.HK", {"2022-05-16": 50, "2022-05-17": 51})
    indices = closes("^HSI", {"2022-05-16": 20000, "2022-05-17": 20400})
    with warehouse_of(folder, stocks=stocks, indices=indices, runs=[("HK", "2022-05-16", "2022-05-17")]) as connection:
        yield connection


def columns_of(warehouse, schema):
    query = """select c.table_name, c.column_name, c.data_type
        from duckdb_columns() as c
        join duckdb_views() as v on v.schema_name = c.schema_name and v.view_name = c.table_name
        where c.schema_name = $schema and not v.internal and v.database_name = current_database()
            and c.database_name = current_database()
        order by c.table_name, c.column_index"""
    return warehouse.execute(query, {"schema": schema}).fetchall()


def test_every_view_is_there_with_the_same_columns(warehouse):
    main, flat = ([(view, column) for view, column, _ in columns_of(warehouse, schema)] for schema in ("main", "flat"))
    lacking = sorted({view for view, _ in main} - {view for view, _ in flat})
    assert flat == main, (
        f"900_flat.sql lacks: {[f'create view flat.{view} as select * from main.{view};' for view in lacking]}"
    )


def test_no_column_has_a_type_that_a_client_may_not_know(warehouse):
    assert [row for row in columns_of(warehouse, "flat") if row[2] not in PLAIN] == []


def test_the_rows_are_the_same(warehouse):
    for view in sorted({view for view, _, _ in columns_of(warehouse, "flat")}):
        counts = warehouse.execute(f"select (select count(*) from flat.{view}), (select count(*) from main.{view})")
        flat, main = counts.fetchone()
        assert flat == main, view


@pytest.mark.parametrize("zone", ["UTC", "Asia/Hong_Kong"])
def test_lists_times_and_instants_are_told_in_plain_types(warehouse, zone):
    warehouse.execute(f"set TimeZone = '{zone}'")
    day = "trade_date = '2022-05-17'"
    query = f"select opens, final_from from flat.sessions where market = 'HK' and {day}"
    assert warehouse.execute(query).fetchone() == ("09:30", datetime(2022, 5, 17, 8, 10))
    query = f"select leaders from flat.market_wrap where index_symbol = '^HSI' and {day}"
    assert warehouse.execute(query).fetchone() == ("Tencent, HSBC",)


def test_the_file_says_what_may_be_relied_on(warehouse):
    assert warehouse.execute("select warehouse_version, built_at from about").fetchone()[0] == 1


def test_no_query_has_the_if_that_clients_before_1_5_do_not_know():
    """Held by reading, since no such client is at hand."""
    scripts = sorted(SQL.glob("*.sql"))
    assert len(scripts) > 30
    assert [script.name for script in scripts if re.search(r"\bif\(", script.read_text(encoding="utf-8"))] == []
