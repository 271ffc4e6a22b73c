"""Splits and rebased histories on every path: nights and backfills in any order, through validate and store."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, permutations

import pandas as pd
import pytest

from tasks.collect import Terms
from tasks.decide import Decision, matching, named, reject, release
from tasks.local_actions import local_changes
from tasks.plan import Window, past_of
from tasks.runs import Run
from tasks.store import store
from tests.conftest import walk
from tests.judging import validate
from tests.shipped import FACTS, HK
from warehouse.bars.answers import Answer, Event, Request
from warehouse.lake.lake import Lake
from warehouse.lake.schema import ACTIONS, QUARANTINE, STOCKS
from warehouse.sql.build import build
from warehouse.sql.database import open_read_only

pytestmark = pytest.mark.slow

SYMBOL = "0700.HK"
FIRST, LAST = date(2022, 4, 1), date(2022, 5, 20)
SESSIONS = HK.sessions.between(FIRST, LAST)
EX_DATE = date(2022, 5, 17)
BEFORE = date(2022, 5, 16)
SETTLE = timedelta(minutes=30)


def printed(ratio=1.0):
    """What was printed, day by day: an invented walk, in other shares from the ex-date on."""
    bars = walk(SYMBOL, HK, FIRST, LAST)
    return {
        day: bar if day < EX_DATE else (*(round(price / ratio, 4) for price in bar[:4]), int(bar[4] * ratio))
        for day, bar in bars.items()
    }


class Vendor:
    """Shows what was printed in the shares of the day that it is asked, `rebases` beside the `splits` that it tells."""

    def __init__(self, bars, splits=(), rebases=(), dividends=()):
        self.bars, self.splits, self.rebases, self.dividends = bars, splits, rebases, dividends

    def answer(self, evening, told=None, done=None):
        """`told` and `done`: the splits that it reports, and those that its prices show; all so far unless said."""
        so_far = [event for event in self.splits if event.ex_date <= evening]
        told, done = so_far if told is None else told, so_far if done is None else done
        rows = []
        for day in (day for day in self.bars if day <= evening):
            ratio = volume_ratio = 1.0
            for event in done:
                ratio, volume_ratio = (
                    (ratio * event.value, volume_ratio * event.value) if day < event.ex_date else (ratio, volume_ratio)
                )
            for event in self.rebases:
                ratio *= event.value if day < event.ex_date <= evening else 1.0
            *prices, volume = self.bars[day]
            rows.append((day, *(price / ratio for price in prices), round(volume * volume_ratio)))
        names = ("trade_date", "open", "high", "low", "close", "volume")
        columns = {name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}
        dividends = [event for event in self.dividends if event.ex_date <= evening]
        return Answer(
            SYMBOL,
            "ok",
            at(evening),
            currency="HKD",
            time_zone="Asia/Hong_Kong",
            splits=list(told),
            dividends=dividends,
            **columns,
        )


def at(day):
    return datetime.combine(day, time(10, 30), UTC)


def keep(lake, answer, first, last=None, now=None):
    """One run for the sessions from `first` to `last`; returns what was checked and what was stored."""
    now = now or answer.asked_at
    window = Window(HK, first, last or now.date())
    checked = validate([answer], past_of(lake, window), Terms(window, now, SETTLE, "yahoo"))
    run = Run(f"run {now} {first}", "nightly", "yahoo", now, window, [Request(SYMBOL, first)])
    return checked, store(lake, run, [answer], checked, now)


def lake_at(path):
    return Lake(path / "lake")


def closes(lake):
    rows = lake.read(STOCKS, "HK")
    rows = rows[rows["known_to"].isna()]
    return dict(zip(rows["trade_date"], rows["close"], strict=True))


def actions(lake):
    rows = lake.read(ACTIONS, "HK")
    rows = rows[rows["known_to"].isna()]
    return sorted((row.ex_date, row.kind, round(row.value, 6)) for row in rows.itertuples())


def held(lake, status="held"):
    rows = lake.read(QUARANTINE, "HK")
    rows = rows[rows["status"] == status]
    return sorted(zip(rows["trade_date"], rows["rule"], strict=True))


def return_on(lake, day):
    path = lake.path.parent / "warehouse.duckdb"
    build(lake, FACTS, path, datetime(2022, 5, 25, tzinfo=UTC), 30)
    with open_read_only(path) as connection:
        return connection.execute("select return_1d from prices where trade_date = ?", [day]).fetchone()[0]


def move_of(day):
    """The day's move in shares that never changed, worked out from the walk itself."""
    bars = walk(SYMBOL, HK, FIRST, LAST)
    return bars[day][3] / bars[SESSIONS[SESSIONS.index(day) - 1]][3] - 1


@pytest.mark.parametrize("ratio", [2.0, 1.4, 0.1])
@pytest.mark.parametrize("order", list(permutations(("night before", "night", "backfill"))))
def test_the_night_of_a_split_and_a_backfill_over_it_end_in_the_same_lake_in_any_order(tmp_path, ratio, order):
    vendor = Vendor(printed(ratio), [Event(EX_DATE, ratio)])
    lake = lake_at(tmp_path)
    runs = {
        "night before": lambda: keep(lake, vendor.answer(BEFORE), BEFORE),
        "night": lambda: keep(lake, vendor.answer(EX_DATE), BEFORE),
        "backfill": lambda: keep(lake, vendor.answer(LAST), FIRST, date(2022, 5, 18)),
    }
    stored = [runs[name]()[1] for name in order]
    assert sum(one.restated_rows + one.held_rows for one in stored) == 0
    expected = {day: bar[3] for day, bar in printed(ratio).items() if day <= date(2022, 5, 18)}
    assert closes(lake) == pytest.approx(expected, rel=1e-4)
    assert actions(lake) == [(EX_DATE, "split", ratio)]
    assert return_on(lake, EX_DATE) == pytest.approx(move_of(EX_DATE), abs=1e-3)


