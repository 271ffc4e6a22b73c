"""What one answer tells of splits and dividends, put in order before a price is looked at."""

from datetime import UTC, date, datetime

import pytest

from tests.shipped import FACTS
from warehouse.bars.answers import Answer, Event, Malformed
from warehouse.bars.events import told_by

EX, NEXT, FAR = date(2022, 5, 17), date(2022, 5, 18), date(2022, 6, 17)
TODAY = date(2022, 7, 1)
RATES = FACTS.tables["currency_rates.csv"]


def told(splits=(), dividends=(), malformed=(), currency="HKD", is_index=False):
    answer = Answer(
        "0005.HK",
        "ok",
        datetime(2022, 7, 1, tzinfo=UTC),
        currency=currency,
        splits=list(splits),
        dividends=list(dividends),
        malformed=list(malformed),
    )
    return told_by(answer, TODAY, is_index, RATES)


def doubts(found):
    return [(doubt.kind, doubt.ex_date, doubt.rule) for doubt in found.doubts]


def test_the_same_event_twice_on_one_day_is_one():
    found = told([Event(EX, 2.0), Event(EX, 2.0)], [Event(EX, 0.86), Event(EX, 0.8600001)])
    assert (found.splits, found.dividends) == ([Event(EX, 2.0)], [Event(EX, 0.86)])
    assert (found.parts, found.doubts) == ({}, [])


def test_an_ordinary_and_a_special_dividend_of_one_day_are_summed_and_the_parts_kept():
    found = told(dividends=[Event(EX, 1.3), Event(EX, 0.5)])
    assert found.dividends == [Event(EX, 1.8)]
    assert found.parts == {("dividend", EX): [1.3, 0.5]}


def test_two_splits_of_one_day_are_multiplied():
    # Five bonus shares for ten, then two for one: 1.5 x 2.
    found = told([Event(EX, 1.5), Event(EX, 2.0)])
    assert found.splits == [Event(EX, 3.0)]
    assert found.parts == {("split", EX): [1.5, 2]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Event(EX, 0.11, "USD"), Event(EX, 0.86, "HKD")),  # 0.86 / 0.11 = 7.82 dollars of Hong Kong for one
        (Event(EX, 0.11), Event(EX, 0.86)),  # the same, and nobody says in what
        (Event(EX, 1.0), Event(EX, 0.9)),  # net of a tenth
        (Event(EX, 1.0), Event(EX, 0.8)),  # net of a fifth
        (Event(EX, 1.0, "CNY"), Event(EX, 1.0, "HKD")),
    ],
)
def test_one_dividend_that_is_told_in_two_currencies_or_net_of_tax_is_held_for_a_person(one, other):
    found = told(dividends=[one, other])
    assert found.dividends == []
    assert doubts(found) == [("dividend", EX, "told_twice")]


def test_amounts_in_two_currencies_are_never_summed_whatever_their_ratio():
    # 0.30 to 0.86 is no rate of that day and nothing net of tax.
    found = told(dividends=[Event(EX, 0.86, "HKD"), Event(EX, 0.3, "USD")])
    assert found.dividends == []
    assert doubts(found) == [("dividend", EX, "told_twice")]


def test_what_is_told_twice_is_held_as_the_one_in_the_currency_of_the_prices():
    (doubt,) = told(dividends=[Event(EX, 0.11, "USD"), Event(EX, 0.86, "HKD")]).doubts
    assert (doubt.value, doubt.currency) == (0.86, "HKD")
    assert doubt.detail == "0.86 HKD and 0.11 USD: one or two?"


def test_the_other_dividends_of_an_answer_in_doubt_are_told_as_they_are():
    found = told(dividends=[Event(EX, 1.0), Event(EX, 0.9), Event(FAR, 0.5)])
    assert found.dividends == [Event(FAR, 0.5)]


def test_a_dividend_in_another_currency_keeps_it_with_a_warning():
    found = told(dividends=[Event(EX, 0.11, "USD"), Event(FAR, 0.86, "HKD"), Event(date(2022, 3, 1), 0.5)])
    assert Event(EX, 0.11, "USD") in found.dividends
    (warning,) = found.warnings
    assert (warning.ex_date, warning.rule) == (EX, "dividend_in_another_currency")
    assert warning.detail == "0.11 USD, where prices are in HKD"


def test_an_event_booked_again_on_the_next_day_counts_once_with_a_warning():
    found = told([Event(EX, 2.0), Event(NEXT, 2.0)], [Event(EX, 0.5), Event(NEXT, 0.5)])
    assert (found.splits, found.dividends) == ([Event(EX, 2.0)], [Event(EX, 0.5)])
    assert [(doubt.kind, doubt.ex_date, doubt.rule) for doubt in found.warnings] == [
        ("split", NEXT, "booked_twice"),
        ("dividend", NEXT, "booked_twice"),
    ]
    assert found.second == [Event(NEXT, 2.0)]


def test_two_alike_a_month_apart_are_two():
    found = told(dividends=[Event(EX, 0.5), Event(FAR, 0.5)])
    assert found.dividends == [Event(EX, 0.5), Event(FAR, 0.5)]


def test_an_index_has_no_corporate_actions():
    found = told([Event(EX, 2.0)], [Event(EX, 0.5)], is_index=True)
    assert (found.splits, found.dividends) == ([], [])
    assert doubts(found) == [("split", EX, "event_of_an_index"), ("dividend", EX, "event_of_an_index")]


def test_what_can_be_no_event_is_held_by_name_and_one_without_a_day_stands_on_that_of_the_answer():
    found = told(
        [Event(FAR, 2.0)],
        malformed=[Malformed("split", EX, "numerator 1, denominator 0"), Malformed("dividend", None, "x")],
    )
    assert found.splits == [Event(FAR, 2.0)]
    assert doubts(found) == [("split", EX, "malformed_event"), ("dividend", TODAY, "malformed_event")]


@pytest.mark.parametrize("value", [0.0, -0.5, float("nan"), float("inf"), 2e5, 5e-6])
def test_an_event_of_a_value_that_cannot_be_is_held_and_the_others_are_told(value):
    found = told([Event(EX, value), Event(FAR, 2.0)], [Event(EX, value), Event(FAR, 0.5)])
    assert (found.splits, found.dividends) == ([Event(FAR, 2.0)], [Event(FAR, 0.5)])
    assert doubts(found) == [("split", EX, "malformed_event"), ("dividend", EX, "malformed_event")]
    assert doubts(told([Event(EX, value)], is_index=True)) == [("split", EX, "malformed_event")]
