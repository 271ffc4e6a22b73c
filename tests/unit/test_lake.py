import os
import socket
from datetime import UTC, date, datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse.errors import AftercloseError
from warehouse.lake.lake import Lake
from warehouse.lake.schema import ANSWERS, DATASETS, OFFICIAL, PUBLISHED, QUARANTINE, RUNS, STOCKS

VALUES = {
    pa.string(): "a",
    pa.date32(): date(2022, 5, 17),
    pa.float64(): 401.2,
    pa.int64(): 12_345_678_901,
    pa.int32(): 7,
    pa.bool_(): True,
    pa.timestamp("us", tz="UTC"): datetime(2022, 5, 17, 8, 40, 0, 123456, tzinfo=UTC),
}


def full_row(dataset):
    return {field.name: VALUES[field.type] for field in dataset.schema}


def row_with_gaps(dataset):
    """Null wherever the schema allows it, and behind `full_row` by the dataset's key."""
    gaps = {field.name: None for field in dataset.schema if field.nullable}
    later = {name: "b" for name in dataset.key if dataset.schema.field(name).type == pa.string()}
    return full_row(dataset) | gaps | later


def bar(day, close, symbol="0700.HK", known_to=None):
    return full_row(STOCKS) | {"trade_date": day, "close": close, "symbol": symbol, "known_to": known_to}


def keep(lake, dataset, rows, market="HK"):
    lake.commit(lake.changes(dataset, market, pd.DataFrame(rows)))


def content(lake, dataset, market="HK"):
    frame = lake.read(dataset, market).astype(object)
    return frame.where(frame.notna(), None).to_dict("records")


def closes(lake, market="HK", years=None):
    return lake.read(STOCKS, market, years)["close"].tolist()


@pytest.fixture
def lake(tmp_path):
    (tmp_path / "lake").mkdir()
    return Lake(tmp_path / "lake")


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.name)
def test_rows_are_read_as_they_were_written(lake, dataset):
    rows = [full_row(dataset), row_with_gaps(dataset)]
    with lake.writing(0, "test"):
        keep(lake, dataset, rows)
    assert content(lake, dataset) == rows


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.name)
def test_writing_equal_rows_again_changes_nothing(lake, dataset):
    rows = [full_row(dataset), row_with_gaps(dataset)]
    keep(lake, dataset, rows)
    assert lake.changes(dataset, "HK", pd.DataFrame(rows)) == {}
    assert lake.changes(dataset, "HK", pd.DataFrame(rows[::-1])) == {}
    assert lake.changes(dataset, "HK", lake.read(dataset, "HK")) == {}


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.name)
def test_a_dataset_without_files_is_empty_with_all_its_columns(lake, dataset):
    frame = lake.read(dataset, "HK")
    assert len(frame) == 0
    assert list(frame.columns) == dataset.schema.names
    assert lake.changes(dataset, "HK", frame) == {}


def test_files_lie_in_hive_partitions_by_market_and_year(lake):
    keep(lake, STOCKS, [bar(date(2021, 12, 31), 1.0), bar(date(2022, 1, 3), 2.0)])
    keep(lake, STOCKS, [bar(date(2022, 1, 4), 3.0, "600000.SS")], market="CN")
    keep(lake, RUNS, [full_row(RUNS)])
    assert sorted(str(path.relative_to(lake.path)) for path in lake.path.rglob("*.parquet")) == [
        "runs/market=HK/year=2022/runs.parquet",
        "stocks/market=CN/year=2022/prices.parquet",
        "stocks/market=HK/year=2021/prices.parquet",
        "stocks/market=HK/year=2022/prices.parquet",
    ]


def test_a_file_holds_the_schema_sorted_by_key_and_compressed_with_zstd(lake):
    keep(
        lake, STOCKS, [bar(date(2022, 5, 17), 2.0, "B"), bar(date(2022, 5, 17), 1.0, "A"), bar(date(2022, 5, 16), 3.0)]
    )
    path = lake.path / "stocks" / "market=HK" / "year=2022" / "prices.parquet"
    with pq.ParquetFile(path) as file:
        assert file.schema_arrow.equals(STOCKS.schema)
        assert file.metadata.row_group(0).column(0).compression == "ZSTD"
        assert file.read()["close"].to_pylist() == [3.0, 1.0, 2.0]


