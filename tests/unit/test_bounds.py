"""Every wait for somebody else has an end, and the server of `serve` is reached from this machine alone."""

import sys
import threading
from datetime import UTC, date, datetime
from inspect import isclass, signature
from ipaddress import ip_address

import pytest

from flows.running.serving import server_command
from tasks.lists import csindex
from tasks.lists.constituents import publishers
from tasks.sources import yahoo
from tests.loopback import http_server
from tests.modules import reaching
from tests.shipped import FACTS
from warehouse.bars.answers import Request
from warehouse.errors import AftercloseError
from warehouse.settings import load_settings

NOW = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)
LONGEST = 60  # seconds that a night can wait for one answer
WAITING = reaching()
TAKING = [  # what is given its time by who makes it
    kind
    for module in WAITING
    for kind in vars(module).values()
    if isclass(kind)
    and "timeout" in getattr(kind.__init__, "__annotations__", {})
    and kind.__module__ == module.__name__
]


@pytest.mark.parametrize("vendor", WAITING, ids=lambda module: module.__name__.rpartition(".")[2])
def test_no_vendor_is_given_longer_than_a_minute(vendor):
    assert 0 < vendor.TIMEOUT <= LONGEST


def test_the_vendors_that_there_are_were_found():
    assert {module.__name__.rpartition(".")[2] for module in WAITING} >= {
        "baostock",
        "hkex",
        "sina",
        "tencent",
        "yahoo",
    }
    assert {kind.__name__ for kind in TAKING} >= {"Baostock", "Hkex", "Tencent"}


@pytest.mark.parametrize("kind", TAKING)
def test_a_vendor_s_own_time_is_what_it_gets_unless_somebody_says_otherwise(kind):
    assert signature(kind).parameters["timeout"].default == vars(sys.modules[kind.__module__])["TIMEOUT"]


@pytest.fixture
def silent():
    """A server that takes every question and never answers."""
    end = threading.Event()

    def answer(handler):
        end.wait(5)
        handler.close_connection = True

    with http_server(answer) as url:
        yield url
        end.set()


@pytest.fixture
def impatient(monkeypatch):
    for vendor in WAITING:
        monkeypatch.setattr(vendor, "TIMEOUT", 0.3)
        monkeypatch.setattr(vendor, "ATTEMPTS", 1, raising=False)


def test_yahoo_that_never_answers_is_transient_after_its_time(silent, impatient, tmp_path):
    source = yahoo.Yahoo(tmp_path / "yfinance", silent, 1000, lambda: NOW, 0.001)
    answer = source.ask(Request("0005.HK", date(2022, 5, 16)))
    assert (answer.outcome, answer.detail.partition(":")[0]) == ("transient", "Timeout")


def test_a_page_of_lists_that_never_answers_is_one_line_after_its_time(silent, impatient, home, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_CONSTITUENTS_URL", silent)
    read = publishers(FACTS.index_named("HSI"), load_settings())["index-constituents"]
    with pytest.raises(AftercloseError, match=r"cannot be had: no end within 0.3 s$"):
        read()


def test_the_weights_that_never_come_are_one_line_after_their_time(silent, impatient, home, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_CSI_URL", silent)
    with pytest.raises(AftercloseError, match=r"no end within 0.3 s"):
        csindex.published_weights(FACTS.index_named("CSI300"))


def test_the_server_of_serve_listens_to_this_machine_alone():
    command = server_command("4200")
    assert ip_address(command[command.index("--host") + 1]).is_loopback
