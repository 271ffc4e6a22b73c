"""HKEX, baostock and Tencent: look-alikes of them over the recorded market, and recorded pages of theirs."""

import json
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tasks.sources import _baostock_wire, baostock, hkex, tencent
from tasks.sources._baostock_rows import named, row_of
from tasks.sources._baostock_wire import frame, read
from tasks.web import Reply
from tests.fake_hkex import HEADS
from tests.shipped import CN, HK
from warehouse.bars.answers import Request
from warehouse.bars.official import unless_repeated

SHARED = Path(__file__).parents[3] / "shared"
VENDORS, RECORDED = SHARED / "vendors", SHARED / "vendors" / "recorded"
pytestmark = pytest.mark.skipif(not VENDORS.exists(), reason="the vendors' look-alikes in ../shared are not here")

BEFORE, DAY, HALF_DAY = date(2022, 5, 17), date(2022, 5, 18), date(2022, 1, 31)
NOW = datetime(2022, 5, 18, 10, tzinfo=UTC)
HKEX_FAULTS = {
    **{"401": "banned", "403": "banned", "429": "transient", "500": "transient", "html": "transient"},
    **{"reset": "transient", "hang": "transient", "unfinished": "cut", "yesterday": "another day"},
    **{"relabelled": "another day", "moved": "no data", "holiday": "no trading", "noquotations": "unknown shape"},
    **{"404": "not published", "nocur": "ok", "truncated": "ok"},
}
BAOSTOCK_FAULTS = {
    **{"ban": "banned", "nologin": "transient", "error": "transient", "cut": "cut", "reset": "transient"},
    **{"hang": "transient", "crc": "transient", "empty": "not published", "garbage": "transient"},
    **{"stale": "another day", "repeat": "another day"},
}
TENCENT_FAULTS = {
    **{"401": "banned", "403": "banned", "429": "transient", "500": "transient", "html": "transient"},
    **{"reset": "transient", "hang": "transient", "truncated": "transient", "ban": "banned", "badjson": "transient"},
    **{"404": "no data", "empty": "no data", "missing": "no data", "shuffled": "unknown shape"},
}


