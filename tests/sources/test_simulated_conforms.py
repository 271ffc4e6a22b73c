"""The invented market: nobody is asked, and its prices are its own."""

from datetime import UTC, datetime

import pytest

from tasks.sources.simulated import Simulated
from tests.shipped import HK
from tests.sources.conformance import FIRST, SourceConformance
from tests.traded import bars_as_traded
from warehouse.bars.answers import Request

ASKED_AT = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)


class Nobody:
    def serve(self, symbol, bars, splits=None):
        pass

    def requests(self):
        return []


class TestSimulated(SourceConformance):
    name = "simulated"
    symbol = "0700.HK"
    asks_somebody = False

    @pytest.fixture
    def vendor(self):
        return Nobody()

    @pytest.fixture
    def source(self):
        return Simulated(HK, lambda: ASKED_AT)

    @pytest.fixture
    def source_at(self, source):
        return lambda pace: source

    def test_its_bars_are_as_traded_once_its_splits_are_undone(self, source):
        later = Simulated(HK, lambda: datetime(2026, 5, 15, 10, 30, tzinfo=UTC))
        symbol = next(
            spell.symbol for spell in HK.spells if later.ask(Request(spell.symbol, FIRST)).splits
        )  # the split of the demonstration
        before = bars_as_traded(
            [Simulated(HK, lambda: datetime(2026, 5, 12, 10, 30, tzinfo=UTC)).ask(Request(symbol, FIRST))]
        )
        after = bars_as_traded([later.ask(Request(symbol, FIRST))]).iloc[: len(before)]
        assert (after["close"] - before["close"]).abs().max() < 0.02
        assert after["split_factor"].iloc[0] != 1
