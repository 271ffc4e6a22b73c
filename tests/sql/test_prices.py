"""`prices`: what a stock's return is measured from, over weekends, holidays, holes, actions and suspensions."""

from datetime import UTC, datetime

import pytest
from warehouse_of import closes, row_of, rows_of, suspended, warehouse_of

LATER = datetime(2022, 6, 2, tzinfo=UTC)

STOCKS = [
    *closes("0700.HK", {"2022-05-12": 400, "2022-05-13": 380, "2022-05-16": 399}),
    # the bar of the session between is missing (over a weekend), held, or missing in the week
    *closes("0001.HK", {"2022-05-12": 50, "2022-05-16": 51}),
    *closes("9988.HK", {"2022-05-11": 100, "2022-05-13": 90, "2022-05-16": 99}),
    # holidays: 2022-05-02 to 05-04 on the mainland, 2022-05-09 in Hong Kong
    *closes("600519.SS", {"2022-04-29": 1800, "2022-05-05": 1836}),
    *closes("0005.HK", {"2022-05-06": 50, "2022-05-10": 49}),
    # actions
    *closes("601318.SS", {"2022-05-12": 10.00, "2022-05-13": 9.87}),
    *closes("000333.SZ", {"2022-05-12": 3.80, "2022-05-13": 3.79}),
    *closes("000538.SZ", {"2022-04-29": 84.00, "2022-05-05": 61.7925}),
    *closes("600000.SS", {"2022-05-12": 10.00, "2022-05-13": 7.69}),
    *closes("0939.HK", {"2022-05-12": 5.00, "2022-05-13": 4.90}),
    *closes("0288.HK", {"2022-05-12": 100, "2022-05-13": 26}),
    *closes("0012.HK", {"2022-05-12": 22, "2022-05-13": 21}),
    # suspensions
    *closes("0017.HK", {"2022-05-10": 10}),
    suspended("0017.HK", "2022-05-11", 10),
    suspended("0017.HK", "2022-05-12", 10),
    *closes("0017.HK", {"2022-05-13": 12, "2022-05-16": 12.6}),
    *closes("000001.SZ", {"2022-05-10": 20}),
    suspended("000001.SZ", "2022-05-11", 20),
    suspended("000001.SZ", "2022-05-12", 20),
    *closes("000001.SZ", {"2022-05-13": 20.90}),
    *closes("1211.HK", {"2022-05-10": 300}),
    suspended("1211.HK", "2022-05-11", 300),
    suspended("1211.HK", "2022-05-12", 100),
    *closes("1211.HK", {"2022-05-13": 110}),
    *closes("600036.SS", {"2022-05-10": 21}),
    suspended("600036.SS", "2022-05-11", 21),
    suspended("600036.SS", "2022-05-12", 10.5),
    *closes("600036.SS", {"2022-05-13": 10.5}),
    suspended("0066.HK", "2022-05-12", 40),
    *closes("0066.HK", {"2022-05-13": 42}),
    *closes("0101.HK", {"2022-05-10": 10}),
    suspended("0101.HK", "2022-05-11", 10),
    *closes("0101.HK", {"2022-05-13": 12}),
    # not stored on 05-11, when it fell to 80; the suspension of 05-12 is at that close
    *closes("0016.HK", {"2022-05-10": 100}),
    suspended("0016.HK", "2022-05-12", 80),
    *closes("0016.HK", {"2022-05-13": 84}),
    # superseded versions
    *closes("0002.HK", {"2022-05-12": 70}),
    ("0002.HK", "2022-05-13", 77, {"known_to": LATER}),
    ("0002.HK", "2022-05-13", 71.4, {"known_from": LATER}),
    *closes("0003.HK", {"2022-05-12": 8, "2022-05-13": 8.4}),
]
ACTIONS = [
    ("601318.SS", "2022-05-13", "dividend", 0.135),
    ("000333.SZ", "2022-05-13", "dividend", 0.015),
    ("000538.SZ", "2022-05-05", "split", 1.4),
    ("000538.SZ", "2022-05-05", "dividend", 1.1457),
    ("600000.SS", "2022-05-13", "split", 1.3),
    ("0939.HK", "2022-05-13", "dividend", 0.30),
    ("0288.HK", "2022-05-13", "split", 4),
    ("0012.HK", "2022-05-13", "unlisted_adjustment", 1.1),
    ("000001.SZ", "2022-05-12", "dividend", 1.00),
    ("1211.HK", "2022-05-12", "split", 3),
    ("600036.SS", "2022-05-11", "dividend", 1.00),
    ("600036.SS", "2022-05-12", "split", 2),
    ("0003.HK", "2022-05-13", "split", 2, {"known_to": LATER}),
]
QUARANTINE = [("9988.HK", "2022-05-12", "price_jump", {"close": 95.0})]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prices")
    with warehouse_of(folder, stocks=STOCKS, actions=ACTIONS, quarantine=QUARANTINE) as connection:
        yield connection


