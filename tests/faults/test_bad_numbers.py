"""What a vendor does wrong to numbers, from the look-alike through fetch, validate, store and the verdict."""

import random
import shutil
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from tasks.evening import fill
from tasks.job import new_job
from tasks.plan import Window, nightly_requests
from tasks.sources.yahoo import Yahoo
from tests.conftest import walk
from tests.lookalike import LookAlike
from tests.shipped import FACTS, HK
from warehouse.lake.lake import Lake
from warehouse.lake.schema import ACTIONS, QUARANTINE, STOCKS
from warehouse.settings import Settings
from warehouse.sql.database import open_read_only

BEFORE, DAY = date(2022, 5, 16), date(2022, 5, 17)
ENDS = {  # fault: held and missing of four symbols, the rule that holds them
    "x100": (4, 0, "close_within_range"),
    "negative": (4, 0, "prices_finite_and_positive"),
    "swapped": (4, 0, "high_not_below_low"),
    "currency": (4, 0, "right_currency"),
    "repeated": (4, 0, "stale_repeat"),
    "saturday": (0, 4, "session_exists"),
    "nulls": (0, 4, None),
    "stale": (0, 4, None),
    "no data": (0, 4, None),
    "html": (0, 4, None),
    "shape": (0, 4, None),
    "twice": (0, 0, "one_row_a_day"),
    "corrected": (0, 0, None),
    "rebased": (0, 0, None),
}


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """A home after one calm evening, and its vendor's bars; only copies of it are played on."""
    home, bars = tmp_path_factory.mktemp("before"), {}
    with vendor_of(bars) as vendor:
        evening(home, vendor, BEFORE)
    return home, bars


@contextmanager
def vendor_of(bars):
    vendor = LookAlike()
    vendor.bars, vendor.url = bars, vendor.start()
    yield vendor
    vendor.stop()


def stocks_of(bars):
    return [symbol for symbol in bars if symbol not in HK.index_symbols]


def evening(home, vendor, day, hour=10):
    """Run the steps for one evening; what was stored, and the verdict of the day."""
    vendor.today, now = day, datetime(day.year, day.month, day.day, hour, 30, tzinfo=UTC)
    settings = Settings(home=home, now=now, settle_minutes=30)
    window = Window(HK, date(2022, 5, 10), day)
    requests = nightly_requests(Lake(home / "lake"), window)
    for request in requests:
        if request.symbol not in vendor.bars:
            vendor.bars[request.symbol] = walk(request.symbol, HK, date(2022, 4, 1), DAY)
    source = Yahoo(home / "yfinance", vendor.url, 5000, lambda: now, 0.001)
    job = new_job("nightly", window, requests, (day, day), FACTS, settings)
    stored = fill(replace(job, source=source)).outcome.stored
    with open_read_only(settings.database_path) as connection:
        columns = "state, expected, received, suspended, held, missing, unobtainable"
        query = f"select {columns} from session_status where trade_date = ?"
        verdict = connection.execute(query, [day]).fetchone()
    return stored, verdict


@pytest.fixture(scope="module")
def played(before, tmp_path_factory):
    """By whether the day is short of something: an evening with each such fault on four stocks, and a calm one."""
    home, bars = before
    plays = {}
    for is_short in (True, False):
        faults = [fault for fault, (held, missing, _) in ENDS.items() if bool(held or missing) == is_short]
        drawn = random.Random(2022).sample(stocks_of(bars), 4 * len(faults))
        symbols = {fault: drawn[at :: len(faults)] for at, fault in enumerate(faults)}
        copied = tmp_path_factory.mktemp("played") / "home"
        shutil.copytree(home, copied)
        lake = Lake(copied / "lake")
        with vendor_of(bars) as vendor:
            vendor.faults = {symbol: [fault] for fault in faults for symbol in symbols[fault]}
            faulty = evening(copied, vendor, DAY), lake.read(QUARANTINE, "HK"), lake.read(ACTIONS, "HK")
            vendor.faults = {}
            calm = evening(copied, vendor, DAY, hour=11), lake.read(QUARANTINE, "HK"), lake.read(STOCKS, "HK")
        plays[is_short] = SimpleNamespace(symbols=symbols, faulty=faulty, calm=calm)
    return plays


@pytest.mark.parametrize("is_short", [True, False])
def test_faults_stop_nobody_else_and_the_next_answers_heal_the_day(played, is_short):
    (stored, (state, expected, *counts)), *_ = played[is_short].faulty
    ends = [ENDS[fault] for fault in played[is_short].symbols]
    assert expected == sum(counts)
    assert counts[2:4] == [4 * sum(bool(held) for held, *_ in ends), 4 * sum(bool(missing) for _, missing, _ in ends)]
    assert state == ("partial" if is_short else "complete")
    assert stored.restated_rows == (0 if is_short else 4)
    (_, (state, *_)), quarantine, _ = played[is_short].calm
    assert state == "complete"
    assert "held" not in set(quarantine["status"])


@pytest.mark.parametrize("fault", ENDS)
def test_a_fault_ends_in_its_place_and_is_healed_by_the_next_answer(before, played, fault):
    held, missing, rule = ENDS[fault]
    play = played[bool(held or missing)]
    symbols = play.symbols[fault]
    _, quarantine, actions = play.faulty
    ours = quarantine[(quarantine["status"] == "held") & quarantine["symbol"].isin(symbols)]
    assert set(ours["rule"]) == ({rule} if rule else set())
    kinds = actions.loc[actions["symbol"].isin(symbols), "kind"].tolist()
    assert kinds == ["unlisted_adjustment"] * (4 if fault == "rebased" else 0)
    *_, stocks = play.calm
    current = stocks[stocks["known_to"].isna() & stocks["symbol"].isin(symbols)]
    assert set(current.loc[current["trade_date"] == DAY, "symbol"]) == set(symbols)
    for bar in current.itertuples():
        assert bar.close == before[1][bar.symbol][bar.trade_date][3]


@pytest.fixture
def flat(before, tmp_path):
    """Play the evening with so many stocks flat at their last close; the home, and the verdict of the day."""
    home, bars = before

    def run(count):
        shutil.copytree(home, tmp_path / "home")
        with vendor_of(bars) as vendor:
            vendor.faults = {symbol: ["flat"] for symbol in stocks_of(bars)[:count]}
            _, verdict = evening(tmp_path / "home", vendor, DAY)
        return tmp_path / "home", verdict

    return run


def test_one_stock_that_turns_flat_at_its_last_close_is_suspended(flat):
    _, (state, expected, *counts) = flat(1)
    assert (state, counts[1], sum(counts)) == ("complete", 1, expected)


def test_five_stocks_that_turn_flat_together_are_held(flat):
    home, (state, expected, *counts) = flat(5)
    assert (state, counts[1], counts[2], sum(counts)) == ("partial", 0, 5, expected)
    assert set(Lake(home / "lake").read(QUARANTINE, "HK")["rule"]) == {"newly_flat_market"}
