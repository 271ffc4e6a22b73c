"""What a person does about held bars: release or reject them, or withdraw one that was stored. One commit each."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from tasks.store import commit_instant
from warehouse.errors import UsageError
from warehouse.facts.market import Facts, Market
from warehouse.frames import KEY, PRICES, is_among, together
from warehouse.lake.lake import Lake
from warehouse.lake.schema import DECISIONS, INDICES, QUARANTINE, STOCKS
from warehouse.lake.versions import withdraw
from warehouse.rules.decisions import as_bars, mark, put_in, withdrawal

Row = dict[Hashable, Any]
LIST = "`afterclose quarantine list --status all`"
FROM = {"released": ("held", "rejected"), "rejected": ("held",)}  # decision: the statuses that it can change


@dataclass(frozen=True)
class Decision:
    """Who decides, why and when, by which facts; `run_id` goes on the versions that come of it."""

    by: str
    note: str | None
    now: datetime
    run_id: str
    facts: Facts

    @property
    def markets(self) -> list[Market]:
        """Every market."""
        return list(self.facts.markets.values())


def named(lake: Lake, prefixes: Sequence[str], decision: Decision) -> pd.DataFrame:
    """The quarantine rows, with their `market`, whose ids begin so; raises `UsageError` unless each names one."""
    rows = _quarantine(lake, decision)
    chosen = []
    for prefix in prefixes:
        found = rows[rows["id"].str.startswith(prefix)]
        if found.empty:
            raise UsageError(f"no quarantine row {prefix!r}: see {LIST}")
        if len(found) > 1:
            raise UsageError(f"{prefix!r} begins several ids, write more of it: {', '.join(sorted(found['id'])[:5])}")
        chosen.append(found)
    return pd.concat(chosen).drop_duplicates("id")


def matching(lake: Lake, decision: Decision, **wanted: object) -> pd.DataFrame:
    """The held rows, with their `market`, that have every value wanted (None: any); raises `UsageError` for none."""
    rows = _quarantine(lake, decision)
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
        if decision.facts.market(row["market"]).sessions.on(row["trade_date"]) is None:
            raise UsageError(f"{_told(row)}: {row['market']} has no session on that day; correct the calendar first")
        if not all(row[name] > 0 for name in PRICES):
            raise UsageError(f"{_told(row)}: that is no price and cannot be released; reject it")
    twice = chosen[chosen.duplicated(KEY, keep=False)]
    if len(twice):
        raise UsageError(f"{' and '.join(map(_told, twice.to_dict('records')))} are one bar: release one of them")
    tables: dict[Path, pa.Table] = {}
    for market, rows in _by_market(chosen, decision):
        instant = commit_instant(lake, market.code, decision.now)
        bars = as_bars(rows, market)
        is_index = bars["symbol"].isin(market.index_symbols)
        for dataset, part in ((STOCKS, bars[~is_index]), (INDICES, bars[is_index])):
            stored = lake.read(dataset, market.code, {day.year for day in part["trade_date"]})
            if len(part):
                tables |= lake.changes(dataset, market.code, put_in(stored, part, instant, decision.run_id))
        tables |= _decided(lake, market.code, rows, "released", instant, decision)
    lake.commit(tables)


def reject(lake: Lake, chosen: pd.DataFrame, decision: Decision) -> None:
    """Never store the values of the chosen rows; the caller holds the lake's lock."""
    for row in chosen.to_dict("records"):
        _refuse_decided(row, "rejected")
    tables: dict[Path, pa.Table] = {}
    for market, rows in _by_market(chosen, decision):
        instant = commit_instant(lake, market.code, decision.now)
        tables |= _decided(lake, market.code, rows, "rejected", instant, decision)
    lake.commit(tables)


def hold(lake: Lake, symbol: str, day: date, decision: Decision) -> pd.DataFrame:
    """Close the current version of a bar and keep it as a held row, which is returned; the caller holds the lock."""
    for market in decision.markets:
        for dataset in (STOCKS, INDICES):
            stored = lake.read(dataset, market.code, {day.year})
            bar = stored[(stored["symbol"] == symbol) & (stored["trade_date"] == day) & stored["known_to"].isna()]
            if bar.empty:
                continue
            instant = commit_instant(lake, market.code, decision.now)
            row = pd.DataFrame([withdrawal(bar.iloc[0])]).assign(
                market=market.code, status="held", held_at=instant, run_id=decision.run_id
            )
            tables = lake.changes(dataset, market.code, withdraw(stored, bar[KEY], instant))
            lake.commit(tables | _decided(lake, market.code, row, "held", instant, decision))
            return row
    raise UsageError(f"no bar of {symbol} is stored on {day}: see `afterclose quarantine list --symbol {symbol}`")


def _quarantine(lake: Lake, decision: Decision) -> pd.DataFrame:
    return together(*(lake.read(QUARANTINE, market.code).assign(market=market.code) for market in decision.markets))


def _by_market(rows: pd.DataFrame, decision: Decision) -> Iterator[tuple[Market, pd.DataFrame]]:
    for market in decision.markets:
        mine = rows[rows["market"] == market.code]
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
    lake: Lake, market_code: str, rows: pd.DataFrame, status: str, instant: datetime, decision: Decision
) -> dict[Path, pa.Table]:
    """The quarantine with the rows as decided, and the decisions with these after the earlier ones."""
    kept, before = lake.read(QUARANTINE, market_code), lake.read(DECISIONS, market_code)
    fresh = rows[~rows["id"].isin(kept["id"])].reindex(columns=kept.columns)
    kept = together(kept, fresh)
    is_meant = kept["id"].isin(rows["id"])
    kept = mark(kept, is_meant, status, instant, decision.by, decision.note)
    if status == "released":
        others = (kept["status"] == "held") & is_among(kept, rows) & ~is_meant
        kept = mark(kept, others, "cured", instant, "afterclose", "another row of this bar was released")
    made = rows.assign(
        decision=status, decided_at=instant, decided_by=decision.by, note=decision.note, run_id=decision.run_id
    )[before.columns]
    return lake.changes(QUARANTINE, market_code, kept) | lake.changes(DECISIONS, market_code, together(before, made))
