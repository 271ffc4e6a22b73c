"""A slice of the warehouse for other tools: Parquet or CSV files in a folder, or a small DuckDB file.

Whose data it is decides what may leave the machine: with `allowed` sources, rows of others stay out, and figures that
are made of more than one row go along only where every source of the market is allowed, up to the last day of it.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from warehouse.errors import AftercloseError, UsageError
from warehouse.plain import for_spreadsheet
from warehouse.shareable import withhold
from warehouse.sql.database import CONFIG, STORAGE_VERSION
from warehouse.whole import in_one_line

SPELL = "valid_from <= $last and coalesce(valid_to, date 'infinity') > $first"


@dataclass(frozen=True)
class View:
    """One view of a slice: where its rows are found, and of whom they are.

    `day` is its column of days ('' for none), `key` that of symbols and `of` what they are ('stock', 'index', 'line' of
    a whole market, or '' for what is of no symbol). `official` are columns that show an official source's figures;
    `is_figure` says that a row is made of rows of several sources.
    """

    name: str
    day: str
    key: str = ""
    of: str = ""
    official: tuple[str, ...] = ()
    is_figure: bool = False


VIEWS = (
    View(
        "prices",
        "trade_date",
        "symbol",
        "stock",
        ("turnover", "official_close", "official_previous_close", "printed"),
    ),
    View("stock_returns", "trade_date", "symbol", "stock", is_figure=True),
    View("corporate_actions", "ex_date", "symbol", "stock"),
    View("index_prices", "trade_date", "index_symbol", "index"),
    View("index_returns", "trade_date", "index_symbol", "index", is_figure=True),
    View("market_wrap", "trade_date", "index_symbol", "index", is_figure=True),
    View("breadth", "trade_date", "index_symbol", "index", is_figure=True),
    View("top_movers", "trade_date", "index_symbol", "index", is_figure=True),
    View("members", "", "index_symbol", "index"),
    View("session_status", "trade_date"),
    View("sessions", "trade_date"),
    View("official_prices", "trade_date", "symbol", "line"),
    View("market_breadth", "trade_date"),
    View("market_movers", "trade_date", "symbol", "line"),
)


@dataclass(frozen=True)
class Slice:
    """What is wanted: the days from `first` to `last`, of one index and its members, of some stocks, or of all.

    `allowed` are the sources whose rows may be passed on; None where it stays with its user.
    """

    first: date
    last: date
    index_symbol: str | None = None
    symbols: Collection[str] | None = None
    allowed: Collection[str] | None = None


@dataclass(frozen=True)
class Exported:
    """What came of it: rows by view, views that were left out, and whose rows stayed out, and figures made of them."""

    path: Path
    rows: dict[str, int] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    own_use: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


def export(database: Path, wanted: Slice, form: str, path: Path) -> Exported:
    """Write the slice to `path`, a folder (Parquet, CSV) or a DuckDB file, whole or not at all.

    Raises `UsageError` when something is there already or DuckDB writes nothing there, and `AftercloseError` when the
    slice holds nothing.
    """
    if path.exists():
        raise UsageError(f"{path} is there already: name another place, or remove it")
    if form == "duckdb" and "?" in str(path.absolute()):
        raise UsageError(f"DuckDB writes no file at {path.absolute()}, for its '?': name another place")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with (
            in_one_line(path),
            TemporaryDirectory(prefix=f"{path.name}.", dir=path.parent) as folder,
            duckdb.connect(config=CONFIG) as connection,
        ):
            draft = Path(folder) / path.name
            connection.execute("set TimeZone = 'UTC'")
            connection.execute("attach $path as warehouse (read_only)", {"path": str(database)})
            connection.execute("use warehouse")
            if wanted.allowed is not None:
                withhold(connection, wanted.allowed)
            made = _tables(connection, wanted)
            if not any(made.rows.get(view.name) for view in VIEWS if view.day):
                raise AftercloseError(f"nothing is stored from {wanted.first} to {wanted.last} that may go into it")
            _write(connection, made, form, draft)
            draft.rename(path)
    except duckdb.IOException as problem:
        raise AftercloseError(f"{path} cannot be written: {str(problem).splitlines()[0]}") from problem
    return Exported(path, made.rows, made.left_out, made.own_use, made.sources)


def _tables(connection: duckdb.DuckDBPyConnection, wanted: Slice) -> Exported:
    """Make the temporary tables `slice_<view>`, of views that may leave out what is not to be shown."""
    rows: dict[str, int] = {}
    sources: set[str] = set()
    columns = {view.name: _columns(connection, view.name) for view in VIEWS}
    bounds = {view.name: _where(view, wanted) for view in VIEWS}
    # A figure of the first day is made of days before it, and one of an index of stocks that nobody may have asked for.
    of_market = "market in (select market from indices where index_symbol = coalesce($index, index_symbol))"
    asked = {"last": wanted.last, "index": wanted.index_symbol}
    for view in VIEWS:
        if not view.is_figure and {"market", "source"} <= set(columns[view.name]) and view.name != "sessions":
            query = f"select distinct source from warehouse.main.{view.name} where {view.day} <= $last and {of_market}"
            found = connection.execute(query, asked).fetchall()
            sources |= {str(source) for (source,) in found if source is not None}
    own = () if wanted.allowed is None else tuple(sorted(sources - set(wanted.allowed)))
    left_out = []
    for view in VIEWS:
        if own and view.is_figure:
            left_out.append(view.name)
            continue
        name, (where, given) = f"slice_{view.name}", bounds[view.name]
        unshown = [column for column in view.official if own and column in columns[view.name]]
        shown = f"* exclude ({', '.join(unshown)})" if unshown else "*"
        connection.execute(f"create temp table {name} as select {shown} from {view.name} where {where}", given)
        ((count,),) = connection.execute(f"select count(*) from {name}").fetchall()
        if count:
            rows[view.name] = int(count)
        else:
            connection.execute(f"drop table {name}")
    return Exported(Path(), rows, tuple(left_out), own, tuple(sorted(sources - set(own))))


def _where(view: View, wanted: Slice) -> tuple[str, dict[str, object]]:
    bounds = {"first": wanted.first, "last": wanted.last}
    parts = [f"{view.day} between $first and $last" if view.day else SPELL]
    given: dict[str, object] = dict(bounds)
    if wanted.index_symbol and view.of == "index":
        parts.append(f"{view.key} = $index")
        given["index"] = wanted.index_symbol
    elif wanted.index_symbol and view.of in ("stock", "line"):
        # Whoever was a member on any of the days, on all of them: a series is not cut where a membership ends.
        parts.append(f"{view.key} in (select symbol from members where index_symbol = $index and {SPELL})")
        given["index"] = wanted.index_symbol
    elif wanted.symbols is not None and view.of in ("stock", "line"):
        parts.append(f"list_contains($symbols, {view.key})")
        given["symbols"] = sorted(wanted.symbols)
    return " and ".join(parts), given


def _columns(connection: duckdb.DuckDBPyConnection, view: str) -> list[str]:
    try:
        return [str(row[0]) for row in connection.execute(f"describe main.{view}").fetchall()]
    except duckdb.CatalogException as problem:
        raise AftercloseError(
            f"the database has no {view}, another version built it: run `afterclose rebuild`"
        ) from problem


def _write(connection: duckdb.DuckDBPyConnection, made: Exported, form: str, draft: Path) -> None:
    if form == "duckdb":
        connection.execute(f"attach $path as slice (storage_version '{STORAGE_VERSION}')", {"path": str(draft)})
        for name in made.rows:
            connection.execute(f"create table slice.main.{name} as from slice_{name}")
        connection.execute("use memory")
        connection.execute("detach slice")
        return
    draft.mkdir()
    for name in made.rows:
        if form == "csv":
            _defuse(connection, f"slice_{name}")
        relation = connection.sql(f"from slice_{name}")
        if form == "csv":
            relation.write_csv(str(draft / f"{name}.csv"))
        else:
            relation.write_parquet(str(draft / f"{name}.parquet"), compression="zstd")


def _defuse(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Leave no text in a temporary table that a spreadsheet would compute."""
    for column, kind, *_ in connection.execute(f"describe {table}").fetchall():
        if kind == "VARCHAR":
            texts = connection.execute(f"select distinct {column} from {table} where {column} is not null").fetchall()
            for (text,) in texts:
                if (told := for_spreadsheet(text)) != text:
                    connection.execute(
                        f"update {table} set {column} = $told where {column} = $text", {"told": told, "text": text}
                    )
