"""What a vendor does wrong to numbers, from the look-alike through fetch, validate, store and the verdict."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tasks.evening import fill, new_job
from tasks.plan import Window, nightly_requests
from tasks.sources.yahoo import Yahoo
from tests.conftest import walk
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


@pytest.fixture
def evening_of(vendor, tmp_path):
    """Run the steps for one evening: (lake, what was stored, the verdict of the day)."""
    lake = Lake(tmp_path / "lake")

    def run(day, hour=10):
        vendor.today, now = day, datetime(day.year, day.month, day.day, hour, 30, tzinfo=UTC)
        settings = Settings(home=tmp_path, now=now, settle_minutes=30)
        window = Window(HK, date(2022, 5, 10), day)
        requests = nightly_requests(lake, window)
        for request in requests:
            if request.symbol not in vendor.bars:
                vendor.bars[request.symbol] = walk(request.symbol, HK, date(2022, 4, 1), DAY)
        source = Yahoo(tmp_path / "yfinance", f"http://127.0.0.1:{vendor.server.server_port}", 5000, lambda: now, 0.001)
        job = new_job("nightly", window, requests, (day, day), FACTS, settings)
        stored = fill(replace(job, source=source)).outcome.stored
        with open_read_only(settings.database_path) as connection:
            columns = "state, expected, received, suspended, held, missing, unobtainable"
            query = f"select {columns} from session_status where trade_date = ?"
            verdict = connection.execute(query, [day]).fetchone()
        return lake, stored, verdict

    return run


@pytest.mark.parametrize("fault", ENDS)
def test_a_fault_ends_in_its_place_stops_nobody_and_is_healed_by_the_next_answer(evening_of, vendor, fault):
    held, missing, rule = ENDS[fault]
    evening_of(BEFORE)
    faulty = random.Random(fault).sample([symbol for symbol in vendor.bars if symbol[0] != "^"], 4)
    vendor.faults = {symbol: [fault] for symbol in faulty}
    lake, stored, (state, expected, *counts) = evening_of(DAY)
    assert expected == sum(counts)
    assert (counts[2], counts[3]) == (held, missing)
    assert state == ("partial" if held or missing else "complete")
    rows = lake.read(QUARANTINE, "HK")
    assert set(rows.loc[(rows["status"] == "held") & rows["symbol"].isin(faulty), "rule"]) == (
        {rule} if rule else set()
    )
    assert stored.restated_rows == (4 if fault == "corrected" else 0)
    kinds = lake.read(ACTIONS, "HK")["kind"].tolist()
    assert kinds == ["unlisted_adjustment"] * (4 if fault == "rebased" else 0)

    vendor.faults = {}
    lake, _, (state, *_) = evening_of(DAY, hour=11)
    assert state == "complete"
    assert "held" not in set(lake.read(QUARANTINE, "HK")["status"])
    current = lake.read(STOCKS, "HK")
    current = current[current["known_to"].isna() & current["symbol"].isin(faulty)]
    for bar in current.itertuples():
        assert bar.close == vendor.bars[bar.symbol][bar.trade_date][3]


def test_one_stock_that_turns_flat_at_its_last_close_is_suspended(evening_of, vendor):
    evening_of(BEFORE)
    stocks = [symbol for symbol in vendor.bars if symbol[0] != "^" and symbol != "HSTECH.HK"]
    vendor.faults = {symbol: ["flat"] for symbol in stocks[:1]}
    _, _, (state, expected, *counts) = evening_of(DAY)
    assert (state, counts[1], sum(counts)) == ("complete", 1, expected)


def test_five_stocks_that_turn_flat_together_are_held(evening_of, vendor):
    evening_of(BEFORE)
    stocks = [symbol for symbol in vendor.bars if symbol[0] != "^" and symbol != "HSTECH.HK"]
    vendor.faults = {symbol: ["flat"] for symbol in stocks[:5]}
    lake, _, (state, expected, *counts) = evening_of(DAY)
    assert (state, counts[1], counts[2], sum(counts)) == ("partial", 0, 5, expected)
    assert set(lake.read(QUARANTINE, "HK")["rule"]) == {"newly_flat_market"}