def test_a_dividend_on_the_day_of_a_split_is_held_in_hong_kong_until_somebody_says_per_which_share(tmp_path):
    vendor = Vendor(printed(2.0), [Event(EX_DATE, 2.0)], dividends=[Event(EX_DATE, 0.5)])
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(BEFORE), FIRST)
    keep(lake, vendor.answer(EX_DATE), BEFORE)
    assert actions(lake) == [(EX_DATE, "split", 2.0)]
    assert held(lake) == [(EX_DATE, "dividend_beside_split")]
    # In Hong Kong the quote is not adjusted for cash.
    assert return_on(lake, EX_DATE) == pytest.approx(move_of(EX_DATE), abs=1e-3)


def test_a_rebased_history_is_an_unlisted_adjustment_with_the_right_return_and_no_restatement(tmp_path):
    # A spin-off worth a twentieth: prices fall to 19 / 20 on the day, volumes stay.
    value = 20 / 19
    bars = {day: (*bar[:4], walk(SYMBOL, HK, FIRST, LAST)[day][4]) for day, bar in printed(value).items()}
    vendor = Vendor(bars, rebases=[Event(EX_DATE, value)])
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(BEFORE), FIRST)
    _, night = keep(lake, vendor.answer(EX_DATE), BEFORE)
    assert (night.new_rows, night.restated_rows, night.held_rows) == (1, 0, 0)
    ((ex_date, kind, found),) = actions(lake)
    assert (ex_date, kind) == (EX_DATE, "unlisted_adjustment")
    assert found == pytest.approx(value, rel=1e-4)
    assert return_on(lake, EX_DATE) == pytest.approx(move_of(EX_DATE), abs=1e-3)
    for later in (date(2022, 5, 18), date(2022, 5, 19)):
        _, again = keep(lake, vendor.answer(later), FIRST)
        assert (again.new_rows, again.restated_rows, again.held_rows) == (1, 0, 0)
    assert len(actions(lake)) == 1
    assert closes(lake) == pytest.approx({day: bar[3] for day, bar in bars.items() if day < LAST}, rel=1e-4)


EARLIER = SESSIONS[SESSIONS.index(EX_DATE) - 12]


@pytest.mark.parametrize("is_told", [True, False], ids=["a split", "an adjustment"])
def test_a_rebase_after_another_event_is_an_adjustment_of_its_own_and_holds_nothing(tmp_path, is_told):
    # So that neither is most of what the night overlaps with: 17 bars before the first, 12 between the two.
    bars = {
        day: (*(price / (1.3 if day >= EARLIER else 1.0) for price in bar[:4]), bar[4])
        for day, bar in printed(1.25).items()
    }
    earlier = [Event(EARLIER, 1.3)]
    vendor = Vendor(bars, earlier if is_told else [], [*([] if is_told else earlier), Event(EX_DATE, 1.25)])
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(SESSIONS[SESSIONS.index(EARLIER) - 1]), FIRST)
    for evening in (EARLIER, BEFORE, EX_DATE, date(2022, 5, 18)):
        keep(lake, vendor.answer(evening), FIRST)
    assert held(lake) == []
    assert closes(lake) == pytest.approx({day: bars[day][3] for day in SESSIONS if day <= date(2022, 5, 18)}, rel=1e-4)
    assert [(day, kind) for day, kind, _ in actions(lake)] == [
        (EARLIER, "split" if is_told else "unlisted_adjustment"),
        (EX_DATE, "unlisted_adjustment"),
    ]
    assert [value for _, _, value in actions(lake)] == pytest.approx([1.3, 1.25], rel=1e-4)


LITTLE = {day: round(2.36 + 0.04 * (number % 5), 2) for number, day in enumerate(SESSIONS)}  # 2.36 to 2.52


@pytest.mark.parametrize(
    ("factor", "found"),
    # Half a tick is 0.005. 2.52 - 2.52 / 1.0018 is 0.0045; 2.40 - 2.40 / 1.00208 is 0.0050, and of 2.44 it is 0.0051.
    [(1.0018, []), (1.00208, [(EX_DATE, "unlisted_adjustment", 1.00208)])],
)
def test_a_history_rebased_by_about_half_a_tick_holds_nothing_and_restates_nothing(tmp_path, factor, found):
    bars = {day: (close, close, close, close, 1000 + 10 * number) for number, (day, close) in enumerate(LITTLE.items())}
    lake = lake_at(tmp_path)
    keep(lake, Vendor(bars).answer(BEFORE), FIRST)
    for evening in (EX_DATE, date(2022, 5, 18), LAST):
        _, stored = keep(lake, Vendor(bars, rebases=[Event(EX_DATE, factor)]).answer(evening), FIRST)
        assert (stored.restated_rows, stored.held_rows) == (0, 0)
    assert actions(lake) == found
    assert closes(lake) == LITTLE


def test_a_bar_that_is_restated_towards_a_rebase_of_earlier_ones_moves_its_date_not(tmp_path):
    bars = {day: (close, close, close, close, 1000 + 10 * number) for number, (day, close) in enumerate(LITTLE.items())}
    day = date(2022, 5, 19)
    corrected = round(LITTLE[day] - 0.01, 2)
    lake = lake_at(tmp_path)
    keep(lake, Vendor(bars).answer(day), FIRST)
    vendor = Vendor(bars | {day: (*(corrected,) * 4, bars[day][4])}, rebases=[Event(EX_DATE, 1.003)])
    _, stored = keep(lake, vendor.answer(LAST), FIRST)
    assert (stored.restated_rows, stored.held_rows) == (1, 0)
    assert actions(lake) == [(EX_DATE, "unlisted_adjustment", 1.003)]
    assert closes(lake) == LITTLE | {day: corrected}


MISSED = [EX_DATE, date(2022, 5, 18), date(2022, 5, 19)]


@pytest.mark.parametrize("ex_date", MISSED)
def test_a_rebase_of_a_missed_night_is_dated_by_the_bars_whose_prices_are_ticks_as_they_are_told(tmp_path, ex_date):
    # Ticks are 0.2 between 200 and 500, and 344 / 1.01, 340.594, is none.
    closes_of = {day: round(342.8 + 0.4 * (number % 6), 1) for number, day in enumerate(SESSIONS)}
    bars = {day: (close, close, close, close, 1000 + 10 * at) for at, (day, close) in enumerate(closes_of.items())}
    lake = lake_at(tmp_path)
    keep(lake, Vendor(bars).answer(BEFORE), FIRST)
    keep(lake, Vendor(bars, rebases=[Event(ex_date, 1.01)]).answer(MISSED[-1]), FIRST)
    assert actions(lake) == [(ex_date, "unlisted_adjustment", 1.01)]
    assert closes(lake) == {day: close for day, close in closes_of.items() if day <= MISSED[-1]}
    assert held(lake) == []


