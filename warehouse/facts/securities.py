"""HKEX's list of securities as its user saves it: which line is a share, a trust, a fund, a bond.

`<home>/securities/*.csv`: the exchange's own workbook (ListOfSecurities.xlsx) saved as CSV, one file a day of it, with
the lines of its head and its columns as they are. It says "Updated as at 25/11/2026", and is of that day.
"""

import csv
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from warehouse.facts.files import Row
from warehouse.facts.given import read_given
from warehouse.facts.market import Facts

COLUMNS = ("Stock Code", "Name of Securities", "Category", "Sub-Category")
NO_ROWS = "structured product"  # 15,000 of them, and no official row is one
FEWEST = 0.9  # of the lines must be of a category that we know: another share is another list
SECURITIES = pa.schema(
    [
        pa.field("as_of", pa.date32(), nullable=False),
        pa.field("symbol", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("category", pa.string(), nullable=False),  # and sub-category, in the list's words
    ]
)
_UPDATED = re.compile(r"Updated as at (\d{1,2})/(\d{1,2})/(\d{4})")
_CODE = re.compile(r"\d{1,5}")


def read_securities(path: Path, facts: Facts) -> pa.Table:
    """The rows of one list, with the schema `SECURITIES`; raises `UsageError` that names the file and the fault."""
    return read_given(path, lambda path: _rows(path, facts.tables["security_categories.csv"]), SECURITIES)


def _rows(path: Path, categories: Sequence[Row]) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = list(csv.reader(file, strict=True))
    as_of = _day(cells)
    at = next((at for at, line in enumerate(cells) if line and line[0].strip() == COLUMNS[0]), None)
    if at is None:
        raise ValueError(f"no line begins with {COLUMNS[0]!r}: save HKEX's list as it is")
    names = [name.strip() for name in cells[at]]
    if lacking := [name for name in COLUMNS if name not in names]:
        raise ValueError(f"no column {', '.join(lacking)}: HKEX's list has {', '.join(COLUMNS)}")
    kinds = {(row["category"], row["sub_category"]): row["kind"] for row in categories}
    rows: dict[str, dict[str, Any]] = {}
    lines = [(number, dict(zip(names, line, strict=False))) for number, line in enumerate(cells[at + 1 :], at + 2)]
    lines = [(number, line) for number, line in lines if line.get(COLUMNS[0], "").strip()]
    unknown = set()
    known = 0
    for number, line in lines:
        code, name, category, sub = (line.get(column, "").strip() for column in COLUMNS)
        if not _CODE.fullmatch(code):
            raise ValueError(f"line {number}: {code!r} is no stock code")
        kind = kinds.get((category, sub), kinds.get((category, "any")))
        if kind is None:
            unknown.add(category)
            continue
        known += 1
        symbol = f"{int(code):04d}.HK"
        if symbol in rows:
            raise ValueError(f"line {number}: {symbol} stands twice")
        if kind != NO_ROWS:
            rows[symbol] = {
                "as_of": as_of,
                "symbol": symbol,
                "name": name,
                "kind": kind,
                "category": f"{category}: {sub}",
            }
    if known < FEWEST * len(lines) or not rows:
        raise ValueError(f"categories that are not known: {', '.join(sorted(unknown)[:5])}")
    return list(rows.values())


def _day(cells: list[list[str]]) -> date:
    found = next((match for line in cells[:5] for cell in line if (match := _UPDATED.search(cell))), None)
    if not found:
        raise ValueError("its head does not say 'Updated as at' a day: save HKEX's list with its first lines")
    day, month, year = map(int, found.groups())
    return date(year, month, day)
