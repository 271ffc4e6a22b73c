"""A bar that another vendor filled is kept as printed; whatever spans two bars is measured on one basis."""

import pytest
from warehouse_of import closes, row_of, rows_of, warehouse_of

FILL = {"source": "tencent", "fill_factor": 0.8}  # printed x 0.8 is on the basis of the others


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    stocks = [
        *closes("0700.HK", {"2022-05-13": 80.0, "2022-05-17": 88.0, "2022-05-18": 44.0}),
        ("0700.HK", "2022-05-16", 105.0, FILL | {"volume": None}),
        *closes("600519.SS", {"2022-05-13": 10.0, "2022-05-17": 10.0}),
        ("600519.SS", "2022-05-16", 12.0, FILL),
    ]
    indices = [
        *closes("HSTECH.HK", {"2022-05-13": 4000.0, "2022-05-17": 4400.0}),
        ("HSTECH.HK", "2022-05-16", 5250.0, FILL),
    ]
    actions = [("0700.HK", "2022-05-18", "split", 2), ("600519.SS", "2022-05-16", "dividend", 0.16)]
    return warehouse_of(
        tmp_path_factory.mktemp("warehouse"),
        stocks=stocks,
        indices=indices,
        actions=actions,
        runs=[("HK", "2022-05-13", "2022-05-18")],
    )


def prices(warehouse, symbol, day):
    return row_of(warehouse, "select * from prices where symbol = ? and trade_date = ?", symbol, day)


def test_the_day_itself_is_measured_on_the_basis_that_it_was_printed_on(warehouse):
    bar = prices(warehouse, "0700.HK", "2022-05-16")
    assert (bar["close"], bar["previous_close"], bar["reference_price"], bar["fill_factor"]) == (
        105.0,
        80.0,
        100.0,
        0.8,
    )
    assert bar["return_1d"] == 0.05
    assert (bar["source"], bar["volume"], bar["turnover_estimate"]) == ("tencent", None, None)


def test_the_day_after_is_measured_on_its_own(warehouse):
    bar = prices(warehouse, "0700.HK", "2022-05-17")
    assert (bar["previous_close"], bar["reference_price"], bar["fill_factor"]) == (105.0, 84.0, None)
    assert bar["return_1d"] == pytest.approx(88 / 84 - 1)


def test_a_later_split_moves_neither_the_bar_nor_its_factor(warehouse):
    assert prices(warehouse, "0700.HK", "2022-05-18")["return_1d"] == 0
    assert prices(warehouse, "0700.HK", "2022-05-16")["close"] == 105.0


def test_an_ex_date_on_the_day_of_a_fill_takes_its_cash_off_before_the_basis_changes(warehouse):
    # (10 - 0.16) / 0.8 = 12.30
    assert prices(warehouse, "600519.SS", "2022-05-16")["reference_price"] == 12.3
    assert prices(warehouse, "600519.SS", "2022-05-17")["reference_price"] == pytest.approx(9.6)


def test_a_longer_horizon_never_mixes_two_bases(warehouse):
    query = "select return_mtd, return_wtd from stock_returns where symbol = '0700.HK' and trade_date = ?"
    assert row_of(warehouse, query, "2022-05-16")["return_wtd"] == pytest.approx(0.05)
    assert row_of(warehouse, query, "2022-05-17")["return_wtd"] == pytest.approx(0.1)
    assert row_of(warehouse, query, "2022-05-18")["return_wtd"] == pytest.approx(0.1)


def test_adjusted_closes_are_on_one_basis(warehouse):
    query = "select close, close_split_adjusted from prices_adjusted where symbol = '0700.HK' order by trade_date"
    found = [(row["close"], row["close_split_adjusted"]) for row in rows_of(warehouse, query)]
    assert found == [(80.0, 40.0), (105.0, 42.0), (88.0, 44.0), (44.0, 44.0)]


def test_the_levels_of_an_index_are_as_printed_and_its_moves_on_one_basis(warehouse):
    query = """
        select close, previous_close, change_points, round(return_1d, 6) as day, round(return_wtd, 6) as week
        from index_returns where index_code = 'HSTECH' and trade_date = ?"""
    assert list(row_of(warehouse, query, "2022-05-16").values()) == [5250.0, 4000.0, 250.0, 0.05, 0.05]
    assert list(row_of(warehouse, query, "2022-05-17").values()) == [4400.0, 5250.0, 200.0, 0.047619, 0.1]


def test_periods_and_moves_of_an_index_are_on_one_basis(warehouse):
    query = "select period_return from index_periods where index_symbol = 'HSTECH.HK' and period = 'week'"
    assert rows_of(warehouse, f"{query} order by first_session")[-1]["period_return"] == pytest.approx(0.1)
    moves = "select move from index_moves(1) where index_symbol = 'HSTECH.HK' order by trade_date"
    assert [row["move"] and round(row["move"], 6) for row in rows_of(warehouse, moves)][-2:] == [0.05, 0.047619]


def test_what_was_known_before_the_fill_is_known_without_it(warehouse):
    query = "select count(*) as bars from prices_as_known_on('2022-05-31') where symbol = '0700.HK'"
    assert row_of(warehouse, query)["bars"] == 0


def test_the_mainlands_own_reference_is_not_taken_across_two_bases(tmp_path):
    # The history was rebased by 0.8; the fill and the exchange's price are as printed: 20.2 x 0.8 = 16.16.
    maotai, days = "600519.SS", ("2022-05-13", "2022-05-16", "2022-05-17", "2022-05-18")
    stocks = [
        (maotai, days[0], 16.0),
        (maotai, days[1], 20.2, FILL),
        (maotai, days[2], 16.32),
        (maotai, days[3], 16.48),
    ]
    printed = {days[1]: (20.2, 20.0), days[2]: (20.4, 20.2), days[3]: (20.6, 20.4)}
    official = [(maotai, day, *row, {"is_st": False}) for day, row in printed.items()]
    with warehouse_of(tmp_path, stocks=stocks, official=official) as connection:
        bar = prices(connection, maotai, days[2])
        assert (bar["reference_price"], bar["reference_source"]) == (16.16, "computed")
        assert bar["return_1d"] == pytest.approx(16.32 / 16.16 - 1)
        assert (bar["limit_up"], bar["limit_down"]) == (17.78, 14.54)


def test_points_of_members_are_on_the_basis_of_their_day_and_weights_on_one(tmp_path):
    (tmp_path / "weights").mkdir()
    weights = "trade_date,symbol,weight,source\n2022-05-13,600519.SS,100,somebody\n"
    (tmp_path / "weights" / "CSI300.csv").write_text(weights, encoding="utf-8")
    days = ("2022-05-13", "2022-05-16", "2022-05-17", "2022-05-18")
    stocks = closes("600519.SS", dict(zip(days, (100, 110, 121, 133.1), strict=True)))
    # 4,000, 4,400, 4,840 and 5,324 on the basis of the series.
    indices = [
        *closes("000300.SS", {days[0]: 4000, days[2]: 4840, days[3]: 5324}),
        ("000300.SS", days[1], 440, FILL | {"fill_factor": 10}),
    ]
    with warehouse_of(tmp_path, stocks=stocks, indices=indices) as connection:
        given = rows_of(connection, "select weight, points from contribution order by trade_date")
        moved = rows_of(connection, "select change_points from contribution_check order by trade_date")
    assert [row["weight"] for row in given] == pytest.approx([1, 1, 1])
    assert [row["points"] for row in given] == pytest.approx([40, 440, 484])
    assert [row["change_points"] for row in moved][1:] == pytest.approx([40, 440, 484])
