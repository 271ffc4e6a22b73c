"""Files of facts that a user keeps in the home, each folder of one shape: read whole, or refused with the line's fault.

A line of a Parquet file is its row, counted from 1; of a CSV file it is the line, the header being line 1.
"""

import csv
from collections.abc import Callable, Sequence
from datetime import date
from os.path import lexists
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.errors import UsageError
from warehouse.facts.lines import numbered, reader_of

Line = tuple[int, dict[str, Any]]
KINDS = (".csv", ".parquet")


def given_files(folder: Path, kinds: Sequence[str] = KINDS) -> list[Path]:
    """The files of a folder that are of the kinds, in order; none when there is no such folder.

    Raises `UsageError` for one that cannot be looked into: what is in it would silently count for nothing.
    """
    try:
        return sorted(path for path in folder.iterdir() if path.suffix.lower() in kinds) if lexists(folder) else []
    except OSError as problem:
        raise UsageError(f"{folder} cannot be read: {problem.strerror}") from None


def read_given(path: Path, read: Callable[[Path], list[dict[str, Any]]], schema: pa.Schema) -> pa.Table:
    """What `read` makes of a file, with that schema; raises `UsageError` that names the file and what is wrong."""
    try:
        return pa.Table.from_pylist(read(path), schema)
    except UnicodeDecodeError:
        raise UsageError(f"{path}: it is not UTF-8: save it as 'CSV UTF-8'") from None
    except (UsageError, ValueError, OSError, csv.Error, pa.ArrowException) as problem:
        raise UsageError(f"{path}: {problem}") from None


def lines_of(path: Path, columns: Sequence[str], what: str) -> list[Line]:
    """The lines of a file with their numbers; raises `ValueError` when one of the `columns` is not there."""
    if path.suffix.lower() == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = reader_of(file)
            _check_columns(list(reader.fieldnames or []), columns, what)
            return [(number, _texts(number, line)) for number, line in numbered(reader)]
    table = pq.read_table(path, partitioning=None)
    _check_columns(table.column_names, columns, what)
    return list(enumerate(table.to_pylist(), start=1))


def _texts(number: int, line: dict[Any, Any]) -> dict[str, Any]:
    if any(line.pop(None, ())):  # what stands beyond the last column
        raise ValueError(f"line {number}: too many values: put one that holds a comma into double quotes")
    return {name: text and text.strip() for name, text in line.items()}


def _check_columns(found: list[str], columns: Sequence[str], what: str) -> None:
    lacking = [name for name in columns if name not in found]
    if lacking:
        raise ValueError(f"no column {', '.join(lacking)}: {what} has {', '.join(columns)}")
    if twice := [name for name in columns if found.count(name) > 1]:
        raise ValueError(f"column {', '.join(twice)} stands twice: leave one of them out")


def check_filled(number: int, line: dict[str, Any], columns: Sequence[str]) -> None:
    """Raise `ValueError` for a line that leaves one of the columns empty."""
    if lacking := [name for name in columns if line[name] in (None, "")]:
        raise ValueError(f"line {number}: no {', '.join(lacking)}")


def day_in(number: int, value: Any) -> date | None:
    """The day that a cell says, None for an empty one; raises `ValueError` for what is no day."""
    try:
        return None if value in (None, "") else date.fromisoformat(str(value).removesuffix(" 00:00:00"))
    except ValueError:
        raise ValueError(f"line {number}: {value!r} is no date such as 2022-05-17") from None
