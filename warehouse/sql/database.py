"""The DuckDB file: asked read-only, without pandas, a calendar or the lake; and how it is told from a damaged one."""

import re
from datetime import datetime
from functools import partial
from itertools import chain, count
from pathlib import Path
from shutil import copyfile
from typing import Any

import duckdb

from warehouse.errors import AftercloseError
from warehouse.plain import plain_within
from warehouse.whole import sync, write_whole, xxh128_of

SQL = Path(__file__).parent
STORAGE_VERSION = "v1.0.0"  # of files that we write: the oldest that DuckDB 1.x clients open
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    # DuckDB takes our as-of joins for small ones and loops through them: twenty times slower than its sorted join.
    "asof_loop_join_threshold": 0,
}
REBUILD = "`afterclose rebuild` makes it anew"
OURS = "from base.build limit 0"  # DuckDB's own list of tables would read of every one
LEFT_LOG = "has the log of a program beside it that writes in it, or did and died"


def open_read_only(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection that can ask and nothing else: no writing, no other files, no extensions.

    Raises `AftercloseError` for a file that is not there, that another program holds or has left a log beside, or that
    is no database of ours.
    """
    if not path.exists():
        raise AftercloseError(
            f"there is no {path} yet: run `afterclose nightly`, or `afterclose rebuild` for the facts"
        )
    try:
        connection = duckdb.connect(str(path), read_only=True, config=CONFIG | {"enable_external_access": "false"})
        connection.execute("set TimeZone = 'UTC'")
        is_ours = _is_ours(connection)
    except duckdb.Error as problem:
        raise AftercloseError(f"{path} cannot be opened: {_why(str(problem))}") from problem
    if log_of(path).exists() or not is_ours:
        connection.close()
        wrong = LEFT_LOG if log_of(path).exists() else "is no database of Afterclose"
        raise AftercloseError(f"{path} {wrong}: the next run or {REBUILD}")
    return connection


def _is_ours(connection: duckdb.DuckDBPyConnection) -> bool:
    try:
        connection.execute(OURS)
    except duckdb.CatalogException:
        return False
    return True


def _why(problem: str) -> str:
    """What to do about a file that DuckDB does not open."""
    holder = re.search(r"lock is held in (.*? \(PID \d+\))", problem)
    if holder:
        return f"{holder[1]} holds it to write in it; close it there, or let it open the file read-only"
    return f"{problem.splitlines()[0]}; {REBUILD}"


def ask(connection: duckdb.DuckDBPyConnection, name: str, **parameters: Any) -> list[dict[str, Any]]:
    """The rows of `sql/queries/<name>.sql`, a dictionary a row; texts are plain, whatever an older lake holds.

    Raises `AftercloseError` when the database lacks a view or column that the query needs, as one that an older version
    built, and when it is damaged.
    """
    query = (SQL / "queries" / f"{name}.sql").read_text(encoding="utf-8")
    try:
        found = connection.execute(query, parameters or None)
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, map(plain_within, row), strict=True)) for row in found.fetchall()]
    except (duckdb.BinderException, duckdb.CatalogException) as problem:
        lacking = str(problem).splitlines()[0]
        raise AftercloseError(
            f"the database was built by another version ({lacking}): run `afterclose rebuild`"
        ) from problem
    except duckdb.Error as problem:
        raise damage_in(problem) or problem from None


def damage_in(problem: duckdb.Error) -> AftercloseError | None:
    """The one line for what DuckDB says of pages that it cannot read; None for what is the query's own fault."""
    kinds = (duckdb.IOException, duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException)
    if isinstance(problem, kinds) or type(problem) is duckdb.Error:
        return AftercloseError(f"the database is damaged ({str(problem).splitlines()[0]}): {REBUILD}")
    return None


def fault_of(path: Path) -> str | None:
    """What is wrong with the file, as a sentence goes on; None for one that is as it was written, or is not there.

    Every byte is read. A file without a seal is one that an older version built: nothing is known against it.
    """
    if not path.exists():
        return None
    if log_of(path).exists():
        return LEFT_LOG
    sealed = _digests_of(path)
    if sealed is not None and xxh128_of(path) not in sealed:
        return "is not the file that was written"
    return None


def swap_in(draft: Path, path: Path, digest: str) -> None:
    """Let a file that was written take the place of another; `digest` is its checksum.

    In between the seal has both, so that whichever is there, when the program dies, is as it was written.
    """
    before = _digests_of(path)
    if before is not None:
        _seal(path, digest, *before)
    draft.replace(path)
    sync(path.parent)
    seal(path, digest)


def seal(path: Path, digest: str) -> None:
    """Write down the checksum of the file beside it, as `xxhsum --check` takes it."""
    _seal(path, digest)
    path.with_name(path.name + ".sha256").unlink(missing_ok=True)  # an older version's word of a file that was


def _seal(path: Path, *digests: str) -> None:
    lines = "".join(f"{digest}  {path.name}\n" for digest in digests)
    write_whole(_seal_of(path), lambda draft: draft.write_text(lines))


def _digests_of(path: Path) -> list[str] | None:
    """The checksums that the file may have; None where nothing is known of it."""
    place = _seal_of(path)
    if not place.exists():
        return None
    return [line.split(" ")[0] for line in place.read_text(errors="replace").splitlines()]


def keep_aside(path: Path, now: datetime) -> Path:
    """Copy the file beside itself, under a name with the moment (UTC); the copy's path."""
    names = (f"{path.stem}-{now:%Y%m%dT%H%M%SZ}{more}{path.suffix}" for more in chain([""], count(-2, -1)))
    kept = next(place for name in names if not (place := path.with_name(name)).exists())
    write_whole(kept, partial(copyfile, path))
    return kept


def discard(path: Path) -> None:
    """Take the file away, with its seal and its log: DuckDB would play that onto the next file of the name."""
    for each in (log_of(path), _seal_of(path), path):
        each.unlink(missing_ok=True)


def log_of(path: Path) -> Path:
    """Where DuckDB writes ahead what is not in the file yet."""
    return path.with_name(path.name + ".wal")


def _seal_of(path: Path) -> Path:
    return path.with_name(path.name + ".xxh128")
