from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tasks.sources.registry import rank_of
from warehouse.lake.schema import ACTIONS
from warehouse.lake.versions import merge, next_instant

pytestmark = pytest.mark.slow

START = datetime(2022, 5, 17, 9, 0, tzinfo=UTC)
DAY = date(2022, 5, 17)
TOLERANCE = 0.25  # values lie on whole numbers
KEY = list(ACTIONS.key)
SYMBOLS = ("0001.HK", "0002.HK", "0003.HK")
VALUES = st.integers(1, 4).map(float)
A_FEW = settings(deadline=None, max_examples=40, database=None, phases=[Phase.generate, Phase.shrink])

one_answer = st.dictionaries(st.sampled_from(SYMBOLS), VALUES, min_size=1)
series_of_answers = st.lists(one_answer, min_size=1, max_size=4)


def nothing():
    return ACTIONS.schema.empty_table().to_pandas()


def as_the_lake_gives_it(rows):
    return pa.Table.from_pandas(rows, ACTIONS.schema, preserve_index=False).to_pandas()


def frame_of(answer, asked_at, source="yahoo"):
    return pd.DataFrame(
        [
            {
                "symbol": symbol,
                "ex_date": DAY,
                "kind": "dividend",
                "value": value,
                "currency": "HKD",
                "parts": None,
                "citation": None,
                "source": source,
                "asked_at": asked_at,
            }
            for symbol, value in answer.items()
        ]
    )


def minutes(count):
    return START + timedelta(minutes=count)


def take(stored, incoming, now, last_answers=None):
    tolerance = {"value": pd.Series(TOLERANCE, incoming.index)}
    instant = next_instant(now, stored)
    result = merge(stored, incoming, KEY, tolerance, instant, f"run at {now}", rank_of, last_answers)
    return replace(result, rows=as_the_lake_gives_it(result.rows))


def current(rows):
    held = rows[rows["known_to"].isna()]
    assert held["symbol"].is_unique
    return dict(zip(held["symbol"], held["value"], strict=True))


def known_at(rows, instant):
    visible = rows[(rows["known_from"] <= instant) & (rows["known_to"].isna() | (rows["known_to"] > instant))]
    assert visible["symbol"].is_unique
    return sorted(visible[["symbol", "value", "known_from", "run_id"]].itertuples(index=False, name=None))


def arrive(answers, order):
    """Take answers, asked a minute apart in their own order, in the order of their arrival."""
    stored, last = nothing(), {}
    for turn, place in enumerate(order):
        known = pd.Series(last, dtype="datetime64[us, UTC]")
        stored = take(stored, frame_of(answers[place], minutes(place)), minutes(100 + turn), known).rows
        last |= {symbol: max(minutes(place), last.get(symbol, START)) for symbol in answers[place]}
    return stored


orders = series_of_answers.flatmap(lambda answers: st.tuples(st.just(answers), st.permutations(range(len(answers)))))


@A_FEW
@given(series_of_answers, one_answer)
def test_storing_twice_is_storing_once(before, answer):
    stored = arrive(before, range(len(before)))
    incoming = frame_of(answer, minutes(50))
    once = take(stored, incoming, minutes(200))
    twice = take(once.rows, incoming, minutes(201))
    assert (twice.added, twice.restated) == (0, 0)
    pd.testing.assert_frame_equal(twice.rows, once.rows)


@A_FEW
@given(series_of_answers)
def test_answers_in_the_order_of_asking_end_in_the_last_value_of_each(answers):
    expected = {symbol: value for answer in answers for symbol, value in answer.items()}
    assert current(arrive(answers, range(len(answers)))) == expected


@A_FEW
@given(orders)
def test_any_order_of_arrival_ends_in_the_same_current_values(answers_and_order):
    answers, order = answers_and_order
    expected = {symbol: value for answer in answers for symbol, value in answer.items()}
    assert current(arrive(answers, order)) == expected


@A_FEW
@given(st.permutations(range(5)))
def test_answers_that_all_differ_end_alike_in_any_order_of_arrival(order):
    answers = [{"0001.HK": float(value)} for value in (10, 20, 30, 40, 50)]
    assert current(arrive(answers, order)) == {"0001.HK": 50.0}


@A_FEW
@given(st.lists(st.tuples(one_answer, st.sampled_from(["yahoo", "simulated"])), max_size=6))
def test_what_was_known_at_an_instant_stays_known(arrivals):
    stored, seen = nothing(), []
    for turn, (answer, source) in enumerate(arrivals):
        stored = take(stored, frame_of(answer, minutes(turn), source), minutes(2 * turn)).rows
        seen += [(at, known_at(stored, at)) for at in (minutes(2 * turn), minutes(2 * turn + 1))]
    for instant, rows in seen:
        assert known_at(stored, instant) == rows


@A_FEW
@given(st.lists(st.tuples(one_answer, st.integers(-3, 3)), max_size=6))
def test_what_a_commit_made_known_stays_known_though_the_clock_stands_leaps_or_goes_back(arrivals):
    stored, seen = nothing(), {}
    for turn, (answer, drift) in enumerate(arrivals):
        now = minutes(turn + drift)
        instant = next_instant(now, stored)
        result = take(stored, frame_of(answer, minutes(turn)), now)
        stored = result.rows
        if result.added or result.restated:
            assert instant not in seen
            seen[instant] = known_at(stored, instant)
    for instant, rows in seen.items():
        assert known_at(stored, instant) == rows


@A_FEW
@given(orders)
def test_versions_of_a_key_follow_each_other_without_gap_or_overlap(answers_and_order):
    stored = arrive(*answers_and_order)
    for _, versions in stored.sort_values("known_from").groupby("symbol"):
        assert versions["known_to"].tolist()[:-1] == versions["known_from"].tolist()[1:]
        assert pd.isna(versions["known_to"].iloc[-1])
        assert (versions["known_from"].diff().dropna() > timedelta(0)).all()


@A_FEW
@given(orders)
def test_no_row_is_lost_and_every_new_one_is_counted(answers_and_order):
    answers, order = answers_and_order
    stored = nothing()
    for turn, place in enumerate(order):
        result = take(stored, frame_of(answers[place], minutes(place)), minutes(100 + turn))
        assert len(result.rows) == len(stored) + result.added + result.restated
        assert result.rows["known_to"].notna().sum() == stored["known_to"].notna().sum() + result.restated
        stored = result.rows


@A_FEW
@given(one_answer, st.dictionaries(st.sampled_from(SYMBOLS), st.sampled_from([-0.2, 0.0, 0.2]), min_size=1))
def test_a_wobble_changes_nothing_however_often_it_comes(answer, wobble):
    stored = take(nothing(), frame_of(answer, minutes(0)), minutes(1)).rows
    rows = stored
    for turn in range(3):
        moved = {symbol: value + wobble.get(symbol, 0.0) * (-1) ** turn for symbol, value in answer.items()}
        rows = take(rows, frame_of(moved, minutes(10 + turn)), minutes(20 + turn)).rows
    pd.testing.assert_frame_equal(rows, stored)
