"""`afterclose quarantine`, as a person walks through it, and what the verdict says of a decision."""

import json
from datetime import UTC, date, datetime

import pytest
from typer.testing import CliRunner
from warehouse_of import keep, lake_of, row_of, rows_of

from flows.cli import app
from tests.shipped import FACTS
from warehouse.errors import AftercloseError, UsageError
from warehouse.lake.schema import DECISIONS
from warehouse.sql.build import build, update
from warehouse.sql.database import open_read_only

pytestmark = pytest.mark.slow

EVENING = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)
KNOWN = {"known_from": datetime(2022, 5, 17, 10, 0, tzinfo=UTC)}
DAYS = ("2022-05-13", "2022-05-16", "2022-05-17")
STOCKS = [("0700.HK", "2022-05-13", 330, KNOWN), ("0700.HK", "2022-05-16", 332, KNOWN)]
STOCKS += [("0005.HK", day, 48, KNOWN) for day in DAYS]
JUMP = {
    "open": 336.0,
    "high": 350.0,
    "low": 336.0,
    "close": 34980.0,
    "volume": 31,
    "detail": "close 34980 of 336 to 350",
}
HELD = [
    ("0700.HK", "2022-05-17", "close_within_range", JUMP | {"id": "aa11"}),
    ("9988.HK", "2022-05-17", "close_within_range", {"id": "ab22", "close": 95.0}),
    ("0001.HK", "2022-05-16", "right_currency", {"id": "cc33", "status": "cured", "decided_by": "afterclose"}),
]


@pytest.fixture
def warehouse(home, monkeypatch):
    """A home with two held rows of one session, and what the command line says to words."""
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-17T19:00:00+08:00")
    run = ("HK", "2022-05-13", "2022-05-17", {"ended_at": EVENING})
    lake = lake_of(home, stocks=STOCKS, quarantine=HELD, runs=[run])
    build(lake, FACTS, home / "warehouse.duckdb", EVENING, 30)
    return home / "warehouse.duckdb"


def say(*words):
    done = CliRunner().invoke(app, ["quarantine", *words])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def ask(path, query, *parameters):
    with open_read_only(path) as connection:
        return rows_of(connection, query, *parameters)


def listed(*words):
    return [row["id"] for row in json.loads(say("list", "--json", *words))]


def key(path, symbol):
    query = "select distinct state, rules from base.keys where symbol = ? and trade_date = '2022-05-17'"
    with open_read_only(path) as connection:
        return tuple(row_of(connection, query, symbol).values())


@pytest.mark.usefixtures("warehouse")
def test_the_list_shows_what_is_held_and_filters_find_the_rest():
    shown = say("list")
    assert "0700.HK" in shown
    assert "34980" in shown
    assert "0001.HK" not in shown
    assert listed() == ["aa11", "ab22"]
    assert listed("--symbol", "0700.hk") == ["aa11"]
    assert listed("--status", "cured") == ["cc33"]
    assert listed("--status", "all", "--date", "2022-05-16") == ["cc33"]
    assert listed("--rule", "right_currency") == listed("--market", "CN") == []
    assert say("list", "--market", "CN") == "nothing is held\n"


@pytest.mark.usefixtures("warehouse")
def test_a_status_that_no_row_can_have_is_refused_with_those_that_one_can():
    refused = CliRunner().invoke(app, ["quarantine", "list", "--status", "foo"])
    assert refused.exit_code == 2
    for status in ("held", "warned", "released", "rejected", "cured", "all"):
        assert f"'{status}'" in refused.output


@pytest.mark.usefixtures("warehouse")
def test_a_row_is_shown_with_the_bars_before_it_and_with_what_to_type_next():
    shown = say("show", "aa")
    for part in ("close 34980 of 336 to 350", "2022-05-16", "332", "this row", "quarantine release aa11"):
        assert part in shown
    found = json.loads(say("show", "aa11", "--json"))
    assert [bar["close"] for bar in found["neighbours"]] == [330, 332]
    assert found["decisions"] == []


