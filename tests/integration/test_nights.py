"""Whole nights through the real flows, Prefect included, against the project's own look-alike."""

from datetime import date

import pytest

from tests.conftest import walk
from tests.shipped import CN, HK
from warehouse.lake.lake import Lake
from warehouse.lake.schema import DATASETS, QUARANTINE, STOCKS
from warehouse.settings import load_settings
from warehouse.sql.database import open_read_only

FIRST, LAST = date(2022, 4, 1), date(2022, 5, 20)


@pytest.fixture
def market(vendor, prefect_server):
    """Invented bars of every Hong Kong index and member."""
    symbols = HK.members_on(date(2022, 5, 17)) | {index.symbol for index in HK.indices}
    vendor.bars |= {symbol: walk(symbol, HK, FIRST, LAST) for symbol in symbols}
    return vendor


@pytest.fixture
def night(market, evening):
    from flows.nightly import nightly

    def run(day, name="HK", **options):
        market.today = day
        evening(day)
        return nightly(name, day, return_state=True, **options)

    return run


def rows(query):
    with open_read_only(load_settings().database_path) as connection:
        return connection.execute(query).fetchall()


def contents():
    return {path: path.read_bytes() for path in Lake(load_settings().lake_path).path.rglob("*.parquet")}


def prices():
    frame = Lake(load_settings().lake_path).read(STOCKS, "HK")
    columns = ["symbol", "trade_date", "open", "high", "low", "close", "volume", "known_to"]
    return frame[columns].sort_values(["symbol", "trade_date"]).reset_index(drop=True)


def test_a_clean_evening_ends_complete_with_the_right_return_and_leaves_no_lock(night, market):
    state = night(date(2022, 5, 17))
    assert (state.name, state.result().state) == ("Complete", "complete")
    assert rows("select state, held, missing from session_status") == [("complete", 0, 0)]
    bars = market.bars["0700.HK"]
    expected = bars[date(2022, 5, 17)][3] / bars[date(2022, 5, 16)][3] - 1
    ((found,),) = rows("select return_1d from prices where symbol = '0700.HK' and trade_date = '2022-05-17'")
    assert found == pytest.approx(expected, abs=1e-12)
    assert not (load_settings().lake_path / "writer.json").exists()


def test_a_night_that_no_command_began_makes_a_home_that_is_its_owner_s_alone(night, home):
    night(date(2022, 5, 17))
    assert home.stat().st_mode & 0o777 == 0o700


def test_the_same_night_twice_asks_nothing_and_changes_no_byte(night, market):
    night(date(2022, 5, 17))
    before, asked = contents(), sum(market.asked.values())
    night(date(2022, 5, 17))
    assert contents() == before
    assert sum(market.asked.values()) == asked


def test_a_refetch_stores_no_price_anew_and_publishes_the_same(night):
    night(date(2022, 5, 17))
    before, wrap = prices(), rows("from market_wrap order by all")
    state = night(date(2022, 5, 17), refetch=True)
    assert state.result().stored.new_rows == 0
    assert prices().equals(before)
    assert rows("from market_wrap order by all") == wrap


def test_three_skipped_nights_are_filled_by_the_next(night):
    night(date(2022, 5, 10))
    night(date(2022, 5, 16))
    days = HK.sessions.between(date(2022, 5, 10), date(2022, 5, 16))
    assert rows("select trade_date, state from session_status order by 1") == [(day, "complete") for day in days]


def test_a_bad_bar_is_held_with_its_rule_and_cured_by_a_later_answer(night, market):
    market.faults["0700.HK"] = ["x100"]
    state = night(date(2022, 5, 16))
    assert (state.name, state.result().reason) == ("Partial", "1 held: 0700.HK close_within_range")
    assert rows("select symbol, trade_date, rule, status from quarantine") == [
        ("0700.HK", date(2022, 5, 16), "close_within_range", "held")
    ]
    market.faults.clear()
    assert night(date(2022, 5, 17)).result().state == "complete"
    held = Lake(load_settings().lake_path).read(QUARANTINE, "HK")
    assert held["status"].tolist() == ["cured"]
    assert rows("select state from session_status order by trade_date") == [("complete",), ("complete",)]


def test_a_symbol_that_fails_is_missing_and_the_others_are_published(night, market):
    market.faults["0005.HK"] = ["shape"]
    state = night(date(2022, 5, 17))
    reason = "1 missing: 0005.HK (unknown shape: HTTP 200, KeyError: 'chart')"
    assert (state.name, state.result().reason) == ("Partial", reason)
    ((count,),) = rows("select count(*) from prices where trade_date = '2022-05-17'")
    assert count == len(HK.members_on(date(2022, 5, 17))) - 1


