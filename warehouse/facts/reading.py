"""Reads the reference files, with a person's corrections over them.

A correction is a CSV file of the same name under `$AFTERCLOSE_HOME/reference/`. A row whose key we have replaces what
it states of ours, another adds to them.
"""

import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from warehouse.errors import UsageError
from warehouse.facts.files import ACTIONS, FILES, File, Row, member_file
from warehouse.facts.lines import numbered, reader_of
from warehouse.facts.spells import one_a_day, refuse_two_boards, refuse_two_ticks

REFERENCE = Path(__file__).with_name("reference")

Tables = dict[str, tuple[Row, ...]]


def read_tables(corrections: Path | None) -> Tables:
    """The rows of every file by its name; the `source` of corrected ones begins with 'local: '.

    Raises `UsageError` with file and line for a correction that cannot be.
    """
    with going_together(corrections):
        tables = {name: corrected(file, corrections) for name, file in FILES.items()}
        files = member_files(tables["indices.csv"])
        given = local_files(corrections)
        for name in sorted(given - FILES.keys() - files.keys()):
            raise corrects_nothing(f"{corrections}/{name}", files)
        for name, file in files.items():
            if not ((REFERENCE / name).exists() or name in given):
                raise UsageError(f"indices.csv: an index is followed, but there is no list of its members, {name}")
            tables[name] = corrected(file, corrections)
        _refuse_strangers(tables, corrections)
        return tables


def _refuse_strangers(tables: Tables, corrections: Path | None) -> None:
    """Raise `UsageError` for what is said of an index or a board that is none, and would count for nothing, and where
    two indices have one code, or two lines one other line of their company.
    """
    for name, column in (("indices.csv", "index_code"), ("ah_pairs.csv", "h_symbol")):
        values = [row[column] for row in tables[name]]
        if twice := {value for value in values if values.count(value) > 1}:
            raise UsageError(f"{corrections}/{name}: two rows have the {column} {min(twice)}")
    for column, place in (("index_symbol", "indices.csv"), ("board", "boards.csv")):
        known = {row[column] for row in tables[place]}
        for name, rows in tables.items():
            if strange := {row[column] for row in rows if column in row} - known:
                raise UsageError(f"{corrections}/{name}: no row of {place} has the {column} {min(strange)!r}")


@contextmanager
def going_together(corrections: Path | None) -> Iterator[None]:
    """Say in one line that a person's files, each right by itself, do not go together with ours."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as problem:
        if not local_files(corrections):
            raise
        what = f"{type(problem).__name__}: {problem}"
        raise UsageError(f"{corrections}: what stands there does not go together with our facts ({what})") from problem


def member_files(indices: Sequence[Row]) -> dict[str, File]:
    """The file of members of every followed index, by its name."""
    files = (member_file(row["index_code"], row["market"]) for row in indices if row["role"] == "followed")
    return {file.name: file for file in files}


def read_actions(path: Path) -> list[Row]:
    """The rows of `actions.csv`, none without one; raises `UsageError` with file and line for what cannot be."""
    return read_corrections(path, ACTIONS) if os.path.lexists(path) else []


def read_corrections(path: Path, file: File) -> list[Row]:
    """Whole rows of a correction of that file: a column that it leaves out is ours, or empty.

    Raises `UsageError` with file and line for a wrong file or row.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            return _whole_rows(reader_of(text), path, file)
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8: save it as 'CSV UTF-8'") from None
    except ValueError as problem:
        raise UsageError(f"{path} {problem}") from None
    except (OSError, csv.Error) as problem:
        raise UsageError(f"{path} cannot be read: {problem}") from None


