"""Sina, through the names and frames of akshare: it has indices only, and no event."""

from datetime import UTC, datetime

import pytest

from tasks.sources.sina import Sina
from tests.shipped import HK
from tests.sources.conformance import SourceConformance

ASKED_AT = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)


class FakeSina:
    def __init__(self, akshare):
        self.akshare = akshare

    def serve(self, symbol, bars, splits=None):
        self.akshare.bars[self.name_of(symbol)] = {day: bar[3] for day, bar in bars.items()}

    def show(self, symbol, fault):
        self.akshare.bars[self.name_of(symbol)] = fault

    def requests(self):
        return self.akshare.asked

    def name_of(self, symbol):
        return symbol.removesuffix(".HK")

    def kept(self, bar):
        close = bar[3]
        return close, close + 9, close - 9, close, 1_234_567_890


class TestSina(SourceConformance):
    name = "sina"
    symbol = "HSTECH.HK"
    has_splits = False
    faults = (OSError("connection reset"), TimeoutError(), KeyError("date"), {})

    @pytest.fixture
    def vendor(self, akshare):
        return FakeSina(akshare)

    @pytest.fixture
    def source_at(self, vendor):
        return lambda pace: Sina(HK, pace, lambda: ASKED_AT)

    @pytest.fixture
    def source(self, source_at):
        return source_at(1000.0)
