"""Whatever is done to one file of a lake behind its back is named, and rows that change in place carry their commit."""

import shutil
from datetime import UTC, date, datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.test_commit_crashes import NEW, OLD, tables
from warehouse.lake.lake import Lake
from warehouse.lake.manifest import MANIFEST, DamagedError, Manifest, first_manifest
from warehouse.lake.schema import COMMIT, QUARANTINE

NOON = datetime(2022, 5, 17, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A lake of three commits, and beside it the same lake one commit earlier."""
    folder = tmp_path_factory.mktemp("kept")
    lake = Lake(folder / "lake")
    with lake.writing(0, "test"):
        lake.commit(tables(lake, OLD))
        shutil.copytree(lake.path, folder / "older")
        lake.commit(tables(lake, NEW))
    return folder


def files_of(lake):
    return sorted(path for path in lake.path.rglob("*") if path.is_file() and not path.name.startswith("writer"))


def damage(draw, path, older):
    """Do one of the four things to the file; what was there before."""
    good = path.read_bytes()
    is_other = older.exists() and older.read_bytes() != good
    kind = draw(st.sampled_from(["gone", "cut", "flipped", *(["older"] if is_other else [])]))
    if kind == "gone":
        path.unlink()
    elif kind == "cut":
        path.write_bytes(good[: draw(st.integers(0, len(good) - 1))])
    elif kind == "flipped":
        place, bit = draw(st.integers(0, len(good) - 1)), draw(st.integers(0, 7))
        path.write_bytes(good[:place] + bytes([good[place] ^ 1 << bit]) + good[place + 1 :])
    else:
        shutil.copy(older, path)
    return good


@settings(deadline=None)
@given(data=st.data())
def test_any_one_file_that_is_gone_cut_flipped_or_older_is_named_and_no_other(kept, data):
    lake = Lake(kept / "lake")
    path = data.draw(st.sampled_from(files_of(lake)))
    good = damage(data.draw, path, kept / "older" / path.relative_to(lake.path))
    try:
        named = [fault.path for fault in lake.faults(deep=True)]
    except DamagedError as problem:
        named = [problem.fault.path]
    finally:
        path.write_bytes(good)
    if path.name == MANIFEST and len(named) > 1:  # an older manifest: every file that has changed since is another
        assert path not in named
    else:
        assert named == [path]
    assert lake.faults(deep=True) == []


@settings(deadline=None)
@given(data=st.data())
def test_a_manifest_is_read_back_as_it_was_written_and_no_changed_byte_is_taken_for_one(data):
    names = st.from_regex(r"[a-z]+(/[a-z]+=[A-Z0-9]+)?/[a-z]+\.parquet", fullmatch=True)
    entry = st.tuples(st.integers(0, 2**40), st.binary(min_size=32, max_size=32).map(bytes.hex))
    manifest = first_manifest(data.draw(st.dictionaries(names, entry, max_size=4)))
    written = manifest.after(data.draw(st.dictionaries(names, entry, max_size=4)))
    text = written.to_bytes()
    assert Manifest.from_bytes(text) == written
    place, bit = data.draw(st.integers(0, len(text) - 1)), data.draw(st.integers(0, 7))
    with pytest.raises(ValueError):  # noqa: PT011 - JSON, pydantic and our own checksum each say it in their words
        Manifest.from_bytes(text[:place] + bytes([text[place] ^ 1 << bit]) + text[place + 1 :])


def held(number, status):
    empty = dict.fromkeys(QUARANTINE.schema.names)
    names = {"id": f"{number:012}", "symbol": "0700.HK", "trade_date": date(2022, 5, 17), "currency": "HKD"}
    why = {"rule": "high_below_low", "detail": "", "status": status, "held_at": NOON, "source": "yahoo", "run_id": "a"}
    return empty | names | why


states = st.lists(st.sampled_from(["held", "released", "rejected", "cured"]), min_size=1, max_size=4)


@settings(deadline=None)
@given(history=st.lists(states, min_size=1, max_size=5))
def test_a_row_that_changes_in_place_carries_the_commit_that_last_changed_it(tmp_path_factory, history):
    lake = Lake(tmp_path_factory.mktemp("held"))
    expected, before = {}, {}
    for statuses in history:
        now = before | dict(enumerate(statuses))
        number_of_commit = (lake.manifest().commit if lake.manifest() else 0) + 1
        lake.commit(lake.changes(QUARANTINE, "HK", pd.DataFrame([held(*row) for row in now.items()])))
        expected |= {f"{n:012}": number_of_commit for n, status in now.items() if before.get(n) != status}
        before = now
    (path,) = lake.files(QUARANTINE)
    table = lake.table(path, QUARANTINE)
    assert dict(zip(table["id"].to_pylist(), table[COMMIT.name].to_pylist(), strict=True)) == expected
    assert COMMIT.name not in lake.read(QUARANTINE, "HK").columns
