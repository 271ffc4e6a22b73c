"""The cited facts: CSV files of ours in `reference/`, and a person's corrections over them.

A correction is a CSV file of the same name under `$AFTERCLOSE_HOME/reference/`. A row whose key we have replaces what
it states of ours, another adds to them. What was read is kept until `use_local_facts` finds a file changed: a run sees
one state of the facts.
"""

import csv
from collections.abc import Callable
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from warehouse.errors import UsageError

REFERENCE = Path(__file__).with_name("reference")

KEYS = {
    "ah_pairs.csv": ("a_symbol",),
    "boards.csv": ("board", "pattern"),
    "english_names.csv": ("symbol",),
    "hours.csv": ("market", "valid_from"),
    "indices.csv": ("index_symbol",),
    "instruments.csv": ("symbol", "valid_from"),
    "markets.csv": ("market",),
    "member_counts.csv": ("index_symbol", "valid_from"),
    "member_facts.csv": ("index_symbol", "says"),
    "members/csi300.csv": ("symbol", "valid_from"),
    "members/hsi.csv": ("symbol", "valid_from"),
    "members/hstech.csv": ("symbol", "valid_from"),
    "new_listings.csv": ("board", "listed_from"),
    "price_limits.csv": ("board", "is_st", "valid_from"),
    "session_overlay.csv": ("market", "trade_date"),
    "st_spells.csv": ("symbol", "valid_from"),
    "ticks.csv": ("market", "from_price", "valid_from"),
    "unobtainable.csv": ("symbol", "valid_from"),
}
DATES = (
    *("listed_from", "listed_to", "listed_on", "members_confirmed_to", "next_review"),
    *("trade_date", "valid_from", "valid_to"),
)
TIMES = ("opens", "lunch_starts", "lunch_ends", "closes", "half_day_closes")
ALLOWED = {
    "market": ("HK", "CN"),
    "confidence": ("high", "medium", "low"),
    "is_st": ("true", "false"),
    "says": ("not_st", "past_new_listing"),
    "role": ("followed", "price_only"),
    "session_overlay.csv kind": ("full", "half", "late", "early", "closed"),
}

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_local: tuple[Path | None, frozenset[tuple[str, int, int]]] = (None, frozenset())
_kept: list[Any] = []


def of_facts(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Keep what `function` makes of the facts until they change; it takes hashable positional arguments."""
    kept = cache(function)
    _kept.append(kept)
    return cast("Callable[Parameters, Result]", kept)


def use_local_facts(folder: Path | None) -> None:
    """From now on correct our facts by the CSV files under `folder`, as they are now; None for ours alone."""
    global _local
    state = (folder, frozenset(_states(folder)) if folder else frozenset())
    if state != _local:
        _local = state
        for kept in _kept:
            kept.cache_clear()


def _states(folder: Path) -> list[tuple[str, int, int]]:
    found = [(path, path.stat()) for path in folder.rglob("*.csv")]
    return [(path.relative_to(folder).as_posix(), stat.st_mtime_ns, stat.st_size) for path, stat in found]


@of_facts
def read_facts(name: str) -> list[dict[str, str]]:
    """Rows of a reference file as text, with a person's corrections; the `source` of those begins with 'local: '.

    Raises `UsageError` with file and line for a correction that cannot be.
    """
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    folder, files = _local
    for unknown in sorted({found for found, _, _ in files} - KEYS.keys()):
        raise UsageError(f"{folder}/{unknown} corrects nothing: we have {', '.join(sorted(KEYS))}")
    if folder is None or not (folder / name).exists():
        return rows
    by_key = {key_of(row, name): row for row in rows}
    for row in read_corrections(folder / name, name):
        by_key[key_of(row, name)] = row | {"source": f"local: {row['source']}"}
    return list(by_key.values())


def read_corrections(path: Path, name: str) -> list[dict[str, str]]:
    """Whole rows of a correction of the reference file `name`: a column that it leaves out is ours, or empty.

    Raises `UsageError` with file and line for a wrong row.
    """
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        ours = {key_of(row, name): row for row in csv.DictReader(file)}
    columns, needed = columns_of(name), {*KEYS[name], "source"}
    rows = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if not needed <= set(reader.fieldnames or ()) <= set(columns):
            all_of_them, some = ",".join(columns), ", ".join(sorted(needed))
            raise UsageError(f"{path} line 1: the columns must be {all_of_them}, of which {some} are needed")
        for row in reader:
            problem = _problem(row, name)
            if problem:
                raise UsageError(f"{path} line {reader.line_num}: {problem}")
            stated = {column: text.strip() for column, text in row.items()}
            rows.append(ours.get(key_of(stated, name), dict.fromkeys(columns, "")) | stated)
    return rows


def key_of(row: dict[str, str], name: str) -> tuple[str, ...]:
    """What tells a row of that reference file from its others."""
    return tuple(row[column] for column in KEYS[name])


def columns_of(name: str) -> list[str]:
    """The columns of a reference file."""
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def _problem(row: dict[str, Any], name: str) -> str | None:
    """What is wrong with a correction, None if nothing is."""
    if None in row or None in row.values():
        return "too few or too many values: put one that holds a comma into double quotes"
    for column in (KEYS[name][0], "source"):
        if not row[column].strip():
            return f"{column} is empty: every fact needs one"
    for column, text in row.items():
        value = text.strip()
        allowed = ALLOWED.get(f"{name} {column}", ALLOWED.get(column))
        if value and allowed and value not in allowed:
            return f"{column} {value!r} is none of {', '.join(allowed)}"
        if value and column in DATES and not _is_like(value, date):
            return f"{column} {value!r} is no date such as 2022-05-17"
        if value and column in TIMES and not _is_like(value, time):
            return f"{column} {value!r} is no time such as 09:30"
    if row.get("valid_to") and row["valid_to"] < row["valid_from"]:
        return f"valid_to {row['valid_to']} is before valid_from {row['valid_from']}"
    has_hours = row.get("opens") and row.get("closes")
    if name == "session_overlay.csv" and row.get("kind", "closed") != "closed" and not has_hours:
        return f"a session of kind {row['kind']!r} needs opens and closes"
    return None


def _is_like(value: str, kind: type[date] | type[time]) -> bool:
    """Whether it is written as we write dates and times; one day in two spellings would be two keys."""
    try:
        return kind.fromisoformat(value).isoformat().startswith(value)
    except ValueError:
        return False
