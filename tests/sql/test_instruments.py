"""`instruments`: a row for each company that has had a code, and nobody else's bars in it."""

from datetime import date

import pytest
from warehouse_of import closes, row_of, rows_of, warehouse_of

STOCKS = [
    *closes("0001.HK", {"2015-03-16": 150, "2015-03-17": 151, "2015-03-18": 152, "2022-05-17": 50}),
    *closes("0013.HK", {"2021-06-30": 60}),
    *closes("600519.SS", {"2022-05-16": 1800, "2022-05-17": 1810}),
    *closes("605999.SS", {"2022-05-17": 5}),
]
INDICES = closes("^HSI", {"2022-05-16": 20000, "2022-05-17": 20600})
META = {
    "name": "Kweichow Moutai Co., Ltd.",
    "currency": "CNY",
    "exchange": "Shanghai",
    "instrument_type": "EQUITY",
    "first_trade_date": date(2001, 8, 27),
}
ANSWERS = [
    ("600519.SS", "2022-05-16", "2022-05-16", "2022-05-16", "ok", META | {"exchange": "SHH"}),
    ("600519.SS", "2022-05-17", "2022-05-17", "2022-05-17", "ok", META),
    ("0001.HK", "2022-05-17", "2022-05-17", "2022-05-17", "ok", {"exchange": "HKSE", "currency": "HKD"}),
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    folder = tmp_path_factory.mktemp("instruments")
    with warehouse_of(folder, stocks=STOCKS, indices=INDICES, answers=ANSWERS) as connection:
        yield connection


def instruments(warehouse, symbol):
    return rows_of(warehouse, "select * from instruments where symbol = ? order by valid_from nulls first", symbol)


def test_the_bars_of_a_code_belong_to_the_company_that_had_it(warehouse):
    cheung_kong, hutchison = instruments(warehouse, "0001.HK")
    change = date(2015, 3, 18)
    assert (cheung_kong["name"], cheung_kong["valid_from"], cheung_kong["valid_to"]) == (
        "Cheung Kong (Holdings) Ltd",
        None,
        change,
    )
    assert (cheung_kong["first_bar"], cheung_kong["last_bar"]) == (date(2015, 3, 16), date(2015, 3, 17))
    assert (hutchison["name"], hutchison["valid_from"], hutchison["valid_to"]) == (
        "CK Hutchison Holdings Ltd",
        change,
        None,
    )
    assert (hutchison["first_bar"], hutchison["last_bar"]) == (change, date(2022, 5, 17))


def test_what_the_vendor_says_is_said_of_the_company_that_has_the_code_today(warehouse):
    assert [row["exchange"] for row in instruments(warehouse, "0001.HK")] == [None, "HKSE"]


def test_a_reason_why_bars_are_not_to_be_had_is_that_of_the_company_it_speaks_of(warehouse):
    whampoa, hutchmed = instruments(warehouse, "0013.HK")
    assert whampoa["unobtainable"].startswith("Hutchison Whampoa")
    assert whampoa["first_bar"] is None
    assert (hutchmed["name"], hutchmed["unobtainable"]) == ("HUTCHMED (China) Ltd", None)


@pytest.mark.parametrize("symbol", ["600837.SS", "601989.SS"])
def test_a_company_that_was_merged_away_has_an_end_and_a_reason(warehouse, symbol):
    (row,) = instruments(warehouse, symbol)
    assert row["valid_to"].year == 2025
    assert "merged" in row["unobtainable"]


def test_a_stock_is_described_by_the_lists_the_vendor_s_latest_answer_and_its_bars(warehouse):
    (row,) = instruments(warehouse, "600519.SS")
    del row["source"]
    assert row == {
        "symbol": "600519.SS",
        "valid_from": None,
        "valid_to": None,
        "name": "Kweichow Moutai Co., Ltd.",
        "name_zh": "貴州茅台",
        "name_zh_hans": "贵州茅台",
        "kind": "stock",
        "market": "CN",
        "board": "SSE Main",
        "currency": "CNY",
        "listed_on": None,
        "first_bar": date(2022, 5, 16),
        "last_bar": date(2022, 5, 17),
        "exchange": "Shanghai",
        "vendor_history_from": date(2001, 8, 27),
        "unobtainable": None,
    }


def test_an_index_has_no_board(warehouse):
    (row,) = instruments(warehouse, "^HSI")
    assert (row["kind"], row["name"], row["market"], row["board"], row["currency"]) == (
        "index",
        "Hang Seng Index",
        "HK",
        None,
        "HKD",
    )
    assert row["last_bar"] == date(2022, 5, 17)


def test_a_stored_stock_that_is_no_member_is_an_instrument_too(warehouse):
    (row,) = instruments(warehouse, "605999.SS")
    assert (row["name"], row["source"], row["board"]) == (None, "handmade", "SSE Main")


def test_every_member_and_every_index_is_there_once_a_company(warehouse):
    query = "select symbol, valid_from from instruments group by all having count(*) > 1"
    assert rows_of(warehouse, query) == []
    query = """select count(*) as strangers from (
        select symbol from members union select index_symbol from indices
    ) where symbol not in (select symbol from instruments)"""
    assert row_of(warehouse, query) == {"strangers": 0}


def test_every_instrument_has_a_kind_a_market_and_a_source(warehouse):
    query = "select symbol from instruments where kind is null or market is null or source is null"
    assert rows_of(warehouse, query) == []
