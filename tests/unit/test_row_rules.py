from datetime import date

import pandas as pd
import pytest

from warehouse.rules import row

GOOD = {
    "symbol": "0700.HK",
    "trade_date": date(2022, 5, 17),
    "open": 100.0,
    "high": 102.0,
    "low": 98.0,
    "close": 101.0,
    "volume": 1000,
    "currency": "HKD",
    "market_currency": "HKD",
    "time_zone": "Asia/Hong_Kong",
    "market_time_zone": "Asia/Hong_Kong",
    "is_session": True,
    "is_final": True,
    "is_still_trading": False,
    "is_known_symbol": True,
    "is_contrary": False,
    "is_index": False,
    "close_kind": None,
    "fill_factor": None,
    "split_factor": 1.0,
    "highest_price": 9995.0,
}


def bars(*changes):
    frame = pd.DataFrame([GOOD | change for change in changes])
    return frame.astype(dict.fromkeys(["open", "high", "low", "close"], "float64") | {"volume": "Int64"})


def broken(rule, *changes):
    return rule(bars(*changes)).fillna(True).astype(bool).tolist()


@pytest.mark.parametrize("rule", row.ROW_RULES, ids=lambda rule: rule.name)
def test_an_ordinary_bar_breaks_no_rule(rule):
    assert broken(rule.check, {}) == [False]


@pytest.mark.parametrize("name", ["open", "high", "low", "close"])
def test_a_price_must_be_finite_and_positive(name):
    values = [None, float("nan"), float("inf"), float("-inf"), 0.0, -1.0, 0.001]
    assert broken(row.prices_finite_and_positive, *[{name: value} for value in values]) == [True] * 6 + [False]


def test_a_volume_must_be_there_and_not_negative():
    changes = [{"volume": None}, {"volume": -1}, {"volume": 0}, {"volume": 10**12}]
    assert broken(row.volume_not_negative, *changes) == [True, True, False, False]


def test_an_index_without_volume_is_an_index():
    assert broken(row.volume_not_negative, {"volume": None, "is_index": True}, {"volume": -1, "is_index": True}) == [
        False,
        True,
    ]


def test_the_high_must_not_be_below_the_low():
    changes = [{"high": 97.99, "low": 98.0}, {"high": 98.0, "low": 98.0}, {"high": 98.0000005, "low": 98.000001}]
    assert broken(row.high_not_below_low, *changes) == [True, False, False]


def test_the_close_must_lie_within_the_day_s_range():
    closes = [10100.0, 102.01, 97.99, 1.01, 102.0, 98.0]
    assert broken(row.close_within_range, *[{"close": close} for close in closes]) == [True] * 4 + [False] * 2


def test_a_nominal_close_is_the_exchange_s_own_and_may_lie_outside_the_trades():
    assert broken(row.close_within_range, {"close": 97.0, "close_kind": "nominal"}, {"close": 97.0}) == [False, True]


def test_a_high_or_low_three_times_off_both_ends_of_the_day_is_not_believed():
    # Of an open of 100 and a close of 101: 3 x 101 = 303 and 100 / 3 = 33.33. A crash ends near its low.
    changes = [{"high": 48_750_000_000.0}, {"high": 303.5}, {"high": 302.5}, {"low": 33.3}, {"low": 33.4}]
    assert broken(row.range_within_belief, *changes) == [True, True, False, True, False]
    assert broken(row.range_within_belief, {"low": 9.0, "close": 10.0}) == [False]


def test_no_share_is_traded_above_the_last_price_band_of_its_exchange():
    # As traded before a later split of 10 for 1, a bar of 1,000 was one of 10,000.
    changes = [
        {"high": 9996.0},
        {"high": 9995.0},
        {"high": 1000.0, "split_factor": 0.1},
        {"is_index": True, "high": 3e4},
    ]
    assert broken(row.price_has_a_tick, *changes) == [True, False, True, False]


def test_the_open_may_be_two_percent_outside_the_range_and_no_more():
    # 102 x 1.02 = 104.04 and 98 x 0.98 = 96.04
    opens = [104.05, 96.03, 104.03, 96.05, 102.0]
    assert broken(row.open_near_range, *[{"open": price} for price in opens]) == [True, True, False, False, False]


def test_a_bar_must_be_of_a_session():
    assert broken(row.session_exists, {"is_session": False}, {"is_session": True}) == [True, False]


def test_the_currency_must_be_the_market_s():
    changes = [{"currency": "USD"}, {"currency": None}, {"currency": "hkd"}, {"currency": "HKD"}]
    assert broken(row.right_currency, *changes) == [True, True, True, False]


def test_the_time_zone_must_be_the_market_s():
    changes = [{"time_zone": "America/New_York"}, {"time_zone": None}, {"time_zone": "Asia/Hong_Kong"}]
    assert broken(row.right_time_zone, *changes) == [True, True, False]


def test_a_bar_that_the_vendor_was_still_trading_is_not_the_close():
    assert broken(row.no_longer_trading, {"is_still_trading": True}, {"is_still_trading": False}) == [True, False]


def test_of_two_identical_rows_only_the_copy_is_held():
    assert broken(row.one_row_a_day, {}, {}) == [False, True]
    assert broken(row.one_row_a_day, {}, {"symbol": "0005.HK"}, {}, {}) == [False, False, True, True]


def test_rows_of_one_day_that_disagree_are_all_held():
    assert broken(row.one_row_a_day, {}, {"close": 101.5}) == [True, True]
    assert broken(row.one_row_a_day, {}, {"volume": 999}, {"symbol": "0005.HK"}) == [True, True, False]


def test_a_copy_does_not_save_a_row_that_a_third_one_contradicts():
    assert broken(row.one_row_a_day, {}, {}, {"close": 101.5}) == [True, True, True]


def test_other_days_and_other_symbols_are_no_duplicates():
    changes = [{}, {"trade_date": date(2022, 5, 16)}, {"symbol": "0005.HK"}]
    assert broken(row.one_row_a_day, *changes) == [False, False, False]


def test_the_rules_keep_the_index_of_the_bars():
    frame = bars({}, {"close": 10100.0})
    frame.index = [7, 3]
    found = row.close_within_range(frame)
    assert found.to_dict() == {7: False, 3: True}


def test_an_open_outside_the_range_is_a_warning():
    opens = [102.01, 97.99, 102.0, 98.0]
    assert broken(row.open_within_range, *[{"open": value} for value in opens]) == [True, True, False, False]


def test_a_symbol_of_nobody_and_an_answer_before_the_close_was_final_break_their_rules():
    assert broken(row.known_symbol, {"is_known_symbol": False}, {}) == [True, False]
    assert broken(row.final_when_asked, {"is_final": False}, {}) == [True, False]


def test_what_can_never_be_a_price_is_rejected_and_a_sloppy_open_is_stored_with_a_warning():
    assert {rule.name: rule.severity for rule in row.ROW_RULES} == {
        "known_symbol": "hold",
        "session_exists": "hold",
        "right_currency": "hold",
        "right_time_zone": "hold",
        "final_when_asked": "hold",
        "prices_finite_and_positive": "reject",
        "volume_not_negative": "hold",
        "high_not_below_low": "hold",
        "close_within_range": "hold",
        "range_within_belief": "hold",
        "price_has_a_tick": "hold",
        "open_near_range": "hold",
        "one_row_a_day": "hold",
        "no_longer_trading": "hold",
        "history_agrees": "hold",
        "open_within_range": "warn",
    }
