"""`top_movers`: who led and who lagged, among the members of that day."""

import pytest
from warehouse_of import closes, row_of, rows_of, suspended, warehouse_of

from warehouse.sql.database import ask

INDICES = [*closes("HSTECH.HK", {"2022-05-16": 4000, "2022-05-17": 4080})]
STOCKS = [
    ("2382.HK", "2022-05-16", 100),
    ("2382.HK", "2022-05-17", 110, {"high": 112.0, "low": 99.0, "open": 100.0, "volume": 300}),
    *closes("2015.HK", {"2022-05-16": 50, "2022-05-17": 54}),
    # the same +5%: more turnover first, then the symbol
    *closes("0992.HK", {"2022-05-16": 100}),
    ("0992.HK", "2022-05-17", 105, {"volume": 1000}),
    *closes("9999.HK", {"2022-05-16": 100}),
    ("9999.HK", "2022-05-17", 105, {"volume": 2000}),
    *closes("1810.HK", {"2022-05-16": 100}),
    ("1810.HK", "2022-05-17", 105, {"volume": 2000}),
    *closes("0700.HK", {"2022-05-16": 400, "2022-05-17": 400}),
    *closes("9618.HK", {"2022-05-16": 200, "2022-05-17": 190}),
    *closes("3690.HK", {"2022-05-16": 200, "2022-05-17": 180}),
    # suspended on the day, resumed on the day, no close before
    *closes("0241.HK", {"2022-05-16": 5}),
    suspended("0241.HK", "2022-05-17", 5),
    *closes("0020.HK", {"2022-05-13": 5}),
    suspended("0020.HK", "2022-05-16", 5),
    *closes("0020.HK", {"2022-05-17": 6}),
    *closes("9888.HK", {"2022-05-17": 120}),
    # a member of the Hang Seng Index only
    *closes("0001.HK", {"2022-05-16": 50, "2022-05-17": 75}),
    # the Hang Seng TECH Index changed on 2022-06-13: 0522.HK out, 9866.HK in
    *closes("0522.HK", {"2022-06-09": 60, "2022-06-10": 66, "2022-06-13": 72.6}),
    *closes("9866.HK", {"2022-06-09": 120, "2022-06-10": 132, "2022-06-13": 145.2}),
    # +10% both, though 3.3 / 3 falls short of it in floating point
    *closes("1024.HK", {"2022-05-18": 60, "2022-05-19": 66}),
    *closes("6618.HK", {"2022-05-18": 3}),
    ("6618.HK", "2022-05-19", 3.3, {"volume": 1_000_000}),
    # one new share for ten: 12.10 / 1.1 is 11.00, where it closed
    *closes("1833.HK", {"2022-05-18": 12.1, "2022-05-19": 11}),
]
ACTIONS = [("1833.HK", "2022-05-19", "split", 1.1)]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    folder = tmp_path_factory.mktemp("movers")
    runs = [("HK", "2022-05-17", "2022-05-19")]
    with warehouse_of(folder, stocks=STOCKS, indices=INDICES, actions=ACTIONS, runs=runs) as connection:
        yield connection


def ranked(warehouse, day, side, resumed=False, index="HSTECH.HK"):
    query = """select rank, symbol from top_movers
        where index_symbol = ? and trade_date = cast(? as date) and side = ? and resumed = ? order by rank"""
    return [tuple(row.values()) for row in rows_of(warehouse, query, index, day, side, resumed)]


def mover(warehouse, symbol, index="HSTECH.HK"):
    query = "select * from top_movers where symbol = ? and index_symbol = ? and trade_date = '2022-05-17'"
    return row_of(warehouse, query, symbol, index)


def test_gainers_are_ranked_by_return_then_turnover_then_symbol(warehouse):
    assert ranked(warehouse, "2022-05-17", "gainer") == [
        (1, "2382.HK"),
        (2, "2015.HK"),
        (3, "1810.HK"),
        (4, "9999.HK"),
        (5, "0992.HK"),
    ]


def test_losers_are_ranked_from_the_largest_fall(warehouse):
    assert ranked(warehouse, "2022-05-17", "loser") == [(1, "3690.HK"), (2, "9618.HK")]


def test_a_side_holds_returns_of_its_own_sign_only(warehouse):
    query = "select side, min(return_1d) > 0, max(return_1d) < 0 from top_movers group by side order by side"
    assert warehouse.execute(query).fetchall() == [("gainer", True, False), ("loser", False, True)]


def test_an_unchanged_a_suspended_and_an_unreferenced_member_are_not_listed(warehouse):
    query = "select symbol from top_movers where symbol in ('0700.HK', '0241.HK', '9888.HK')"
    assert warehouse.execute(query).fetchall() == []


