"""Files of the user's in the database: kinds by HKEX's list, members by industry, the gap between A and H lines."""

from datetime import time

import pytest
from warehouse_of import closes, row_of, rows_of, warehouse_of

D1, D2 = "2022-05-16", "2022-05-17"
LIST = (
    "List,,,\nUpdated as at 17/05/2022,,,\nStock Code,Name of Securities,Category,Sub-Category\n"
    "1,A TRUST,Real Estate Investment Trusts,\n2,A FUND,Exchange Traded Products,\n"
)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    for folder, name, text in (
        ("securities", "2022.csv", LIST),
        ("securities", "2022 (1).csv", LIST),  # a browser names the second download so
        (
            "industries",
            "HSICS.csv",
            "symbol,industry,valid_from,valid_to,source\n0700.HK,Software,,,HSIL\n0005.HK,Banks,,,HSIL\n"
            "2388.HK,Banks,,2022-05-17,HSIL\n",
        ),
        (
            "exchange_rates",
            "PBOC.csv",
            f"trade_date,from_currency,to_currency,rate,fixed_at,source\n{D2},HKD,CNY,0.8,09:15,CFETS\n",
        ),
        ("exchange_rates", "wrong.csv", "trade_date\n"),
    ):
        (home / folder).mkdir(exist_ok=True)
        (home / folder / name).write_text(text, encoding="utf-8")
    with warehouse_of(
        home,
        stocks=[
            *closes("0700.HK", {D1: 300.0, D2: 330.0}),
            *closes("0005.HK", {D1: 50.0, D2: 49.0}),
            *closes("2388.HK", {D1: 30.0, D2: 30.3}),
            *closes("600036.SS", {D1: 40.0, D2: 40.0}),
            *closes("3968.HK", {D1: 40.0, D2: 40.0}),
        ],
        indices=closes("^HSI", {D1: 20000.0, D2: 20100.0}),
        official=[(symbol, day, 10.0, 10.0) for symbol in ("0001.HK", "0002.HK", "0003.HK") for day in (D1, D2)],
        runs=[("HK", D2, D2)],
    ) as connection:
        yield connection


def test_hkexs_list_goes_before_the_code_and_the_first_one_holds_before_its_day(warehouse):
    found = rows_of(
        warehouse, "select symbol, kind, kind_from from official_prices where trade_date = '2022-05-16' order by 1"
    )
    assert [tuple(row.values()) for row in found] == [
        ("0001.HK", "REIT", "list"),
        ("0002.HK", "ETF", "list"),
        ("0003.HK", "share", "code"),
    ]
    assert row_of(warehouse, "select lines from market_breadth where trade_date = '2022-05-17'") == {"lines": 2}


def test_members_are_counted_by_their_industry_of_the_day(warehouse):
    found = rows_of(
        warehouse,
        "select industry, advancers, decliners, round(median_return, 4) as median from industry_breadth "
        f"where index_symbol = '^HSI' and trade_date = '{D2}' and industry <> 'not given' order by industry",
    )
    assert found == [
        {"industry": "Banks", "advancers": 0, "decliners": 1, "median": -0.02},
        {"industry": "Software", "advancers": 1, "decliners": 0, "median": 0.1},
    ]
    counts = f"from industry_breadth where index_symbol = '^HSI' and trade_date = '{D2}'"
    whole = row_of(
        warehouse,
        "select sum(member_count) as members, sum(advancers + decliners + unchanged + without_return) as counted "
        + counts,
    )
    (members,) = rows_of(
        warehouse, f"select member_count from breadth where index_symbol = '^HSI' and trade_date = '{D2}'"
    )
    assert whole == {"members": members["member_count"], "counted": members["member_count"]}


def test_the_gap_of_two_lines_is_in_one_currency_and_of_the_days_own_rate(warehouse):
    query = (
        "select price_gap, exchange_rate, rate_fixed_at, rate_source from ah_pairs "
        "where h_symbol = '3968.HK' and trade_date = ?"
    )
    # 40 yuan are 50 dollars, a quarter more than 40.
    assert row_of(warehouse, query, D2) == {
        "price_gap": pytest.approx(0.25),
        "exchange_rate": 1.25,
        "rate_fixed_at": time(9, 15),
        "rate_source": "CFETS",
    }
    assert set(row_of(warehouse, query, D1).values()) == {None}


def test_a_wrong_file_is_left_out_and_said(warehouse):
    (rates, reason), (again, twice) = warehouse.execute("select file, reason from base.left_out").fetchall()
    assert rates.endswith("exchange_rates/wrong.csv")
    assert "a file of exchange rates has trade_date, from_currency" in reason
    assert again.endswith("securities/2022.csv")
    assert twice.endswith("2022-05-17 has another file of securities already")
