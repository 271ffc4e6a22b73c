"""Events through validate: what a held answer brings, and what a person's release covers."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from tasks.collect import Terms
from tasks.plan import NAMED, Past, Window
from tests.judging import validate
from tests.shipped import CN, HK
from warehouse.bars.answers import Answer, Event
from warehouse.lake.schema import ACTIONS, STOCKS

FRIDAY, MONDAY, TUESDAY = date(2022, 5, 13), date(2022, 5, 16), date(2022, 5, 17)
EVENING = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)
KEY = ["symbol", "ex_date", "kind", "value"]


def told(past=None, currency="HKD", released=(), **events):
    """What comes of an answer with these events; its closes of three days are 100, 100 and 100.5."""
    answer = Answer(
        "0005.HK",
        "ok",
        EVENING,
        currency=currency,
        time_zone="Asia/Hong_Kong",
        trade_date=[FRIDAY, MONDAY, TUESDAY],
        open=[100.0, 100.0, 100.0],
        high=[101.0, 101.0, 101.0],
        low=[99.0, 99.0, 99.0],
        close=[100.0, 100.0, 100.5],
        volume=[1000, 1000, 1000],
        **events,
    )
    nothing = [dataset.schema.empty_table().to_pandas() for dataset in (STOCKS, ACTIONS)]
    past = past or Past(*nothing, released=pd.DataFrame(released, columns=KEY))
    return validate([answer], past, Terms(Window(HK, FRIDAY, TUESDAY), EVENING, timedelta(minutes=30), "yahoo"))


def judged(amount=60.0, released=(), currency="HKD"):
    """What is accepted and held of a dividend on Tuesday, after a close of 100."""
    rows = [("0005.HK", TUESDAY, "dividend", value) for value in released]
    result = told(currency=currency, released=rows, dividends=[Event(TUESDAY, amount, "HKD")])
    events = result.held[result.held["kind"].notna() & (result.held["status"] == "held")]
    return result.actions["value"].tolist(), events["rule"].tolist()


def test_a_dividend_of_more_than_half_the_price_is_held_and_a_smaller_one_is_not():
    assert judged(60.0) == ([], ["dividend_too_large"])
    assert judged(0.86) == ([0.86], [])


def test_a_release_is_of_the_amount_that_it_was_given_for_and_of_no_other():
    assert judged(60.0, released=[60.0]) == ([60.0], [])
    assert judged(60.00005, released=[60.0]) == ([60.00005], [])
    assert judged(71.85, released=[60.0]) == ([], ["dividend_too_large"])


@pytest.mark.parametrize("released", [(), (0.86,)])
def test_no_event_of_an_answer_whose_bars_are_held_is_accepted_whatever_was_released(released):
    assert judged(0.86, released, currency="JPY") == ([], ["of_a_held_answer"])


def test_an_accepted_event_is_of_the_vendor_that_told_it():
    assert told(dividends=[Event(TUESDAY, 0.86, "HKD")]).actions["source"].tolist() == ["yahoo"]


def test_an_event_that_no_evening_named_is_gone_with_the_third_that_does_not():
    stored = {
        "symbol": "0005.HK",
        "ex_date": FRIDAY,
        "kind": "dividend",
        "value": 0.86,
        "currency": "HKD",
        "source": "yahoo",
        "asked_at": EVENING - timedelta(days=4),
        "known_from": EVENING - timedelta(days=4),
        "run_id": "before",
    }
    bars = STOCKS.schema.empty_table().to_pandas()
    actions = pd.DataFrame([stored], columns=ACTIONS.schema.names)
    evenings = [("0005.HK", day, FRIDAY - timedelta(days=30), day, "") for day in (FRIDAY, MONDAY)]
    gone = [told(Past(bars, actions, pd.DataFrame(evenings[:count], columns=NAMED))) for count in (1, 2)]
    assert [len(each.withdrawn) for each in gone] == [0, 1]
    (warning,) = gone[1].held.loc[gone[1].held["rule"] == "event_withdrawn", "detail"]
    assert warning.endswith("not told on 2022-05-13, 2022-05-16, 2022-05-17")


def test_a_bar_after_a_long_halt_is_judged_with_the_split_that_was_stored_within_it():
    version = {"symbol": "0005.HK", "source": "yahoo", "asked_at": EVENING, "known_from": EVENING, "run_id": "before"}
    prices = {"open": 200.0, "high": 202.0, "low": 198.0, "close": 200.0, "volume": 1000, "split_factor": 1.0}
    bar = version | prices | {"trade_date": date(2022, 4, 20), "currency": "HKD", "trading_state": "traded"}
    split = version | {"ex_date": date(2022, 4, 27), "kind": "split", "value": 2.0}
    stored = [pd.DataFrame([row], columns=dataset.schema.names) for row, dataset in ((bar, STOCKS), (split, ACTIONS))]
    whole, without = (told(Past(stored[0], actions)) for actions in (stored[1], stored[1][:0]))
    assert FRIDAY in set(whole.stocks["trade_date"])
    assert without.held.loc[without.held["trade_date"] == FRIDAY, "rule"].tolist() == ["step_without_event"]


@pytest.mark.parametrize("is_released", [False, True])
def test_what_an_exchanges_print_showed_goes_with_the_dividend_that_the_vendor_tells_and_what_a_person_released_stays(
    is_released,
):
    version = {"symbol": "600519.SS", "asked_at": EVENING, "known_from": EVENING, "run_id": "before"}
    shown = version | {"ex_date": TUESDAY, "kind": "unlisted_adjustment", "value": 10 / 9.5, "source": "baostock"}
    answer = Answer(
        "600519.SS",
        "ok",
        EVENING,
        currency="CNY",
        time_zone="Asia/Shanghai",
        trade_date=[FRIDAY, MONDAY, TUESDAY],
        open=[10.0, 10.0, 9.6],
        high=[10.0, 10.0, 10.45],  # the limit of a day that is measured from 9.50; from 9.00 it would be 9.90
        low=[10.0, 10.0, 9.6],
        close=[10.0, 10.0, 10.4],
        volume=[1000, 1100, 1200],
        dividends=[Event(TUESDAY, 0.5)],
    )
    past = Past(
        STOCKS.schema.empty_table().to_pandas(),
        pd.DataFrame([shown], columns=ACTIONS.schema.names),
        released=pd.DataFrame([shown] if is_released else [], columns=KEY),
    )
    result = validate([answer], past, Terms(Window(CN, FRIDAY, TUESDAY), EVENING, timedelta(minutes=30), "yahoo"))
    assert result.actions["kind"].tolist() == ["dividend"]
    assert result.withdrawn["kind"].tolist() == ([] if is_released else ["unlisted_adjustment"])
    assert is_released or TUESDAY in set(result.stocks["trade_date"])
