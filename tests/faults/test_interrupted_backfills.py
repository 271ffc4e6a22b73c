"""A long backfill is stored year by year: with the same result as at once, and it heals when it is killed between."""

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

import tasks.pieces
from tasks.plan import Window
from tests.conftest import walk
from tests.faults.one_backfill import SYMBOLS, run_backfill
from tests.shipped import FACTS, HK
from warehouse.lake.lake import Lake
from warehouse.lake.schema import ACTIONS, ANSWERS, DATASETS, QUARANTINE, RUNS
from warehouse.settings import load_settings
from warehouse.sql.build import build

FIRST, LAST = date(2020, 11, 2), date(2022, 5, 17)
SLIP, LACKING = date(2021, 6, 2), date(2021, 12, 31)


@pytest.fixture
def market(vendor, evening, monkeypatch):
    """Three years of invented bars: a split, dividends, a slip in a price and a day without one of the bars."""
    monkeypatch.setattr(tasks.pieces, "ROWS_OF_A_COMMIT", tasks.pieces.ROWS_OF_A_COMMIT)
    evening(LAST)
    vendor.bars = {symbol: walk(symbol, HK, date(2020, 10, 5), LAST) for symbol in SYMBOLS}
    vendor.bars["0005.HK"][SLIP] = (*(100 * price for price in vendor.bars["0005.HK"][SLIP][:4]), 1000)
    del vendor.bars["0001.HK"][LACKING]
    splits = {"0700.HK": {date(2022, 3, 1): 5.0}}
    for symbol, days in splits.items():
        for day, ratio in days.items():
            bars = vendor.bars[symbol]
            bars |= {at: (*(price * ratio for price in bar[:4]), bar[4]) for at, bar in bars.items() if at < day}
    vendor.splits, vendor.dividends = splits, {"1299.HK": {date(2021, 3, 15): 1.0, date(2022, 3, 15): 1.1}}
    return vendor


def move_home(monkeypatch, tmp_path, name):
    monkeypatch.setenv("AFTERCLOSE_HOME", str(tmp_path / name))


def assert_same(found, expected, datasets=DATASETS, without=()):
    """The same rows in both lakes."""
    for dataset in datasets:
        rows = [each.read(dataset, "HK").drop(columns=list(without), errors="ignore") for each in (found, expected)]
        pd.testing.assert_frame_equal(*rows, obj=dataset.name)


def lake():
    return Lake(load_settings().lake_path)


def commits_of(lake):
    """The number of the commit that wrote each year of the bars, from 1; the lake's own first one is its stamp."""
    files = lake.manifest().files
    return [entry.commit - files["format.json"].commit for name, entry in sorted(files.items()) if "stocks/" in name]


@pytest.mark.parametrize("is_staged", [True, False])
def test_years_stored_one_by_one_are_as_if_stored_at_once(market, monkeypatch, tmp_path, is_staged):
    move_home(monkeypatch, tmp_path, "at-once")
    whole = run_backfill(FIRST, LAST, rows_of_a_commit=1_000_000, is_staged=False)
    at_once = lake()
    move_home(monkeypatch, tmp_path, "by-year")
    assert run_backfill(FIRST, LAST, is_staged=is_staged) == whole
    by_year = lake()
    assert commits_of(at_once) == [1, 1, 1]
    assert commits_of(by_year) == [1, 2, 3]
    assert_same(by_year, at_once)
    held = by_year.read(QUARANTINE, "HK")
    found = set(zip(held["symbol"], held["trade_date"], held["rule"], strict=True))
    # Fewer rows than on the sessions around, of two years.
    assert {("0005.HK", SLIP, "unit_slip"), ("HK", LACKING, "row_count_jump")} <= found
    actions = by_year.read(ACTIONS, "HK")
    assert sorted(zip(actions["symbol"], actions["ex_date"], strict=True)) == [
        ("0700.HK", date(2022, 3, 1)),
        ("1299.HK", date(2021, 3, 15)),
        ("1299.HK", date(2022, 3, 15)),
    ]


@pytest.mark.parametrize("commits", [1, 2])
def test_a_backfill_killed_between_two_years_leaves_a_whole_lake_and_heals_without_a_request(
    market, commits, monkeypatch, tmp_path
):
    script = Path(__file__).with_name("one_backfill.py")
    killed = subprocess.run(
        [sys.executable, script, str(FIRST), str(LAST), str(commits)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert killed.returncode == -signal.SIGKILL
    found = lake()
    assert commits_of(found) == list(range(1, commits + 1))
    assert found.faults(deep=True) == []
    assert len(found.read(RUNS, "HK")) == len(found.read(ANSWERS, "HK")) == 0
    # The split of the last year is known before any bar that it was undone from.
    assert "0700.HK" in set(found.read(ACTIONS, "HK")["symbol"])
    settings = load_settings()
    build(found, FACTS, settings.database_path, settings.clock(), settings.settle_minutes)
    asked = market.asked.copy()
    run_backfill(FIRST, LAST)
    assert market.asked == asked
    assert commits_of(found) == [1, 2, 3]
    assert len(found.read(RUNS, "HK")) == 1
    move_home(monkeypatch, tmp_path, "undisturbed")
    run_backfill(FIRST, LAST)
    instants = ("known_from", "held_at", "ended_at", "new_rows", "held_rows")
    assert_same(found, lake(), without=instants)


def test_of_a_piece_in_which_one_did_not_answer_only_that_one_is_asked_again(market, monkeypatch):
    monkeypatch.setattr("tasks.fetch.BATCHES", 1)
    monkeypatch.setattr("tasks.sources.yahoo.ATTEMPTS", 1)
    market.faults["0005.HK"] = [500, 500, None]
    run_backfill(FIRST, LAST)
    market.asked.clear()
    owed = [day for day in market.bars["0005.HK"] if day >= Window(HK, FIRST, LAST).bars_from]
    assert run_backfill(FIRST, LAST).new_rows == len(owed) - 1  # one is held
    assert set(market.asked) == {"0005.HK"}


def test_a_night_after_years_asks_each_symbol_once_and_writes_its_own_year_alone(market, evening):
    run_backfill(FIRST, LAST)
    before, night = lake().manifest(), date(2022, 5, 18)
    evening(night)
    market.today = night
    for symbol in SYMBOLS:
        market.bars[symbol] |= {night: walk(symbol, HK, date(2020, 10, 5), night)[night]}
    market.bars["0700.HK"][night] = (*(price for price in market.bars["0700.HK"][LAST][:4]), 7)
    market.asked.clear()
    run_backfill(date(2022, 3, 1), night, is_staged=False)
    assert market.asked == dict.fromkeys(SYMBOLS, 1)
    written = {name for name, entry in lake().manifest().files.items() if entry.commit > before.commit}
    assert {name.split("/")[2] for name in written} == {"year=2022"}
    assert len(written) <= 6  # stocks, indices, quarantine, answers, runs, and an action if one is new
