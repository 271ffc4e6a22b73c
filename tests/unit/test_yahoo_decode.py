import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tasks.sources._yahoo_chart import decode
from warehouse.bars.answers import Event, Malformed, from_table, to_table

ASKED_AT = datetime(2026, 8, 7, 9, 0, tzinfo=UTC)
RECORDED = Path(__file__).parents[3] / "shared" / "yahoo" / "recorded"
NEEDS_RECORDED = pytest.mark.skipif(not RECORDED.exists(), reason="the recorded answers in ../shared are not here")


def chart(**changes):
    result = {
        "meta": {
            "currency": "CNY",
            "symbol": "600519.SS",
            "gmtoffset": 28800,
            "exchangeTimezoneName": "Asia/Shanghai",
            "regularMarketTime": 1652770800,
            "longName": "Invented",
            "exchangeName": "SHH",
            "instrumentType": "EQUITY",
            "firstTradeDate": 998875800,
        },
        "timestamp": [1652664600, 1652751000],
        "indicators": {
            "quote": [
                {
                    "open": [10.0, 11.0],
                    "high": [10.5, 11.5],
                    "low": [9.5, 10.5],
                    "close": [10.25, None],
                    "volume": [100, None],
                }
            ]
        },
        "events": {
            "splits": {"1652664600": {"date": 1652664600, "numerator": 3, "denominator": 2}},
            "dividends": {"1652751000": {"date": 1652751000, "amount": 0.5}},
        },
    }
    return json.dumps({"chart": {"result": [result | changes], "error": None}}).encode()


def test_bars_events_and_meta_are_decoded_with_local_dates():
    answer = decode("600519.SS", 200, chart(), ASKED_AT)
    assert answer.outcome == "ok"
    assert answer.trade_date == [date(2022, 5, 16), date(2022, 5, 17)]
    assert (answer.close, answer.volume) == ([10.25, None], [100, None])
    assert answer.splits == [Event(date(2022, 5, 16), 1.5)]
    assert answer.dividends == [Event(date(2022, 5, 17), 0.5)]
    assert (answer.currency, answer.time_zone) == ("CNY", "Asia/Shanghai")
    assert answer.traded_at == datetime(2022, 5, 17, 7, 0, tzinfo=UTC)
    assert (answer.name, answer.exchange, answer.instrument_type) == ("Invented", "SHH", "EQUITY")
    assert answer.first_trade_date == date(2001, 8, 27)


def test_what_the_vendor_leaves_out_of_its_meta_is_not_known():
    meta = {"currency": "CNY", "symbol": "600519.SS", "gmtoffset": 28800, "exchangeTimezoneName": "Asia/Shanghai"}
    answer = decode("600519.SS", 200, chart(meta=meta), ASKED_AT)
    assert answer.outcome == "ok"
    assert [answer.name, answer.exchange, answer.instrument_type, answer.first_trade_date] == [None] * 4


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (429, b"Edge: Too Many Requests", "transient"),
        (500, b"", "transient"),
        (401, b'{"finance":{"result":null,"error":{"code":"Unauthorized"}}}', "transient"),
        (200, b"<html>Will be right back</html>", "transient"),
        (200, chart()[:100], "transient"),
        (404, b'{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found"}}}', "no data"),
        (200, b'{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found"}}}', "no data"),
        (400, b'{"chart":{"result":null,"error":{"code":"Bad Request","description":"none"}}}', "no data"),
        (200, chart(timestamp=[]), "no data"),
        (200, b'{"finance":{}}', "unknown shape"),
        (200, b'{"chart":{"result":[],"error":null}}', "unknown shape"),
        (200, chart(indicators={"quote": [{}]}), "unknown shape"),
        (200, chart(timestamp=[1652664600]), "unknown shape"),
        (200, b"[]", "unknown shape"),
    ],
)
def test_errors_are_told_apart(status, body, outcome):
    answer = decode("600519.SS", status, body, ASKED_AT)
    assert answer.outcome == outcome
    assert answer.trade_date == []
    assert answer.detail


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"\n<html>Will be right back</html>", "a page (32 bytes)"),
        (b'{"chart": {"res', "JSON that is cut off (15 bytes)"),
        (b"", "no JSON (0 bytes)"),
        (b"Edge: not now", "no JSON (13 bytes)"),
    ],
)
def test_what_is_no_json_is_told_in_words_that_a_reason_can_show(body, what):
    assert decode("600519.SS", 200, body, ASKED_AT).detail == f"HTTP 200, {what}"


def meta(**changes):
    return {"meta": json.loads(chart())["chart"]["result"][0]["meta"] | changes}


def quote(**changes):
    kept = json.loads(chart())["chart"]["result"][0]["indicators"]["quote"][0]
    return {"indicators": {"quote": [kept | changes]}}


def event(kind, **values):
    return {"events": {kind: {"1": {"date": 1652751000} | values}}}


