"""What every official source must keep. A vendor's test subclasses `OfficialConformance` and says how it is faked."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

import pytest

from tasks.sources.registry import make_official, official_named
from warehouse.bars.official import unless_repeated
from warehouse.errors import UsageError
from warehouse.lake.lines import LINES
from warehouse.settings import load_settings

DAY, NEXT, HOLIDAY = date(2022, 5, 17), date(2022, 5, 18), date(2022, 5, 19)
EVENING = datetime(2022, 5, 18, 10, tzinfo=UTC)  # 18:00 in both markets
OUTCOMES = {
    *("ok", "not published", "no trading", "no data", "transient", "cut"),
    *("another day", "banned", "unknown shape"),
}


class OfficialConformance:
    """Give `vendor` (a fixture: the fake), `source_at` (a fixture: ours by pace and moment) and the attributes below.

    The fake has `serve(day, rows, named)`, `close(day)` for a day without trading, `show(fault, times)` and
    `questions()`, how many it was asked. `faults` says which outcome each has to have, `refusal` and `down` are two of
    them, `tells` says which columns the source gives, `settings` where each setting sends it. `lines(day)` has a row of
    every state that it knows, one that was dealt in last.
    """

    name: ClassVar[str]
    market: ClassVar
    faults: ClassVar[dict]
    refusal: ClassVar
    down: ClassVar
    tells: ClassVar[tuple]
    settings: ClassVar[dict]

    def lines(self, day):
        raise NotImplementedError

    def traded(self, symbol, day, at, **more):
        """A row of a share that was dealt in; another on every day."""
        previous = round(20 + at * 7 + day.day / 10, 2)
        high, low, close = round(previous + 0.4, 2), round(previous - 0.3, 2), round(previous + 0.1, 2)
        volume = 1000 * (at + day.day)
        values = {
            "open": previous,
            "high": high,
            "low": low,
            "close": close,
            "bid": close,
            "ask": round(close + 0.05, 2),
        }
        values |= {"previous_close": previous, "volume": volume, "turnover": float(round(volume * previous))}
        return {"symbol": symbol, "state": "traded", "name": f"NAME {at}", "is_st": False} | values | more

    @pytest.fixture
    def source(self, source_at):
        return source_at(1000.0, EVENING)

    def evening(self, source, day):
        """The board that matters, of a day."""
        return source.evening(day, official_named(self.name).boards[0])

    def told(self, rows):
        """What the source can say of the rows, by symbol; what is not printed of a stopped one is null."""
        return {row["symbol"]: {name: row.get(name) for name in self.tells} for row in rows}

    def found(self, answer):
        return {row["symbol"]: {name: row[name] for name in self.tells} for row in answer.lines.to_pylist()}

    def test_it_is_found_by_its_name_and_says_what_it_is_the_word_of(self, source):
        vendor = official_named(self.name)
        assert (vendor.name, vendor.market) == (self.name, self.market.code) == (source.name, self.market.code)
        assert vendor.authority in ("exchange", "vendor")
        assert vendor.boards
        assert source.address != vendor.home_address
        assert source.stopped is None

    def test_it_is_not_asked_before_its_terms_are_accepted(self, home, monkeypatch):
        vendor = official_named(self.name)
        monkeypatch.setenv("AFTERCLOSE_OFFICIAL_SOURCES", self.name)
        for accepted in ("", "others", f"not{self.name}"):
            monkeypatch.setenv("AFTERCLOSE_TERMS_ACCEPTED", accepted)
            with pytest.raises(UsageError, match=rf"{self.name} .*add {self.name} to AFTERCLOSE_TERMS_ACCEPTED"):
                make_official(load_settings(), self.market)
        monkeypatch.setenv("AFTERCLOSE_TERMS_ACCEPTED", f"others, {self.name.upper()}")
        assert vendor.make(load_settings(), self.market).address == vendor.home_address
        for name, (text, address) in self.settings.items():
            monkeypatch.setenv(name, text)
            assert vendor.make(load_settings(), self.market).address == address

    def test_an_evening_is_one_question_and_has_every_line_as_it_was_printed(self, vendor, source):
        vendor.serve(NEXT, self.lines(NEXT))
        answer = self.evening(source, NEXT)
        assert (answer.source, answer.outcome, answer.trade_date) == (self.name, "ok", NEXT), answer.detail
        assert answer.lines.schema.equals(LINES)
        assert self.found(answer) == self.told(self.lines(NEXT))
        assert set(answer.lines["trade_date"].to_pylist()) == {NEXT}
        assert (vendor.questions(), answer.requests, answer.unread) == (1, 1, ())
        assert set(answer.lines["doubt"].to_pylist()) == {None}
        assert answer.asked_at == EVENING

    def test_its_raw_bytes_say_the_same_again(self, vendor, source):
        vendor.serve(NEXT, self.lines(NEXT))
        answer = self.evening(source, NEXT)
        again = official_named(self.name).decode(answer.raw, NEXT, answer.board, answer.asked_at)
        assert again.lines.equals(answer.lines)
        assert (again.outcome, again.turnover_total, again.board) == ("ok", answer.turnover_total, answer.board)

    def test_what_the_vendor_does_wrong_has_an_outcome_of_its_own_and_no_lines(self, vendor, source_at):
        for fault, outcome in self.faults.items():
            vendor.serve(NEXT, self.lines(NEXT))
            vendor.show(fault)
            answer = self.evening(source_at(1000.0, EVENING), NEXT)
            assert (answer.outcome, len(answer.lines), answer.unread) == (outcome, 0, ()), fault
            assert answer.outcome in OUTCOMES - {"ok"}
            assert answer.detail, fault

    def test_nothing_of_a_session_is_not_published_until_the_next_noon_and_no_data_from_then_on(self, source_at):
        noon = datetime(2022, 5, 19, 4, tzinfo=UTC)
        for now, outcome in ((EVENING, "not published"), (noon - timedelta(seconds=1), "not published")):
            assert self.evening(source_at(1000.0, now), NEXT).outcome == outcome
        for now in (noon, noon + timedelta(days=400)):
            assert self.evening(source_at(1000.0, now), NEXT).outcome == "no data"

    def test_a_day_without_trading_is_told_apart(self, vendor, source):
        vendor.close(HOLIDAY)
        assert self.evening(source, HOLIDAY).outcome == "no trading"

    def test_another_days_numbers_under_this_name_are_not_this_days(self, vendor, source):
        vendor.serve(DAY, self.lines(DAY), named=NEXT)
        answer = self.evening(source, NEXT)
        assert (answer.outcome, len(answer.lines), str(DAY) in answer.detail) == ("another day", 0, True)

    def test_yesterdays_numbers_under_todays_date_are_found_by_those_of_yesterday(self, vendor, source):
        vendor.serve(DAY, self.lines(DAY))
        before = self.evening(source, DAY)
        vendor.serve(NEXT, self.lines(DAY))
        repeated = unless_repeated(self.evening(source, NEXT), before.lines)
        assert (repeated.outcome, len(repeated.lines)) == ("another day", 0)
        vendor.serve(NEXT, self.lines(NEXT))
        assert unless_repeated(self.evening(source, NEXT), before.lines).outcome == "ok"

    def test_one_line_that_cannot_be_read_costs_that_line_alone(self, vendor, source):
        rows = self.lines(NEXT)
        vendor.serve(NEXT, [*rows[:-1], rows[-1] | {"high": rows[-1]["low"], "low": rows[-1]["high"]}])
        answer = self.evening(source, NEXT)
        assert answer.outcome == "ok"
        assert self.found(answer) == self.told(rows[:-1])
        assert len(answer.unread) == 1
        assert rows[-1]["symbol"][:4] in answer.unread[0]

    def test_two_lines_of_one_symbol_are_neither_of_them(self, vendor, source):
        rows = self.lines(NEXT)
        vendor.serve(NEXT, [*rows, self.traded(rows[-1]["symbol"], NEXT, 9, currency=rows[-1]["currency"])])
        answer = self.evening(source, NEXT)
        assert self.found(answer) == self.told(rows[:-1])
        assert len(answer.unread) == 2

    def test_a_refusal_stops_it_at_once(self, vendor, source):
        vendor.serve(NEXT, self.lines(NEXT))
        vendor.show(self.refusal)
        assert (self.evening(source, NEXT).outcome, source.stopped is None) == ("banned", False)
        vendor.show(None)
        asked = vendor.questions()
        again = self.evening(source, NEXT)
        assert (again.outcome, again.requests, vendor.questions()) == ("banned", 0, asked)
        assert again.detail.startswith("not asked any more: ")

    def test_a_vendor_that_is_down_is_given_up_after_three_evenings(self, vendor, source):
        vendor.show(self.down)
        outcomes = [self.evening(source, NEXT - timedelta(days=at)).requests > 0 for at in range(5)]
        assert outcomes == [True, True, True, False, False]

    def test_one_bad_moment_is_got_over(self, vendor, source):
        vendor.serve(NEXT, self.lines(NEXT))
        vendor.show(self.down, times=1)
        answer = self.evening(source, NEXT)
        assert (answer.outcome, answer.requests) == ("ok", 2)

    def test_it_keeps_the_pace(self, vendor, source_at, monkeypatch):
        now = [1000.0]
        monkeypatch.setattr(time, "monotonic", lambda: now[0])
        monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
        vendor.serve(NEXT, self.lines(NEXT))
        source = source_at(4.0, EVENING)
        for _ in range(5):
            assert self.evening(source, NEXT).outcome == "ok"
        assert now[0] == pytest.approx(1001.0)
