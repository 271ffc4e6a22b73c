"""A recorded week with HKEX's look-alike beside: always there, or down or wrong on every evening but the last."""

import importlib.util
import json
import shutil
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tasks.evening import fill
from tasks.job import new_job
from tasks.official import take_official
from tasks.plan import nightly_requests, nightly_window
from tasks.publish import Published
from tests.faults.test_recorded_faults import Recorded
from tests.shipped import FACTS, HK
from warehouse.facts.market import Facts
from warehouse.lake.lake import Lake
from warehouse.lake.schema import OFFICIAL, OFFICIAL_ANSWERS, QUARANTINE, STOCKS
from warehouse.settings import Settings
from warehouse.sql.database import open_read_only

SHARED = Path(__file__).parents[3] / "shared"
REPLAY = SHARED / "yahoo" / "replay.py"
pytestmark = pytest.mark.skipif(not (SHARED / "vendors").exists(), reason="the look-alikes in ../shared are not here")

FIRST, FLAT_DAY, LAST = date(2022, 3, 10), date(2022, 3, 14), date(2022, 3, 16)
DAYS = HK.sessions.between(FIRST, LAST)
FAULTS = ("reset", "yesterday", "unfinished", "relabelled", None)
TECH = replace(HK, spells=[spell for spell in HK.spells if spell.index_symbol == "HSTECH.HK"])
SMALL = Facts(FACTS.tables, {"HK": TECH})


