"""`status --fail-if-stale`: the last session that is final for so many hours must be complete or closed."""

from datetime import UTC, date, datetime

import pytest
from warehouse_of import closes, run, warehouse_of

from tests.shipped import HK
from warehouse.sql.database import ask

DAY = date(2022, 5, 17)
SYMBOLS = [*HK.members_on(DAY), *(index.symbol for index in HK.indices)]
# Hong Kong's close of the 17th is final and settled at 16:40, 08:40 UTC.
FINAL_AT = datetime(2022, 5, 17, 8, 40, tzinfo=UTC)


def overdue(connection, now, hours=18):
    return [(row["market"], row["trade_date"], row["state"]) for row in ask(connection, "stale", now=now, hours=hours)]


def hong_kong(tmp_path, symbols):
    stocks = [row for name in symbols if name in HK.members_on(DAY) for row in closes(name, {"2022-05-17": 10})]
    bars = [(index.symbol, "2022-05-17", 20000) for index in HK.indices]
    return warehouse_of(
        tmp_path, built_at=FINAL_AT, stocks=stocks, indices=bars, runs=[("HK", "2022-05-17", "2022-05-17")]
    )


def at(hour, day=18, minute=0):
    return datetime(2022, 5, day, hour, minute, tzinfo=UTC)


def test_a_complete_session_is_not_stale_until_the_next_is_overdue(tmp_path):
    with hong_kong(tmp_path, SYMBOLS) as connection:
        assert overdue(connection, at(23, day=17)) == []
        assert overdue(connection, at(2, day=19, minute=39)) == []
        assert overdue(connection, at(2, day=19, minute=40)) == [("HK", date(2022, 5, 18), "pending")]


def test_a_partial_session_is_stale_only_after_the_hours_given(tmp_path):
    with hong_kong(tmp_path, [name for name in SYMBOLS if name != "0700.HK"]) as connection:
        assert overdue(connection, at(2, minute=39)) == []
        assert overdue(connection, at(2, minute=40)) == [("HK", DAY, "partial")]
        assert overdue(connection, FINAL_AT, hours=0) == [("HK", DAY, "partial")]


def test_a_weekend_is_not_stale_and_a_market_that_nobody_filled_is_not_asked_for(tmp_path):
    runs = [("HK", "2022-05-20", "2022-05-20")]
    with warehouse_of(tmp_path, built_at=at(12, day=20), runs=runs) as connection:
        assert {market for market, *_ in overdue(connection, at(12, day=22))} == {"HK"}


def test_a_warehouse_that_no_run_has_filled_is_stale(tmp_path):
    with warehouse_of(tmp_path) as connection:
        assert overdue(connection, FINAL_AT) == [(None, None, "pending")]


@pytest.mark.parametrize("state", ["failed"])
def test_a_run_that_failed_fills_nothing(tmp_path, state):
    assert run("HK", "2022-05-17", "2022-05-17")["state"] == "stored"
    runs = [("HK", "2022-05-17", "2022-05-17", {"state": state})]
    with warehouse_of(tmp_path, runs=runs) as connection:
        assert overdue(connection, FINAL_AT) == [(None, None, "pending")]
