"""Sentences say what their row's columns say, in every language, and claim nothing that the row does not support."""

import csv
import json
import re
from datetime import date
from pathlib import Path

import pytest

import warehouse.wording
from warehouse.wording.claims import claims_of
from warehouse.wording.sentences import LANGUAGES, headlines, headlines_of_json

DAY = date(2022, 5, 17)
SUNNY, LI, BILIBILI = (
    ("Sunny Optical", "舜宇光學科技", "舜宇光学科技"),
    ("Li Auto", "理想汽車", "理想汽车"),
    ("Bilibili",) * 3,
)
NETEASE = ("NetEase", "網易", "网易")


def named(side, people, moves=None, marks=None):
    """The columns of one side's members, in three languages."""
    return {
        **{f"{side}{suffix}": [names[at] for names in people] for at, suffix in enumerate(("", "_zh", "_zh_hans"))},
        f"{side}_return": moves or [0.1, 0.09, 0.08][: len(people)],
        f"{side}_mark": marks or [None] * len(people),
    }


PLAIN = {
    "name": "Hang Seng TECH Index",
    "name_zh": "恒生科技指數",
    "name_zh_hans": "恒生科技指数",
    "trade_date": DAY,
    "session_kind": "full",
    "state": "complete",
    "close": 4266.5,
    "change_points": 233.2,
    "return_1d": 0.057828,
    "return_wtd": 0.05,
    "return_mtd": -0.04,
    "return_qtd": -0.06,
    "return_ytd": -0.25,
    "return_at_high": 0.058,
    "return_at_low": -0.001,
    "rank_in_month": 4,
    "fall_rank_in_month": 7,
    "month_sessions": 10,
    "month_best_before": 0.05,
    "month_worst_before": -0.05,
    "usual_moves": None,
    "best_since": None,
    "worst_since": None,
    "since_status": "incomplete",
    "history_from": date(2020, 7, 27),
    "launched_on": date(2020, 7, 27),
    "history_is_whole": True,
    "last_missing": None,
    "streak": 1,
    "longest_streak_since": None,
    "longest_streak_status": None,
    "streak_matched_on": None,
    "return_matched_on": None,
    "close_matched_on": None,
    **{f"{kind}_matched_on": None for kind in ("week", "month", "quarter", "year")},
    "highest_close_since": date(2022, 5, 5),
    "highest_close_status": "since",
    "lowest_close_since": date(2022, 5, 16),
    "lowest_close_status": "since",
    "high_52w": 8000.0,
    "low_52w": 3500.0,
    "status_52w": "whole",
    "ends": None,
    "week_sessions": None,
    **{f"{kind}_{what}": None for kind in ("week", "month", "quarter", "year") for what in ("streak", "since")},
    **dict.fromkeys(f"{kind}_since_status" for kind in ("week", "month", "quarter", "year")),
    **named("leaders", [SUNNY, LI, BILIBILI]),
    **named("laggards", [NETEASE], [-0.012]),
    **dict.fromkeys(("resumed", "resumed_zh", "resumed_zh_hans", "resumed_return")),
    "member_count": 30,
    "with_return": 30,
    "without_return": 0,
    "advancers": 29,
    "decliners": 1,
    "unchanged": 0,
    "held": 0,
    "missing": 0,
    "no_reference": 0,
    "unobtainable": 0,
    "members_unconfirmed_since": None,
    "change_on": None,
    "change": None,
    "change_zh": None,
    "change_zh_hans": None,
    "source": "yahoo",
}
ALONE = {**named("leaders", []), **named("laggards", []), "member_count": None, "advancers": None, "decliners": None}
FELL = {"return_1d": -0.03, "change_points": -120.0, "streak": -1, "return_at_high": 0.0, "return_at_low": -0.031}
UNSEEN = {"with_return": 20, "without_return": 10, "held": 10, "advancers": 0, "decliners": 20}


def said(language="en", **changes):
    return headlines(PLAIN | changes)[language]


def alone(language="en", **changes):
    """The sentences of an index without members."""
    return said(language, **(ALONE | changes))


