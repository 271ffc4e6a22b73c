"""HKEX over HTTP, against a stand-in that serves pages of its layout."""

from typing import ClassVar

import pytest

from tasks.sources.hkex import Hkex
from tests.fake_hkex import FakeHkex
from tests.shipped import HK
from tests.sources.official_conformance import NEXT, OfficialConformance


class TestHkex(OfficialConformance):
    name = "hkex"
    market = HK
    faults: ClassVar = {
        401: "banned",
        403: "banned",
        "check": "banned",
        429: "transient",
        503: "transient",
        "reset": "transient",
        "hang": "transient",
        "html": "transient",
        "cut": "cut",
        "short": "cut",
        404: "not published",
        "moved": "no data",
        "elsewhere": "unknown shape",
        "columns": "unknown shape",
        418: "unknown shape",
    }
    refusal, down = 403, 503
    settings: ClassVar = {"AFTERCLOSE_HKEX_URL": ("http://me:secret@127.0.0.1:9/mirror", "http://127.0.0.1:9/mirror")}
    tells = (
        *("name", "currency", "state", "since_today", "high", "low", "close", "previous_close", "previous_basis"),
        *("bid", "ask", "volume", "turnover"),
    )

    def lines(self, day):
        def dealt(symbol, at, **more):
            return self.traded(symbol, day, at, since_today=False, previous_basis=None, **{"currency": "HKD"} | more)

        stopped = {"currency": "HKD", "previous_basis": "not given"}
        idle = {"high": None, "low": None, "volume": 0, "turnover": 0.0, "state": "no trade"}
        return [
            dealt("0001.HK", 0),
            dealt("0700.HK", 1, name="ABCDEFGHIJKLMNOP"),
            dealt("0003.HK", 2, name="H & CHINA GAS"),
            {"symbol": "0007.HK", "name": "WISDOM", "state": "suspended", "since_today": False, **stopped},
            {"symbol": "0092.HK", "name": "CHAMPION", "state": "halted", "since_today": True, **stopped},
            dealt("0046.HK", 3) | idle | {"close": 1.3, "previous_close": 1.3, "bid": 1.215, "ask": 1.37},
            dealt("89009.HK", 4, currency="CNY", previous_close=None)
            | idle
            | {"close": None, "bid": None, "ask": None, "previous_basis": "not given"},
            dealt("0005.HK", 5) | {"previous_close": None, "previous_basis": "not given"},
            dealt("80700.HK", 6, currency="CNY"),
            dealt("9988.HK", 7),
        ]

    @pytest.fixture
    def vendor(self):
        fake = FakeHkex()
        self.url = fake.start()
        yield fake
        fake.stop()

    @pytest.fixture
    def source_at(self, vendor):
        return lambda pace, now: Hkex(HK, self.url, pace, lambda: now, back_off=0.001, timeout=2.0)

    def test_it_says_who_asks_and_wants_a_piece_of_the_page(self, vendor, source):
        vendor.serve(NEXT, self.lines(NEXT))
        source.evening(NEXT)
        assert vendor.asked == [("/eng/stat/smstat/dayquot/d220518e.htm", "bytes=0-4194303")]
        assert all(agent.startswith("Afterclose/") for agent in vendor.agents)

    def test_gem_has_a_page_of_its_own(self, vendor, source):
        assert source.evening(NEXT, "GEM").outcome == "not published"
        assert vendor.asked[0][0] == "/eng/stat/smstat/dayquot/GEM/e_G220518.htm"