def test_markets_and_years_are_read_apart(lake):
    keep(lake, STOCKS, [bar(date(2020, 6, 1), 1.0), bar(date(2021, 6, 1), 2.0), bar(date(2022, 6, 1), 3.0)])
    keep(lake, STOCKS, [bar(date(2022, 6, 1), 4.0, "600000.SS")], market="CN")
    assert closes(lake) == [1.0, 2.0, 3.0]
    assert closes(lake, years={2020, 2022}) == [1.0, 3.0]
    assert closes(lake, years={1999}) == []
    assert closes(lake, years=set()) == []
    assert closes(lake, market="CN") == [4.0]


def test_only_the_year_that_changed_is_written(lake):
    rows = [bar(date(2021, 6, 1), 1.0), bar(date(2022, 6, 1), 2.0)]
    keep(lake, STOCKS, rows)
    changed = lake.changes(STOCKS, "HK", pd.DataFrame([rows[0], rows[1] | {"close": 2.5}]))
    assert [str(path.relative_to(lake.path)) for path in changed] == ["stocks/market=HK/year=2022/prices.parquet"]


def test_evenings_of_a_whole_market_lie_by_month_and_a_month_is_read_and_written_alone(lake):
    april, may = (full_row(OFFICIAL) | {"trade_date": date(2022, month, 29)} for month in (4, 5))
    keep(lake, OFFICIAL, [april, may])
    places = [f"official/market=HK/month=2022-0{month}/official.parquet" for month in (4, 5)]
    assert [str(path.relative_to(lake.path)) for path in lake.files(OFFICIAL)] == places
    assert lake.read(OFFICIAL, "HK", {"2022-05"})["trade_date"].tolist() == [date(2022, 5, 29)]
    changed = lake.changes(OFFICIAL, "HK", pd.DataFrame([may | {"close": 2.5}]))
    assert [str(path.relative_to(lake.path)) for path in changed] == places[1:]


def test_a_year_that_is_not_given_is_left_as_it_is(lake):
    keep(lake, STOCKS, [bar(date(2021, 6, 1), 1.0), bar(date(2022, 6, 1), 2.0)])
    keep(lake, STOCKS, [bar(date(2022, 6, 1), 3.0)])
    assert closes(lake) == [1.0, 3.0]


def test_days_before_the_first_that_is_named_are_neither_read_nor_changed(lake):
    days = [bar(date(2021, 12, 30), 1.0), bar(date(2022, 1, 3), 2.0), bar(date(2022, 1, 4), 3.0)]
    keep(lake, STOCKS, days)
    first = date(2022, 1, 4)
    (kept,) = lake.read(STOCKS, "HK", {2021, 2022}, first).to_dict("records")
    assert kept["close"] == 3.0
    assert lake.changes(STOCKS, "HK", pd.DataFrame([days[2]]), first) == {}
    fresh = [days[2] | {"close": 3.5}, bar(date(2022, 1, 5), 4.0)]
    assert lake.changes(STOCKS, "HK", pd.DataFrame(fresh[::-1]), first) == lake.changes(
        STOCKS, "HK", pd.DataFrame([days[1], *fresh])
    )
    lake.commit(lake.changes(STOCKS, "HK", pd.DataFrame(fresh), first))
    assert closes(lake) == [1.0, 2.0, 3.5, 4.0]


def test_rows_that_come_are_kept_beside_those_of_their_day_and_of_other_days_and_years(lake):
    keep(lake, STOCKS, [bar(date(2021, 6, 1), 1.0), bar(date(2022, 6, 1), 2.0), bar(date(2022, 6, 2), 3.0)])
    more = [bar(date(2022, 6, 2), 4.0, "0939.HK"), bar(date(2023, 6, 1), 5.0)]
    lake.commit(lake.with_more(STOCKS, "HK", pd.DataFrame(more)))
    assert closes(lake) == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert lake.with_more(STOCKS, "HK", pd.DataFrame(more)[:0]) == {}


def test_a_row_that_changes_in_place_after_the_first_day_leaves_those_before_it_to_their_commits(lake):
    rows = [full_row(QUARANTINE) | {"trade_date": date(2022, 5, day)} for day in (17, 18)]
    keep(lake, QUARANTINE, rows)
    decided = pd.DataFrame([rows[1] | {"status": "released"}])
    lake.commit(lake.changes(QUARANTINE, "HK", decided, date(2022, 5, 18)))
    (path,) = lake.files(QUARANTINE)
    assert pq.read_table(path, partitioning=None)["commit"].to_pylist() == [1, 2]