def test_the_wrap_of_17_may_2022_reads_as_the_newspaper_did():
    assert said(rank_in_month=1) == (
        "The Hang Seng TECH Index rallied 5.8%, the most this month, adding 233.20 points to close at 4,266.50, with"
        " Sunny Optical and Li Auto the top performers. 29 of 30 members rose and one fell, NetEase by 1.2%."
    )


def test_the_same_row_in_both_scripts_of_chinese():
    assert said("zh_hant", rank_in_month=1) == (
        "恒生科技指數急升233.20點，升幅5.78%，收報4,266.50點，為本月最大升幅，舜宇光學科技及理想汽車表現最佳。"
        "30隻成份股中，29隻上升，1隻下跌（網易跌1.20%）。"
    )
    assert said("zh_hans", rank_in_month=1) == (
        "恒生科技指数大涨233.20点，涨幅5.78%，收报4,266.50点，为本月最大涨幅，舜宇光学科技和理想汽车表现最佳。"
        "30只成分股中，29只上涨，1只下跌（网易跌1.20%）。"
    )


@pytest.mark.parametrize(
    ("move", "verb"),
    [
        (0.00051, "edged up 0.1%"),
        (-0.0044, "edged down 0.4%"),
        (0.0046, "gained 0.5%"),  # the word goes with the number that is printed
        (0.0124730, "gained 1.2%"),
        (-0.0124730, "fell 1.2%"),
        (0.032697, "rose 3.3%"),
        (-0.0196, "slid 2.0%"),
        (-0.0412, "tumbled 4.1%"),
        (0.09, "surged 9.0%"),
        (-0.12, "plunged 12.0%"),
    ],
)
def test_the_verb_goes_by_the_size_of_the_move(move, verb):
    points = -9.5 if move < 0 else 9.5
    assert alone(return_1d=move, change_points=points, return_at_high=None) == (
        f"The Hang Seng TECH Index {verb}, or 9.50 points, to 4,266.50."
    )


def test_a_quiet_index_rallies_at_less_than_a_wild_one():
    quiet, wild = [0.001, 0.004, 0.02, 0.03], [0.01, 0.02, 0.05, 0.08]
    assert alone(return_1d=0.022, usual_moves=quiet).startswith("The Hang Seng TECH Index rallied 2.2%")
    assert alone(return_1d=0.022, usual_moves=wild).startswith("The Hang Seng TECH Index rose 2.2%")
    # and no index surges by 3%
    assert alone(return_1d=0.031, usual_moves=quiet).startswith("The Hang Seng TECH Index rallied 3.1%")


def test_every_size_has_a_verb_in_every_language():
    with Path(warehouse.wording.__file__).with_name("sizes.csv").open(encoding="utf-8") as file:
        starts = [float(row["from_percent"]) for row in csv.DictReader(file)]
    for language in LANGUAGES:
        for sign in (1, -1):
            texts = {alone(language, return_1d=sign * start / 100, change_points=sign) for start in starts}
            assert len(texts) == len(starts)


def test_a_move_that_prints_as_nothing_is_little_changed_with_its_points():
    assert alone(return_1d=-0.0004, change_points=-1.7).startswith(
        "The Hang Seng TECH Index was little changed at 4,266.50, down 1.70 points."
    )
    assert alone(return_1d=0.0, change_points=0.0) == "The Hang Seng TECH Index was little changed at 4,266.50."


def test_a_gain_larger_than_any_for_more_than_a_month_is_told_by_its_day():
    found = alone(since_status="since", best_since=date(2022, 3, 16), rank_in_month=1)
    assert ", the most since 16 March, adding 233.20 points" in found
    assert ", the most since 31 December 2021, adding" in alone(since_status="since", best_since=date(2021, 12, 31))
    found = alone("zh_hant", since_status="since", best_since=date(2021, 12, 31))
    assert "，為2021年12月31日以來最大升幅。" in found


