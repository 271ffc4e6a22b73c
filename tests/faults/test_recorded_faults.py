"""Every fault of the recorded market's look-alike, on random symbols, through the plain spine."""

import importlib.util
import json
import random
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from tasks.evening import fill
from tasks.job import new_job
from tasks.plan import backfill_requests, backfill_window, nightly_requests, nightly_window
from tasks.sources._yahoo_chart import decode
from tests.shipped import KNOWN
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
    job = new_job("nightly", window, requests, (window.last, window.last), KNOWN, settings)
    return fill(replace(job, source=Recorded(replay, now, faults))).outcome.stored


def verdict(home):
    with open_read_only(Settings(home=home).database_path) as connection:
        columns = "state, expected, received, suspended, held, missing, unobtainable"
        return connection.execute(f"select {columns} from session_status where trade_date = ?", [DAY]).fetchone()


@pytest.fixture(scope="module", params=["HK", "CN"])
def played(replay, request, tmp_path_factory):
    """By how the day ends: four stocks of each such fault, and what an evening with these left and a calm one after."""
    market = KNOWN.market(request.param)
    before = tmp_path_factory.mktemp("before")
    window = backfill_window(market, date(2022, 4, 20), BEFORE, evening(BEFORE), SETTLE)
    run(replay, before, window, backfill_requests(window), evening(BEFORE), {})
    window = nightly_window(Lake(before / "lake"), market, DAY, 60)
    requests = nightly_requests(Lake(before / "lake"), window)
    asked = sorted(request.symbol for request in requests if request.symbol not in market.index_symbols)
    plays = {}
    for is_short in (True, False):
        faults = [kind for kind, (end, _) in ENDS.items() if (end != STORED) == is_short]
        drawn = random.Random(f"{market.code} {is_short}").sample(asked, 4 * len(faults))
        symbols = {kind: drawn[at :: len(faults)] for at, kind in enumerate(faults)}
        home = tmp_path_factory.mktemp("played") / "home"
        shutil.copytree(before, home)
        lake = Lake(home / "lake")
        faulty = {symbol: kind for kind in faults for symbol in symbols[kind]}
        stored = run(replay, home, window, requests, evening(DAY), faulty)
        left = SimpleNamespace(
            symbols=symbols,
            restated=stored.restated_rows,
            verdict=verdict(home),
            quarantine=lake.read(QUARANTINE, market.code),
            actions=lake.read(ACTIONS, market.code),
        )
        run(replay, home, window, requests, evening(DAY, 11), {})
        left.healed, left.afterwards = verdict(home), lake.read(QUARANTINE, market.code)
        plays[is_short] = left
    return plays


@pytest.mark.parametrize("is_short", [True, False])
def test_faults_stop_nobody_else_and_the_next_answers_heal_the_day(played, is_short):
    left = played[is_short]
    state, expected, *counts = left.verdict
    ends = [ENDS[kind][0] for kind in left.symbols]
    assert expected == sum(counts)
    assert counts[2:4] == [4 * ends.count(HELD_), 4 * ends.count(MISSING)]
    assert state == ("partial" if is_short else "complete")
    assert left.restated == (0 if is_short else 4)
    assert left.healed[0] == "complete"
    assert set(left.afterwards["status"]) <= {"cured", "warned"}


@pytest.mark.parametrize("kind", ENDS)
def test_a_fault_ends_in_its_place(played, kind):
    end, rule = ENDS[kind]
    left = played[end != STORED]
    symbols = left.symbols[kind]
    rows = left.quarantine
    rows = rows[(rows["status"] == "held") & rows["symbol"].isin(symbols)]
    assert set(rows.loc[rows["kind"].isna(), "rule"]) == ({rule} if rule else set())
    assert set(rows.loc[rows["kind"].notna(), "rule"]) <= {"of_a_held_answer"}
    if kind == "rebase":
        actions = left.actions
        assert sorted(actions.loc[actions["kind"] == "unlisted_adjustment", "symbol"]) == sorted(symbols)
