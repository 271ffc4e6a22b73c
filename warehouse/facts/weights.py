"""Index weights as somebody published them: files that a user keeps, read and checked, never estimated.

`<home>/weights/<INDEX_CODE>.csv` (or `.parquet`), one file an index, with the columns trade_date (the day whose close
the weights are of), symbol, weight (percent of the index), source (who published them).
"""

import csv
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

import pyarrow as pa

from warehouse.errors import AftercloseError, UsageError
from warehouse.facts.given import check_filled, day_in, lines_of, read_given
from warehouse.facts.kinds import SYMBOLS
from warehouse.facts.market import Facts
from warehouse.facts.universe import Index
from warehouse.whole import write_whole

COLUMNS = ("trade_date", "symbol", "weight", "source")
WHAT = "a file of weights"
SUM_FROM, SUM_TO = 99.0, 101.0  # percent: published weights are rounded, a list that lacks a member falls short
WEIGHTS = pa.schema(
    [
        pa.field("index_symbol", pa.string(), nullable=False),
        pa.field("as_of", pa.date32(), nullable=False),
        pa.field("symbol", pa.string(), nullable=False),
        pa.field("weight", pa.float64(), nullable=False),  # a fraction of the index
        pa.field("source", pa.string(), nullable=False),
    ]
)


def read_weights(path: Path, facts: Facts) -> pa.Table:
    """The rows of one file, with the schema `WEIGHTS`; raises `UsageError` that names file, line and fault."""
    return read_given(path, lambda path: _of_file(path, facts), WEIGHTS)


def _of_file(path: Path, facts: Facts) -> list[dict[str, Any]]:
    index = facts.index_named(path.stem)
    if path.stem != index.code:
        raise UsageError(f"name it {index.code}{path.suffix}")
    return _rows(index, lines_of(path, COLUMNS, WHAT))


def add_weights(path: Path, lines: list[dict[str, Any]], facts: Facts) -> None:
    """Put the lines (`COLUMNS`) into the CSV file in place of those of the same days; other days and columns stay.

    Raises `AftercloseError`, and leaves the file as it is, when what it would hold is wrong.
    """
    days = {str(line["trade_date"]) for line in lines}
    try:
        kept = lines_of(path, COLUMNS, WHAT) if path.exists() else []
        lines = [*(line for _, line in kept if line["trade_date"] not in days), *lines]
        _rows(facts.index_named(path.stem), list(enumerate(lines, start=2)))
    except (ValueError, csv.Error) as problem:
        raise AftercloseError(f"{path} stays as it is: {problem}") from None

    def write(draft: Path) -> None:
        with draft.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(name for line in lines for name in line)))
            writer.writeheader()
            writer.writerows(sorted(lines, key=lambda line: (str(line["trade_date"]), line["symbol"])))

    write_whole(path, write)


def _rows(index: Index, lines: list[tuple[int, dict[str, Any]]]) -> list[dict[str, Any]]:
    rows = [_row(index, number, line) for number, line in lines]
    _check_days(rows)
    return rows


def _row(index: Index, number: int, line: dict[str, Any]) -> dict[str, Any]:
    day, symbol, percent, source = (line[name] for name in COLUMNS)
    check_filled(number, line, COLUMNS)
    as_of = day_in(number, day)
    try:
        weight = float(percent)
    except (TypeError, ValueError) as problem:
        raise ValueError(f"line {number}: {problem}") from None
    kind = SYMBOLS[index.market]
    try:
        kind.read(str(symbol))
    except ValueError:
        raise ValueError(f"line {number}: {symbol!r} {kind.refusal}") from None
    if not (isfinite(weight) and 0 <= weight <= 100):
        raise ValueError(f"line {number}: {symbol} has the weight {weight}, not a percentage")
    return {
        "index_symbol": index.symbol,
        "as_of": as_of,
        "symbol": symbol,
        "weight": weight / 100,
        "source": str(source),
    }


def _check_days(rows: list[dict[str, Any]]) -> None:
    if not rows:
        raise ValueError("it has no weights")
    by_day: dict[date, dict[str, float]] = {}
    for row in rows:
        day = by_day.setdefault(row["as_of"], {})
        if row["symbol"] in day:
            raise ValueError(f"{row['symbol']} has two weights on {row['as_of']}")
        day[row["symbol"]] = row["weight"]
    for as_of, weights in by_day.items():
        total = 100 * sum(weights.values())
        if not SUM_FROM <= total <= SUM_TO:
            raise ValueError(
                f"the {len(weights)} weights of {as_of} sum to {total:.2f}%, not to {SUM_FROM:g} to {SUM_TO:g}%"
            )
