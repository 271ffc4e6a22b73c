"""Exchange rates as somebody fixed them: files that a user keeps.

`<home>/exchange_rates/<NAME>.csv` (or `.parquet`), with the columns trade_date, from_currency, to_currency, rate (units
of `to_currency` for one of `from_currency`), fixed_at (HH:MM, the hour of the fixing, in the time of both markets) and
source. A rate holds on its own day and on no other.
"""

from collections.abc import Sequence
from datetime import date, time
from math import isfinite
from pathlib import Path
from typing import Any

import pyarrow as pa

from warehouse.facts.files import Row
from warehouse.facts.given import check_filled, day_in, lines_of, read_given
from warehouse.facts.kinds import CURRENCY
from warehouse.facts.market import Facts
from warehouse.facts.universe import covers
from warehouse.plain import plain

COLUMNS = ("trade_date", "from_currency", "to_currency", "rate", "fixed_at", "source")
SLACK = 1.05  # the bounds are from memory; a rate the wrong way round is further off
EXCHANGE_RATES = pa.schema(
    [
        pa.field("fixing", pa.string(), nullable=False),  # the name of the file
        pa.field("trade_date", pa.date32(), nullable=False),
        pa.field("from_currency", pa.string(), nullable=False),
        pa.field("to_currency", pa.string(), nullable=False),
        pa.field("rate", pa.float64(), nullable=False),
        pa.field("fixed_at", pa.time64("us"), nullable=False),
        pa.field("source", pa.string(), nullable=False),
    ]
)


def read_exchange_rates(path: Path, facts: Facts) -> pa.Table:
    """The rows of one file, with the schema `EXCHANGE_RATES`; raises `UsageError` that names the file and the line.

    A rate outside the bounds that are known of its pair (`currency_rates.csv`) is one the wrong way round, or a slip.
    """
    return read_given(path, lambda path: _rows(path, facts.tables["currency_rates.csv"]), EXCHANGE_RATES)


def _rows(path: Path, bounds: Sequence[Row]) -> list[dict[str, Any]]:
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for number, line in lines_of(path, COLUMNS, "a file of exchange rates"):
        row = {"fixing": path.stem} | _row(number, line, bounds)
        key = (row["trade_date"], row["from_currency"], row["to_currency"])
        if key in rows:
            raise ValueError(f"line {number}: {key[1]} to {key[2]} has two rates on {key[0]}")
        rows[key] = row
    if not rows:
        raise ValueError("it has no rates")
    return list(rows.values())


def _row(number: int, line: dict[str, Any], bounds: Sequence[Row]) -> dict[str, Any]:
    check_filled(number, line, COLUMNS)
    pair = (str(line["from_currency"]).strip(), str(line["to_currency"]).strip())
    for currency in pair:
        try:
            CURRENCY.read(currency)
        except ValueError:
            raise ValueError(f"line {number}: {currency!r} {CURRENCY.refusal}") from None
    try:
        rate, fixed_at = float(line["rate"]), time.fromisoformat(str(line["fixed_at"]))
    except (TypeError, ValueError) as problem:
        raise ValueError(f"line {number}: {problem}") from None
    if fixed_at.tzinfo:
        raise ValueError(f"line {number}: {line['fixed_at']} has a zone: write the hour in the time of both markets")
    if not (isfinite(rate) and rate > 0):
        raise ValueError(f"line {number}: {rate} is no rate")
    day = day_in(number, line["trade_date"])
    if day is None or _is_beyond(pair, day, rate, bounds):
        raise ValueError(
            f"line {number}: one {pair[0]} was never {rate:g} {pair[1]} on {day}: is it the other way round?"
        )
    return {
        "trade_date": day,
        "from_currency": pair[0],
        "to_currency": pair[1],
        "rate": rate,
        "fixed_at": fixed_at,
        "source": plain(str(line["source"]).strip()),
    }


def _is_beyond(pair: tuple[str, str], day: date, rate: float, bounds: Sequence[Row]) -> bool:
    """Whether it lies outside what is known of the pair, told either way round."""
    for row in bounds:
        if covers(row["valid_from"], row["valid_to"], day):
            known = (row["from_currency"], row["to_currency"])
            told = rate if known == pair else 1 / rate if known == pair[::-1] else None
            if told and not row["lowest"] / SLACK <= told <= row["highest"] * SLACK:
                return True
    return False