def price(warehouse, symbol, day):
    return row_of(warehouse, "select * from prices where symbol = ? and trade_date = cast(? as date)", symbol, day)


def test_a_return_is_measured_from_the_close_of_the_session_before(warehouse):
    row = price(warehouse, "0700.HK", "2022-05-13")
    assert (row["previous_close"], row["reference_price"]) == (400, 400)
    assert row["return_1d"] == pytest.approx(-0.05)
    assert (row["ex"], row["dividend"], row["resumed"], row["sessions_since_trade"]) == (None, None, False, 1)
    assert (row["market"], row["name"], row["currency"]) == ("HK", "Tencent Holdings Ltd", "HKD")


def test_friday_and_monday_are_consecutive(warehouse):
    row = price(warehouse, "0700.HK", "2022-05-16")
    assert (row["previous_close"], row["sessions_since_trade"]) == (380, 1)
    assert row["return_1d"] == pytest.approx(0.05)


def test_the_sessions_around_the_mainland_may_holiday_are_consecutive(warehouse):
    row = price(warehouse, "600519.SS", "2022-05-05")
    assert (row["previous_close"], row["sessions_since_trade"]) == (1800, 1)
    assert row["return_1d"] == pytest.approx(0.02)


def test_the_sessions_around_a_hong_kong_holiday_are_consecutive(warehouse):
    row = price(warehouse, "0005.HK", "2022-05-10")
    assert (row["previous_close"], row["sessions_since_trade"]) == (50, 1)
    assert row["return_1d"] == pytest.approx(-0.02)


def test_the_first_stored_bar_has_nothing_to_be_measured_from(warehouse):
    row = price(warehouse, "0700.HK", "2022-05-12")
    assert [row[name] for name in ("previous_close", "reference_price", "return_1d", "sessions_since_trade")] == [
        None,
        None,
        None,
        None,
    ]


def test_a_two_session_move_over_a_weekend_is_not_sold_as_one(warehouse):
    row = price(warehouse, "0001.HK", "2022-05-16")
    assert (row["previous_close"], row["reference_price"], row["return_1d"]) == (None, None, None)
    assert (row["close"], row["sessions_since_trade"]) == (51, 2)


def test_a_held_bar_leaves_a_hole_and_the_day_after_no_return(warehouse):
    rows = rows_of(warehouse, "select * from prices where symbol = '9988.HK' order by trade_date")
    assert [row["close"] for row in rows] == [100, 90, 99]
    assert (rows[1]["previous_close"], rows[1]["return_1d"]) == (None, None)
    assert rows[2]["return_1d"] == pytest.approx(0.1)


def test_a_mainland_dividend_lowers_the_reference_half_up_to_the_fen(warehouse):
    row = price(warehouse, "601318.SS", "2022-05-13")
    assert (row["previous_close"], row["reference_price"]) == (10.00, 9.87)
    assert (row["return_1d"], row["ex"], row["dividend"]) == (0, "XD", 0.135)


def test_half_a_fen_goes_up_where_floating_point_falls_just_short(warehouse):
    row = price(warehouse, "000333.SZ", "2022-05-13")
    assert (row["reference_price"], row["return_1d"]) == (3.79, 0)


def test_a_mainland_split_with_a_dividend_divides_first_since_the_dividend_is_for_a_new_share(warehouse):
    row = price(warehouse, "000538.SZ", "2022-05-05")
    assert (row["previous_close"], row["reference_price"]) == (84.00, 58.85)
    assert row["return_1d"] == pytest.approx(0.05)
    assert (row["ex"], row["dividend"]) == ("DR", 1.1457)


def test_a_mainland_bonus_issue_is_referenced_to_the_fen(warehouse):
    row = price(warehouse, "600000.SS", "2022-05-13")
    assert (row["reference_price"], row["return_1d"], row["ex"], row["dividend"]) == (7.69, 0, "XR", None)


def test_a_hong_kong_dividend_is_marked_and_does_not_move_the_reference(warehouse):
    row = price(warehouse, "0939.HK", "2022-05-13")
    assert (row["previous_close"], row["reference_price"]) == (5.00, 5.00)
    assert (row["ex"], row["dividend"]) == ("XD", 0.30)
    assert row["return_1d"] == pytest.approx(-0.02)