def corrected(file: File, corrections: Path | None) -> tuple[Row, ...]:
    """The rows of one file; raises `UsageError` with file and line for a correction that cannot be."""
    ours = {file.key_of(row): row for row in _ours(file)}
    if not (corrections and os.path.lexists(corrections / file.name)):
        return tuple(ours.values())
    given = {
        file.key_of(row): row | {"source": f"local: {row['source']}"}
        for row in read_corrections(corrections / file.name, file)
    }
    if file.name not in FILES:  # of members: where spells lie over one another is told, and each day counts once
        return tuple((ours | given).values())
    try:
        rows = one_a_day(file, [row for key, row in ours.items() if key not in given], list(given.values()))
        if file.name == "ticks.csv":
            refuse_two_ticks(rows)
        if file.name == "boards.csv":
            refuse_two_boards(rows)
    except ValueError as problem:
        raise UsageError(f"{corrections / file.name}: {problem}") from None
    places = {key: at for at, key in enumerate(ours | given)}
    return tuple(sorted(rows, key=lambda row: places.get(file.key_of(row), len(places))))


def _whole_rows(reader: "csv.DictReader[str]", path: Path, file: File) -> list[Row]:
    ours = {file.key_of(row): row for row in _ours(file)}
    columns = list(file.columns)
    needed = [column for column in columns if column in {*file.key, "source"}]
    problem = _problem_of_header(list(reader.fieldnames or ()), columns, needed)
    if problem:
        raise UsageError(
            f"{path} line 1: {problem}; the columns are {','.join(columns)}, of which {', '.join(needed)} are needed"
        )
    rows, lines = [], dict[tuple[object, ...], int]()
    for number, texts in numbered(reader):
        here = f"{path} line {number}"
        if None in texts or None in texts.values():
            raise UsageError(f"{here}: too few or too many values: put one that holds a comma into double quotes")
        try:
            stated = file.read({column: text.strip() for column, text in texts.items()})
        except ValueError as problem_of_value:
            raise UsageError(f"{here}: {problem_of_value}") from None
        key = file.key_of(stated)
        row = ours.get(key, dict.fromkeys(columns)) | stated
        problem = file.problem_of(row)
        if problem:
            raise UsageError(f"{here}: {problem}")
        if key in lines:
            named = ", ".join("" if part is None else str(part) for part in key)
            raise UsageError(f"{here} repeats the key of line {lines[key]}: {named}")
        lines[key] = number
        rows.append(row)
    return rows


def _problem_of_header(found: list[str], columns: list[str], needed: list[str]) -> str | None:
    if not found:
        return "the file is empty"
    for sign, name in ((";", "';'"), ("\t", "tabs")):
        if len(found) == 1 and sign in found[0]:
            return f"separated by {name}: save it with commas"
    unknown = [name for name in found if name not in columns]
    if len(unknown) == len(found):
        return "there is no header"
    if unknown:
        return f"unknown column {', '.join(unknown)}"
    if len(found) > len(set(found)):
        return "a column stands twice"
    missing = [name for name in needed if name not in found]
    return f"missing column {', '.join(missing)}" if missing else None


def _ours(file: File) -> list[Row]:
    """What we ship of that file: nothing of an index that only a person follows."""
    if not (REFERENCE / file.name).exists():
        return []
    with (REFERENCE / file.name).open(encoding="utf-8", newline="") as text:
        return [file.read(texts) for texts in csv.DictReader(text)]


def local_files(corrections: Path | None) -> set[str]:
    """The names of a person's files; raises `UsageError` for a folder that cannot be looked into."""
    if corrections is None or not os.path.lexists(corrections):
        return set()

    def refuse(problem: OSError) -> None:
        raise UsageError(f"{problem.filename} cannot be read: {problem.strerror}")

    places = [
        Path(folder, name)
        for folder, below, files in os.walk(corrections, onerror=refuse, followlinks=True)
        for name in (*below, *files)
    ]
    return {path.relative_to(corrections).as_posix() for path in places if path.suffix.lower() == ".csv"}


def corrects_nothing(path: str, files: Mapping[str, File]) -> UsageError:
    """The refusal of a file that has the name of none of ours, nor of these."""
    return UsageError(f"{path} corrects nothing: we have {', '.join(sorted(FILES.keys() | files.keys()))}")