@contextmanager
def look_alike():
    """HKEX's look-alike; gives its URL, and a function that says what time it is there and which faults it has."""
    command = [sys.executable, SHARED / "vendors" / "hkex.py", "--now", "2022-03-09T18:00:00+08:00"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().strip()

        def tell(now, *faults):
            body = json.dumps({"now": now.isoformat(), "faults": faults}).encode()
            urllib.request.urlopen(urllib.request.Request(f"{url}/_control", body)).close()

        yield url, tell
        process.kill()


@pytest.fixture(scope="module")
def replay():
    spec = importlib.util.spec_from_file_location("replay", REPLAY)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, module.State(module.Book(REPLAY.with_name("bars.parquet")), None, 0)


@pytest.fixture(scope="module")
def week(replay, tmp_path_factory):
    """The homes of both, how many requests the good one took, and what the pages were made from."""
    with pytest.MonkeyPatch.context() as patch, look_alike() as (url, tell):
        patch.setattr("tasks.sources.hkex.ATTEMPTS", 1)
        for name, value in (("OFFICIAL_SOURCES", "hkex"), ("TERMS_ACCEPTED", "hkex"), ("HKEX_URL", url)):
            patch.setenv(f"AFTERCLOSE_{name}", value)
        homes = {}
        for name in ("good", "bad"):
            homes[name] = tmp_path_factory.mktemp(name)
            for day, kind in zip(DAYS, FAULTS, strict=True):
                is_bad = name == "bad" and kind
                faults = [{"match": f"d{day:%y%m%d}e.htm", "kind": kind}] if is_bad else []
                night(replay, homes[name], day, tell, faults)
            if name == "good":
                with urllib.request.urlopen(f"{url}/_stats") as found:
                    requests = json.load(found)["total"]
        for home in homes.values():
            passed(home, datetime(2022, 3, 17, 2, tzinfo=UTC), tell)
        pages = {}
        for day in DAYS:
            with urllib.request.urlopen(f"{url}/_rows/{day}") as found:
                pages[day] = json.load(found)
    return homes, requests, pages


def night(replay, home, day, tell, faults):
    now = datetime(day.year, day.month, day.day, 10, 30, tzinfo=UTC)
    settings = Settings(home=home, now=now)
    lake = Lake(settings.lake_path)
    window = nightly_window(lake, TECH, day, 60)
    job = new_job("nightly", window, nightly_requests(lake, window), (day, day), SMALL, settings)
    job = replace(job, source=Recorded(replay, now, {}))
    fill(job, lambda name, function: Published([], {}) if name == "publish" else function())
    passed(home, now, tell, *faults)


def passed(home, now, tell, *faults):
    tell(now, *faults)
    return take_official(Settings(home=home, now=now, requests_per_second=100), SMALL, "HK", f"{now:%d}")


def current(home, dataset):
    rows = Lake(home / "lake").read(dataset, "HK")
    return rows[rows["known_to"].isna()]


def test_an_evening_costs_one_request_and_all_are_there_in_the_end(week):
    homes, requests, _ = week
    assert requests == len(DAYS)
    for home in homes.values():
        assert set(current(home, OFFICIAL)["trade_date"]) == set(DAYS)
    bad = Lake(homes["bad"] / "lake").read(OFFICIAL_ANSWERS, "HK")
    assert {"transient", "another day", "cut"} <= set(bad["outcome"])


def test_a_source_that_was_down_and_wrong_leaves_the_same_bars_and_lines(week):
    homes, _, _ = week
    values = ["symbol", "trade_date", "open", "high", "low", "close", "volume", "trading_state", "source"]
    stocks = [current(home, STOCKS)[values].reset_index(drop=True) for home in homes.values()]
    assert len(stocks[0]) > 30 * len(DAYS) - 15
    assert stocks[0].equals(stocks[1])
    values = ["symbol", "trade_date", "state", "close", "previous_close", "volume", "turnover"]
    lines = [current(home, OFFICIAL)[values].reset_index(drop=True) for home in homes.values()]
    assert lines[0].equals(lines[1])
    held = [Lake(home / "lake").read(QUARANTINE, "HK")[["symbol", "rule", "status"]] for home in homes.values()]
    assert held[0].equals(held[1])


def test_flat_bars_stay_held_on_the_day_when_the_exchange_saw_trades(week):
    homes, _, pages = week
    dealt = {row["symbol"] for row in pages[FLAT_DAY] if row.get("state") == "traded"}
    rows = Lake(homes["good"] / "lake").read(QUARANTINE, "HK")
    flat = rows[(rows["trade_date"] == FLAT_DAY) & (rows["rule"] == "newly_flat_market")]
    assert len(flat) == 10
    assert (flat["symbol"].isin(dealt) == (flat["status"] == "held")).all()


def test_agreement_is_what_the_pages_and_the_lake_give_by_hand(week):
    homes, _, pages = week
    bars = current(homes["bad"], STOCKS)
    with open_read_only(homes["bad"] / "warehouse.duckdb") as connection:
        found = connection.execute("select trade_date, compared, equal, settled from agreement").fetchall()
    for day, compared, equal, settled in found:
        printed = {row["symbol"]: row["close"] for row in pages[day] if row["close"] is not None}
        ours = bars[(bars["trade_date"] == day) & bars["symbol"].isin(printed)]
        assert compared == len(ours)
        # Recorded closes are told to three decimals by the page, and no tick here is under 0.01.
        same = sum(abs(row["close"] - float(printed[row["symbol"]])) < 0.0006 for row in ours.to_dict("records"))
        assert equal == same - settled
    assert {row[0] for row in found} == set(DAYS)


def test_every_difference_that_is_planted_is_counted_or_named(week, replay, tmp_path, monkeypatch):
    homes, _, _ = week
    home, day = tmp_path / "home", date(2022, 3, 17)
    shutil.copytree(homes["good"], home)
    kinds = {
        "0700.HK": "close",
        "9988.HK": "previous",
        "3690.HK": "currency",
        "1810.HK": "garbled",
        "9618.HK": "missing",
    }
    with look_alike() as (url, tell):
        for name, value in (("OFFICIAL_SOURCES", "hkex"), ("TERMS_ACCEPTED", "hkex"), ("HKEX_URL", url)):
            monkeypatch.setenv(f"AFTERCLOSE_{name}", value)
        night(replay, home, day, tell, [{"match": symbol, "kind": kind} for symbol, kind in kinds.items()])
    bars = current(home, STOCKS)
    with open_read_only(home / "warehouse.duckdb") as connection:
        query = "select compared, equal, unexplained, worst_symbol from agreement where trade_date = ?"
        ((compared, equal, *worst),) = connection.execute(query, [day]).fetchall()
    assert compared == (bars["trade_date"] == day).sum() - 3  # one is in doubt, one unread, one not there
    assert (equal, worst) == (compared - 1, [1, "0700.HK"])
    lines = current(home, OFFICIAL)
    lines = lines[lines["trade_date"] == day].set_index("symbol")
    assert lines["doubt"].dropna().to_dict() == {"3690.HK": "in another currency than HKD"}
    assert not lines.index.isin(["1810.HK", "9618.HK"]).any()
    held = Lake(home / "lake").read(QUARANTINE, "HK")
    held = held[held["kind"].notna()]
    assert held[["symbol", "rule"]].to_numpy().tolist() == [["9988.HK", "official_previous_close_differs"]]
    answers = Lake(home / "lake").read(OFFICIAL_ANSWERS, "HK")
    assert "1810 " in answers.loc[answers["trade_date"] == day, "unread"].item()