def test_beside_an_event_a_bar_has_no_value_in_the_list(home, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-18T19:00:00+08:00")
    event = {"id": "ee55", "kind": "dividend", "value": 20.0, "currency": "HKD"}
    bar = JUMP | {"id": "aa11", "currency": "HKD"}
    lake = lake_of(
        home,
        quarantine=[
            ("0700.HK", "2022-05-17", "close_within_range", bar),
            ("0005.HK", "2022-05-17", "dividend_too_large", event),
        ],
    )
    build(lake, FACTS, home / "warehouse.duckdb", EVENING, 30)
    lines = {line.split()[0]: line for line in say("list").splitlines() if line[:4] in ("aa11", "ee55")}
    assert "dividend  20 HKD" in lines["ee55"]
    assert "HKD" not in lines["aa11"]


def test_a_row_and_the_bar_that_took_its_place_are_both_held_against_the_session_before(home, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-18T19:00:00+08:00")
    cured = {"status": "cured", "decided_at": EVENING, "decided_by": "afterclose", "note": "a later answer passed"}
    lake = lake_of(
        home,
        stocks=[("0005.HK", day, close, KNOWN) for day, close in zip(DAYS, (40, 50, 60), strict=True)],
        quarantine=[("0005.HK", "2022-05-17", "close_within_range", JUMP | cured | {"id": "dd44", "close": 75.0})],
    )
    build(lake, FACTS, home / "warehouse.duckdb", EVENING, 30)
    lines = [line.rstrip() for line in say("show", "dd44").splitlines()]
    row, stored = (line for line in lines if line.startswith("2022-05-17 ") and not line.endswith("passed"))
    assert "+50.0%  <- this row" in row  # 75 after 50, and not after the 60 of its own day
    assert "+20.0%  traded" in stored
    assert lines[-1] == "2022-05-17 10:30 UTC cured by afterclose: a later answer passed"


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show", "a"), "'a' begins several ids: aa11, ab22"),
        (("show", "zz"), "no quarantine row 'zz'"),
        (("release",), "which rows"),
        (("release", "aa11", "--date", "2022-05-17"), "which rows"),
        (("release", "--date", "17 May"), "is no date"),
        (("release", "--date", "", "--rule", "right_currency"), "'' is no date"),
        (("list", "--date", ""), "'' is no date"),
        (("reject", "--rule", "right_currency"), "nothing is held for rule right_currency"),
        (("reject", "--rule", "none"), "no rule 'none': use one of beyond_belief, "),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(words, message):
    with pytest.raises(UsageError, match=message) as refused:
        say(*words)
    assert "\n" not in str(refused.value)


def test_a_released_row_is_received_and_the_file_shows_who_and_why(warehouse):
    shown = say("release", "aa", "--note", "seen at the exchange", "--by", "ann")
    assert shown.startswith(
        "released aa11 0700.HK 2022-05-17 close_within_range\nHK 2022-05-17: partial (1 held: 9988.HK"
    )
    assert key(warehouse, "0700.HK") == ("received", None)
    (price,) = ask(warehouse, "select close from prices where symbol = '0700.HK' and trade_date = '2022-05-17'")
    assert price == {"close": 34980.0}
    (row,) = ask(warehouse, "select decision, decided_by, note from decisions")
    assert row == {"decision": "released", "decided_by": "ann", "note": "seen at the exchange"}
    assert "released by ann: seen at the exchange" in say("show", "aa")
    stored_by = "select d.id from price_versions as p join decisions as d on d.run_id = p.run_id"
    assert ask(warehouse, stored_by) == [{"id": "aa11"}]


def test_a_rejected_row_is_missing_and_the_verdict_says_why(warehouse):
    say("reject", "aa11", "ab22")
    assert key(warehouse, "0700.HK") == ("missing", "rejected")
    query = "select held, missing, reason from session_status where trade_date = '2022-05-17'"
    (verdict,) = ask(warehouse, query)
    assert verdict["held"] == 0
    hong_kong = FACTS.market("HK")
    owed = len(hong_kong.members_on(date(2022, 5, 17))) + sum(index.is_followed for index in hong_kong.indices)
    but_one = f"{owed - 1} missing: 0700.HK rejected, 9988.HK rejected, 0001.HK, "
    assert verdict["reason"].startswith(but_one)


def test_many_are_decided_with_one_build_and_the_user_of_the_machine_signs(warehouse, monkeypatch):
    monkeypatch.setenv("LOGNAME", "the user")
    built = []
    monkeypatch.setattr("tasks.publish.update", lambda *words, **named: built.append(1) or update(*words, **named))
    say("reject", "--date", "2022-05-17", "--rule", "close_within_range")
    assert len(built) == 1
    assert ask(warehouse, "select distinct decided_by from decisions") == [{"decided_by": "the user"}]
    assert listed() == []


def test_a_withdrawn_bar_is_held_and_known_as_of_before(warehouse):
    said = say("hold", "0005.hk", "2022-05-17", "--note", "odd")
    assert "HK 2022-05-17: partial (3 held: 0005.HK withdrawn, " in said
    assert key(warehouse, "0005.HK") == ("held", "withdrawn")
    query = "select count(*) as bars from prices_as_known_on(?) where symbol = '0005.HK' and trade_date = '2022-05-17'"
    assert ask(warehouse, query, "2022-05-17 18:59:59+08") == [{"bars": 1}]
    assert ask(warehouse, query, "2022-05-17 19:00:00+08") == [{"bars": 0}]
    assert len(listed()) == 3


def test_an_event_that_is_taken_back_again_is_not_told_as_held_while_it_was_in_use(warehouse, home, monkeypatch):
    lake = lake_of(home, actions=[("0005.HK", "2022-05-16", "dividend", 0.5, KNOWN)])
    build(lake, FACTS, warehouse, EVENING, 30)
    take_back = ["hold", "0005.HK", "2022-05-16", "--event", "dividend"]
    for hour, words in ((20, take_back), (21, ["release"]), (22, take_back)):
        monkeypatch.setenv("AFTERCLOSE_NOW", f"2022-05-17T{hour}:00:00+08:00")
        say(*words, *(listed("--symbol", "0005.HK") if words == ["release"] else []))
    query = """
        select state from action_versions
        where symbol = '0005.HK' and known_from <= $1 and coalesce(known_to > $1, true)
    """
    assert ask(warehouse, query, "2022-05-17 21:30:00+08") == [{"state": "withdrawn"}]
    assert ask(warehouse, query, "2022-05-17 22:30:00+08") == [{"state": "held"}]


def test_an_event_that_was_held_until_it_was_released_is_told_so(warehouse, home):
    told = {"kind": "dividend", "value": 0.5, "id": "dd44", "currency": "HKD", "held_at": EVENING}
    lake = lake_of(home, quarantine=[("0005.HK", "2022-05-16", "dividend_too_large", told)])
    build(lake, FACTS, warehouse, EVENING, 30)
    say("release", "dd44", "--by", "ann", "--note", "seen at the exchange")
    query = "from action_versions where symbol = '0005.HK' order by known_from"
    held, accepted = ask(warehouse, query)
    decided = datetime(2022, 5, 17, 11, tzinfo=UTC)
    assert (held["state"], held["known_from"], held["known_to"]) == ("released", EVENING, decided)
    assert held["reason"].endswith("; seen at the exchange")
    assert (accepted["state"], accepted["known_from"], accepted["known_to"]) == ("accepted", decided, None)


def test_a_release_whose_bar_is_not_stored_is_refused_by_the_audit(home):
    lake = lake_of(home, stocks=STOCKS, quarantine=HELD)
    decided = dict.fromkeys(DECISIONS.schema.names, "lost") | {
        "market": "HK",
        "symbol": "0700.HK",
        "trade_date": EVENING.date(),
        "decision": "released",
        "decided_at": EVENING,
    }
    keep(lake, DECISIONS, [decided])
    with pytest.raises(AftercloseError, match="released_is_stored found 1 rows"):
        build(lake, FACTS, home / "warehouse.duckdb", EVENING, 30)
