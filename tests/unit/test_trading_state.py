from datetime import date

import pandas as pd

from warehouse.rules.trading_state import days_newly_flat, with_trading_state

MONDAY, TUESDAY, WEDNESDAY = (date(2022, 5, day) for day in (16, 17, 18))


def judged(*bars, stored=()):
    """Bars are (symbol, day, close in one share, volume); those `stored` (symbol, day) are flat in the lake."""
    frame = pd.DataFrame(bars, columns=["symbol", "trade_date", "close_adjusted", "volume"])
    frame = frame.astype({"volume": "Int64"}).sort_values(["symbol", "trade_date"]).assign(was_flat=False)
    frame["was_flat"] = [
        (symbol, day) in stored for symbol, day in zip(frame["symbol"], frame["trade_date"], strict=True)
    ]
    flat_days = days_newly_flat(with_trading_state(frame, ()).dropna(subset="flat_since"))
    found = with_trading_state(frame, flat_days)
    problems = found["flat_problem"].astype(object).where(found["flat_problem"].notna(), None)
    return {
        (symbol, day): (state, problem)
        for symbol, day, state, problem in zip(
            found["symbol"], found["trade_date"], found["trading_state"], problems, strict=True
        )
    }


def turned_flat(count, close=10.0):
    symbols = [f"{number:04}.HK" for number in range(1, count + 1)]
    return [(s, MONDAY, 10.0, 500) for s in symbols] + [(s, TUESDAY, close, 0) for s in symbols]


def test_a_bar_with_volume_is_traded():
    found = judged(("A", MONDAY, 10.0, 500), ("A", TUESDAY, 11.0, 1))
    assert found == {("A", MONDAY): ("traded", None), ("A", TUESDAY): ("traded", None)}


def test_zero_volume_at_the_close_before_is_a_suspension():
    found = judged(("A", MONDAY, 10.0, 500), ("A", TUESDAY, 10.0, 0), ("A", WEDNESDAY, 10.0, 0))
    assert found["A", TUESDAY] == ("suspended", None)
    assert found["A", WEDNESDAY] == ("suspended", None)


def test_zero_volume_at_a_changed_close_is_in_doubt():
    found = judged(("A", MONDAY, 10.0, 500), ("A", TUESDAY, 10.1, 0))
    assert found["A", TUESDAY][1] == "flat_at_changed_close"
    assert found["A", MONDAY] == ("traded", None)


def test_a_changed_close_within_a_run_of_flat_days_is_in_doubt():
    found = judged(("A", MONDAY, 10.0, 0), ("A", TUESDAY, 10.0, 0), ("A", WEDNESDAY, 9.9, 0))
    assert [found["A", day][1] for day in (MONDAY, TUESDAY, WEDNESDAY)] == [None, None, "flat_at_changed_close"]


def test_a_close_that_differs_by_rounding_is_unchanged():
    # 0.01% of 10.0 is 0.001
    found = judged(("A", MONDAY, 10.0, 500), ("A", TUESDAY, 10.0009, 0))
    assert found["A", TUESDAY] == ("suspended", None)
    found = judged(("A", MONDAY, 10.0, 500), ("A", TUESDAY, 10.0011, 0))
    assert found["A", TUESDAY][1] == "flat_at_changed_close"


def test_a_flat_first_bar_has_no_close_to_differ_from():
    assert judged(("A", MONDAY, 10.0, 0)) == {("A", MONDAY): ("suspended", None)}


def test_the_close_of_another_stock_is_not_the_close_before():
    found = judged(("A", MONDAY, 10.0, 500), ("B", TUESDAY, 99.0, 0))
    assert found["B", TUESDAY] == ("suspended", None)


def test_five_stocks_newly_flat_on_a_day_are_all_in_doubt():
    found = judged(*turned_flat(5))
    assert [found[f"000{n}.HK", TUESDAY][1] for n in range(1, 6)] == ["newly_flat_market"] * 5
    assert [found[f"000{n}.HK", MONDAY][1] for n in range(1, 6)] == [None] * 5


def test_four_stocks_newly_flat_on_a_day_are_suspended():
    found = judged(*turned_flat(4))
    assert [found[f"000{n}.HK", TUESDAY] for n in range(1, 5)] == [("suspended", None)] * 4


def test_a_stock_that_was_flat_before_is_not_newly_flat():
    found = judged(*turned_flat(4), ("9999.HK", MONDAY, 10.0, 0), ("9999.HK", TUESDAY, 10.0, 0))
    assert [problem for _, problem in found.values()] == [None] * 10
    found = judged(*turned_flat(5), ("9999.HK", MONDAY, 10.0, 0), ("9999.HK", TUESDAY, 10.0, 0))
    assert found["9999.HK", TUESDAY] == ("suspended", None)


def still_flat(count):
    return [(f"{number:04}.HK", WEDNESDAY, 10.0, 0) for number in range(1, count + 1)]


def test_a_flat_bar_in_doubt_is_nobody_s_past_so_five_on_the_day_after_are_in_doubt_too():
    found = judged(*turned_flat(5), *still_flat(5))
    assert [found[f"000{n}.HK", WEDNESDAY][1] for n in range(1, 6)] == ["newly_flat_market"] * 5


def test_the_few_that_stay_flat_after_such_a_day_are_suspended():
    found = judged(*turned_flat(6), *still_flat(4))
    assert [found[f"000{n}.HK", WEDNESDAY] for n in range(1, 5)] == [("suspended", None)] * 4


def test_stocks_that_are_stored_as_flat_are_suspended_on_the_days_after():
    stored = {(f"000{n}.HK", TUESDAY) for n in range(1, 6)}
    found = judged(*turned_flat(5), *still_flat(5), stored=stored)
    assert [found[f"000{n}.HK", WEDNESDAY] for n in range(1, 6)] == [("suspended", None)] * 5


def test_stocks_that_turn_flat_on_different_days_do_not_add_up():
    later = [("0005.HK", MONDAY, 10.0, 500), ("0005.HK", TUESDAY, 10.0, 500), ("0005.HK", WEDNESDAY, 10.0, 0)]
    assert {problem for _, problem in judged(*turned_flat(4), *later).values()} == {None}


def test_the_market_s_flatness_is_named_before_a_changed_close():
    found = judged(*turned_flat(5, close=10.5))
    assert {found[f"000{n}.HK", TUESDAY][1] for n in range(1, 6)} == {"newly_flat_market"}


def test_a_missing_volume_is_not_a_zero_volume():
    assert judged(("A", MONDAY, 10.0, 500), ("A", TUESDAY, 10.5, None))["A", TUESDAY] == ("traded", None)