@pytest.mark.parametrize("before", [BEFORE, MISSED[1]], ids=["two missed nights", "none"])
def test_the_last_bar_of_a_rebased_answer_is_taken_as_it_is_told_since_its_day_may_be_the_ex_date(tmp_path, before):
    # Its 344 / 1.01, 340.594, is no tick, which is taken for no proof here.
    closes_of = {day: round(342.8 + 0.4 * (number % 6), 1) for number, day in enumerate(SESSIONS)}
    bars = {day: (close, close, close, close, 1000 + 10 * at) for at, (day, close) in enumerate(closes_of.items())}
    lake = lake_at(tmp_path)
    keep(lake, Vendor(bars).answer(before), FIRST)
    rebased = {day: (*(price / 1.01 for price in bar[:4]), bar[4]) for day, bar in bars.items()}
    keep(lake, Vendor(rebased).answer(MISSED[2]), FIRST)
    assert actions(lake) == [(MISSED[2], "unlisted_adjustment", 1.01)]
    told = pytest.approx(closes_of[MISSED[2]] / 1.01, abs=1e-4)
    assert closes(lake) == {day: close for day, close in closes_of.items() if day < MISSED[2]} | {MISSED[2]: told}


@pytest.mark.parametrize(
    ("factor", "first", "missed"),
    [
        # 2.50 / 1.25 is 2.00, a tick; 2.51 / 1.25 is 2.008, and none.
        (1.25, 2.6, {MISSED[0]: (2.5, 2.5, 2.5, 2.5), MISSED[1]: (2.51, 2.51, 2.51, 2.51)}),
        # Ticks are 0.2 above 100, and 0.05 below: what was printed is a tick of the price, not of the close.
        (1.02, 104.0, dict.fromkeys(MISSED[:2], (100.4, 100.4, 99.85, 100.4))),
    ],
    ids=["ticks either way", "two bands"],
)
def test_a_rebase_of_a_missed_night_is_dated_after_all_bars_of_which_some_prices_speak_for_it(
    tmp_path, factor, first, missed
):
    prices = {day: (round(first * (1 + number % 8 / 130), 2),) * 4 for number, day in enumerate(SESSIONS)} | missed
    bars = {day: (*four, 1000 + 10 * number) for number, (day, four) in enumerate(prices.items())}
    lake = lake_at(tmp_path)
    keep(lake, Vendor(bars).answer(BEFORE), FIRST)
    keep(lake, Vendor(bars, rebases=[Event(MISSED[-1], factor)]).answer(MISSED[-1]), FIRST)
    assert actions(lake) == [(MISSED[-1], "unlisted_adjustment", factor)]
    assert closes(lake) == {day: bar[3] for day, bar in bars.items() if day <= MISSED[-1]}


def test_a_bar_of_tonight_that_looks_rebased_after_stored_ones_that_agree_dates_nothing(tmp_path):
    closes_of = {day: round(101 + 2.4 * (number % 8), 1) for number, day in enumerate(SESSIONS)}
    bars = {day: (close, close, close, close, 1000 + 10 * at) for at, (day, close) in enumerate(closes_of.items())}
    lake = lake_at(tmp_path)
    keep(lake, Vendor(bars).answer(MISSED[1]), FIRST)
    tonight = {day: (*(price / 1.02 for price in bar[:4]), bar[4]) for day, bar in bars.items() if day == MISSED[2]}
    _, stored = keep(lake, Vendor(bars | tonight, rebases=[Event(EX_DATE, 1.02)]).answer(MISSED[2]), FIRST)
    assert stored.restated_rows == 0
    assert actions(lake) == [(EX_DATE, "unlisted_adjustment", 1.02)]


def test_an_adjustment_whose_factor_the_vendor_changes_is_one_of_the_whole_factor(tmp_path):
    vendor = Vendor(printed(1.25), rebases=[Event(EX_DATE, 1.25)])
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(BEFORE), FIRST)
    keep(lake, vendor.answer(EX_DATE), FIRST)
    vendor.rebases = [Event(EX_DATE, 1.2625)]
    for evening in (date(2022, 5, 18), date(2022, 5, 19), LAST):
        keep(lake, vendor.answer(evening), FIRST)
        ((ex_date, _, value),) = actions(lake)
        assert (ex_date, value) == (EX_DATE, pytest.approx(1.2625, rel=1e-4))
    assert closes(lake) == pytest.approx({day: bar[3] for day, bar in printed(1.25).items()}, rel=1e-4)


def test_a_backfill_before_a_known_rebase_is_as_traded_too(tmp_path):
    vendor = Vendor(printed(1.25), rebases=[Event(EX_DATE, 1.25)])
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(BEFORE), date(2022, 5, 10))
    keep(lake, vendor.answer(EX_DATE), BEFORE)
    _, stored = keep(lake, vendor.answer(LAST), FIRST)
    assert stored.restated_rows == 0
    assert closes(lake) == pytest.approx({day: bar[3] for day, bar in printed(1.25).items()}, rel=1e-4)


@pytest.mark.parametrize("rebases", [[], [Event(EX_DATE, 1.05)]], ids=["not rebased", "rebased too"])
def test_an_adjustment_that_an_official_source_proved_is_undone_only_where_the_vendor_did_it(tmp_path, rebases):
    vendor = Vendor(printed(1.05), rebases=rebases)
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(BEFORE), date(2022, 5, 10))
    keep(lake, vendor.answer(EX_DATE), BEFORE)
    put_official_adjustment(lake, 1.05)
    _, stored = keep(lake, vendor.answer(date(2022, 5, 18)), BEFORE)
    assert (stored.restated_rows, stored.held_rows) == (0, 0)
    _, stored = keep(lake, vendor.answer(LAST), FIRST)
    assert stored.restated_rows == 0
    assert closes(lake) == pytest.approx({day: bar[3] for day, bar in printed(1.05).items()}, rel=1e-4)
    assert actions(lake) == [(EX_DATE, "unlisted_adjustment", 1.05)]
    assert lake.read(ACTIONS, "HK")["source"].tolist()[-1] == "hkex"


