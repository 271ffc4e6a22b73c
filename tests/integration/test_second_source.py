"""A second vendor through the real flows: akshare's frames with invented numbers beside the look-alike."""

from datetime import date

import pytest

from tests.conftest import walk
from tests.shipped import HK
from warehouse.settings import load_settings
from warehouse.sql.database import open_read_only

FIRST, LAST = date(2022, 4, 25), date(2022, 5, 20)
FROM, TO = date(2022, 5, 5), date(2022, 5, 11)  # the look-alike serves HSTECH for the last five sessions before LAST


@pytest.fixture
def backfill(vendor, prefect_server, evening):
    from flows.backfill import backfill

    symbols = HK.members_on(TO) | HK.members_on(FROM) | {index.symbol for index in HK.indices}
    vendor.bars |= {symbol: walk(symbol, HK, FIRST, LAST) for symbol in symbols}
    vendor.today = LAST
    evening(LAST)
    return lambda: backfill("HK", FROM, TO, return_state=True)


def rows(query):
    with open_read_only(load_settings().database_path) as connection:
        return connection.execute(query).fetchall()


def test_a_backfill_takes_the_index_that_the_first_vendor_lacks_from_the_second(backfill, vendor, akshare, monkeypatch):
    assert backfill().result().reason.endswith(": 1 beyond the vendor's five sessions of history: HSTECH.HK")
    monkeypatch.setenv("AFTERCLOSE_SECOND_SOURCE", "sina")
    akshare.bars["HSTECH"] = {day: bar[3] for day, bar in vendor.bars["HSTECH.HK"].items()}
    akshare.bars["HSI"] = {day: bar[3] * (1.001 if day == TO else 1) for day, bar in vendor.bars["^HSI"].items()}
    assert backfill().result().state == "complete"
    assert akshare.asked == ["HSI", "HSTECH", "HSCEI"]
    query = (
        f"select distinct source from index_prices where index_code = '{{}}' and trade_date between '{FROM}' and '{TO}'"
    )
    assert rows(query.format("HSTECH")) == [("sina",)]
    assert rows(query.format("HSI")) == [("yahoo",)]
    differing = "select index_code, trade_date, round(difference, 6) from cross_checks where finding = 'differs'"
    assert rows(differing) == [("HSI", TO, 0.001)]


def test_a_second_vendor_that_cannot_be_asked_changes_nothing(backfill, akshare, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_SECOND_SOURCE", "sina")
    akshare.bars |= dict.fromkeys(("HSI", "HSTECH", "HSCEI"), ConnectionError("no route"))
    assert backfill().result().reason.endswith(": 1 beyond the vendor's five sessions of history: HSTECH.HK")
    assert rows("from cross_checks") == []


def test_a_second_source_without_akshare_fails_before_anything_is_asked(backfill, vendor, monkeypatch):
    import sys

    monkeypatch.setenv("AFTERCLOSE_SECOND_SOURCE", "sina")
    monkeypatch.setitem(sys.modules, "akshare", None)
    state = backfill()
    assert state.is_failed()
    assert "pip install '.[china]'" in state.message
    assert not vendor.asked
