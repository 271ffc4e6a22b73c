"""Nights as a schedule starts them: without a date, on holidays, after others, with a sweep in the morning."""

from datetime import date

import pytest

from tests.conftest import walk
from tests.loopback import http_server
from tests.receiver import Receiver
from tests.shipped import CN, HK

FIRST, LAST = date(2022, 5, 5), date(2022, 5, 20)


@pytest.fixture
def market(vendor, prefect_server):
    """Invented bars of every index and member of both markets."""
    day = date(2022, 5, 17)
    for one in (HK, CN):
        symbols = one.members_on(day) - one.unobtainable_on(day) | {index.symbol for index in one.indices}
        vendor.bars |= {symbol: walk(symbol, one, FIRST, LAST) for symbol in symbols}
    return vendor


@pytest.fixture
def at(market, monkeypatch):
    """Move the vendor and our clock to a moment."""

    def move(moment):
        market.today = date.fromisoformat(moment[:10])
        monkeypatch.setenv("AFTERCLOSE_NOW", f"{moment}:00+08:00")

    return move


def test_a_holiday_ends_closed_when_nothing_is_owed_and_fills_what_is(at, market):
    from flows.nightly import nightly

    at("2022-05-09T16:45")  # the day after Buddha's birthday, a holiday: Friday the 6th is still owed
    assert nightly("HK", wait=True, return_state=True).name == "Complete"
    asked = sum(market.asked.values())
    state = nightly("HK", wait=True, return_state=True)
    assert (state.name, state.message) == ("Closed", "market closed, 2022-05-06 is complete")
    assert sum(market.asked.values()) == asked


def test_late_runs_after_an_outage_fill_every_day_once_and_the_others_end_at_once(at, market):
    from flows.nightly import nightly
    from tests.integration.test_nights import rows

    at("2022-05-10T16:45")
    nightly("HK", return_state=True)
    at("2022-05-13T09:00")  # the runs of the 11th and the 12th start on Friday morning, the newer one first
    states = [nightly("HK", wait=True, return_state=True) for _ in range(2)]
    assert [state.name for state in states] == ["Complete", "Complete"]
    assert states[1].result().stored is None
    assert rows("select trade_date, state from session_status order by 1") == [
        (date(2022, 5, day), "complete") for day in (10, 11, 12)
    ]
    assert rows("select count(*) from runs") == [(2,)]


def test_the_morning_sweep_takes_a_correction_and_one_market_that_fails_does_not_stop_the_other(at, market):
    from flows.nightly import nightly
    from flows.sweep import sweep

    at("2022-05-17T16:45")
    for code in ("HK", "CN"):
        nightly(code, return_state=True)
    opened, high, low, close, volume = market.bars["600519.SS"][date(2022, 5, 17)]
    market.bars["600519.SS"][date(2022, 5, 17)] = (opened, high, low, round(close - 0.1, 2), volume)
    market.faults = {symbol: ["shape"] for symbol in market.bars if symbol.endswith(".HK") or symbol.startswith("^")}
    at("2022-05-18T07:30")
    state = sweep(return_state=True)
    assert state.is_failed()
    assert "HK Failed: HK 2022-05-17: none of" in state.message
    assert "CN Complete" in state.message
    from tests.integration.test_nights import rows

    assert rows("select symbol, trade_date, close from base.price_versions where known_to is not null") == [
        ("600519.SS", date(2022, 5, 17), close)
    ]


def test_each_night_tells_its_market_and_the_sweep_tells_only_what_changed(at, market, monkeypatch):
    from flows.nightly import nightly
    from flows.sweep import sweep

    receiver = Receiver()
    with http_server(receiver.answer) as url:
        monkeypatch.setenv("AFTERCLOSE_DIGEST_URLS", url.replace("http", "json"))
        at("2022-05-17T16:05")
        nightly("CN", return_state=True)
        at("2022-05-17T16:45")
        nightly("HK", return_state=True)
        assert [title for title, *_ in receiver.taken()] == [
            "Mainland China complete – 17 May 2022",
            "Hong Kong complete – 17 May 2022",
        ]
        day = date(2022, 5, 17)
        opened, high, low, close, volume = market.bars["0700.HK"][day]
        market.bars["0700.HK"][day] = (opened, high + 1, low, close + 1, volume)
        at("2022-05-18T07:30")
        sweep(return_state=True)
        ((title, text, _),) = receiver.taken()
        assert title == "Changed since it was told: 17 May 2022"
        assert f"Tencent's close corrected from {close:.2f} to {close + 1:.2f}" in text
        sweep(return_state=True)
        assert receiver.taken() == []


def test_a_correction_that_cannot_be_read_is_one_line_of_every_flow(at, home, monkeypatch):
    from flows.backfill import backfill, backfill_indices
    from flows.nightly import nightly
    from flows.official import official
    from flows.sweep import sweep

    at("2022-05-17T16:45")
    monkeypatch.setenv("AFTERCLOSE_DIGEST_URLS", "json://127.0.0.1:9")
    wrong = home / "reference" / "session_overlay.csv"
    wrong.parent.mkdir(parents=True)
    wrong.write_text("nothing,of,the,kind\n", encoding="utf-8")
    week = {"first": date(2022, 5, 10), "last": date(2022, 5, 17)}
    states = [
        nightly("HK", return_state=True),
        nightly("HK", date(2022, 5, 17), return_state=True),
        sweep(return_state=True),
        official(return_state=True),
        backfill("HK", **week, return_state=True),
        backfill_indices("HK", **week, return_state=True),
    ]
    assert [state.type.value for state in states] == ["FAILED"] * len(states)
    for state in states:
        assert state.message.startswith(f"{wrong} "), state.message
        assert "Traceback" not in state.message
