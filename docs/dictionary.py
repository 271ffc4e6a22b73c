"""Writes docs/warehouse.md: every view with its columns, from the comments in the database, and the example queries.

And the same for programs: see contract.py.

`make docs` runs it; a test holds the page against what it would write now.
"""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from contract import CONTRACT, SOURCES, as_json, contract, sources_yml

from warehouse.facts.market import Facts
from warehouse.lake.lake import Lake
from warehouse.sql.build import build
from warehouse.sql.database import open_read_only

DOCS = Path(__file__).parent
QUERIES = DOCS / "queries"
HEAD = """# What can be asked

*Written by `make docs` out of the comments in the database and `docs/queries/`; the tests run every query.*

`afterclose sql "..."`, or any DuckDB client on `warehouse.duckdb`. Returns are fractions (0.0578 is 5.78%), money is in
the instrument's currency, dates are local trade dates. Instants are `timestamptz`: `afterclose sql` shows them in UTC,
another client in its own zone (`set timezone = 'UTC'`). Null means: not known. What is null and why stands in the
column's comment.

A session is *stored* when it has bars, and *covered* when a run was asked to fill it: runs read some sessions of lead
before the first covered one, and verdicts, breadth and sentences begin with that. The facts (members, sessions) reach
further, both ways.

The schema `main`, described here, is what may be relied on (see `about`); `flat` has the same views in types that any
ODBC or JDBC client takes; `base` is private. [warehouse.json](warehouse.json) says all this to programs, with units and
keys, and [dbt/sources.yml](dbt/sources.yml) to dbt. [connect.md](connect.md) shows how other tools open the file.

Indices go by vendor symbol (`index_symbol`: `^HSI`, `HSTECH.HK`, `000300.SS`) or short code (`index_code`: `HSI`,
`HSTECH`, `CSI300`). Stocks go by vendor symbol: `0700.HK`, `600519.SS` (Shanghai), `000001.SZ` (Shenzhen).
"""


def page(connection: duckdb.DuckDBPyConnection) -> str:
    """The whole page, of the views and macros that the connection has."""
    views = connection.execute(
        "select view_name, comment from duckdb_views() where schema_name = 'main' and not internal order by view_name"
    ).fetchall()
    unsaid = [name for name, comment in views if not comment or not (QUERIES / "views" / f"{name}.sql").exists()]
    if unsaid:
        raise ValueError(f"{', '.join(unsaid)}: a view needs a comment, and an example in docs/queries/views/")
    parts = [HEAD, "## Views\n"]
    parts += [f"- [`{name}`](#{name}): {_first_sentence(comment)}" for name, comment in views]
    parts += ["", *(_view(connection, name, comment) for name, comment in views)]
    parts += ["## Macros\n", *_macros(connection), "", "## Questions\n"]
    parts += [_question(path) for path in sorted((QUERIES / "questions").glob("*.sql"))]
    return "\n".join(parts).rstrip() + "\n"


def _first_sentence(comment: str) -> str:
    return comment.split(". ")[0].rstrip(".") + "."


def _view(connection: duckdb.DuckDBPyConnection, name: str, comment: str) -> str:
    columns = connection.execute(
        "select column_name, data_type, comment from duckdb_columns() "
        "where schema_name = 'main' and table_name = $name order by column_index",
        {"name": name},
    ).fetchall()
    if silent := [column for column, _, text in columns if not text]:
        raise ValueError(f"{name}: its columns need comments: {', '.join(silent)}")
    rows = [f"| `{column}` | {kind.lower()} | {_cell(text)} |" for column, kind, text in columns]
    table = ["| column | type | meaning |", "|---|---|---|", *rows]
    return "\n".join([f"### {name}\n", comment, "", *table, "", _code(QUERIES / "views" / f"{name}.sql"), ""])


def _macros(connection: duckdb.DuckDBPyConnection) -> list[str]:
    macros = connection.execute(
        "select function_name, parameters, comment from duckdb_functions() "
        "where schema_name = 'main' and function_type = 'table_macro' and not internal order by function_name"
    ).fetchall()
    return [f"- `{name}({', '.join(parameters)})`: {comment}" for name, parameters, comment in macros]


def _question(path: Path) -> str:
    question, _, query = path.read_text(encoding="utf-8").partition("\n")
    return f"**{question.removeprefix('-- ')}**\n\n```sql\n{query.strip()}\n```\n"


def _code(path: Path) -> str:
    return f"```sql\n{path.read_text(encoding='utf-8').strip()}\n```"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Build a file that holds the facts and no prices, and write the page."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "warehouse.duckdb"
        build(Lake(Path(folder) / "lake"), Facts.load(), database, datetime.now(UTC), 0)
        with open_read_only(database) as connection:
            found = contract(connection)
            SOURCES.parent.mkdir(exist_ok=True)
            for path, text in {
                DOCS / "warehouse.md": page(connection),
                CONTRACT: as_json(found),
                SOURCES: sources_yml(found),
            }.items():
                path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
