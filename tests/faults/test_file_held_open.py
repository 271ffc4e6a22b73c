"""A notebook or a GUI that holds warehouse.duckdb to write in it: the night does not need it, and swaps it."""

import subprocess
import sys
from datetime import date

import pytest

from tasks.evening import fill
from tasks.job import new_job
from tasks.plan import nightly_requests, nightly_window
from tasks.verdict import Outcome, evening_to_fill
from tests.conftest import walk
from tests.shipped import FACTS, HK
from warehouse.errors import AftercloseError
from warehouse.lake.lake import Lake
from warehouse.settings import load_settings
from warehouse.sql.database import open_read_only

HOLD = (
    "import duckdb, sys; _, path, query = sys.argv; c = duckdb.connect(path); c.execute(query); "
    "print('open', flush=True); sys.stdin.read()"
)
MONDAY, TUESDAY = date(2022, 5, 16), date(2022, 5, 17)


@pytest.fixture
def night(vendor, evening):
    symbols = HK.members_on(TUESDAY) | HK.index_symbols
    vendor.bars |= {symbol: walk(symbol, HK, date(2022, 4, 20), TUESDAY) for symbol in symbols}

    def run(day):
        vendor.today = day
        evening(day)
        settings = load_settings()
        lake = Lake(settings.lake_path)
        due = evening_to_fill(lake, HK, settings, day, refetch=False)
        if isinstance(due, Outcome):
            return due.state
        window = nightly_window(lake, HK, due, settings.lookback)
        job = new_job("nightly", window, nightly_requests(lake, window), (due, due), FACTS, settings)
        return fill(job).outcome.state

    return run


@pytest.fixture
def hold():
    """Another process that opens the file read-write and keeps it."""
    holders = []

    def start(path, query="select 1"):
        command = [sys.executable, "-c", HOLD, str(path), query]
        holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        holders.append(holder)
        assert holder.stdout.readline() == "open\n"

    yield start
    for holder in holders:
        holder.communicate()


def test_a_night_fills_and_publishes_while_the_file_is_held(night, hold):
    assert night(MONDAY) == "complete"
    path = load_settings().database_path
    hold(path)
    held = path.stat().st_ino
    assert night(TUESDAY) == "complete"
    assert path.stat().st_ino != held
    with open_read_only(path) as connection:
        assert connection.execute("select max(trade_date) from prices").fetchone() == (TUESDAY,)
    assert night(TUESDAY) == "complete"  # nothing is asked, and the verdict is known


def test_what_somebody_writes_in_the_file_meanwhile_stays_out_of_the_next_one(night, hold, caplog):
    night(MONDAY)
    path = load_settings().database_path
    hold(path, "create table mine as select 1 as x")
    assert night(TUESDAY) == "complete"
    assert f"{path} has the log of a program beside it that writes in it" in caplog.text
    with open_read_only(path) as connection:
        assert connection.execute("select max(trade_date) from prices").fetchone() == (TUESDAY,)
        assert "mine" not in {
            name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()
        }


def test_a_command_that_asks_says_who_holds_the_file(night, hold):
    night(MONDAY)
    path = load_settings().database_path
    hold(path)
    with pytest.raises(AftercloseError, match=rf"^{path} cannot be opened: .*python\S* \(PID \d+\) holds it to write"):
        open_read_only(path)


def test_a_file_that_is_no_database_is_one_line(home):
    path = load_settings().database_path
    path.parent.mkdir()
    path.write_text("not a database")
    with pytest.raises(AftercloseError, match=r"cannot be opened: .*`afterclose rebuild` makes it anew$"):
        open_read_only(path)


def test_an_evening_that_was_said_but_not_swapped_in_is_filled_again(night):
    night(MONDAY)
    path = load_settings().database_path
    path.rename(path.with_name("warehouse.duckdb.next"))  # as a crash between the two leaves it
    assert night(MONDAY) == "complete"
    assert path.exists()
