"""Which industry a stock belongs to, as somebody published it: a file of the user's for each scheme.

`<home>/industries/<SCHEME>.csv` (or `.parquet`), with the columns symbol, industry, valid_from (first day; empty: as
far back as known), valid_to (first day that it is no longer; empty while it is), source. Nothing is guessed for others.
"""

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa

from warehouse.facts.given import check_filled, day_in, lines_of, read_given
from warehouse.facts.kinds import COLUMNS as KINDS
from warehouse.facts.market import Facts
from warehouse.plain import plain

COLUMNS = ("symbol", "industry", "valid_from", "valid_to", "source")
FILLED = ("symbol", "industry", "source")
INDUSTRIES = pa.schema(
    [
        pa.field("scheme", pa.string(), nullable=False),  # the name of the file
        pa.field("symbol", pa.string(), nullable=False),
        pa.field("industry", pa.string(), nullable=False),
        pa.field("valid_from", pa.date32()),
        pa.field("valid_to", pa.date32()),
        pa.field("source", pa.string(), nullable=False),
    ]
)


def read_industries(path: Path, facts: Facts) -> pa.Table:
    """The rows of one scheme, with the schema `INDUSTRIES`; raises `UsageError` that names the file and the line."""
    return read_given(path, _rows, INDUSTRIES)


def _rows(path: Path) -> list[dict[str, Any]]:
    rows = [_row(path.stem, number, line) for number, line in lines_of(path, COLUMNS, "a file of industries")]
    if not rows:
        raise ValueError("it has no stocks")
    rows.sort(key=lambda row: (row["symbol"], row["valid_from"] or date.min))
    for before, after in pairwise(rows):
        ends = before["valid_to"] or date.max
        if before["symbol"] == after["symbol"] and (after["valid_from"] or date.min) < ends:
            raise ValueError(f"{after['symbol']} has two industries from {after['valid_from'] or 'the beginning'} on")
    return rows


def _row(scheme: str, number: int, line: dict[str, Any]) -> dict[str, Any]:
    check_filled(number, line, FILLED)
    symbol = str(line["symbol"]).strip()
    try:
        KINDS["symbol"].read(symbol)
    except ValueError:
        raise ValueError(f"line {number}: {symbol!r} {KINDS['symbol'].refusal}") from None
    first, end = day_in(number, line["valid_from"]), day_in(number, line["valid_to"])
    if first and end and end <= first:
        raise ValueError(f"line {number}: valid_to {end} is not after valid_from {first}")
    return {
        "scheme": scheme,
        "symbol": symbol,
        "industry": plain(str(line["industry"]).strip()),
        "valid_from": first,
        "valid_to": end,
        "source": plain(str(line["source"]).strip()),
    }
