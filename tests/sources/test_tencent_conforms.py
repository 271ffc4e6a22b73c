"""Tencent over HTTP, against a stand-in that serves its bars."""

from datetime import UTC, datetime

import pytest

from tasks.sources.tencent import Tencent
from tests.fake_tencent import CHECK, FakeTencent
from tests.shipped import HK
from tests.sources.conformance import SourceConformance

ASKED_AT = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)


class Vendor(FakeTencent):
    def serve(self, symbol, bars, splits=None):
        self.bars[self.name_of(symbol)] = bars
        self.faults.pop(self.name_of(symbol), None)

    def show(self, symbol, fault):
        self.faults[self.name_of(symbol)] = fault

    def requests(self):
        return self.asked

    def name_of(self, symbol):
        return f"hk0{symbol.removesuffix('.HK')}"

    def kept(self, bar):
        return bar


class TestTencent(SourceConformance):
    name = "tencent"
    symbol = "0700.HK"
    has_splits = False
    faults = (
        404,
        429,
        500,
        403,
        418,
        "reset",
        "hang",
        "cut",
        "elsewhere",
        CHECK,
        b"<html>soon</html>",
        b"{}",
        b"[1]",
        b"",
    )

    @pytest.fixture
    def vendor(self):
        fake = Vendor()
        self.url = fake.start()
        yield fake
        fake.stop()

    @pytest.fixture
    def source_at(self, vendor):
        return lambda pace: Tencent(HK, self.url, pace, lambda: ASKED_AT, back_off=0.001, timeout=2.0)

    @pytest.fixture
    def source(self, source_at):
        return source_at(1000.0)
