"""A slice for other tools: what is in it, and what stays out when it is to be passed on."""

from datetime import date

import duckdb
import pytest
from warehouse_of import closes, rows_of, warehouse_of

from warehouse.errors import AftercloseError, UsageError
from warehouse.export import Slice, export

D1, D2, D3 = "2022-05-16", "2022-05-17", "2022-05-18"
FIRST, LAST = date(2022, 5, 16), date(2022, 5, 17)
MAOTAI = "600519.SS"


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    shared = {"source": "simulated"}
    with warehouse_of(
        folder,
        stocks=[
            *closes("0700.HK", {D1: 300.0, D2: 310.0, D3: 320.0}),
            *[("0005.HK", day, 50.0, shared) for day in (D1, D2)],
            *closes(MAOTAI, {D1: 100.0, D2: 99.0}),
            *[("0001.HK", D1, 60.0), ("0001.HK", D2, 61.0, shared)],
            *[("000858.SZ", day, 20.0, shared) for day in (D1, D2)],
        ],
        indices=closes("^HSI", {D1: 20000.0, D2: 20100.0}),
        official=[(MAOTAI, D2, 99.0, 98.0), ("000858.SZ", D1, 20.0, 20.0), ("000858.SZ", D2, 20.0, 20.5)],
        runs=[("HK", D1, D2)],
    ):
        pass
    return folder / "warehouse.duckdb"


def asked(path, query):
    with duckdb.connect(path, read_only=True) as connection:
        return rows_of(connection, query)


def test_a_duckdb_file_has_the_views_of_those_days(database, tmp_path):
    made = export(database, Slice(FIRST, LAST), "duckdb", tmp_path / "slice.duckdb")
    found = asked(made.path, "select symbol, count(*) as days from prices group by symbol order by symbol")
    assert found == [{"symbol": s, "days": 2} for s in ("0001.HK", "0005.HK", "000858.SZ", "0700.HK", MAOTAI)]
    assert asked(made.path, "select count(*) as n from official_prices") == [{"n": 3}]
    assert {"index_returns", "breadth", "session_status"} <= made.rows.keys()


@pytest.mark.parametrize(("form", "read"), [("parquet", "read_parquet"), ("csv", "read_csv")])
def test_a_folder_has_a_file_a_view(database, tmp_path, form, read):
    made = export(database, Slice(FIRST, LAST), form, tmp_path / "it's here")
    assert {path.stem for path in made.path.iterdir()} == made.rows.keys()
    for name, count in made.rows.items():
        found = duckdb.sql(f"select count(*) from {read}($path)", params={"path": str(made.path / f"{name}.{form}")})
        assert found.fetchall() == [(count,)]


def test_no_text_of_somebody_else_s_is_a_formula_in_csv(tmp_path):
    with warehouse_of(
        tmp_path,
        stocks=closes("0700.HK", {D1: 300.0}),
        official=[("0700.HK", D1, 300.0, 299.0, {"name": "=1+cmd|'/c calc'!A1"})],
        runs=[("HK", D1, D1)],
    ):
        pass
    text = {}
    for form in ("csv", "parquet"):
        made = export(tmp_path / "warehouse.duckdb", Slice(FIRST, FIRST), form, tmp_path / form)
        query = f"select name from '{made.path}/official_prices.{form}'"
        ((text[form],),) = duckdb.sql(query).fetchall()
    assert text == {"csv": "'=1+cmd|'/c calc'!A1", "parquet": "=1+cmd|'/c calc'!A1"}


def test_a_slice_of_an_index_has_its_members_and_itself(database, tmp_path):
    made = export(database, Slice(FIRST, LAST, index_symbol="^HSI"), "duckdb", tmp_path / "hsi.duckdb")
    assert asked(made.path, "select distinct symbol from prices order by 1") == [
        {"symbol": "0001.HK"},
        {"symbol": "0005.HK"},
        {"symbol": "0700.HK"},
    ]
    assert asked(made.path, "select distinct index_symbol from members") == [{"index_symbol": "^HSI"}]
    assert "official_prices" not in made.rows


def test_a_slice_of_stocks_has_those_alone(database, tmp_path):
    made = export(database, Slice(FIRST, LAST, symbols={MAOTAI}), "duckdb", tmp_path / "one.duckdb")
    assert asked(made.path, "select distinct symbol from prices") == [{"symbol": MAOTAI}]


