"""The rules that hold a bar against the one before it, each with rows that must fail it and rows that must not."""

from datetime import date

import pandas as pd
import pytest

from tests.shipped import CN, HK
from warehouse.lake.schema import ACTIONS
from warehouse.rules import history
from warehouse.rules.past import with_past

GOOD = {
    "symbol": "600519.SS",
    "trade_date": date(2022, 5, 17),
    "open": 100.5,
    "high": 102.0,
    "low": 99.0,
    "close": 101.0,
    "volume": 1000,
    "previous_open": 99.0,
    "previous_high": 101.0,
    "previous_low": 98.0,
    "previous_close": 100.0,
    "previous_volume": 900,
    "next_stored_open": 102.0,
    "next_stored_high": 103.0,
    "next_stored_low": 101.0,
    "next_stored_close": 102.5,
    "next_stored_volume": 1100,
    "is_known": False,
    "reference_price": 100.0,
    "ratio": 1.0,
    "usual_volume": 1000.0,
    "sessions_since": 1.0,
    "times_stored": 1.0,
    "doubtful_ratio": float("nan"),
    "is_index": False,
    "first_trade_date": date(2001, 8, 27),
}
FIRST = {"reference_price": None, "sessions_since": None, "usual_volume": None, "previous_volume": None} | {
    f"previous_{name}": None for name in ("open", "high", "low", "close")
}


def at(price, **changes):
    """A bar that opened, rose, fell and closed at one price."""
    return dict.fromkeys(("open", "high", "low", "close"), price) | changes


def typed(*rows):
    numbers = [name for name in GOOD if isinstance(GOOD[name], float)]
    kinds = dict.fromkeys(numbers, "float64") | dict.fromkeys(
        ("volume", "previous_volume", "next_stored_volume"), "Int64"
    )
    return pd.DataFrame(rows).astype(kinds)


def limit_percent(bar):
    """The limit that is found for the bar, seen after one of the session before that closed at its reference price."""
    market = HK if bar["symbol"].endswith(".HK") else CN
    before = bar | at(bar["reference_price"], trade_date=market.sessions.back(bar["trade_date"], 1))
    seen = with_past(typed(before, bar), ACTIONS.schema.empty_table().to_pandas(), market)
    return seen["limit_percent"].iloc[-1]


def broken(rule, *changes):
    rows = [GOOD | change for change in changes]
    frame = typed(*rows).assign(limit_percent=[limit_percent(row) for row in rows])
    return rule(frame).fillna(False).astype(bool).tolist()


@pytest.mark.parametrize("rule", history.HISTORY_RULES, ids=lambda rule: rule.name)
def test_an_ordinary_bar_and_a_first_one_break_no_rule(rule):
    assert broken(rule.check, {}, FIRST) == [False, False]


def test_a_price_a_hundred_times_or_a_hundredth_of_the_one_before_is_a_slip_of_units():
    assert broken(history.unit_slip, at(10000.0), at(1.0), at(11000.0)) == [True, True, True]
    assert broken(history.unit_slip, at(1000.0), at(10.0), at(148.0)) == [False, False, False]


def test_a_close_at_three_times_or_a_third_of_the_one_before_is_not_believed():
    assert broken(history.beyond_belief, at(301.0), at(33.0), at(148.0), at(47.0)) == [True, True, False, False]


def test_a_price_that_passed_through_a_third_on_bad_news_is_believed():
    # As 2007.HK has: from 100 to 10 within a day, with trades at the prices between.
    assert broken(history.beyond_belief, {"open": 60.0, "high": 62.0, "low": 9.5, "close": 10.0}) == [False]


def test_with_no_bar_before_it_a_bar_stands_within_three_times_the_stored_one():
    assert broken(history.near_the_stored, FIRST | {"times_stored": 3.1}, FIRST | {"times_stored": 2.9}) == [
        True,
        False,
    ]
    assert broken(history.near_the_stored, {"times_stored": 3.1}) == [False]


@pytest.mark.parametrize(("before", "is_resumed"), [(0, True), (900, False), (None, False)])
def test_only_a_bar_after_a_halt_is_believed_for_what_follows_it(before, is_resumed):
    # A fill whose volume was not proven has none: that is no halt.
    days = [GOOD | at(price) for price in (400.0, 401.0, 399.0)]
    seen = typed(days[0] | {"previous_volume": before}, *days[1:])
    assert bool(history.is_resumed_for_good(seen).iloc[0]) is is_resumed


def test_a_step_by_the_ratio_of_a_held_split_near_its_day_is_held():
    # 8 for 5 more shares, 13 for 5 in all, as booked a day early: 100 / 2.6 = 38.46.
    doubtful = {"doubtful_ratio": 2.6}
    assert broken(history.step_beside_event, at(38.5, **doubtful), at(70.0, **doubtful), at(38.5)) == [
        True,
        False,
        False,
    ]
    assert broken(history.step_beside_event, at(38.5, ratio=2.6, reference_price=38.46, **doubtful)) == [False]
    assert broken(history.step_beside_event, at(96.0, doubtful_ratio=1.05)) == [False]
    # It opened where it had closed: whoever sold down to 38.5 saw no split.
    assert broken(history.step_beside_event, at(38.5, **doubtful) | {"open": 99.0}) == [False]


@pytest.mark.parametrize("ratio", [2, 3, 4, 5, 10, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 10])
def test_a_step_by_a_simple_ratio_that_no_event_explains_is_held(ratio):
    assert broken(history.step_without_event, at(100.0 * ratio * 1.02)) == [True]
    assert broken(history.step_without_event, at(100.0 * ratio * 1.02, ratio=1 / ratio)) == [False]


