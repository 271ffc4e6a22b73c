from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from tasks.sources.registry import rank_of
from warehouse.lake.lake import Lake
from warehouse.lake.schema import STOCKS
from warehouse.lake.versions import merge, next_instant

MONDAY, TUESDAY = date(2022, 5, 16), date(2022, 5, 17)
FIRST, SECOND, THIRD = (datetime(2022, 5, day, 9, 0, tzinfo=UTC) for day in (18, 19, 20))
KEY = ["trade_date", "symbol"]


def answers(*changes):
    """Incoming bars; each is the same bar but for the given values."""
    usual = {
        "symbol": "0700.HK",
        "trade_date": TUESDAY,
        "open": 100.0,
        "high": 102.0,
        "low": 98.0,
        "close": 101.0,
        "volume": 1000,
        "currency": "HKD",
        "split_factor": 1.0,
        "trading_state": "traded",
        "basis": "history",
        "close_kind": None,
        "halted_at_close": None,
        "fill_factor": None,
        "source": "yahoo",
        "asked_at": FIRST,
    }
    frame = pd.DataFrame([usual | change for change in changes])
    return frame.astype(dict.fromkeys(["open", "high", "low", "close"], "float64") | {"volume": "Int64"})


def merged(stored, incoming, known_from, run_id="run", **more):
    tolerance = {"close": pd.Series(0.05, incoming.index), "volume": pd.Series(1.5, incoming.index)}
    return merge(stored, incoming, KEY, tolerance, known_from, run_id, rank_of, **more)


@pytest.fixture
def empty(tmp_path):
    return Lake(tmp_path).read(STOCKS, "HK")


@pytest.fixture
def stored(empty):
    return merged(empty, answers({}), FIRST, "first").rows


def versions(merge_result):
    """(close, known_from, known_to) of all rows, by the instant they were known from."""
    rows = merge_result.rows.sort_values("known_from", kind="stable")
    return [
        (row.close, row.known_from.to_pydatetime(), None if pd.isna(row.known_to) else row.known_to.to_pydatetime())
        for row in rows.itertuples()
    ]


def test_first_bars_are_added_as_current(empty):
    result = merged(empty, answers({}, {"trade_date": MONDAY, "close": 99.0}), FIRST, "first")
    assert (result.added, result.restated) == (2, 0)
    assert versions(result) == [(101.0, FIRST, None), (99.0, FIRST, None)]
    assert result.rows["run_id"].tolist() == ["first", "first"]
    assert list(result.rows.columns) == STOCKS.schema.names


def test_a_changed_close_closes_the_old_version_and_opens_the_next(stored):
    result = merged(stored, answers({"close": 101.5, "asked_at": SECOND}), SECOND, "second")
    assert (result.added, result.restated) == (0, 1)
    assert versions(result) == [(101.0, FIRST, SECOND), (101.5, SECOND, None)]
    assert result.rows["run_id"].tolist() == ["first", "second"]


def test_a_changed_volume_is_a_restatement_too(stored):
    result = merged(stored, answers({"volume": 1002, "asked_at": SECOND}), SECOND)
    assert result.restated == 1
    assert result.rows["volume"].tolist() == [1000, 1002]


def test_a_column_without_tolerance_makes_no_version(stored):
    result = merged(stored, answers({"open": 55.0, "basis": "evening", "asked_at": SECOND}), SECOND)
    assert (result.added, result.restated, len(result.rows)) == (0, 0, 1)


@pytest.mark.parametrize("change", [{}, {"close": 101.04}, {"close": 100.96}, {"volume": 1001}, {"volume": 999}])
def test_a_wobble_within_the_tolerance_does_nothing(stored, change):
    result = merged(stored, answers(change | {"asked_at": SECOND}), SECOND)
    assert (result.added, result.restated) == (0, 0)
    assert versions(result) == [(101.0, FIRST, None)]


@pytest.mark.parametrize("close", [101.06, 100.94])
def test_more_than_the_tolerance_is_a_restatement_up_or_down(stored, close):
    assert merged(stored, answers({"close": close, "asked_at": SECOND}), SECOND).restated == 1


def test_each_incoming_row_has_its_own_tolerance(empty):
    before = merged(empty, answers({}, {"symbol": "0005.HK"}), FIRST).rows
    incoming = answers({"close": 101.5}, {"symbol": "0005.HK", "close": 101.5}).assign(asked_at=SECOND)
    incoming.index = [9, 4]
    tolerance = {"close": pd.Series([1.0, 0.1], incoming.index)}
    result = merge(before, incoming, KEY, tolerance, SECOND, "run", rank_of)
    assert result.rows.loc[result.rows["known_to"].notna(), "symbol"].tolist() == ["0005.HK"]


@pytest.mark.parametrize("asked_at", [FIRST - timedelta(seconds=1), FIRST])
def test_an_answer_asked_no_later_does_not_supersede(stored, asked_at):
    result = merged(stored, answers({"close": 55.0, "asked_at": asked_at}), SECOND)
    assert (result.added, result.restated) == (0, 0)
    assert versions(result) == [(101.0, FIRST, None)]


def test_a_lower_ranked_source_does_not_supersede(stored):
    result = merged(stored, answers({"close": 55.0, "asked_at": SECOND, "source": "simulated"}), SECOND)
    assert (result.added, result.restated) == (0, 0)
    assert versions(result) == [(101.0, FIRST, None)]


