"""The mainland's calendar ends on 2026-12-31: the nights after it, through the real flow, against the look-alike."""

from datetime import date

import pytest

from tests.conftest import walk
from tests.shipped import CN
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
