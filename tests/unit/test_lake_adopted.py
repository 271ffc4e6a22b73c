"""A home that becomes the copy of another lake, by its manifest: whole, or as it was."""

from datetime import date
from pathlib import Path
from shutil import copyfile

import pandas as pd
import pytest

from tests.unit.test_lake import bar, closes, keep
from warehouse.errors import AftercloseError
from warehouse.lake.lake import Lake
from warehouse.lake.lock import is_locked
from warehouse.lake.schema import STOCKS

HELD = "stocks/market=HK/year=2022/prices.parquet"


@pytest.fixture
def theirs(tmp_path):
    """Another lake, of two years."""
    lake = Lake(tmp_path / "theirs")
    with lake.writing(0, "them"):
        keep(lake, STOCKS, [bar(date(2021, 6, 1), 1.0), bar(date(2022, 6, 1), 2.0)])
    return lake


@pytest.fixture
def ours(tmp_path):
    lake = Lake(tmp_path / "ours")
    lake.path.mkdir()
    return lake


def fetching(lake, asked=None):
    """Hand out the files of a lake by their checksums, and note which were asked for."""
    by_content = {entry.sha256: name for name, entry in lake.manifest().files.items()}

    def fetch(sha256, path):
        if asked is not None:
            asked.append(by_content[sha256])
        copyfile(lake.path / by_content[sha256], path)

    return fetch


def manifest_of(lake):
    return (lake.path / "manifest.json").read_bytes()


def files_of(lake):
    return {path.relative_to(lake.path): path.read_bytes() for path in lake.path.rglob("*") if path.is_file()}


def test_an_empty_folder_becomes_the_other_lake_to_the_last_byte(theirs, ours):
    fetched = ours.adopt(manifest_of(theirs), fetching(theirs))
    assert sorted(fetched) == sorted(theirs.manifest().files)
    lock = {path for path in files_of(theirs) if path.name.startswith("writer")}
    assert files_of(ours) == {path: content for path, content in files_of(theirs).items() if path not in lock}


def test_only_what_is_not_here_already_is_fetched_and_what_is_not_theirs_goes(theirs, ours):
    ours.adopt(manifest_of(theirs), fetching(theirs))
    keep(ours, STOCKS, [bar(date(2020, 6, 1), 5.0)])
    keep(theirs, STOCKS, [bar(date(2022, 6, 1), 3.0)])
    asked = []
    assert ours.adopt(manifest_of(theirs), fetching(theirs, asked)) == asked == [HELD]
    assert closes(ours) == [1.0, 3.0]
    assert ours.manifest() == theirs.manifest()
    assert not list((ours.path / "stocks" / "market=HK" / "year=2020").iterdir())


def test_what_an_earlier_try_has_fetched_whole_is_not_asked_for_again(theirs, ours):
    folder = ours.path / HELD
    folder.parent.mkdir(parents=True)
    copyfile(theirs.path / HELD, ours.path / (HELD + ".pending"))
    asked = []
    ours.adopt(manifest_of(theirs), fetching(theirs, asked))
    assert HELD not in asked
    assert closes(ours) == [1.0, 2.0]


def test_another_content_than_was_promised_is_refused_and_changes_nothing(theirs, ours):
    keep(ours, STOCKS, [bar(date(2022, 6, 1), 9.0)])
    before = files_of(ours)
    with pytest.raises(AftercloseError, match="is not what its manifest says: its content is another"):
        ours.adopt(manifest_of(theirs), lambda _, path: path.write_bytes(b"another"))
    assert files_of(ours) == before


def test_a_manifest_that_is_none_is_refused(theirs, ours):
    with pytest.raises(AftercloseError, match="the manifest that was fetched is not as it was written"):
        ours.adopt(manifest_of(theirs) + b" ", fetching(theirs))


@pytest.mark.parametrize("name", ["afterclose.toml", "stocks/market=HK/year=2022/run.sh", "writer.lock"])
def test_a_manifest_that_names_what_is_no_file_of_a_lake_is_refused(theirs, ours, name):
    strange = theirs.manifest().after({name: (1, "0" * 64)}).to_bytes()
    with pytest.raises(AftercloseError, match=f"'{name}', which is no file of a lake"):
        ours.adopt(strange, fetching(theirs))


def test_a_commit_that_can_no_longer_be_finished_is_set_aside(theirs, ours, monkeypatch):
    keep(ours, STOCKS, [bar(date(2022, 6, 1), 9.0)])
    tables = ours.changes(STOCKS, "HK", pd.DataFrame([bar(date(2022, 6, 1), 8.0)]))
    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.replace", dying_before("prices.parquet.pending"))
        with pytest.raises(KeyboardInterrupt):
            ours.commit(tables)
    (ours.path / (HELD + ".pending")).unlink()
    ours.adopt(manifest_of(theirs), fetching(theirs))
    assert closes(ours) == [1.0, 2.0]
    assert (ours.path / "journal.json.lost").exists()
    assert not (ours.path / "journal.json").exists()


def dying_before(name):
    """A rename that ends the program where it comes to a file of that name."""
    real = Path.replace

    def replace(path, target):
        if path.name == name:
            raise KeyboardInterrupt
        return real(path, target)

    return replace


def test_a_lake_is_seen_to_be_locked_while_a_writer_is_at_work(ours):
    assert not is_locked(ours.path)
    with ours.writing(0, "one"):
        assert is_locked(ours.path)
    assert not is_locked(ours.path)
