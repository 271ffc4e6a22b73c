"""Builds the self-contained DuckDB file out of the lake, the facts and `sql/`, and swaps it in whole."""

import os
from collections.abc import Callable
from csv import DictWriter
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.dataset as pa_dataset

from warehouse.corrections import DATES
from warehouse.database import CONFIG, SQL
from warehouse.errors import AftercloseError, UsageError
from warehouse.facts import columns_of, read_facts
from warehouse.lake import Lake
from warehouse.schema import DATASETS, INSTANT, Dataset
from warehouse.sentences import headline_of_json
from warehouse.sessions import days, markets
from warehouse.universe import spells
from warehouse.weights import FOLDER, WEIGHTS, read_weights, weight_files

FACT_TABLES = (
    *("ah_pairs", "boards", "english_names", "indices", "instruments", "member_counts", "member_facts"),
    *("new_listings", "price_limits", "st_spells", "unobtainable"),
)
STORAGE_VERSION = "v1.0.0"  # the oldest that DuckDB 1.x clients open


def build(
    lake: Lake,
    path: Path,
    built_at: datetime,
    settle_minutes: int,
    before_swap: Callable[[duckdb.DuckDBPyConnection], None] = lambda _: None,
) -> None:
    """Write the file anew beside `path`, hold it against the audits, and rename it to `path`.

    Readers that have the old file open keep it. Raises `AftercloseError` and leaves the old file when an audit finds
    rows. `before_swap` may read and add to the file that has passed them, before anybody else sees it. Index weights
    come from the folder `weights` beside `path`; a wrong file of them is left out, and `base.left_out` says why.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".next")
    draft.unlink(missing_ok=True)
    with duckdb.connect(config=CONFIG) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            "attach $path as warehouse (storage_version '" + STORAGE_VERSION + "')", {"path": str(draft)}
        )
        for name, table in _facts(built_at, settle_minutes, path.parent / FOLDER).items():
            connection.register(f"fact_{name}", table)
        for dataset in DATASETS:
            connection.register(f"lake_{dataset.name}", _stored(lake, dataset))
        connection.create_function("headline_of", headline_of_json)
        connection.execute("use warehouse")
        for script in sorted(SQL.glob("*.sql")):
            connection.execute(script.read_text(encoding="utf-8"))
        _audit(connection)
        before_swap(connection)
        connection.execute("use memory")
        connection.execute("detach warehouse")
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)


def _audit(connection: duckdb.DuckDBPyConnection) -> None:
    for script in sorted((SQL / "audits").glob("*.sql")):
        found = connection.execute(script.read_text(encoding="utf-8")).fetchall()
        if found:
            raise AftercloseError(
                f"the audit {script.stem} found {len(found)} rows (first: {found[0]}); the old database stays"
            )


def _stored(lake: Lake, dataset: Dataset) -> pa_dataset.Dataset:
    partitions = pa.schema([pa.field("market", pa.string()), pa.field("year", pa.int32())])
    schema = pa.schema([*dataset.schema, *partitions])
    files = [str(path) for path in lake.files(dataset)]
    if not files:
        return pa_dataset.dataset(schema.empty_table())
    return pa_dataset.dataset(
        files,
        schema=schema,
        format="parquet",
        partitioning=pa_dataset.partitioning(partitions, flavor="hive"),
        partition_base_dir=str(lake.path / dataset.name),
    )


def _facts(built_at: datetime, settle_minutes: int, weights: Path) -> dict[str, pa.Table]:
    return _weights(weights) | {
        "build": pa.table(
            {
                "built_at": pa.array([built_at], INSTANT),
                "settle_minutes": pa.array([settle_minutes], pa.int32()),
            }
        ),
        **{name: _csv(f"{name}.csv") for name in FACT_TABLES},
        "members": _members(),
        "sessions": _sessions(),
    }


def _weights(folder: Path) -> dict[str, pa.Table]:
    """The weights of the good files, and the faults of the others: a user's file must not stop the night."""
    tables: dict[str, pa.Table] = {}
    left_out = []
    for path in weight_files(folder):
        try:
            if path.stem in tables:
                raise UsageError(f"{path}: {path.stem} has another file of weights already")
            tables[path.stem] = read_weights(path)
        except UsageError as problem:
            left_out.append({"file": str(path), "reason": str(problem)})
    schema = pa.schema([("file", pa.string()), ("reason", pa.string())])
    return {
        "weights": pa.concat_tables([WEIGHTS.empty_table(), *tables.values()]),
        "left_out": pa.Table.from_pylist(left_out, schema),
    }


def _csv(name: str) -> pa.Table:
    options = pa_csv.ConvertOptions(
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
        null_values=[""],
        column_types=dict.fromkeys(DATES, pa.date32()),
    )
    text = StringIO()
    writer = DictWriter(text, columns_of(name))
    writer.writeheader()
    writer.writerows(read_facts(name))
    return pa_csv.read_csv(BytesIO(text.getvalue().encode()), convert_options=options)


def _members() -> pa.Table:
    schema = pa.schema(
        [
            *((name, pa.string()) for name in ("index_symbol", "symbol", "name")),
            ("valid_from", pa.date32()),
            ("valid_to", pa.date32()),
            *((name, pa.string()) for name in ("source", "confidence", "note")),
        ]
    )
    rows = [{column: value or None for column, value in vars(spell).items()} for spell in spells()]
    return pa.Table.from_pylist(rows, schema)


def _sessions() -> pa.Table:
    schema = pa.schema(
        [
            ("market", pa.string()),
            ("trade_date", pa.date32()),
            ("kind", pa.string()),
            *((name, pa.time64("us")) for name in ("opens", "lunch_starts", "lunch_ends", "closes")),
            ("time_zone", pa.string()),
            ("final_from", INSTANT),
            ("source", pa.string()),
            ("reason", pa.string()),
        ]
    )
    rows = [
        # In UTC: once pandera is imported, pyarrow takes the wall clock of any other zone for UTC.
        vars(session)
        | {
            "time_zone": str(facts.time_zone),
            "final_from": session.final_from.astimezone(UTC) if session.final_from else None,
        }
        for code, facts in markets().items()
        for session in days(code)
    ]
    return pa.Table.from_pylist(rows, schema)