def test_bars_that_overlap_with_nothing_are_not_taken_for_rebased_by_an_official_adjustment(tmp_path):
    lake = lake_at(tmp_path)
    keep(lake, Vendor(printed(1.05)).answer(date(2022, 4, 1)), FIRST)
    lake.commit(lake.changes(STOCKS, "HK", lake.read(STOCKS, "HK").assign(symbol="0005.HK")))
    put_official_adjustment(lake, 1.05)
    keep(lake, Vendor(printed(1.05)).answer(LAST), FIRST)
    rows = lake.read(STOCKS, "HK")
    found = dict(rows.loc[rows["symbol"] == SYMBOL, ["trade_date", "close"]].to_numpy())
    assert found == pytest.approx({day: bar[3] for day, bar in printed(1.05).items()})


def put_official_adjustment(lake, value, source="hkex"):
    """As `tasks/settle.py` books it; what the vendor's own prices showed of that day goes."""
    now = datetime(2022, 5, 17, 12, tzinfo=UTC)
    row = {
        **{"symbol": SYMBOL, "ex_date": EX_DATE, "kind": "unlisted_adjustment", "value": value, "currency": None},
        **{"parts": None, "citation": None, "source": source, "asked_at": now, "known_from": now, "known_to": None},
        "run_id": "official",
    }
    lake.commit(lake.changes(ACTIONS, "HK", pd.DataFrame([row])))


def test_prices_rebased_before_the_split_is_reported_wait_as_an_adjustment_that_the_split_replaces(tmp_path):
    vendor = Vendor(printed(2.0), [Event(EX_DATE, 2.0)])
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(BEFORE), FIRST)
    keep(lake, vendor.answer(EX_DATE, told=[]), BEFORE)
    assert [kind for _, kind, _ in actions(lake)] == ["unlisted_adjustment"]
    first = return_on(lake, EX_DATE)
    _, stored = keep(lake, vendor.answer(date(2022, 5, 18)), BEFORE)
    assert stored.restated_rows == 0
    assert actions(lake) == [(EX_DATE, "split", 2.0)]
    assert first == pytest.approx(return_on(lake, EX_DATE), abs=1e-9)
    assert len(lake.read(ACTIONS, "HK")) == 2  # what was known that night can still be shown


def test_a_split_that_is_reported_before_history_is_rebased_changes_no_stored_bar(tmp_path):
    vendor = Vendor(printed(2.0), [Event(EX_DATE, 2.0)])
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(BEFORE), FIRST)
    _, stored = keep(lake, vendor.answer(EX_DATE, done=[]), BEFORE)
    assert (stored.new_rows, stored.restated_rows, stored.held_rows) == (1, 0, 0)
    assert actions(lake) == [(EX_DATE, "split", 2.0)]
    assert return_on(lake, EX_DATE) == pytest.approx(move_of(EX_DATE), abs=1e-3)


def test_a_reported_split_without_its_step_is_held_and_the_bar_is_stored(tmp_path):
    vendor = Vendor(printed())
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(BEFORE), FIRST)
    _, stored = keep(lake, vendor.answer(EX_DATE, told=[Event(EX_DATE, 2.0)]), BEFORE)
    assert (stored.new_rows, stored.restated_rows, stored.held_rows) == (1, 0, 1)
    assert held(lake) == [(EX_DATE, "split_without_step")]
    assert actions(lake) == []
    assert return_on(lake, EX_DATE) == pytest.approx(move_of(EX_DATE), abs=1e-3)
    detail = lake.read(QUARANTINE, "HK")["detail"].iloc[0]
    assert detail.startswith(f"{SYMBOL} {EX_DATE} split_without_step: split 2; opens at ")
    _, stored = keep(lake, vendor.answer(EX_DATE), BEFORE, now=at(EX_DATE) + timedelta(hours=2))
    assert (stored.new_rows, held(lake), held(lake, "cured")) == (0, [], [(EX_DATE, "split_without_step")])


def test_a_split_that_is_told_for_the_day_before_its_step_is_held_and_so_is_the_bar_of_the_step(tmp_path):
    lake, vendor = lake_at(tmp_path), Vendor(printed(2.6))
    keep(lake, vendor.answer(date(2022, 5, 13)), FIRST)
    keep(lake, vendor.answer(EX_DATE, told=[Event(BEFORE, 2.6)]), BEFORE)
    assert held(lake) == [(BEFORE, "split_without_step"), (EX_DATE, "step_beside_event")]


def test_a_step_by_half_without_an_event_is_held_until_the_split_is_reported(tmp_path):
    vendor = Vendor(printed(2.0), [Event(EX_DATE, 2.0)])
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(BEFORE), FIRST)
    keep(lake, vendor.answer(EX_DATE, told=[], done=[]), BEFORE)
    assert held(lake) == [(EX_DATE, "step_without_event")]
    keep(lake, vendor.answer(date(2022, 5, 18)), BEFORE)
    assert (held(lake), held(lake, "cured")) == ([], [(EX_DATE, "step_without_event")])
    assert return_on(lake, EX_DATE) == pytest.approx(move_of(EX_DATE), abs=1e-3)


def test_a_split_booked_on_two_neighbouring_days_counts_once(tmp_path):
    vendor = Vendor(printed(2.0), [Event(EX_DATE, 2.0)])
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(BEFORE), FIRST)
    twice = [Event(EX_DATE, 2.0), Event(date(2022, 5, 18), 2.0)]
    _, stored = keep(lake, vendor.answer(date(2022, 5, 18), told=twice), BEFORE)
    assert (stored.restated_rows, stored.held_rows) == (0, 0)
    assert actions(lake) == [(EX_DATE, "split", 2.0)]
    assert held(lake, "warned") == [(date(2022, 5, 18), "booked_twice")]