@contextmanager
def lookalike(script, *options):
    """A look-alike at the evening of `DAY`; gives where to ask it, and a function that plants faults."""
    command = [sys.executable, VENDORS / script, "--now", "2022-05-18T18:00:00+08:00", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        address = process.stdout.readline().strip()
        control = process.stdout.readline().strip() if script == "baostock.py" else address

        def plant(*faults):
            body = json.dumps({"reset": True, "faults": faults}).encode()
            urllib.request.urlopen(urllib.request.Request(f"{control}/_control", body)).close()

        yield address, plant
        process.kill()


@pytest.fixture(scope="module")
def exchange():
    with lookalike("hkex.py", "--megabytes", "8") as running:
        yield running


@pytest.fixture(scope="module")
def mainland():
    with lookalike("baostock.py") as running:
        yield running


@pytest.fixture(scope="module")
def bars():
    with lookalike("tencent.py") as running:
        yield running


def ask_hkex(address):
    return hkex.Hkex(HK, address, 1000.0, lambda: NOW, back_off=0.001, timeout=1.0)


def ask_baostock(address):
    return baostock.Baostock(CN, address, 1000.0, lambda: NOW, back_off=0.001, timeout=1.0)


def ask_tencent(address, market=HK):
    return tencent.Tencent(market, address, 1000.0, lambda: NOW, back_off=0.001, timeout=1.0)


@pytest.mark.parametrize("day", [HALF_DAY, BEFORE, DAY])
def test_every_line_of_hkex_is_what_its_page_was_made_from(exchange, day):
    address, plant = exchange
    plant()
    answer = ask_hkex(address).evening(day)
    with urllib.request.urlopen(f"{address}/_rows/{day}") as response:
        made_from = json.load(response)
    found = {
        line["symbol"]: [line[name] for name in ("state", "currency", "previous_close", "close", "bid", "ask")]
        + [line[name] for name in ("high", "low", "volume", "turnover")]
        for line in answer.lines.to_pylist()
    }
    states = {"none": "no trade"}
    expected = {}
    for row in made_from:
        stopped = row["state"] in ("suspended", "halted")
        prices = [None if stopped else row[name] for name in ("previous", "close", "bid", "ask", "high", "low")]
        amounts = [None if stopped else row[name] or 0 for name in ("shares", "turnover")]
        expected[f"{row['code']:04d}.HK"] = [states.get(row["state"], row["state"]), row["cur"], *prices, *amounts]
    assert (answer.outcome, answer.unread, answer.requests) == ("ok", (), 1)
    assert found == expected
    assert answer.turnover_total == sum(row["turnover"] or 0 for row in made_from)
    counters = {line["symbol"]: line["parent"] for line in answer.lines.to_pylist() if line["parent"]}
    assert counters.items() >= {("80700.HK", "0700.HK"), ("89988.HK", "9988.HK")}


@pytest.mark.parametrize(("fault", "outcome"), HKEX_FAULTS.items())
def test_each_fault_of_hkex_has_its_outcome(exchange, fault, outcome):
    address, plant = exchange
    plant()
    before = ask_hkex(address).evening(BEFORE)
    plant({"match": "d220518e.htm", "kind": fault, "seconds": 3})
    answer = unless_repeated(ask_hkex(address).evening(DAY), before.lines)
    assert answer.outcome == outcome, answer.detail


def test_every_share_of_baostock_is_as_it_traded(mainland):
    address, plant = mainland
    plant()
    answer = ask_baostock(address).evening(DAY)
    table = pq.read_table(SHARED / "yahoo" / "bars.parquet", filters=[("date", "==", DAY)]).to_pylist()
    traded = {
        row["symbol"]: [round(row["close"], 2), row["volume"]]
        for row in table
        if row["symbol"] in CN.members_on(DAY) and row["volume"]
    }
    found = {line["symbol"]: line for line in answer.lines.to_pylist()}
    assert (answer.outcome, answer.unread) == ("ok", ())
    assert {symbol: [found[symbol]["close"], found[symbol]["volume"]] for symbol in traded} == traded
    assert len(traded) > 290
    assert {line["doubt"] for line in found.values()} == {None}


@pytest.mark.parametrize(("fault", "outcome"), BAOSTOCK_FAULTS.items())
def test_each_fault_of_baostock_has_its_outcome(mainland, fault, outcome):
    address, plant = mainland
    plant()
    before = ask_baostock(address).evening(BEFORE)
    plant({"match": "query_daily*", "kind": fault, "seconds": 3})
    answer = unless_repeated(ask_baostock(address).evening(DAY), before.lines)
    assert answer.outcome == outcome, answer.detail


def test_a_day_that_is_no_session_is_told_by_the_calendar(mainland):
    address, plant = mainland
    plant()
    answer = ask_baostock(address).evening(date(2022, 5, 2))
    assert (answer.outcome, answer.requests) == ("no trading", 2)


@pytest.mark.parametrize(
    ("market", "symbol", "lot"),
    [(HK, "0700.HK", 1), (HK, "^HSI", 1), (HK, "HSTECH.HK", 1), (CN, "600519.SS", 100), (CN, "000300.SS", 100)],
)
def test_bars_of_tencent_are_as_recorded(bars, market, symbol, lot):
    address, plant = bars
    plant()
    answer = ask_tencent(address, market).ask(Request(symbol, date(2022, 5, 3)))
    table = pq.read_table(SHARED / "yahoo" / "bars.parquet", filters=[("symbol", "==", symbol)]).to_pylist()
    recorded = {row["date"]: row for row in table if date(2022, 5, 3) <= row["date"] <= DAY}
    assert (answer.outcome, answer.trade_date, answer.lot) == ("ok", sorted(recorded), lot)
    for day, close, volume in zip(answer.trade_date, answer.close, answer.volume, strict=True):
        assert close == pytest.approx(recorded[day]["close"], abs=0.0006)
        assert volume == pytest.approx(recorded[day]["volume"], abs=lot)


@pytest.mark.parametrize(("fault", "outcome"), TENCENT_FAULTS.items())
def test_each_fault_of_tencent_has_its_outcome(bars, fault, outcome):
    address, plant = bars
    plant({"match": "*", "kind": fault, "seconds": 3})
    assert ask_tencent(address).ask(Request("0700.HK", date(2022, 5, 12))).outcome == outcome


def test_the_recorded_page_of_hkex_is_read_whole():
    page = (RECORDED / "hkex" / "dayquot_d260901e_sample.htm").read_bytes()
    answer = hkex.decode(page, date(2026, 9, 1), "Main Board", NOW)
    lines = {line["symbol"]: line for line in answer.lines.to_pylist()}
    assert (answer.outcome, answer.unread, len(lines)) == ("ok", (), 14)
    assert {line["doubt"] for line in lines.values()} == {None}
    tencent_line = lines["0700.HK"]
    assert [tencent_line[name] for name in ("previous_close", "ask", "high", "close", "bid", "low")] == [
        *(453.0, 441.6, 447.6),
        *(441.4, 441.4, 440.6),
    ]
    assert (tencent_line["volume"], tencent_line["turnover"]) == (20_289_781, 8_990_301_596)
    assert lines["89988.HK"]["parent"] == "9988.HK"
    assert {symbol for symbol, line in lines.items() if line["state"] == "suspended"} == {"0007.HK", "0106.HK"}


def test_the_recorded_holiday_of_hkex_is_no_trading():
    page = (RECORDED / "hkex" / "dayquot_d261001e_holiday.htm").read_bytes()
    assert hkex.decode(page, date(2026, 10, 1), "Main Board", NOW).outcome == "no trading"


@pytest.mark.parametrize(("name", "count"), [("dayquot_rows_2010-01-04.txt", 3), ("dayquot_rows_2026-10-02.txt", 7)])
def test_recorded_lines_of_hkex_are_all_read(name, count):
    texts = (RECORDED / "hkex" / name).read_text()
    rows = [text for text in texts.splitlines() if text not in HEADS]
    head = f'DATE: 02 OCT 2026\n<a name = "quotations">QUOTATIONS</a>\n{HEADS[0]}\n{HEADS[1]}\n'
    page = head + "\n".join(rows) + '\n<a name = "sales_all">'
    answer = hkex.decode(page.encode(), date(2026, 10, 2), "Main Board", NOW)
    assert (answer.outcome, answer.unread, len(answer.lines)) == ("ok", (), count)


def test_recorded_rows_of_baostock_are_all_read_and_none_is_in_doubt():
    texts = (RECORDED / "baostock" / "query_daily_history_k_2022-05.csv").read_text().splitlines()
    names, records = texts[0].split(","), [text.split(",") for text in texts[1:]]
    rows = [row_of(named(record, names), date.fromisoformat(record[0])) for record in records]
    assert (len(rows), None in rows) == (5548, False)
    assert {row.get("doubt") for row in rows} == {None}
    assert sum(row["state"] == "suspended" for row in rows) == 5
    assert sum(row["is_st"] for row in rows) == 19


def test_recorded_frames_of_baostock_are_read_and_ours_are_as_recorded(monkeypatch):
    folder = RECORDED / "baostock"
    answers = {path.stem: read(path.read_bytes()) for path in folder.glob("wire_*.response.bin")}
    assert answers["wire_login.response"].fields[:2] == ("0", "success")
    assert answers["wire_unknown_type.response"].fields == ("10004020", "错误的消息类型")
    assert answers["wire_no_rows.response"].fields[6] == ""
    assert answers["wire_query_trade_dates.response"].fields[6].startswith('{"record":[["2024-01-01","0"]')
    assert answers["wire_query_history_k_data_plus.response"].fields[6].startswith('{"record":[["2024-01-02"')
    monkeypatch.setattr(_baostock_wire, "VERSION", "00.9.10")  # of the client that was recorded
    asked = (folder / "wire_login.request.bin").read_bytes()
    assert frame("00", "login", "anonymous", "123456", "0") == asked


@pytest.mark.parametrize(
    ("name", "market", "symbol", "first", "closes"),
    [
        ("fqkline_sh600601_2023-01.json", CN, "600601.SS", date(2023, 1, 19), [2.6, 2.62]),
        ("hkfqkline_hk00700_2026-08.json", HK, "0700.HK", date(2026, 8, 3), [490.4, 487.6, 492.2, 479.2, 478.8]),
    ],
)
def test_recorded_bars_of_tencent_are_read(name, market, symbol, first, closes):
    reply = Reply(200, (RECORDED / "tencent" / name).read_bytes())
    answer = tencent.decode(symbol, market, first, date(2026, 12, 31), reply, NOW)
    assert (answer.outcome, answer.close) == ("ok", closes)
