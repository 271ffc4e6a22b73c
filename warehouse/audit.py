"""The audit of every stored byte: what is wrong with the lake, and whether the DuckDB file is what it would become."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.errors import AftercloseError
from warehouse.facts.market import Facts
from warehouse.lake.lake import FORMAT, Lake
from warehouse.lake.schema import DATASETS, Dataset
from warehouse.sql.build import build
from warehouse.sql.database import open_read_only

NO_DATA = {FORMAT, "writer.lock", "writer.json"}


def audit_lake(lake: Lake) -> Iterator[str]:
    """One line a finding: strays, unreadable files, wrong schema or order, broken laws of versions.

    The caller holds the lake's lock, so no commit is under way.
    """
    known = {path for dataset in DATASETS for path in lake.files(dataset)}
    for path in sorted(lake.path.rglob("*")):
        if path.is_file() and path not in known and path.relative_to(lake.path).as_posix() not in NO_DATA:
            yield f"{path}: no file of the lake"
    for dataset in DATASETS:
        for path in lake.files(dataset):
            yield from (f"{path}: {finding}" for finding in audit_file(path, dataset))


def audit_file(path: Path, dataset: Dataset) -> Iterator[str]:
    """What is wrong with one file; every page of it is read and held against its checksum."""
    try:
        table = pq.read_table(path, partitioning=None, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as problem:
        yield f"cannot be read ({problem}); restore it from a back-up"
        return
    if not table.schema.equals(dataset.schema):
        yield "its columns are not those of the dataset"
        return
    frame = table.to_pandas(date_as_object=True)
    key = list(dataset.key)
    if not frame[key].equals(frame[key].sort_values(key, kind="stable").reset_index(drop=True)):
        yield f"rows are not sorted by {', '.join(key)}"
    year = int(path.parent.name.removeprefix("year="))
    if strangers := int((pd.to_datetime(frame[dataset.year_of]).dt.year != year).sum()):
        yield f"{strangers} rows are of another year"
    if "known_to" in dataset.schema.names:
        yield from audit_versions(frame, key)
    else:
        for row in frame[frame.duplicated(key)][key].itertuples(index=False):
            yield f"{_words(row)} is stored twice"


def audit_versions(rows: pd.DataFrame, key: list[str]) -> Iterator[str]:
    """Where versions of a key do not follow each other: empty or overlapping spans, more than one current row."""
    ordered = rows.sort_values([*key, "known_from"])
    following = ordered.groupby(key, sort=False)["known_from"].shift(-1)
    is_empty = ordered["known_to"].notna() & (ordered["known_to"] <= ordered["known_from"])
    overlaps = following.notna() & (ordered["known_to"].isna() | (ordered["known_to"] > following))
    for is_wrong, what in ((is_empty, "known to before it was known"), (overlaps, "overlaps its next version")):
        for row in ordered.loc[is_wrong, [*key, "known_from"]].itertuples(index=False):
            yield f"{_words(row)}: {what}"


def audit_database(lake: Lake, facts: Facts, database: Path) -> Iterator[str]:
    """Where the tables of the DuckDB file have other row counts than one built anew as of the same moment.

    The caller holds the lake's lock. What was said is left out: it is written down after the file is built.
    """
    if not database.exists():
        yield f"{database} is not there: run `afterclose rebuild`"
        return
    anew = database.with_name("verify.duckdb")
    try:
        with open_read_only(database) as connection:
            built_at, settle = connection.execute("select built_at, settle_minutes from base.build").fetchall()[0]
            found = _row_counts(connection)
        build(lake, facts, anew, built_at, settle)
        with open_read_only(anew) as connection:
            expected = _row_counts(connection)
    except (duckdb.Error, AftercloseError) as problem:
        yield f"{database}: {problem}"
        return
    finally:
        anew.unlink(missing_ok=True)
    for name in sorted(expected.keys() | found.keys()):
        if found.get(name) != expected.get(name):
            has = f"{name} has {found.get(name)} rows, the lake makes {expected.get(name)}"
            yield f"{database}: {has}: run `afterclose rebuild`"


def _row_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    names = connection.execute("select table_name from duckdb_tables() where schema_name = 'base'").fetchall()
    counts = {}
    for (name,) in names:
        if name != "published":
            ((counts[f"base.{name}"],),) = connection.execute(f'select count(*) from base."{name}"').fetchall()
    return counts


def _words(row: tuple[object, ...]) -> str:
    return " ".join(value.isoformat() if isinstance(value, date | datetime) else str(value) for value in row)