@pytest.mark.parametrize(
    "changes",
    [
        meta(symbol=None),
        meta(currency=3),
        meta(longName=["A", "B"]),
        meta(gmtoffset=10**18),
        meta(regularMarketTime=1e30),
        meta(firstTradeDate=10**17),
        {"timestamp": [1652664600000, 1652751000000]},
        quote(close=["10.25", "10.5"]),
        quote(close=[10.25, True]),
        quote(volume=[100, 2**63]),
        quote(volume=[100, 1e300]),
        meta(dataGranularity="1wk"),
        meta(gmtoffset=0),
        meta(gmtoffset=28800 + 86400),
    ],
)
def test_values_that_cannot_be_what_they_stand_for_are_an_unknown_shape_of_one_symbol(changes):
    answer = decode("600519.SS", 200, chart(**changes), ASKED_AT)
    assert answer.outcome == "unknown shape"
    assert answer.trade_date == []
    assert answer.detail


@pytest.mark.parametrize(
    ("changes", "kind", "problem"),
    [
        (event("splits", numerator=2, denominator=0), "split", "numerator 2, denominator 0"),
        (event("splits", numerator=0, denominator=1), "split", "numerator 0, denominator 1"),
        (event("splits", numerator=-2, denominator=1), "split", "numerator -2, denominator 1"),
        (event("splits", numerator=1e300, denominator=1e-300), "split", "numerator 1e+300, denominator 1e-300"),
        (event("splits", splitRatio="2:1"), "split", "splitRatio 2:1"),
        (event("dividends", amount=None), "dividend", "amount None"),
        (event("dividends", amount=1e308), "dividend", "amount 1e+308"),
        (event("dividends", amount=-1.0), "dividend", "amount -1.0"),
        (event("dividends", amount=0.0), "dividend", "amount 0.0"),
        (event("dividends"), "dividend", "nothing but a date"),
        (event("capitalGains", amount="a lot"), "dividend", "amount a lot"),
    ],
)
def test_an_event_that_cannot_be_one_is_told_and_the_bars_stay(changes, kind, problem):
    answer = decode("600519.SS", 200, chart(**changes), ASKED_AT)
    assert (answer.outcome, len(answer.close), answer.splits, answer.dividends) == ("ok", 2, [], [])
    assert answer.malformed == [Malformed(kind, date(2022, 5, 17), problem)]


@pytest.mark.parametrize(
    ("events", "kind", "problem"),
    [
        ("none", "event", "the events are no table"),
        ({"dividends": [{"amount": 1.0, "date": 1652751000}]}, "dividend", "dividends are no table"),
        ({"dividends": {"1": {"amount": 1.0}}}, "dividend", "amount 1.0"),
        ({"splits": {"1": "2:1"}}, "split", "2:1"),
    ],
)
def test_an_event_without_a_date_is_told_too(events, kind, problem):
    answer = decode("600519.SS", 200, chart(events=events), ASKED_AT)
    assert (answer.outcome, answer.malformed) == ("ok", [Malformed(kind, None, problem)])


def test_a_dividend_keeps_its_own_currency_and_a_capital_gain_is_cash_too():
    events = {
        "dividends": {"1": {"date": 1652751000, "amount": 0.11, "currency": "USD"}},
        "capitalGains": {"1": {"date": 1652751000, "amount": 0.25}},
    }
    answer = decode("600519.SS", 200, chart(events=events), ASKED_AT)
    day = date(2022, 5, 17)
    assert answer.dividends == [Event(day, 0.11, "USD"), Event(day, 0.25)]


def test_a_volume_with_decimals_is_a_count():
    assert decode("600519.SS", 200, chart(**quote(volume=[100.0, 7.6])), ASKED_AT).volume == [100, 7]


def test_an_answer_about_another_symbol_is_not_taken_for_this_one():
    assert decode("600000.SS", 200, chart(), ASKED_AT).outcome == "unknown shape"


def test_answers_survive_being_staged():
    answers = [decode("600519.SS", 200, chart(), ASKED_AT), decode("0700.HK", 429, b"", ASKED_AT)]
    assert from_table(to_table(answers)) == answers


@NEEDS_RECORDED
def test_a_recorded_answer_after_the_close_is_read_to_the_cent():
    body = (RECORDED / "tencent_after_close_range_5d.json").read_bytes()
    answer = decode("0700.HK", 200, body, ASKED_AT)
    assert answer.trade_date[-1] == date(2026, 8, 7)
    assert round(answer.close[-1], 4) == 478.8
    assert answer.traded_at == datetime(2026, 8, 7, 8, 8, 11, tzinfo=UTC)


@NEEDS_RECORDED
def test_a_recorded_answer_with_a_null_row_and_a_live_one_keeps_both_days_apart():
    body = (RECORDED / "shanghai_null_first_live_last_2017.json").read_bytes()
    answer = decode("600497.SS", 200, body, ASKED_AT)
    assert answer.close[0] is None
    assert answer.trade_date[-1] == date(2017, 11, 27)


@NEEDS_RECORDED
def test_a_recorded_window_without_bars_is_no_data():
    body = json.dumps(json.loads((RECORDED / "empty_window.json").read_text())["response"]["bodyJson"]).encode()
    assert decode("AAPL", 200, body, ASKED_AT).outcome == "no data"


@NEEDS_RECORDED
def test_a_recorded_split_is_read():
    body = json.dumps(json.loads((RECORDED / "nvda_split_2021.json").read_text())["response"]["bodyJson"]).encode()
    assert decode("NVDA", 200, body, ASKED_AT).splits == [Event(date(2021, 7, 20), 4.0)]
