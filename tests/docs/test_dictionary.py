"""docs/warehouse.md is what the database says of itself, and every query in it runs and answers."""

import sys
from pathlib import Path

import duckdb
import pytest

from warehouse.sql.database import open_read_only

DOCS = Path(__file__).parents[2] / "docs"
sys.path.insert(0, str(DOCS))
VIEW_QUERIES = sorted((DOCS / "queries" / "views").glob("*.sql"))
QUESTIONS = sorted((DOCS / "queries" / "questions").glob("*.sql"))
# Nothing of the kind happens in the demonstration's five weeks, or in its simulated market at all.
MAY_BE_EMPTY = {
    *("05.sql", "08.sql", "09.sql", "contribution.sql", "cross_checks.sql", "fact_disagreements.sql", "fills.sql"),
    *("agreement.sql", "official_prices.sql", "market_breadth.sql", "market_movers.sql", "listings.sql"),
    *("industries.sql", "industry_breadth.sql"),
}


@pytest.fixture(scope="module")
def warehouse(demo):
    with open_read_only(demo.home / "warehouse.duckdb") as connection:
        yield connection


def test_the_page_is_what_make_docs_would_write_now(warehouse):
    from dictionary import page

    assert (DOCS / "warehouse.md").read_text(encoding="utf-8") == page(warehouse), "run `make docs`"


def test_what_a_new_view_lacks_is_named_when_the_pages_are_written():
    from contract import contract
    from dictionary import page

    with duckdb.connect() as connection:
        connection.execute("create view about as select 1 as warehouse_version; create view bare as select 1 as one")
        connection.execute(
            "comment on view about is 'What is here.'; comment on column about.warehouse_version is 'A number.'"
        )
        with pytest.raises(ValueError, match=r"^bare: a view needs a comment, and an example in docs/queries/views/$"):
            page(connection)
        with pytest.raises(ValueError, match=r"^docs/keys\.csv has no row for bare: "):
            contract(connection)
        connection.execute("drop view bare; create or replace view about as select 1 as warehouse_version")
        connection.execute("comment on view about is 'What is here.'")
        with pytest.raises(ValueError, match=r"^about: its columns need comments: warehouse_version$"):
            page(connection)


def test_every_view_has_an_example(warehouse):
    views = warehouse.execute("select view_name from duckdb_views() where schema_name = 'main' and not internal")
    assert {name for (name,) in views.fetchall()} == {path.stem for path in VIEW_QUERIES}


def test_there_are_twenty_questions_and_each_begins_with_its_words():
    firsts = [path.read_text(encoding="utf-8").partition("\n")[0] for path in QUESTIONS]
    assert len(firsts) >= 20
    assert all(first.startswith("-- ") and first.endswith("?") for first in firsts)


@pytest.mark.parametrize("path", VIEW_QUERIES + QUESTIONS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_query_runs_on_the_demonstration_and_finds_something(warehouse, path):
    found = warehouse.execute(path.read_text(encoding="utf-8")).fetchall()
    assert found or path.name in MAY_BE_EMPTY, "found nothing: is it to be in MAY_BE_EMPTY?"


def test_what_programs_read_is_what_make_docs_would_write_now(warehouse):
    from contract import CONTRACT, SOURCES, as_json, contract, sources_yml

    found = contract(warehouse)
    assert CONTRACT.read_text(encoding="utf-8") == as_json(found), "run `make docs`"
    assert SOURCES.read_text(encoding="utf-8") == sources_yml(found), "run `make docs`"


def test_a_number_without_a_unit_is_refused(warehouse, monkeypatch):
    import contract

    units = contract._units()
    monkeypatch.setattr(contract, "_units", lambda: {key: unit for key, unit in units.items() if key[0] != "open"})
    with pytest.raises(ValueError, match=r"units\.csv lacks or has too many of \w+: open"):
        contract.contract(warehouse)


def test_a_key_finds_one_row_and_is_null_nowhere(warehouse):
    from contract import contract

    for view in contract(warehouse)["views"]:
        key = ", ".join(f'"{name}"' for name in view["key"])
        if not key:
            continue
        query = f"select count(*), count(distinct ({key})) from {view['name']}"
        rows, keys = warehouse.execute(query).fetchone()
        assert rows == keys, view["name"]
        for column in view["columns"]:
            if not column["nullable"]:
                nulls = f'select count(*) from {view["name"]} where "{column["name"]}" is null'
                assert warehouse.execute(nulls).fetchone() == (0,), (view["name"], column["name"])


def test_what_was_promised_is_still_there(warehouse):
    """Frozen: while warehouse_version is 1, none of these goes or changes its type. New ones are not added here."""
    import csv

    with (Path(__file__).with_name("promised-1.csv")).open(encoding="utf-8", newline="") as text:
        promised = {(row["view"], row["column"], row["type"]) for row in csv.DictReader(text)}
    there = warehouse.execute(
        "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'main'"
    ).fetchall()
    assert len(promised) > 600
    assert promised - set(there) == set()
