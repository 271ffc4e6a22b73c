"""Builds the self-contained DuckDB file out of the lake, the facts and `sql/`, and swaps it in whole."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse.bars.provisional import confirmations
from warehouse.errors import AftercloseError, UsageError
from warehouse.facts.files import FILES, File
from warehouse.facts.market import Facts
from warehouse.facts.weights import WEIGHTS, read_weights, weight_files
from warehouse.lake.lake import Lake
from warehouse.lake.manifest import Fault
from warehouse.lake.schema import ANSWERS, DATASETS, INDICES, INSTANT
from warehouse.sql.database import CONFIG, SQL, discard, fault_of, log_of, seal
from warehouse.sql.stored import copy_of, stored
from warehouse.whole import in_one_line, sha256_of, sync
from warehouse.wording.sentences import TEXTS, headlines_of_json, reasons_of_json

STORAGE_VERSION = "v1.0.0"  # the oldest that DuckDB 1.x clients open
TYPES = {
    "varchar": pa.string(),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
}
# When it was built and by which settling time, and the lake that it was made from with its commit then.
BUILD = pa.schema(
    [("built_at", INSTANT), ("settle_minutes", pa.int32()), ("lake", pa.string()), ("commit", pa.int64())]
)

Look = Callable[[duckdb.DuckDBPyConnection], None]


def build(
    lake: Lake,
    facts: Facts,
    path: Path,
    built_at: datetime,
    settle_minutes: int,
    before_swap: Look = lambda _: None,
    after_swap: Look = lambda _: None,
    before: Path | None = None,
) -> list[Fault]:
    """Write the file anew beside `path`, hold it against the audits, and rename it to `path`.

    Readers that have the old file open keep it. Raises `AftercloseError` and leaves the old file when an audit finds
    rows. `before_swap` may read and add to the file that has passed them, before anybody else sees it; `after_swap` may
    read it when everybody does, whoever else has opened it. Index weights come from the folder `weights` beside `path`;
    a wrong file of them is left out, and `base.left_out` says why.

    Every file of the lake is held against the manifest. With the database `before`, its rows stand in for those of the
    files that are missing or damaged, which are returned; without it, such a file is an error.
    """
    faults = lake.faults(deep=True)
    if faults and before is None:
        raise AftercloseError(f"{'; '.join(map(str, faults))}: the old database stays; see `afterclose verify`")
    draft = _draft_of(path)
    instead = copy_of(before) if before and faults else nullcontext()
    with _in_one_line(draft), duckdb.connect(config=CONFIG) as connection, instead as old:
        path.parent.mkdir(parents=True, exist_ok=True)
        discard(draft)
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach $path as warehouse (storage_version '{STORAGE_VERSION}')", {"path": str(draft)})
        for name, table in _facts(lake, facts, built_at, settle_minutes, path.parent / "weights").items():
            connection.register(f"fact_{name}", table)
        for dataset in DATASETS:
            connection.register(f"lake_{dataset.name}", stored(lake, dataset, faults, old))
        for name, say in (("headlines_of", headlines_of_json), ("reasons_of", reasons_of_json)):
            connection.create_function(name, say, ["VARCHAR"], TEXTS)
        connection.execute("use warehouse")
        # In one transaction: each comment on its own would be one more write to the disk.
        connection.execute("begin")
        for script in sorted(SQL.glob("*.sql")):
            connection.execute(script.read_text(encoding="utf-8"))
        connection.execute("commit")
        _audit(connection)
        before_swap(connection)
        # What was said is one more commit, and in the file.
        connection.execute('update base.build set "commit" = $commit', {"commit": _commit(lake)})
        connection.execute("use memory")
        connection.execute("detach warehouse")
        sync(draft)
        digest = sha256_of(draft)
        connection.execute("attach $path as warehouse (read_only)", {"path": str(draft)})
        log_of(path).unlink(missing_ok=True)  # of a program that died: DuckDB would play it onto the new file
        draft.replace(path)
        sync(path.parent)
        seal(path, digest)
        connection.execute("use warehouse")
        after_swap(connection)
    return faults


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


def _audit(connection: duckdb.DuckDBPyConnection) -> None:
    for script in sorted((SQL / "audits").glob("*.sql")):
        found = connection.execute(script.read_text(encoding="utf-8")).fetchall()
        if found:
            raise AftercloseError(
                f"the audit {script.stem} found {len(found)} rows (first: {found[0]}); the old database stays"
            )


def _facts(lake: Lake, facts: Facts, built_at: datetime, settle_minutes: int, weights: Path) -> dict[str, pa.Table]:
    manifest = lake.manifest()
    build = [built_at, settle_minutes, manifest.lake if manifest else None, _commit(lake)]
    return _weights(weights, facts) | {
        "build": pa.Table.from_pylist([dict(zip(BUILD.names, build, strict=True))], BUILD),
        **{file.table: _rows(file, facts) for file in FILES.values()},
        "members": _members(facts),
        "sessions": _sessions(facts),
        "provisional_sessions": _provisional_sessions(lake, facts),
    }


def _weights(folder: Path, facts: Facts) -> dict[str, pa.Table]:
    """The weights of the good files, and the faults of the others: a user's file must not stop the night."""
    tables: dict[str, pa.Table] = {}
    left_out = []
    for path in weight_files(folder):
        try:
            if path.stem in tables:
                raise UsageError(f"{path}: {path.stem} has another file of weights already")
            tables[path.stem] = read_weights(path, facts)
        except UsageError as problem:
            left_out.append({"file": str(path), "reason": str(problem)})
    schema = pa.schema([("file", pa.string()), ("reason", pa.string())])
    return {
        "weights": pa.concat_tables([WEIGHTS.empty_table(), *tables.values()]),
        "left_out": pa.Table.from_pylist(left_out, schema),
    }


def _rows(file: File, facts: Facts) -> pa.Table:
    schema = pa.schema([(column, TYPES[kind.type]) for column, kind in file.columns.items()])
    return pa.Table.from_pylist(list(facts.tables[file.name]), schema)


def _members(facts: Facts) -> pa.Table:
    dates = ("valid_from", "valid_to")
    names = ("index_symbol", "symbol", "name", *dates, "source", "confidence", "note")
    schema = pa.schema([(name, pa.date32() if name in dates else pa.string()) for name in names])
    spells = [vars(spell) for market in facts.markets.values() for spell in market.spells]
    return pa.Table.from_pylist(spells, schema)


def _sessions(facts: Facts) -> pa.Table:
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
        vars(session)
        | {
            "time_zone": str(market.time_zone),
            "final_from": session.final_from.astimezone(UTC) if session.final_from else None,
        }
        for market in facts.markets.values()
        for session in market.sessions.days
    ]
    return pa.Table.from_pylist(rows, schema)


def _provisional_sessions(lake: Lake, facts: Facts) -> pa.Table:
    schema = pa.schema([("market", pa.string()), ("trade_date", pa.date32()), ("confirmed", pa.bool_())])
    rows = []
    for market in facts.markets.values():
        years = {session.trade_date.year for session in market.sessions.days if session.kind == "provisional"}
        index_bars, answers = lake.read(INDICES, market.code, years), lake.read(ANSWERS, market.code, years)
        known = confirmations(market, index_bars[index_bars["known_to"].isna()], answers)
        rows += [{"market": market.code, "trade_date": day, "confirmed": is_one} for day, is_one in known.items()]
    return pa.Table.from_pylist(rows, schema)
