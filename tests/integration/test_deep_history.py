"""`backfill --index-only`: an index as far back as the vendor has it, without its members."""

from datetime import date, timedelta

import pytest

from tests.conftest import walk
from tests.shipped import HK
from warehouse.lake.lake import Lake
from warehouse.lake.schema import RUNS
from warehouse.settings import load_settings
from warehouse.sql.database import open_read_only

DAY = date(2022, 5, 17)
MONDAY = date(1987, 10, 19)
# The exchange closed for four days, and on 1987-10-26 the index fell by a third: as here, in times of April 2022.
CRASH = {MONDAY: 1.5, date(1987, 10, 26): 1.0, date(1987, 10, 27): 1.07}


@pytest.fixture
def market(vendor, prefect_server, evening):
    symbols = HK.members_on(DAY) | {index.symbol for index in HK.indices}
    vendor.bars |= {symbol: walk(symbol, HK, date(2022, 4, 1), DAY) for symbol in symbols}
    vendor.bars["^HSI"] |= walk("^HSI", HK, HK.sessions.dates[0], date(2022, 3, 31))
    april = vendor.bars["^HSI"][date(2022, 4, 1)][3]
    vendor.bars["^HSI"] |= {day: (*[round(times * april, 2)] * 4, 0) for day, times in CRASH.items()}
    vendor.today = DAY
    evening(DAY)
    return vendor


@pytest.fixture
def deep(market):
    from flows.backfill import backfill_indices

    return lambda first=date(1970, 1, 2): backfill_indices("HK", first, None, "^HSI", return_state=True).result()


def rows(query):
    with open_read_only(load_settings().database_path) as connection:
        return connection.execute(query).fetchall()


def test_an_index_alone_is_read_to_its_first_day_in_one_request(deep, market):
    outcome = deep()
    assert (outcome.state, outcome.last) == ("complete", DAY)
    assert rows("select min(trade_date), count(distinct index_symbol) from index_prices") == [(MONDAY, 1)]
    assert rows("select requests, scope from runs") == [(1, "index")]
    assert rows("select count(*) from quarantine where status = 'held'") == [(0,)]
    crash = "select round(return_1d, 3), worst_since, since_status from index_returns where trade_date = '1987-10-26'"
    assert rows(crash) == [(-0.333, None, "record")]
    # nothing is owed and nothing judged by it
    assert rows("from session_status") == []


def test_what_was_complete_stays_so_and_the_next_night_asks_no_further_back(deep, market):
    from flows.nightly import nightly

    assert nightly("HK", DAY, return_state=True).result().state == "complete"
    before = rows("select * exclude (reason) from session_status")
    deep()
    assert rows("select * exclude (reason) from session_status") == before
    assert rows("select history_from from index_returns where index_symbol = '^HSI' and trade_date = '2022-05-17'") == [
        (MONDAY,)
    ]
    runs = Lake(load_settings().lake_path).read(RUNS, "HK")
    assert sorted(runs["scope"]) == ["index", "members"]


def test_an_index_that_does_not_answer_ends_the_run_partial(market):
    from flows.backfill import backfill_indices

    market.faults["^HSCE"] = ["shape"]
    outcome = backfill_indices("HK", DAY - timedelta(days=3), DAY, return_state=True).result()
    assert (outcome.state, outcome.reason) == ("partial", "no answer for ^HSCE")


def test_an_index_that_answers_without_a_session_that_it_owes_ends_the_run_partial(market):
    from flows.backfill import backfill_indices

    del market.bars["^HSCE"][DAY]
    outcome = backfill_indices("HK", date(2022, 5, 12), DAY, return_state=True).result()
    assert (outcome.state, outcome.reason) == ("partial", "^HSCE has no bar of 1 of 4 sessions, the last 2022-05-17")


def test_days_of_which_an_index_has_nothing_end_the_run_partial_and_where_its_history_begins_ends_none(market):
    from flows.backfill import backfill_indices

    def ending(first, last):
        outcome = backfill_indices("HK", first, last, "^HSCE", return_state=True).result()
        return outcome.state, outcome.reason

    lacking = "^HSCE has no bar of 9 of 9 sessions, the last 2022-03-31"
    assert ending(date(2022, 3, 21), date(2022, 3, 31)) == ("partial", lacking)
    assert ending(date(1990, 1, 2), date(1990, 1, 31)) == ("partial", "^HSCE has no bar")
    assert ending(date(2022, 3, 21), DAY) == ("complete", None)
