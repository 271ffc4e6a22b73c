"""The Parquet lake: read a dataset, change files in one journalled commit, one writer at a time.

A commit writes every new file under a name that no `*.parquet` glob matches and syncs it, then a journal that lists
each (temporary, final, sha256), then renames them all, syncs the folders and removes the journal. Whoever takes the
lock next rolls a journal forward or clears what has none, so a crash anywhere leaves the old or the new state.
"""

import hashlib
import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from warehouse.errors import AftercloseError
from warehouse.lake.schema import DATASETS, LAKE_VERSION, Dataset

JOURNAL = "journal.json"
FORMAT = "format.json"
PENDING = ".pending"


@dataclass(frozen=True)
class Lake:
    """A folder of hive-partitioned Parquet datasets."""

    path: Path

    def version(self) -> int:
        """The version of the schema it was written with; a lake without a stamp is of version 1.

        Raises `AftercloseError` for a lake of a newer version than this code knows.
        """
        stamp = self.path / FORMAT
        found = int(json.loads(stamp.read_text())["version"]) if stamp.exists() else 1
        if found > LAKE_VERSION:
            raise AftercloseError(
                f"{self.path} is a lake of version {found}, this Afterclose knows {LAKE_VERSION}: install a newer one"
            )
        return found

    def files(self, dataset: Dataset, market: str = "*") -> list[Path]:
        """Paths of the stored files of a dataset, in order."""
        return sorted(self.path.glob(f"{dataset.name}/market={market}/year=*/{dataset.file}.parquet"))

    def read(self, dataset: Dataset, market: str, years: set[int] | None = None) -> pd.DataFrame:
        """Every stored row of one market (or of some years of it), versions included; no rows when there are none."""
        self.version()
        paths = self.files(dataset, market)
        wanted = [path for path in paths if years is None or int(path.parent.name.removeprefix("year=")) in years]
        tables = [_read_file(path, dataset) for path in wanted]
        return _to_frame(pa.concat_tables(tables) if tables else dataset.schema.empty_table())

    def changes(self, dataset: Dataset, market: str, rows: pd.DataFrame) -> dict[Path, pa.Table]:
        """What a commit must write so that the dataset's market holds exactly `rows`: a table a changed file.

        `rows` must contain every year that is to be kept; a year that is not in `rows` is left as it is.
        """
        years = pd.to_datetime(rows[dataset.year_of]).dt.year
        tables = {}
        for year, part in rows.groupby(years, sort=True):
            path = self.path / dataset.name / f"market={market}" / f"year={year}" / f"{dataset.file}.parquet"
            table = pa.Table.from_pandas(part.sort_values(list(dataset.key)), dataset.schema, preserve_index=False)
            table = table.replace_schema_metadata(None)
            if not path.exists() or not _read_file(path, dataset).equals(table):
                tables[path] = table
        return tables

    def commit(self, tables: Mapping[Path, pa.Table | bytes]) -> None:
        """Write all files or none; the caller holds the lock."""
        if not tables:
            return
        entries = []
        for final, table in tables.items():
            final.parent.mkdir(parents=True, exist_ok=True)
            temporary = final.with_name(final.name + PENDING)
            if isinstance(table, bytes):
                temporary.write_bytes(table)
            else:
                pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)
            _sync(temporary)
            entries.append([str(part.relative_to(self.path)) for part in (temporary, final)] + [_sha256(temporary)])
        for folder in sorted({up for final in tables for up in final.parents if up.is_relative_to(self.path)}):
            _sync(folder)
        journal = self.path / JOURNAL
        draft = journal.with_name(JOURNAL + PENDING)
        draft.write_text(json.dumps(entries))
        _sync(draft)
        draft.replace(journal)
        _sync(self.path)
        self._roll_forward(entries)

    def recover(self) -> None:
        """Finish or forget what a crashed writer left; the caller holds the lock."""
        journal = self.path / JOURNAL
        if journal.exists():
            self._roll_forward(json.loads(journal.read_text()))
        for leftover in self.path.rglob(f"*{PENDING}"):
            leftover.unlink()

    def upgrade(self) -> None:
        """Bring a lake of an older version to ours in one commit; the caller holds the lock."""
        if self.version() == LAKE_VERSION:
            return
        # A file that is read with today's schema has the columns that came since its version, as nulls.
        tables = {path: _read_file(path, dataset) for dataset in DATASETS for path in self.files(dataset)}
        self.commit({**tables, self.path / FORMAT: json.dumps({"version": LAKE_VERSION}).encode()})

    def _roll_forward(self, entries: list[list[str]]) -> None:
        for temporary_name, final_name, digest in entries:
            temporary, final = self.path / temporary_name, self.path / final_name
            if temporary.exists():
                if _sha256(temporary) != digest:
                    raise AftercloseError(
                        f"{temporary} is not what the journal promised: the disk lost bytes; restore it from a back-up"
                    )
                temporary.replace(final)
            elif not final.exists() or _sha256(final) != digest:
                raise AftercloseError(f"{final} of an unfinished commit is missing: restore the lake from a back-up")
        for folder in {(self.path / final).parent for _, final, _ in entries}:
            _sync(folder)
        (self.path / JOURNAL).unlink()
        _sync(self.path)

    @contextmanager
    def writing(self, wait: float, who: str) -> Iterator[None]:
        """Hold the lake's one lock; raises when another writer holds it for longer than `wait` seconds.

        The lake is then recovered and of our version. The lock is the operating system's: it goes with the process
        that held it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        holder = self.path / "writer.json"
        lock = FileLock(self.path / "writer.lock", timeout=wait)
        try:
            lock.acquire()
        except Timeout:
            held_by = holder.read_text() if holder.exists() else "an unknown process"
            raise AftercloseError(
                f"{self.path} is being written by {held_by}; waited {wait:g} s (AFTERCLOSE_LOCK_WAIT)"
            ) from None
        try:
            holder.write_text(f"{who} (process {os.getpid()} on {socket.gethostname()})")
            self.version()  # a newer lake is left as it is, its journal too
            self.recover()
            self.upgrade()
            yield
        finally:
            holder.unlink(missing_ok=True)
            lock.release()


def _read_file(path: Path, dataset: Dataset) -> pa.Table:
    try:
        return pq.read_table(
            path, schema=dataset.schema, partitioning=None, page_checksum_verification=True
        ).replace_schema_metadata(None)
    except (pa.ArrowException, OSError) as problem:
        raise AftercloseError(f"{path} cannot be read ({problem}); restore it from a back-up") from problem


def _to_frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas(date_as_object=True)
    for field in table.schema:
        if pa.types.is_integer(field.type):
            frame[field.name] = frame[field.name].astype("Int64")
    return frame


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
