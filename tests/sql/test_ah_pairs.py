"""`ah_pairs`: both lines of a company, each with its own return and close."""

from datetime import UTC, date, datetime

import pytest
from warehouse_of import closes, row_of, rows_of, warehouse_of

from tests.shipped import CN, FACTS, HK

STOCKS = [
    # 05-09 was a holiday in Hong Kong
    *closes("601318.SS", {"2022-05-06": 44, "2022-05-09": 43.56, "2022-05-10": 44.4312}),
    *closes("2318.HK", {"2022-05-06": 50, "2022-05-10": 49}),
    # before the Hong Kong line is listed
    *closes("000333.SZ", {"2022-05-06": 60}),
    *closes("0700.HK", {"2022-05-06": 350, "2022-05-10": 340}),
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    with warehouse_of(tmp_path_factory.mktemp("pairs"), stocks=STOCKS) as connection:
        yield connection


def test_a_company_has_both_returns_and_both_close_times_on_one_row(warehouse):
    row = row_of(warehouse, "select * from ah_pairs where trade_date = '2022-05-10'")
    assert (row["a_symbol"], row["h_symbol"]) == ("601318.SS", "2318.HK")
    assert (row["a_return_1d"], row["h_return_1d"]) == (pytest.approx(0.02), pytest.approx(-0.02))
    assert row["a_closes_at"] == datetime(2022, 5, 10, 7, tzinfo=UTC)
    assert row["h_closes_at"] == datetime(2022, 5, 10, 8, tzinfo=UTC)


def test_a_day_that_only_one_market_had_leaves_the_other_line_empty(warehouse):
    rows = rows_of(warehouse, "select trade_date, a_close, h_close from ah_pairs order by trade_date")
    assert [tuple(row.values()) for row in rows] == [
        (date(2022, 5, 6), 44, 50),
        (date(2022, 5, 9), 43.56, None),
        (date(2022, 5, 10), 44.4312, 49),
    ]


def test_a_company_with_one_line_so_far_is_no_pair(warehouse):
    assert warehouse.execute("select distinct a_symbol from ah_pairs").fetchall() == [("601318.SS",)]


def test_without_an_exchange_rate_there_is_no_gap_in_price(warehouse):
    assert warehouse.execute("select count(price_gap) from ah_pairs").fetchone() == (0,)


def test_every_pair_is_of_two_members_and_no_line_is_in_two_pairs():
    pairs = FACTS.tables["ah_pairs.csv"]
    a_lines, h_lines = ([pair[name] for pair in pairs] for name in ("a_symbol", "h_symbol"))
    assert len(set(a_lines)) == len(set(h_lines)) == len(pairs)
    assert set(a_lines) <= {spell.symbol for spell in CN.spells}
    assert set(h_lines) <= {spell.symbol for spell in HK.spells}
    assert all(pair["source"] and pair["confidence"] in ("high", "medium", "low") for pair in pairs)
