"""What of the warehouse may be passed on: rows of sources that may be shared, or that `AFTERCLOSE_SHARE` names."""

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import duckdb

from warehouse.errors import AftercloseError, UsageError
from warehouse.facts.reading import read_tables
from warehouse.settings import Settings, names_in
from warehouse.sql.database import SQL, ask

SHOWS = SQL / "shareable"
# Views without a price: verdicts, and what is known of sessions, indices and stocks.
OPEN = ("about", "index_status", "indices", "instruments", "members", "runs", "session_status", "sessions")
FUNCTIONS = ("generate_series", "range", "unnest")


def may_be_shared(settings: Settings) -> set[str]:
    """The sources whose rows may leave this machine; what a person wrote himself is his own."""
    rows = read_tables(settings.reference_path)["sources.csv"]
    return {row["vendor"] for row in rows if row["use"] == "share"} | {*names_in(settings.share), "local"}


def withhold(connection: duckdb.DuckDBPyConnection, allowed: Collection[str]) -> None:
    """Let a connection to the warehouse show no row of another source by the names of its views.

    Temporary views of the same names stand before those that show prices. Nothing is changed where every row may be
    shown. Who asks by a schema still sees all: hold what somebody else wrote against `refuse_hidden`.
    """
    own = [row for row in ask(connection, "sources_of_rows") if row["source"] not in allowed]
    if not own:
        return
    connection.execute("set variable shareable = $allowed", {"allowed": sorted(allowed)})
    connection.execute("set variable withheld = $own", {"own": own})
    for name in _shown():
        query = (SHOWS / f"{name}.sql").read_text(encoding="utf-8")
        try:
            connection.execute(f"create temp view {name} as {query}")
        except (duckdb.BinderException, duckdb.CatalogException) as problem:
            lacking = str(problem).splitlines()[0]
            raise AftercloseError(
                f"the database was built by another version ({lacking}): run `afterclose rebuild`"
            ) from problem


def withheld(connection: duckdb.DuckDBPyConnection, markets: Sequence[str]) -> list[str]:
    """The sources of which rows of these markets are withheld on this connection."""
    found = ask(connection, "withheld")
    return sorted({row["source"] for row in found if row["market"] in markets})


def refuse_hidden(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """Raises `UsageError` for a query that could see what is withheld: of other views than those that leave it out."""
    (text,) = connection.execute("select json_serialize_sql($query)", {"query": query}).fetchone() or ("{}",)
    tree = json.loads(text)
    if tree["error"] or len(tree["statements"]) != 1:
        raise UsageError(f"one select, please: {tree.get('error_message') or 'there is none, or more than one'}")
    views = {*_shown(), *OPEN}
    taken = {str(name) for (name,) in connection.execute("select view_name from duckdb_views()").fetchall()}
    for table in _tables(tree, frozenset(), taken):
        if table not in views:
            raise UsageError(
                f"{table} is not shown: it may hold rows for own use, unless AFTERCLOSE_SHARE names whose. Ask, "
                f"without a schema, {', '.join(sorted(views))}"
            )


def _shown() -> list[str]:
    return sorted(path.stem for path in SHOWS.glob("*.sql"))


def _tables(node: Any, named: frozenset[str], taken: Collection[str]) -> Iterator[str]:
    """Whatever a parsed query reads, in small letters, but what its own `with` names.

    A name that is `taken` by a view counts as the view: within the `with` that gives it, that is what it means.
    """
    if isinstance(node, list):
        for each in node:
            yield from _tables(each, named, taken)
    if not isinstance(node, dict):
        return
    named |= {entry["key"].lower() for entry in (node.get("cte_map") or {}).get("map", [])} - set(taken)
    kind = node.get("type")
    if kind == "BASE_TABLE":
        place = [node[part] for part in ("catalog_name", "schema_name", "table_name") if node[part]]
        if len(place) > 1 or place[0].lower() not in named:
            yield ".".join(place).lower()
    elif kind == "SHOW_REF":
        yield "show"
    elif kind == "TABLE_FUNCTION" and node["function"]["function_name"] not in FUNCTIONS:
        yield node["function"]["function_name"]
    for each in node.values():
        yield from _tables(each, named, taken)
