"""Every fault of the recorded market's look-alike, on random symbols, through the plain spine."""

import importlib.util
import json
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tasks.evening import fill, new_job
from tasks.plan import backfill_requests, backfill_window, nightly_requests, nightly_window
from tasks.sources._yahoo_chart import decode
from tests.shipped import FACTS
from warehouse.lake.lake import Lake
from warehouse.lake.schema import ACTIONS, QUARANTINE
from warehouse.settings import Settings
from warehouse.sql.database import open_read_only

REPLAY = Path(__file__).parents[3] / "shared" / "yahoo" / "replay.py"
pytestmark = pytest.mark.skipif(not REPLAY.exists(), reason="the recorded market in ../shared is not here")

DAY, BEFORE = date(2022, 5, 17), date(2022, 5, 16)
SETTLE = timedelta(minutes=30)
MISSING, HELD_, STORED = "missing", "held", "stored"
ENDS = {
    "nan": (MISSING, None),
    "nanlast": (MISSING, None),
    "stale": (MISSING, None),
    "empty": (MISSING, None),
    "404": (MISSING, None),
    "shifted": (MISSING, "session_exists"),
    "x100": (HELD_, "close_within_range"),
    "currency": (HELD_, "right_currency"),
    "negative": (HELD_, "prices_finite_and_positive"),
    "hilo": (HELD_, "high_not_below_low"),
    "duplicate": (STORED, "one_row_a_day"),
    "restate": (STORED, None),
    "rebase": (STORED, None),
}


@pytest.fixture(scope="module")
def replay():
    spec = importlib.util.spec_from_file_location("replay", REPLAY)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, module.State(module.Book(REPLAY.with_name("bars.parquet")), None, 0)


def evening(day, hour=10):
    return datetime(day.year, day.month, day.day, hour, 30, tzinfo=UTC)


class Recorded:
    """The look-alike as a source, asked without a server; `faults` by symbol."""

    name, address = "yahoo", "the recorded market"

    def __init__(self, replay, now, faults):
        self.module, self.state = replay
        self.state.now = now.astimezone(self.module.TZ)
        self.now, self.faults = now, faults

    def ask(self, request):
        first = (request.first - date(1970, 1, 1)).days * 86400 - 86400
        query = {"range": ["5d"]} if request.short else {"period1": [str(first)], "period2": ["99999999999"]}
        kind = self.faults.get(request.symbol)
        found = self.module.chart(
            self.state, request.symbol, query | {"events": ["div,splits"]}, {"kind": kind} if kind else None
        )
        return decode(request.symbol, found[0], json.dumps(found[1]).encode(), self.now)


def run(replay, home, window, requests, now, faults):
    """Fill the window at that moment; what was stored."""
    settings = Settings(home=home, now=now, settle_minutes=30)
    job = new_job("nightly", window, requests, (window.last, window.last), FACTS, settings)
    return fill(replace(job, source=Recorded(replay, now, faults))).outcome.stored


def verdict(home):
    with open_read_only(Settings(home=home).database_path) as connection:
        columns = "state, expected, received, suspended, held, missing, unobtainable"
        return connection.execute(f"select {columns} from session_status where trade_date = ?", [DAY]).fetchone()


@pytest.mark.parametrize("market", ["HK", "CN"])
@pytest.mark.parametrize("kind", ENDS)
def test_a_fault_ends_in_its_place_stops_nobody_and_is_healed_by_the_next_answer(replay, tmp_path, market, kind):
    end, rule = ENDS[kind]
    lake = Lake(tmp_path / "lake")
    followed = FACTS.market(market)
    window = backfill_window(followed, date(2022, 4, 20), BEFORE, evening(BEFORE), SETTLE)
    run(replay, tmp_path, window, backfill_requests(window), evening(BEFORE), {})

    window = nightly_window(lake, followed, DAY, 60)
    requests = nightly_requests(lake, window)
    stocks = [request.symbol for request in requests if request.symbol not in ("HSTECH.HK",)][9:]
    faulty = random.Random(f"{market} {kind}").sample(stocks, 4)
    stored = run(replay, tmp_path, window, requests, evening(DAY), dict.fromkeys(faulty, kind))
    state, expected, *counts = verdict(tmp_path)
    held, missing = counts[2:4]
    assert expected == sum(counts)
    assert (held, missing) == {MISSING: (0, 4), HELD_: (4, 0), STORED: (0, 0)}[end]
    assert state == ("complete" if end == STORED else "partial")
    assert stored.restated_rows == (4 if kind == "restate" else 0)
    rows = lake.read(QUARANTINE, market)
    rows = rows[(rows["status"] == "held") & rows["symbol"].isin(faulty)]
    assert set(rows.loc[rows["kind"].isna(), "rule"]) == ({rule} if rule else set())
    assert set(rows.loc[rows["kind"].notna(), "rule"]) <= {"of_a_held_answer"}
    if kind == "rebase":
        actions = lake.read(ACTIONS, market)
        assert sorted(actions.loc[actions["kind"] == "unlisted_adjustment", "symbol"]) == sorted(faulty)

    run(replay, tmp_path, window, requests, evening(DAY, 11), {})
    assert verdict(tmp_path)[0] == "complete"
    assert set(lake.read(QUARANTINE, market)["status"]) <= {"cured", "warned"}
