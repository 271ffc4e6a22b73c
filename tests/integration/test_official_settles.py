"""What follows from an official evening for what is stored and held, and for the answers that come after it."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from typer.testing import CliRunner

from flows.cli import app
from tasks.decide import Decision, hold, matching, release
from tasks.official import settle_window, take_official, with_official
from tasks.runs import NOTHING
from tasks.settle import settle_official
from tasks.verdict import Outcome
from tests.conftest import walk
from tests.faults.one_evening import run_evening
from tests.shipped import CN, FACTS, HK
from tests.sql.warehouse_of import action, keep, lake_of, official_line, row_of, rows_of, run, suspended
from warehouse.audit import audit_versions
from warehouse.lake.opening import open_lake
from warehouse.lake.schema import ACTIONS, OFFICIAL, QUARANTINE, RUNS, STOCKS
from warehouse.settings import load_settings
from warehouse.sql.build import build
from warehouse.sql.database import open_read_only

BEFORE, DAY, NEXT = date(2022, 5, 16), date(2022, 5, 17), date(2022, 5, 18)
NOW = datetime(2022, 6, 20, tzinfo=UTC)
FLAT = dict.fromkeys(("open", "high", "low", "close"), 50.0) | {"currency": "HKD"}
NO_TRADE = {"state": "no trade", "volume": 0, "turnover": 0.0}
SUSPENDED = {"state": "suspended", "previous_basis": "not given", "volume": None, "turnover": None}


def settle(lake, market=HK, days=(BEFORE, DAY, NEXT), at=NOW):
    with lake.writing(0, "test"):
        tables = settle_official(lake, market, days, at, "run-9")
        lake.commit(tables)
        return bool(tables)


def current(lake, dataset, market="HK"):
    rows = lake.read(dataset, market)
    return rows[rows["known_to"].isna()]


def quarantine(lake, market="HK"):
    names = ["symbol", "rule", "status", "decided_by", "note"]
    rows = lake.read(QUARANTINE, market)[names].astype("object")
    return rows.where(rows.notna(), None).to_numpy().tolist()


def flat(symbol, close=50.0, rule="newly_flat_market", day=DAY):
    return (symbol, f"{day}", rule, FLAT | {"close": close})


@pytest.mark.parametrize(
    ("printed", "why"),
    [
        ((50.0, 50.0, NO_TRADE), "no trade"),
        ((None, None, SUSPENDED), "suspended"),
        ((None, None, SUSPENDED | {"state": "halted"}), "suspended"),
    ],
)
def test_a_held_flat_bar_passes_where_the_exchange_says_that_nobody_dealt_at_that_close(tmp_path, printed, why):
    row = ("0005.HK", f"{DAY}", *printed)
    lake = lake_of(tmp_path, [("0005.HK", f"{BEFORE}", 50.0)], quarantine=[flat("0005.HK")], official=[row])
    assert settle(lake)
    bar = current(lake, STOCKS).iloc[-1]
    assert (bar["trade_date"], bar["close"], bar["trading_state"], bar["source"]) == (
        DAY,
        50.0,
        "suspended",
        "handmade",
    )
    assert quarantine(lake) == [["0005.HK", "newly_flat_market", "cured", "hkex", f"hkex: {why} at the same close"]]
    assert not settle(lake)


@pytest.mark.parametrize(
    "printed",
    [(50.0, 49.0, None), (51.0, 51.0, NO_TRADE), (50.0, 50.0, NO_TRADE | {"doubt": "two numbers"})],
    ids=["dealt in", "another close", "in doubt"],
)
def test_it_stays_held_where_the_exchange_says_otherwise_or_is_in_doubt(tmp_path, printed):
    row = ("0005.HK", f"{DAY}", *printed)
    lake = lake_of(tmp_path, [("0005.HK", f"{BEFORE}", 50.0)], quarantine=[flat("0005.HK")], official=[row])
    assert not settle(lake)
    assert quarantine(lake) == [["0005.HK", "newly_flat_market", "held", None, None]]


def test_a_suspended_bar_at_another_close_than_the_last_one_stays_held(tmp_path):
    row = ("0005.HK", f"{DAY}", None, None, SUSPENDED)
    lake = lake_of(tmp_path, [("0005.HK", f"{BEFORE}", 49.0)], quarantine=[flat("0005.HK")], official=[row])
    assert not settle(lake)


def test_a_bar_stored_as_suspended_is_taken_back_and_owed_where_its_stock_was_dealt_in(tmp_path):
    bars = [suspended("0005.HK", f"{DAY}", 50.0), suspended("0001.HK", f"{DAY}", 60.0), ("0700.HK", f"{DAY}", 300.0)]
    rows = [(symbol, f"{DAY}", 50.2, 50.0) for symbol in ("0005.HK", "0700.HK")]
    halted = ("0001.HK", f"{DAY}", None, None, SUSPENDED)
    lake = lake_of(tmp_path, bars, official=[*rows, halted])
    assert settle(lake)
    assert sorted(current(lake, STOCKS)["symbol"]) == ["0001.HK", "0700.HK"]
    (row,) = lake.read(QUARANTINE, "HK").to_dict("records")
    assert (row["symbol"], row["rule"], row["status"]) == ("0005.HK", "official_says_traded", "held")
    assert row["detail"].endswith("hkex has a close of 50.2 and 1,000 shares")
    assert not settle(lake)


def test_what_a_person_released_is_not_taken_back(tmp_path):
    lake = lake_of(tmp_path, [("0005.HK", f"{BEFORE}", 50.0)], quarantine=[flat("0005.HK")])
    decision = Decision("me", None, NOW, "run-8", FACTS)
    with lake.writing(0, "test"):
        release(lake, matching(lake, decision, symbol="0005.HK"), decision)
    keep(lake, OFFICIAL, [official_line("0005.HK", f"{DAY}", 50.2, 50.0)])
    assert not settle(lake)
    assert current(lake, STOCKS)["trade_date"].tolist() == [BEFORE, DAY]


def test_a_bar_that_a_person_rejected_stays_out_whichever_other_rule_holds_it(tmp_path):
    rejected = (*flat("0005.HK")[:3], FLAT | {"status": "rejected"})
    lake = lake_of(
        tmp_path,
        quarantine=[rejected, flat("0005.HK", rule="flat_at_changed_close")],
        official=[("0005.HK", f"{DAY}", 50.0, 50.0, NO_TRADE)],
    )
    assert not settle(lake)
    assert current(lake, STOCKS).empty


def test_a_dividend_that_a_person_released_is_no_word_on_the_bar_of_its_day(tmp_path):
    dividend = {"kind": "dividend", "value": 30.0, "status": "released", "volume": None}
    lake = lake_of(
        tmp_path,
        [suspended("0005.HK", f"{DAY}", 50.0)],
        quarantine=[("0005.HK", f"{DAY}", "dividend_too_large", dividend)],
        official=[("0005.HK", f"{DAY}", 50.2, 50.0)],
    )
    assert settle(lake)
    assert current(lake, STOCKS).empty
    assert [row[1:3] for row in quarantine(lake)] == [
        ["dividend_too_large", "released"],
        ["official_says_traded", "held"],
    ]


@pytest.mark.parametrize(
    ("close", "printed", "kind"), [(50.15, 50.15, "nominal"), (50.15, 50.2, None), (50.25, 50.25, None)]
)
def test_a_close_within_three_ticks_of_the_range_passes_as_nominal_where_it_is_printed(tmp_path, close, printed, kind):
    row = ("0005.HK", f"{DAY}", "close_within_range", FLAT | {"close": close, "volume": 18_000})
    lake = lake_of(tmp_path, quarantine=[row], official=[("0005.HK", f"{DAY}", printed, 49.0)])
    assert settle(lake) == (kind is not None)
    assert current(lake, STOCKS)["close_kind"].tolist() == [kind] * (kind is not None)
    assert quarantine(lake)[0][2:4] == (["cured", "hkex"] if kind else ["held", None])


def test_no_bar_without_volume_passes_by_a_close_at_which_the_exchange_saw_trades(tmp_path):
    row = ("0005.HK", f"{DAY}", "close_within_range", FLAT | {"close": 50.15, "volume": 0})
    lake = lake_of(tmp_path, quarantine=[row], official=[("0005.HK", f"{DAY}", 50.15, 49.0)])
    assert not settle(lake)
    assert current(lake, STOCKS).empty


@pytest.fixture
def mainland(tmp_path):
    """A stock at 10.00, whose reference price of the next day is 9.50 by the source and by nobody else."""

    def make(close=10.0, printed=10.0, previous=9.5, of_day=9.6, **more):
        bars = [("600519.SS", f"{BEFORE}", close), ("600519.SS", f"{DAY}", 9.6)]
        rows = [("600519.SS", f"{BEFORE}", printed, printed), ("600519.SS", f"{DAY}", of_day, previous)]
        return lake_of(tmp_path, bars, official=rows, **more)

    return make


def booked(lake):
    rows = current(lake, ACTIONS, "CN")
    return [tuple(row) for row in rows[["kind", "value", "source"]].to_numpy().tolist()]


def test_a_reference_that_no_event_explains_is_booked_as_an_adjustment_of_that_source(mainland):
    lake = mainland()
    assert settle(lake, CN)
    assert booked(lake) == [("unlisted_adjustment", pytest.approx(10 / 9.5), "baostock")]
    assert not settle(lake, CN)


def test_a_line_with_another_close_of_the_day_books_nothing_and_is_held_with_both_numbers(mainland):
    lake = mainland(previous=28.4, of_day=30.0)  # another stock's line
    assert settle(lake, CN)
    assert booked(lake) == []
    (row,) = lake.read(QUARANTINE, "CN").to_dict("records")
    assert (row["rule"], row["status"]) == ("official_reference_differs", "held")
    assert "10.00 by our close of 10.00 and our events, 28.40 by baostock" in row["detail"]
    assert row["detail"].endswith("; that day closed at 30.00 by baostock, and at 9.60 by us")
    assert not settle(lake, CN)


def test_a_reference_is_booked_on_a_day_on_which_the_stock_was_not_dealt_in(tmp_path):
    idle = NO_TRADE | {"state": "suspended"}
    rows = [("600519.SS", f"{BEFORE}", 10.0, 10.0), ("600519.SS", f"{DAY}", 9.5, 9.5, idle)]
    bars = [("600519.SS", f"{BEFORE}", 10.0), suspended("600519.SS", f"{DAY}", 10.0)]
    lake = lake_of(tmp_path, bars, official=rows)
    settle(lake, CN)
    assert booked(lake) == [("unlisted_adjustment", pytest.approx(10 / 9.5), "baostock")]


def test_the_close_of_an_evening_that_comes_late_settles_the_reference_of_the_session_after(mainland):
    lake = mainland()
    assert settle(lake, CN, [BEFORE])
    assert booked(lake) == [("unlisted_adjustment", pytest.approx(10 / 9.5), "baostock")]


def test_two_accounts_that_differ_differ_again_and_are_held_again(mainland):
    lake = mainland(actions=[("600519.SS", f"{DAY}", "split", 2.0)])
    settle(lake, CN)
    told = lake.read(ACTIONS, "CN").assign(market="CN").to_dict("records")
    keep(lake, ACTIONS, [row | {"value": 1.0526} for row in told])
    settle(lake, CN)
    assert [row[2] for row in quarantine(lake, "CN")] == ["cured"]
    keep(lake, ACTIONS, told)
    assert settle(lake, CN)
    assert sorted(row[2] for row in quarantine(lake, "CN")) == ["cured", "held"]
    assert not settle(lake, CN)


def test_a_doubt_that_came_again_was_held_before_it_was_closed_and_not_in_between(mainland, tmp_path):
    # A reference of 5.05 by our split, of 9.50 by the source; 10.10 / 1.06315789 is 9.50.
    lake = mainland(close=10.1, actions=[("600519.SS", f"{DAY}", "split", 2.0)])
    told = lake.read(ACTIONS, "CN").assign(market="CN").to_dict("records")
    days = [datetime(2022, 6, day, tzinfo=UTC) for day in (6, 8, 10)]
    settle(lake, CN, at=days[0])
    keep(lake, ACTIONS, [row | {"value": 1.06315789} for row in told])
    settle(lake, CN, at=days[1])
    keep(lake, ACTIONS, told)
    settle(lake, CN, at=days[2])
    build(lake, FACTS, tmp_path / "warehouse.duckdb", NOW, 30)
    query = "select return_1d is null as is_in_doubt from prices_as_known_on(?) where trade_date = '2022-05-17'"
    with open_read_only(tmp_path / "warehouse.duckdb") as connection:
        found = [row_of(connection, query, day + timedelta(hours=1))["is_in_doubt"] for day in days]
        query = "select state, known_from, known_to from action_versions where state in ('held', 'cured')"
        spells = rows_of(connection, query)
    assert found == [True, False, True]
    assert [(row["state"], row["known_from"], row["known_to"]) for row in spells] == [
        ("cured", days[0], days[1]),
        ("held", days[2], None),
    ]


def test_stored_evenings_have_their_say_when_their_source_is_named_no_more(mainland, tmp_path, monkeypatch):
    lake = mainland()
    monkeypatch.setenv("AFTERCLOSE_HOME", str(tmp_path))
    monkeypatch.setenv("AFTERCLOSE_NOW", f"{NEXT}T20:00:00+08:00")
    settle_window(load_settings(), FACTS, "CN", [DAY], "run-9")
    assert booked(lake) == [("unlisted_adjustment", pytest.approx(10 / 9.5), "baostock")]
    keep(lake, ACTIONS, [action("600519.SS", f"{DAY}", "dividend", 0.5) | {"market": "CN"}])
    take_official(load_settings(), FACTS, "CN", "run-10")
    assert [row[0] for row in booked(lake)] == ["dividend"]


def test_each_night_lets_stored_evenings_have_their_say_though_no_source_is_named(mainland, tmp_path, monkeypatch):
    lake = mainland()
    keep(lake, RUNS, [run("CN", f"{BEFORE}", f"{NEXT}")])
    monkeypatch.setenv("AFTERCLOSE_HOME", str(tmp_path))
    monkeypatch.setenv("AFTERCLOSE_NOW", f"{NEXT}T20:00:00+08:00")
    done = CliRunner().invoke(app, ["nightly", "--market", "CN", "--date", "2022-05-15"])  # a Sunday: nobody is asked
    assert done.exit_code == 0, done.output
    assert booked(lake) == [("unlisted_adjustment", pytest.approx(10 / 9.5), "baostock")]


@pytest.mark.parametrize("filled", [DAY, date(2022, 5, 27)], ids=["its own day", "a day that has it for a lead"])
def test_what_a_night_of_an_older_day_stored_meets_the_evenings_that_are_stored(
    mainland, tmp_path, monkeypatch, filled
):
    lake = mainland()
    keep(lake, RUNS, [run("CN", f"{BEFORE}", f"{NEXT}")])
    monkeypatch.setenv("AFTERCLOSE_HOME", str(tmp_path))
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-12-30T20:00:00+08:00")
    monkeypatch.setenv("AFTERCLOSE_LOOKBACK", "1")
    with_official(Outcome("CN", filled, filled, "complete", stored=NOTHING), load_settings(), FACTS)
    assert booked(lake) == [("unlisted_adjustment", pytest.approx(10 / 9.5), "baostock")]


def test_what_is_booked_goes_when_the_vendors_event_explains_it(mainland):
    lake = mainland()
    settle(lake, CN)
    rows = lake.read(ACTIONS, "CN")
    dividend = pd.DataFrame([action("600519.SS", f"{DAY}", "dividend", 0.5)], dtype="object")
    keep(
        lake, ACTIONS, [row | {"market": "CN"} for row in pd.concat([rows, dividend[rows.columns]]).to_dict("records")]
    )
    assert settle(lake, CN)
    assert booked(lake) == [("dividend", 0.5, "handmade")]


def test_a_dividend_that_a_person_releases_takes_the_place_of_what_was_booked_and_gives_it_back_when_held(mainland):
    told = dict.fromkeys(("open", "high", "low", "close", "volume")) | {"kind": "dividend", "value": 0.5}
    lake = mainland(quarantine=[("600519.SS", f"{DAY}", "dividend_too_large", told)])
    settle(lake, CN)
    adjustment = ("unlisted_adjustment", pytest.approx(10 / 9.5), "baostock")
    assert booked(lake) == [adjustment]
    decision = Decision("me", None, NOW, "run-8", FACTS)
    with lake.writing(0, "test"):
        release(lake, matching(lake, decision, symbol="600519.SS"), decision)
    assert booked(lake) == [("dividend", 0.5, "handmade")]
    with lake.writing(0, "test"):
        hold(lake, "600519.SS", DAY, decision, "dividend")
    assert booked(lake) == [adjustment]


@pytest.mark.parametrize("dividend", [0.5, 0.49, 0.51, 0.48])
def test_a_distribution_that_differs_by_two_fen_at_most_is_explained(mainland, dividend):
    lake = mainland(actions=[("600519.SS", f"{DAY}", "dividend", dividend)])
    assert not settle(lake, CN)


def test_two_accounts_of_one_day_are_held_with_both_numbers_until_they_are_one(mainland):
    lake = mainland(actions=[("600519.SS", f"{DAY}", "split", 2.0)])
    assert settle(lake, CN)
    (row,) = lake.read(QUARANTINE, "CN").to_dict("records")
    assert (row["rule"], row["kind"], row["status"], row["source"]) == (
        *("official_reference_differs", "unlisted_adjustment"),
        *("held", "baostock"),
    )
    assert "a reference price of 5.00 by our close of 10.00 and our events, 9.50 by baostock" in row["detail"]
    assert not settle(lake, CN)
    gone = lake.read(ACTIONS, "CN").assign(known_to=NOW, market="CN")
    keep(lake, ACTIONS, gone.to_dict("records"))
    assert settle(lake, CN)
    assert quarantine(lake, "CN")[0][2:4] == ["cured", "afterclose"]
    assert [row[0] for row in booked(lake)] == ["unlisted_adjustment"]


def test_the_official_account_that_is_released_counts_no_dividend_twice_that_stays(mainland):
    lake = mainland(previous=4.5, actions=[("600519.SS", f"{DAY}", "dividend", 0.5)])
    assert settle(lake, CN)
    decision = Decision("me", None, NOW, "run-8", FACTS)
    with lake.writing(0, "test"):
        release(lake, matching(lake, decision, symbol="600519.SS"), decision)
    # 10.00 for two, less 0.50: 4.50, as the exchange has it.
    assert ("unlisted_adjustment", pytest.approx(2.0), "baostock") in booked(lake)
    assert not settle(lake, CN)


def test_what_a_person_released_of_an_official_account_goes_when_the_source_gives_another(mainland):
    lake = mainland(actions=[("600519.SS", f"{DAY}", "split", 2.0)])
    settle(lake, CN)
    decision = Decision("me", None, NOW, "run-8", FACTS)
    with lake.writing(0, "test"):
        release(lake, matching(lake, decision, symbol="600519.SS"), decision)
    split, released = ("split", 2.0, "handmade"), ("unlisted_adjustment", pytest.approx(5 / 9.5), "baostock")
    assert booked(lake) == [split, released]  # 9.50 where our split gives 5.00

    def corrected_to(previous):
        rows = lake.read(OFFICIAL, "CN").assign(market="CN")
        rows.loc[rows["trade_date"] == DAY, "previous_close"] = previous
        keep(lake, OFFICIAL, rows.to_dict("records"))
        assert settle(lake, CN)
        assert not settle(lake, CN)
        return sorted(row[2] for row in quarantine(lake, "CN"))

    assert corrected_to(5.0) == ["cured"]
    assert booked(lake) == [split]
    assert quarantine(lake, "CN")[0][4] == "what was released is printed no more"
    assert corrected_to(9.5) == ["cured", "held"]  # the release was of what went
    assert booked(lake) == [split]
    assert corrected_to(9.0) == ["cured", "cured", "held"]
    assert booked(lake) == [split]


@pytest.mark.parametrize(
    ("close", "printed", "previous", "rule"),
    [
        (10.3, 10.0, 9.5, "official_reference_differs"),  # it goes ex of something, and our close before is another
        (10.3, 10.0, 10.0, None),  # our close before is another, and nothing happened
        (10.0, None, 9.5, None),  # nobody says what the close before was
        (10.0, 10.0, 10.0, None),
    ],
)
def test_nothing_is_booked_where_our_close_before_is_not_the_official_one(mainland, close, printed, previous, rule):
    lake = mainland(close, printed, previous)
    settle(lake, CN)
    assert booked(lake) == []
    assert [row[1] for row in quarantine(lake, "CN")] == ([rule] if rule else [])


@pytest.fixture
def hong_kong(tmp_path):
    """A stock that closed at 50.00, of which the next page prints another previous close."""

    def make(close=50.0, previous=25.0, symbol="0005.HK", **more):
        rows = [(symbol, f"{BEFORE}", close, 49.0), (symbol, f"{DAY}", 25.2, previous)]
        return lake_of(tmp_path, [(symbol, f"{BEFORE}", 50.0), (symbol, f"{DAY}", 25.2)], official=rows, **more)

    return make


def test_a_previous_close_that_nothing_explains_is_held_as_an_event_until_one_does(hong_kong):
    lake = hong_kong()
    assert settle(lake)
    (row,) = lake.read(QUARANTINE, "HK").to_dict("records")
    assert (row["rule"], row["kind"], row["value"], row["status"], row["source"]) == (
        *("official_previous_close_differs", "unlisted_adjustment", 2.0),
        *("held", "hkex"),
    )
    assert row["detail"].endswith("hkex has a previous close of 25 after its close of 50, and no event is known")
    assert not settle(lake)
    assert current(lake, ACTIONS).empty
    keep(lake, ACTIONS, [action("0005.HK", f"{DAY}", "split", 2.0)])
    assert settle(lake)
    assert quarantine(lake)[0][2:4] == ["cured", "afterclose"]


def test_a_person_who_releases_it_books_the_adjustment_that_was_printed_while_it_is(hong_kong):
    lake = hong_kong()
    settle(lake)
    decision = Decision("me", None, NOW, "run-8", FACTS)
    with lake.writing(0, "test"):
        release(lake, matching(lake, decision, symbol="0005.HK"), decision)
    assert [(row["kind"], row["value"], row["source"]) for row in current(lake, ACTIONS).to_dict("records")] == [
        ("unlisted_adjustment", 2.0, "hkex")
    ]
    assert not settle(lake)
    rows = lake.read(OFFICIAL, "HK").assign(market="HK")
    rows.loc[rows["trade_date"] == DAY, "previous_close"] = 50.0  # as it closed: the page is corrected
    keep(lake, OFFICIAL, rows.to_dict("records"))
    assert settle(lake)
    assert current(lake, ACTIONS).empty
    assert [row[2] for row in quarantine(lake)] == ["cured"]
    assert not settle(lake)


@pytest.mark.parametrize(
    "given",
    [
        {"previous": 50.0},
        {"previous": None},
        {"close": None},
        {"actions": [("0005.HK", f"{DAY}", "dividend", 0.5)]},
        {"symbol": "80005.HK"},
    ],
    ids=["as closed", "not given", "no close before", "an event of the day", "nobody's that we follow"],
)
def test_a_previous_close_is_held_for_nothing_else(hong_kong, given):
    lake = hong_kong(**given)
    assert not settle(lake)
    assert quarantine(lake) == []


def test_the_vendors_flat_bar_is_held_each_night_until_it_sends_the_trades_that_the_exchange_saw(
    vendor, evening, monkeypatch
):
    monkeypatch.setenv("AFTERCLOSE_OFFICIAL_SOURCES", "hkex")
    symbols = HK.members_on(DAY) | {index.symbol for index in HK.indices}
    vendor.bars |= {symbol: walk(symbol, HK, date(2022, 4, 25), NEXT) for symbol in symbols}
    dealt, close = vendor.bars["0005.HK"][DAY], vendor.bars["0005.HK"][BEFORE][3]
    vendor.bars["0005.HK"][DAY] = (close, close, close, close, 0)
    evening(DAY)
    vendor.today = DAY
    run_evening(DAY)
    lake = open_lake(load_settings())
    assert (current(lake, STOCKS)["trading_state"] == "suspended").sum() == 1
    keep(lake, OFFICIAL, [official_line("0005.HK", f"{DAY}", 50.2, 50.0)])
    settle_window(load_settings(), FACTS, "HK", [DAY], "run-9")
    run_evening(DAY)  # the same answer once more, at the same moment
    bars = current(lake, STOCKS)
    assert not ((bars["symbol"] == "0005.HK") & (bars["trade_date"] == DAY)).any()
    assert [row[:3] for row in quarantine(lake)] == [["0005.HK", "official_says_traded", "held"]]
    vendor.bars["0005.HK"][DAY] = dealt
    run_evening(DAY)
    bars = current(lake, STOCKS)
    assert bars.loc[(bars["symbol"] == "0005.HK") & (bars["trade_date"] == DAY), "close"].tolist() == [dealt[3]]
    assert [row[:3] for row in quarantine(lake)] == [["0005.HK", "official_says_traded", "cured"]]
    assert list(audit_versions(lake.read(STOCKS, "HK"), list(STOCKS.key))) == []


def test_a_bar_that_two_evenings_held_by_two_rules_is_put_in_once(tmp_path):
    held = [flat("0005.HK"), flat("0005.HK", rule="flat_at_changed_close")]
    lake = lake_of(
        tmp_path,
        [("0005.HK", f"{BEFORE}", 50.0)],
        quarantine=held,
        official=[("0005.HK", f"{DAY}", 50.0, 50.0, NO_TRADE)],
    )
    assert settle(lake)
    bars = current(lake, STOCKS)
    assert list(bars["trade_date"]) == [BEFORE, DAY]
    assert [row[2] for row in quarantine(lake)] == ["cured", "cured"]
