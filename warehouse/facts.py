"""The cited facts: CSV files of ours in `reference/`, and a person's corrections over them.

A correction is a CSV file of the same name under `$AFTERCLOSE_HOME/reference/`. A row whose key we have replaces what
it states of ours, another adds to them. What was read is kept until `use_local_facts` finds a file changed: a run sees
one state of the facts.
"""

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from warehouse.corrections import problem_of_header, problem_of_row
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
    rows = _ours(name)
    folder, files = _local
    for unknown in sorted({found for found, _, _ in files} - KEYS.keys()):
        raise _corrects_nothing(f"{folder}/{unknown}")
    if folder is None or not (folder / name).exists():
        return rows
    by_key = {key_of(row, name): row for row in rows}
    for row in read_corrections(folder / name, name):
        by_key[key_of(row, name)] = row | {"source": f"local: {row['source']}"}
    return list(by_key.values())


def wrong_corrections() -> list[str]:
    """What is wrong with a person's corrections, a line a file; while anything is, nothing can be run or built."""
    folder, files = _local
    if folder is None:
        return []
    problems = []
    for name in sorted({found for found, _, _ in files}):
        try:
            read_corrections(folder / name, name)
        except UsageError as problem:
            problems.append(str(problem))
    return problems


def read_corrections(path: Path, name: str) -> list[dict[str, str]]:
    """Whole rows of a correction of the reference file `name`: a column that it leaves out is ours, or empty.

    Raises `UsageError` with file and line for a wrong file or row.
    """
    if name not in KEYS:
        raise _corrects_nothing(str(path))
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _whole_rows(csv.DictReader(file), path, name)
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8: save it as 'CSV UTF-8'") from None
    except (OSError, csv.Error) as problem:
        raise UsageError(f"{path} cannot be read: {problem}") from None


def _whole_rows(reader: "csv.DictReader[str]", path: Path, name: str) -> list[dict[str, str]]:
    ours = {key_of(row, name): row for row in _ours(name)}
    columns = columns_of(name)
    needed = [column for column in columns if column in {*KEYS[name], "source"}]
    problem = problem_of_header(list(reader.fieldnames or ()), columns, needed)
    if problem:
        all_of_them, some = ",".join(columns), ", ".join(needed)
        raise UsageError(f"{path} line 1: {problem}; the columns are {all_of_them}, of which {some} are needed")
    rows, lines = [], dict[tuple[str, ...], int]()
    for read in reader:
        here = f"{path} line {reader.line_num}"
        if None in read or None in read.values():
            raise UsageError(f"{here}: too few or too many values: put one that holds a comma into double quotes")
        stated = {column: text.strip() for column, text in read.items()}
        key = key_of(stated, name)
        row = ours.get(key, dict.fromkeys(columns, "")) | stated
        problem = problem_of_row(row, name, KEYS[name])
        if problem:
            raise UsageError(f"{here}: {problem}")
        if key in lines:
            raise UsageError(f"{here} repeats the key of line {lines[key]}: {', '.join(key)}")
        lines[key] = reader.line_num
        rows.append(row)
    return rows


def _corrects_nothing(path: str) -> UsageError:
    return UsageError(f"{path} corrects nothing: we have {', '.join(sorted(KEYS))}")


def _ours(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def key_of(row: dict[str, str], name: str) -> tuple[str, ...]:
    """What tells a row of that reference file from its others."""
    return tuple(row[column] for column in KEYS[name])


def columns_of(name: str) -> list[str]:
    """The columns of a reference file."""
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))
