import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from tests.crash import PowerCutError, die_at
from warehouse.errors import AftercloseError
from warehouse.lake.lake import Lake
from warehouse.lake.schema import INDICES, PUBLISHED, STOCKS

pytestmark = pytest.mark.slow

OLD, NEW = 100.0, 200.0


def bars(close, day, symbol):
    instant = datetime(2022, 5, 17, 9, 0, tzinfo=UTC)
    return {
        "symbol": symbol,
        "trade_date": day,
        "open": close,
        "high": close,
        "low": close,
        "close": close,
        "volume": 1000,
        "currency": "HKD",
        "split_factor": 1.0,
        "trading_state": "traded",
        "basis": "history",
        "close_kind": None,
        "halted_at_close": None,
        "fill_factor": None,
        "source": "yahoo",
        "asked_at": instant,
        "known_from": instant,
        "known_to": None,
        "run_id": "run",
    }


def tables(lake, close):
    """Four files: two years of stocks, one of an index, and one of what was said that the old state does not have."""
    days = (date(2021, 12, 31), date(2022, 5, 17))
    changed = lake.changes(STOCKS, "HK", pd.DataFrame([bars(close, day, "0700.HK") for day in days]))
    changed |= lake.changes(INDICES, "HK", pd.DataFrame([bars(close, days[1], "^HSI")]))
    if close == NEW:
        said = {
            "trade_date": days[1],
            "kind": "wrap",
            "subject": "HK",
            "said": "{}",
            "run_id": "run",
            "warehouse_version": 1,
        }
        said["published_at"] = datetime(2022, 5, 17, 9, 0, tzinfo=UTC)
        changed |= lake.changes(PUBLISHED, "HK", pd.DataFrame([said]))
    return changed


def state(path):
    lake = Lake(path)
    return (*lake.read(STOCKS, "HK")["close"], *lake.read(INDICES, "HK")["close"], len(lake.read(PUBLISHED, "HK")))


IS_OLD, IS_NEW = (OLD, OLD, OLD, 0), (NEW, NEW, NEW, 1)


def agrees(path):
    """Whether the manifest names what is there, to the last byte, and nothing else."""
    lake = Lake(path)
    return lake.faults(deep=True) == [] and {*lake.found(), "format.json"} == lake.manifest().files.keys()


def commit(path):
    lake = Lake(path)
    lake.commit(tables(lake, NEW))


def recover(path):
    Lake(path).recover()


def steps_of(monkeypatch, action, path):
    with monkeypatch.context() as patched:
        steps = die_at(patched, 0, "before")
        action(path)
    return steps


def crash(monkeypatch, action, path, step, moment):
    with monkeypatch.context() as patched:
        die_at(patched, step, moment)
        with pytest.raises(PowerCutError):
            action(path)


FOLDERS = 11  # of the four files, with all that hold them
JOURNAL_STEP = 10 + FOLDERS + 3  # its rename, after the files, their folders and its draft: from here on all is new


def leftovers(path):
    return [*path.rglob("*.pending"), *path.rglob("journal.json")]


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "old"
    path.mkdir()
    lake = Lake(path)
    lake.commit(tables(lake, OLD))
    assert state(path) == IS_OLD
    return path


def copied(old, name):
    return Path(shutil.copytree(old, old.with_name(name)))


def test_a_commit_syncs_all_files_and_the_journal_before_it_renames_any(monkeypatch, old):
    steps = steps_of(monkeypatch, commit, copied(old, "counted"))
    assert steps == [
        *["write_table", "fsync"] * 4,
        *["write_bytes", "fsync"],
        *["fsync"] * FOLDERS,
        *["write_bytes", "fsync", "replace", "fsync"],
        *["replace"] * 5,
        *["fsync"] * 5,
        *["unlink", "fsync"],
    ]


@pytest.mark.parametrize("moment", ["before", "within", "after"])
def test_a_commit_that_dies_anywhere_leaves_all_old_or_all_new(monkeypatch, old, moment):
    count = len(steps_of(monkeypatch, commit, copied(old, "counted")))
    outcomes = []
    for step in range(1, count + 1):
        path = copied(old, f"died at {step}")
        crash(monkeypatch, commit, path, step, moment)
        with Lake(path).writing(0, "next"):
            outcomes.append(state(path))
        assert state(path) == outcomes[-1]
        assert leftovers(path) == [], step
        assert agrees(path), step
    assert set(outcomes) == {IS_OLD, IS_NEW}
    turn = JOURNAL_STEP if moment == "before" else JOURNAL_STEP - 1
    assert outcomes == [IS_OLD] * turn + [IS_NEW] * (count - turn)