def test_a_hong_kong_split_moves_the_reference(warehouse):
    row = price(warehouse, "0288.HK", "2022-05-13")
    assert (row["previous_close"], row["reference_price"], row["ex"]) == (100, 25, "XR")
    assert row["return_1d"] == pytest.approx(0.04)


def test_an_unlisted_adjustment_moves_the_reference_like_a_split(warehouse):
    row = price(warehouse, "0012.HK", "2022-05-13")
    assert row["reference_price"] == pytest.approx(20)
    assert row["return_1d"] == pytest.approx(0.05)
    assert row["ex"] == "XR"


def test_a_suspended_bar_has_no_return(warehouse):
    first, second = (price(warehouse, "0017.HK", day) for day in ("2022-05-11", "2022-05-12"))
    assert (first["trading_state"], first["return_1d"], first["resumed"]) == ("suspended", None, False)
    assert (second["trading_state"], second["return_1d"], second["resumed"]) == ("suspended", None, False)
    assert (first["sessions_since_trade"], second["sessions_since_trade"]) == (1, 2)


def test_a_resumed_bar_is_measured_from_the_last_traded_close(warehouse):
    row = price(warehouse, "0017.HK", "2022-05-13")
    assert (row["previous_close"], row["resumed"], row["sessions_since_trade"]) == (10, True, 3)
    assert row["return_1d"] == pytest.approx(0.2)


def test_a_stock_is_resumed_for_one_day_only(warehouse):
    row = price(warehouse, "0017.HK", "2022-05-16")
    assert (row["previous_close"], row["resumed"], row["sessions_since_trade"]) == (12, False, 1)
    assert row["return_1d"] == pytest.approx(0.05)


def test_a_dividend_during_a_suspension_counts_on_resumption(warehouse):
    row = price(warehouse, "000001.SZ", "2022-05-13")
    assert (row["previous_close"], row["reference_price"]) == (20, 19.00)
    assert (row["ex"], row["dividend"], row["resumed"]) == ("XD", 1.00, True)
    assert row["return_1d"] == pytest.approx(0.1)


def test_a_split_during_a_suspension_counts_on_resumption(warehouse):
    row = price(warehouse, "1211.HK", "2022-05-13")
    assert (row["previous_close"], row["reference_price"], row["ex"], row["resumed"]) == (300, 100, "XR", True)
    assert row["return_1d"] == pytest.approx(0.1)


def test_a_dividend_before_a_split_is_per_old_share(warehouse):
    row = price(warehouse, "600036.SS", "2022-05-13")
    assert (row["previous_close"], row["reference_price"]) == (21, 10.00)
    assert (row["ex"], row["dividend"]) == ("DR", 0.50)
    assert row["return_1d"] == pytest.approx(0.05)


def test_a_suspension_from_the_first_stored_bar_gives_its_close_as_the_last_known(warehouse):
    row = price(warehouse, "0066.HK", "2022-05-13")
    assert (row["previous_close"], row["resumed"], row["sessions_since_trade"]) == (40, True, None)
    assert row["return_1d"] == pytest.approx(0.05)


def test_a_hole_after_a_suspension_leaves_no_return(warehouse):
    row = price(warehouse, "0101.HK", "2022-05-13")
    assert (row["previous_close"], row["return_1d"], row["resumed"]) == (None, None, False)


def test_a_suspension_that_follows_a_hole_is_not_measured_from_before_the_hole(warehouse):
    # 05-11 is not stored; the suspended close says it ended at 80, so 84 is +5% or not known, never -16%.
    row = price(warehouse, "0016.HK", "2022-05-13")
    assert row["previous_close"] in (None, 80)
    assert row["return_1d"] is None or row["return_1d"] == pytest.approx(0.05)


def test_only_the_current_version_of_a_bar_is_shown(warehouse):
    row = price(warehouse, "0002.HK", "2022-05-13")
    assert (row["close"], row["known_from"]) == (71.4, LATER)
    assert row["return_1d"] == pytest.approx(0.02)


def test_a_withdrawn_action_moves_nothing(warehouse):
    row = price(warehouse, "0003.HK", "2022-05-13")
    assert (row["reference_price"], row["ex"]) == (8, None)
    assert row["return_1d"] == pytest.approx(0.05)


@pytest.mark.parametrize("table", ["price_versions", "prices", "stock_returns"])
def test_a_month_of_a_stock_lies_together(warehouse, table):
    apart = f"""
        select symbol from base.{table}
        group by symbol, date_trunc('month', trade_date)
        having max(rowid) - min(rowid) >= count(*)
    """
    assert rows_of(warehouse, apart) == []
