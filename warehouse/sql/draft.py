"""The file that is made beside the one that is read: how it is begun, held against the audits, and swapped in."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

import duckdb
import pyarrow as pa

from warehouse.errors import AftercloseError
from warehouse.lake.lake import Lake
from warehouse.losses import losses_as_read
from warehouse.sql.database import CONFIG, SQL, STORAGE_VERSION, discard, fault_of, log_of, swap_in
from warehouse.whole import copy_file, in_one_line, sync, xxh128_of
from warehouse.wording.sentences import TEXTS, headlines_of_json, reasons_of_json

MEMORY = "850MB"  # of DuckDB, whatever the history: what does not fit goes to a folder beside the file
LOSSES = pa.schema([("file", pa.string()), ("accepted_at", pa.string())])

Look = Callable[[duckdb.DuckDBPyConnection], None]


@contextmanager
def draft_beside(path: Path, tables: Mapping[str, pa.Table], copy: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file beside `path`, empty or a copy of it, attached with the facts registered and a transaction begun.

    Raises `AftercloseError` where it cannot be written.
    """
    draft = draft_of(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    spill = path.with_name(path.name + ".spill")
    if spill.exists():
        rmtree(spill)
    bounds = {"memory_limit": MEMORY, "temp_directory": str(spill)}
    with _in_one_line(draft), duckdb.connect(config=CONFIG | bounds) as connection:
        discard(draft)
        if copy:
            copy_file(path, draft)
        connection.execute("set TimeZone = 'UTC'")
        # No log of what is written: a draft whose program dies is thrown away.
        options = "recovery_mode 'no_wal_writes'" + ("" if copy else f", storage_version '{STORAGE_VERSION}'")
        connection.execute(f"attach $path as warehouse ({options})", {"path": str(draft)})
        for name, table in tables.items():
            connection.register(f"fact_{name}", table)
        for name, say in (("headlines_of", headlines_of_json), ("reasons_of", reasons_of_json)):
            connection.create_function(name, say, ["VARCHAR"], TEXTS)
        connection.execute("use warehouse")
        # In one transaction: each comment on its own would be one more write to the disk.
        connection.execute("begin")
        yield connection


def finish(connection: duckdb.DuckDBPyConnection, lake: Lake, path: Path, before_swap: Look, after_swap: Look) -> None:
    """Hold what was made against the audits, and swap it in; raises `AftercloseError` when one of them finds rows."""
    draft = draft_of(path)
    connection.execute("commit")
    _audit(connection, lake)
    before_swap(connection)
    # What was said is one more commit, and in the file.
    manifest = lake.manifest()
    connection.execute('update base.build set "commit" = $commit', {"commit": manifest.commit if manifest else None})
    connection.execute("use memory")
    connection.execute("detach warehouse")
    sync(draft)
    digest = xxh128_of(draft)
    connection.execute("attach $path as warehouse (read_only)", {"path": str(draft)})
    log_of(path).unlink(missing_ok=True)  # of a program that died: DuckDB would play it onto the new file
    swap_in(draft, path, digest)
    connection.execute("use warehouse")
    after_swap(connection)


@contextmanager
def _in_one_line(draft: Path) -> Iterator[None]:
    try:
        with in_one_line(draft):
            yield
    except duckdb.IOException as problem:
        raise AftercloseError(f"{draft} cannot be written: {str(problem).splitlines()[0]}") from problem


def is_swapped_in(path: Path) -> bool:
    """Whether the last file that was begun has taken its place and is as it was written.

    It has not if a run died between saying and swapping.
    """
    return path.exists() and not draft_of(path).exists() and fault_of(path) is None


def draft_of(path: Path) -> Path:
    """Where the file is made that takes the place of this one."""
    return path.with_name(path.name + ".next")


def _audit(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    losses = [{"file": loss.file, "accepted_at": loss.accepted_at} for loss in losses_as_read(lake)]
    connection.register("accepted_losses", pa.Table.from_pylist(losses, LOSSES))
    for script in sorted((SQL / "audits").glob("*.sql")):
        found = connection.execute(script.read_text(encoding="utf-8")).fetchall()
        if found:
            raise AftercloseError(
                f"the audit {script.stem} found {len(found)} rows (first: {found[0]}); the old database stays"
            )
