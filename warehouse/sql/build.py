"""Makes the self-contained DuckDB file out of the lake, the facts and `sql/`, whole or by what changed; swaps it in."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.errors import AftercloseError
from warehouse.facts.market import Facts
from warehouse.lake.lake import Lake
from warehouse.lake.manifest import Fault
from warehouse.lake.schema import DATASETS, INSTANT
from warehouse.losses import losses_as_read
from warehouse.sql.change import BY_ITSELF, WholeError, compare, derive, is_within_reach
from warehouse.sql.database import CONFIG, SQL, STORAGE_VERSION, discard, fault_of, log_of, open_read_only, seal
from warehouse.sql.fact_tables import fact_tables
from warehouse.sql.scripts import statements
from warehouse.sql.stored import copy_of, offer
from warehouse.whole import copy_file, in_one_line, sync, xxh128_of
from warehouse.wording.sentences import TEXTS, headlines_of_json, reasons_of_json

PACKAGE = SQL.parent
MEMORY = "850MB"  # of DuckDB, whatever the history: what does not fit goes to a folder beside the file
# When it was built, by which settling time and for how many years it has every line, the lake that it was made from
# with its commit then, and the digests of the code and of the facts that made it.
BUILD = pa.schema(
    [
        ("built_at", INSTANT),
        ("settle_minutes", pa.int32()),
        ("market_years", pa.int32()),
        ("lake", pa.string()),
        ("commit", pa.int64()),
        ("code", pa.string()),
        ("facts", pa.string()),
    ]
)
LOSSES = pa.schema([("file", pa.string()), ("accepted_at", pa.string())])

Look = Callable[[duckdb.DuckDBPyConnection], None]
MARKET_YEARS = 2  # as the setting is, where nobody says otherwise


@dataclass(frozen=True)
class Made:
    """What came of bringing the file up to date.

    `faults` are files of the lake that are lost and that the file before stood in for, `mended` is what was wrong with
    that file; `reach` is 'whole', 'part', or 'none' where the file was left as it is.
    """

    reach: str
    faults: list[Fault] = field(default_factory=list)
    mended: str | None = None


def update(
    lake: Lake,
    facts: Facts,
    path: Path,
    built_at: datetime,
    settle_minutes: int,
    before_swap: Look,
    after_swap: Look,
    market_years: int = MARKET_YEARS,
    anew: bool = False,
) -> Made:
    """Bring the file up to the lake: by what changed since, in a copy of it, or whole where that is not enough.

    It is made whole when there is none, when it is not as it was written, was made from another lake, by other code or
    other facts, or when it was last made in another month: a file that is only changed grows. With `anew` it is made
    whole, and a fault of the lake is an error. Raises as `build` does.

    The table `dirty_markets` tells `before_swap` from which day on a market's rows may be other ones by the lake and
    the facts: a row of an earlier day is another by the code alone.
    """
    wrong = fault_of(path)
    tables = _tables(lake, facts, path, built_at, settle_minutes, market_years)
    (now,) = tables["build"].to_pylist()
    old = None if wrong or lake.faults() else _made_of(path, now)
    made, dirty_markets = None, None
    if old:
        # Other code may have had no such table or column: then nobody can tell what became another by the lake.
        untold = () if old["code"] == now["code"] else (duckdb.BinderException, duckdb.CatalogException)
        with suppress(WholeError, *untold), _draft(path, tables, copy=True) as connection:
            every = list(statements(connection))
            is_other = compare(connection, every, lake, old["commit"], old["facts"] != now["facts"])
            dirty_markets = connection.sql("from dirty_markets").to_arrow_table()
            if not anew and _may_be_changed(old, now) and is_within_reach(connection, lake):
                if is_other:
                    derive(connection, every)
                    _finish(connection, lake, path, before_swap, after_swap)
                made = Made("part" if is_other else "none")
        discard(_draft_of(path))
    if made:
        return made

    def before_swap_of_these(connection: duckdb.DuckDBPyConnection) -> None:
        if dirty_markets is not None:
            connection.register("dirty", dirty_markets)
            connection.execute("create or replace temp table dirty_markets as from dirty")
        before_swap(connection)

    before = None if anew else path
    faults = build(lake, facts, path, built_at, settle_minutes, before_swap_of_these, after_swap, before, market_years)
    return Made("whole", faults, wrong)


def build(
    lake: Lake,
    facts: Facts,
    path: Path,
    built_at: datetime,
    settle_minutes: int,
    before_swap: Look = lambda _: None,
    after_swap: Look = lambda _: None,
    before: Path | None = None,
    market_years: int = MARKET_YEARS,
) -> list[Fault]:
    """Write the file anew beside `path`, hold it against the audits, and rename it to `path`.

    Readers that have the old file open keep it. Raises `AftercloseError` and leaves the old file when an audit finds
    rows. `before_swap` may read and add to the file that has passed them, before anybody else sees it; `after_swap` may
    read it when everybody does, whoever else has opened it. What a user gives (`fact_tables.GIVEN`) comes from folders
    beside `path`; a wrong file is left out, and `base.left_out` says why.

    Every file of the lake is held against the manifest. With the database `before`, its rows stand in for those of the
    files that are missing or damaged, which are returned; without it, such a file is an error.
    """
    faults = lake.faults(deep=True)
    if faults and before is None:
        raise AftercloseError(f"{'; '.join(map(str, faults))}: the old database stays; see `afterclose verify`")
    tables = _tables(lake, facts, path, built_at, settle_minutes, market_years)
    instead = copy_of(before) if before and faults else nullcontext()
    with _draft(path, tables) as connection, instead as old:
        for dataset in DATASETS:
            offer(connection, lake, dataset, lake.files(dataset), faults, old)
        every = list(statements(connection))
        for statement in every:
            if not statement.is_comment:
                connection.execute(statement.parsed)
        # Eight hundred of next to nothing: to hand them out takes threads longer than they do.
        connection.execute("set threads = 1")
        for statement in every:
            if statement.is_comment:
                connection.execute(statement.parsed)
        connection.execute("reset threads")
        _finish(connection, lake, path, before_swap, after_swap)
    return faults


@contextmanager
def _draft(path: Path, tables: Mapping[str, pa.Table], copy: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file beside `path`, empty or a copy of it, attached with the facts registered and a transaction begun."""
    draft = _draft_of(path)
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