def test_a_day_of_more_than_a_year_ago_is_told_by_its_month():
    assert ", the most since October 2008, adding" in alone(since_status="since", best_since=date(2008, 10, 28))
    assert "，為2008年10月以來最大升幅。" in alone("zh_hant", since_status="since", best_since=date(2008, 10, 28))


def test_a_fall_is_compared_with_falls():
    fell = FELL | {"since_status": "since", "rank_in_month": 1}
    assert "the most since 29 April, losing 120.00 points" in alone(worst_since=date(2022, 4, 29), **fell)
    least = {"worst_since": date(2022, 5, 16), "fall_rank_in_month": 1, "month_worst_before": -0.02}
    assert "the most this month, losing" in alone(**fell, **least)


def test_a_comparison_with_a_near_day_is_not_worth_saying():
    assert "the most" not in alone(since_status="since", best_since=date(2022, 5, 12))
    assert "the most" not in alone(since_status="since", best_since=date(2022, 5, 3))
    assert "the most since 29 April" in alone(since_status="since", best_since=date(2022, 4, 29))


def test_a_small_move_is_no_event_whatever_it_is_larger_than():
    assert "the most" not in alone(return_1d=0.004, since_status="since", best_since=date(2021, 3, 16))


@pytest.mark.parametrize(
    ("changes", "is_said"),
    [
        ({"month_sessions": 2}, False),
        ({"month_sessions": 3}, True),
        ({"month_best_before": 0.054}, False),  # 0.38 points over the second
        ({"month_best_before": 0.0538}, True),  # 0.40
        ({"month_best_before": -0.01}, False),  # the only gain of a month of falls
        ({"rank_in_month": None, "month_best_before": None}, False),  # a hole
        ({"rank_in_month": 2}, False),
    ],
)
def test_the_most_this_month_is_said_from_the_third_session_on_and_clear_of_the_second(changes, is_said):
    row = {"rank_in_month": 1, "month_sessions": 10, "month_best_before": 0.03} | changes
    for language, words in (
        ("en", "the most this month"),
        ("zh_hant", "為本月最大升幅"),
        ("zh_hans", "为本月最大涨幅"),
    ):
        assert (words in alone(language, **row)) == is_said


def test_a_record_is_one_since_the_launch_and_nothing_else():
    record = {"since_status": "record"}
    assert "the most since its launch on 27 July 2020" in alone(**record)
    assert "為2020年7月27日推出以來最大升幅" in alone("zh_hant", **record)
    for unknown in ({"history_is_whole": False}, {"history_from": date(2021, 5, 18)}):
        assert not re.search("the most|launch|history", alone(**record, **unknown))


def test_a_comparison_over_a_hole_names_the_hole():
    held = {"since_status": "incomplete", "best_since": date(2021, 1, 4), "last_missing": date(2022, 3, 14)}
    assert "the most since January 2021 (14 March is not stored)" in alone(**held)
    assert "為2021年1月以來（欠3月14日紀錄）最大升幅" in alone("zh_hant", **held)
    # where the hole lies before the day it hides nothing that is said, and the status would be 'since'
    assert "since" not in alone(**(held | {"best_since": None}))


def test_a_move_that_is_printed_as_an_earlier_one_matches_it():
    larger = {"since_status": "since", "best_since": date(2021, 3, 9)}
    found = alone(**larger, return_matched_on=date(2022, 3, 16))
    assert " rallied 5.8%, matching the gain of 16 March, adding 233.20 points" in found
    assert "，與3月16日的升幅相同。" in alone("zh_hant", **larger, return_matched_on=date(2022, 3, 16))
    assert "，与3月16日的涨幅相同。" in alone("zh_hans", **larger, return_matched_on=date(2022, 3, 16))
    # what lies before the last larger one is no news, and the day itself may have been larger by what is not printed
    assert "the most since March 2021" in alone(**larger, return_matched_on=date(2020, 11, 3))
    assert "matching the gain of a day in March 2021," in alone(**larger, return_matched_on=date(2021, 3, 9))
    assert "，與2021年3月某日的升幅相同。" in alone("zh_hant", **larger, return_matched_on=date(2021, 3, 9))
    assert "matching the fall of 16 March" in alone(
        **FELL, since_status="record", worst_since=None, return_matched_on=date(2022, 3, 16)
    )


