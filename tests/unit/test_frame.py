"""What no rule could read is held by symbol, and ends nobody else's evening."""

from datetime import date

import pandas as pd

from warehouse.rules.frame import SHAPE, hold_misshapen

GOOD = {
    "trade_date": date(2022, 5, 17),
    **dict.fromkeys(("open", "high", "low", "close"), 100.0),
    "volume": 1000,
    "split_factor": 1.0,
    "currency": "HKD",
    "time_zone": "Asia/Hong_Kong",
    **{name: False for name in SHAPE.names if name.startswith("is_")},
    "rule": None,
    "detail": None,
}


def held(**wrong):
    """The rules of three symbols' bars, the second of which differs so."""
    rows = [GOOD | {"symbol": symbol} for symbol in ("0001.HK", "0002.HK", "0003.HK")]
    rows[1] |= wrong
    return hold_misshapen(pd.DataFrame(rows, dtype="object"))[["rule", "detail"]].values.tolist()


def test_bars_of_the_right_shape_pass():
    assert held() == [[None, None]] * 3


def test_a_value_of_another_type_holds_the_rows_of_its_symbol_by_name():
    before, (rule, detail), after = held(volume="many")
    assert (before, after) == ([None, None], [None, None])
    assert rule == "misshapen"
    assert detail.startswith("0002.HK misshapen: ")
    assert "many" in detail


def test_a_factor_that_is_no_positive_number_holds_the_rows_of_its_symbol():
    for factor in (0.0, -2.0, float("nan")):
        assert [rule for rule, _ in held(split_factor=factor)] == [None, "misshapen", None]


def test_what_is_held_already_keeps_its_rule():
    assert [rule for rule, _ in held(split_factor=-1.0, rule="session_exists")] == [None, "session_exists", None]
