"""What follows from a commit (database, what was said, pages) is there after the next run of anything, whoever died."""

import os
import shutil

import duckdb
import pytest

from flows.cli import main
from tasks.undone import is_undone
from tests.crash import PowerCutError, die_at
from tests.faults.played import MONDAY, TUESDAY, all_bars, night, play, refuse_anything_undone
from warehouse.lake.lake import Lake
from warehouse.lake.schema import STOCKS
from warehouse.settings import load_settings
from warehouse.sql.database import seal
from warehouse.whole import xxh128_of

HOLD = ("quarantine", "hold", "0700.HK", str(MONDAY), "--note", "x", "--by", "y")


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("played")
    play(folder)
    return folder


@pytest.fixture
def vendor(home, vendor, monkeypatch):
    """The look-alike; `put` brings the played home into place."""
    vendor.bars = all_bars()
    monkeypatch.setenv("AFTERCLOSE_NOW", f"{MONDAY}T19:30:00+08:00")
    monkeypatch.setenv("AFTERCLOSE_LOOKBACK", "3")
    return vendor


@pytest.fixture
def put(played, home):
    def anew():
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(played, home)

    return anew


@pytest.fixture
def told():
    return []


@pytest.fixture
def call(vendor, monkeypatch, capsys, told):
    """The command line; its exit code. What it says is `told`."""

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["afterclose", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        told.append(capsys.readouterr())
        return ended.value.code or 0

    return run


def test_a_decision_that_dies_anywhere_is_finished_by_the_next_run_of_anything(call, vendor, put, home, monkeypatch):
    following = [lambda: call(*HOLD), lambda: night(vendor, MONDAY), lambda: call("rebuild")]

    def decide(step, moment="before"):
        put()
        with monkeypatch.context() as patched:
            steps = die_at(patched, step, moment)
            call(*HOLD)
        return steps

    steps = decide(0)
    assert refuse_anything_undone(home) == "partial"
    states = set()
    for number, step in enumerate(range(3, len(steps), 8)):
        with pytest.raises(PowerCutError):
            decide(step)
        following[number % len(following)]()
        states.add(refuse_anything_undone(home))
    assert states == {"complete", "partial"}


def test_a_night_that_dies_before_its_page_is_seen_by_whoever_watches_and_finished_by_the_next(
    call, vendor, put, home, monkeypatch, told
):
    put()
    page = home / "reports" / f"{TUESDAY}.html"
    with monkeypatch.context() as patched:
        steps = die_at(patched, 0, "before")
        assert night(vendor, TUESDAY).state == "complete"
    put()
    with monkeypatch.context() as patched:
        die_at(patched, len(steps) - 8, "before")  # its draft is written; the index is four steps more
        with pytest.raises(PowerCutError):
            night(vendor, TUESDAY)
    assert not page.exists()
    assert call("status", "--fail-if-stale") == 1
    assert told[-1].err == f"afterclose: the page of {TUESDAY} is missing: the next run finishes it\n"
    asked = sum(vendor.asked.values())
    assert night(vendor, TUESDAY).state == "complete"
    assert sum(vendor.asked.values()) == asked
    assert refuse_anything_undone(home, TUESDAY) == "complete"
    assert call("status", "--fail-if-stale") == 0


def test_a_night_that_dies_between_its_page_and_the_index_is_finished_by_the_next(vendor, put, home, monkeypatch):
    put()
    with monkeypatch.context() as patched:
        steps = die_at(patched, 0, "before")
        assert night(vendor, TUESDAY).state == "complete"
    put()
    with monkeypatch.context() as patched:
        die_at(patched, len(steps) - 4, "before")
        with pytest.raises(PowerCutError):
            night(vendor, TUESDAY)
    index = home / "reports" / "index.html"
    assert (home / "reports" / f"{TUESDAY}.html").exists()
    assert f"{TUESDAY}.html" not in index.read_text()
    assert night(vendor, TUESDAY).state == "complete"
    assert f"{TUESDAY}.html" in index.read_text()
    assert refuse_anything_undone(home, TUESDAY) == "complete"


def test_whoever_watches_hears_of_lost_files_and_of_commits_that_the_database_lacks(call, put, home, told):
    put()
    assert call("status", "--fail-if-stale") == 0
    lake = Lake(home / "lake")
    stocks = lake.path / "stocks/market=HK/year=2022/prices.parquet"
    with lake.writing(0, "test"):
        lake.commit({stocks: lake.table(stocks, STOCKS)})
    number = lake.manifest().commit
    assert call("status", "--fail-if-stale") == 1
    says = f"afterclose: the database is of commit {number - 1}, the lake at {number}: the next run finishes it\n"
    assert told[-1].err == says
    with lake.writing(0, "test"):  # a writer at work is not late
        assert call("status", "--fail-if-stale") == 0
    lost = home / "lake" / "stocks/market=HK/year=2021/prices.parquet"
    lost.unlink()
    assert call("status", "--fail-if-stale") == 1
    assert told[-1].err == f"afterclose: {lost} is missing: see `afterclose verify`\n" + says


def test_a_commit_that_a_database_of_older_code_lacks_is_published_by_a_night_that_owes_nothing(vendor, put, home):
    put()
    lake, database = Lake(home / "lake"), home / "warehouse.duckdb"
    stocks = lake.path / "stocks/market=HK/year=2022/prices.parquet"
    with lake.writing(0, "test"):
        lake.commit({stocks: lake.table(stocks, STOCKS)})
    with duckdb.connect(str(database)) as connection:  # a table that pages ask for, and older code did not make
        connection.execute("drop table base.exchange_rates")
        connection.execute("update base.build set code = 'older'")
    seal(database, xxh128_of(database))
    assert night(vendor, MONDAY).state == "complete"
    refuse_anything_undone(home)
    assert not vendor.asked


def test_a_restated_close_that_changes_no_verdict_makes_the_pages_that_show_it_anew(vendor, put, home):
    put()
    before = (home / "reports" / f"{MONDAY}.html").read_text()
    opened, high, low, close, volume = vendor.bars["0700.HK"][MONDAY]
    vendor.bars["0700.HK"][MONDAY] = (opened, high, low, round(close - 0.1, 2), volume)
    outcome = night(vendor, TUESDAY)
    assert (outcome.state, outcome.stored.restated_rows) == ("complete", 1)
    for day in (MONDAY, TUESDAY):
        refuse_anything_undone(home, day)
    assert (home / "reports" / f"{MONDAY}.html").read_text() != before


@pytest.mark.parametrize("damage", [lambda page: page.unlink(), lambda page: os.truncate(page, 9000)])
def test_a_page_that_is_gone_or_cut_is_written_by_a_night_that_owes_nothing(vendor, put, home, damage):
    put()
    damage(home / "reports" / f"{MONDAY}.html")
    assert night(vendor, MONDAY).state == "complete"
    assert not vendor.asked
    refuse_anything_undone(home)


def test_a_page_that_nothing_has_changed_of_is_left_alone(vendor, put, home):
    put()
    page = home / "reports" / f"{MONDAY}.html"
    before = page.stat().st_ino
    assert night(vendor, TUESDAY).state == "complete"
    assert page.stat().st_ino == before


def test_a_commit_that_is_half_carried_out_is_finished_by_a_night_that_owes_nothing(
    call, vendor, put, home, monkeypatch, told
):
    def die(*_):
        raise PowerCutError

    put()
    with monkeypatch.context() as patched:
        patched.setattr(Lake, "_roll_forward", die)
        with pytest.raises(PowerCutError):
            call(*HOLD)
    assert (home / "lake" / "journal.json").exists()
    assert call("status", "--fail-if-stale") == 1
    assert told[-1].err.startswith("afterclose: a commit of the lake is half carried out: the next run finishes it\n")
    assert night(vendor, MONDAY).state == "complete"  # what was said before the decision
    assert refuse_anything_undone(home) == "partial"
    assert not vendor.asked


def test_a_night_that_had_nothing_to_say_leaves_nothing_to_verify_and_nothing_undone(call, vendor, put, home, told):
    put()
    assert night(vendor, MONDAY, refetch=True).state == "complete"
    assert call("verify") == 0, told[-1].err
    assert not is_undone(Lake(home / "lake"), load_settings())