def test_versions_of_a_key_are_kept_beside_each_other(lake):
    closed = bar(date(2022, 6, 1), 1.0, known_to=datetime(2022, 6, 2, tzinfo=UTC))
    keep(lake, STOCKS, [closed, bar(date(2022, 6, 1), 2.0)])
    assert closes(lake) == [1.0, 2.0]
    assert lake.read(STOCKS, "HK")["known_to"].isna().tolist() == [False, True]


def test_a_missing_mandatory_value_is_refused_before_anything_is_written(lake):
    with pytest.raises((pa.ArrowException, ValueError), match="source"):
        keep(lake, STOCKS, [bar(date(2022, 6, 1), 1.0) | {"source": None}])
    assert list(lake.path.rglob("*.parquet*")) == []


def test_committing_nothing_leaves_nothing(lake):
    lake.commit({})
    assert list(lake.path.iterdir()) == []


def test_a_commit_leaves_neither_journal_nor_pending_files(lake):
    with lake.writing(0, "test"):
        keep(lake, STOCKS, [bar(date(2022, 6, 1), 1.0)])
    names = sorted(path.name for path in lake.path.rglob("*") if path.is_file())
    assert [name for name in names if name != "writer.lock"] == ["format.json", "manifest.json", "prices.parquet"]


def test_a_second_writer_is_told_who_holds_the_lake(lake):
    with (
        lake.writing(0, "afterclose nightly HK"),
        pytest.raises(AftercloseError) as refused,
        Lake(lake.path).writing(0, "afterclose backfill"),
    ):
        pass
    assert f"afterclose nightly HK (process {os.getpid()} on {socket.gethostname()})" in str(refused.value)
    assert str(lake.path) in str(refused.value)
    assert refused.value.exit_code == 1


def test_the_refused_writer_does_not_take_the_holder_s_name_away(lake):
    with lake.writing(0, "the first"):
        for _ in range(2):
            with pytest.raises(AftercloseError, match="the first"), lake.writing(0, "the second"):
                pass


def test_the_lock_is_free_again_after_a_writer_that_failed(lake):
    with pytest.raises(KeyError), lake.writing(0, "first"):
        raise KeyError
    with lake.writing(0, "second"):
        keep(lake, STOCKS, [bar(date(2022, 6, 1), 1.0)])
    assert closes(lake) == [1.0]
    assert not (lake.path / "writer.json").exists()


def test_the_lake_s_folder_is_made_by_its_first_writer(tmp_path):
    lake = Lake(tmp_path / "deep" / "lake")
    with lake.writing(0, "test"):
        keep(lake, STOCKS, [bar(date(2022, 6, 1), 1.0)])
    assert closes(lake) == [1.0]


@pytest.mark.parametrize("damage", [b"", b"not parquet at all", b"PAR1 cut"], ids=["empty", "text", "cut"])
def test_a_corrupt_file_is_named(lake, damage):
    keep(lake, STOCKS, [bar(date(2022, 6, 1), 1.0)])
    path = lake.path / "stocks" / "market=HK" / "year=2022" / "prices.parquet"
    path.write_bytes(damage)
    with pytest.raises(AftercloseError) as refused:
        lake.read(STOCKS, "HK")
    assert str(path) in str(refused.value)
    with pytest.raises(AftercloseError) as refused:
        lake.changes(STOCKS, "HK", pd.DataFrame([bar(date(2022, 6, 1), 2.0)]))
    assert str(path) in str(refused.value)


def test_a_file_that_lost_its_middle_is_named(lake):
    keep(lake, STOCKS, [bar(date(2022, 6, 1), float(close)) for close in range(500)])
    path = lake.path / "stocks" / "market=HK" / "year=2022" / "prices.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(AftercloseError, match=r"prices\.parquet"):
        lake.read(STOCKS, "HK")