@pytest.mark.parametrize("ratio", [5.0, 1.05])  # the second is too small for its step to tell
@pytest.mark.parametrize("moved_to", [date(2022, 5, 13), BEFORE, date(2022, 5, 18)])
def test_a_split_told_for_another_day_than_that_of_the_bars_of_their_own_evenings_moves_none_of_them(
    tmp_path, ratio, moved_to
):
    vendor, lake = Vendor(printed(ratio), [Event(EX_DATE, ratio)]), lake_at(tmp_path)
    for day in SESSIONS[-8:-2]:
        keep(lake, vendor.answer(day), FIRST)
    for day in SESSIONS[-2:]:
        keep(lake, vendor.answer(day, told=[Event(moved_to, ratio)]), FIRST)
    assert closes(lake) == {day: pytest.approx(bar[3], rel=1e-4) for day, bar in vendor.bars.items()}
    assert actions(lake) == [(EX_DATE, "split", ratio)]
    assert held(lake) == [(moved_to, "split_without_step")]


def test_a_dividend_that_the_vendor_moves_by_a_day_is_one_dividend(tmp_path):
    lake = lake_at(tmp_path)
    keep(lake, Vendor(printed(), dividends=[Event(BEFORE, 0.5)]).answer(EX_DATE), FIRST)
    keep(lake, Vendor(printed(), dividends=[Event(EX_DATE, 0.5)]).answer(date(2022, 5, 18)), FIRST)
    assert actions(lake) == [(EX_DATE, "dividend", 0.5)]


@pytest.mark.parametrize("ratio", [2.0, 5.0, 0.1])
def test_a_split_whose_bar_of_the_day_before_is_told_in_other_shares_stays(tmp_path, ratio):
    split = [Event(EX_DATE, ratio)]
    lake = lake_at(tmp_path)
    keep(lake, Vendor(printed(ratio), split).answer(EX_DATE), FIRST)
    *prices, volume = printed(ratio)[BEFORE]
    undivided = printed(ratio) | {BEFORE: (*(price * ratio for price in prices), round(volume / ratio))}
    keep(lake, Vendor(undivided, split).answer(date(2022, 5, 18)), FIRST)
    assert actions(lake) == [(EX_DATE, "split", ratio)]
    assert [day for day, _ in held(lake)] == [BEFORE]
    assert return_on(lake, EX_DATE) == pytest.approx(move_of(EX_DATE), abs=1e-3)


def test_a_split_that_comes_with_the_right_bar_of_its_day_is_believed_though_a_wrong_one_is_stored(tmp_path):
    split = [Event(EX_DATE, 2.0)]
    lake = lake_at(tmp_path)
    keep(lake, Vendor(walk(SYMBOL, HK, FIRST, LAST)).answer(EX_DATE), FIRST)
    keep(lake, Vendor(printed(2.0), split).answer(date(2022, 5, 18)), FIRST)
    assert actions(lake) == [(EX_DATE, "split", 2.0)]
    assert closes(lake)[EX_DATE] == pytest.approx(printed(2.0)[EX_DATE][3], rel=1e-4)


def test_an_answer_rebased_to_its_last_stored_bar_changes_nothing_and_is_warned_of(tmp_path):
    vendor = Vendor(printed())
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(EX_DATE), FIRST)
    rebased = Vendor({day: (*(price / 1.25 for price in bar[:4]), bar[4]) for day, bar in printed().items()})
    _, stored = keep(lake, rebased.answer(EX_DATE), FIRST, now=at(EX_DATE) + timedelta(hours=1))
    assert (stored.new_rows, stored.restated_rows, stored.held_rows) == (0, 0, 0)
    assert actions(lake) == []
    assert held(lake, "warned") == [(EX_DATE, "undated_rebase")]


def test_a_rebase_that_the_vendor_takes_back_is_withdrawn(tmp_path):
    lake = lake_at(tmp_path)
    keep(lake, Vendor(printed()).answer(BEFORE), FIRST)
    low = Vendor({day: (*(price * 0.95 for price in bar[:4]), bar[4]) for day, bar in printed().items()})
    _, stored = keep(lake, low.answer(EX_DATE), BEFORE)
    assert (stored.restated_rows, [kind for _, kind, _ in actions(lake)]) == (0, ["unlisted_adjustment"])
    _, stored = keep(lake, Vendor(printed()).answer(date(2022, 5, 18)), BEFORE)
    assert (stored.new_rows, stored.restated_rows, actions(lake)) == (1, 1, [])
    assert closes(lake) == {day: bar[3] for day, bar in printed().items() if day <= date(2022, 5, 18)}


def test_one_corrected_bar_is_a_restatement_and_a_wobble_in_the_seventh_digit_is_nothing(tmp_path):
    lake = lake_at(tmp_path)
    keep(lake, Vendor(printed()).answer(BEFORE), FIRST)
    opened, high, low, close, volume = printed()[date(2022, 5, 12)]
    corrected = printed() | {date(2022, 5, 12): (opened, high, low, round(close - 0.1, 2), volume)}
    wobbling = {day: (*(price * (1 + 1e-7) for price in bar[:4]), bar[4]) for day, bar in corrected.items()}
    _, stored = keep(lake, Vendor(wobbling).answer(EX_DATE), FIRST)
    assert (stored.new_rows, stored.restated_rows) == (1, 1)
    assert closes(lake)[date(2022, 5, 12)] == pytest.approx(close - 0.1)


def another_company(bars):
    return {day: (*(price * (2 + at % 5) for price in bar[:4]), bar[4]) for at, (day, bar) in enumerate(bars.items())}


def a_session_late(bars):
    return {day: bars[before] for before, day in pairwise(SESSIONS)}


def dividends_taken_off(bars):
    third = len(SESSIONS) // 3
    taken = {day: 0.97 if at < third else 0.985 if at < 2 * third else 1.0 for at, day in enumerate(SESSIONS)}
    return {day: (*(price * taken[day] for price in bar[:4]), bar[4]) for day, bar in bars.items()}


def in_cents(bars):
    return {day: (*(price * 100 for price in bar[:4]), bar[4]) for day, bar in bars.items()}


