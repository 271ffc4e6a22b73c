"""A publish derives anew what has changed since the last one, and makes the file whole where that is not enough."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from warehouse_of import action, bar, held, keep, lake_of, official_answer, official_line, rows_of, run

from tests.shipped import FACTS
from warehouse.lake.manifest import RECORDS
from warehouse.lake.schema import ACTIONS, DATASETS, INDICES, OFFICIAL, OFFICIAL_ANSWERS, QUARANTINE, RUNS, STOCKS
from warehouse.sql import scripts
from warehouse.sql.build import update
from warehouse.sql.change import BY_ITSELF, FOUND_BY
from warehouse.sql.database import open_read_only
from warehouse.sql.stored import origin_of

pytestmark = pytest.mark.slow

EVENING = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)
NIGHT = timedelta(days=1)
DAYS = ["2022-05-12", "2022-05-13", "2022-05-16", "2022-05-17", "2022-05-18"]
STOCK_BARS = [(symbol, day, 100 + at) for symbol in ("0700.HK", "0005.HK") for at, day in enumerate(DAYS[:4])]
INDEX_BARS = [("^HSI", day, 20000 + at) for at, day in enumerate(DAYS[:4])]
# Derived whenever anything has changed, for they have a row a session, a name or a rule and not one a bar.
SMALL = {
    *("session_grid", "limit_spells", "dated_names", "period_ends", "st_spells", "tick_bands", "doubted_references"),
    *("member_spells", "pair_starts"),
}


def made(home, lake, at=EVENING, facts=FACTS, settle=30):
    """Bring the file up to the lake; how far that reached."""
    return update(lake, facts, home / "warehouse.duckdb", at, settle, lambda _: None, lambda _: None).reach


@pytest.fixture
def lake(tmp_path):
    """A lake of four sessions, and the file that it makes."""
    lake = lake_of(tmp_path, stocks=STOCK_BARS, indices=INDEX_BARS, runs=[("HK", DAYS[0], DAYS[3])])
    assert made(tmp_path, lake) == "whole"
    return lake


def add(lake, dataset, rows):
    """Commit rows beside those that there are."""
    stored = lake.read(dataset, "HK").to_dict("records")
    keep(lake, dataset, [*({"market": "HK", **row} for row in stored), *rows])


def next_evening(lake):
    """Bars of one more session, and the run that brought them."""
    add(lake, STOCKS, [bar("0700.HK", DAYS[4], 110), bar("0005.HK", DAYS[4], 90)])
    add(lake, INDICES, [bar("^HSI", DAYS[4], 21000)])
    add(lake, RUNS, [run("HK", DAYS[4], DAYS[4])])


def test_an_evening_rewrites_no_row_of_the_days_before_it(lake, tmp_path):
    tables = ("prices", "stock_returns", "index_returns", "keys", "verdicts", "breadth", "market_wrap")

    def rows():
        with open_read_only(tmp_path / "warehouse.duckdb") as connection:
            return {
                table: rows_of(
                    connection, f"select rowid, * from base.{table} where trade_date < '{DAYS[4]}' order by rowid"
                )
                for table in tables
            }

    before = rows()
    assert all(before.values())
    next_evening(lake)
    assert made(tmp_path, lake, EVENING + NIGHT) == "part"
    assert rows() == before
    with open_read_only(tmp_path / "warehouse.duckdb") as connection:
        found = rows_of(connection, f"select symbol, return_1d from prices where trade_date = '{DAYS[4]}' order by all")
    assert [(row["symbol"], round(row["return_1d"], 4)) for row in found] == [("0005.HK", -0.1262), ("0700.HK", 0.068)]


def test_an_official_evening_is_a_part_and_reaches_its_lines_from_that_day_on(lake, tmp_path):
    for at, day in enumerate(DAYS[:4]):
        lines = [official_line(symbol, day, close, 100.0) for symbol, close in (("0700.HK", 100 + at), ("0002.HK", 60))]
        add(lake, OFFICIAL, lines)
        assert made(tmp_path, lake, EVENING + timedelta(hours=at)) == "part"
    with open_read_only(tmp_path / "warehouse.duckdb") as connection:
        turnovers = rows_of(connection, "select turnover from prices where symbol = '0700.HK' order by trade_date")
        agreed = rows_of(connection, "select trade_date::text as day, equal, compared from agreement order by day")
        lines = "select rowid, * from base.official_prices where trade_date < '2022-05-17' order by all"
        before = rows_of(connection, lines)
    assert [row["turnover"] for row in turnovers] == [100_000.0, 101_000.0, 102_000.0, 103_000.0]
    assert agreed == [{"day": day, "equal": 1, "compared": 1} for day in DAYS[:4]]
    add(lake, OFFICIAL, [official_line("0700.HK", DAYS[4], 104, 103)])
    assert made(tmp_path, lake, EVENING + NIGHT) == "part"
    with open_read_only(tmp_path / "warehouse.duckdb") as connection:
        assert rows_of(connection, lines) == before


def test_a_line_among_an_evening_that_came_late_is_no_new_one_any_more(lake, tmp_path):
    def listed():
        with open_read_only(tmp_path / "warehouse.duckdb") as connection:
            query = "select symbol from official_prices where return_1d is null and trade_date = '2022-05-17'"
            return {row["symbol"] for row in rows_of(connection, query)}

    add(lake, OFFICIAL, [official_line(symbol, DAYS[1], 60, 60) for symbol in ("0700.HK", "0002.HK")])
    add(lake, OFFICIAL, [official_line(symbol, DAYS[3], 60, 60) for symbol in ("0700.HK", "0002.HK", "0003.HK")])
    assert made(tmp_path, lake) == "part"
    assert listed() == {"0700.HK", "0002.HK", "0003.HK"}
    add(lake, OFFICIAL, [official_line(symbol, DAYS[2], 60, 60) for symbol in ("0700.HK", "0002.HK")])
    assert made(tmp_path, lake) == "part"
    assert listed() == {"0003.HK"}


def test_a_line_is_no_new_one_where_bars_of_before_come_or_the_evening_before_is_read_no_more(lake, tmp_path):
    def listed():
        with open_read_only(tmp_path / "warehouse.duckdb") as connection:
            query = (
                "select p.symbol, is_first_known from official_prices as p join listings as l using (symbol) "
                "where listing_session = 1 and trade_date = '2022-05-16'"
            )
            return {(row["symbol"], row["is_first_known"]) for row in rows_of(connection, query)}

    add(lake, OFFICIAL, [official_line("0700.HK", DAYS[1], 60, 60)])
    add(lake, OFFICIAL, [official_line(symbol, DAYS[2], 60, 60) for symbol in ("0700.HK", "0002.HK", "0003.HK")])
    add(lake, OFFICIAL, [official_line(symbol, DAYS[3], 60, 60) for symbol in ("0700.HK", "0002.HK", "0003.HK")])
    add(lake, OFFICIAL_ANSWERS, [official_answer("HK", DAYS[1], "ok")])
    assert made(tmp_path, lake) == "part"
    assert listed() == {("0002.HK", True), ("0003.HK", True)}
    add(lake, STOCKS, [bar("0002.HK", DAYS[0], 61)])
    assert made(tmp_path, lake) == "part"
    assert listed() == {("0003.HK", True)}
    later = {"unread": "  3#HK & CHINA GAS", "asked_at": EVENING + NIGHT}
    add(lake, OFFICIAL_ANSWERS, [official_answer("HK", DAYS[1], "ok", later)])
    assert made(tmp_path, lake) == "part"
    assert listed() == set()
    with open_read_only(tmp_path / "warehouse.duckdb") as connection:
        assert rows_of(connection, "select * from official_prices where listing_session is not null") == []
        assert rows_of(connection, "select * from listings where is_first_known") == []
        assert rows_of(connection, "select * from market_breadth where new_listings > 0") == []


def test_what_is_told_of_a_line_without_bars_makes_no_stock_of_it(lake, tmp_path):
    add(lake, OFFICIAL, [official_line(symbol, day, 60, 60) for symbol in ("0002.HK", "0005.HK") for day in DAYS[:4]])
    made(tmp_path, lake)
    add(lake, ACTIONS, [action("0002.HK", DAYS[1], "split", 5)])
    cured = {"status": "cured", "decided_by": "hkex"}
    add(lake, QUARANTINE, [held("0002.HK", DAYS[2], "newly_flat_market", cured)])
    assert made(tmp_path, lake) == "part"
    with open_read_only(tmp_path / "warehouse.duckdb") as connection:
        assert rows_of(connection, "select distinct symbol from base.official_bars") == [{"symbol": "0005.HK"}]


@pytest.mark.parametrize(("first_evening", "reach"), [("2022-05-12", "part"), ("2020-03-02", "whole")])
def test_what_was_printed_of_a_stock_before_it_had_bars_is_found_when_it_has(lake, tmp_path, first_evening, reach):
    add(lake, OFFICIAL, [official_line("0002.HK", first_evening, 60, 60)])
    # What is from before the evenings that are held whole is among `listings`, and nowhere else.
    assert made(tmp_path, lake) == reach
    with open_read_only(tmp_path / "warehouse.duckdb") as connection:
        (listed,) = rows_of(
            connection, "select cast(first_session as varchar) as day from listings where symbol = '0002.HK'"
        )
    assert listed == {"day": first_evening}
    add(lake, STOCKS, [bar("0002.HK", day, 61) for day in (first_evening, DAYS[1])])
    assert made(tmp_path, lake) == reach
    with open_read_only(tmp_path / "warehouse.duckdb") as connection:
        prices = rows_of(connection, "select official_close from prices where symbol = '0002.HK' order by trade_date")
    assert prices == [{"official_close": 60.0}, {"official_close": None}]


def test_the_file_has_every_line_for_as_many_years_as_is_said_and_the_listings_of_all(lake, tmp_path):
    def held(years):
        file = tmp_path / "warehouse.duckdb"
        reach = update(lake, FACTS, file, EVENING, 30, lambda _: None, lambda _: None, years).reach
        with open_read_only(file) as connection:
            days = rows_of(connection, "select cast(trade_date as varchar) as day from official_prices order by all")
            (listed,) = rows_of(connection, "select cast(first_session as varchar) as day, names from listings")
        return reach, [row["day"] for row in days], listed["day"], [spell["name"] for spell in listed["names"]]

    names = {"2019-05-17": "OLD", "2020-05-18": "OLD", "2022-05-16": "NEW"}
    add(lake, OFFICIAL, [official_line("0002.HK", day, 60, 60, {"name": name}) for day, name in names.items()])
    assert held(2) == ("whole", ["2020-05-18", "2022-05-16"], "2019-05-17", ["OLD", "NEW"])
    assert held(1) == ("whole", ["2022-05-16"], "2019-05-17", ["OLD", "NEW"])
    assert held(9) == ("whole", list(names), "2019-05-17", ["OLD", "NEW"])
    assert held(9)[0] == "none"


def test_names_that_came_back_before_the_evenings_that_are_held_are_spells_of_their_own(lake, tmp_path):
    names = {"2018-05-14": "AA", "2018-05-15": "BB", "2018-05-16": "AA", "2018-05-17": "BB", "2022-05-16": "BB"}
    add(lake, OFFICIAL, [official_line("0002.HK", day, 60, 60, {"name": name}) for day, name in names.items()])
    assert made(tmp_path, lake) == "whole"
    with open_read_only(tmp_path / "warehouse.duckdb") as connection:
        (listed,) = rows_of(connection, "select names from listings")
    spells = [(spell["name"], str(spell["first_session"]), str(spell["last_session"])) for spell in listed["names"]]
    assert spells == [
        ("AA", "2018-05-14", "2018-05-14"),
        ("BB", "2018-05-15", "2018-05-15"),
        ("AA", "2018-05-16", "2018-05-16"),
        ("BB", "2018-05-17", "2022-05-16"),
    ]


def test_a_run_that_brings_nothing_leaves_the_file_as_it_is(lake, tmp_path):
    path = tmp_path / "warehouse.duckdb"
    before = path.stat()
    add(lake, RUNS, [run("HK", DAYS[3], DAYS[3], {"run_id": "again"})])
    assert made(tmp_path, lake, EVENING + timedelta(hours=2)) == "none"
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert not list(tmp_path.glob("*.next*"))


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.name)
def test_the_file_is_left_as_it_is_where_the_manifest_has_no_news_and_nowhere_else(lake, tmp_path, dataset):
    with open_read_only(tmp_path / "warehouse.duckdb") as connection:
        commit = origin_of(connection).commit
    add(lake, dataset, [any_row(dataset)])
    reach = made(tmp_path, lake, EVENING + timedelta(hours=2))
    assert lake.manifest().has_news_since(commit) == (reach != "none")
    assert (dataset.name in RECORDS) == (reach == "none")


def any_row(dataset):
    """A row that the schema takes, and that no other row has."""
    values = {
        "string": "other", "date32[day]": EVENING.date(), "timestamp[us, tz=UTC]": EVENING,
        "int32": 1, "int64": 1, "double": 1.0, "bool": False,
    }  # fmt: skip
    row = {field.name: values[str(field.type)] for field in dataset.schema}
    known = {"known_to": None, "symbol": "0941.HK", "state": "failed", "outcome": "ok", "decision": "rejected"}
    return {"market": "HK", **row} | {name: value for name, value in known.items() if name in row}


def test_what_a_skipped_publish_left_comes_with_the_next(lake, tmp_path):
    add(lake, RUNS, [run("HK", DAYS[3], DAYS[3], {"run_id": "again"})])
    made(tmp_path, lake, EVENING + timedelta(hours=2))
    next_evening(lake)
    made(tmp_path, lake, EVENING + NIGHT)
    with open_read_only(tmp_path / "warehouse.duckdb") as connection:
        assert rows_of(connection, "select count(*) as runs from runs where run_id = 'again'") == [{"runs": 1}]


@pytest.mark.parametrize("other", ["facts", "month", "settling time", "clock", "damage", "session of the past"])
def test_the_file_is_made_whole(lake, tmp_path, other):
    next_evening(lake)
    at, facts, settle = EVENING + NIGHT, FACTS, 30
    hong_kong = FACTS.market("HK")
    if other == "facts":
        facts = replace(FACTS, markets=FACTS.markets | {"HK": replace(hong_kong, spells=hong_kong.spells[1:])})
    elif other == "month":
        at = datetime(2022, 6, 1, 10, 30, tzinfo=UTC)
    elif other == "settling time":
        settle = 31
    elif other == "clock":
        at = EVENING - timedelta(hours=1)
    elif other == "damage":
        with (tmp_path / "warehouse.duckdb").open("r+b") as file:
            file.seek(5000)
            file.write(b"damage")
    else:
        days = [day for day in hong_kong.sessions.days if str(day.trade_date) != DAYS[1]]
        sessions = replace(hong_kong.sessions, days=days)
        facts = replace(FACTS, markets=FACTS.markets | {"HK": replace(hong_kong, sessions=sessions)})
    assert made(tmp_path, lake, at, facts, settle) == "whole"


def test_every_table_says_what_reaches_it():
    with duckdb.connect() as connection:
        tables = [statement for statement in scripts.statements(connection) if statement.table]
    assert {statement.reach for statement in tables if statement.reach} == set(FOUND_BY)
    others = [statement for statement in tables if not statement.reach and not statement.dataset]
    small = {statement.table for statement in others if not statement.facts}
    assert small == SMALL
    assert set(BY_ITSELF) <= {statement.facts for statement in others}
