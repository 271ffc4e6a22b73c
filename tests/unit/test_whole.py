"""What is written beside the lake is whole or not there: written beside its place, synced, renamed."""

import errno
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tasks.fetch import read_staged, stage
from tasks.lists.members import write_corrections
from tasks.publish import write_pages
from tests.shipped import FACTS
from warehouse import whole
from warehouse.bars.answers import Answer
from warehouse.errors import AftercloseError
from warehouse.facts.files import FILES
from warehouse.facts.weights import add_weights
from warehouse.lake.lake import Lake
from warehouse.lake.manifest import MANIFEST
from warehouse.lake.schema import STAMP
from warehouse.settings import load_settings
from warehouse.sql.build import build
from warehouse.sql.database import fault_of, keep_aside, seal, swap_in
from warehouse.whole import write_whole, xxh128_of

DAY, NOON = date(2022, 5, 17), datetime(2022, 5, 17, 4, tzinfo=UTC)


@pytest.fixture
def steps(monkeypatch):
    """What is synced and renamed, in order, each with the inode of the file or folder."""
    done = []
    fsync, replace = os.fsync, Path.replace

    def synced(descriptor):
        done.append(("synced", os.fstat(descriptor).st_ino))
        fsync(descriptor)

    def renamed(self, target):
        done.append(("renamed", self.stat().st_ino))
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    return done


def a_staged_piece(folder):
    path = folder / "piece.parquet"
    stage(path, [Answer("0700.HK", "no data", datetime(2022, 5, 17, 10, 30, tzinfo=UTC))])
    assert [answer.symbol for answer in read_staged(path)] == ["0700.HK"]
    return path


def a_correction(folder):
    return write_corrections(folder, FILES["unobtainable.csv"], [])


def a_file_of_weights(folder):
    path = folder / "CSI300.csv"
    add_weights(path, [{"trade_date": DAY, "symbol": "600519.SS", "weight": 100.0, "source": "CSI"}], FACTS)
    return path


def a_page(_):
    (path,) = write_pages(load_settings(), {DAY: "<p>a page</p>"})
    return path


def a_seal(folder):
    seal(folder / "warehouse.duckdb", "0" * 32)
    return folder / "warehouse.duckdb.xxh128"


def a_database_kept_aside(folder):
    (folder / "warehouse.duckdb").write_text("a database")
    return keep_aside(folder / "warehouse.duckdb", NOON)


def test_the_checksum_of_a_database_is_the_one_that_xxhsum_knows(tmp_path):
    """As `xxhsum -H2` 0.8 prints it of these three bytes."""
    (tmp_path / "abc").write_bytes(b"abc")
    assert xxh128_of(tmp_path / "abc") == "06b05ab6733a618578af5f94892f3950"


@pytest.mark.parametrize("is_swapped", [False, True])
def test_a_database_is_as_it_was_written_whenever_the_program_dies_that_swaps_in_another(
    tmp_path, monkeypatch, is_swapped
):
    path, draft = tmp_path / "warehouse.duckdb", tmp_path / "warehouse.duckdb.next"
    path.write_text("of yesterday")
    seal(path, xxh128_of(path))
    draft.write_text("of today")
    replace = Path.replace

    def struck(self, target):
        if self == draft and is_swapped:
            replace(self, target)
        if self == draft:
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", struck)
    with pytest.raises(KeyboardInterrupt):
        swap_in(draft, path, xxh128_of(draft))
    assert (path.read_text(), fault_of(path)) == ("of today" if is_swapped else "of yesterday", None)
    path.write_text("of somebody else")
    assert fault_of(path) == "is not the file that was written"


WRITERS = [a_staged_piece, a_correction, a_file_of_weights, a_page, a_seal, a_database_kept_aside]


@pytest.mark.parametrize("write", WRITERS)
def test_the_disk_has_a_file_before_it_takes_its_place_and_the_place_after(home, tmp_path, steps, write):
    path = write(tmp_path)
    assert steps == [
        ("synced", path.stat().st_ino),
        ("renamed", path.stat().st_ino),
        ("synced", path.parent.stat().st_ino),
    ]
    assert not list(path.parent.glob("*.pending"))


def test_a_write_that_fails_leaves_the_old_file_and_no_draft(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("old")

    def half(draft):
        draft.write_text("ha")
        raise OSError(errno.ENOSPC, "No space left on device", str(draft))

    with pytest.raises(AftercloseError, match=r"page\.html\.\d+\.pending: No space left on device$"):
        write_whole(path, half)
    assert (path.read_text(), [found.name for found in tmp_path.iterdir()]) == ("old", ["page.html"])


def test_the_database_is_synced_and_renamed_into_its_place_and_never_copied(tmp_path, steps):
    path = tmp_path / "warehouse.duckdb"
    path.write_text("the old one")
    old = path.stat().st_ino
    build(Lake(tmp_path / "lake"), FACTS, path, NOON, 30)
    new = path.stat().st_ino
    assert new != old
    at = steps.index(("renamed", new))
    assert ("synced", new) in steps[:at]
    assert steps[at + 1] == ("synced", tmp_path.stat().st_ino)


def test_every_file_of_a_commit_is_synced_before_the_journal_and_renamed_into_its_place_after(tmp_path, steps):
    lake = Lake(tmp_path / "lake")
    with lake.writing(0, "test"):
        steps.clear()
        lake.commit({lake.path / "accepted.json": b"[]", lake.path / "format.json": STAMP})
    finals = [lake.path / name for name in ("accepted.json", "format.json", MANIFEST)]
    inodes = [path.stat().st_ino for path in finals]
    assert steps[:3] == [("synced", inode) for inode in inodes]
    renamed = [inode for step, inode in steps if step == "renamed"]
    assert renamed[1:] == inodes  # the first is the journal
    assert steps.index(("renamed", renamed[0])) > 3
    assert steps[-1] == ("synced", lake.path.stat().st_ino)


def test_on_windows_no_folder_is_opened(tmp_path, monkeypatch):
    opened, really = [], os.open
    monkeypatch.setattr(whole, "IS_WINDOWS", True)
    monkeypatch.setattr(os, "open", lambda path, flags: opened.append((path, flags)) or really(path, flags))
    write_whole(tmp_path / "page.html", lambda draft: draft.write_text("whole"))
    assert [(path.parent, flags) for path, flags in opened] == [(tmp_path, os.O_RDWR)]
    assert (tmp_path / "page.html").read_text() == "whole"