@pytest.mark.parametrize("wrong", [another_company, a_session_late, dividends_taken_off, in_cents])
def test_an_answer_that_shows_another_history_changes_nothing_and_the_next_good_one_is_taken(tmp_path, wrong):
    lake, bars = lake_at(tmp_path), printed()
    keep(lake, Vendor(bars).answer(BEFORE), FIRST)
    before = closes(lake)
    _, stored = keep(lake, Vendor(wrong(bars)).answer(EX_DATE), FIRST)
    assert (stored.new_rows, stored.restated_rows) == (0, 0)
    assert (closes(lake), actions(lake)) == (before, [])
    assert (EX_DATE, "history_agrees") in held(lake)
    _, stored = keep(lake, Vendor(bars).answer(EX_DATE), FIRST, now=at(EX_DATE) + timedelta(hours=1))
    assert closes(lake) == {day: bar[3] for day, bar in bars.items() if day <= EX_DATE}
    assert (EX_DATE, "history_agrees") not in held(lake)


def test_a_stored_day_that_an_answer_showed_otherwise_is_settled_though_the_next_good_one_reaches_back_to_it_no_more(
    tmp_path,
):
    lake, bars = lake_at(tmp_path), printed()
    oldest, first, next_first = SESSIONS[2], SESSIONS[12], SESSIONS[13]
    keep(lake, Vendor(bars).answer(BEFORE), first)
    keep(lake, Vendor(in_cents(bars)).answer(EX_DATE), first)
    assert (oldest, "history_agrees") in held(lake)
    keep(lake, Vendor(in_cents(bars)).answer(SESSIONS[-3]), next_first)
    assert (oldest, "history_agrees") in held(lake)
    keep(lake, Vendor(bars).answer(SESSIONS[-2]), SESSIONS[14])
    assert held(lake) == []
    assert closes(lake)[oldest] == bars[oldest][3]


@pytest.mark.parametrize("asked_on", [EX_DATE, date(2022, 5, 18)])
@pytest.mark.parametrize("kind", ["dividend", "split"])
def test_a_run_over_older_days_takes_no_event_after_them_back(tmp_path, asked_on, kind):
    told = {"dividends": [Event(EX_DATE, 0.5)]} if kind == "dividend" else {"splits": [Event(EX_DATE, 1.05)]}
    vendor = Vendor(printed(1.05 if kind == "split" else 1.0), **told)
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(EX_DATE), EX_DATE)
    before = actions(lake)
    assert [row[1] for row in before] == [kind]
    for hour in (1, 2, 3):
        now = at(asked_on) + timedelta(days=hour)
        keep(lake, vendor.answer(now.date()), date(2022, 4, 20), date(2022, 5, 6), now)
    assert actions(lake) == before


def test_evenings_over_older_days_are_none_on_which_a_later_event_was_not_told(tmp_path):
    told, silent = (Vendor(printed(1.0), dividends=events) for events in ([Event(EX_DATE, 0.5)], []))
    lake = lake_at(tmp_path)
    for day in (EX_DATE, date(2022, 5, 18)):
        keep(lake, told.answer(day), EX_DATE)
    for hour in (1, 2, 3):  # of which the answers look away from all that comes after the window
        now = at(date(2022, 5, 18)) + timedelta(days=hour)
        keep(lake, silent.answer(now.date()), date(2022, 4, 20), date(2022, 5, 6), now)
    keep(lake, silent.answer(date(2022, 5, 24)), EX_DATE, date(2022, 5, 24))
    assert [row[1] for row in actions(lake)] == ["dividend"]  # one evening of silence, of the three that it takes


PAID = date(2022, 5, 4)  # before the split of the fixture


def test_the_parts_of_a_dividend_before_a_split_are_those_that_were_paid(tmp_path):
    paid = [Event(PAID, 0.25), Event(PAID, 0.15)]  # 0.50 and 0.30, as a vendor tells them after a split of 2 for 1
    lake = lake_at(tmp_path)
    keep(lake, Vendor(printed(2.0), [Event(EX_DATE, 2.0)], dividends=paid).answer(LAST), PAID)
    stored = lake.read(ACTIONS, "HK")
    stored = stored[stored["kind"] == "dividend"]
    assert (list(stored["value"]), list(stored["parts"])) == ([0.8], ["0.5 + 0.3"])


def test_a_dividend_that_is_released_after_a_split_is_what_was_paid(tmp_path):
    paid = [Event(PAID, 0.25), Event(PAID, 0.225)]  # gross and net of tax
    lake = lake_at(tmp_path)
    keep(lake, Vendor(printed(2.0), [Event(EX_DATE, 2.0)], dividends=paid).answer(LAST), PAID)
    rows = lake.read(QUARANTINE, "HK")
    decision = Decision("me", "gross", at(LAST) + timedelta(hours=1), "r", FACTS)
    release(lake, named(lake, list(rows.loc[rows["rule"] == "told_twice", "id"]), decision), decision)
    assert [row for row in actions(lake) if row[1] == "dividend"] == [(PAID, "dividend", 0.5)]


def test_an_adjustment_that_a_person_s_own_split_explains_was_that_split(tmp_path):
    vendor = Vendor(printed(2.0), [Event(EX_DATE, 2.0)])
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(BEFORE), FIRST)
    keep(lake, vendor.answer(EX_DATE, told=[]), BEFORE)
    told = {"symbol": SYMBOL, "ex_date": EX_DATE, "kind": "split", "value": 2.0, "source": "company"}
    given = [told | {"currency": None, "parts": None, "citation": "company"}]
    evening = date(2022, 5, 18)
    lake.commit(local_changes(lake, FACTS, given, at(evening), "by hand"))
    for day in (evening, date(2022, 5, 19)):
        _, stored = keep(lake, vendor.answer(day, told=[]), BEFORE)
        assert stored.restated_rows == 0
        assert actions(lake) == [(EX_DATE, "split", 2.0)]
    assert return_on(lake, EX_DATE) == pytest.approx(move_of(EX_DATE), abs=1e-4)


@pytest.mark.parametrize("source", ["hkex", "their_exchange"])
def test_an_adjustment_that_a_print_showed_goes_when_the_vendor_tells_its_split(tmp_path, monkeypatch, source):
    information = tmp_path / "theirs-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[afterclose.official_sources]\ntheir_exchange = theirs:EXCHANGE\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    vendor = Vendor(printed(2.0), [Event(EX_DATE, 2.0)])
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(BEFORE), FIRST)
    keep(lake, vendor.answer(EX_DATE, told=[], done=[]), BEFORE)
    put_official_adjustment(lake, 1.9998, source)
    keep(lake, vendor.answer(date(2022, 5, 18), told=[], done=[]), BEFORE)
    assert [kind for _, kind, _ in actions(lake)] == ["unlisted_adjustment"]
    for day in (date(2022, 5, 19), LAST):
        keep(lake, vendor.answer(day), BEFORE)
        assert actions(lake) == [(EX_DATE, "split", 2.0)]
    assert return_on(lake, EX_DATE) == pytest.approx(move_of(EX_DATE), abs=1e-4)