def test_a_near_day_that_is_printed_the_same_leaves_nothing_to_compare():
    larger = {"since_status": "since", "best_since": date(2021, 3, 9)}
    assert not re.search("matching|the most", alone(**larger, return_matched_on=date(2022, 5, 12)))
    assert not re.search("matching|the most", alone(since_status="record", return_matched_on=date(2022, 5, 12)))
    level = {"highest_close_status": "record", "highest_close_since": None, "close": 8000.0}
    assert alone(**level).endswith(" It was the highest close since the index's launch on 27 July 2020.")
    assert "highest" not in alone(**level, close_matched_on=date(2022, 5, 12))
    assert "highest" not in alone(**level, history_is_whole=False, close_matched_on=date(2022, 5, 12))


def test_a_close_that_is_printed_as_an_earlier_one_matches_it():
    higher = {"highest_close_since": date(2021, 2, 10), "close_matched_on": date(2022, 2, 10)}
    assert alone(**higher).endswith(" It was as high a close as on 10 February.")
    assert alone("zh_hant", **higher).endswith("。收市價與2月10日的收市高位相同。")
    lower = {"lowest_close_since": date(2016, 2, 12), "close_matched_on": date(2021, 2, 10)}
    assert alone(**FELL, **lower).endswith(" It was as low a close as on a day in February 2021.")
    assert alone("zh_hans", **FELL, **lower).endswith("。收盘价与2021年2月某日的收盘低位相同。")


@pytest.mark.parametrize(
    ("kind", "day", "english", "chinese"),
    [
        ("week", date(2021, 12, 31), "the week to 31 December 2021", "2021年12月31日當週"),
        ("week", date(2021, 3, 5), "a week of March 2021", "2021年3月其中一週"),
        ("month", date(2021, 3, 31), "March 2021", "2021年3月"),
        ("quarter", date(2020, 3, 31), "the first quarter of 2020", "2020年第1季"),
        ("year", date(2008, 12, 31), "2008", "2008年"),
    ],
)
def test_a_period_that_is_printed_as_an_earlier_one_matches_it(kind, day, english, chinese):
    fell = {"ends": [kind], "week_sessions": 5, "return_wtd": -0.06, "return_mtd": -0.06}
    row = fell | {f"{kind}_since": day, f"{kind}_since_status": "since", f"{kind}_matched_on": day}
    assert f", matching {english}." in alone(**row)
    assert f"，與{chinese}的跌幅相同。" in alone("zh_hant", **row)
    # one that is near says nothing
    near = row | {f"{kind}_matched_on": date(2022, 5, 10)}
    assert not re.search("matching|the most", alone(**near))


def test_the_highest_close_is_told_when_it_is_old():
    assert alone(highest_close_since=date(2022, 2, 10)).endswith(" It was the highest close since 10 February.")
    assert alone("zh_hant", highest_close_since=date(2022, 2, 10)).endswith("。收市價為2月10日以來最高。")
    assert "highest" not in alone(highest_close_since=date(2022, 5, 5))
    low = FELL | {"lowest_close_since": date(2016, 2, 12), "close": 19531.66}
    assert alone(**low).endswith(" It was the lowest close since February 2016.")


def test_a_level_without_an_older_one_is_that_of_the_life_or_of_52_weeks():
    record = FELL | {"lowest_close_since": None, "lowest_close_status": "record"}
    assert alone(**record).endswith(" It was the lowest close since the index's launch on 27 July 2020.")
    young = record | {"history_is_whole": False, "low_52w": 4266.5}
    assert alone(**young).endswith(" It was the lowest close in 52 weeks.")
    assert "lowest" not in alone(**(young | {"status_52w": "incomplete"}))


def test_a_day_that_went_far_beyond_its_close_is_told():
    fell = FELL | {"return_at_low": -0.091}
    assert " It had fallen as much as 9.1% during the day." in alone(**fell)
    assert "。盤中一度跌9.10%。" in alone("zh_hant", **fell)
    assert " It had fallen as much as 2.1% during the day." in alone(return_at_low=-0.021)
    assert "as much as" not in alone()


