"""Events through validate: what a held answer brings, and what a person's release covers."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from tasks.collect import Terms
from tasks.plan import Past, Window
from tasks.validate import validate
from tests.shipped import HK
from warehouse.bars.answers import Answer, Event
from warehouse.lake.schema import ACTIONS, STOCKS

MONDAY, TUESDAY = date(2022, 5, 16), date(2022, 5, 17)
EVENING = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)
KEY = ["symbol", "ex_date", "kind", "value"]


def judged(amount=60.0, released=(), currency="HKD"):
    """What is accepted and held of a dividend on Tuesday, after a close of 100."""
    answer = Answer(
        "0005.HK",
        "ok",
        EVENING,
        currency=currency,
        time_zone="Asia/Hong_Kong",
        trade_date=[MONDAY, TUESDAY],
        open=[100.0, 100.0],
        high=[101.0, 101.0],
        low=[99.0, 99.0],
        close=[100.0, 100.5],
        volume=[1000, 1000],
        dividends=[Event(TUESDAY, amount, "HKD")],
    )
    nothing = [dataset.schema.empty_table().to_pandas() for dataset in (STOCKS, ACTIONS)]
    rows = [("0005.HK", TUESDAY, "dividend", value) for value in released]
    past = Past(*nothing, released=pd.DataFrame(rows, columns=KEY))
    result = validate([answer], past, Terms(Window(HK, MONDAY, TUESDAY), EVENING, timedelta(minutes=30), "yahoo"))
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
