"""`stock_returns` and `suspensions`: horizons over splits, dividends, halts and holes, and new highs and lows."""

from datetime import date

import pytest
from warehouse_of import closes, row_of, rows_of, suspended, warehouse_of

from tests.shipped import CN, HK

YEAR = [str(day) for day in HK.sessions.between(date(2021, 5, 17), date(2022, 5, 18))]
MAINLAND_YEAR = [str(day) for day in CN.sessions.between(date(2021, 5, 17), date(2022, 5, 18))]
FLAT = dict.fromkeys(YEAR, 100)
STOCKS = [
    # 2021-05-14 is the Friday before 2021-05-16, a Sunday; five sessions before 05-17 is 05-10
    *closes(
        "0700.HK",
        {
            "2021-05-14": 500,
            "2021-05-17": 600,
            "2021-12-31": 440,
            "2022-03-31": 400,
            "2022-04-29": 352,
            "2022-05-10": 320,
            "2022-05-13": 330,
            "2022-05-16": 340,
            "2022-05-17": 352,
        },
    ),
    # 3 for 1 on 05-11, cash on 05-12
    *closes("0288.HK", {"2022-04-29": 30, "2022-05-10": 33, "2022-05-11": 11, "2022-05-12": 11, "2022-05-13": 12}),
    # 0.50 a share on 05-11, then 1.5 for 1 with 0.20 a new share on 05-13
    *closes("600036.SS", {"2022-04-29": 31.10, "2022-05-10": 32, "2022-05-12": 30, "2022-05-13": 22, "2022-05-16": 21}),
    # on a Monday the week is the day
    *closes("601318.SS", {"2022-05-13": 10.00, "2022-05-16": 9.90}),
    # a history that the vendor has rebased: closes between two fen
    *closes("600030.SS", dict.fromkeys(MAINLAND_YEAR, 3.0049) | {"2022-05-13": 3.0099, "2022-05-16": 3.0049}),
    # what went ex before the week was of no round ratio
    *closes("600050.SS", {"2022-05-10": 3.61, "2022-05-13": 3.50, "2022-05-16": 3.46}),
    *closes("0008.HK", {"2022-05-10": 0.05, "2022-05-13": 3.51, "2022-05-16": 3.46}),
    # halted over the month's end, with a dividend in between
    *closes("000001.SZ", {"2022-04-27": 15, "2022-04-28": 16}),
    suspended("000001.SZ", "2022-04-29", 16),
    suspended("000001.SZ", "2022-05-05", 16),
    *closes("000001.SZ", {"2022-05-06": 17.60}),
    # the base of the month is not stored, and the bars around it are
    *closes("0001.HK", {"2022-04-28": 50, "2022-05-03": 51, "2022-05-04": 52}),
    # a year of closes
    *closes("0002.HK", FLAT | {"2021-05-17": 120, "2021-05-18": 110, "2022-05-17": 111, "2022-05-18": 111}),
    *closes("0003.HK", FLAT | {"2022-05-17": 99}),
    *closes("0005.HK", {day: close for day, close in FLAT.items() if day != "2021-11-01"} | {"2022-05-17": 200}),
    # after 2 for 1, 51 is above 100
    *closes("0006.HK", {day: 100 if day < "2022-05-11" else 50 for day in YEAR} | {"2022-05-17": 51}),
    # after a dividend of 2, 99 is above 100
    *closes("600519.SS", {day: 100 if day < "2022-05-11" else 98 for day in MAINLAND_YEAR} | {"2022-05-17": 99}),
    *closes("0011.HK", {day: close for day, close in FLAT.items() if day < "2022-05-17"}),
    suspended("0011.HK", "2022-05-17", 100),
    # spells
    *closes("0017.HK", {"2022-05-10": 10}),
    suspended("0017.HK", "2022-05-11", 10),
    suspended("0017.HK", "2022-05-12", 10),
    *closes("0017.HK", {"2022-05-13": 12}),
    suspended("0017.HK", "2022-05-16", 12),
    suspended("0020.HK", "2022-05-13", 5),
    *closes("0027.HK", {"2022-05-10": 40}),
    suspended("0027.HK", "2022-05-11", 40),
    *closes("0027.HK", {"2022-05-13": 44}),
    *closes("0066.HK", {"2022-05-06": 40}),
    suspended("0066.HK", "2022-05-10", 40),
    suspended("0066.HK", "2022-05-12", 40),
    *closes("0066.HK", {"2022-05-13": 41}),
]
ACTIONS = [
    ("0288.HK", "2022-05-11", "split", 3),
    ("0288.HK", "2022-05-12", "dividend", 1),
    ("600036.SS", "2022-05-11", "dividend", 0.50),
    ("600036.SS", "2022-05-13", "split", 1.5),
    ("600036.SS", "2022-05-13", "dividend", 0.20),
    ("601318.SS", "2022-05-16", "dividend", 0.135),
    ("600050.SS", "2022-05-11", "unlisted_adjustment", 0.99430199),
    ("0008.HK", "2022-05-11", "split", 1 / 70),
    ("000001.SZ", "2022-05-05", "dividend", 1.00),
    ("0006.HK", "2022-05-11", "split", 2),
    ("600519.SS", "2022-05-11", "dividend", 2),
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    with warehouse_of(tmp_path_factory.mktemp("stocks"), stocks=STOCKS, actions=ACTIONS) as connection:
        yield connection


def stock(warehouse, symbol, day):
    query = "select * from stock_returns where symbol = ? and trade_date = cast(? as date)"
    return row_of(warehouse, query, symbol, day)


def test_every_horizon_is_measured_from_its_own_session(warehouse):
    row = stock(warehouse, "0700.HK", "2022-05-17")
    assert row["return_1d"] == pytest.approx(352 / 340 - 1)
    assert row["return_5d"] == pytest.approx(0.1)
    assert row["return_wtd"] == pytest.approx(352 / 330 - 1)
    assert row["return_mtd"] == 0
    assert row["return_qtd"] == pytest.approx(-0.12)
    assert row["return_ytd"] == pytest.approx(-0.2)
    assert row["return_1y"] == pytest.approx(352 / 600 - 1)
    assert (row["name"], row["close"], row["market"]) == ("Tencent Holdings Ltd", 352, "HK")


def test_one_year_goes_back_to_the_session_before_a_date_that_was_none(warehouse):
    assert stock(warehouse, "0700.HK", "2022-05-16")["return_1y"] == pytest.approx(340 / 500 - 1)


def test_a_split_is_undone_and_a_hong_kong_dividend_is_not(warehouse):
    assert stock(warehouse, "0288.HK", "2022-05-11")["return_mtd"] == pytest.approx(0.1)
    assert stock(warehouse, "0288.HK", "2022-05-13")["return_mtd"] == pytest.approx(0.2)


def test_mainland_dividends_and_splits_lower_the_base_in_the_order_of_their_days(warehouse):
    # 31.10 - 0.50 = 30.60; divided by 1.5, less 0.20: 20.20
    assert stock(warehouse, "600036.SS", "2022-05-12")["return_mtd"] == pytest.approx(30 / 30.60 - 1)
    assert stock(warehouse, "600036.SS", "2022-05-13")["return_mtd"] == pytest.approx(22 / 20.20 - 1)
    assert stock(warehouse, "600036.SS", "2022-05-16")["return_mtd"] == pytest.approx(21 / 20.20 - 1)


def test_a_week_of_one_session_is_the_day_itself_to_the_fen(warehouse):
    row = stock(warehouse, "601318.SS", "2022-05-16")
    # 10.00 - 0.135 = 9.865, quoted 9.87
    assert row["return_wtd"] == row["return_1d"] == pytest.approx(9.90 / 9.87 - 1)


def test_a_week_of_one_session_is_the_day_itself_where_closes_lie_between_two_fen(warehouse):
    row = stock(warehouse, "600030.SS", "2022-05-16")
    # nothing went ex: 3.0049 against 3.0099, and not against 3.01; a week before it stood where it stands
    assert row["return_wtd"] == row["return_1d"] == pytest.approx(3.0049 / 3.0099 - 1, abs=1e-12)
    assert row["return_mtd"] == 0
    assert year(warehouse, "600030.SS", "2022-05-16") == (3.0099, date(2022, 5, 13), 3.0049, date(2021, 5, 17), "whole")


@pytest.mark.parametrize(("symbol", "base"), [("600050.SS", 3.50), ("0008.HK", 3.51)])
def test_a_week_of_one_session_is_the_day_itself_whatever_went_ex_before(warehouse, symbol, base):
    row = stock(warehouse, symbol, "2022-05-16")
    assert row["return_wtd"] == row["return_1d"] == pytest.approx(3.46 / base - 1, abs=1e-12)


def test_a_halted_stock_stands_at_its_last_trade(warehouse):
    # 16 - 1.00 = 15: what it was last worth, once the dividend was off
    assert stock(warehouse, "000001.SZ", "2022-05-06")["return_mtd"] == pytest.approx(17.60 / 15 - 1)
    halted = stock(warehouse, "000001.SZ", "2022-05-05")
    assert (halted["return_1d"], halted["return_mtd"], halted["new_high_52w"]) == (None, 0, None)


def test_a_horizon_whose_base_session_is_not_stored_is_null(warehouse):
    row = stock(warehouse, "0001.HK", "2022-05-04")
    assert row["return_1d"] == pytest.approx(1 / 51)
    horizons = ("return_5d", "return_wtd", "return_mtd", "return_qtd", "return_ytd", "return_1y")
    assert {name: row[name] for name in horizons} == dict.fromkeys(horizons)


def highs(warehouse, symbol, day="2022-05-17"):
    row = stock(warehouse, symbol, day)
    return row["new_high_52w"], row["new_low_52w"]


def test_a_new_high_is_above_every_close_of_52_weeks(warehouse):
    assert highs(warehouse, "0002.HK") == (True, False)
    assert highs(warehouse, "0002.HK", "2022-05-16") == (False, False)
    assert highs(warehouse, "0003.HK") == (False, True)


def test_an_equal_close_is_no_new_high(warehouse):
    assert highs(warehouse, "0002.HK", "2022-05-18") == (False, False)


def test_a_session_that_is_not_stored_or_not_reached_leaves_new_highs_open(warehouse):
    assert highs(warehouse, "0005.HK") == (None, None)
    assert highs(warehouse, "0003.HK", "2022-05-13") == (None, None)


def test_new_highs_are_seen_through_splits_and_mainland_dividends(warehouse):
    assert highs(warehouse, "0006.HK") == (True, False)
    assert highs(warehouse, "600519.SS") == (True, False)


def test_a_suspended_stock_makes_no_new_high(warehouse):
    assert highs(warehouse, "0011.HK") == (None, None)


def year(warehouse, symbol, day="2022-05-17"):
    row = stock(warehouse, symbol, day)
    return tuple(row[name] for name in ("high_52w", "high_52w_on", "low_52w", "low_52w_on", "status_52w"))


def test_the_52_weeks_have_a_high_and_a_low_with_their_days(warehouse):
    # 364 days before 05-17 it closed at 110, the day before that at 120; Buddha's Birthday was 2021-05-19
    assert year(warehouse, "0002.HK") == (111, date(2022, 5, 17), 100, date(2021, 5, 20), "whole")
    assert year(warehouse, "0002.HK", "2022-05-16") == (120, date(2021, 5, 17), 100, date(2021, 5, 20), "whole")


def test_the_high_and_the_low_are_in_the_shares_of_the_day(warehouse):
    assert year(warehouse, "0006.HK") == (51, date(2022, 5, 17), 50, date(2021, 5, 18), "whole")
    assert year(warehouse, "600519.SS") == (99, date(2022, 5, 17), 98, date(2021, 5, 18), "whole")


def test_a_year_that_is_not_whole_says_why_it_has_no_high(warehouse):
    assert year(warehouse, "0005.HK") == (None, None, None, None, "incomplete")
    assert year(warehouse, "0003.HK", "2022-05-13") == (None, None, None, None, "short")


def test_sessions_are_numbered_without_a_gap(warehouse):
    numbers = [stock(warehouse, "0002.HK", day)["session_number"] for day in ("2022-05-06", "2022-05-10", "2022-05-17")]
    # Buddha's Birthday was 05-09
    assert [number - numbers[0] for number in numbers] == [0, 1, 6]


def of_history(warehouse, symbol, day, *names):
    row = row_of(warehouse, "select * from stock_history(?) where trade_date = cast(? as date)", symbol, day)
    return tuple(row[name] for name in names)


def test_a_stock_has_its_since_beyond_52_weeks(warehouse):
    gain = ("best_since", "since_status", "highest_close_since", "highest_close_status")
    assert of_history(warehouse, "0002.HK", "2022-05-17", *gain) == (None, "record", date(2021, 5, 17), "since")
    low = ("lowest_close_since", "lowest_close_status")
    assert of_history(warehouse, "0003.HK", "2022-05-17", *low) == (None, "record")
    # through a split
    assert of_history(warehouse, "0006.HK", "2022-05-17", *gain) == (None, "record", None, "record")


def test_a_hole_leaves_a_stock_s_record_open(warehouse):
    found = of_history(warehouse, "0005.HK", "2022-05-17", "since_status", "highest_close_status")
    assert found == ("incomplete", "incomplete")


def spells(warehouse, symbol):
    query = "select * from suspensions where symbol = ? order by suspended_from"
    return [
        (str(row["suspended_from"])[5:], row["suspended_to"] and str(row["suspended_to"])[5:], row["sessions"])
        for row in rows_of(warehouse, query, symbol)
    ]


def resumption(warehouse, symbol):
    query = "select return_on_resumption from suspensions where symbol = ? order by suspended_from"
    return [row["return_on_resumption"] for row in rows_of(warehouse, query, symbol)]


def test_a_spell_runs_from_the_first_to_the_last_session_without_a_trade(warehouse):
    assert spells(warehouse, "0017.HK") == [("05-11", "05-12", 2), ("05-16", None, 1)]
    assert resumption(warehouse, "0017.HK") == [pytest.approx(0.2), None]


def test_a_spell_crosses_a_holiday_and_its_return_takes_off_what_went_ex(warehouse):
    assert spells(warehouse, "000001.SZ") == [("04-29", "05-05", 2)]
    assert resumption(warehouse, "000001.SZ") == [pytest.approx(17.60 / 15 - 1)]


def test_a_spell_that_lasts_has_no_end(warehouse):
    assert spells(warehouse, "0020.HK") == [("05-13", None, 1)]


def test_a_hole_after_a_spell_leaves_the_resumption_unknown(warehouse):
    assert spells(warehouse, "0027.HK") == [("05-11", "05-11", 1)]
    assert resumption(warehouse, "0027.HK") == [None]


def test_a_hole_within_a_spell_ends_it(warehouse):
    assert spells(warehouse, "0066.HK") == [("05-10", "05-10", 1), ("05-12", "05-12", 1)]
    assert resumption(warehouse, "0066.HK") == [None, None]
