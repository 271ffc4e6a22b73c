"""The real transport (unmodified yfinance over HTTP) against the look-alike and what it does wrong."""

import gzip
import subprocess
import sys
import threading
import tracemalloc
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tasks.fetch import ask_all
from tasks.sources.yahoo import CHART, Session, Yahoo
from tests.conftest import walk
from tests.loopback import http_server, send
from tests.shipped import HK
from warehouse.bars.answers import Request

ROOT = Path(__file__).parents[2]
ASKED_AT = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)
REQUEST = Request("0700.HK", date(2022, 5, 3))


@pytest.fixture
def source(vendor, tmp_path):
    vendor.bars["0700.HK"] = walk("0700.HK", HK, date(2022, 4, 1), date(2022, 5, 17))
    return Yahoo(tmp_path / "yfinance", f"http://127.0.0.1:{vendor.server.server_port}", 1000, lambda: ASKED_AT, 0.001)


def test_one_request_a_symbol(source, vendor):
    assert source.ask(REQUEST).outcome == "ok"
    assert vendor.asked == {"0700.HK": 1}


def test_a_vendor_without_cookies_is_asked_for_them_once_a_run_and_for_each_symbol_once(source, vendor):
    symbols = [f"{number:04}.HK" for number in range(1, 25)]
    vendor.bars |= dict.fromkeys(symbols, vendor.bars["0700.HK"])
    ask_all(source, [Request(symbol, date(2022, 5, 3)) for symbol in symbols], 8)
    assert set(vendor.asked.values()) == {1}
    assert vendor.asked.keys() == set(symbols)
    assert sum(vendor.others.values()) <= 3  # the page with the cookie, which it looks at twice, and the crumb


def test_once_a_vendor_without_cookies_has_answered_requests_do_not_wait_for_each_other(source, vendor):
    symbols = [f"{number:04}.HK" for number in range(1, 25)]
    vendor.bars |= dict.fromkeys(symbols, vendor.bars["0700.HK"])
    assert source.ask(REQUEST).outcome == "ok"
    vendor.barrier = threading.Barrier(2)  # nothing is answered before another request is there
    answers = ask_all(source, [Request(symbol, date(2022, 5, 3)) for symbol in symbols], 8)
    assert {answer.outcome for answer in answers} == {"ok"}
    assert vendor.peak > 1
    assert vendor.asked == dict.fromkeys([REQUEST.symbol, *symbols], 1)


def test_a_chart_that_is_refused_is_asked_for_once_more_by_another_cookie(source, vendor, monkeypatch):
    monkeypatch.setattr("tasks.sources.yahoo.ATTEMPTS", 1)
    assert source.ask(REQUEST).outcome == "ok"
    vendor.faults["0700.HK"] = [401, None]
    assert source.ask(REQUEST).outcome == "ok"
    assert vendor.asked["0700.HK"] == 3


def test_a_request_ends_after_the_real_now_whatever_the_clock_is_frozen_to(source, vendor):
    source.ask(REQUEST)
    assert int(vendor.queries["0700.HK"]["period2"][0]) > datetime.now(UTC).timestamp()


def test_a_short_history_is_asked_for_five_days(source, vendor):
    answer = source.ask(Request("0700.HK", date(2022, 4, 1), short=True))
    assert vendor.queries["0700.HK"]["range"] == ["5d"]
    assert answer.trade_date == [date(2022, 5, day) for day in (11, 12, 13, 16, 17)]


@pytest.mark.parametrize("fault", [429, 500, 503, "html", "cut", "reset"])
def test_what_may_pass_is_asked_again_until_it_has(source, vendor, fault):
    vendor.faults["0700.HK"] = [fault, fault, fault, None]
    assert source.ask(REQUEST).outcome == "ok"


@pytest.mark.parametrize("fault", [429, 500, "html", "cut", "reset"])
def test_what_does_not_pass_is_transient_in_the_end(source, vendor, fault):
    vendor.faults["0700.HK"] = [fault]
    answer = source.ask(REQUEST)
    assert (answer.outcome, answer.trade_date) == ("transient", [])
    assert answer.detail


def test_a_symbol_that_the_vendor_does_not_have_is_no_data_and_not_asked_again_and_again(source, vendor):
    answer = source.ask(Request("9999.HK", date(2022, 5, 3)))
    assert answer.outcome == "no data"
    assert "delisted" in answer.detail
    assert vendor.asked["9999.HK"] <= 2  # yfinance itself tries once more with its other cookie strategy


