"""The Parquet lake: read a dataset, say what a commit must write, one writer at a time."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warehouse.errors import AftercloseError
from warehouse.frames import together
from warehouse.lake.folder import FORMAT, Folder
from warehouse.lake.journal import JOURNAL
from warehouse.lake.lock import locked
from warehouse.lake.manifest import MANIFEST, DamagedError, Fault, Manifest
from warehouse.lake.schema import (
    COMMIT,
    DATASETS,
    LAKE_VERSION,
    STAMP,
    VERSION_WITH_CHECKSUMS,
    VERSION_WITH_MANIFEST,
    Dataset,
    place_of,
)
from warehouse.whole import in_one_line


@dataclass(frozen=True)
class Lake(Folder):
    """A folder of hive-partitioned Parquet datasets.

    `witness` is something that was made out of the lake that should be here: where it is given, a folder without a lake
    is a hole and no new lake, and is neither read nor written. `rest`: how long after its last run the clock of the
    next one is still believed, any time where it is None. `ahead` are tables that are read as if they were committed.
    """

    witness: Path | None = None
    rest: timedelta | None = None
    ahead: Mapping[Path, pa.Table] | None = None

    def version(self) -> int:
        """The version of the schema it was written with; a lake without a stamp is of version 1.

        Raises `AftercloseError` for a hole, a version newer than this code knows, and a stamp that is damaged.
        """
        self._refuse_hole()
        found = self.stamp()
        self.content(FORMAT)
        return found

    def files(self, dataset: Dataset, market: str = "*") -> list[Path]:
        """Paths of the stored files of a dataset, in order, as the manifest has them."""
        manifest = self.manifest()
        stored = self.found() if manifest is None else manifest.files
        names = {*stored, *(path.relative_to(self.path).as_posix() for path in self.ahead or ())}
        place = place_of(dataset, market, "*")
        return [self.path / name for name in sorted(names) if fnmatchcase(name, place)]

    def years(self, dataset: Dataset, market: str) -> list[int]:
        """The years of which a dataset's market has a file, in order."""
        return sorted(int(path.parent.name.removeprefix("year=")) for path in self.files(dataset, market))

    def written_since(self, commit: int) -> set[Path]:
        """The files that later commits than this one wrote."""
        manifest = self.manifest()
        return {
            self.path / name for name, entry in (manifest.files if manifest else {}).items() if entry.commit > commit
        }

    def read(
        self,
        dataset: Dataset,
        market: str,
        years: Collection[int | str] | None = None,
        first: date | None = None,
    ) -> pd.DataFrame:
        """Every stored row of one market (or of some years of it), versions included; no rows when there are none.

        Of a dataset that is cut by month, `years` are its months, as '2022-05'. With `first`, rows of days before it
        are left out. Raises `DamagedError` for a file that is not what was committed.
        """
        self.version()
        paths = self.files(dataset, market)
        cuts = None if years is None else {f"{dataset.cut_by}={year}" for year in years}
        wanted = [path for path in paths if cuts is None or path.parent.name in cuts]
        tables = [table for path in wanted if (table := self.table(path, dataset)) is not None]
        rows = pa.concat_tables([dataset.file_schema.empty_table(), *tables]).select(dataset.schema.names)
        return _to_frame(rows.filter(pc.greater_equal(rows[dataset.year_of], first)) if first else rows)

    def read_since(self, dataset: Dataset, market: str, year: int) -> pd.DataFrame:
        """As `read`, the years from this one on."""
        return self.read(dataset, market, {other for other in self.years(dataset, market) if other >= year})

    def read_what_is_left(self, dataset: Dataset, market: str) -> pd.DataFrame:
        """As `read`, without the files that are not what was committed: for whoever can do without them."""
        self.version()
        tables = [table for path in self.files(dataset, market) if (table := self._table_if_whole(path, dataset))]
        return _to_frame(pa.concat_tables([dataset.file_schema.empty_table(), *tables]).select(dataset.schema.names))

    def _table_if_whole(self, path: Path, dataset: Dataset) -> pa.Table | None:
        try:
            return self.table(path, dataset)
        except DamagedError:
            return None

    def table(self, path: Path, dataset: Dataset) -> pa.Table | None:
        """The rows of a file with today's schema, None where none is and none should be.

        Raises `DamagedError` for a file that is not what was committed.
        """
        if self.ahead and path in self.ahead:
            return self.ahead[path]
        content = self.content(path.relative_to(self.path).as_posix())
        if content is None:
            return None
        try:
            return pq.read_table(
                pa.BufferReader(content), schema=dataset.file_schema, partitioning=None, page_checksum_verification=True
            ).replace_schema_metadata(None)
        except (pa.ArrowException, OSError) as problem:
            raise DamagedError(Fault(path, f"cannot be read ({problem})")) from problem

    def changes(
        self, dataset: Dataset, market: str, rows: pd.DataFrame, first: date | None = None
    ) -> dict[Path, pa.Table]:
        """What a commit must write so that the dataset's market holds exactly `rows`: a table a changed file.

        `rows` must contain every year (or month) that is to be kept; one that is not in `rows` is left as it is, and
        with `first` so are the days before it. Raises `DamagedError` for a file that would be written anew and is not
        what was committed.
        """
        cuts = rows[dataset.year_of].map({day: dataset.cut_of(day) for day in rows[dataset.year_of].unique()})
        tables = {}
        for cut, part in rows.groupby(cuts, sort=True):
            path = self.path / place_of(dataset, market, cut)
            table = pa.Table.from_pandas(part.sort_values(list(dataset.key)), dataset.schema, preserve_index=False)
            table = table.replace_schema_metadata(None)
            stored = self.table(path, dataset)
            if first and stored is not None:
                before = stored.filter(pc.less(stored[dataset.year_of], first)).select(dataset.schema.names)
                table = pa.concat_tables([before, table])
            if dataset.is_changed_in_place:
                table = table.append_column(COMMIT, self._changed_by(table, stored))
            if stored is None or not stored.equals(table):
                tables[path] = table
        return tables

    def with_more(self, dataset: Dataset, market: str, rows: pd.DataFrame) -> dict[Path, pa.Table]:
        """What a commit must write so that the dataset's market holds `rows` beside all that it has; as `changes`."""
        if rows.empty:
            return {}
        first, cuts = rows[dataset.year_of].min(), {dataset.cut_of(day) for day in rows[dataset.year_of].unique()}
        return self.changes(dataset, market, together(self.read(dataset, market, cuts, first), rows), first)

    def after(self, tables: Mapping[Path, pa.Table]) -> "Lake":
        """The lake as it will be once these are committed, to see what else belongs into their commit."""
        return replace(self, ahead={**(self.ahead or {}), **tables})

    def upgrade(self) -> None:
        """Bring a lake of an older version to ours in one commit, with its manifest; the caller holds the lock.

        A file that is lost or damaged stays the fault that it was, and whoever asks for it is told. Raises
        `DamagedError` for one of a lake without a manifest: the first one would take it for good.
        """
        found = self.version()
        if found == LAKE_VERSION:
            return
        # A file that is read with today's schema has the columns that came since its version, as nulls.
        tables: dict[Path, pa.Table | bytes] = {}
        for dataset in DATASETS:
            for path in self.files(dataset):
                try:
                    table = self.table(path, dataset)
                except DamagedError:
                    if found < VERSION_WITH_MANIFEST:
                        raise
                    continue
                if found < VERSION_WITH_CHECKSUMS or not pq.read_schema(path).equals(dataset.file_schema):
                    tables[path] = table
        self.commit({**tables, self.path / FORMAT: STAMP})

    def commit(self, tables: Mapping[Path, pa.Table | bytes], base: Manifest | None = None) -> None:
        """As `Folder.commit`; a hole is refused, also one that came under its writer, as when a disk goes away."""
        self._refuse_hole()
        super().commit(tables, base)

    @contextmanager
    def writing(self, wait: float, who: str) -> Iterator[None]:
        """Hold the lake's one lock; raises when another writer holds it for longer than `wait` seconds.

        The lake is then recovered and of our version. Where nobody had one, a folder without a lake gets one.
        """
        with self.locked(wait, who):
            self.version()  # a newer lake is left as it is, its journal too
            self.recover()
            self.upgrade()
            yield

    @contextmanager
    def locked(self, wait: float, who: str) -> Iterator[None]:
        """Hold the lock and nothing else, whatever state the lake is in; a hole is refused and stays empty."""
        self._refuse_hole()
        with in_one_line(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        with locked(self.path, wait, who):
            yield

    def is_there(self) -> bool:
        """Whether somebody has committed anything, or was about to."""
        return any((self.path / name).exists() for name in (MANIFEST, FORMAT, JOURNAL)) or bool(self.found())

    def _refuse_hole(self) -> None:
        if self.witness and not self.is_there():
            raise AftercloseError(
                f"there is no lake in {self.path}, and {self.witness} was made from one: look at AFTERCLOSE_LAKE, or "
                "put it back from a back-up (`afterclose rebuild --new-lake` begins another one)"
            )

    def _changed_by(self, table: pa.Table, stored: pa.Table | None) -> pa.Array:
        """The commit that last changed each row: the next one, unless the row is stored as it is."""
        manifest = self.manifest()
        commit = manifest.commit + 1 if manifest else 1
        rows = stored.select(table.schema.names).to_pylist() if stored else []
        commits = stored[COMMIT.name].to_pylist() if stored else []
        known = {tuple(row.values()): number for row, number in zip(rows, commits, strict=True)}
        return pa.array([known.get(tuple(row.values()), commit) for row in table.to_pylist()], pa.int64())


def _to_frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas(date_as_object=True)
    for field in table.schema:
        if pa.types.is_integer(field.type):
            frame[field.name] = frame[field.name].astype("Int64")
    return frame
