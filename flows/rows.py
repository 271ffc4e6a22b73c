"""The rows of a query for programs and agents: as JSON, with columns whose names are told apart."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from math import isfinite
from typing import TYPE_CHECKING, Any

from warehouse.plain import escaped

if TYPE_CHECKING:
    import duckdb

# Of these Python and Arrow have other values, 30 days for a month, or their own words.
AS_TEXT = {"bignum", "bit", "blob", "interval", "time with time zone"}


def apart(names: Sequence[str]) -> list[str]:
    """The names of a query's columns, equal ones told apart as DuckDB does: a, a_1."""
    found: list[str] = []
    for name in names:
        others = (f"{name}_{number}" for number in count(1))
        found.append(next(other for other in others if other not in {*found, *names}) if name in found else name)
    return found


def in_text(relation: "duckdb.DuckDBPyRelation") -> "duckdb.DuckDBPyRelation":
    """The relation with what neither JSON nor CSV has a form for as DuckDB's text; its columns go by their order."""
    kinds = [kind.id in AS_TEXT for kind in relation.types]
    columns = ", ".join(f"#{at}{'::varchar' * is_text}" for at, is_text in enumerate(kinds, start=1))
    return relation.project(columns) if any(kinds) else relation


def as_json(found: Any, indent: int | None = None) -> str:
    """Rows as JSON: dates and instants as ISO text, what is no number null, what cannot be shown escaped."""
    return escaped(json.dumps(_jsonable(found), indent=indent, ensure_ascii=False, allow_nan=False))


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _jsonable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(each) for each in value]
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
    return value if value is None or isinstance(value, str | int) else str(value)