def _finish(connection: duckdb.DuckDBPyConnection, lake: Lake, path: Path, before_swap: Look, after_swap: Look) -> None:
    """Hold what was made against the audits, and swap it in."""
    draft = _draft_of(path)
    connection.execute("commit")
    _audit(connection, lake)
    before_swap(connection)
    # What was said is one more commit, and in the file.
    connection.execute('update base.build set "commit" = $commit', {"commit": _commit(lake)})
    connection.execute("use memory")
    connection.execute("detach warehouse")
    sync(draft)
    digest = xxh128_of(draft)
    connection.execute("attach $path as warehouse (read_only)", {"path": str(draft)})
    log_of(path).unlink(missing_ok=True)  # of a program that died: DuckDB would play it onto the new file
    draft.replace(path)
    sync(path.parent)
    seal(path, digest)
    connection.execute("use warehouse")
    after_swap(connection)


@contextmanager
def _in_one_line(draft: Path) -> Iterator[None]:
    try:
        with in_one_line(draft):
            yield
    except duckdb.IOException as problem:
        raise AftercloseError(f"{draft} cannot be written: {str(problem).splitlines()[0]}") from problem


def _commit(lake: Lake) -> int | None:
    manifest = lake.manifest()
    return manifest.commit if manifest else None


def is_swapped_in(path: Path) -> bool:
    """Whether the last file that was begun has taken its place and is as it was written.

    It has not if a run died between saying and swapping.
    """
    return path.exists() and not _draft_of(path).exists() and fault_of(path) is None


def _draft_of(path: Path) -> Path:
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


def _tables(
    lake: Lake, facts: Facts, path: Path, built_at: datetime, settle_minutes: int, market_years: int
) -> dict[str, pa.Table]:
    """The facts, and what the file says of itself."""
    tables = fact_tables(lake, facts, path.parent)
    manifest = lake.manifest()
    row = {
        "built_at": built_at,
        "settle_minutes": settle_minutes,
        "market_years": market_years,
        "lake": manifest.lake if manifest else None,
        "commit": _commit(lake),
        "code": _digest_of_code(),
        "facts": _digest_of(tables),
    }
    return tables | {"build": pa.Table.from_pylist([row], BUILD)}


def _made_of(path: Path, now: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a file says of itself that was made earlier from the lake and with the settings of now; None of another."""
    try:
        with open_read_only(path) as connection:
            (old,) = connection.sql("from base.build").to_arrow_table().to_pylist()
    except (AftercloseError, duckdb.Error, ValueError):
        return None
    is_like_it = all(old.get(name) == now[name] for name in ("settle_minutes", "market_years", "lake"))
    if not is_like_it or now["commit"] is None or not 0 <= old["commit"] <= now["commit"]:
        return None
    return old if old["built_at"] <= now["built_at"] else None


def _may_be_changed(old: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a file may be changed into what is to be built now: other code or facts make it anew, and each month."""
    is_same = all(old[name] == now[name] for name in ("code", "facts"))
    return is_same and f"{old['built_at']:%Y%m}" == f"{now['built_at']:%Y%m}"


def _digest_of_code() -> str:
    """Of all that decides what the file says, the version of DuckDB among it."""
    digest = hashlib.sha256(duckdb.__version__.encode())
    for file in sorted(path for suffix in ("py", "sql", "csv") for path in PACKAGE.rglob(f"*.{suffix}")):
        digest.update(f"{file.relative_to(PACKAGE)} ".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _digest_of(tables: Mapping[str, pa.Table]) -> str:
    """Of the facts that only people change."""
    digest = hashlib.sha256()
    for name in sorted(tables.keys() - set(BY_ITSELF)):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, tables[name].schema) as writer:
            writer.write_table(tables[name])
        digest.update(name.encode() + sink.getvalue().to_pybytes())
    return digest.hexdigest()[:16]