def test_a_streak_is_told_from_the_third_on():
    assert "straight" not in alone(streak=2)
    assert alone(streak=3).endswith(" It was a third straight gain.")
    assert alone(streak=8).endswith(" It was an eighth straight gain.")
    assert alone(streak=11).endswith(" It was an 11th straight gain.")
    assert alone(streak=23).endswith(" It was a 23rd straight gain.")
    assert alone(**(FELL | {"streak": -5})).endswith(" It was a fifth straight fall.")
    assert alone("zh_hant", streak=3).endswith("。已連升3日。")


def test_a_streak_of_the_other_direction_is_not_told():
    assert "straight" not in alone(streak=-4)


def test_a_run_is_the_longest_since_the_last_longer_one_and_equals_one_of_its_length():
    longer = {"streak": 5, "longest_streak_since": date(2021, 7, 8), "longest_streak_status": "since"}
    found = alone(**longer, streak_matched_on=date(2021, 7, 8))
    assert found.endswith(" It was a fifth straight gain, the longest run since 8 July 2021.")
    found = alone(**longer, streak_matched_on=date(2022, 3, 4))
    assert found.endswith(" It was a fifth straight gain, as many as in the run to 4 March.")
    assert alone(**longer, streak_matched_on=date(2022, 5, 2)).endswith(" It was a fifth straight gain.")


def test_the_week_is_told_on_its_last_session_and_no_other_day():
    week = {"ends": ["week"], "week_sessions": 5}
    assert alone(**week).endswith(" It rose 5.0% for the week.")
    assert alone("zh_hant", **week).endswith("。本週累計升5.00%。")
    assert "week" not in alone(ends=None, week_sessions=5)
    assert alone(**(week | {"week_sessions": 3})).endswith(" It rose 5.0% for the holiday-shortened week.")
    assert alone(**(week | {"week_sessions": 1})) == alone()


def test_a_month_that_ends_with_its_week_is_told_in_one_sentence():
    found = alone(ends=["week", "month"], week_sessions=5)
    assert found.endswith(" It rose 5.0% for the week but fell 4.0% for the month.")
    found = alone(ends=["week", "month", "quarter"], week_sessions=5, return_qtd=0.06)
    assert found.endswith(" It rose 5.0% for the week, fell 4.0% for the month and rose 6.0% for the quarter.")


def test_a_period_has_its_run_and_its_since():
    week = {"ends": ["week"], "week_sessions": 5, "return_wtd": -0.05, "week_streak": -5}
    assert alone(**week).endswith(" For the week it fell 5.0%, a fifth straight weekly fall.")
    since = week | {"week_streak": -1, "week_since": date(2022, 2, 4), "week_since_status": "since"}
    assert alone(**since).endswith(" For the week it fell 5.0%, the most since the week to 4 February.")
    month = {"ends": ["month"], "month_streak": 1, "month_since": date(2020, 10, 30), "month_since_status": "since"}
    assert alone(**month).endswith(" For the month it fell 4.0%, the most since October 2020.")
    assert alone("zh_hant", **month).endswith("。全月累計跌4.00%，為2020年10月以來最大跌幅。")


def test_a_mover_says_what_explains_it():
    marked = named("leaders", [SUNNY, LI], marks=[None, "limit-up"])
    assert "with Sunny Optical and Li Auto (limit-up) the top performers" in said(**marked)
    assert "，舜宇光學科技及理想汽車（漲停）表現最佳" in said("zh_hant", **marked)
    ex = named("laggards", [NETEASE], [-0.012], ["ex-dividend"])
    assert said(**ex).endswith("one fell, NetEase by 1.2% (ex-dividend).")


