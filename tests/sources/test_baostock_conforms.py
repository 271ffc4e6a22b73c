"""baostock over TCP, against a stand-in that speaks its frames."""

from typing import ClassVar

import pytest

from tasks.sources.baostock import Baostock
from tests.fake_baostock import END, FakeBaostock, frame, whole_day
from tests.shipped import CN
from tests.sources.official_conformance import HOLIDAY, NEXT, OfficialConformance

ASKED = "query_daily_history_k_AStock"


def error(code):
    return frame("04", code, "no")


class TestBaostock(OfficialConformance):
    name = "baostock"
    market = CN
    faults: ClassVar = {
        ("login", error("10001011")): "banned",
        (ASKED, error("10001011")): "banned",
        (ASKED, error("10001006")): "banned",
        (ASKED, error("10001001")): "transient",
        (ASKED, error("10005001")): "transient",
        (ASKED, error("10004020")): "unknown shape",
        ("login", error("10001004")): "unknown shape",
        ("login", "reset"): "transient",
        ("login", "hang"): "transient",
        (ASKED, "reset"): "transient",
        (ASKED, "hang"): "transient",
        (ASKED, b"<html>502 Bad Gateway</html>\n"): "transient",
        ("login", "cut"): "cut",
        (ASKED, "cut"): "cut",
        (ASKED, frame("99", "0", "success", ASKED, "anonymous", "", "", packed=True, length=9)): "cut",
        (ASKED, b"00.9.00\x0199\x010000000004abcd\x011" + END): "transient",
        (ASKED, whole_day([["2022-05-18", "sh.600519"]], "date,code")): "unknown shape",
        (ASKED, whole_day([], kind="98")): "unknown shape",
    }
    refusal, down = (ASKED, error("10001011")), (ASKED, "reset")
    settings: ClassVar = {"AFTERCLOSE_BAOSTOCK_ADDRESS": ("localhost:9", "localhost:9")}
    tells = (
        *("currency", "kind", "state", "open", "high", "low", "close", "previous_close", "previous_basis"),
        *("volume", "turnover", "is_st"),
    )

    def lines(self, day):
        def share(symbol, at, **more):
            return self.traded(symbol, day, at, currency="CNY", kind="share", previous_basis="adjusted") | more

        idle = {"open": None, "high": None, "low": None, "volume": 0, "turnover": 0.0}
        return [
            share("600000.SS", 0),
            share("000001.SZ", 1, is_st=True),
            share("300750.SZ", 2) | idle | {"state": "suspended", "close": 40.0, "previous_close": 40.0},
            share("688981.SS", 3) | idle | {"state": "suspended", "close": 41.0, "previous_close": 41.0},
            share("000002.SZ", 4) | idle | {"state": "no trade", "close": 42.0, "previous_close": 42.0},
            share("601398.SS", 5),
            share("601288.SS", 6),
            *(share(symbol, at) for at, symbol in enumerate(("600036.SS", "000333.SZ", "002594.SZ"), start=8)),
            share("600519.SS", 7),
        ]

    @pytest.fixture
    def vendor(self):
        fake = FakeBaostock()
        self.address = fake.start()
        yield fake
        fake.stop()

    @pytest.fixture
    def source_at(self, vendor):
        return lambda pace, now: Baostock(CN, self.address, pace, lambda: now, back_off=0.001, timeout=2.0)

    def test_it_logs_in_asks_and_takes_its_leave(self, vendor, source):
        vendor.serve(NEXT, self.lines(NEXT))
        source.evening(NEXT)
        vendor.serve(HOLIDAY, [])
        source.evening(HOLIDAY)
        assert [fields[:1] + fields[2:3] for fields in vendor.asked if fields[0] != "logout"] == [
            ["login", "123456"],
            [ASKED, "2022-05-18"],
            ["login", "123456"],
            [ASKED, "2022-05-19"],
            ["query_trade_dates", "1"],
        ]