def test_a_higher_ranked_source_supersedes(empty):
    before = merged(empty, answers({"source": "simulated"}), FIRST).rows
    result = merged(before, answers({"close": 55.0, "asked_at": SECOND}), SECOND)
    assert versions(result) == [(101.0, FIRST, SECOND), (55.0, SECOND, None)]


@pytest.mark.parametrize(
    ("change", "restated"),
    [({"source": "yahoo", "fill_factor": None}, 1), ({"fill_factor": 0.80002}, 0), ({"source": "yahoo"}, 0)],
)
def test_the_same_prices_on_another_basis_are_a_restatement_by_another_source(empty, change, restated):
    fill = {"source": "tencent", "fill_factor": 0.8}
    before = merged(empty, answers(fill), FIRST).rows
    result = merged(before, answers(fill | {"asked_at": SECOND} | change), SECOND, basis="fill_factor")
    assert result.restated == restated


@pytest.mark.parametrize("change", [{"close": None}, {"volume": None}, {"close": None, "volume": None}])
def test_a_null_never_closes_a_version(stored, change):
    result = merged(stored, answers(change | {"asked_at": SECOND}), SECOND)
    assert (result.added, result.restated) == (0, 0)
    assert versions(result) == [(101.0, FIRST, None)]


def test_a_value_where_there_was_none_opens_a_version(empty):
    before = merged(empty, answers({"volume": None}), FIRST).rows
    result = merged(before, answers({"asked_at": SECOND}), SECOND)
    assert result.restated == 1
    assert versions(result) == [(101.0, FIRST, SECOND), (101.0, SECOND, None)]


def test_absence_never_closes_a_version(stored):
    result = merged(stored, answers({"trade_date": MONDAY, "asked_at": SECOND}), SECOND)
    assert (result.added, result.restated) == (1, 0)
    assert result.rows["known_to"].isna().all()


def test_only_the_key_that_changed_is_restated(empty):
    before = merged(empty, answers({}, {"symbol": "0005.HK"}, {"trade_date": MONDAY}), FIRST).rows
    incoming = answers({"close": 200.0}, {"symbol": "0005.HK"}, {"trade_date": MONDAY}).assign(asked_at=SECOND)
    rows = merged(before, incoming, SECOND).rows
    closed = rows[rows["known_to"].notna()]
    assert closed[["symbol", "trade_date", "close"]].values.tolist() == [["0700.HK", TUESDAY, 101.0]]
    assert len(rows) == 4


def test_a_closed_version_is_compared_with_no_longer(stored):
    second = merged(stored, answers({"close": 110.0, "asked_at": SECOND}), SECOND).rows
    result = merged(second, answers({"close": 101.0, "asked_at": THIRD}), THIRD)
    assert versions(result) == [(101.0, FIRST, SECOND), (110.0, SECOND, THIRD), (101.0, THIRD, None)]


def test_merging_leaves_the_given_frames_alone(stored):
    before, incoming = stored.copy(), answers({"close": 110.0, "asked_at": SECOND})
    copy = incoming.copy()
    merged(stored, incoming, SECOND)
    pd.testing.assert_frame_equal(stored, before)
    pd.testing.assert_frame_equal(incoming, copy)


def test_versions_survive_the_lake(stored, tmp_path):
    lake = Lake(tmp_path)
    lake.commit(lake.changes(STOCKS, "HK", stored))
    result = merged(lake.read(STOCKS, "HK"), answers({"close": 110.0, "asked_at": SECOND}), SECOND)
    lake.commit(lake.changes(STOCKS, "HK", result.rows))
    again = merged(lake.read(STOCKS, "HK"), answers({"close": 120.0, "asked_at": THIRD}), THIRD)
    assert versions(again) == [(101.0, FIRST, SECOND), (110.0, SECOND, THIRD), (120.0, THIRD, None)]


def test_the_instant_of_a_commit_is_now(empty, stored):
    assert next_instant(SECOND, empty) == SECOND
    assert next_instant(SECOND, stored) == SECOND


@pytest.mark.parametrize("now", [FIRST, FIRST - timedelta(days=400)])
def test_a_clock_that_stands_or_goes_back_still_gives_a_later_instant(stored, now):
    assert next_instant(now, stored) == FIRST + timedelta(microseconds=1)


def test_a_clock_gone_back_is_no_trouble_for_rows_read_from_the_lake(stored, tmp_path):
    lake = Lake(tmp_path)
    lake.commit(lake.changes(STOCKS, "HK", stored))
    read = lake.read(STOCKS, "HK")
    known_from = next_instant(FIRST - timedelta(days=1), read)
    after = FIRST + timedelta(microseconds=1)
    result = merged(read, answers({"close": 110.0, "asked_at": SECOND}), known_from)
    assert versions(result) == [(101.0, FIRST, after), (110.0, after, None)]


def test_a_restatement_under_a_clock_gone_back_is_valid_after_the_version_it_closes(stored):
    known_from = next_instant(FIRST - timedelta(days=1), stored)
    result = merged(stored, answers({"close": 110.0, "asked_at": SECOND}), known_from)
    after = FIRST + timedelta(microseconds=1)
    assert versions(result) == [(101.0, FIRST, after), (110.0, after, None)]
