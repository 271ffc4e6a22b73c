"""The audit of every stored byte of the lake: against the manifest, the schema, the order and the laws of versions."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.lake import lock
from warehouse.lake.folder import FORMAT
from warehouse.lake.lake import Lake
from warehouse.lake.manifest import LOST, MANIFEST, DamagedError
from warehouse.lake.schema import DATASETS, Dataset


def audit_lake(lake: Lake) -> Iterator[str]:
    """One line a finding: what the manifest lacks or has otherwise, wrong schema or order, broken laws of versions.

    The caller holds the lake's lock, so no commit is under way.
    """
    manifest = lake.manifest()
    known = {MANIFEST, FORMAT, *lock.FILES, *(manifest.files if manifest else lake.found())}
    for path in sorted(lake.path.rglob("*")):
        if path.is_file() and path.relative_to(lake.path).as_posix() not in known and path.suffix != LOST:
            yield f"{path}: no file of the lake"
    faults = lake.faults(deep=True)
    yield from (str(DamagedError(fault)) for fault in faults)
    lost = {fault.path for fault in faults}
    for dataset in DATASETS:
        for path in lake.files(dataset):
            if path not in lost:
                yield from (f"{path}: {finding}" for finding in audit_file(path, dataset))


def audit_file(path: Path, dataset: Dataset) -> Iterator[str]:
    """What is wrong with one file; every page of it is read and held against its checksum."""
    try:
        table = pq.read_table(path, partitioning=None, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as problem:
        yield f"cannot be read ({problem}); restore it from a back-up"
        return
    if not table.schema.equals(dataset.file_schema):
        yield "its columns are not those of the dataset"
        return
    frame = table.to_pandas(date_as_object=True)
    key = list(dataset.key)
    if not frame[key].equals(frame[key].sort_values(key, kind="stable").reset_index(drop=True)):
        yield f"rows are not sorted by {', '.join(key)}"
    cut = path.parent.name.removeprefix(f"{dataset.cut_by}=")
    if strangers := int((frame[dataset.year_of].map(dataset.cut_of) != cut).sum()):
        yield f"{strangers} rows are of another {dataset.cut_by}"
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


def _words(row: tuple[object, ...]) -> str:
    return " ".join(value.isoformat() if isinstance(value, date | datetime) else str(value) for value in row)
