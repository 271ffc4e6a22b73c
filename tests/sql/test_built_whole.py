"""A whole build: what it reads of the lake by which reader, and what it may take of the machine."""

from datetime import UTC, datetime

from warehouse_of import BUILT_AT, SETTLE_MINUTES, closes, lake_of, rows_of, warehouse_of

from tasks.publish import publish
from tests.shipped import FACTS
from warehouse.lake.schema import PUBLISHED
from warehouse.settings import Settings
from warehouse.sql.build import build

BARS = {
    "stocks": [*closes("0700.HK", {"2021-12-31": 450, "2022-01-03": 459}), *closes("600519.SS", {"2022-05-17": 1800})],
    "indices": [("^HSI", "2021-12-31", 23000), ("^HSI", "2022-01-03", 23230)],
    "runs": [("HK", "2021-12-31", "2022-01-03")],
}
VERSIONS = "from price_versions order by symbol, trade_date"


def test_a_home_whose_path_looks_like_a_pattern_or_a_partition_is_read_as_any_other(tmp_path):
    odd = tmp_path / "[home] market=X year=*"
    with warehouse_of(odd, **BARS) as there, warehouse_of(tmp_path / "home", **BARS) as here:
        assert rows_of(there, VERSIONS) == rows_of(here, VERSIONS) != []


def test_a_build_has_bounded_memory_and_a_folder_of_its_own_beside_the_file_for_the_rest(tmp_path):
    lake = lake_of(tmp_path, **BARS)
    left = tmp_path / "warehouse.duckdb.spill"
    left.mkdir()
    (left / "of a program that died").touch()
    seen = {}

    def look(connection):
        for name in ("memory_limit", "temp_directory"):
            ((seen[name],),) = connection.execute(f"select current_setting('{name}')").fetchall()

    build(lake, FACTS, tmp_path / "warehouse.duckdb", BUILT_AT, SETTLE_MINUTES, look)
    size, unit = seen["memory_limit"].split(" ")
    assert (float(size) < 1000, unit) == (True, "MiB")
    assert seen["temp_directory"] == str(left)
    assert not (left / "of a program that died").exists()


def test_what_is_said_of_two_years_is_written_down_in_both_by_one_commit(tmp_path):
    lake = lake_of(tmp_path, **BARS)
    now = datetime(2022, 1, 3, 12, tzinfo=UTC)
    published = publish(lake, FACTS, Settings(home=tmp_path, now=now, settle_minutes=30), "tonight")
    said = lake.read(PUBLISHED, "HK")
    assert {day.year for day in said["trade_date"]} == {2021, 2022}
    commits = [file.commit for name, file in lake.manifest().files.items() if name.startswith("published/")]
    assert (len(commits), len(set(commits))) == (2, 1)
    assert [str(day) for _, day in published.judged] == ["2021-12-31", "2022-01-03"]