def test_a_crash_to_a_half_that_did_not_open_there_is_a_crash():
    # As 0020.HK did on 2022-06-30: from 5.88 to an open of 5.00 and a close of 3.13.
    fall = {"open": 85.0, "high": 85.0, "low": 49.5, "close": 53.2}
    assert broken(history.step_without_event, fall, at(148.0)) == [False, False]


@pytest.mark.parametrize(
    ("symbol", "day", "highest"),
    [
        ("600519.SS", date(2022, 5, 17), 110.0),
        ("688981.SS", date(2022, 5, 17), 120.0),
        ("300750.SZ", date(2020, 8, 21), 110.0),
        ("300750.SZ", date(2020, 8, 24), 120.0),
    ],
)
def test_a_high_beyond_the_limit_of_the_board_and_day_is_held(symbol, day, highest):
    stock = {"symbol": symbol, "trade_date": day, "first_trade_date": date(2019, 1, 2)}
    rows = [stock | {"high": highest, "close": highest}, stock | {"high": highest + 1}]
    assert broken(history.beyond_limit, *rows) == [False, True]


def test_a_low_beyond_the_limit_is_held():
    assert broken(history.beyond_limit, {"low": 90.0}, {"low": 89.0}) == [False, True]


def test_hong_kong_an_index_and_a_board_that_is_not_known_have_no_limit():
    rows = [at(148.0, symbol="9698.HK"), at(148.0, symbol="000300.SS", is_index=True), at(148.0, symbol="123456.XX")]
    assert broken(history.beyond_limit, *rows) == [False, False, False]


def test_a_stock_whose_history_has_just_begun_may_have_no_limit():
    new = {"symbol": "688981.SS", "trade_date": date(2020, 7, 17), "first_trade_date": date(2020, 7, 16)}
    assert broken(history.beyond_limit, at(180.0, **new)) == [False]
    assert broken(history.beyond_limit, at(180.0, **new | {"first_trade_date": date(2019, 7, 22)})) == [True]


def test_over_missing_sessions_each_may_have_moved_by_the_limit():
    # 1.1 x 1.1 = 1.21
    assert broken(history.beyond_limit, at(120.0, sessions_since=2.0), at(123.0, sessions_since=2.0)) == [False, True]


def test_yesterday_s_bar_again_is_held_unless_nothing_was_traded():
    again = {name.removeprefix("previous_"): GOOD[name] for name in GOOD if name.startswith("previous_")}
    nothing = again | {"volume": 0, "previous_volume": 0}
    assert broken(history.stale_repeat, again, nothing, again | {"volume": 901}) == [True, False, False]


def test_the_stored_bar_of_the_session_after_is_held_on_the_day_before():
    slipped = {name.removeprefix("next_stored_"): GOOD[name] for name in GOOD if name.startswith("next_stored_")}
    assert broken(history.stale_repeat, slipped, slipped | {"close": 102.4}) == [True, False]


def test_an_index_that_stands_still_at_its_last_close_is_held():
    index = {"is_index": True, "volume": 0}
    assert broken(history.stale_repeat, at(100.0, **index), at(100.01, **index), {**index}) == [True, False, False]


def test_a_volume_in_another_unit_is_held_when_the_price_hardly_moved():
    rows = [{"volume": 100_000}, {"volume": 10, "usual_volume": 1000.0}, {"volume": 40_000}, {"volume": 0}]
    assert broken(history.volume_unit_jump, *rows) == [True, True, False, False]
    crash = {"volume": 100_000, "low": 50.0, "close": 53.0}
    assert broken(history.volume_unit_jump, crash, at(110.0, volume=10)) == [False, False]


def test_an_index_volume_in_another_unit_is_a_warning_and_not_held():
    jump = {"is_index": True, "volume": 3_500_000_000, "usual_volume": 230_800.0}
    assert broken(history.index_volume_jump, jump, jump | {"is_index": False}) == [True, False]
    assert broken(history.volume_unit_jump, jump) == [False]


def test_a_move_beyond_thirty_percent_is_a_warning_and_a_two_day_move_is_none():
    assert broken(history.usual_move, at(148.0), at(129.0), at(57.0, sessions_since=2.0)) == [True, False, False]


def test_what_hardly_was_traded_is_held_and_what_may_be_real_is_stored_with_a_warning():
    assert {rule.name: rule.severity for rule in history.HISTORY_RULES} == {
        "unit_slip": "hold",
        "step_beside_event": "hold",
        "step_without_event": "hold",
        "beyond_belief": "hold",
        "near_the_stored": "hold",
        "beyond_limit": "hold",
        "stale_repeat": "hold",
        "volume_unit_jump": "hold",
        "usual_move": "warn",
        "index_volume_jump": "warn",
        "index_without_range": "warn",
    }


def test_an_index_bar_of_one_price_on_a_day_that_moved_is_a_warning():
    index = {"is_index": True}
    rows = [at(101.0, **index), at(100.0, **index), {"high": 102.0, **index}, at(101.0)]
    assert broken(history.index_without_range, *rows) == [True, False, False, False]
    assert broken(history.index_without_range, FIRST | at(101.0, **index)) == [False]


def test_the_usual_volume_is_that_of_days_of_more_than_one_price():
    # A new listing, locked for a week at hardly a trade: the day on which it opens is no slip of units.
    days = CN.sessions.between(date(2022, 5, 5), date(2022, 5, 23))
    locked = [GOOD | at(100.0, trade_date=day, volume=10) for day in days[:7]]
    opened = [GOOD | {"trade_date": day, "volume": 10_000} for day in days[7:]]
    seen = with_past(typed(*locked, *opened), ACTIONS.schema.empty_table().to_pandas(), CN)
    assert seen["usual_volume"].isna().tolist() == [True] * 12 + [False]
    assert seen["usual_volume"].iloc[-1] == 10_000