def test_a_shape_that_is_not_known_stops_that_symbol_only(source, vendor):
    vendor.bars["0005.HK"] = vendor.bars["0700.HK"]
    vendor.faults["0700.HK"] = ["shape"]
    answers = ask_all(source, [REQUEST, Request("0005.HK", date(2022, 5, 3))], 2)
    assert [answer.outcome for answer in answers] == ["unknown shape", "ok"]


ASK = """
import logging, sys
from datetime import UTC, date, datetime
from pathlib import Path
from tasks.sources.yahoo import Yahoo
from warehouse.bars.answers import Request
logging.basicConfig(stream=sys.stdout, format="%(message)s")
source = Yahoo(Path(sys.argv[1]), sys.argv[2], 1000, lambda: datetime.now(UTC), 0.001)
for _ in range(2):
    print(source.ask(Request("0700.HK", date(2022, 5, 3))).outcome)
"""


def test_a_damaged_cookie_store_is_put_aside_once_with_a_line_and_costs_no_symbol(source, vendor, tmp_path):
    folder = tmp_path / "damaged"
    folder.mkdir()
    for database in ("cookies.db", "tkr-tz.db"):
        (folder / database).write_bytes(bytes(16384))
    # In a process of its own: yfinance opens its store once.
    done = subprocess.run(
        [sys.executable, "-c", ASK, folder, source.address], cwd=ROOT, capture_output=True, text=True, check=True
    )
    line, *outcomes = done.stdout.splitlines()
    assert line.startswith("yfinance's cookie store was damaged (")
    assert line.endswith(f"is put aside as {folder}.damaged")
    assert outcomes == ["ok", "ok"]
    assert (tmp_path / "damaged.damaged" / "cookies.db").read_bytes()[:16] == bytes(16)


@pytest.mark.parametrize("page", ["<html>" + "consent " * 500, "", "Too Many Requests"])
def test_a_page_in_place_of_a_crumb_makes_no_address_too_long(source, vendor, page):
    session = Session(source.address)
    session.get(f"{CHART}0700.HK", params={"range": "5d", "crumb": page})
    assert vendor.queries["0700.HK"] == {"range": ["5d"]}
    session.get(f"{CHART}0700.HK", params={"range": "5d", "crumb": "aB3/x.y"})
    assert vendor.queries["0700.HK"] == {"range": ["5d"], "crumb": ["aB3/x.y"]}


def test_at_most_so_many_requests_are_in_flight(source, vendor):
    symbols = [f"{number:04}.HK" for number in range(1, 25)]
    vendor.bars |= dict.fromkeys(symbols, vendor.bars["0700.HK"])
    answers = ask_all(source, [Request(symbol, date(2022, 5, 3)) for symbol in symbols], 3)
    assert [answer.symbol for answer in answers] == symbols
    assert vendor.peak <= 3


def test_a_vendor_that_is_down_is_not_hammered(source, vendor, monkeypatch):
    monkeypatch.setattr("tasks.sources.yahoo.GIVE_UP_AFTER", 8)
    symbols = [f"{number:04}.HK" for number in range(1, 31)]
    vendor.faults = {symbol: [429] for symbol in symbols}
    ask_all(source, [Request(symbol, date(2022, 5, 3)) for symbol in symbols], 1)
    assert vendor.asked[symbols[0]] > vendor.asked[symbols[-1]]


def test_an_answer_that_unpacks_to_more_than_there_can_be_stops_its_symbol_and_takes_no_memory(tmp_path):
    bomb = gzip.compress(b"[" + b" " * 2**27 + b"]")  # 130 kB
    asked = []

    def answer(handler):
        asked.append(handler.path)
        send(handler, bomb, headers=[("Content-Encoding", "gzip"), ("Content-Type", "application/json")])

    with http_server(answer) as url:
        source = Yahoo(tmp_path / "yfinance", url, 1000, lambda: ASKED_AT, 0.001)
        tracemalloc.start()
        reply = source.ask(Request("0700.HK", date(2022, 5, 3)))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (reply.outcome, reply.detail) == ("unknown shape", "more than 16777216 bytes")
    assert sum("0700.HK" in path for path in asked) == 1
    assert peak < 2**26


def test_a_chart_is_sent_on_to_nobody(tmp_path):
    elsewhere = []

    def answer(handler):
        send(handler, b"", 302, [("Location", f"{other}{urlsplit(handler.path).path}")])

    def there(handler):
        elsewhere.append(handler.path)
        send(handler, b"{}")

    with http_server(there) as other, http_server(answer) as url:
        source = Yahoo(tmp_path / "yfinance", url, 1000, lambda: ASKED_AT, 0.001)
        assert source.ask(Request("0700.HK", date(2022, 5, 3))).outcome != "ok"
    assert [path for path in elsewhere if "chart" in path] == []
