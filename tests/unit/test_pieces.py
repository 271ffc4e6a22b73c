"""Judged pieces wait as Arrow and come back span by span: nothing is lost, and the evening's rules see the same."""

from datetime import date, timedelta
from itertools import pairwise

import pandas as pd
import pytest

import tasks.pieces
from tasks.collect import Terms, days_of_indices
from tasks.pieces import ALL_DAYS, on_disk, spans_of
from tasks.plan import Past, Window
from tasks.validate import Around, judge_symbols, look_across, parts
from tests.conftest import walk
from tests.judging import judge_evening
from tests.shipped import HK
from tests.unit.test_evening_rules import BEFORE, DAY, FIRST, NOW, WINDOW, answer, market
from warehouse.lake.schema import ACTIONS, STOCKS

TERMS = Terms(WINDOW, NOW, timedelta(minutes=30), "yahoo")
NOTHING = Past(*(dataset.schema.empty_table().to_pandas() for dataset in (STOCKS, ACTIONS)))
MIDDLE = date(2022, 5, 11)
SPANS = [(date(2022, 1, 1), MIDDLE), (MIDDLE + timedelta(days=1), BEFORE), (DAY, date(2022, 12, 31))]


@pytest.fixture(scope="module")
def pieces():
    """Two of an evening on which an index is off, a tenth of the stocks is missing and two bars break rules."""
    answers = market(0.1)
    gone = {one.symbol for one in answers[1:11]}
    answers = [answer(o.symbol, walk(o.symbol, HK, FIRST, BEFORE)) if o.symbol in gone else o for o in answers]
    answers[20].close[3] *= 100
    answers[21].open[-2] = answers[21].high[-2] * 1.01
    around = Around(days_of_indices(answers, NOTHING.bars, HK))
    return [judge_symbols(some, NOTHING, TERMS, around) for some in (answers[:25], answers[25:])]


def sorted_rows(rows):
    return rows.sort_values(list(rows.columns[:3]), ignore_index=True)


def test_the_rules_of_the_evening_find_the_same_span_by_span(pieces):
    found, expected = look_across(pieces, TERMS, SPANS), look_across(pieces, TERMS, [ALL_DAYS])
    assert {"index_against_members", "session_covered", "row_count_jump"} <= set(expected["rule"])
    pd.testing.assert_frame_equal(sorted_rows(found), sorted_rows(expected))


def test_the_parts_are_together_what_was_checked_at_once(pieces):
    whole = judge_evening(pieces, TERMS)
    each = list(parts(pieces, look_across(pieces, TERMS, SPANS), "yahoo", SPANS))
    assert [len(part.held) for part in each] != [len(whole.held), 0, 0]
    for name in ("stocks", "indices", "actions", "withdrawn", "held"):
        rows = pd.concat([getattr(part, name) for part in each])
        pd.testing.assert_frame_equal(sorted_rows(rows), sorted_rows(getattr(whole, name)), obj=name)


def test_a_piece_on_disk_is_the_same_piece(pieces, tmp_path):
    kept = [on_disk(piece, tmp_path / f"{at}.parquet") for at, piece in enumerate(pieces)]
    found, whole = judge_evening(kept, TERMS), judge_evening(pieces, TERMS)
    for name in ("stocks", "indices", "actions", "withdrawn", "held"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(whole, name), obj=name)
    assert found.passed == whole.passed


@pytest.mark.parametrize(("rows", "last_years"), [(10_000, [9999]), (500, [2021, 9999]), (1, [2020, 2021, 9999])])
def test_whole_years_go_together_as_long_as_one_commit_takes_them_and_no_day_is_left_out(monkeypatch, rows, last_years):
    monkeypatch.setattr(tasks.pieces, "ROWS_OF_A_COMMIT", rows)
    some = answer("0001.HK", walk("0001.HK", HK, date(2020, 1, 2), date(2022, 3, 31)))
    terms = Terms(Window(HK, date(2020, 1, 2), DAY), NOW, timedelta(minutes=30), "yahoo")
    spans = spans_of([judge_symbols([some], NOTHING, terms, Around(frozenset()))])
    assert [last.year for _, last in spans] == last_years
    assert (spans[0][0], spans[-1][1]) == ALL_DAYS
    assert all(last + timedelta(days=1) == first for (_, last), (first, _) in pairwise(spans))


def test_no_row_at_all_is_one_span_of_all_days():
    assert spans_of([judge_symbols([], NOTHING, TERMS, Around(frozenset()))]) == [ALL_DAYS]