def test_a_recovery_that_dies_anywhere_is_finished_by_the_next(monkeypatch, old):
    crashed = {}
    for step in range(1, len(steps_of(monkeypatch, commit, copied(old, "counted"))) + 1):
        path = copied(old, f"died at {step}")
        crash(monkeypatch, commit, path, step, "before")
        crashed[step] = path
    for step, path in crashed.items():
        expected = IS_OLD if step <= JOURNAL_STEP else IS_NEW
        count = len(steps_of(monkeypatch, recover, copied(path, f"counted {step}")))
        for again in range(1, count + 1):
            twice = copied(path, f"died at {step} and {again}")
            crash(monkeypatch, recover, twice, again, "after")
            with Lake(twice).writing(0, "next"):
                assert state(twice) == expected, (step, again)
            assert leftovers(twice) == [], (step, again)
            assert agrees(twice), (step, again)


def test_the_commit_after_a_crash_succeeds(monkeypatch, old):
    for step in (1, 4, 11, 12, 14, 22):
        path = copied(old, f"died at {step}")
        crash(monkeypatch, commit, path, step, "before")
        lake = Lake(path)
        with lake.writing(0, "next"):
            lake.commit(tables(lake, NEW))
        assert state(path) == IS_NEW
        assert leftovers(path) == []


def test_nothing_half_written_is_readable_before_the_recovery(monkeypatch, old):
    for step in range(1, JOURNAL_STEP):
        path = copied(old, f"died at {step}")
        crash(monkeypatch, commit, path, step, "within")
        assert state(path) == IS_OLD, step


def test_a_reader_without_the_lock_finds_no_fault_at_any_moment_of_a_commit(monkeypatch, old):
    count = len(steps_of(monkeypatch, commit, copied(old, "counted")))
    for step in range(1, count + 1):
        path = copied(old, f"died at {step}")
        crash(monkeypatch, commit, path, step, "after")
        assert Lake(path).faults(deep=True) == [], step
        assert set(state(path)) <= {*IS_OLD, *IS_NEW}, step


def test_a_first_commit_that_dies_anywhere_leaves_an_empty_lake_or_a_whole_one(monkeypatch, tmp_path):
    def first(path):
        lake = Lake(path)
        with lake.writing(0, "first"):
            lake.commit(tables(lake, OLD))

    count = len(steps_of(monkeypatch, first, tmp_path / "counted"))
    for step in range(1, count + 1):
        path = tmp_path / f"died at {step}"
        crash(monkeypatch, first, path, step, "after")
        with Lake(path).writing(0, "next"):
            assert state(path) in ((0,), IS_OLD), step
        assert agrees(path), step


def take_away(path, aside):
    """The disk of a folder goes, and its mount point is left."""
    path.rename(aside)
    path.mkdir()


@pytest.mark.parametrize("is_under_way", [False, True])
def test_a_disk_that_goes_away_under_its_writer_is_refused_and_no_new_lake(monkeypatch, tmp_path, is_under_way):
    path, made = tmp_path / "lake", tmp_path / "warehouse.duckdb"
    made.touch()
    with Lake(path).writing(0, "night"):
        Lake(path).commit(tables(Lake(path), OLD))
    lake, write = Lake(path, witness=made), Lake._write

    def unmount_and_write(*arguments):
        if path.exists() and not (tmp_path / "aside").exists():
            take_away(path, tmp_path / "aside")
        return write(*arguments)

    with lake.writing(0, "night"):
        changed = tables(lake, NEW)
        if is_under_way:
            monkeypatch.setattr(Lake, "_write", unmount_and_write)
        else:
            take_away(path, tmp_path / "aside")
        with pytest.raises(AftercloseError, match="went away while" if is_under_way else "there is no lake in"):
            lake.commit(changed)
    assert not [*path.rglob("*.parquet"), *path.rglob("*.json")]
    assert state(tmp_path / "aside") == IS_OLD
