"""Makes the self-contained DuckDB file out of the lake, the facts and `sql/`, whole or by what changed; swaps it in."""

import hashlib
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.errors import AftercloseError
from warehouse.facts.market import Facts
from warehouse.lake.lake import Lake
from warehouse.lake.manifest import Fault
from warehouse.lake.schema import DATASETS, INSTANT
from warehouse.sql.change import BY_ITSELF, WholeError, compare, derive, is_within_reach
from warehouse.sql.database import SQL, discard, fault_of, open_read_only
from warehouse.sql.draft import Look, draft_beside, draft_of, finish
from warehouse.sql.fact_tables import fact_tables
from warehouse.sql.scripts import statements
from warehouse.sql.stored import copy_of, offer

PACKAGE = SQL.parent
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
    old = None if wrong else _made_of(path, now)
    made, dirty_markets = None, None
    if old:
        # Other code may have had other tables, columns or types: then nobody can tell what became another by the lake.
        is_other_code = old["code"] != now["code"]
        untold = (duckdb.Error,) if is_other_code else ()
        with suppress(WholeError, *untold), draft_beside(path, tables, copy=True) as connection:
            every = list(statements(connection))
            is_other = compare(connection, every, lake, old["commit"], is_other_code, old["facts"] != now["facts"])
            dirty_markets = connection.sql("from dirty_markets").to_arrow_table()
            may_be_changed = not anew and not lake.faults() and _may_be_changed(old, now)
            if may_be_changed and is_within_reach(connection, lake, old["commit"]):
                if is_other:
                    derive(connection, every)
                    finish(connection, lake, path, before_swap, after_swap)
                made = Made("part" if is_other else "none")
        discard(draft_of(path))
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
    with draft_beside(path, tables) as connection, instead as old:
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
        finish(connection, lake, path, before_swap, after_swap)
    return faults


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
        "commit": manifest.commit if manifest else None,
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
