"""The scripts in `sql/`, statement by statement: what they make, and what each table that they fill depends on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import duckdb

from warehouse.sql.database import SQL

TABLE = re.compile(r"\s*(?:--[^\n]*\s+)*create table base\.(\w+) as\b(.*)", re.DOTALL)
LOOKED_UP = re.compile(r"\bcreate (?=(?:macro|view) base\.)")
TEMP_VIEW = re.compile(r"\s*(?:--[^\n]*\s+)*create temp view\b")
DATASET, FACTS, REACH = (
    re.compile(r"\blake_(\w+)"),
    re.compile(r"\bselect \* from fact_(\w+)"),
    re.compile(r"\bdirty_(\w+)"),
)


@dataclass(frozen=True)
class Statement:
    """One statement of a script, `parsed` so that it is not parsed again when it is run."""

    parsed: duckdb.Statement

    @property
    def text(self) -> str:
        """As it stands in the script, with the comments before it."""
        return self.parsed.query

    @cached_property
    def table(self) -> str | None:
        """The table in the schema `base` that it makes out of a query, None if it makes none."""
        found = TABLE.match(self.text)
        return found[1] if found else None

    @cached_property
    def query(self) -> str:
        """The query that the table is filled with."""
        found = TABLE.match(self.text)
        return found[2] if found else ""

    @property
    def is_temp_view(self) -> bool:
        """Whether it makes a view that is not kept: what reaches a table, told from what reaches others."""
        return TEMP_VIEW.match(self.text) is not None

    @property
    def instead(self) -> str | None:
        """What puts the macro or view of `base` that it makes in the place of an older one; None of another one."""
        text, found = LOOKED_UP.subn("create or replace ", self.text, count=1)
        return text if found else None

    @property
    def is_comment(self) -> bool:
        """Whether it says what a view or a column is; nothing in the scripts but comments alters anything."""
        return self.parsed.type == duckdb.StatementType.ALTER

    @property
    def dataset(self) -> str | None:
        """The dataset of the lake that the table is a copy of."""
        return _named(DATASET, self.query)

    @property
    def facts(self) -> str | None:
        """The reference facts that the table is a copy of."""
        return _named(FACTS, self.query)

    @property
    def reach(self) -> str | None:
        """Which table of the keys that have changed its query names: 'symbols' is `dirty_symbols`.

        A table that names none is small, and derived anew whenever anything has changed.
        """
        return _named(REACH, self.query)


def statements(connection: duckdb.DuckDBPyConnection) -> Iterator[Statement]:
    """Every statement of every script, in order."""
    for script in sorted(SQL.glob("*.sql")):
        for statement in connection.extract_statements(script.read_text(encoding="utf-8")):
            yield Statement(statement)


def _named(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[1] if found else None