def test_a_superlative_is_said_of_three_and_more():
    two = {"advancers": 2, "decliners": 27, "unchanged": 1, **named("leaders", [SUNNY, LI])}
    assert ", with Sunny Optical up 10.0% and Li Auto up 9.0%. " in said(**two)
    fallen = said(**(FELL | two | named("laggards", [NETEASE, LI, BILIBILI], [-0.3, -0.2, -0.1])))
    assert fallen.endswith(" 27 of 30 members fell and 2 rose, Sunny Optical by 10.0% and Li Auto by 9.0%.")
    three = {"advancers": 3, "decliners": 27, **named("laggards", [NETEASE, LI, BILIBILI], [-0.3, -0.2, -0.1])}
    assert said(**(FELL | three)).endswith(" 27 of 30 members fell and 3 rose, Sunny Optical the most.")


def test_a_single_mover_is_told_with_its_percentage():
    one = {
        "advancers": 0,
        "decliners": 1,
        "unchanged": 29,
        **named("laggards", [("Galaxy", "銀河娛樂", "银河娱乐")], [-0.495]),
    }
    assert said(**(FELL | one)).startswith(
        "The Hang Seng TECH Index slid 3.0%, or 120.00 points, to 4,266.50, with Galaxy down 49.5%."
    )
    assert "銀河娛樂跌49.50%" in said("zh_hant", **(FELL | one))


def test_nothing_is_said_of_all_none_or_the_most_while_a_member_was_not_seen():
    fallen = FELL | UNSEEN | {"state": "partial"} | named("laggards", [NETEASE, LI, BILIBILI], [-0.3, -0.2, -0.1])
    assert said(**fallen, **named("leaders", [])) == (
        "[PARTIAL] The Hang Seng TECH Index slid 3.0%, or 120.00 points, to 4,266.50, with NetEase down 30.0% and Li"
        " Auto down 20.0%. 20 of the 20 members with a return fell; 10 had none (held back)."
    )
    assert said("zh_hant", **fallen, **named("leaders", [])) == (
        "【不完整】恒生科技指數下跌120.00點，跌幅3.00%，收報4,266.50點，當中網易跌30.00%，理想汽車跌20.00%。"
        "有升跌數據的20隻成份股中，20隻下跌；另有10隻沒有數據（待查）。"
    )


def test_why_members_were_not_seen_is_told_with_the_count_of_each_reason():
    mixed = FELL | UNSEEN | {"held": 2, "missing": 5, "unobtainable": 1, "no_reference": 3}
    assert said(**mixed).endswith("; 10 had none (2 held back, 4 missing, 1 without a vendor, 3 no previous close).")


def test_all_is_said_of_a_whole_index():
    assert said(advancers=30, decliners=0, **named("laggards", [])).endswith(" All 30 members rose.")
    assert said(advancers=29, decliners=0, **named("laggards", [])).endswith(" 29 of 30 members rose and none fell.")


def test_a_return_from_a_suspension_is_told_with_its_move_when_it_is_large():
    back = {
        "resumed": ["Evergrande"],
        "resumed_zh": ["中國恒大"],
        "resumed_zh_hans": ["中国恒大"],
        "resumed_return": [-0.794],
    }
    assert said(**back).endswith(" Evergrande resumed trading and fell 79.4%.")
    assert said("zh_hant", **back).endswith("。中國恒大復牌跌79.40%。")
    assert "resumed" not in said(**(back | {"resumed_return": [0.04]}))


def test_a_name_that_a_language_lacks_makes_the_sentence_shorter_and_never_mixed():
    found = said("zh_hant", leaders_zh=["舜宇光學科技", None, None], laggards_zh=[None])
    assert "，舜宇光學科技表現最佳。" in found
    assert found.endswith("29隻上升，1隻下跌。")
    assert "表現最佳" not in said("zh_hant", leaders_zh=[None, "理想汽車", None])


def test_the_labels_come_first():
    found = said(state="partial", source="simulated")
    assert found.startswith("[SIMULATED] [PARTIAL] The Hang Seng TECH Index rallied")
    assert said("zh_hant", state="partial", source="simulated").startswith("【模擬】【不完整】恒生科技指數")
    assert said(state="pending").endswith(" No run has ended for it yet.")


