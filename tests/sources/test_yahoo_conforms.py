"""Yahoo, through unmodified yfinance over HTTP, against the project's look-alike."""

from datetime import UTC, datetime

import pytest

from tasks.sources.yahoo import Yahoo
from tests.lookalike import LookAlike
from tests.sources.conformance import SourceConformance

ASKED_AT = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)


class FakeYahoo(LookAlike):
    def serve(self, symbol, bars, splits=None):
        self.bars[symbol], self.splits[symbol] = bars, splits or {}
        self.faults.pop(symbol, None)

    def show(self, symbol, fault):
        self.faults[symbol] = [fault]

    def requests(self):
        return list(self.asked.elements())

    def name_of(self, symbol):
        return symbol

    def kept(self, bar):
        return bar


class TestYahoo(SourceConformance):
    name = "yahoo"
    symbol = "0700.HK"
    faults = (429, 500, "reset", "html", "shape", "no data", "cut")

    @pytest.fixture
    def vendor(self):
        alike = FakeYahoo()
        self.url = alike.start()
        yield alike
        alike.stop()

    @pytest.fixture
    def source_at(self, vendor, tmp_path):
        return lambda pace: Yahoo(tmp_path / "yfinance", self.url, pace, lambda: ASKED_AT, back_off=0.001)

    @pytest.fixture
    def source(self, source_at):
        return source_at(1000.0)
