"""What a build reads of the lake; and of the database before it, which still has the rows of a file that is lost."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from shutil import copyfile

import duckdb
import pyarrow as pa
import pyarrow.dataset as pa_dataset

from warehouse.errors import AftercloseError
from warehouse.lake.lake import Lake
from warehouse.lake.manifest import DamagedError, Fault, Origin
from warehouse.lake.schema import Dataset
from warehouse.sql.database import discard, fault_of, open_read_only

# Of the database, by the name of the dataset; others are called as theirs.
TABLES = {
    "stocks": "price_versions",
    "indices": "index_versions",
    "actions": "action_versions",
    "official": "official_versions",
}
MARKET = pa.field("market", pa.string())


def origin_of(connection: duckdb.DuckDBPyConnection) -> Origin | None:
    """What the database says of itself; None where it was made from a lake without a manifest, or by older code."""
    try:
        ((lake, commit),) = connection.execute('select lake, "commit" from base.build').fetchall()
    except (duckdb.Error, ValueError):
        return None
    return None if lake is None else Origin(lake, commit)


def made_from(database: Path) -> Origin | None:
    """What the file says of itself; None for one that is not there, damaged, or held by a program that writes in it."""
    try:
        with open_read_only(database) as connection:
            return origin_of(connection)
    except AftercloseError:
        return None


def other_lake(lake: Lake, database: Path) -> str | None:
    """How the lake is not the one that the database was made from, in words; None if it is, or nobody can tell."""
    origin = made_from(database)
    manifest = lake.manifest()
    if origin is None or (manifest and manifest.lake == origin.lake and manifest.commit >= origin.commit):
        return None
    if manifest and manifest.lake != origin.lake:
        return f"{database} was made from another lake than {lake.path}"
    is_at = f"is at commit {manifest.commit}" if manifest else "is from before commits had numbers"
    return f"{database} was made from commit {origin.commit}, and {lake.path} {is_at}: an older copy"


def refuse_other_lake(lake: Lake, database: Path) -> None:
    """Raises `AftercloseError` before anything is written to a hole, or a lake that the database was not made from."""
    lake.version()
    if why := other_lake(lake, database):
        raise AftercloseError(f"{why}; put the right one back, or take this one with `afterclose rebuild`")


@contextmanager
def copy_of(database: Path) -> Iterator[duckdb.DuckDBPyConnection | None]:
    """A connection to a copy of the database, None if it is not there or not as it was written.

    A copy, because whoever holds the file to write in it may go on, and no log of another program is beside it.
    """
    if not database.exists() or fault_of(database):
        yield None
        return
    copy = database.with_name(database.name + ".before")
    discard(copy)
    try:
        copyfile(database, copy)
        with _opened(copy) as connection:
            yield connection
    finally:
        discard(copy)


def _opened(copy: Path) -> AbstractContextManager[duckdb.DuckDBPyConnection | None]:
    try:
        return open_read_only(copy)
    except AftercloseError:
        return nullcontext()


def offer(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    dataset: Dataset,
    paths: Sequence[Path],
    faults: Sequence[Fault] = (),
    before: duckdb.DuckDBPyConnection | None = None,
) -> None:
    """Make `lake_<dataset>`, of the rows of some files with `market` and `year` or `month`, for the scripts to read.

    DuckDB reads the files itself where nothing is lost, for half to three quarters of the CPU; rows of lost files are
    as the database `before` has them. Raises `DamagedError` for one whose last commit that database has not seen.
    """
    name = f"lake_{dataset.name}"
    # A path in which DuckDB would see a pattern or a partition is one for Arrow.
    if faults or not paths or set("*?[=") & set(str(lake.path)):
        connection.register(name, _stored(lake, dataset, paths, faults, before))
        return
    # Files of older lakes lack columns.
    schema = _rows_of(lake, dataset, []).schema
    connection.register(f"{name}_columns", schema.empty_table())
    connection.execute(f"set variable {name} = $paths", {"paths": [str(path) for path in paths]})
    options = "hive_partitioning = true, hive_types_autocast = false, union_by_name = true"
    connection.execute(
        f"create temp view {name} as (from {name}_columns) "
        f"union all by name (from read_parquet(getvariable('{name}'), {options}))"
    )


def _stored(
    lake: Lake,
    dataset: Dataset,
    paths: Sequence[Path],
    faults: Sequence[Fault],
    before: duckdb.DuckDBPyConnection | None,
) -> pa_dataset.Dataset:
    """The rows of files of a dataset, with `market` and `year` or `month`; of lost ones as the database `before` has.

    Raises `DamagedError` for a lost file whose last commit that database has not seen.
    """
    lost = {fault.path: fault for fault in faults}
    parts = [_rows_before(lake, dataset, lost[path], before) for path in paths if path in lost]
    whole = _rows_of(lake, dataset, [path for path in paths if path not in lost])
    return pa_dataset.dataset([whole, *map(pa_dataset.dataset, parts)]) if parts else whole


def _rows_of(lake: Lake, dataset: Dataset, paths: Sequence[Path]) -> pa_dataset.Dataset:
    """The rows of some files of a dataset, with `market` and `year` or `month`."""
    partitions = pa.schema([MARKET, pa.field(dataset.cut_by, pa.string())])
    schema = pa.schema([*dataset.file_schema, *partitions])
    if not paths:
        return pa_dataset.dataset(schema.empty_table())
    return pa_dataset.dataset(
        [str(path) for path in paths],
        schema=schema,
        format="parquet",
        partitioning=pa_dataset.partitioning(partitions, flavor="hive"),
        partition_base_dir=str(lake.path / dataset.name),
    )


def _rows_before(lake: Lake, dataset: Dataset, fault: Fault, before: duckdb.DuckDBPyConnection | None) -> pa.Table:
    manifest, name = lake.manifest(), fault.path.relative_to(lake.path).as_posix()
    origin = origin_of(before) if before else None
    if before is None or manifest is None or origin is None or origin.lake != manifest.lake:
        raise DamagedError(fault)
    if origin.commit < manifest.files[name].commit:
        raise DamagedError(fault)
    market, cut = (part.partition("=")[2] for part in Path(name).parts[1:3])
    table = TABLES.get(dataset.name, dataset.name)
    query = f"select * from base.{table} where market = $market and starts_with(cast({dataset.year_of} as text), $cut)"
    rows: pa.Table = before.sql(query, params={"market": market, "cut": cut}).to_arrow_table()
    rows = rows.append_column(dataset.cut_by, pa.array([cut] * len(rows), pa.string()))
    schema = pa.schema([*dataset.file_schema, MARKET, pa.field(dataset.cut_by, pa.string())])
    columns = [
        rows[field.name].cast(field.type) if field.name in rows.column_names else pa.nulls(len(rows), field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)
