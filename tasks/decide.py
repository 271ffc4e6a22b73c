"""What a person does about held bars: release or reject them, or withdraw one that was stored. One commit each."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from tasks.plan import as_seen
from tasks.runs import commit_instant
from tasks.settle import settle_official
from tasks.sources.registry import LOCAL
from warehouse.errors import UsageError
from warehouse.facts.market import Facts, Market
from warehouse.frames import ACTION_KEY, KEY, PRICES, is_among, together
from warehouse.lake.lake import Lake
from warehouse.lake.schema import ACTIONS, DECISIONS, INDICES, QUARANTINE, STOCKS
from warehouse.lake.versions import withdraw
from warehouse.rules.decisions import as_actions, as_bars, mark, put_in, taken_back, with_next_ids, withdrawal

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
        # Of a variable that is not set the shell makes nothing, with which the id of an only row begins.
        found = rows[rows["id"].str.startswith(prefix)] if prefix else rows.iloc[:0]
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
    """Store the bars and events of the chosen rows as current versions; the caller holds the lake's lock.

    Other held rows of the same bar or event are closed. Raises `UsageError` for a row that is no price or no event.
    """
    for row in chosen.to_dict("records"):
        _refuse_decided(row, "released")
        _refuse_impossible(row, decision)
    twice = chosen[chosen.assign(kind=chosen["kind"].fillna("")).duplicated([*KEY, "kind"], keep=False)]
    if len(twice):
        raise UsageError(f"{' and '.join(map(_told, twice.to_dict('records')))} are one bar: release one of them")
    tables: dict[Path, pa.Table] = {}
    for market, rows in _by_market(chosen, decision):
        bars = as_bars(rows[rows["kind"].isna()], market)
        is_index = bars["symbol"].isin(market.index_symbols)
        events = as_actions(rows[rows["kind"].notna()])
        parts = {STOCKS: bars[~is_index], INDICES: bars[is_index], ACTIONS: events}
        stored = {
            dataset: lake.read(dataset, market.code, {day.year for day in part[dataset.year_of]})
            for dataset, part in parts.items()
            if len(part)
        }
        _refuse_given(events, stored.get(ACTIONS, events))
        if STOCKS in stored:
            parts[STOCKS] = together(taken_back(rows, stored[STOCKS]), parts[STOCKS]).drop_duplicates(KEY)
        instant = commit_instant(lake, market.code, decision.now, stored.values())
        for dataset, versions in stored.items():
            changed = put_in(versions, parts[dataset], list(dataset.key), instant, decision.run_id)
            tables |= lake.changes(dataset, market.code, changed)
        tables |= _decided(lake, market.code, rows, "released", instant, decision)
        tables |= _settled(lake.after(tables), market, rows, instant, decision)
    lake.commit(tables)


def _refuse_impossible(row: Row, decision: Decision) -> None:
    if pd.notna(row["kind"]):
        if not row["value"] > 0:
            raise UsageError(f"{_told(row)}: that has no value and cannot be released; give it in actions.csv")
        return
    market = decision.facts.market(row["market"])
    is_before = row["symbol"] in market.index_symbols and row["trade_date"] < market.sessions.dates[0]
    # Before the calendar begins an index's own bars are its sessions.
    if not is_before and market.sessions.on(row["trade_date"]) is None:
        raise UsageError(f"{_told(row)}: {row['market']} has no session on that day; correct the calendar first")
    if not all(row[name] > 0 for name in PRICES):
        raise UsageError(f"{_told(row)}: that is no price and cannot be released; reject it")


def _refuse_given(events: pd.DataFrame, stored: pd.DataFrame) -> None:
    """Raise `UsageError` for an event of which `actions.csv` speaks: the next writer would bring that account back."""
    given = stored[(stored["source"] == LOCAL) & stored["known_to"].isna()] if len(events) else events
    for event in events[is_among(events, given, ACTION_KEY)].to_dict("records"):
        what = f"the {event['kind']} of {event['symbol']} on {event['ex_date']} is given in actions.csv"
        raise UsageError(f"{what}, above every decision: take its row out there, then `afterclose rebuild`")


def reject(lake: Lake, chosen: pd.DataFrame, decision: Decision) -> None:
    """Never store the values of the chosen rows; the caller holds the lake's lock."""
    for row in chosen.to_dict("records"):
        _refuse_decided(row, "rejected")
    tables: dict[Path, pa.Table] = {}
    for market, rows in _by_market(chosen, decision):
        instant = commit_instant(lake, market.code, decision.now)
        tables |= _decided(lake, market.code, rows, "rejected", instant, decision)
    lake.commit(tables)


def hold(lake: Lake, symbol: str, day: date, decision: Decision, event: str | None = None) -> pd.DataFrame:
    """Close the current version of a bar, or of the event of that kind, and keep it as a held row, which is returned.

    The caller holds the lock; raises `UsageError` when there is none.
    """
    for market in decision.markets:
        for dataset in (ACTIONS,) if event else (STOCKS, INDICES):
            stored = lake.read(dataset, market.code, {day.year})
            is_meant = (stored["symbol"] == symbol) & (stored[dataset.year_of] == day) & stored["known_to"].isna()
            found = stored[is_meant & (stored["kind"] == event)] if event else stored[is_meant]
            if found.empty:
                continue
            if event:
                _refuse_given(found, stored)
            instant = commit_instant(lake, market.code, decision.now, [stored])
            row = with_next_ids(
                pd.DataFrame([withdrawal(found.iloc[0])]), lake.read(QUARANTINE, market.code, {day.year})
            )
            row = row.assign(market=market.code, status="held", held_at=instant, run_id=decision.run_id)
            tables = lake.changes(dataset, market.code, withdraw(stored, found[list(dataset.key)], instant))
            tables |= _decided(lake, market.code, row, "held", instant, decision)
            lake.commit(tables | _settled(lake.after(tables), market, row, instant, decision))
            return row
    what = f"{event} of {symbol}" if event else f"bar of {symbol}"
    raise UsageError(f"no {what} is stored on {day}: see `afterclose quarantine list --symbol {symbol}`")


def _settled(
    lake: Lake, market: Market, rows: pd.DataFrame, instant: datetime, decision: Decision
) -> dict[Path, pa.Table]:
    """What the official evenings of the rows' days say of them now: no night looks back as far as a person."""
    return settle_official(lake, as_seen(market, lake), sorted(set(rows["trade_date"])), instant, decision.run_id)


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
    kept = lake.read(QUARANTINE, market_code)
    fresh = rows[~rows["id"].isin(kept["id"])].reindex(columns=kept.columns)
    kept = together(kept, fresh)
    is_meant = kept["id"].isin(rows["id"])
    kept = mark(kept, is_meant, status, instant, decision.by, decision.note)
    if status == "released":
        keys, chosen = (frame.assign(kind=frame["kind"].fillna("")) for frame in (kept, rows))
        others = (kept["status"] == "held") & is_among(keys, chosen, [*KEY, "kind"]) & ~is_meant
        kept = mark(kept, others, "cured", instant, "afterclose", "another row of this bar was released")
    made = rows.assign(
        decision=status, decided_at=instant, decided_by=decision.by, note=decision.note, run_id=decision.run_id
    )[DECISIONS.schema.names]
    return lake.changes(QUARANTINE, market_code, kept) | lake.with_more(DECISIONS, market_code, made)