def test_a_resumed_member_is_ranked_apart(warehouse):
    assert ranked(warehouse, "2022-05-17", "gainer", resumed=True) == [(1, "0020.HK")]
    assert mover(warehouse, "0020.HK")["return_1d"] == pytest.approx(0.2)


def test_excess_return_is_measured_against_the_index(warehouse):
    assert mover(warehouse, "2382.HK")["excess_return"] == pytest.approx(0.08)
    assert mover(warehouse, "3690.HK")["excess_return"] == pytest.approx(-0.12)


def test_excess_return_is_null_without_the_index_bar(warehouse):
    row = mover(warehouse, "0001.HK", "^HSI")
    assert (row["rank"], row["return_1d"], row["excess_return"]) == (1, 0.5, None)


def test_a_move_since_a_suspension_began_is_not_set_against_one_day_of_the_index(warehouse):
    row = mover(warehouse, "0020.HK")
    assert (row["return_1d"], row["resumed"], row["excess_return"]) == (pytest.approx(0.2), True, None)
    (shown,) = [found for found in ask(warehouse, "page_members", day="2022-05-17") if found["symbol"] == "0020.HK"]
    assert (shown["return_1d"], shown["excess_return"]) == (pytest.approx(0.2), None)


def test_turnover_is_volume_times_the_typical_price(warehouse):
    row = mover(warehouse, "2382.HK")
    assert (row["volume"], row["turnover_estimate"], row["currency"]) == (300, 32100, "HKD")
    assert (row["name"], row["close"], row["reference_price"]) == ("Sunny Optical Technology Group Co Ltd", 110, 100)


def test_a_stock_is_listed_under_every_index_that_it_is_a_member_of_and_no_other(warehouse):
    query = "select symbol, index_symbol from top_movers where symbol in ('2382.HK', '0001.HK', '2015.HK') order by all"
    assert warehouse.execute(query).fetchall() == [
        ("0001.HK", "^HSI"),
        ("2015.HK", "HSTECH.HK"),
        ("2382.HK", "HSTECH.HK"),
        ("2382.HK", "^HSI"),
    ]


def test_members_are_those_of_the_day_itself(warehouse):
    assert ranked(warehouse, "2022-06-10", "gainer") == [(1, "0522.HK")]
    assert ranked(warehouse, "2022-06-13", "gainer") == [(1, "9866.HK")]


def test_equal_moves_are_a_tie_whatever_floating_point_makes_of_them(warehouse):
    # 1024.HK 60 to 66 and 6618.HK 3.00 to 3.30: the one with the larger turnover comes first.
    assert ranked(warehouse, "2022-05-19", "gainer")[:2] == [(1, "6618.HK"), (2, "1024.HK")]


def test_a_close_at_the_split_adjusted_reference_is_no_move(warehouse):
    query = "select side from top_movers where symbol = '1833.HK' and trade_date = '2022-05-19'"
    assert warehouse.execute(query).fetchall() == []


def test_a_close_at_the_split_adjusted_reference_counts_as_unchanged(warehouse):
    query = "select advancers, unchanged from breadth where index_symbol = 'HSTECH.HK' and trade_date = '2022-05-19'"
    assert warehouse.execute(query).fetchall() == [(2, 1)]


def test_the_wrap_names_the_first_three_of_each_side_though_more_moved_as_far_as_the_third(warehouse):
    (told,) = rows_of(
        warehouse,
        "select leaders_return, laggards_return, leaders from market_wrap"
        " where index_symbol = 'HSTECH.HK' and trade_date = '2022-05-17'",
    )
    assert [round(move, 4) for move in told["leaders_return"]] == [0.1, 0.08, 0.05]
    assert [round(move, 4) for move in told["laggards_return"]] == [-0.1, -0.05]
    assert told["leaders"][2] == "Xiaomi"  # of three that rose 5%: the turnover, then the symbol


def test_an_excess_is_the_difference_that_the_two_moves_have_on_paper(tmp_path):
    levels, prices = {"2022-05-16": 4000, "2022-05-17": 4009}, {"2022-05-16": 100, "2022-05-17": 100.02}
    stocks, indices = closes("0700.HK", prices), closes("HSTECH.HK", levels)
    with warehouse_of(tmp_path, stocks=stocks, indices=indices) as connection:
        (row,) = rows_of(connection, "select excess_return from top_movers where index_symbol = 'HSTECH.HK'")
    assert row["excess_return"] == -0.00205  # 0.02% less 0.225%: printed as -0.21%


def test_the_movers_that_prefect_is_shown_are_rounded_half_up_as_on_the_page(tmp_path):
    stocks = closes("0700.HK", {"2022-05-16": 200, "2022-05-17": 200.07})
    with warehouse_of(tmp_path, stocks=stocks) as connection:
        found = ask(connection, "movers", market="HK", day="2022-05-17")
    assert {str(row["percent"]) for row in found} == {"0.04"}  # 0.035%
