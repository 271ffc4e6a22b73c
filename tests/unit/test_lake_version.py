"""The version of the lake's schema: a lake of an earlier one is brought to ours, a newer one is refused."""

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.shipped import FACTS
from warehouse.errors import AftercloseError
from warehouse.lake.lake import Lake
from warehouse.lake.manifest import DamagedError
from warehouse.lake.schema import DATASETS, LAKE_VERSION, QUARANTINE, RUNS, STOCKS
from warehouse.sql.build import build
from warehouse.sql.database import open_read_only

DATA = Path(__file__).parents[1] / "data"
BUILT_AT = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)


@pytest.fixture(params=[1, 2, 4, 5])
def version(request):
    return request.param


@pytest.fixture
def lake(tmp_path, version):
    """A copy of a lake that the code of an earlier version wrote."""
    return Lake(Path(shutil.copytree(DATA / f"lake-v{version}", tmp_path / "lake")))


def contents(lake):
    return {path: path.read_bytes() for path in sorted(lake.path.rglob("*.*")) if path.name != "writer.lock"}


def test_a_lake_of_an_earlier_version_keeps_every_value_and_gets_every_column(lake, version):
    before = {dataset: lake.read(dataset, "HK") for dataset in DATASETS}
    assert lake.version() == version
    with lake.writing(0, "test"):
        pass
    assert lake.version() == LAKE_VERSION
    for dataset in DATASETS:
        assert lake.read(dataset, "HK").equals(before[dataset]), dataset.name
        for path in lake.files(dataset):
            assert pq.read_schema(path).equals(dataset.file_schema), path
    stocks = lake.read(STOCKS, "HK")
    restated = stocks[(stocks["symbol"] == "0700.HK") & (stocks["trade_date"] == date(2022, 5, 16))]
    assert restated["close"].tolist() == [129.68, 129.18]
    assert restated["known_to"].isna().tolist() == [False, True]
    assert lake.read(QUARANTINE, "HK")["id"].tolist() == ["24ab06be3111"]
    assert lake.read(RUNS, "HK")["source"].tolist() == ["simulated", "simulated"]


@pytest.mark.parametrize("version", [1, 2])
def test_a_lake_of_an_earlier_version_gets_its_manifest_with_its_first_write(lake):
    assert lake.manifest() is None
    with lake.writing(0, "test"):
        manifest = lake.manifest()
    assert manifest.files.keys() == {*lake.found(), "format.json"}
    assert (manifest.commit, lake.faults(deep=True)) == (1, [])
    (path,) = lake.files(QUARANTINE)
    assert lake.table(path, QUARANTINE)["commit"].to_pylist() == [None]  # it was changed before commits had numbers


def test_a_lake_of_an_earlier_version_is_asked_as_if_ours_had_written_it(lake, tmp_path):
    with lake.writing(0, "test"):
        build(lake, FACTS, tmp_path / "warehouse.duckdb", BUILT_AT, 30)
    with open_read_only(tmp_path / "warehouse.duckdb") as connection:
        ((close, before, change),) = connection.execute(
            "select close, previous_close, return_1d from prices where symbol = '0700.HK' and trade_date = '2022-05-17'"
        ).fetchall()
    assert (close, before) == (127.45, 129.18)
    assert change == pytest.approx(127.45 / 129.18 - 1)


@pytest.mark.parametrize("version", [4])
def test_a_damaged_file_keeps_nobody_from_the_rest_and_its_back_up_is_read_when_it_is_put_back(lake):
    (path,) = lake.files(STOCKS)
    before, good = lake.read(STOCKS, "HK"), path.read_bytes()
    path.write_bytes(good[: len(good) // 2])
    with lake.writing(0, "test"):
        assert lake.version() == LAKE_VERSION
        assert lake.read(RUNS, "HK")["source"].tolist() == ["simulated", "simulated"]
        with pytest.raises(DamagedError):
            lake.read(STOCKS, "HK")
    assert [fault.path for fault in lake.faults()] == [path]
    path.write_bytes(good)
    assert lake.faults(deep=True) == []
    assert lake.read(STOCKS, "HK").equals(before)
    with lake.writing(0, "test"):
        build(lake, FACTS, lake.path.parent / "warehouse.duckdb", BUILT_AT, 30)


def test_the_second_writer_upgrades_nothing(lake):
    with lake.writing(0, "test"):
        before = contents(lake)
    with lake.writing(0, "test"):
        assert contents(lake) == before


class PowerCutError(BaseException):
    """Stands for a process that is gone: nothing catches it."""


def test_an_upgrade_that_dies_is_done_by_the_next_writer(lake, version, monkeypatch):
    real = Lake._roll_forward

    def die(self, entries):
        monkeypatch.setattr(Lake, "_roll_forward", real)
        raise PowerCutError

    monkeypatch.setattr(Lake, "_roll_forward", die)
    with pytest.raises(PowerCutError), lake.writing(0, "test"):
        pass
    assert lake.version() == version
    with lake.writing(0, "test"):
        assert lake.version() == LAKE_VERSION
    assert not list(lake.path.rglob("*.pending"))


def test_a_lake_of_a_newer_version_is_refused_in_one_line_and_left_as_it_is(lake):
    (lake.path / "format.json").write_text(json.dumps({"version": LAKE_VERSION + 1}))
    (lake.path / "journal.json").write_text("not for us")
    before = contents(lake)
    message = f"is a lake of version {LAKE_VERSION + 1}, this Afterclose knows {LAKE_VERSION}: install a newer one"
    with pytest.raises(AftercloseError, match=message), lake.writing(0, "test"):
        pass
    with pytest.raises(AftercloseError, match=message):
        lake.read(STOCKS, "HK")
    assert contents(lake) | {lake.path / "writer.json": b""} == before | {lake.path / "writer.json": b""}


def test_a_new_lake_is_of_our_version(tmp_path):
    with Lake(tmp_path / "lake").writing(0, "test"):
        pass
    assert json.loads((tmp_path / "lake" / "format.json").read_text()) == {"version": LAKE_VERSION}
