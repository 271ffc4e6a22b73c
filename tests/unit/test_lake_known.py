"""What a lake knows of its own files: which there are, which are lost, which commit wrote them."""

from datetime import date

import pandas as pd
import pytest

from tests.unit.test_lake import bar, full_row, keep
from warehouse.lake.lake import Lake
from warehouse.lake.manifest import DamagedError, Manifest, first_manifest
from warehouse.lake.schema import COMMIT, QUARANTINE, STOCKS


@pytest.fixture
def lake(tmp_path):
    """Three years of Hong Kong, a commit each, and one of the mainland."""
    lake = Lake(tmp_path)
    for year, close in ((2020, 1.0), (2021, 2.0), (2022, 3.0)):
        keep(lake, STOCKS, [bar(date(year, 6, 1), close)])
    keep(lake, STOCKS, [bar(date(2019, 6, 3), 4.0, "600000.SS")], market="CN")
    return lake


def file_of(lake, year, market="HK"):
    return lake.path / f"stocks/market={market}/year={year}/prices.parquet"


def test_the_years_of_a_market_are_those_that_have_a_file(lake):
    assert lake.years(STOCKS, "HK") == [2020, 2021, 2022]
    assert lake.years(STOCKS, "CN") == [2019]
    assert lake.read_since(STOCKS, "HK", 2021)["close"].tolist() == [2.0, 3.0]


def test_what_is_left_is_read_without_what_is_lost_and_of_one_market(lake):
    file_of(lake, 2021).write_bytes(b"lost")
    assert lake.read_what_is_left(STOCKS, "HK")["close"].tolist() == [1.0, 3.0]


def test_faults_are_what_is_missing_or_of_another_size_and_to_the_last_byte_what_was_changed(lake):
    assert lake.faults(deep=True) == []
    file_of(lake, 2020).unlink()
    file_of(lake, 2021).write_bytes(b"cut")
    content = file_of(lake, 2022).read_bytes()
    file_of(lake, 2022).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    missing, cut, changed = (file_of(lake, year) for year in (2020, 2021, 2022))
    assert [fault.path for fault in lake.faults()] == [missing, cut]
    found = {fault.path: fault.what for fault in lake.faults(deep=True)}
    assert found[missing] == "is missing"
    assert found[cut].startswith("has 3 bytes and not the ")
    assert found[cut].endswith(" of commit 2")
    assert found[changed] == "is not what commit 3 wrote"


def test_a_lake_is_there_where_anything_of_one_is(tmp_path):
    assert not Lake(tmp_path).is_there()
    for name in ("manifest.json", "format.json", "journal.json", "runs/market=HK/year=2022/runs.parquet"):
        path = tmp_path / "lake" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        assert Lake(tmp_path / "lake").is_there()
        path.unlink()
    assert not Lake(tmp_path / "lake").is_there()


@pytest.mark.parametrize(
    ("name", "since", "is_news"),
    [
        ("stocks/market=HK/year=2022/prices.parquet", 0, True),
        ("stocks/market=HK/year=2022/prices.parquet", 1, False),
        ("runs/market=HK/year=2022/runs.parquet", 0, False),
        ("format.json", 0, False),
    ],
)
def test_news_are_later_files_of_what_says_something_of_a_price(name, since, is_news):
    assert first_manifest({}).after({name: (1, "0" * 64)}).has_news_since(since) is is_news


def test_the_files_that_later_commits_wrote_are_named(lake):
    assert lake.written_since(2) == {file_of(lake, 2022), file_of(lake, 2019, "CN")}


def test_a_row_keeps_the_commit_that_last_changed_it(tmp_path):
    lake = Lake(tmp_path)
    first, second = (full_row(QUARANTINE) | {"id": name} for name in ("a", "b"))

    def commits():
        (path,) = lake.files(QUARANTINE)
        table = lake.table(path, QUARANTINE)
        return dict(zip(table["id"].to_pylist(), table[COMMIT.name].to_pylist(), strict=True))

    keep(lake, QUARANTINE, [first, second])
    assert commits() == {"a": 1, "b": 1}
    keep(lake, QUARANTINE, [first, second | {"status": "cured"}])
    assert commits() == {"a": 1, "b": 2}
    assert lake.changes(QUARANTINE, "HK", pd.DataFrame([first, second | {"status": "cured"}])) == {}


@pytest.mark.parametrize("name", ["/etc/passwd", "../other/prices.parquet", "stocks/../../prices.parquet"])
def test_a_manifest_with_a_file_elsewhere_is_none(name):
    with pytest.raises(ValueError, match="not as it was written"):
        Manifest.from_bytes(first_manifest({name: (1, "0" * 64)}).to_bytes())


def test_a_count_is_a_whole_number_also_beside_one_that_is_not_known(tmp_path):
    lake = Lake(tmp_path)
    keep(lake, STOCKS, [bar(date(2022, 6, 1), 1.0), bar(date(2022, 6, 2), 1.0) | {"volume": None}])
    volumes = lake.read(STOCKS, "HK")["volume"]
    assert volumes.dtype == pd.Int64Dtype()
    assert volumes.isna().tolist() == [False, True]


def test_a_commit_goes_on_from_the_manifest_that_it_is_given(lake):
    gone = "stocks/market=HK/year=2020/prices.parquet"
    lake.commit({}, lake.manifest().after({}, [gone]))
    assert gone not in lake.manifest().files
    assert lake.manifest().commit == 6
    assert lake.years(STOCKS, "HK") == [2021, 2022]


def test_a_first_manifest_is_not_late_while_its_commit_is_under_way(lake):
    with lake.writing(0, "test"):
        (lake.path / "manifest.json").unlink()
        (lake.path / "journal.json").write_bytes(b"")
        assert lake.manifest() is None
        (lake.path / "journal.json").unlink()
        with pytest.raises(DamagedError, match=r"manifest\.json is missing"):
            lake.manifest()
