"""What is said of a whole market: its own figures, and nothing that they do not bear."""

import pytest

from warehouse.wording.market import told

ROW = {
    **{"market": "HK", "boards": "Main Board", "source": "hkex", "currency": "HKD", "session_kind": "full"},
    **{"lines": 2100, "advancers": 1012, "decliners": 743, "unchanged": 98, "no_reference": 3},
    **{"no_trade": 200, "suspended": 40, "new_listings": 4},
    **{"new_highs": 12, "new_lows": 30, "with_52w_history": 1800},
    **dict.fromkeys(("limit_up", "limit_down", "with_limits", "turnover_equities", "turnover_equities_20d")),
    **{"turnover_total": 205.34e9, "turnover_total_20d": 171.0e9},
}
MAINLAND = ROW | {
    **{"market": "CN", "boards": "A shares", "source": "baostock", "currency": "CNY"},
    **{"limit_up": 5, "limit_down": 176, "with_limits": 4000, "new_highs": 0, "new_lows": 0},
    **{"turnover_total": None, "turnover_total_20d": None, "turnover_equities": 1.0e12},
}


def test_it_says_who_rose_and_how_much_was_dealt_in():
    assert told(ROW) == (
        "the Main Board by HKEX: 1,012 rose, 743 fell and 98 were unchanged, of 2,100 lines;"
        " 12 at a 52-week high and 30 at a low; turnover HK$205.3 billion, 1.2 times the 20-day average"
    )
    assert told(MAINLAND) == (
        "Shanghai and Shenzhen A shares by baostock: 1,012 rose, 743 fell and 98 were unchanged, of 2,100 lines;"
        " 5 closed limit-up and 176 limit-down; turnover in them 1,000.0 billion yuan"
    )


def test_one_line_that_did_not_move_is_said_in_the_singular():
    assert "743 fell and 1 was unchanged, of" in told(ROW | {"unchanged": 1})
    assert "743 fell and 0 were unchanged, of" in told(ROW | {"unchanged": 0})


def test_it_speaks_chinese():
    assert told(ROW, "zh") == (
        "主板（HKEX）：2,100隻中1,012隻上升，743隻下跌，98隻持平；12隻創52週新高，30隻創新低；成交2,053億港元，為20日平均的1.2倍"
    )
    assert told(MAINLAND, "zh-hans") == (
        "沪深A股（baostock）：2,100只中1,012只上涨，743只下跌，98只持平；5只涨停，176只跌停；其成交10,000亿元人民币"
    )


@pytest.mark.parametrize("language", ["en", "zh", "zh-hans"])
def test_where_few_lines_are_compared_nobody_is_said_to_have_risen(language):
    said = told(ROW | {"no_reference": 200}, language)
    assert "2,100" in said
    assert "1,012" not in said


@pytest.mark.parametrize("kind", ["half", "late", "early"])
def test_a_short_day_is_not_measured_by_the_average(kind):
    assert "average" not in told(ROW | {"session_kind": kind})


def test_amounts_and_multiples_are_rounded_half_up_as_percentages_are():
    day = ROW | {"turnover_total": 105.25e9, "turnover_total_20d": 84.2e9}  # 1.25 times
    assert told(day).endswith("turnover HK$105.3 billion, 1.3 times the 20-day average")
    assert told(day, "zh").endswith("成交1,053億港元，為20日平均的1.3倍")
