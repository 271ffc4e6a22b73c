"""Which symbols are asked: members of the days, and nobody else's prices."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from tasks.plan import Window, backfill_requests, backfill_window, nightly_day, nightly_requests, nightly_window
from tests.shipped import CN, HK, KNOWN, known
from tests.sql.warehouse_of import lake_of
from warehouse.errors import UsageError
from warehouse.facts.market import Facts
from warehouse.lake.lake import Lake


def symbols(requests):
    return {request.symbol for request in requests}


def test_a_code_that_passed_to_another_company_is_not_asked_for_the_old_member_s_days(tmp_path):
    window = Window(HK, date(2015, 5, 4), date(2015, 5, 29))
    assert {"0013.HK", "1880.HK"} <= HK.members_on(window.first)
    assert not {"0013.HK", "1880.HK"} & symbols(backfill_requests(window))
    assert "0001.HK" in symbols(backfill_requests(window))
    assert not {"0013.HK", "1880.HK"} & symbols(nightly_requests(Lake(tmp_path), window))


def test_a_backfill_asks_whoever_was_a_member_on_any_day(tmp_path):
    window = Window(HK, date(2022, 6, 10), date(2022, 6, 13))
    asked = symbols(backfill_requests(window, "HSTECH.HK"))
    assert {"0522.HK", "9866.HK", "HSTECH.HK"} <= asked
    assert "^HSI" not in asked
    assert "0005.HK" not in asked


HOLIDAY, MONDAY = date(2027, 1, 1), date(2027, 1, 4)  # past the mainland's calendar: provisional sessions
STRUCK = CN.without([HOLIDAY])
EVENING, SETTLE = datetime(2027, 1, 4, 10, tzinfo=UTC), timedelta(minutes=30)


def test_the_day_past_the_horizon_is_filled_like_any_other():
    assert nightly_day(CN, None, EVENING, SETTLE) == MONDAY
    assert nightly_day(CN, MONDAY, EVENING, SETTLE) == MONDAY


def test_a_struck_day_is_closed_and_is_no_part_of_a_window():
    assert nightly_day(CN, HOLIDAY, EVENING, SETTLE) == HOLIDAY
    assert nightly_day(STRUCK, HOLIDAY, EVENING, SETTLE) is None


def test_a_day_that_no_calendar_knows_is_refused_and_not_called_closed():
    with pytest.raises(UsageError, match="CN 2090-01-03 lies beyond the days that the calendar knows"):
        nightly_day(CN, date(2090, 1, 3), EVENING, SETTLE)
    assert backfill_window(STRUCK, HOLIDAY, HOLIDAY, EVENING, SETTLE) is None
    assert backfill_window(STRUCK, HOLIDAY, MONDAY, EVENING, SETTLE) == Window(STRUCK, MONDAY, MONDAY)


def test_a_struck_day_is_not_counted_in_the_look_back(tmp_path):
    lake = lake_of(tmp_path, runs=[("CN", "2026-12-01", "2026-12-31")])
    assert nightly_window(lake, CN, MONDAY, 3).first == date(2026, 12, 31)
    assert nightly_window(lake, STRUCK, MONDAY, 3).first == date(2026, 12, 30)


def test_a_member_that_left_after_a_struck_day_owes_nothing_for_it(tmp_path):
    correction = tmp_path / "reference" / "members" / "csi300.csv"
    correction.parent.mkdir(parents=True)
    correction.write_text(
        "symbol,name,valid_from,valid_to,source,confidence,note\n600001.SS,Invented,2026-12-31,2027-01-04,test,low,\n",
        encoding="utf-8",
    )
    market, lake = Facts.load(tmp_path / "reference").market("CN"), Lake(tmp_path)
    struck = market.without([HOLIDAY])
    assert "600001.SS" in symbols(nightly_requests(lake, Window(market, HOLIDAY, MONDAY)))
    assert "600001.SS" not in symbols(nightly_requests(lake, Window(struck, HOLIDAY, MONDAY)))


def test_the_lead_reaches_over_a_golden_week_of_provisional_days():
    window = Window(CN, date(2027, 10, 8), date(2027, 10, 8))
    assert window.bars_from <= date(2027, 9, 30)


@pytest.fixture
def others(tmp_path):
    """The facts with a file of stocks beside the indices."""
    path = tmp_path / "mine.txt"
    path.write_text("﻿# mine\n0008.HK\n\n600000.SS # a bank\n80700.HK\n0700.HK\n", encoding="utf-8")
    return known(Facts.load(None, path))


def test_stocks_of_a_file_are_asked_for_each_night_and_in_a_backfill(others, tmp_path):
    hong_kong = Window(others.market("HK"), date(2022, 5, 16), date(2022, 5, 17))
    plain = Window(KNOWN.market("HK"), hong_kong.first, hong_kong.last)
    for asked in (backfill_requests, lambda window: nightly_requests(Lake(tmp_path), window)):
        assert symbols(asked(hong_kong)) - symbols(asked(plain)) == {"0008.HK", "80700.HK"}
    mainland = Window(others.market("CN"), hong_kong.first, hong_kong.last)
    assert "600000.SS" in symbols(backfill_requests(mainland))


def test_a_backfill_of_one_index_asks_for_its_members_alone(others):
    window = Window(others.market("HK"), date(2022, 5, 16), date(2022, 5, 17))
    assert "0008.HK" not in symbols(backfill_requests(window, "HSTECH.HK"))


def test_they_are_known_and_no_members(others):
    market = others.market("HK")
    assert "0008.HK" in market.symbols
    assert "0008.HK" not in market.members_on(date(2022, 5, 17))


@pytest.mark.parametrize("line", ["700.HK", "^FTSE", "600519", "AAPL", "0700.HK, 0005.HK", "０７００.HK", "399300.SZ"])
def test_what_is_no_stocks_symbol_is_refused_with_its_line(tmp_path, line):
    path = tmp_path / "mine.txt"
    path.write_text(f"0005.HK\n{line}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=f"^{path} line 2: .* is no stock's symbol: write it as 0700.HK"):
        Facts.load(None, path)


def test_a_file_that_is_not_there_is_said_by_the_settings_name(tmp_path):
    with pytest.raises(UsageError, match=r"the universe .* cannot be read \(No such file or directory\): name a file"):
        Facts.load(None, tmp_path / "absent.txt")


def test_a_day_before_all_known_sessions_is_not_called_closed():
    last = datetime(2022, 5, 17, 12, tzinfo=UTC)
    with pytest.raises(UsageError, match="HK 2005-05-17 lies before 2008-01-02, the first session that is known"):
        nightly_day(HK, date(2005, 5, 17), last, SETTLE)
    with pytest.raises(UsageError, match="HK 2005-12-31 lies before 2008-01-02"):
        backfill_window(HK, date(2005, 1, 1), date(2005, 12, 31), last, SETTLE)
    assert backfill_window(HK, date(2005, 1, 1), date(2008, 1, 31), last, SETTLE).first == date(2008, 1, 2)


def test_a_look_back_over_three_years_asks_no_former_member_that_owes_nothing(tmp_path):
    window = Window(HK, date(2020, 12, 1), date(2022, 1, 31))
    stocks = [
        (symbol, f"{day}", 10.0)
        for day in window.sessions
        for symbol in HK.members_on(day) - HK.unobtainable_on(day)
    ]  # fmt: skip
    asked = symbols(nightly_requests(lake_of(tmp_path, stocks), window))
    assert asked == HK.members_on(window.last) - HK.unobtainable_on(window.last) | HK.index_symbols


@pytest.mark.parametrize("symbol", ["399001.SZ", "399006.SZ", "^HSI"])
def test_an_index_in_the_file_of_stocks_is_refused_for_it_would_be_asked_for_twice(tmp_path, symbol):
    path = tmp_path / "mine.txt"
    path.write_text(f"0008.HK\n{symbol}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=f"^{path} line 2: {re.escape(symbol)} is an index, which is asked for anyway"):
        Facts.load(None, path)
