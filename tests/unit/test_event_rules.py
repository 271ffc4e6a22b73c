"""The rules that hold an event against the bars around its day, each with what must be held and what must not."""

from datetime import date

import pandas as pd
import pytest

from tests.shipped import CN, HK
from warehouse.rules.events import judge_events

BEFORE, EX, AFTER = date(2022, 5, 16), date(2022, 5, 17), date(2022, 5, 18)


def bar(symbol, day, opened, closed, volume=1000):
    return {"symbol": symbol, "trade_date": day, "open": opened, "close": closed, "volume": volume}


def event(symbol, kind, value, ex_date=EX, currency=None):
    return {"symbol": symbol, "ex_date": ex_date, "kind": kind, "value": value, "currency": currency}


def rules(events, bars, market):
    judged = judge_events(pd.DataFrame(events), pd.DataFrame(bars), market)
    return judged["rule"].tolist()


def split_of(value, opened, closed, before=100.0):
    """The rule that holds a split of a Hong Kong stock whose next bar opened and closed so."""
    bars = [bar("0700.HK", BEFORE, before, before), bar("0700.HK", EX, opened, closed)]
    return rules([event("0700.HK", "split", value)], bars, HK)


def test_a_split_shows_in_the_prices_or_is_held():
    # 2 for 1 from 100: in step at 50. At 100 nothing has happened, at 25 it has happened twice, at 200 upside down.
    assert [split_of(2.0, price, price) for price in (100.0, 25.0, 200.0)] == [["split_without_step"]] * 3
    assert [split_of(2.0, price, price) for price in (50.0, 45.0)] == [[None]] * 2


def test_a_consolidation_shows_in_the_prices_or_is_held():
    assert split_of(0.1, 100.0, 100.0) == ["split_without_step"]
    assert split_of(0.1, 1000.0, 980.0) == [None]


def test_a_wild_day_that_opens_in_step_holds_no_split():
    # 13 for 10 from 130: in step at 100. A close of 128 after an open of 101 is a move.
    assert split_of(1.3, 101.0, 128.0, before=130.0) == [None]
    assert split_of(1.3, 129.0, 129.0, before=130.0) == ["split_without_step"]


def test_a_bonus_issue_too_small_to_tell_is_believed():
    assert split_of(1.05, 105.0, 105.0) == [None]


def test_a_close_at_the_limit_from_the_price_that_the_split_leaves_is_where_trading_stopped():
    # 601162.SS: 8.87 / 1.4 = 6.34, and 5.70 is its limit-down: not the step of a split, nor its absence.
    bars = [bar("601162.SS", BEFORE, 8.9, 8.87), bar("601162.SS", EX, 5.70, 5.70)]
    split = event("601162.SS", "split", 1.4)
    assert rules([split, event("601162.SS", "dividend", 0.01)], bars, CN) == [None, None]
    bars[1] = bar("601162.SS", EX, 8.80, 8.80)
    assert rules([split], bars, CN) == ["split_without_step"]


def test_an_event_of_a_day_that_nothing_traded_on_waits_for_the_first_trade_after_it():
    bars = [bar("0700.HK", BEFORE, 100.0, 100.0), bar("0700.HK", EX, 50.0, 50.0, volume=0)]
    assert rules([event("0700.HK", "split", 2.0)], bars, HK) == [None]
    assert rules([event("0700.HK", "split", 2.0)], [*bars, bar("0700.HK", AFTER, 101.0, 99.0)], HK) == [
        "split_without_step"
    ]


def test_a_split_is_proven_by_its_step_and_by_nothing_else():
    bars = [bar("0700.HK", BEFORE, 100.0, 100.0), bar("0700.HK", EX, 51.0, 49.0)]
    judged = judge_events(pd.DataFrame([event("0700.HK", "split", 2.0)]), pd.DataFrame(bars), HK)
    assert judged["is_proven"].tolist() == [True]
    judged = judge_events(pd.DataFrame([event("0700.HK", "split", 2.0)]), pd.DataFrame(bars[:1]), HK)
    assert judged["is_proven"].tolist() == [False]


@pytest.mark.parametrize(("value", "rule"), [(50.0, "dividend_too_large"), (49.0, None), (250.0, "dividend_too_large")])
def test_a_dividend_of_half_the_price_or_more_is_held(value, rule):
    bars = [bar("0700.HK", BEFORE, 100.0, 100.0), bar("0700.HK", EX, 98.0, 98.0)]
    assert rules([event("0700.HK", "dividend", value, currency="HKD")], bars, HK) == [rule]


def test_a_dividend_in_another_currency_is_not_measured_in_the_price_s():
    bars = [bar("0700.HK", BEFORE, 100.0, 100.0), bar("0700.HK", EX, 98.0, 98.0)]
    assert rules([event("0700.HK", "dividend", 60.0, currency="JPY")], bars, HK) == [None]


def test_a_dividend_beside_a_split_is_of_the_new_share_on_the_mainland_and_unknown_in_hong_kong():
    # 100 / 2 = 50 a new share: 26 is more than its half.
    for symbol, market, held in (("600519.SS", CN, "dividend_too_large"), ("0700.HK", HK, "dividend_beside_split")):
        bars = [bar(symbol, BEFORE, 100.0, 100.0), bar(symbol, EX, 50.0, 50.0)]
        assert rules([event(symbol, "split", 2.0), event(symbol, "dividend", 26.0)], bars, market) == [None, held]
    bars = [bar("600519.SS", BEFORE, 100.0, 100.0), bar("600519.SS", EX, 48.0, 48.0)]
    assert rules([event("600519.SS", "split", 2.0), event("600519.SS", "dividend", 2.0)], bars, CN) == [None, None]


def test_a_dividend_is_held_though_nothing_was_dealt_in_since_its_day():
    # Its size is measured by the close before, and per which share it is no price says.
    before, halted = bar("0700.HK", BEFORE, 100.0, 100.0), bar("0700.HK", EX, 100.0, 100.0, volume=0)
    for bars in ([before], [before, halted]):
        assert rules([event("0700.HK", "dividend", 60.0)], bars, HK) == ["dividend_too_large"]
        split, dividend = event("0700.HK", "split", 2.0), event("0700.HK", "dividend", 1.0)
        assert rules([split, dividend], bars, HK) == [None, "dividend_beside_split"]


def test_an_event_with_no_bar_before_it_is_believed():
    assert rules([event("0700.HK", "dividend", 90.0)], [bar("0700.HK", EX, 98.0, 98.0)], HK) == [None]
