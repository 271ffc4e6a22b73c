"""Sina's answers as akshare hands them over: recorded shapes, invented numbers, no network."""

import sys
import threading
import time
from datetime import UTC, date, datetime

import pytest

import tasks.sources.sina as module
from tasks.sources.sina import Sina, sina_symbol
from tests.shipped import FACTS, HK, KNOWN
from tests.sql.warehouse_of import market_of
from warehouse.bars.answers import Request
from warehouse.errors import UsageError

NOW = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)
MONDAY, TUESDAY = date(2022, 5, 16), date(2022, 5, 17)


def ask(symbol, first=MONDAY):
    return Sina(FACTS.market(market_of(symbol)), 1000.0, lambda: NOW).ask(Request(symbol, first, short=True))


def test_a_hong_kong_index_is_asked_by_its_code_and_answers_from_the_first_day_on(akshare):
    akshare.bars["HSTECH"] = {date(2022, 5, 13): 4000.5, MONDAY: 4100.25, TUESDAY: 4200.0}
    answer = ask("HSTECH.HK")
    assert akshare.asked == ["HSTECH"]
    assert (answer.outcome, answer.asked_at, answer.trade_date) == ("ok", NOW, [MONDAY, TUESDAY])
    assert (answer.currency, answer.time_zone) == ("HKD", "Asia/Hong_Kong")
    assert (answer.open, answer.high, answer.low) == ([4100.25, 4200.0], [4109.25, 4209.0], [4091.25, 4191.0])
    assert (answer.close, answer.volume) == ([4100.25, 4200.0], [1_234_567_890] * 2)
    assert answer.splits == answer.dividends == []


def test_a_mainland_index_is_asked_by_exchange_and_digits(akshare):
    akshare.bars["sh000300"] = {TUESDAY: 4000.0}
    answer = ask("000300.SS")
    assert (answer.outcome, answer.close, answer.currency, answer.time_zone) == (
        "ok",
        [4000.0],
        "CNY",
        "Asia/Shanghai",
    )


def test_every_index_that_we_keep_has_the_name_that_sina_knows():
    names = {index.symbol: sina_symbol(index) for index in FACTS.indices}
    assert len(set(names.values())) == len(names)
    assert {index.symbol: names[index.symbol] for index in KNOWN.indices} == {
        "^HSI": "HSI",
        "HSTECH.HK": "HSTECH",
        "^HSCE": "HSCEI",
        "000300.SS": "sh000300",
        "000001.SS": "sh000001",
        "399001.SZ": "sz399001",
        "399006.SZ": "sz399006",
        "000905.SS": "sh000905",
        "000016.SS": "sh000016",
        "000688.SS": "sh000688",
    }


def test_a_stock_is_not_asked_for(akshare):
    assert ask("0700.HK").outcome == "no data"
    assert akshare.asked == []


def test_a_number_that_is_missing_stays_missing(akshare):
    akshare.bars["HSI"] = {MONDAY: 20000.0, TUESDAY: float("nan")}
    assert ask("^HSI").close == [20000.0, None]


@pytest.mark.parametrize(
    ("fault", "outcome", "detail"),
    [
        (ConnectionError("no route"), "transient", "ConnectionError: no route"),
        (IndexError("list index out of range"), "unknown shape", "IndexError: list index out of range"),
        ({}, "unknown shape", "KeyError: 'date'"),
        ({None: 1.0}, "unknown shape", "ValueError: a row without a date"),
        ({date(2022, 5, 13): 1.0}, "no data", "no bars from 2022-05-16 on"),
    ],
)
def test_what_went_wrong_is_told_apart(akshare, fault, outcome, detail):
    akshare.bars["HSI"] = fault
    answer = ask("^HSI")
    assert (answer.outcome, answer.detail, answer.trade_date) == (outcome, detail, [])


def test_an_answer_that_never_comes_is_given_up(akshare, monkeypatch):
    never = threading.Event()
    monkeypatch.setattr(module, "TIMEOUT", 0.01)
    monkeypatch.setattr(sys.modules["akshare"], "stock_hk_index_daily_sina", lambda symbol: never.wait())
    answer = ask("^HSI")
    never.set()
    assert (answer.outcome, answer.detail) == ("transient", "no answer within 0.01 s")


def test_it_asks_no_faster_than_it_may(akshare):
    source, started = Sina(HK, 50.0, lambda: NOW), time.monotonic()
    for _ in range(3):
        source.ask(Request("^HSI", MONDAY))
    assert time.monotonic() - started >= 0.04
    assert akshare.asked == ["HSI"] * 3


def test_without_akshare_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "akshare", None)
    with pytest.raises(UsageError, match=r"needs akshare: in the checkout, pip install '\.\[china\]'"):
        Sina(HK, 1000.0, lambda: NOW)
