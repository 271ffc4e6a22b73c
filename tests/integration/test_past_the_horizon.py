"""The mainland's calendar ends on 2026-12-31: the nights after it, through the real flow, against the look-alike."""

from datetime import date

import pytest

from tasks.plan import as_seen
from tests.conftest import walk
from tests.shipped import CN
from warehouse.lake.opening import open_lake
from warehouse.settings import load_settings
from warehouse.sql.database import ask, open_read_only

EVE, HOLIDAY, MONDAY = date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 4)


@pytest.fixture
def night(vendor, prefect_server, evening):
    """A night on which the vendor has bars of every weekday but New Year's Day."""
    from flows.nightly import nightly

    symbols = (CN.members_on(EVE) - CN.unobtainable_on(EVE)) | {index.symbol for index in CN.indices}
    vendor.bars |= {symbol: walk(symbol, CN, date(2026, 12, 1), MONDAY) for symbol in symbols}
    for bars in vendor.bars.values():
        bars.pop(HOLIDAY)

    def run(day, asked=None):
        vendor.today = day
        evening(day)
        return nightly("CN", asked or day, return_state=True).result()

    return run


def states():
    with open_read_only(load_settings().database_path) as connection:
        rows = ask(connection, "verdicts", market="CN", first=None, last=None)
        owed = ask(connection, "owed", now=load_settings().clock())
    return {row["trade_date"]: row["state"] for row in rows}, owed


def test_a_holiday_past_the_horizon_is_pending_until_the_next_session_strikes_it(night, vendor):
    assert night(EVE).state == "complete"
    outcome = night(HOLIDAY)
    assert outcome.state == "pending"
    assert "past the calendar's horizon" in outcome.reason
    assert states() == ({EVE: "complete", HOLIDAY: "pending"}, [])
    assert night(MONDAY).state == "complete"
    assert states() == ({EVE: "complete", MONDAY: "complete"}, [])
    with open_read_only(load_settings().database_path) as connection:
        query = "select previous_close from prices where symbol = '600519.SS' and trade_date = '2027-01-04'"
        assert connection.execute(query).fetchone() == (vendor.bars["600519.SS"][EVE][3],)
    asked = sum(vendor.asked.values())
    assert night(MONDAY, HOLIDAY).state == "closed"
    assert sum(vendor.asked.values()) == asked


def test_a_backfill_over_a_day_that_was_struck_since_ends_complete(night, vendor):
    from flows.backfill import backfill

    for day in (EVE, HOLIDAY, MONDAY):
        night(day)
    assert backfill("CN", EVE, MONDAY, return_state=True).result().state == "complete"


def test_a_backfill_of_days_before_the_horizon_strikes_none_after_it(night, vendor):
    from flows.backfill import backfill

    last = date(2027, 1, 25)
    vendor.bars = {symbol: walk(symbol, CN, date(2026, 11, 2), last) for symbol in vendor.bars}
    night(last)

    def week():
        return as_seen(CN, open_lake(load_settings())).sessions.between(MONDAY, date(2027, 1, 8))

    assert len(week()) == 5
    backfill("CN", date(2026, 12, 1), date(2026, 12, 3), return_state=True).result()
    assert len(week()) == 5