def test_a_day_that_is_no_session_ends_closed_without_a_request(night, market):
    state = night(date(2022, 5, 9))
    assert (state.name, state.result().state) == ("Closed", "closed")
    assert sum(market.asked.values()) == 0


def test_a_split_leaves_prices_as_traded_and_no_restatement(night, market):
    day, before = date(2022, 5, 17), date(2022, 5, 16)
    bars = market.bars["0700.HK"]
    market.splits["0700.HK"] = {day: 5}
    market.bars["0700.HK"] = {
        at: (*(round(price / 5, 4) for price in bar[:4]), bar[4] * 5) if at >= day else bar for at, bar in bars.items()
    }
    night(before)
    assert night(day).result().stored.restated_rows == 0
    close = rows("select close, return_1d from prices where symbol = '0700.HK' order by trade_date desc limit 2")
    assert close[1][0] == bars[before][3]
    assert close[0][1] == pytest.approx(bars[day][3] / bars[before][3] - 1, abs=1e-6)


def test_a_changed_close_is_a_restatement_that_keeps_the_old_version(night, market):
    night(date(2022, 5, 16))
    opened, high, low, close, volume = market.bars["0700.HK"][date(2022, 5, 16)]
    market.bars["0700.HK"][date(2022, 5, 16)] = (opened, high, low, round(close - 0.1, 2), volume)
    assert night(date(2022, 5, 17)).result().stored.restated_rows == 1
    stored = prices()
    versions = stored[(stored["symbol"] == "0700.HK") & (stored["trade_date"] == date(2022, 5, 16))]
    assert sorted(versions["close"]) == sorted([close, round(close - 0.1, 2)])
    assert versions["known_to"].isna().sum() == 1


def test_a_vendor_that_is_down_publishes_nothing_and_says_so(night, market, monkeypatch):
    monkeypatch.setattr("tasks.sources.yahoo.ATTEMPTS", 2)
    market.faults = {symbol: [500] for symbol in market.bars}
    state = night(date(2022, 5, 17))
    assert state.is_failed()
    assert "none of" in state.message
    assert not load_settings().database_path.exists()


def test_a_backfill_goes_on_from_what_it_had_staged(night, market, evening, monkeypatch):
    import tasks.evening
    from flows.backfill import backfill

    market.today = date(2022, 5, 6)
    evening(date(2022, 5, 6))
    real = tasks.evening.look_across
    monkeypatch.setattr(tasks.evening, "look_across", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        backfill("HK", date(2022, 5, 3), date(2022, 5, 6), return_state=True)
    asked = sum(market.asked.values())
    monkeypatch.setattr(tasks.evening, "look_across", real)
    outcome = backfill("HK", date(2022, 5, 3), date(2022, 5, 6), return_state=True).result()
    assert outcome.state == "complete"
    assert sum(market.asked.values()) == asked
    assert list((load_settings().staging_path / "HK").glob("*.parquet")) == []


def test_a_backfill_of_days_without_a_session_finishes_what_an_earlier_run_left_undone(night, market):
    from flows.backfill import backfill

    night(date(2022, 5, 13))
    load_settings().database_path.unlink()
    outcome = backfill("HK", date(2022, 5, 7), date(2022, 5, 8), return_state=True).result()
    assert outcome.state == "closed"
    assert rows("select state from session_status") == [("complete",)]


def test_mainland_members_that_the_vendor_no_longer_has_do_not_make_an_evening_partial(vendor, night):
    day = date(2022, 5, 17)
    symbols = (CN.members_on(day) - CN.unobtainable_on(day)) | {index.symbol for index in CN.indices}
    vendor.bars |= {symbol: walk(symbol, CN, date(2022, 5, 5), LAST) for symbol in symbols}
    assert night(day, "CN").result().state == "complete"
    assert rows("select unobtainable, missing from session_status") == [(2, 0)]
    assert not {"600837.SS", "601989.SS"} & set(vendor.asked)


def test_every_file_lies_under_the_home(night, home, tmp_path):
    night(date(2022, 5, 17))
    assert {path.name for path in tmp_path.iterdir()} <= {"home", "prefect"}
    assert {dataset.name for dataset in DATASETS} >= {path.name for path in (home / "lake").iterdir() if path.is_dir()}


def test_real_and_simulated_prices_do_not_share_a_lake(night, monkeypatch):
    night(date(2022, 5, 16))
    monkeypatch.setenv("AFTERCLOSE_SOURCE", "simulated")
    state = night(date(2022, 5, 17))
    assert state.is_failed()
    assert "use another AFTERCLOSE_HOME" in state.message