def test_what_is_shared_has_no_row_and_no_figure_of_a_source_for_own_use(database, tmp_path):
    made = export(database, Slice(FIRST, LAST, allowed={"simulated"}), "duckdb", tmp_path / "mail.duckdb")
    assert made.own_use == ("baostock", "handmade")
    assert asked(made.path, "select distinct symbol, source from prices order by 1") == [
        {"symbol": "0001.HK", "source": "simulated"},
        {"symbol": "0005.HK", "source": "simulated"},
        {"symbol": "000858.SZ", "source": "simulated"},
    ]
    assert not made.rows.keys() & {
        "index_prices",
        "index_returns",
        "breadth",
        "top_movers",
        "market_wrap",
        "official_prices",
    }
    columns = {row["column_name"] for row in asked(made.path, "describe prices")}
    assert not columns & {"turnover", "official_close", "official_previous_close"}
    # The return of this day was measured from baostock's price.
    (row,) = asked(
        made.path,
        f"select close, reference_price, return_1d from prices where symbol = '000858.SZ' and trade_date = '{D2}'",
    )
    assert row == {"close": 20.0, "reference_price": None, "return_1d": None}


def test_a_return_from_the_close_of_a_source_for_own_use_is_not_passed_on(database, tmp_path):
    made = export(database, Slice(LAST, LAST, allowed={"simulated"}), "duckdb", tmp_path / "day.duckdb")
    columns = "symbol, close, previous_close, reference_price, return_1d"
    assert asked(made.path, f"select {columns} from prices where symbol like '%.HK' order by 1") == [
        {"symbol": "0001.HK", "close": 61.0, "previous_close": None, "reference_price": None, "return_1d": None},
        {"symbol": "0005.HK", "close": 50.0, "previous_close": 50.0, "reference_price": 50.0, "return_1d": 0.0},
    ]


def test_no_figure_made_of_days_before_the_slice_that_are_for_own_use_is_passed_on(tmp_path):
    free, own = {"source": "simulated"}, {"source": "tencent"}
    with warehouse_of(
        tmp_path,
        stocks=[("0700.HK", D1, 300.0, free), ("0700.HK", D2, 305.0, own), ("0700.HK", D3, 310.0, free)],
        indices=[("^HSI", D1, 19000.0, free), ("^HSI", D2, 20202.5, own), ("^HSI", D3, 20100.0, free)],
        runs=[("HK", D1, D3)],
    ):
        pass
    figures = {"stock_returns", "index_returns", "market_wrap", "breadth", "top_movers"}
    for number, (day, told) in enumerate([(D1, figures - {"top_movers"}), (D3, set())]):
        wanted = Slice(*[date.fromisoformat(day)] * 2, index_symbol="^HSI", allowed={"simulated"})
        made = export(tmp_path / "warehouse.duckdb", wanted, "duckdb", tmp_path / f"{number}.duckdb")
        assert made.rows.keys() & figures == told
        assert made.own_use == (() if told else ("tencent",))
        assert made.rows["prices"] == 1


def test_where_every_source_may_be_passed_on_all_of_it_goes(database, tmp_path):
    allowed = {"simulated", "handmade", "baostock"}
    whole = export(database, Slice(FIRST, LAST), "duckdb", tmp_path / "whole.duckdb")
    made = export(database, Slice(FIRST, LAST, allowed=allowed), "duckdb", tmp_path / "mail.duckdb")
    assert (made.rows, made.own_use) == (whole.rows, ())


def test_nothing_is_written_over(database, tmp_path):
    (tmp_path / "there").write_text("mine")
    with pytest.raises(UsageError, match="there is there already"):
        export(database, Slice(FIRST, LAST), "parquet", tmp_path / "there")
    assert (tmp_path / "there").read_text() == "mine"


def test_a_place_that_duckdb_cannot_write_at_is_refused_before_anything_is_made(database, tmp_path):
    with pytest.raises(UsageError, match=r"for its '\?': name another place"):
        export(database, Slice(FIRST, LAST), "duckdb", tmp_path / "what?" / "slice.duckdb")
    assert list(tmp_path.iterdir()) == []
    assert export(database, Slice(FIRST, LAST), "csv", tmp_path / "what?").rows


def test_a_slice_that_would_hold_nothing_is_an_error_and_leaves_nothing(database, tmp_path):
    day = date(1999, 1, 1)
    with pytest.raises(AftercloseError, match="nothing is stored from 1999-01-01 to 1999-01-01"):
        export(database, Slice(day, day), "csv", tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def test_days_without_a_session_hold_nothing_though_an_index_has_members(database, tmp_path):
    with pytest.raises(AftercloseError, match="nothing is stored from 2022-05-14 to 2022-05-15"):
        export(database, Slice(date(2022, 5, 14), date(2022, 5, 15)), "parquet", tmp_path / "slice")
    assert list(tmp_path.iterdir()) == []


def test_what_stands_beside_the_place_of_a_slice_stays(database, tmp_path):
    (tmp_path / "slice.part").mkdir()
    (tmp_path / "slice.part" / "mine.txt").write_text("mine")
    export(database, Slice(FIRST, LAST), "parquet", tmp_path / "slice")
    assert {path.name for path in tmp_path.iterdir()} == {"slice", "slice.part"}
    assert (tmp_path / "slice.part" / "mine.txt").read_text() == "mine"
