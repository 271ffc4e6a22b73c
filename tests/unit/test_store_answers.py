"""What is kept of each answer."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from tasks.plan import Window
from tasks.runs import Run, commit_instant, record_failure
from tests.shipped import HK
from tests.sql.warehouse_of import keep, run
from warehouse.bars.answers import Answer, Request
from warehouse.errors import AftercloseError
from warehouse.lake.lake import Lake
from warehouse.lake.opening import LONGEST_REST, open_lake
from warehouse.lake.schema import ANSWERS, DECISIONS, RUNS
from warehouse.settings import load_settings

DAY = date(2022, 5, 17)
NOW = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)


def test_what_the_vendor_says_of_an_instrument_is_kept_with_its_answer(tmp_path):
    lake = Lake(tmp_path)
    said = {
        "name": "Tencent Holdings Limited",
        "currency": "HKD",
        "exchange": "HKSE",
        "instrument_type": "EQUITY",
        "first_trade_date": date(2004, 6, 16),
    }
    answers = [Answer("0700.HK", "ok", NOW, **said), Answer("0001.HK", "transient", NOW, "HTTP 500")]
    requests = [Request(answer.symbol, DAY) for answer in answers]
    run = Run("run-1", "nightly", "yahoo", NOW, Window(HK, DAY, DAY), requests)
    record_failure(lake, run, answers, NOW, "handmade")
    failed, tencent = lake.read(ANSWERS, "HK").sort_values("symbol")[list(said)].to_dict("records")
    assert tencent == said
    assert all(pd.isna(value) for value in failed.values())


def test_a_clock_decades_ahead_is_refused_by_whatever_would_be_dated_by_it(tmp_path):
    run = Run("run-1", "nightly", "yahoo", NOW, Window(HK, DAY, DAY), [])
    record_failure(Lake(tmp_path), run, [], NOW, "handmade")
    ahead, lake = NOW.replace(year=2099), Lake(tmp_path, rest=timedelta(days=3653))
    before = (tmp_path / "manifest.json").read_bytes()
    with pytest.raises(
        AftercloseError, match=r"^the clock says 2099-05-17, years after the last run and decision of HK"
    ):
        record_failure(lake, run, [], ahead, "handmade")
    with pytest.raises(AftercloseError, match="set the clock"):
        commit_instant(lake, "HK", ahead)
    assert (tmp_path / "manifest.json").read_bytes() == before
    assert commit_instant(lake, "HK", NOW.replace(year=2031)) == NOW.replace(year=2031)
    assert commit_instant(lake, "CN", ahead) == ahead  # of which nothing is stored
    assert commit_instant(Lake(tmp_path), "HK", ahead) == ahead


def test_the_lake_of_the_settings_believes_no_such_clock_without_a_word(home, monkeypatch):
    assert open_lake(load_settings()).rest == timedelta(days=3653)
    monkeypatch.setenv("AFTERCLOSE_LONG_REST", "true")
    assert open_lake(load_settings()).rest is None


def test_a_lake_rests_since_the_last_of_its_runs_and_decisions(tmp_path):
    lake = Lake(tmp_path, rest=LONGEST_REST)
    decided = {"market": "HK", "id": "x", "symbol": "0005.HK", "trade_date": DAY, "decision": "rejected"}
    keep(lake, DECISIONS, [decided | {"decided_at": NOW, "decided_by": "me", "note": None, "run_id": "r"}])
    later = NOW + timedelta(days=3700)
    with pytest.raises(AftercloseError, match="years after the last run and decision of HK"):
        commit_instant(lake, "HK", later)
    keep(lake, RUNS, [run("HK", f"{DAY}", f"{DAY}", {"ended_at": later, "started_at": later})])
    assert commit_instant(lake, "HK", later + timedelta(days=1)) == later + timedelta(days=1)
