"""One writer at a time: who changes anything holds the lake's lock, from its first file to its last page."""

import fcntl
import shutil
from pathlib import Path

import pytest

from flows.cli import main
from tests.faults.played import MONDAY, TUESDAY, all_bars, night, play
from warehouse.lake.lake import Lake
from warehouse.lake.lock import is_locked
from warehouse.sql.database import open_read_only

COMMANDS = {
    "rebuild": ["rebuild"],
    "hold": ["quarantine", "hold", "0700.HK", str(MONDAY), "--note", "x", "--by", "y"],
}


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("played")
    play(folder)
    return folder


@pytest.fixture
def vendor(played, home, vendor, monkeypatch):
    """The look-alike, and a copy of the played home in place."""
    shutil.copytree(played, home)
    vendor.bars = all_bars()
    monkeypatch.setenv("AFTERCLOSE_NOW", f"{MONDAY}T19:30:00+08:00")
    monkeypatch.setenv("AFTERCLOSE_LOOKBACK", "3")
    monkeypatch.setenv("AFTERCLOSE_LOCK_WAIT", "0")
    return vendor


@pytest.fixture
def call(vendor, monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["afterclose", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, capsys.readouterr().err

    return run


@pytest.fixture
def events(home, monkeypatch):
    """'locked', 'unlocked', and the file of each rename below the home, in order."""
    happened, flock, replace = [], fcntl.flock, Path.replace

    def seen(descriptor, operation):
        flock(descriptor, operation)
        happened.append("unlocked" if operation == fcntl.LOCK_UN else "locked")

    def renamed(self, target):
        happened.append(Path(target).relative_to(home).as_posix())
        return replace(self, target)

    monkeypatch.setattr(fcntl, "flock", seen)
    monkeypatch.setattr(Path, "replace", renamed)
    return happened


@pytest.mark.parametrize("command", [*COMMANDS.values(), ["verify"], ["verify", "--accept", "x", "--note", "y"]])
def test_a_command_that_writes_waits_for_the_writer_before_it_and_changes_nothing(call, home, command):
    database = home / "warehouse.duckdb"
    before = (database.stat().st_ino, database.stat().st_mtime_ns)
    with Lake(home / "lake").writing(0, "somebody"):
        code, error = call(*command)
    assert (code, error.count("\n"), "is being written by somebody (process " in error) == (1, 1, True)
    assert (database.stat().st_ino, database.stat().st_mtime_ns) == before


def test_a_night_that_meets_another_writer_asks_and_then_waits(vendor, home):
    with Lake(home / "lake").writing(0, "somebody"), pytest.raises(Exception, match="is being written by somebody"):
        night(vendor, TUESDAY)
    with open_read_only(home / "warehouse.duckdb") as connection:
        assert connection.execute("select max(trade_date) from prices").fetchone() == (MONDAY,)


def in_one_hold(events):
    """The renames between one locking and the unlocking after it; there is no other rename."""
    holds, current = [], None
    for event in events:
        if event == "locked":
            current = []
            holds.append(current)
        elif event == "unlocked":
            current = None
        else:
            assert current is not None, f"{event} was changed without the lock"
            current.append(event)
    (hold,) = [hold for hold in holds if hold]
    return hold


@pytest.mark.parametrize("name", ["night", *COMMANDS])
def test_nobody_gets_in_between_what_is_stored_and_its_page(call, vendor, home, events, name):
    if name == "night":
        assert night(vendor, TUESDAY).state == "complete"
    else:
        (home / "reports" / f"{MONDAY}.html").unlink()
        assert call(*COMMANDS[name])[0] == 0
    order = [event for event in in_one_hold(events) if event.endswith((".html", ".duckdb", "manifest.json"))]
    day = TUESDAY if name == "night" else MONDAY
    commits = {"night": 2, "hold": 2, "rebuild": 0}[name]
    index = [] if name == "rebuild" else ["reports/index.html"]  # of what was said before, over the same pages
    assert order == [*["lake/manifest.json"] * commits, "warehouse.duckdb", f"reports/{day}.html", *index]


def test_whether_a_writer_is_at_work_can_be_seen(home, played):
    lake = Lake(played / "lake")
    with lake.writing(0, "somebody"):
        assert is_locked(lake.path)
    assert not is_locked(lake.path)
    assert not is_locked(home)
