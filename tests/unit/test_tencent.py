"""Tencent's answers: recorded shapes, invented numbers."""

import json
from datetime import UTC, date, datetime, timedelta
from math import isfinite
from random import Random

import pytest

from tasks.sources.tencent import Tencent, decode, tencent_name
from tasks.web import Reply
from tests.damage import damaged
from tests.fake_tencent import CHECK, FakeTencent
from tests.shipped import CN, FACTS, HK, KNOWN
from warehouse.bars.answers import Request

NOW = datetime(2022, 5, 18, 10, tzinfo=UTC)
FIRST, LAST = date(2022, 5, 16), date(2022, 5, 18)
EVENT = {"cqr": "2022-05-17", "FHcontent": "", "HGcontent": "回购178.80万股", "paixiri": "", "ggContent": ""}
ROWS = [
    ["2022-05-16", "10.000", "10.400", "10.500", "9.900", "1000"],
    ["2022-05-17", "10.400", "10.200", "10.600", "10.100", "2000", EVENT],
    ["2022-05-18", "10.200", "10.300", "10.350", "10.000", "3000", {}, "0.31", "3105.20"],
]


def payload(rows=ROWS, name="hk00700", key="day"):
    return {"code": 0, "data": {name: {key: rows}}}


def read(said, market=HK, symbol="0700.HK", status=200):
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return decode(symbol, market, FIRST, LAST, Reply(status, body), NOW)


@pytest.fixture
def vendor():
    fake = FakeTencent()
    fake.url = fake.start()
    yield fake
    fake.stop()


def source(vendor, market=HK, now=NOW, timeout=2.0):
    return Tencent(market, vendor.url, 1000.0, lambda: now, back_off=0.001, timeout=timeout)


def test_a_row_is_open_close_high_low_volume_and_may_have_more_behind():
    answer = read(payload())
    assert answer.outcome == "ok"
    assert answer.trade_date == [date(2022, 5, 16), date(2022, 5, 17), date(2022, 5, 18)]
    assert (answer.open, answer.high) == ([10.0, 10.4, 10.2], [10.5, 10.6, 10.35])
    assert (answer.low, answer.close) == ([9.9, 10.1, 10.0], [10.4, 10.2, 10.3])
    assert (answer.volume, answer.lot) == ([1000, 2000, 3000], 1)
    assert (answer.currency, answer.time_zone) == ("HKD", "Asia/Hong_Kong")
    assert answer.splits == answer.dividends == []


def test_mainland_volume_is_in_shares_by_a_custom_that_the_answer_names():
    rows = [["2022-05-17", "2.550", "2.600", "2.610", "2.550", "86162.350"]]
    answer = read(payload(rows, "sh600601"), CN, "600601.SS")
    assert (answer.volume, answer.lot, answer.currency) == ([8616235], 100, "CNY")


def test_every_index_and_the_stocks_of_both_markets_have_a_name():
    names = {index.symbol: tencent_name(index.symbol, FACTS.market(index.market)) for index in FACTS.indices}
    assert len(set(names.values())) == len(names)
    assert {index.symbol: names[index.symbol] for index in KNOWN.indices} == {
        "^HSI": "hkHSI",
        "HSTECH.HK": "hkHSTECH",
        "^HSCE": "hkHSCEI",
        "000300.SS": "sh000300",
        "000001.SS": "sh000001",
        "399001.SZ": "sz399001",
        "399006.SZ": "sz399006",
        "000905.SS": "sh000905",
        "000016.SS": "sh000016",
        "000688.SS": "sh000688",
    }
    assert (tencent_name("0005.HK", HK), tencent_name("80700.HK", HK)) == ("hk00005", "hk80700")
    assert (tencent_name("600519.SS", CN), tencent_name("000001.SZ", CN)) == ("sh600519", "sz000001")


@pytest.mark.parametrize("symbol", ["830032.BJ", "600519.SS", "../0700.HK", "0700.HK,day", "", "0700.HK\n"])
def test_what_has_no_name_is_not_asked_for(vendor, symbol):
    assert source(vendor).ask(Request(symbol, FIRST)).outcome == "no data"
    assert vendor.asked == []


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        (payload(key="qfqday"), "no bars as printed among qfqday"),
        (payload(name="hk00005"), "the answer is about hk00005"),
        ({"code": 1, "msg": "bad params", "data": []}, "code 1: bad params"),
        (payload([ROWS[1], ROWS[0]]), "days out of order"),
        (payload([ROWS[0], ROWS[0]]), "days out of order"),
        (payload([ROWS[0][:5]]), "missing 1 required"),
        (payload([["2022-05-16", "-1.0", *ROWS[0][2:]]]), "'-1.0' is no price or volume"),
        (payload([["2022-05-16", "NaN", *ROWS[0][2:]]]), "'NaN' is no price or volume"),
        (payload([["2022-05-16", "1e5", *ROWS[0][2:]]]), "'1e5' is no price or volume"),
        (payload([["2022-05-16", "1000001.0", *ROWS[0][2:]]]), "'1000001.0' is no price or volume"),
        (payload([[*ROWS[0][:5], "1" + "0" * 13]]), "is no price or volume"),
        (payload([["20220516", *ROWS[0][1:]]]), "'20220516' is no day"),
        (payload([["2022-05-16", 10.0, *ROWS[0][2:]]]), "TypeError"),
        (
            payload([[row[0], row[1], row[3], row[4], row[2], row[5]] for row in ROWS]),
            "the columns are in another order",
        ),
        ({"code": 0, "data": {"hk00700": {"day": {"2022-05-16": 1}}}}, "HTTP 200"),
        ([], "TypeError"),
    ],
)
def test_an_answer_of_another_shape_gives_no_bar(said, detail):
    answer = read(said)
    assert (answer.outcome, answer.trade_date, detail in answer.detail) == ("unknown shape", [], True), answer.detail


