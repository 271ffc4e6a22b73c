"""What `afterclose sql` writes as a file: CSV for a spreadsheet, or Parquet. Apart, since Arrow is a long import."""

import sys
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from flows.rows import as_json
from warehouse.errors import UsageError
from warehouse.plain import for_spreadsheet


def write_rows(batches: Sequence[pa.RecordBatch], schema: pa.Schema, names: Sequence[str], output: str) -> None:
    """The rows on standard output as 'csv' or 'parquet', under those names of columns.

    Raises `UsageError` for a type that Parquet has not.
    """
    table = pa.Table.from_batches(batches, schema).rename_columns(list(names))
    if output == "csv":
        pa_csv.write_csv(_for_spreadsheets(table), sys.stdout.buffer)
        return
    try:
        pq.write_table(table, sys.stdout.buffer, compression="zstd")
    except pa.ArrowNotImplementedError as problem:
        raise UsageError(f"{problem}: cast it in the query, to text say") from None


def _for_spreadsheets(table: pa.Table) -> pa.Table:
    """The table with texts that are plain and no formula, and as text what CSV has no other form for."""
    columns = []
    for column in table.columns:
        kind = column.type
        if (
            (pa.types.is_temporal(kind) and not pa.types.is_interval(kind))
            or pa.types.is_integer(kind)
            or pa.types.is_floating(kind)
            or pa.types.is_boolean(kind)
            or pa.types.is_decimal(kind)
            or pa.types.is_null(kind)
        ):
            columns.append(column)
        else:
            columns.append(pa.array(map(_cell, column.to_pylist()), pa.string()))
    return pa.table(columns, [_cell(name) or "" for name in table.column_names])


def _cell(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else as_json(value) if isinstance(value, list | dict) else str(value)
    return for_spreadsheet(text)
