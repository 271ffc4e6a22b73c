"""What may be relied on, for programs: docs/warehouse.json, and docs/dbt/sources.yml, the same as sources for dbt.

Names, types and words come out of the database; units and keys, which it does not know, out of two CSV files here.
"""

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import yaml

DOCS = Path(__file__).parent
NUMBERS = {"DOUBLE", "BIGINT", "INTEGER", "DOUBLE[]"}
CONTRACT, SOURCES = DOCS / "warehouse.json", DOCS / "dbt" / "sources.yml"


def contract(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Every view with its key and its columns, and every macro.

    `nullable` is false only for what the key promises; `unit` is null for what is no number; `since` is the
    warehouse_version with which a view or column came.
    """
    ((version,),) = connection.execute("select warehouse_version from about").fetchall()
    before = json.loads(CONTRACT.read_text(encoding="utf-8")) if CONTRACT.exists() else {"views": []}
    sinces = {(view["name"], column["name"]): column["since"] for view in before["views"] for column in view["columns"]}
    keys, units, found = _keys(), _units(), _views(connection)
    if keyless := [name for name, _ in found if name not in keys]:
        raise ValueError(f"docs/keys.csv has no row for {', '.join(keyless)}: say by which columns a row is found")
    views = []
    for name, comment in found:
        columns = []
        for column, kind, text in _columns(connection, name):
            columns.append(
                {
                    "name": column,
                    "type": kind,
                    "nullable": column not in keys[name],
                    "unit": units.get((column, name), units.get((column, ""))),
                    "since": sinces.get((name, column), version),
                    "comment": text,
                }
            )
        is_number = {column["name"]: column["type"] in NUMBERS for column in columns}
        if bare := [column["name"] for column in columns if is_number[column["name"]] == (column["unit"] is None)]:
            raise ValueError(f"docs/units.csv lacks or has too many of {name}: {', '.join(bare)}")
        since = min(column["since"] for column in columns)
        key = [part.removesuffix("?") for part in keys[name]]
        views.append({"name": name, "since": since, "comment": comment, "key": key, "columns": columns})
    macros = connection.execute(
        "select function_name, parameters, comment from duckdb_functions() "
        "where schema_name = 'main' and function_type = 'table_macro' and not internal order by function_name"
    ).fetchall()
    return {
        "warehouse_version": version,
        "views": views,
        "macros": [{"name": name, "parameters": words, "comment": text} for name, words, text in macros],
    }


def as_json(found: dict[str, Any]) -> str:
    """The text of docs/warehouse.json."""
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def sources_yml(found: dict[str, Any]) -> str:
    """The text of docs/dbt/sources.yml: keys as tests, units in `meta`."""
    tables = []
    for view in found["views"]:
        columns = []
        for column in view["columns"]:
            entry = {"name": column["name"], "description": column["comment"], "data_type": column["type"]}
            if column["unit"]:
                entry["meta"] = {"unit": column["unit"]}
            if not column["nullable"]:
                entry["data_tests"] = ["not_null"]
            columns.append(entry)
        tables.append({"name": view["name"], "description": view["comment"], "columns": columns})
    source = {
        "name": "afterclose",
        "description": "warehouse.duckdb, attached read-only under the name `afterclose`; see docs/connect.md.",
        "database": "afterclose",
        "schema": "main",
        "meta": {"warehouse_version": found["warehouse_version"]},
        "tables": tables,
    }
    head = "# Written by `make docs` out of docs/warehouse.json.\n"
    return head + yaml.safe_dump({"version": 2, "sources": [source]}, sort_keys=False, allow_unicode=True, width=120)


def _views(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return connection.execute(
        "select view_name, comment from duckdb_views() where schema_name = 'main' and not internal order by view_name"
    ).fetchall()


def _columns(connection: duckdb.DuckDBPyConnection, view: str) -> list[tuple[str, str, str]]:
    return connection.execute(
        "select column_name, data_type, comment from duckdb_columns() "
        "where schema_name = 'main' and table_name = $name order by column_index",
        {"name": view},
    ).fetchall()


def _keys() -> dict[str, list[str]]:
    """The columns by which a row of each view is found; a '?' follows one that may be null."""
    with (DOCS / "keys.csv").open(encoding="utf-8", newline="") as text:
        return {row["view"]: [part for part in row["key"].split(",") if part] for row in csv.DictReader(text)}


def _units() -> dict[tuple[str, str], str]:
    """The unit of each number, by column and view; '' for every other view."""
    with (DOCS / "units.csv").open(encoding="utf-8", newline="") as text:
        return {(row["column"], row["view"]): row["unit"] for row in csv.DictReader(text)}