def test_leftovers_without_a_journal_are_cleared(lake):
    keep(lake, STOCKS, [bar(date(2022, 6, 1), 1.0)])
    folder = lake.path / "stocks" / "market=HK" / "year=2022"
    (folder / "prices.parquet.pending").write_bytes(b"half a file")
    (lake.path / "journal.json.pending").write_text("[[")
    assert closes(lake) == [1.0]
    with lake.writing(0, "next"):
        pass
    assert list(lake.path.rglob("*.pending")) == []
    assert closes(lake) == [1.0]


def died_after_the_journal(lake, monkeypatch):
    """Commit two files over an older state and die before the first is renamed."""
    keep(lake, STOCKS, [bar(date(2022, 6, 1), 1.0)])
    tables = lake.changes(STOCKS, "HK", pd.DataFrame([bar(date(2022, 6, 1), 2.0)]))
    tables |= lake.changes(PUBLISHED, "HK", pd.DataFrame([full_row(PUBLISHED)]))
    with monkeypatch.context() as patched:
        patched.setattr(Lake, "_roll_forward", lambda *_: None)
        lake.commit(tables)
    assert (lake.path / "journal.json").exists()
    return sorted(lake.path.rglob("*.parquet.pending"))


def test_a_journal_is_rolled_forward_by_the_next_writer(lake, monkeypatch):
    pending = died_after_the_journal(lake, monkeypatch)
    assert len(pending) == 2
    assert closes(lake) == [1.0]
    with Lake(lake.path).writing(0, "next"):
        assert closes(lake) == [2.0]
        assert len(lake.read(PUBLISHED, "HK")) == 1
    assert not (lake.path / "journal.json").exists()
    assert list(lake.path.rglob("*.pending")) == []


def test_a_journal_half_carried_out_is_finished(lake, monkeypatch):
    pending = died_after_the_journal(lake, monkeypatch)
    pending[0].rename(pending[0].with_suffix(""))
    lake.recover()
    assert closes(lake) == [2.0]
    assert len(lake.read(PUBLISHED, "HK")) == 1
    assert not (lake.path / "journal.json").exists()


def test_bytes_that_the_journal_did_not_promise_are_refused_by_name(lake, monkeypatch):
    pending = died_after_the_journal(lake, monkeypatch)
    pending[-1].write_bytes(b"other bytes")
    with pytest.raises(AftercloseError) as refused:
        lake.recover()
    assert str(pending[-1]) in str(refused.value)
    assert (lake.path / "journal.json").exists()


def test_a_promised_file_that_is_gone_is_refused_by_name(lake, monkeypatch):
    pending = died_after_the_journal(lake, monkeypatch)
    pending[-1].unlink()
    with pytest.raises(AftercloseError) as refused:
        lake.recover()
    assert str(pending[-1].with_suffix("")) in str(refused.value)


def test_held_rows_and_prices_of_one_commit_come_together(lake):
    tables = lake.changes(STOCKS, "HK", pd.DataFrame([bar(date(2022, 6, 1), 1.0)]))
    tables |= lake.changes(QUARANTINE, "HK", pd.DataFrame([full_row(QUARANTINE)]))
    lake.commit(tables)
    assert closes(lake) == [1.0]
    assert content(lake, QUARANTINE) == [full_row(QUARANTINE)]


def test_a_file_from_before_a_column_was_kept_is_read_with_nulls_in_it(lake):
    keep(lake, ANSWERS, [full_row(ANSWERS)])
    (path,) = lake.files(ANSWERS, "HK")
    younger = ["currency", "exchange", "instrument_type", "first_trade_date"]
    pq.write_table(pq.read_table(path, partitioning=None).drop_columns(younger), path)
    (lake.path / "manifest.json").unlink()  # such a lake had none
    (row,) = lake.read(ANSWERS, "HK").to_dict("records")
    assert all(pd.isna(row.pop(name)) for name in younger)
    assert row["name"] == "a"


@pytest.mark.parametrize(("name", "read"), [("format.json", "stamp"), ("manifest.json", "manifest")])
@pytest.mark.parametrize("content", [b"", b"{}", b"no json", b'{"version": null}'])
def test_what_the_lake_says_of_itself_is_named_where_it_cannot_be_read(tmp_path, name, read, content):
    lake = Lake(tmp_path)
    keep(lake, STOCKS, [bar(date(2022, 5, 17), 401.2)])
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AftercloseError, match=f"{name} is not as it was written: put it back from a back-up"):
        getattr(lake, read)()
