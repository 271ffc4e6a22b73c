"""What a person does about held bars: release or reject them, or withdraw one that was stored. One commit each."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from tasks.store import commit_instant
from warehouse.as_traded import PRICES
from warehouse.decisions import KEY, as_bars, mark, put_in, withdrawal
from warehouse.errors import UsageError
from warehouse.lake import Lake
from warehouse.schema import DECIDED, HELD, INDICES, STOCKS
from warehouse.sessions import markets, session_on
from warehouse.universe import indices
from warehouse.versions import withdraw

Row = dict[Hashable, Any]
LIST = "`afterclose quarantine list --status all`"
FROM = {"released": ("held", "rejected"), "rejected": ("held",)}  # decision: the statuses that it can change


@dataclass(frozen=True)
class Decision:
    """Who decides, why and when; `run_id` goes on the versions that come of it."""

    by: str
    note: str | None
    now: datetime
    run_id: str


def named(lake: Lake, prefixes: Sequence[str]) -> pd.DataFrame:
    """The quarantine rows, with their `market`, whose ids begin so; raises `UsageError` unless each names one."""
    rows = _quarantine(lake)
    chosen = []
    for prefix in prefixes:
        found = rows[rows["id"].str.startswith(prefix)]
        if found.empty:
            raise UsageError(f"no quarantine row {prefix!r}: see {LIST}")
        if len(found) > 1:
            raise UsageError(f"{prefix!r} begins several ids, write more of it: {', '.join(sorted(found['id'])[:5])}")
        chosen.append(found)
    return pd.concat(chosen).drop_duplicates("id")


def matching(lake: Lake, **wanted: object) -> pd.DataFrame:
    """The held rows, with their `market`, that have every value wanted (None: any); raises `UsageError` for none."""
    rows = _quarantine(lake)
    rows = rows[rows["status"] == "held"]
    asked = {name: value for name, value in wanted.items() if value is not None}
    for name, value in asked.items():
        rows = rows[rows[name] == value]
    if rows.empty:
        what = ", ".join(f"{name} {value}" for name, value in asked.items())
        raise UsageError(f"nothing is held for {what}: see {LIST}")
    return rows


def release(lake: Lake, chosen: pd.DataFrame, decision: Decision) -> None:
    """Store the bars of the chosen rows as current versions; the caller holds the lake's lock.

    Other held rows of the same bar are closed. Raises `UsageError` for a row that is no price.
    """
    for row in chosen.to_dict("records"):
        _refuse_decided(row, "released")
        if session_on(row["market"], row["trade_date"]) is None:
            raise UsageError(f"{_told(row)}: {row['market']} has no session on that day; correct the calendar first")
        if not all(row[name] > 0 for name in PRICES):
            raise UsageError(f"{_told(row)}: that is no price and cannot be released; reject it")
    twice = chosen[chosen.duplicated(KEY, keep=False)]
    if len(twice):
        raise UsageError(f"{' and '.join(map(_told, twice.to_dict('records')))} are one bar: release one of them")
    tables: dict[Path, pa.Table] = {}
    for market, rows in _by_market(chosen):
        instant = commit_instant(lake, market, decision.now)
        bars = as_bars(rows, market)
        is_index = bars["symbol"].isin([index.symbol for index in indices(market)])
        for dataset, part in ((STOCKS, bars[~is_index]), (INDICES, bars[is_index])):
            stored = lake.read(dataset, market, {day.year for day in part["trade_date"]})
            if len(part):
                tables |= lake.changes(dataset, market, put_in(stored, part, instant, decision.run_id))
        tables |= _decided(lake, market, rows, "released", instant, decision)
    lake.commit(tables)


def reject(lake: Lake, chosen: pd.DataFrame, decision: Decision) -> None:
    """Never store the values of the chosen rows; the caller holds the lake's lock."""
    for row in chosen.to_dict("records"):
        _refuse_decided(row, "rejected")
    tables: dict[Path, pa.Table] = {}
    for market, rows in _by_market(chosen):
        tables |= _decided(lake, market, rows, "rejected", commit_instant(lake, market, decision.now), decision)
    lake.commit(tables)


def hold(lake: Lake, symbol: str, day: date, decision: Decision) -> pd.DataFrame:
    """Close the current version of a bar and keep it as a held row, which is returned; the caller holds the lock."""
    for market in markets():
        for dataset in (STOCKS, INDICES):
            stored = lake.read(dataset, market, {day.year})
            bar = stored[(stored["symbol"] == symbol) & (stored["trade_date"] == day) & stored["known_to"].isna()]
            if bar.empty:
                continue
            instant = commit_instant(lake, market, decision.now)
            row = pd.DataFrame([withdrawal(bar.iloc[0])]).assign(
                market=market, status="held", held_at=instant, run_id=decision.run_id
            )
            tables = lake.changes(dataset, market, withdraw(stored, bar[KEY], instant))
            lake.commit(tables | _decided(lake, market, row, "held", instant, decision))
            return row
    raise UsageError(f"no bar of {symbol} is stored on {day}: see `afterclose quarantine list --symbol {symbol}`")


def _quarantine(lake: Lake) -> pd.DataFrame:
    frames = [lake.read(HELD, market).assign(market=market) for market in markets()]
    return pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)


def _by_market(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for market in markets():
        mine = rows[rows["market"] == market]
        if len(mine):
            yield market, mine


def _refuse_decided(row: Row, decision: str) -> None:
    if row["status"] in FROM[decision]:
        return
    who = f" by {row['decided_by']} at {row['decided_at']:%Y-%m-%d %H:%M} UTC" if row["status"] != "warned" else ""
    back = f"; to take its bar back: `afterclose quarantine hold {row['symbol']} {row['trade_date']}`"
    raise UsageError(f"{_told(row)} is {row['status']} already{who}{back if decision == 'rejected' else ''}")


def _told(row: Row) -> str:
    return f"{row['id']} ({row['symbol']} {row['trade_date']} {row['rule']})"


def _decided(
    lake: Lake, market: str, rows: pd.DataFrame, status: str, instant: datetime, decision: Decision
) -> dict[Path, pa.Table]:
    """The quarantine with the rows as decided, and the decisions with these after the earlier ones."""
    kept, before = lake.read(HELD, market), lake.read(DECIDED, market)
    fresh = rows[~rows["id"].isin(kept["id"])].reindex(columns=kept.columns)
    kept = pd.concat([frame for frame in (kept, fresh) if len(frame)], ignore_index=True)
    is_meant = kept["id"].isin(rows["id"])
    kept = mark(kept, is_meant, status, instant, decision.by, decision.note)
    if status == "released":
        same_bar = pd.MultiIndex.from_frame(kept[KEY]).isin(pd.MultiIndex.from_frame(rows[KEY]))
        others = (kept["status"] == "held") & same_bar & ~is_meant
        kept = mark(kept, others, "cured", instant, "afterclose", "another row of this bar was released")
    made = rows.assign(
        decision=status, decided_at=instant, decided_by=decision.by, note=decision.note, run_id=decision.run_id
    )[before.columns]
    history = pd.concat([before, made], ignore_index=True) if len(before) else made
    return lake.changes(HELD, market, kept) | lake.changes(DECIDED, market, history)
