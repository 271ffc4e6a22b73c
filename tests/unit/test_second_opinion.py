"""What a second vendor says: it fills what is missing, is compared with the rest, and overwrites nothing."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tasks.collect import Terms
from tasks.plan import Window, past_of
from tasks.second_opinion import second_opinion
from tasks.store import Run, store
from tasks.validate import validate
from tests.shipped import HK
from warehouse.bars.answers import Answer, Request
from warehouse.lake.lake import Lake
from warehouse.lake.schema import INDICES, OPINIONS, QUARANTINE

FRIDAY, MONDAY, TUESDAY, WEDNESDAY = (date(2022, 5, day) for day in (13, 16, 17, 18))
WINDOW = Window(HK, MONDAY, WEDNESDAY)
EVENING = datetime(2022, 5, 18, 10, tzinfo=UTC)
SETTLE = timedelta(minutes=30)
HSI, TECH = "^HSI", "HSTECH.HK"


def answer(symbol, closes, asked_at=EVENING, **changes):
    values = list(closes.values())
    return Answer(
        **{
            "symbol": symbol,
            "outcome": "ok",
            "asked_at": asked_at,
            "currency": "HKD",
            "time_zone": "Asia/Hong_Kong",
            "trade_date": list(closes),
            "open": values,
            "high": [value + 5 for value in values],
            "low": [value - 5 for value in values],
            "close": values,
            "volume": [0] * len(values),
        }
        | changes
    )


class Second:
    """A second vendor that answers with what it was given."""

    name = "sina"

    def __init__(self, *answers):
        self.answers = {answer.symbol: answer for answer in answers}
        self.asked = []

    def ask(self, request):
        self.asked.append(request)
        return self.answers.get(request.symbol) or Answer(request.symbol, "no data", EVENING, "nothing")


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "lake")


@pytest.fixture
def night(lake):
    """A night of both vendors: what the first says, what the second says, stored and kept."""

    def run(first, second, now=EVENING, name="run"):
        requests = [Request(symbol, WINDOW.bars_from, symbol == TECH) for symbol in (HSI, TECH)]
        requests.append(Request("0700.HK", WINDOW.bars_from))
        past, terms = past_of(lake, WINDOW), Terms(WINDOW, now, SETTLE, "yahoo")
        checked = validate(first, past, terms)
        opinion = second_opinion(second, requests, checked, past, lake.read(QUARANTINE, "HK"), terms)
        asked = [Request(one.symbol, WINDOW.bars_from) for one in first]
        with lake.writing(5, "test"):
            run = Run(name, "nightly", "yahoo", now, WINDOW, asked)
            store(lake, run, first, opinion.onto(checked), now, opinion.comparisons)
        return opinion

    return run


def bars(lake):
    """Current index bars: {(symbol, day): (close, source)}."""
    found = lake.read(INDICES, "HK")
    found = found[found["known_to"].isna()]
    return {(row.symbol, row.trade_date): (row.close, row.source) for row in found.itertuples()}


def findings(opinion):
    return {(row.symbol, row.trade_date): row.finding for row in opinion.comparisons.itertuples()}


FIRST = {MONDAY: 20000.0, TUESDAY: 20600.0, WEDNESDAY: 20700.0}


def test_only_the_indices_are_asked_and_for_the_whole_window(night):
    second = Second()
    night([answer(HSI, FIRST)], second)
    assert second.asked == [Request(HSI, WINDOW.bars_from), Request(TECH, WINDOW.bars_from)]


def test_closes_that_agree_change_nothing_and_are_kept_as_such(night, lake):
    opinion = night([answer(HSI, FIRST)], Second(answer(HSI, FIRST)))
    assert bars(lake) == {(HSI, day): (close, "yahoo") for day, close in FIRST.items()}
    assert findings(opinion) == dict.fromkeys(((HSI, day) for day in FIRST), "agrees")
    assert opinion.warnings == [f"{TECH}: sina gave no data (nothing)"]


@pytest.mark.parametrize(("close", "finding"), [(20602.06, "agrees"), (20602.07, "differs"), (20597.93, "differs")])
def test_a_close_differs_from_one_hundredth_of_a_percent_on(night, lake, close, finding):
    opinion = night([answer(HSI, FIRST)], Second(answer(HSI, FIRST | {TUESDAY: close})))
    assert findings(opinion)[HSI, TUESDAY] == finding
    assert bars(lake)[HSI, TUESDAY] == (20600.0, "yahoo")


def test_a_difference_is_said_once_an_index_with_both_values(night):
    both = Second(answer(HSI, {MONDAY: 20100.0, TUESDAY: 20500.0, WEDNESDAY: 20700.0}), answer(TECH, {MONDAY: 4000.0}))
    assert night([answer(HSI, FIRST)], both).warnings == [
        "^HSI: 2 of 3 closes differ, the last on 2022-05-17: yahoo 20600.00, sina 20500.00"
    ]


def test_a_key_that_the_first_vendor_lacks_is_filled_and_says_from_whom(night, lake):
    history = {FRIDAY: 3900.0, MONDAY: 4000.0, TUESDAY: 4100.0, WEDNESDAY: 4200.0}
    opinion = night([answer(HSI, FIRST), answer(TECH, {WEDNESDAY: 4200.0})], Second(answer(TECH, history)))
    found = {day: bars(lake)[TECH, day] for day in history}
    assert found == {
        FRIDAY: (3900.0, "sina"),
        MONDAY: (4000.0, "sina"),
        TUESDAY: (4100.0, "sina"),
        WEDNESDAY: (4200.0, "yahoo"),
    }
    assert findings(opinion)[TECH, MONDAY] == "only second"


def test_a_filled_bar_gives_way_to_the_first_vendor_as_a_restatement(night, lake):
    night([answer(HSI, FIRST)], Second(answer(TECH, {TUESDAY: 4100.0})))
    later = EVENING + timedelta(hours=1)
    night([answer(TECH, {TUESDAY: 4150.0}, later)], Second(answer(TECH, {TUESDAY: 4100.0}, later)), later)
    assert bars(lake)[TECH, TUESDAY] == (4150.0, "yahoo")
    versions = lake.read(INDICES, "HK")
    assert len(versions[(versions["symbol"] == TECH) & versions["known_to"].notna()]) == 1


def test_the_second_vendor_never_replaces_a_stored_bar_of_the_first(night, lake):
    night([answer(HSI, FIRST)], Second())
    later = EVENING + timedelta(hours=1)
    opinion = night([answer(TECH, {TUESDAY: 4100.0}, later)], Second(answer(HSI, {TUESDAY: 1.5e4}, later)), later)
    assert bars(lake)[HSI, TUESDAY] == (20600.0, "yahoo")
    assert findings(opinion) == {(HSI, TUESDAY): "differs"}


def test_a_bad_bar_of_the_second_vendor_is_held_where_it_would_have_filled(night, lake):
    bad = answer(TECH, {TUESDAY: 4100.0}, close=[4_100_000.0])
    night([answer(HSI, FIRST)], Second(bad, answer(HSI, FIRST, high=[1.0] * 3)))
    held = lake.read(QUARANTINE, "HK")
    assert held[["symbol", "rule", "source", "status"]].values.tolist() == [
        [TECH, "close_within_range", "sina", "held"]
    ]
    assert (TECH, TUESDAY) not in bars(lake)


def test_a_later_answer_of_the_second_vendor_cures_its_own_held_bar(night, lake):
    night([answer(HSI, FIRST)], Second(answer(TECH, {TUESDAY: 4100.0}, close=[4_100_000.0])))
    later = EVENING + timedelta(hours=1)
    night([answer(HSI, FIRST, later)], Second(answer(TECH, {TUESDAY: 4100.0}, later)), later)
    assert bars(lake)[TECH, TUESDAY] == (4100.0, "sina")
    assert lake.read(QUARANTINE, "HK")["status"].tolist() == ["cured"]


def test_a_bar_of_the_first_vendor_that_is_held_stays_held_and_is_shown_beside_the_other(night, lake):
    bad = answer(HSI, {TUESDAY: 20600.0}, close=[2_060_000.0])
    opinion = night([bad], Second(answer(HSI, {TUESDAY: 20600.0})))
    assert (HSI, TUESDAY) not in bars(lake)
    (row,) = opinion.comparisons.itertuples()
    assert (row.finding, row.first_close, row.second_close) == ("differs", 2_060_000.0, 20600.0)
    later = EVENING + timedelta(hours=1)
    night([answer(TECH, {TUESDAY: 4100.0}, later)], Second(answer(HSI, {TUESDAY: 20600.0}, later)), later)
    assert (HSI, TUESDAY) not in bars(lake)
    assert lake.read(QUARANTINE, "HK")["status"].tolist() == ["held"]


def test_a_hole_of_the_second_vendor_is_reported_but_not_its_lag(night):
    opinion = night([answer(HSI, FIRST)], Second(answer(HSI, {MONDAY: 20000.0, WEDNESDAY: 20700.0})))
    assert findings(opinion)[HSI, TUESDAY] == "only first"
    assert opinion.warnings[-1] == (
        "^HSI: 1 of 3 closes are missing there, the last on 2022-05-17: yahoo 20600.00, sina nan"
    )
    lagging = night([answer(HSI, FIRST)], Second(answer(HSI, {MONDAY: 20000.0})))
    assert findings(lagging) == {(HSI, MONDAY): "agrees"}


def test_the_same_opinion_again_changes_no_byte_and_a_new_one_replaces_it(night, lake):
    night([answer(HSI, FIRST)], Second(answer(HSI, FIRST | {TUESDAY: 20000.0})), name="one")
    files = {path: path.read_bytes() for path in lake.files(OPINIONS)}
    later = EVENING + timedelta(hours=1)
    night([answer(HSI, FIRST, later)], Second(answer(HSI, FIRST | {TUESDAY: 20000.0}, later)), later, "two")
    assert {path: path.read_bytes() for path in lake.files(OPINIONS)} == files
    night([answer(HSI, FIRST, later)], Second(answer(HSI, FIRST, later)), later, "three")
    kept = lake.read(OPINIONS, "HK").sort_values("trade_date")
    assert kept["finding"].tolist() == ["agrees"] * 3
    assert kept["run_id"].tolist() == ["one", "three", "one"]


def test_a_difference_that_is_the_same_on_every_day_is_not_explained_away(night, lake):
    night([answer(HSI, FIRST)], Second())
    later = EVENING + timedelta(hours=1)
    raised = {day: round(close * 1.01, 2) for day, close in FIRST.items()}
    opinion = night([answer(HSI, FIRST, later)], Second(answer(HSI, raised, later)), later)
    assert findings(opinion) == dict.fromkeys(((HSI, day) for day in FIRST), "differs")
    assert set(bars(lake).values()) == {(close, "yahoo") for close in FIRST.values()}
