"""Sentences say what their row's columns say, in every language, and claim nothing that the row does not support."""

import csv
import json
import re
from datetime import date

import pytest

from warehouse.wording.sentences import LANGUAGES, WORDING, headline, headline_of_json, said_of

DAY = date(2022, 5, 17)
PLAIN = {
    "index_symbol": "HSTECH.HK",
    "index_code": "HSTECH",
    "name": "Hang Seng TECH Index",
    "name_zh": "恒生科技指數",
    "market": "HK",
    "trade_date": DAY,
    "state": "complete",
    "close": 4266.5,
    "change_points": 233.2,
    "return_1d": 0.057828,
    "return_wtd": 0.05,
    "return_mtd": -0.04,
    "return_ytd": -0.25,
    "rank_in_month": 4,
    "fall_rank_in_month": 7,
    "month_sessions": 10,
    "best_since": None,
    "worst_since": None,
    "since_status": "incomplete",
    "history_from": date(2022, 4, 25),
    "streak": 1,
    "leaders": ["Sunny Optical Technology", "Li Auto", "Bilibili"],
    "leaders_zh": ["舜宇光學科技", "理想汽車", "嗶哩嗶哩"],
    "laggards": ["NetEase"],
    "laggards_zh": ["網易"],
    "ex_dividend": None,
    "ex_dividend_zh": None,
    "member_count": 30,
    "advancers": 29,
    "decliners": 1,
    "unchanged": 0,
    "suspended": 0,
    "held": 0,
    "missing": 0,
    "reason": None,
    "members_unconfirmed_since": None,
    "source": "yahoo",
}


def said(language="en", **changes):
    return headline(PLAIN | changes, language)


def first_sentence(**changes):
    return said(**changes, advancers=0, decliners=0)


def test_the_wrap_of_17_may_2022_reads_as_the_newspaper_did():
    assert said(rank_in_month=1) == (
        "The Hang Seng TECH Index rallied 5.8%, the most this month, with Sunny Optical Technology and Li Auto the top"
        " performers. 29 of 30 members rose and 1 fell, NetEase the most."
    )


def test_a_streak_does_not_stand_between_the_comparison_and_the_names():
    assert ", the most this month, with Sunny Optical" in first_sentence(rank_in_month=1, streak=3)


def test_the_same_row_in_chinese():
    assert said("zh_hant", rank_in_month=1) == (
        "恒生科技指數急升5.8%，為本月最大升幅，舜宇光學科技及理想汽車表現最佳。"
        "30隻成份股中29隻上升、1隻下跌，網易跌幅最大。"
    )


