"""Nights missed, the vendor down, the process killed while it stores: the lake ends as after calm nights."""

import shutil
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import walk
from tests.faults.one_evening import run_evening
from tests.shipped import HK
from warehouse.audit import audit_lake
from warehouse.errors import AftercloseError
from warehouse.lake.lake import Lake
from warehouse.lake.schema import ACTIONS, INDICES, QUARANTINE, RUNS, STOCKS
from warehouse.settings import load_settings

FIRST, LAST = date(2022, 5, 5), date(2022, 5, 19)
# What a disturbance may change: when it was learnt, by which run, and whether on its own evening.
# A bar read after a split has another factor undone, and the same price.
WHEN = ["known_from", "known_to", "asked_at", "run_id", "basis", "split_factor"]


@pytest.fixture
def night(vendor, evening, monkeypatch):
    symbols = HK.members_on(LAST) | {index.symbol for index in HK.indices}
    vendor.bars |= {symbol: walk(symbol, HK, date(2022, 4, 20), LAST) for symbol in symbols}
    split_on = date(2022, 5, 12)
    vendor.splits["0700.HK"] = {split_on: 5}
    vendor.bars["0700.HK"] = {
        day: (*(round(price / 5, 4) for price in bar[:4]), bar[4] * 5) if day >= split_on else bar
        for day, bar in vendor.bars["0700.HK"].items()
    }
    vendor.dividends["0005.HK"] = {date(2022, 5, 13): 0.31}
    monkeypatch.setattr("tasks.sources.yahoo.ATTEMPTS", 1)

    def run(day):
        vendor.today = day
        evening(day)
        run_evening(day)

    return run


def killed_while(moment, day, vendor, evening):
    vendor.today = day
    evening(day)
    command = [sys.executable, "-m", "tests.faults.one_evening", str(day), moment]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


def values(lake):
    frames = {}
    for dataset in (STOCKS, INDICES, ACTIONS):
        rows = lake.read(dataset, "HK")
        rows = rows[rows["known_to"].isna()].drop(columns=WHEN, errors="ignore")
        frames[dataset.name] = rows.sort_values(list(dataset.key)).reset_index(drop=True)
    return frames


def test_a_disturbed_fortnight_ends_in_the_lake_of_a_calm_one(night, vendor, evening):
    days = HK.sessions.between(FIRST, LAST)
    for day in days:
        night(day)
    lake = Lake(load_settings().lake_path)
    calm = values(lake)
    shutil.rmtree(lake.path)

    fifth, sixth, tenth, eleventh, twelfth, thirteenth, sixteenth, seventeenth, eighteenth, nineteenth = days
    night(fifth)
    # the 6th and the 10th: nobody was there
    vendor.faults = {symbol: [500] for symbol in vendor.bars}
    with pytest.raises(AftercloseError, match="none of"):
        night(eleventh)
    vendor.faults.clear()
    killed_while("writing", twelfth, vendor, evening)
    night(thirteenth)
    killed_while("renaming", sixteenth, vendor, evening)
    # the 17th: nobody was there
    night(eighteenth)
    night(nineteenth)

    disturbed = values(lake)
    assert {name: len(rows) for name, rows in disturbed.items()} == {name: len(rows) for name, rows in calm.items()}
    for name, rows in calm.items():
        pd.testing.assert_frame_equal(disturbed[name], rows, check_exact=True)
    assert list(audit_lake(lake)) == []
    assert lake.read(QUARANTINE, "HK").empty
    # What each disturbance left: the vendor's outage a failed run; the kill before the journal nothing at all; the
    # kill after it a run as good as any; a missed night nothing.
    runs = lake.read(RUNS, "HK")[["run_id", "state"]].itertuples(index=False, name=None)
    assert list(runs) == [
        (str(fifth), "stored"),
        (str(eleventh), "failed"),
        (str(thirteenth), "stored"),
        (str(sixteenth), "stored"),
        (str(eighteenth), "stored"),
        (str(nineteenth), "stored"),
    ]
    assert {sixth, tenth, seventeenth} <= set(calm["stocks"]["trade_date"])
