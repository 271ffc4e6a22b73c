"""docs/warehouse.md is what the database says of itself, and every query in it runs and answers."""

import sys
from pathlib import Path

import pytest

from warehouse.sql.database import open_read_only

DOCS = Path(__file__).parents[2] / "docs"
sys.path.insert(0, str(DOCS))
VIEW_QUERIES = sorted((DOCS / "queries" / "views").glob("*.sql"))
QUESTIONS = sorted((DOCS / "queries" / "questions").glob("*.sql"))
# Nothing of the kind happens in the demonstration's five weeks, or in its simulated market at all.
MAY_BE_EMPTY = {
    *("05.sql", "08.sql", "09.sql", "contribution.sql", "cross_checks.sql", "fact_disagreements.sql"),
    *("agreement.sql", "official_prices.sql"),
}


@pytest.fixture(scope="module")
def warehouse(demo):
    with open_read_only(demo.home / "warehouse.duckdb") as connection:
        yield connection


def test_the_page_is_what_make_docs_would_write_now(warehouse):
    from dictionary import page

    assert (DOCS / "warehouse.md").read_text(encoding="utf-8") == page(warehouse), "run `make docs`"


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
    assert found or path.name in MAY_BE_EMPTY
