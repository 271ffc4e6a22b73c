"""The reference files: `files.csv` declares each once, with its columns, its key and what the docs say of it.

Reading, a person's corrections, the database's fact tables and the table of `docs/reference.md` follow from there.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from warehouse.facts.kinds import COLUMNS, SYMBOLS, TEXT, Kind, minutes

Row = dict[str, Any]  # a fact by column: dates, times and numbers as such, None where the file is empty
IN_ORDER = (  # columns of which the second is never before the first, where both are there
    ("valid_from", "valid_to"),
    ("listed_from", "listed_to"),
    ("first_code", "last_code"),
    ("from_price", "to_price"),
    ("lowest", "highest"),
)
MEMBERS = "members/CODE.csv"  # one file for each followed index


@dataclass(frozen=True)
class File:
    """One reference file; `columns` in the file's order, `key` those that tell its rows apart.

    Key columns, the `needed` ones and `source` are never empty, but the first day of what began before anybody looked
    may be: unless `first_day` says why it may not. `says`, `origin` and `sure` are for the docs.
    """

    name: str
    key: Sequence[str]
    columns: Mapping[str, Kind]
    needed: Sequence[str]
    says: str
    origin: str
    sure: str
    first_day: str | None

    @property
    def table(self) -> str:
        """Its name among the database's facts."""
        return self.name.removesuffix(".csv")

    def key_of(self, row: Row) -> tuple[Any, ...]:
        """What tells a row from the others."""
        return tuple(row[column] for column in self.key)

    def read(self, texts: Mapping[str, str]) -> Row:
        """A row out of its texts; raises `ValueError` that says which one cannot be."""
        row = {}
        for column, text in texts.items():
            kind = self.columns[column]
            try:
                row[column] = kind.read(text) if text else None
            except ValueError:
                raise ValueError(f"{column} {text!r} {kind.refusal}") from None
        return row

    def write(self, row: Row) -> dict[str, str]:
        """The texts of a row."""
        return {column: "" if row[column] is None else kind.write(row[column]) for column, kind in self.columns.items()}

    def problem_of(self, row: Row) -> str | None:
        """What is wrong with a whole row, None if nothing is."""
        for column in (*self.key, *self.needed, "source"):
            may_be_empty = column in ("valid_from", "listed_from")
            if row[column] is None and (not may_be_empty or self.first_day):
                return f"{column} is empty: {self.first_day if may_be_empty else 'every fact needs one'}"
        for first, end in IN_ORDER:
            if None not in (row.get(first), row.get(end)) and row[end] < row[first]:
                return f"{end} {row[end]} is before {first} {row[first]}"
        return _problem_of_session(row) if self.name == "session_overlay.csv" else _problem_of_hours(row)


def _problem_of_session(row: Row) -> str | None:
    if not row["kind"]:
        return "kind is empty: every session needs one"
    if row["kind"] == "closed":
        return "a closed day has no hours: leave opens and closes empty" if row["opens"] or row["closes"] else None
    if not (row["opens"] and row["closes"]):
        return f"a session of kind {row['kind']!r} needs opens and closes"
    return _problem_of_hours(row)


def _problem_of_hours(row: Row) -> str | None:
    for closes in ("closes", "half_day_closes"):
        if row.get("opens") and row.get(closes) and row["opens"] >= row[closes]:
            return f"opens {minutes(row['opens'])} is not before {closes} {minutes(row[closes])}"
    return None


def member_file(index_code: str, market: str) -> File:
    """The file of the members of an index."""
    columns = {**_MEMBERS.columns, "symbol": SYMBOLS[market]}
    return replace(_MEMBERS, name=MEMBERS.replace("CODE", index_code.lower()), columns=columns)


def _declared() -> dict[str, File]:
    with Path(__file__).with_name("files.csv").open(encoding="utf-8", newline="") as text:
        return {
            row["file"]: File(
                row["file"],
                row["key"].split(),
                {column: _kind(row["file"], column) for column in row["columns"].split()},
                row["needed"].split(),
                row["says"],
                row["origin"],
                row["sure"],
                row["first_day"] or None,
            )
            for row in csv.DictReader(text)
        }


def _kind(file: str, column: str) -> Kind:
    return COLUMNS.get(f"{file} {column}", COLUMNS.get(column, TEXT))


FILES = _declared()
_MEMBERS = FILES.pop(MEMBERS)
ACTIONS = FILES.pop("actions.csv")  # no correction of ours: it stands in the home, beside their folder
