"""What every source must keep. A vendor's test subclasses `SourceConformance` and says how its vendor is faked."""

import time
from datetime import date
from typing import ClassVar

import pytest

from tasks.sources.registry import rank_of, vendor_named
from tests.shipped import HK
from tests.traded import bars_as_traded
from warehouse.bars.answers import Request

OUTCOMES = {"ok", "no data", "transient", "unknown shape", "banned"}
FIRST, SPLIT_ON, LAST = date(2022, 5, 3), date(2022, 5, 12), date(2022, 5, 17)


class SourceConformance:
    """Give the fixtures `vendor` (the fake), `source` (ours, which asks it) and `source_at` (one that makes ours
    at so many requests a second), and the attributes below.

    The fake has `serve(symbol, bars, splits)` with bars as traded ({day: (open, high, low, close, volume)}),
    `kept(bar)`, what it tells of such a bar, `show(symbol, fault)` for each of `faults`, `name_of(symbol)`, its own
    name for one, and `requests()`, the names that it was asked for in order.
    """

    name: ClassVar[str]
    market = HK
    symbol: ClassVar[str]
    faults: ClassVar[tuple] = ()
    has_splits = True
    asks_somebody = True

    def bars(self, start=100.0):
        days = self.market.sessions.between(FIRST, LAST)
        return {
            day: (start + at, start + at + 2, start + at - 2, start + at + 1, 1000 + at) for at, day in enumerate(days)
        }

    def test_it_is_found_by_its_name_and_has_a_rank(self, source):
        assert vendor_named(self.name).name == self.name == source.name
        assert rank_of(self.name) == vendor_named(self.name).rank
        assert source.address

    def test_an_answer_is_about_the_symbol_and_the_market_that_were_asked(self, vendor, source):
        vendor.serve(self.symbol, self.bars())
        answer = source.ask(Request(self.symbol, FIRST))
        assert (answer.symbol, answer.outcome) == (self.symbol, "ok"), answer
        assert (answer.currency, answer.time_zone) == (self.market.currency, str(self.market.time_zone))
        assert answer.asked_at.utcoffset().total_seconds() == 0

    def test_its_dates_are_the_sessions_of_the_market(self, vendor, source):
        vendor.serve(self.symbol, self.bars())
        answer = source.ask(Request(self.symbol, FIRST))
        assert [day for day in answer.trade_date if day >= FIRST] == list(self.market.sessions.between(FIRST, LAST))
        lengths = {len(column) for column in (answer.open, answer.high, answer.low, answer.close, answer.volume)}
        assert lengths == {len(answer.trade_date)}

    def test_its_bars_are_as_traded_once_its_splits_are_undone(self, vendor, source):
        bars = {
            day: (*(price / 5 for price in bar[:4]), bar[4] * 5) if self.has_splits and day >= SPLIT_ON else bar
            for day, bar in self.bars().items()
        }
        vendor.serve(self.symbol, bars, {SPLIT_ON: 5} if self.has_splits else {})
        frame = bars_as_traded([source.ask(Request(self.symbol, FIRST))])
        frame = frame[frame["trade_date"] >= FIRST]
        found = frame[["open", "high", "low", "close", "volume"]].astype("float64").to_numpy()
        expected = [[round(value, 4) for value in vendor.kept(bar)] for bar in bars.values()]
        assert found.tolist() == expected

    def test_what_the_vendor_does_wrong_is_an_outcome_and_never_an_exception(self, vendor, source_at):
        for fault in self.faults:
            vendor.serve(self.symbol, self.bars())
            vendor.show(self.symbol, fault)
            before = len(vendor.requests())
            # A source that was refused stops asking, so each fault meets a new one.
            answer = source_at(1000.0).ask(Request(self.symbol, FIRST))
            assert len(vendor.requests()) > before, fault
            assert (answer.symbol, answer.outcome in OUTCOMES - {"ok"}) == (self.symbol, True), fault
            assert answer.detail, fault
            assert answer.trade_date == []

    def test_a_symbol_that_it_does_not_have_is_no_data(self, source):
        if self.asks_somebody:
            assert source.ask(Request("9999.HK", FIRST)).outcome == "no data"

    def test_a_question_is_one_request_and_for_nobody_else(self, vendor, source):
        vendor.serve(self.symbol, self.bars())
        source.ask(Request(self.symbol, FIRST))
        assert vendor.requests() == ([vendor.name_of(self.symbol)] if self.asks_somebody else [])

    def test_it_keeps_the_pace(self, vendor, source_at, monkeypatch):
        if not self.asks_somebody:
            pytest.skip("it asks nobody")
        now = [1000.0]
        monkeypatch.setattr(time, "monotonic", lambda: now[0])
        monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
        vendor.serve(self.symbol, self.bars())
        source = source_at(4.0)
        for _ in range(5):
            source.ask(Request(self.symbol, FIRST))
        assert now[0] == pytest.approx(1001.0)  # the first at once, then a quarter of a second each