def test_members_that_are_not_confirmed_are_told_of_a_complete_day_too():
    stale = {"members_unconfirmed_since": date(2022, 3, 1)}
    assert said(**stale).endswith(" Members not confirmed since 1 March.")
    assert said("zh_hant", **stale).endswith("。成份股名單自3月1日起未經核對。")


def test_an_announced_change_is_told_in_its_last_month():
    change = {"change": "from 30 to 50 members", "change_zh": "成份股由30隻增至50隻"}
    near = change | {"change_on": date(2022, 6, 13)}
    assert said(**near).endswith(" Announced for 13 June: from 30 to 50 members.")
    assert said("zh_hant", **near).endswith("。已公布6月13日起成份股由30隻增至50隻。")
    assert "Announced" not in said(**(change | {"change_on": date(2022, 9, 13)}))


def test_a_half_day_is_said_to_be_one():
    assert "rallied 5.8%, or 233.20 points, to 4,266.50 in a half-day session." in alone(session_kind="half")
    assert alone("zh_hant", session_kind="half").startswith("恒生科技指數半日市急升233.20點")


def test_an_unknown_move_is_told_as_such():
    assert alone(return_1d=None, change_points=None, streak=None) == (
        "The Hang Seng TECH Index closed at 4,266.50; the session before is not stored, so its move is not known."
    )


def test_a_row_as_json_says_the_same():
    row = PLAIN | {"since_status": "since", "best_since": date(2022, 3, 16)}
    assert headlines_of_json(json.dumps(row, default=str)) == headlines(row)


def test_a_sentence_never_breaks_a_line_or_doubles_a_space():
    for state in ("complete", "partial", "pending"):
        for found in headlines(
            PLAIN | {"state": state, "streak": 4, "ends": ["week", "month"], "week_sessions": 5}
        ).values():
            assert not re.search(r"\n|  | [,.，。]|。。|，，", found)


def test_a_larger_move_has_a_larger_size():
    sizes = [claims_of(PLAIN | {"return_1d": percent / 100}).size for percent in (0, 0.2, 1, 3, 5, 9)]
    assert sizes == ["flat", "slight", "small", "clear", "large", "huge"]


def test_the_one_named_in_the_count_is_never_one_of_the_performers_named_before():
    laggards = named("laggards", [NETEASE, LI, BILIBILI], [-0.3, -0.2, -0.1])
    contrary = {"advancers": 12, "decliners": 18, **laggards}
    assert said(**contrary).endswith(" 18 of 30 members fell and 12 rose.")
    fallen = FELL | laggards | {"advancers": 18, "decliners": 12}
    assert said(**fallen).endswith(" 18 of 30 members rose and 12 fell.")


def test_one_of_two_who_moved_the_other_way_is_not_named_as_if_both_were():
    back = {
        **{"advancers": 28, "decliners": 2, **named("laggards", [NETEASE], [-0.012])},
        **{"resumed": ["Evergrande"], "resumed_zh": ["中國恒大"], "resumed_zh_hans": ["中国恒大"]},
        "resumed_return": [-0.2],
    }
    assert said(**back).endswith("28 of 30 members rose and 2 fell. Evergrande resumed trading and fell 20.0%.")
    assert said("zh_hant", **back).endswith("28隻上升，2隻下跌。中國恒大復牌跌20.00%。")


def test_who_resumed_and_moved_further_than_the_first_of_a_side_is_told_beside_it():
    back = {
        **{"advancers": 27, "decliners": 3, **named("laggards", [NETEASE, BILIBILI], [-0.012, -0.011])},
        **{"resumed": ["Evergrande"], "resumed_zh": ["中國恒大"], "resumed_zh_hans": ["中国恒大"]},
        "resumed_return": [-0.049],
    }
    assert said(**back).endswith("3 fell, NetEase the most. Evergrande resumed trading and fell 4.9%.")
    assert said("zh_hans", **back).endswith("3只下跌，网易跌幅最大。中国恒大复牌跌4.90%。")
    assert "resumed" not in said(**back | {"resumed_return": [-0.011]})
