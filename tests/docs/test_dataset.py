"""The facts as a data set: whole, typed, readable without us, and what exchange_calendars has otherwise."""

import csv
import importlib.util
import sys
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.shipped import FACTS

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    from dataset import write

    return write(tmp_path_factory.mktemp("dist"), "2026.11.26")


def test_every_file_is_there_in_both_forms_with_the_same_rows(place):
    names = {path.relative_to(place / "csv").as_posix() for path in (place / "csv").rglob("*.csv")}
    assert names == FACTS.tables.keys()
    for name in names:
        with (place / "csv" / name).open(encoding="utf-8", newline="") as text:
            rows = list(csv.DictReader(text))
        table = pq.read_table(place / "parquet" / name.replace(".csv", ".parquet"))
        assert table.num_rows == len(rows) == len(FACTS.tables[name])
        assert table.column_names == list(rows[0])
        assert all(row["source"] for row in rows)
    assert "| `ticks.csv` | " in (place / "README.md").read_text(encoding="utf-8")


def test_the_reader_needs_nothing_and_knows_who_was_a_member(place):
    spec = importlib.util.spec_from_file_location("afterclose_facts", place / "afterclose_facts.py")
    facts = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(facts)
    assert "session_overlay.csv" in facts.names()
    # The review of June 2022: 9866.HK joined and 0522.HK left at the open of the 13th.
    before, after = (set(facts.members_on("hstech", day)) for day in ("2022-06-10", "2022-06-13"))
    assert (before - after, after - before) == ({"0522.HK"}, {"9866.HK"})
    assert len(before) == 30


def test_what_goes_upstream_are_days_that_the_calendar_has_otherwise(place):
    with (place / "upstream" / "xhkg.csv").open(encoding="utf-8", newline="") as text:
        rows = {row["trade_date"]: row for row in csv.DictReader(text)}
    assert (rows["2023-09-01"]["theirs"], rows["2023-09-01"]["ours"]) == ("09:30 to 16:00", "closed")
    assert (rows["2022-11-02"]["theirs"], rows["2022-11-02"]["ours"]) == ("09:30 to 16:00", "09:30 to 13:55")
    assert "2023-07-17" not in rows  # which it has right
    assert all(row["source"] and row["confidence"] != "low" for row in rows.values())
    assert all(date.fromisoformat(day) < date(2027, 1, 1) for day in rows)
