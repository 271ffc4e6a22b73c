"""What a person, an older lake or a broken file says: it never acts on a terminal, and an error is one line."""

import re
import shutil
import stat
from pathlib import Path

import pytest

from flows.cli import main
from tests.faults.played import MONDAY, play
from warehouse.lake.lake import Lake
from warehouse.lake.schema import QUARANTINE

UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
DIRTY = "seen\x1b[2J\x9b1m\nHK 2022-05-17: complete\u202ereversed\u2028"
OLD_LAKE = Path(__file__).parents[1] / "data" / "lake-v1"


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("played")
    play(folder)
    return folder


@pytest.fixture
def call(home, monkeypatch, capsys):
    monkeypatch.setenv("AFTERCLOSE_NOW", f"{MONDAY}T19:30:00+08:00")

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["afterclose", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    return run


ASKING = [
    ["wrap"],
    ["status"],
    ["quarantine", "list", "--status", "all"],
    ["quarantine", "list", "--status", "all", "--json"],
    ["sql", "from quarantine"],
    ["sql", "from decisions", "--format", "csv"],
    ["verify"],
]


def assert_nothing_acts(call, home, day=MONDAY):
    for command in ASKING:
        code, out, error = call(*command)
        assert (code, UNSAFE.search(out + error)) == (0, None), command
        assert "\nHK 2022-05-17: complete" not in out + error
    assert call("report", str(day))[0] == 0
    assert UNSAFE.search((home / "reports" / f"{day}.html").read_text()) is None


def test_what_a_person_gives_as_name_and_note_acts_on_nothing(call, played, home):
    shutil.copytree(played, home)
    code, out, error = call("quarantine", "hold", "0700.HK", str(MONDAY), "--note", DIRTY, "--by", DIRTY)
    assert (code, UNSAFE.search(out + error)) == (0, None)
    assert_nothing_acts(call, home)
    (held,) = Lake(home / "lake").read(QUARANTINE, "HK")["note"]
    assert held == "seen\ufffd[2J\ufffd1m HK 2022-05-17: complete\ufffdreversed "


def test_a_long_note_is_kept_whole(call, played, home):
    shutil.copytree(played, home)
    assert call("quarantine", "hold", "0700.HK", str(MONDAY), "--note", "why " * 100, "--by", "ann")[0] == 0
    assert Lake(home / "lake").read(QUARANTINE, "HK")["note"].item() == "why " * 100


def test_texts_that_an_older_version_stored_act_on_nothing(call, played, home):
    shutil.copytree(played, home)
    assert call("quarantine", "hold", "0700.HK", str(MONDAY), "--note", "x", "--by", "y")[0] == 0
    lake = Lake(home / "lake")
    with lake.writing(0, "an older version"):
        rows = lake.read(QUARANTINE, "HK").assign(note=DIRTY, detail=DIRTY, decided_by=DIRTY)
        lake.commit(lake.changes(QUARANTINE, "HK", rows))
    assert call("rebuild")[0] == 0
    assert_nothing_acts(call, home)


def test_a_home_that_rebuild_makes_is_its_owner_s_alone_and_one_that_is_there_keeps_its_mode(call, home):
    assert call("rebuild")[0] == 0
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    home.chmod(0o755)
    assert call("rebuild")[0] == 0
    assert stat.S_IMODE(home.stat().st_mode) == 0o755


@pytest.mark.parametrize("damage", [lambda content: content[:-9], lambda content: b"", lambda content: b"PAR1 no"])
@pytest.mark.parametrize("command", [["rebuild"], ["verify"]])
def test_a_broken_parquet_file_of_a_lake_without_a_manifest_is_one_line(call, home, damage, command):
    shutil.copytree(OLD_LAKE, home / "lake")
    broken = sorted((home / "lake").rglob("prices.parquet"))[0]
    broken.write_bytes(damage(broken.read_bytes()))
    before = {path: path.read_bytes() for path in (home / "lake").rglob("*.parquet")}
    code, _, error = call(*command)
    assert (code, str(broken) in error, error.count("\n")) == (1, True, 1)
    assert {path: path.read_bytes() for path in (home / "lake").rglob("*.parquet")} == before
