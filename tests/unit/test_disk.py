"""What the kept files take on disk."""

from warehouse.disk import disk_use
from warehouse.settings import Settings


def test_it_counts_all_files_below_each_folder_that_is_there_and_the_database(tmp_path):
    (tmp_path / "lake" / "stocks" / "market=HK").mkdir(parents=True)
    (tmp_path / "lake" / "manifest.json").write_bytes(b"12345")
    (tmp_path / "lake" / "stocks" / "market=HK" / "prices.parquet").write_bytes(b"1234567")
    (tmp_path / "reports").mkdir()
    (tmp_path / "warehouse.duckdb").write_bytes(b"123")
    found = {row["name"]: (row["path"], row["bytes"]) for row in disk_use(Settings(home=tmp_path))}
    assert found == {
        "database": (str(tmp_path / "warehouse.duckdb"), 3),
        "lake": (str(tmp_path / "lake"), 12),
        "reports": (str(tmp_path / "reports"), 0),
    }


def test_a_file_that_a_run_takes_away_meanwhile_counts_nothing(tmp_path):
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "2022-05-17.html").write_bytes(b"1234")
    (tmp_path / "reports" / "2022-05-18.html").symlink_to(tmp_path / "gone")
    assert [row["bytes"] for row in disk_use(Settings(home=tmp_path))] == [4]