@pytest.mark.parametrize("said", [payload([]), {"code": 0, "data": {}}, {"code": 0, "data": []}])
def test_nothing_in_the_window_is_no_data(said):
    assert read(said).outcome == "no data"


def test_a_price_of_zero_or_none_is_not_given():
    rows = [["2022-05-17", "0.000", "10.200", "10.600", "", ""]]
    answer = read(payload(rows))
    assert (answer.open, answer.low, answer.close, answer.volume) == ([None], [None], [10.2], [None])


def test_days_outside_the_window_are_left():
    rows = [["2022-05-13", *ROWS[0][1:]], *ROWS, ["2022-05-19", *ROWS[0][1:]]]
    assert read(payload(rows)).trade_date == [FIRST, date(2022, 5, 17), LAST]


def test_a_page_in_gbk_that_asks_for_a_check_is_a_refusal_and_stops_the_source(vendor):
    vendor.faults["hk00700"] = CHECK
    asking = source(vendor)
    answer = asking.ask(Request("0700.HK", FIRST))
    assert (answer.outcome, answer.detail) == ("banned", "Tencent asks for a check whether we are human")
    assert asking.stopped == answer.detail
    assert asking.ask(Request("0005.HK", FIRST)).detail == f"not asked any more: {answer.detail}"
    assert vendor.asked == ["hk00700"]


def test_a_vendor_that_is_down_costs_three_symbols_and_no_more(vendor):
    symbols = ["0001.HK", "0002.HK", "0003.HK", "0005.HK", "0006.HK"]
    vendor.faults |= {f"hk0{symbol[:4]}": 503 for symbol in symbols}
    asking = source(vendor)
    assert {asking.ask(Request(symbol, FIRST)).outcome for symbol in symbols} == {"transient"}
    assert sorted(set(vendor.asked)) == ["hk00001", "hk00002", "hk00003"]


def test_failures_that_do_not_follow_each_other_do_not_stop_it(vendor):
    vendor.bars["hk00700"] = {LAST: (10.0, 11.0, 9.0, 10.0, 5)}
    vendor.faults |= {f"hk{code}": 503 for code in ("00001", "00002", "00003", "00005")}
    asking = source(vendor)
    for code in ("0001", "0002", "0700", "0003", "0005", "0700"):
        asking.ask(Request(f"{code}.HK", FIRST))
    assert asking.stopped is None


def test_a_long_window_is_asked_for_in_pieces_that_are_one_answer(vendor):
    days = HK.sessions.between(date(2019, 1, 2), LAST)
    vendor.bars["hk00700"] = {day: (10.0, 11.0, 9.0, 10.0 + at % 3, at) for at, day in enumerate(days)}
    answer = source(vendor).ask(Request("0700.HK", days[0]))
    assert (answer.trade_date, answer.volume) == (list(days), list(range(len(days))))
    assert [(first, last) for _, first, last, _ in vendor.paths] == [
        ("2019-01-02", "2021-06-19"),
        ("2021-06-20", "2022-05-18"),
    ]
    assert all(len(HK.sessions.between(FIRST - timedelta(days=900), FIRST)) < count for *_, count in vendor.paths)


def test_a_last_day_spares_what_comes_after_it(vendor):
    vendor.bars["sh000300"] = dict.fromkeys((FIRST, LAST), (1.0, 2.0, 1.0, 1.0, 1))
    answer = source(vendor, CN).ask(Request("000300.SS", FIRST, last=date(2022, 5, 17)))
    assert answer.trade_date == [FIRST]
    assert vendor.paths == [("/appstock/app/fqkline/get", "2022-05-16", "2022-05-17", 640)]


def test_a_piece_that_could_not_be_had_is_no_half_answer(vendor, monkeypatch):
    vendor.bars["hk00700"] = {LAST: (10.0, 11.0, 9.0, 10.0, 5)}
    good = vendor.payload
    monkeypatch.setattr(
        vendor, "payload", lambda name, first, last: good(name, first, last) if last < FIRST else {"code": 5}
    )
    answer = source(vendor).ask(Request("0700.HK", date(2019, 1, 2)))
    assert (answer.outcome, answer.trade_date) == ("unknown shape", [])


def test_no_damage_makes_a_bar_that_cannot_be_and_none_is_an_exception():
    chance, seen = Random(14), set()
    for _ in range(2000):
        answer = read(damaged(json.dumps(payload()).encode(), chance))
        seen.add(answer.outcome)
        if answer.outcome != "ok":
            assert answer.trade_date == []
        prices = [value for name in ("open", "high", "low", "close") for value in getattr(answer, name)]
        assert all(value is None or (isfinite(value) and 0 < value <= 10**6) for value in prices)
        assert all(value is None or 0 <= value <= 10**13 for value in answer.volume)
        assert all(FIRST <= day <= LAST for day in answer.trade_date)
    assert seen >= {"ok", "transient", "unknown shape"}