@pytest.mark.parametrize(
    ("move", "verb"),
    [
        (0.00049, "was little changed"),
        (-0.00049, "was little changed"),
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
    assert first_sentence(return_1d=move, leaders=None, laggards=None) == f"The Hang Seng TECH Index {verb}."


def test_every_size_has_a_verb_in_every_language():
    with (WORDING / "sizes.csv").open(encoding="utf-8") as file:
        starts = [float(row["from_percent"]) for row in csv.DictReader(file)]
    for language in LANGUAGES:
        for sign in (1, -1):
            texts = {said(language, return_1d=sign * start / 100) for start in starts}
            assert len(texts) == len(starts)


def test_a_gain_larger_than_any_for_more_than_a_month_is_told_by_its_day():
    found = first_sentence(since_status="since", best_since=date(2022, 3, 16), rank_in_month=1)
    assert ", the most since 16 March, with" in found


def test_the_year_is_told_when_it_is_another():
    found = first_sentence(since_status="since", best_since=date(2021, 12, 31))
    assert ", the most since 31 December 2021, with" in found
    found = said("zh_hant", since_status="since", best_since=date(2021, 12, 31))
    assert "，為2021年12月31日以來最大升幅，" in found


def test_a_fall_is_compared_with_falls():
    changes = {"return_1d": -0.03, "since_status": "since", "best_since": None, "rank_in_month": 1, "streak": -1}
    assert "the most since 29 April" in first_sentence(worst_since=date(2022, 4, 29), **changes)
    assert "the most this month" in first_sentence(worst_since=date(2022, 5, 16), fall_rank_in_month=1, **changes)


def test_a_comparison_with_the_day_before_yesterday_is_not_worth_saying():
    assert "the most" not in first_sentence(since_status="since", best_since=date(2022, 5, 12))


def test_the_most_this_month_needs_three_sessions():
    assert "month" not in first_sentence(rank_in_month=1, month_sessions=2)
    assert "month" in first_sentence(rank_in_month=1, month_sessions=3)


def test_a_month_with_a_hole_is_not_compared():
    assert "month" not in first_sentence(rank_in_month=None)


def test_a_record_names_where_history_begins_and_needs_a_year_of_it():
    assert "the most in a history that begins on 27 July 2020" in first_sentence(
        since_status="record", history_from=date(2020, 7, 27)
    )
    assert "history" not in first_sentence(since_status="record", history_from=date(2021, 5, 18))


def test_an_incomplete_history_claims_nothing_even_with_a_date_at_hand():
    found = first_sentence(since_status="incomplete", best_since=date(2021, 1, 4))
    assert "since" not in found


def test_a_streak_is_told_from_the_third_on():
    assert "straight" not in first_sentence(streak=2)
    assert first_sentence(streak=3).endswith(" the top performers. It was a third straight gain.")
    assert first_sentence(streak=8).endswith(" It was an eighth straight gain.")
    assert first_sentence(return_1d=-0.02, streak=-5).endswith(" It was a fifth straight fall.")
    assert first_sentence(streak=11).endswith(" It has risen 11 sessions in a row.")
    assert said("zh_hant", streak=3).endswith("表現最佳。已連升3日。30隻成份股中29隻上升、1隻下跌，網易跌幅最大。")


def test_a_streak_of_the_other_direction_is_not_told():
    assert "straight" not in first_sentence(streak=-4)


def test_names_that_went_ex_dividend_say_so():
    assert "with Sunny Optical Technology and Li Auto (ex-dividend) the top" in said(ex_dividend=["Li Auto"])


def test_the_larger_crowd_comes_first():
    assert said(advancers=30, decliners=0).endswith(" All 30 members rose.")
    assert said(advancers=29, decliners=0).endswith(" 29 of 30 members rose and none fell.")
    fallen = said(return_1d=-0.01, advancers=2, decliners=27)
    assert fallen.endswith(" 27 of 30 members fell and 2 rose, Sunny Optical Technology the most.")


def test_the_labels_come_first_and_the_reason_last():
    found = said(state="partial", reason="held: 0700.HK high_not_below_low", source="simulated")
    assert found.startswith("[SIMULATED] [PARTIAL] The Hang Seng TECH Index rallied")
    assert found.endswith(" Not complete (held: 0700.HK high_not_below_low).")
    found = said("zh_hant", state="partial", reason="missing: 0700.HK", source="simulated")
    assert found.startswith("【模擬 SIMULATED】【不完整】恒生科技指數")
    assert found.endswith("資料不完整：欠缺：0700.HK。")


def test_members_that_are_not_confirmed_are_told_of_a_complete_day_too():
    stale = {"members_unconfirmed_since": date(2022, 3, 1)}
    assert said(**stale).endswith(" Members not confirmed since 1 March.")
    assert said("zh_hant", **stale).endswith("。成份股名單自3月1日起未經核對。")
    partial = said(**stale, state="partial", reason="members of HSTECH not confirmed since 2022-03-01")
    assert partial.count("not confirmed") == 1


def test_an_unknown_move_is_told_as_such():
    assert first_sentence(return_1d=None, streak=None) == (
        "The Hang Seng TECH Index closed at 4,266.50; the session before is not stored, so its move is not known."
    )


def test_a_row_as_json_says_the_same():
    assert headline_of_json(json.dumps(PLAIN, default=str), "en") == said()


def test_a_sentence_never_breaks_a_line_or_doubles_a_space():
    for language in LANGUAGES:
        for state in ("complete", "partial", "pending"):
            found = said(language, state=state, reason="missing: 0700.HK", streak=4, rank_in_month=1)
            assert not re.search(r"\n|  | [,.，。]", found)


def test_a_larger_move_has_a_larger_size():
    sizes = [said_of(PLAIN | {"return_1d": percent / 100})["size"] for percent in (0, 0.2, 1, 3, 5, 9)]
    assert sizes == ["flat", "slight", "small", "clear", "large", "huge"]


def test_the_one_named_in_the_count_is_never_one_of_the_performers_named_before():
    contrary = PLAIN | {"advancers": 12, "decliners": 18}
    assert headline(contrary, "en").endswith(" 18 of 30 members fell, NetEase the most, and 12 rose.")
    assert headline(contrary, "zh_hant").endswith("18隻下跌、12隻上升，網易跌幅最大。")
    fallen = contrary | {"return_1d": -0.01, "advancers": 18, "decliners": 12}
    assert headline(fallen, "en").endswith(" 18 of 30 members rose, Sunny Optical Technology the most, and 12 fell.")


def test_a_day_before_a_holiday_week_is_too_near_to_be_a_comparison():
    near = PLAIN | {"since_status": "since", "best_since": date(2022, 5, 5)}
    assert "since" not in headline(near, "en")
    assert "the most since 29 April" in headline(near | {"best_since": date(2022, 4, 29)}, "en")