@pytest.mark.parametrize(
    ("first", "then", "in_the_end"), [(None, "USD", "USD"), ("CNY", "USD", "USD"), ("USD", None, "USD")]
)
def test_a_dividend_whose_other_currency_is_told_later_is_restated_and_silence_changes_none(
    tmp_path, first, then, in_the_end
):
    lake = lake_at(tmp_path)
    for day, currency in ((EX_DATE, first), (date(2022, 5, 18), then)):
        vendor = Vendor(printed(), dividends=[Event(EX_DATE, 2.0, currency)])
        keep(lake, vendor.answer(day), BEFORE)
    rows = lake.read(ACTIONS, "HK")
    assert rows.loc[rows["known_to"].isna(), ["value", "currency"]].to_numpy().tolist() == [[2.0, in_the_end]]


@pytest.mark.parametrize("told_by", ["a vendor that tells its split later", "a person alone"])
def test_a_backfill_of_an_older_year_sees_in_the_newest_bars_what_is_in_the_prices(tmp_path, told_by):
    is_split = told_by != "a person alone"
    older = walk(SYMBOL, HK, date(2021, 12, 1), date(2021, 12, 31))
    vendor = Vendor(older | printed(2.0 if is_split else 1.0), [Event(EX_DATE, 2.0)] if is_split else [])
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(BEFORE), FIRST)
    keep(lake, vendor.answer(EX_DATE, told=[]), BEFORE)
    if not is_split:
        told = {"symbol": SYMBOL, "ex_date": EX_DATE, "kind": "unlisted_adjustment", "value": 1.05, "source": "x"}
        given = [told | {"currency": None, "parts": None, "citation": "x"}]
        lake.commit(local_changes(lake, FACTS, given, at(EX_DATE), "by hand"))
    keep(lake, vendor.answer(EX_DATE, told=[]), date(2021, 12, 15), date(2021, 12, 31), at(date(2022, 5, 18)))
    for day in (date(2022, 5, 18), date(2022, 5, 19)):
        keep(lake, vendor.answer(day), BEFORE)
    stored = lake.read(STOCKS, "HK", {2021})
    stored = stored[stored["known_to"].isna()]
    assert len(stored) > 10
    assert stored["close"].tolist() == pytest.approx([older[day][3] for day in stored["trade_date"]], rel=1e-4)
    assert stored["volume"].tolist() == [older[day][4] for day in stored["trade_date"]]


def test_volumes_that_one_answer_tells_otherwise_come_back_with_the_next_also_before_a_split(tmp_path):
    # 1.3 times what was dealt in is nearer to a split of 1.1 that was left alone than to one that was done.
    vendor = Vendor(printed(1.1), [Event(EX_DATE, 1.1)])
    lake = lake_at(tmp_path)
    for day in (BEFORE, EX_DATE):
        keep(lake, vendor.answer(day), FIRST)
    said = vendor.answer(date(2022, 5, 18))
    keep(lake, replace(said, volume=[round(volume * 1.3) for volume in said.volume]), FIRST)
    keep(lake, vendor.answer(date(2022, 5, 19)), FIRST)
    rows = lake.read(STOCKS, "HK")
    rows = rows[rows["known_to"].isna()]
    assert rows["volume"].tolist() == pytest.approx([vendor.bars[day][4] for day in rows["trade_date"]], abs=2)


def test_a_split_whose_volumes_the_vendor_leaves_alone_changes_no_stored_volume(tmp_path):
    vendor = Vendor(printed(5.0), [Event(EX_DATE, 5.0)])
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(BEFORE), FIRST)
    for day in (EX_DATE, date(2022, 5, 18)):
        said = vendor.answer(day)
        left = [vendor.bars[each][4] for each in said.trade_date]
        _, stored = keep(lake, replace(said, volume=left), BEFORE)
        assert (stored.restated_rows, stored.held_rows) == (0, 0)
    rows = lake.read(STOCKS, "HK")
    assert rows["volume"].tolist() == [vendor.bars[day][4] for day in rows["trade_date"]]


def test_an_answer_less_a_dividend_that_is_known_is_held_and_books_no_adjustment_beside_it(tmp_path):
    bars, paid = printed(), 4.0
    lake = lake_at(tmp_path)
    keep(lake, Vendor(bars, dividends=[Event(EX_DATE, paid)]).answer(EX_DATE), FIRST)
    ratio = 1 - paid / bars[BEFORE][3]
    # Of a few days before it and of many since: most bars agree.
    asked = [day for day in bars if day >= date(2022, 5, 12)]
    less = {day: (*(price * (ratio if day < EX_DATE else 1) for price in bars[day][:4]), bars[day][4]) for day in asked}
    dividend = [Event(EX_DATE, paid)]
    _, stored = keep(lake, Vendor(less, dividends=dividend).answer(date(2022, 5, 18)), date(2022, 5, 12))
    assert (stored.new_rows, stored.restated_rows) == (0, 0)
    assert actions(lake) == [(EX_DATE, "dividend", paid)]
    assert (date(2022, 5, 13), "history_agrees") in held(lake)
    keep(lake, Vendor(bars, dividends=dividend).answer(LAST), FIRST)
    assert closes(lake) == {day: bar[3] for day, bar in bars.items()}
    assert held(lake) == []


def test_a_dividend_that_is_divided_by_a_split_not_told_yet_stays_what_was_paid(tmp_path):
    paid = Event(date(2022, 4, 20), 1.0)
    vendor = Vendor(printed(2.0), [Event(EX_DATE, 2.0)], dividends=[paid])
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(BEFORE), FIRST)
    vendor.dividends = [Event(paid.ex_date, 0.5)]
    for day in (EX_DATE, date(2022, 5, 18)):
        keep(lake, vendor.answer(day, told=[]), FIRST)
    keep(lake, vendor.answer(LAST), FIRST)
    assert actions(lake) == [(paid.ex_date, "dividend", 1.0), (EX_DATE, "split", 2.0)]
    assert lake.read(ACTIONS, "HK")["kind"].tolist().count("dividend") == 1


