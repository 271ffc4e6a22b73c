"""The chain of vendors that fill: who is asked for what, in which order, and when one is given up."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

import tasks.fetch
from tasks.collect import Terms
from tasks.fills import GIVE_UP_AFTER, fill_from, with_fills
from tasks.owed import First, left_by_first
from tasks.plan import Past, Window
from tasks.runs import Run
from tasks.sources import FillSource
from tasks.validate import Around, judge_symbols
from tests.conftest import walk
from tests.judging import judge_evening
from tests.shipped import HK
from warehouse.bars.answers import Answer, Event, Request
from warehouse.frames import PRICES, empty
from warehouse.lake.schema import ACTIONS, QUARANTINE, STOCKS

FROM, LAST = date(2022, 5, 3), date(2022, 5, 17)
WINDOW = Window(HK, LAST, LAST)
EVENING = datetime(2022, 5, 17, 10, tzinfo=UTC)
TERMS = Terms(WINDOW, EVENING, timedelta(minutes=30), "yahoo")
STOCKS_ASKED = ["0001.HK", "0005.HK", "0388.HK", "0700.HK", "0941.HK"]
NO_BARS = empty(STOCKS.schema)
NOTHING = Past(empty(STOCKS.schema), empty(ACTIONS.schema))
BARS = {symbol: walk(symbol, HK, FROM, LAST) for symbol in ("^HSI", *STOCKS_ASKED)}


def answer(symbol, days, **changes):
    bars = [BARS[symbol][day] for day in days]
    columns = {name: [bar[at] for bar in bars] for at, name in enumerate(("open", "high", "low", "close", "volume"))}
    given = {"currency": "HKD", "time_zone": "Asia/Hong_Kong", "trade_date": list(days), **columns} | changes
    return Answer(symbol, "ok", EVENING, **given)


class Second:
    """A vendor with all bars but of those that it `lacks`; it may be `down`."""

    name, address = "tencent", "here"

    def __init__(self, lacks=(), down=False, name="tencent"):
        self.lacks, self.down, self.name, self.asked = lacks, down, name, []

    def ask(self, request):
        self.asked.append(request)
        if self.down:
            return Answer(request.symbol, "transient", EVENING, "no route")
        if request.symbol in self.lacks:
            return Answer(request.symbol, "no data", EVENING, "nothing")
        return answer(request.symbol, HK.sessions.between(request.first, request.last))


def first_night(lacking=("0001.HK", "0005.HK", "^HSI"), **changes):
    """What Yahoo leaves that has no bar of the last day for some: its pieces, and what is owed."""
    days = HK.sessions.between(FROM, LAST)
    answers = [answer(symbol, days[:-1] if symbol in lacking else days, **changes.get(symbol, {})) for symbol in BARS]
    pieces = [judge_symbols(answers, NOTHING, TERMS, Around(days))]
    requests = [Request(symbol, WINDOW.bars_from) for symbol in BARS]
    run = Run("run", "nightly", "yahoo", EVENING, WINDOW, requests)
    first = left_by_first(run, pieces, NO_BARS, NOTHING, empty(QUARANTINE.schema), days)
    return pieces, First(first.bars, first.ex_dates, first.owed[first.owed["symbol"].isin(BARS)])


def fill(source, pieces, first, has_stocks=True):
    return fill_from(FillSource(source, has_stocks), first, pieces, NOTHING, TERMS, HK.sessions.between(FROM, LAST))


def keys(frame):
    return sorted(zip(frame["symbol"], frame["trade_date"], strict=True))


def asked(source):
    return [request.symbol for request in source.asked]


def test_owed_is_what_is_missing_and_nothing_else():
    _, first = first_night()
    assert keys(first.owed) == [("0001.HK", LAST), ("0005.HK", LAST), ("^HSI", LAST)]


def test_one_request_a_symbol_from_the_days_that_prove_it_to_the_last_that_is_owed():
    pieces, first = first_night()
    source = Second()
    filled = fill(source, pieces, first)
    assert asked(source) == ["0001.HK", "0005.HK", "^HSI"]
    assert {(request.first, request.last) for request in source.asked} == {(date(2022, 5, 3), LAST)}
    assert filled.without_filled(first.owed).empty


def test_the_next_vendor_is_asked_for_what_the_one_before_did_not_fill():
    pieces, first = first_night()
    one, other = Second(lacks=("0005.HK",)), Second(name="theirs")
    left = fill(one, pieces, first).without_filled(first.owed)
    assert keys(left) == [("0005.HK", LAST)]
    fill(other, pieces, First(first.bars, first.ex_dates, left))
    assert asked(other) == ["0005.HK"]


class OnAnotherBasis(Second):
    """All days before the last that is owed are a quarter higher, and of what is `whole` that one too."""

    whole = ("0005.HK", "^HSI")

    def ask(self, request):
        told = super().ask(request)
        by = [1.25 if day < LAST or request.symbol in self.whole else 1.0 for day in told.trade_date]
        prices = {
            name: [value * factor for value, factor in zip(getattr(told, name), by, strict=True)] for name in PRICES
        }
        return replace(told, **prices)


def test_a_factor_is_taken_of_a_stocks_bar_that_has_it_itself_and_of_no_index():
    filled = fill(OnAnotherBasis(), *first_night())
    assert filled.bars[["symbol", "fill_factor"]].to_numpy().tolist() == [["0005.HK", pytest.approx(0.8)]]
    assert filled.asked["detail"].dropna().tolist() == [
        "its closes times 0.8 are the stored ones, and its bar of the day is without that",
        "its closes times 0.8 are the stored ones, and an index has one basis",
    ]


def test_who_has_no_stocks_is_asked_for_the_index_alone():
    pieces, first = first_night()
    source = Second()
    fill(source, pieces, first, has_stocks=False)
    assert asked(source) == ["^HSI"]


def test_a_vendor_that_is_down_is_given_up_after_a_few_symbols():
    pieces, first = first_night(lacking=tuple(BARS))
    source = Second(down=True)
    filled = fill(source, pieces, first)
    assert len(source.asked) == GIVE_UP_AFTER < len(first.owed)
    assert filled.lines() == [
        "tencent filled 0 of 6 sessions that were owed",
        "tencent: 0001.HK, 0005.HK, 0388.HK, 0700.HK, 0941.HK and 1 more: no route",
    ]


def test_symbols_that_are_asked_some_after_others_are_filled_as_all_at_once(monkeypatch):
    lacking = ("0001.HK", "0005.HK", "0388.HK", "^HSI")
    pieces, first = first_night(lacking)
    at_once = fill(Second(), pieces, first)
    monkeypatch.setattr(tasks.fetch, "MOST_BARS", 2 * len(WINDOW.sessions))
    by_two, heard = Second(), []
    source = FillSource(by_two, has_stocks=True)
    days = HK.sessions.between(FROM, LAST)
    filled = fill_from(source, first, pieces, NOTHING, TERMS, days, lambda done, of: heard.append((done, of)))
    assert heard == [(2, 4), (4, 4)]
    assert (asked(by_two), len(filled.pieces)) == (list(lacking), 2)
    for name in ("bars", "asked", "beside"):
        assert getattr(filled, name).equals(getattr(at_once, name)), name


def test_a_vendor_that_is_down_is_given_up_across_lots_of_symbols(monkeypatch):
    pieces, first = first_night(lacking=tuple(BARS))
    monkeypatch.setattr(tasks.fetch, "MOST_BARS", 2 * len(WINDOW.sessions))
    source = Second(down=True)
    fill(source, pieces, first)
    assert len(source.asked) == GIVE_UP_AFTER


def test_a_source_that_raises_is_of_that_symbol_alone():
    class Stumbling(Second):
        def ask(self, request):
            if request.symbol == "0001.HK":
                raise KeyError("data")
            return super().ask(request)

    pieces, first = first_night()
    filled = fill(Stumbling(), pieces, first)
    assert filled.asked.set_index("symbol")["outcome"].to_dict() == {
        "0001.HK": "unknown shape",
        "0005.HK": "ok",
        "^HSI": "ok",
    }


@pytest.mark.parametrize("kind", ["dividends", "splits"])
def test_no_day_beyond_an_event_proves_anything(kind):
    pieces, first = first_night(**{"0001.HK": {kind: [Event(date(2022, 5, 16), 2.0 if kind == "splits" else 0.5)]}})
    source = Second()
    filled = fill(source, pieces, first)
    assert "0001.HK" not in asked(source)
    assert ("0001.HK", LAST) in keys(filled.without_filled(first.owed))


def test_a_fill_is_judged_with_the_evening_and_kept_under_its_source_as_printed():
    pieces, first = first_night()
    filled = fill(Second(), pieces, first)
    checked = judge_evening(with_fills(pieces, [filled]), TERMS)
    fills = checked.stocks[checked.stocks["fill_factor"].notna()]
    assert fills[["symbol", "trade_date", "close", "source", "split_factor", "trading_state"]].values.tolist() == [
        [symbol, LAST, BARS[symbol][LAST][3], "tencent", 1.0, "traded"] for symbol in ("0001.HK", "0005.HK")
    ]
    assert set(checked.stocks.loc[checked.stocks["fill_factor"].isna(), "source"]) == {"yahoo"}
    assert checked.indices.loc[checked.indices["fill_factor"].notna(), "symbol"].tolist() == ["^HSI"]


def test_a_fill_that_is_asked_before_its_close_is_final_is_held():
    pieces, first = first_night()

    class Early(Second):
        def ask(self, request):
            return replace(super().ask(request), asked_at=datetime(2022, 5, 17, 8, 5, tzinfo=UTC))

    filled = fill(Early(), pieces, first)
    assert set(filled.bars["rule"]) == {"final_when_asked"}
    assert filled.asked["detail"].unique().tolist() == ["held by final_when_asked"]
    assert len(filled.without_filled(first.owed)) == 3


def test_an_index_alone_owes_no_member():
    days = HK.sessions.between(FROM, LAST)
    pieces = [judge_symbols([answer("^HSI", days[:-1])], NOTHING, TERMS, Around(days))]
    run = Run("run", "backfill", "yahoo", EVENING, WINDOW, [Request("^HSI", WINDOW.bars_from)], scope="index")
    first = left_by_first(run, pieces, NO_BARS, NOTHING, empty(QUARANTINE.schema), days)
    assert keys(first.owed) == [("^HSI", LAST)]


@pytest.mark.parametrize(("rule", "owed"), [("withdrawn", []), ("close_within_range", [("^HSI", LAST)])])
def test_a_fill_that_a_person_took_back_is_owed_no_more_and_one_that_a_rule_held_is(rule, owed):
    days = HK.sessions.between(FROM, LAST)
    pieces = [judge_symbols([answer("^HSI", days[:-1])], NOTHING, TERMS, Around(days))]
    run = Run("run", "backfill", "yahoo", EVENING, WINDOW, [Request("^HSI", WINDOW.bars_from)], scope="index")
    fill_of_it = pd.DataFrame([{"symbol": "^HSI", "trade_date": LAST, "rule": rule, "status": "held"}])
    held = fill_of_it.assign(source="tencent", kind=None).reindex(columns=QUARANTINE.schema.names)
    assert keys(left_by_first(run, pieces, NO_BARS, NOTHING, held, days).owed) == owed


def test_what_a_person_has_rejected_is_owed_again():
    days = HK.sessions.between(FROM, LAST)
    wild = answer("^HSI", days, close=[*(BARS["^HSI"][day][3] for day in days[:-1]), 9e5])
    pieces = [judge_symbols([wild], NOTHING, TERMS, Around(days))]
    run = Run("run", "backfill", "yahoo", EVENING, WINDOW, [Request("^HSI", WINDOW.bars_from)], scope="index")
    rejected = pd.DataFrame([{"symbol": "^HSI", "trade_date": LAST, "rule": "close_within_range"}]).assign(
        status="rejected", kind=None, source="yahoo"
    )
    held = rejected.reindex(columns=QUARANTINE.schema.names)
    for kept, owed in ((held.head(0), []), (held, [("^HSI", LAST)])):
        assert keys(left_by_first(run, pieces, NO_BARS, NOTHING, kept, days).owed) == owed


@pytest.mark.parametrize("times", [1, 2])
def test_days_that_are_told_twice_prove_no_more_than_told_once(times):
    class Few(Second):
        def ask(self, request):
            days = HK.sessions.between(request.first, request.last)[-4:]  # three beside the one that is owed
            return answer(request.symbol, [day for day in days for _ in range(1 if day == LAST else times)])

    pieces, first = first_night(lacking=("0005.HK",))
    assert fill(Few(), pieces, first).asked["filled"].sum() == 0
