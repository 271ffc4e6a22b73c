"""Official evenings in the lake: their lines by version, what is only counted, and what was answered."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.bars.official import OfficialAnswer, is_counted, rows_of
from warehouse.facts.market import Market
from warehouse.frames import is_among, together
from warehouse.lake.lake import Lake
from warehouse.lake.lines import LINES
from warehouse.lake.schema import OFFICIAL, OFFICIAL_ANSWERS, OFFICIAL_TOTALS, Dataset

KNOWN = ("known_from", "known_to", "run_id", "asked_at")  # what tells versions of the same values apart


def with_evening(
    lake: Lake, market: Market, good: Sequence[tuple[OfficialAnswer, str]], instant: datetime, run_id: str
) -> dict[Path, pa.Table]:
    """What a commit must write so that the lake has these answers, each with its vendor's authority.

    A line whose values are stored already stays; other values are a new version. A line that is no more among those of
    an evening is left as it is.
    """
    lines, totals = [], []
    for answer, authority in good:
        stamp = {"source": answer.source, "asked_at": answer.asked_at, "known_from": instant, "run_id": run_id}
        rows, counted_only = rows_of(answer.lines), answer.lines.filter(is_counted(answer.lines))
        stamped = {"board": answer.board, "authority": authority} | stamp
        lines += [row | stamped | {"known_to": None} for row in rows.to_pylist()]
        whole = {"trade_date": answer.trade_date, "board": answer.board, "known_to": None} | stamp
        totals += [whole | counted for counted in _counted(counted_only)]
    tables: dict[Path, pa.Table] = {}
    for dataset, given in ((OFFICIAL, lines), (OFFICIAL_TOTALS, totals)):
        if given:
            tables |= _changed(lake, dataset, market, pa.Table.from_pylist(given, dataset.schema), instant)
    return tables


def _counted(lines: pa.Table) -> list[dict[str, Any]]:
    """How many lines of a kind and currency there are, how many of them traded, and the money."""
    lines = lines.append_column("lines", pa.array([1] * len(lines), pa.int32()))
    lines = lines.append_column("traded", pc.cast(pc.equal(lines["state"], "traded"), pa.int32()))
    lines = lines.set_column(lines.column_names.index("currency"), "currency", pc.fill_null(lines["currency"], ""))
    sums = lines.group_by(["kind", "currency"]).aggregate([(name, "sum") for name in ("lines", "traded", "turnover")])
    names = {f"{name}_sum": name for name in ("lines", "traded", "turnover")}
    rows = sums.rename_columns([names.get(name, name) for name in sums.column_names]).to_pylist()
    return [row | {"turnover": row["turnover"] or 0.0} for row in rows]


def _changed(lake: Lake, dataset: Dataset, market: Market, given: pa.Table, instant: datetime) -> dict[Path, pa.Table]:
    cuts = {dataset.cut_of(day) for day in given["trade_date"].unique().to_pylist()}
    stored = lake.read(dataset, market.code, cuts)
    key = list(dataset.key)
    values = [name for name in dataset.schema.names if name not in KNOWN]
    fresh = given.to_pandas(date_as_object=True)[stored.columns].astype(stored.dtypes.to_dict())
    current = stored[stored["known_to"].isna()]
    both = fresh[values].reset_index(names="at").merge(current[values], on=values, how="inner")
    fresh = fresh.drop(index=both["at"])  # equal to the last digit and null for null
    at = is_among(current, fresh, key)
    stored = stored.astype({"known_to": "datetime64[us, UTC]"})
    stored.loc[current.index[at], "known_to"] = instant
    return lake.changes(dataset, market.code, together(stored, fresh)) if len(fresh) else {}


def last_lines(lake: Lake, market: Market, source: str, before: date) -> pa.Table:
    """The current lines (schema `LINES`) of the last stored evening of a source before a day; none where none is."""
    for path in reversed(lake.files(OFFICIAL, market.code)):
        if path.parent.name.removeprefix("month=") > OFFICIAL.cut_of(before):
            continue
        rows = _lines(lake, path)
        rows = _current(rows, pc.less(rows["trade_date"], pa.scalar(before, pa.date32())), source)
        if len(rows):
            last = pc.equal(rows["trade_date"], pc.max(rows["trade_date"]))
            return rows.filter(last).select(LINES.names)
    return LINES.empty_table()


def official_rows(lake: Lake, market: Market, days: Collection[date], symbols: Collection[str]) -> pd.DataFrame:
    """The current official rows of some symbols on some days, those in doubt left out."""
    parts = [OFFICIAL.schema.empty_table()]
    wanted = {OFFICIAL.cut_of(day) for day in days}
    for path in lake.files(OFFICIAL, market.code):
        if path.parent.name.removeprefix("month=") in wanted:
            rows = _lines(lake, path)
            is_meant = pc.and_(
                pc.is_in(rows["trade_date"], pa.array(sorted(days), pa.date32())),
                pc.and_(pc.is_in(rows["symbol"], pa.array(sorted(symbols), pa.string())), pc.is_null(rows["doubt"])),
            )
            parts.append(_current(rows, is_meant))
    frame: pd.DataFrame = pa.concat_tables(parts).to_pandas(date_as_object=True)
    return frame


def _lines(lake: Lake, path: Path) -> pa.Table:
    table = lake.table(path, OFFICIAL)
    return OFFICIAL.schema.empty_table() if table is None else table


def _current(rows: pa.Table, which: Any, source: str | None = None) -> pa.Table:
    which = pc.and_(which, pc.is_null(rows["known_to"]))
    return rows.filter(pc.and_(which, pc.equal(rows["source"], source)) if source else which)


def answer_row(answer: OfficialAnswer, run_id: str) -> dict[str, object]:
    """An answer as a row of `OFFICIAL_ANSWERS`."""
    told = {"lines": len(answer.lines), "unread": "\n".join(answer.unread) or None, "run_id": run_id}
    row = vars(answer) | told
    return {name: row[name] for name in OFFICIAL_ANSWERS.schema.names}
