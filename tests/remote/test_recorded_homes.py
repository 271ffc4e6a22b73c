"""Recorded evenings on one home, on homes restored from the replica in between, and judged in pieces that travel: one
lake.
"""

import json
import pickle
import subprocess
import sys
import urllib.request
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tasks import fetch
from tasks.evening import fill
from tasks.job import Spread, new_job
from tasks.plan import nightly_requests, nightly_window
from tasks.publish import Published
from tasks.replica.pull import pull
from tests.remote.homes import Reader, files_of
from tests.shipped import FACTS, HK
from warehouse.lake.lake import Lake
from warehouse.lake.schema import DATASETS
from warehouse.settings import load_settings

REPLAY = Path(__file__).parents[3] / "shared" / "yahoo" / "replay.py"
pytestmark = pytest.mark.skipif(not REPLAY.exists(), reason="the recorded market in ../shared is not here")
DAYS = date(2022, 5, 13), date(2022, 5, 16), date(2022, 5, 17)
ASKED = "asked_at"  # the vendor's answer is of the real moment, whatever AFTERCLOSE_NOW says


@pytest.fixture
def evening(replica, monkeypatch):
    """Does a recorded evening of Hong Kong in a home."""
    monkeypatch.setenv("AFTERCLOSE_REQUESTS_PER_SECOND", "1000")
    monkeypatch.setenv("AFTERCLOSE_SHARE", "yahoo")
    monkeypatch.setenv("AFTERCLOSE_FILL_SOURCES", "")
    with subprocess.Popen([sys.executable, str(REPLAY)], stdout=subprocess.PIPE, text=True) as server:
        url = server.stdout.readline().strip()
        monkeypatch.setenv("AFTERCLOSE_YAHOO_URL", url)

        def step(name, function):
            return Published([], {}) if name == "publish" else function()

        def do(folder, day, replica, spread=None):
            moment = f"{day}T18:30:00+08:00"
            body = json.dumps({"now": moment}).encode()
            urllib.request.urlopen(urllib.request.Request(f"{url}/_control", body)).close()
            given = {"HOME": str(folder), "NOW": moment, "REPLICA": replica}
            for name, value in given.items():
                monkeypatch.setenv(f"AFTERCLOSE_{name}", value)
            settings = load_settings()
            lake = Lake(settings.lake_path)
            window = nightly_window(lake, HK, day, 3)
            job = new_job("nightly", window, nightly_requests(lake, window), (day, day), FACTS, settings)
            fill(replace(job, run_id=f"{day}"), step, spread=spread)
            return settings

        yield do
        server.terminate()


def rows_of(settings):
    """Every row of every dataset of the lake, but for when the vendor was asked."""
    lake = Lake(settings.lake_path)
    found = {}
    for dataset in DATASETS:
        rows = lake.read(dataset, "HK")
        key = [name for name in dataset.key if name != ASKED]
        rows = rows.drop(columns=[ASKED], errors="ignore").sort_values(key).reset_index(drop=True)
        found[dataset.name] = rows.astype("object").where(rows.notna(), None).to_dict("list")
    return found


def travelling(name, function):
    """As to a cluster and back."""
    piece = pickle.dumps(pickle.loads(pickle.dumps(function))())  # noqa: S301
    return lambda: pickle.loads(piece)  # noqa: S301


def test_homes_restored_in_between_and_pieces_that_travel_give_the_lake_of_one_home(
    evening, replica, tmp_path, monkeypatch
):
    for day in DAYS:
        plain = evening(tmp_path / "plain", day, "")
    expected = rows_of(plain)
    assert len(expected["stocks"]["symbol"]) > 200

    for number, day in enumerate(DAYS):
        folder = tmp_path / f"machine {number}"
        if number:
            monkeypatch.setenv("AFTERCLOSE_HOME", str(folder))
            folder.mkdir()
            pull(load_settings())
        restored = evening(folder, day, replica)
    assert rows_of(restored) == expected
    assert Reader(replica).evening() == files_of(restored)

    monkeypatch.setattr(fetch, "SYMBOLS", 20)
    for day in DAYS:
        spread = evening(tmp_path / "spread", day, "", Spread(travelling, 2))
    assert rows_of(spread) == expected
