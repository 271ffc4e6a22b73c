"""Waiting for a vendor that is late, with a clock and a sleep that the test moves."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tasks.wait import wait_for_evening
from tests.shipped import KNOWN
from warehouse.bars.answers import Answer

DAY, BEFORE = date(2022, 5, 17), date(2022, 5, 16)
CLOSED = datetime(2022, 5, 17, 8, 8, tzinfo=UTC)  # 16:08 in Hong Kong
START = datetime(2022, 5, 17, 8, 45, tzinfo=UTC)


class Evening:
    """A vendor whose answers change as the clock moves, and the clock that only sleeping moves."""

    def __init__(self, answer):
        self.now, self.slept, self.asked, self.said = START, [], [], []
        self.answer = answer

    def ask(self, request):
        self.asked.append(request)
        return self.answer(request.symbol, self.now)

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    def wait(self, minutes=90, market="HK"):
        deadline = START + timedelta(minutes=minutes)
        followed = KNOWN.market(market)
        session = followed.sessions.on(DAY)
        return wait_for_evening(self, followed, session, deadline, lambda: self.now, self.sleep, self.said.append)


def bar(symbol, day, close=100.0, traded_at=CLOSED):
    prices = {name: [close] for name in ("open", "high", "low", "close", "volume")}
    return Answer(symbol, "ok", START, traded_at=traded_at, trade_date=[day], **prices)


def test_an_evening_that_is_there_is_not_waited_for():
    evening = Evening(lambda symbol, now: bar(symbol, DAY))
    assert evening.wait()
    assert (evening.slept, evening.said) == ([], [])
    assert [request.symbol for request in evening.asked] == ["^HSI", "HSTECH.HK"]


def test_pauses_double_up_to_ten_minutes_until_the_bar_is_there():
    there_at = START + timedelta(minutes=20)
    evening = Evening(lambda symbol, now: bar(symbol, DAY if now >= there_at else BEFORE))
    assert evening.wait()
    assert evening.slept == [60, 120, 240, 480, 600]


@pytest.mark.parametrize(
    "late",
    [
        lambda symbol, now: bar(symbol, BEFORE),
        lambda symbol, now: bar(symbol, DAY, close=None),
        lambda symbol, now: bar(symbol, DAY, traded_at=CLOSED - timedelta(minutes=20)),
        lambda symbol, now: Answer(symbol, "transient", now, "HTTP 503"),
    ],
    ids=["no bar", "no close", "still trading", "vendor down"],
)
def test_what_is_not_the_final_bar_is_waited_for_until_the_deadline_and_no_longer(late):
    evening = Evening(late)
    assert not evening.wait(minutes=90)
    assert sum(evening.slept) == 90 * 60
    assert evening.said[-1] == "HK 2022-05-17: ^HSI, HSTECH.HK still not there, going on with what there is"


def test_a_session_whose_deadline_has_passed_is_asked_for_once():
    evening = Evening(lambda symbol, now: bar(symbol, BEFORE))
    assert not evening.wait(minutes=-600)
    assert evening.slept == []


def test_an_index_that_the_vendor_does_not_have_is_not_waited_for():
    evening = Evening(lambda symbol, now: Answer(symbol, "no data", now) if symbol == "HSTECH.HK" else bar(symbol, DAY))
    assert evening.wait()


def test_a_source_that_stumbles_is_asked_again_like_one_that_is_down():
    def stumble(symbol, now):
        raise KeyError("timestamp")

    evening = Evening(stumble)
    assert not evening.wait(minutes=5)
    assert evening.said[-1] == "HK 2022-05-17: ^HSI, HSTECH.HK still not there, going on with what there is"
