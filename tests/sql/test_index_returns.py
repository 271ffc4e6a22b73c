"""`index_returns` and `index_prices`: horizons, holes and the ranks of the month."""

import pytest
from warehouse_of import closes, row_of, rows_of, warehouse_of

INDICES = [
    *closes(
        "^HSI",
        {
            "2021-05-14": 25000,  # the Friday before 2021-05-16, a Sunday
            "2021-05-17": 30000,
            "2021-12-31": 42000,
            "2022-03-31": 28000,
            "2022-04-29": 24000,
            "2022-05-10": 16000,  # five sessions before 05-17
            "2022-05-13": 17500,  # the last session before the Monday of that week
            "2022-05-16": 20000,
            "2022-05-17": 21000,
        },
    ),
    # beside every base session of 05-17, and on none of them
    *closes(
        "^HSCE",
        {
            "2021-05-14": 10000,
            "2021-12-30": 8000,
            "2022-03-30": 7500,
            "2022-04-28": 7000,
            "2022-05-06": 6900,
            "2022-05-11": 6800,
            "2022-05-12": 6700,
            "2022-05-16": 6600,
            "2022-05-17": 6930,
        },
    ),
    # +1% over the May holiday, -5%, +2%, 0%; then 05-11 is not stored
    *closes(
        "000300.SS",
        {
            "2022-04-29": 4000,
            "2022-05-05": 4040,
            "2022-05-06": 3838,
            "2022-05-09": 3914.76,
            "2022-05-10": 3914.76,
            "2022-05-12": 3900,
            "2022-05-13": 4095,
            "2022-05-31": 4000,
            "2022-06-01": 3960,
        },
    ),
    # begins in the middle of the month
    *closes("000905.SS", {"2022-05-06": 6000, "2022-05-09": 6060, "2022-05-10": 6120.6}),
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    with warehouse_of(tmp_path_factory.mktemp("indices"), indices=INDICES) as connection:
        yield connection


def returns(warehouse, symbol, day):
    query = "select * from index_returns where index_symbol = ? and trade_date = cast(? as date)"
    return row_of(warehouse, query, symbol, day)


def test_a_day_is_measured_from_the_session_before(warehouse):
    row = returns(warehouse, "^HSI", "2022-05-17")
    assert (row["index_code"], row["name"], row["market"]) == ("HSI", "Hang Seng Index", "HK")
    assert (row["close"], row["previous_close"], row["change_points"]) == (21000, 20000, 1000)
    assert row["return_1d"] == pytest.approx(0.05)


def test_five_days_are_five_sessions(warehouse):
    assert returns(warehouse, "^HSI", "2022-05-17")["return_5d"] == pytest.approx(21000 / 16000 - 1)


def test_the_week_is_measured_from_the_last_session_before_monday(warehouse):
    assert returns(warehouse, "^HSI", "2022-05-17")["return_wtd"] == pytest.approx(0.2)
    assert returns(warehouse, "^HSI", "2022-05-16")["return_wtd"] == pytest.approx(20000 / 17500 - 1)


def test_the_month_is_measured_from_the_last_session_of_the_month_before(warehouse):
    assert returns(warehouse, "^HSI", "2022-05-17")["return_mtd"] == pytest.approx(-0.125)


def test_the_quarter_is_measured_from_the_last_session_of_the_quarter_before(warehouse):
    assert returns(warehouse, "^HSI", "2022-05-17")["return_qtd"] == pytest.approx(-0.25)


def test_the_year_is_measured_from_the_last_session_of_the_year_before(warehouse):
    assert returns(warehouse, "^HSI", "2022-05-17")["return_ytd"] == pytest.approx(-0.5)


def test_one_year_is_measured_from_the_same_date_a_year_earlier(warehouse):
    assert returns(warehouse, "^HSI", "2022-05-17")["return_1y"] == pytest.approx(-0.3)


def test_one_year_goes_back_to_the_session_before_a_date_that_was_none(warehouse):
    assert returns(warehouse, "^HSI", "2022-05-16")["return_1y"] == pytest.approx(-0.2)


def test_a_horizon_whose_base_session_is_not_stored_is_null(warehouse):
    row = returns(warehouse, "^HSCE", "2022-05-17")
    assert row["return_1d"] == pytest.approx(0.05)
    horizons = ("return_5d", "return_wtd", "return_mtd", "return_qtd", "return_ytd", "return_1y")
    assert {name: row[name] for name in horizons} == dict.fromkeys(horizons)


def test_a_horizon_that_begins_before_the_first_stored_bar_is_null(warehouse):
    row = returns(warehouse, "000905.SS", "2022-05-10")
    assert row["return_1d"] == pytest.approx(0.01)
    assert (row["return_5d"], row["return_mtd"], row["return_ytd"], row["return_1y"]) == (None, None, None, None)
    assert row["return_wtd"] == pytest.approx(0.0201)
    assert str(row["history_from"]) == "2022-05-06"


def test_a_move_over_a_hole_is_not_sold_as_one_days(warehouse):
    row = returns(warehouse, "^HSCE", "2022-05-16")
    assert (row["close"], row["previous_close"], row["change_points"], row["return_1d"]) == (6600, None, None, None)
    query = "select previous_close from index_prices where index_symbol = '^HSCE' and trade_date = '2022-05-16'"
    assert warehouse.execute(query).fetchall() == [(None,)]


def test_the_sessions_around_the_may_holiday_are_consecutive(warehouse):
    row = returns(warehouse, "000300.SS", "2022-05-05")
    assert row["previous_close"] == 4000
    assert row["return_1d"] == pytest.approx(0.01)


def test_the_largest_gain_of_the_month_so_far_ranks_first(warehouse):
    rows = rows_of(
        warehouse,
        """select rank_in_month, fall_rank_in_month, month_sessions from index_returns
        where index_symbol = '000300.SS' and trade_date between '2022-05-05' and '2022-05-10' order by trade_date""",
    )
    assert [tuple(row.values()) for row in rows] == [(1, 1, 1), (2, 1, 2), (1, 3, 3), (3, 2, 4)]


def test_ranks_are_null_once_a_session_of_the_month_is_not_stored(warehouse):
    row = returns(warehouse, "000300.SS", "2022-05-13")
    assert row["return_1d"] == pytest.approx(0.05)
    assert (row["rank_in_month"], row["fall_rank_in_month"], row["month_sessions"]) == (None, None, 7)


def test_ranks_are_null_in_a_month_that_began_before_the_first_stored_bar(warehouse):
    row = returns(warehouse, "000905.SS", "2022-05-09")
    assert row["return_1d"] == pytest.approx(0.01)
    assert (row["rank_in_month"], row["month_sessions"]) == (None, 3)


def test_ranks_begin_anew_with_the_month(warehouse):
    row = returns(warehouse, "000300.SS", "2022-06-01")
    assert (row["rank_in_month"], row["fall_rank_in_month"], row["month_sessions"]) == (1, 1, 1)


def test_there_is_no_row_for_a_session_without_a_bar(warehouse):
    query = "select count(*) from index_returns where index_symbol = '000300.SS' and trade_date = '2022-05-11'"
    assert warehouse.execute(query).fetchone() == (0,)


def test_a_half_of_what_is_printed_is_no_less_over_a_week_than_it_is_of_a_day(tmp_path):
    levels = {"2022-05-13": 10000, "2022-05-16": 9950, "2022-05-17": 10050, "2022-05-20": 10125}
    runs = [("HK", "2022-05-16", "2022-05-20")]
    with warehouse_of(tmp_path, indices=closes("^HSI", levels), runs=runs) as connection:
        query = "select return_wtd, headline from market_wrap where trade_date = '2022-05-20'"
        row = row_of(connection, query)
        (week,) = rows_of(
            connection, "select period_return from index_periods where period = 'week' and last_session = '2022-05-20'"
        )
    assert (row["return_wtd"], week["period_return"]) == (0.0125, 0.0125)  # 125 of 10,000, where 1.25 rounds up
    assert "It rose 1.3% for the week." in row["headline"]