def test_a_history_whose_volumes_are_in_lots_since_tonight_restates_none_of_them(tmp_path):
    bars = printed()
    lake = lake_at(tmp_path)
    keep(lake, Vendor(bars).answer(BEFORE), FIRST)
    in_lots = {day: (*bar[:4], bar[4] // 100) for day, bar in bars.items()}
    _, stored = keep(lake, Vendor(in_lots).answer(EX_DATE), FIRST)
    assert (stored.new_rows, stored.restated_rows) == (0, 0)
    assert (EX_DATE, "history_agrees") in held(lake)
    keep(lake, Vendor(bars).answer(date(2022, 5, 18)), FIRST)
    rows = lake.read(STOCKS, "HK")
    assert rows["volume"].tolist() == [bars[day][4] for day in rows["trade_date"]]


@pytest.mark.parametrize("order", ["the vendor first", "the person first"])
def test_a_dividend_that_a_person_dates_a_day_beside_the_vendor_s_is_one_and_the_vendor_s_again_without_it(
    tmp_path, order
):
    vendor = Vendor(printed(), dividends=[Event(EX_DATE, 1.0)])
    theirs = {"symbol": SYMBOL, "ex_date": BEFORE, "kind": "dividend", "value": 1.0, "source": "a notice"}
    given = [theirs | {"currency": "HKD", "parts": None, "citation": "a notice"}]
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(BEFORE), FIRST)
    steps = [
        lambda: keep(lake, vendor.answer(EX_DATE), FIRST),
        lambda: lake.commit(local_changes(lake, FACTS, given, at(EX_DATE) + timedelta(hours=1), "by hand")),
    ]
    for step in steps if order == "the vendor first" else steps[::-1]:
        step()
        assert len(actions(lake)) == 1
    keep(lake, vendor.answer(date(2022, 5, 18)), FIRST)
    assert actions(lake) == [(BEFORE, "dividend", 1.0)]
    lake.commit(local_changes(lake, FACTS, [], at(date(2022, 5, 18)) + timedelta(hours=1), "by hand"))
    if order == "the person first":
        keep(lake, vendor.answer(date(2022, 5, 19)), FIRST)
    assert actions(lake) == [(EX_DATE, "dividend", 1.0)]


def test_equal_dividends_of_neighbouring_days_are_two_where_a_person_gives_both(tmp_path):
    paid = [Event(day, 0.5) for day in MISSED[:2]]
    vendor, lake = Vendor(printed(), dividends=paid), lake_at(tmp_path)
    keep(lake, vendor.answer(MISSED[1]), FIRST)
    assert actions(lake) == [(MISSED[0], "dividend", 0.5)]
    assert held(lake, "warned") == [(MISSED[1], "booked_twice")]
    row = {"symbol": SYMBOL, "kind": "dividend", "currency": "HKD", "parts": None, "citation": "a notice"}
    given = [row | {"ex_date": event.ex_date, "value": event.value} for event in paid]
    lake.commit(local_changes(lake, FACTS, given, at(MISSED[1]) + timedelta(hours=1), "run 2"))
    keep(lake, vendor.answer(MISSED[2]), FIRST)
    assert actions(lake) == [(event.ex_date, "dividend", 0.5) for event in paid]


def test_a_dividend_that_stands_beside_a_person_s_in_an_older_lake_goes_with_the_next_answer(tmp_path):
    vendor = Vendor(printed(), dividends=[Event(EX_DATE, 1.0)])
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(EX_DATE), FIRST)
    rows = lake.read(ACTIONS, "HK")
    theirs = rows.assign(ex_date=BEFORE, source="local", citation="a notice")
    lake.commit(lake.changes(ACTIONS, "HK", pd.concat([rows, theirs])))
    assert len(actions(lake)) == 2
    keep(lake, vendor.answer(date(2022, 5, 18)), FIRST)
    assert actions(lake) == [(BEFORE, "dividend", 1.0)]


def test_what_the_vendor_has_taken_back_since_does_not_come_back_with_a_person_s_row(tmp_path):
    vendor = Vendor(printed(), dividends=[Event(BEFORE, 1.0)])
    theirs = {"symbol": SYMBOL, "ex_date": BEFORE, "kind": "dividend", "value": 1.1, "source": "a notice"}
    given = [theirs | {"currency": "HKD", "parts": None, "citation": "a notice"}]
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(BEFORE), FIRST)
    hours = iter(range(1, 9))

    def say(rows, day=EX_DATE):
        lake.commit(local_changes(lake, FACTS, rows, at(day) + timedelta(hours=next(hours)), "by hand"))

    say(given)
    say([])
    assert actions(lake) == [(BEFORE, "dividend", 1.0)]
    vendor.dividends = []
    keep(lake, vendor.answer(date(2022, 5, 18)), FIRST)
    assert actions(lake) == []
    say(given, LAST)
    say([], LAST)
    assert actions(lake) == []


def test_a_bar_that_a_person_rejected_is_not_held_anew_once_a_split_gives_it_other_decimals(tmp_path):
    bars = printed(3.0)
    close = bars[date(2022, 5, 12)][3]
    bars[date(2022, 5, 12)] = (*(round(price * 2.17, 4) for price in bars[date(2022, 5, 12)][:3]), close, 1000)
    vendor = Vendor(bars, [Event(EX_DATE, 3.0)])
    lake = lake_at(tmp_path)
    keep(lake, vendor.answer(BEFORE), FIRST)
    ((day, _),) = held(lake)
    decision = Decision("me", None, at(BEFORE) + timedelta(hours=1), "by hand", FACTS)
    with lake.writing(0, "test"):
        reject(lake, matching(lake, decision, symbol=SYMBOL), decision)
    said = vendor.answer(EX_DATE)
    rounded = {name: [round(price, 4) for price in getattr(said, name)] for name in ("open", "high", "low", "close")}
    keep(lake, replace(said, **rounded), FIRST)
    assert held(lake) == []
    assert held(lake, "rejected") == [(day, "close_within_range")]
