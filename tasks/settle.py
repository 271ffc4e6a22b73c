"""What follows from official evenings for what is stored already: bars of no volume, references, previous closes."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from tasks.heed import hear, with_settled
from tasks.previous_closes import settle_previous_closes
from tasks.quarantine import newly_held, same_ratios, standing_releases, with_events
from warehouse.bars.evenings import official_rows
from warehouse.facts.market import Market
from warehouse.frames import ACTION_KEY, DIVIDEND, KEY, UNLISTED_ADJUSTMENT, is_among, together
from warehouse.lake.lake import Lake
from warehouse.lake.schema import ACTIONS, OFFICIAL, QUARANTINE, STOCKS
from warehouse.lake.versions import next_instant, withdraw
from warehouse.rules.decisions import EVENT, WITHDRAWN, as_actions, put_in, same_events
from warehouse.rules.official import HALF_FEN, OFFICIAL_REFERENCE_DIFFERS, reference_of

Tables = dict[Path, pa.Table]


def settle_official(lake: Lake, market: Market, days: Sequence[date], instant: datetime, run_id: str) -> Tables:
    """What a commit must write so that these days are stored as the official evenings say; nothing if they are.

    The session after each is looked at too: what it is measured from is a close of these days. It belongs into the
    commit of what it follows from: of old days nobody would ask again.
    """
    tables: Tables = {}
    if not lake.files(OFFICIAL, market.code):
        return tables
    days = market.sessions.with_next(days)
    for settle in (settle_untraded, settle_references, settle_previous_closes):
        tables |= settle(lake.after(tables), market, days, instant, run_id)
    return tables


def settle_untraded(lake: Lake, market: Market, days: Sequence[date], now: datetime, run_id: str) -> Tables:
    """Held flat bars pass where nobody dealt; stored ones whose stock has dealt are taken back, and owed again."""
    years = {day.year for day in days}
    kept, stored = lake.read(QUARANTINE, market.code, years), lake.read(STOCKS, market.code, years)
    flat = stored[stored["known_to"].isna() & stored["trade_date"].isin(days) & (stored["trading_state"] != "traded")]
    held, now = kept[kept["trade_date"].isin(days)], next_instant(now, stored)
    tables: Tables = {}
    for source, bars in _by_source(flat, held):
        heard = hear(lake, market, held[held["source"] == source], bars, source)
        if heard is None or (heard.passing.empty and heard.refused.empty):
            continue
        if len(heard.refused):
            stored = withdraw(stored, heard.refused[KEY], now)
            kept = together(kept, newly_held(heard.refused, kept, now, run_id))
        if len(heard.bars):
            stored = put_in(stored, heard.bars, list(STOCKS.key), now, run_id)
            kept = with_settled(kept, heard.passing, now, run_id)
        tables = lake.changes(STOCKS, market.code, stored) | lake.changes(QUARANTINE, market.code, kept)
    return tables


def _by_source(flat: pd.DataFrame, held: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    sources = sorted({*flat["source"], *held.loc[held["status"] == "held", "source"]})
    return [(source, flat[flat["source"] == source]) for source in sources]


def settle_references(lake: Lake, market: Market, days: Sequence[date], now: datetime, run_id: str) -> Tables:
    """Book, as adjustments of the official source, what its reference prices show and no event of ours explains.

    One that an event of a vendor explains by now is withdrawn; where both give another account, the official one is
    held. Only prices that the source states to be adjusted say so: the mainland's.
    """
    found, checked = _found(lake, market, days, now)
    if not len(checked):
        return {}
    years = {day.year for day in days}
    kept, stored = lake.read(QUARANTINE, market.code, years), lake.read(ACTIONS, market.code, years)
    current, now = stored[stored["known_to"].isna()], next_instant(now, stored)
    ours = current[(current["kind"] == UNLISTED_ADJUSTMENT) & current["source"].isin(checked["source"].unique())]
    booked = found[found["rule"].isna()]
    taken_back = kept[(kept["rule"] == WITHDRAWN) & kept["kind"].notna() & kept["status"].isin(["held", "rejected"])]
    booked = booked[~same_events(booked, as_actions(taken_back))] if len(taken_back) else booked
    told = found[found["rule"].notna()]
    standing, kept = standing_releases(kept, told, checked, OFFICIAL_REFERENCE_DIFFERS, now)
    is_checked = is_among(ours.rename(columns={"ex_date": "trade_date"}), checked)
    gone = ours[is_checked & ~is_among(ours, together(booked[ACTION_KEY], standing[ACTION_KEY]), ACTION_KEY)]
    fresh = booked[~is_among(booked, same_ratios(ours, booked), ACTION_KEY)]
    tables: Tables = {}
    if len(gone) or len(fresh):
        rows = withdraw(stored, gone[ACTION_KEY], now)
        rows = put_in(rows, fresh[EVENT], ACTION_KEY, now, run_id) if len(fresh) else rows
        tables |= lake.changes(ACTIONS, market.code, rows)
    kept = with_events(kept, told, checked, OFFICIAL_REFERENCE_DIFFERS, now, run_id)
    return tables | lake.changes(QUARANTINE, market.code, kept)


def _found(lake: Lake, market: Market, days: Sequence[date], now: datetime) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What is to be booked and (with a `rule`) held; and the keys that could be checked, with their source."""
    sessions = {day: market.sessions.back(day, 1) for day in days}
    official = official_rows(lake, market, {*days, *sessions.values()}, market.symbols)
    stated = official[official["trade_date"].isin(days) & (official["previous_basis"] == "adjusted")]
    empty = pd.DataFrame(columns=[*EVENT, "rule", "detail"])
    if stated.empty:
        return empty, stated
    years = {day.year for pair in sessions.items() for day in pair}
    stored = lake.read(STOCKS, market.code, years)
    stored = stored[stored["known_to"].isna()]
    closes = dict(zip(zip(stored["symbol"], stored["trade_date"], strict=True), stored["close"], strict=True))
    dealt = stored[stored["trading_state"] == "traded"]
    dealt_at = dict(zip(zip(dealt["symbol"], dealt["trade_date"], strict=True), dealt["close"], strict=True))
    prints = {(row["source"], row["symbol"], row["trade_date"]): row["close"] for row in official.to_dict("records")}
    actions = lake.read(ACTIONS, market.code, years)
    events_of: dict[str, list[dict[Any, Any]]] = {}
    for action in actions[actions["known_to"].isna()].to_dict("records"):
        events_of.setdefault(action["symbol"], []).append(action)
    rows, checked = [], []
    for row in stated.to_dict("records"):
        symbol, day, source = row["symbol"], row["trade_date"], row["source"]
        before = sessions[day]
        close = closes.get((symbol, before))
        if close is None or before == day:
            continue
        checked.append(row)
        events = [
            (event["ex_date"], event["kind"], event["value"])
            for event in events_of.get(symbol, [])
            if before < event["ex_date"] <= day
            and not (event["kind"] == UNLISTED_ADJUSTMENT and event["source"] == source)
        ]
        printed = prints.get((source, symbol, before))
        printed = None if pd.isna(printed) else printed
        what, computed = reference_of(close, printed, row["previous_close"], events)
        # A line of another stock, or of another day, is no account of this one's reference price.
        ours = dealt_at.get((symbol, day)) if what == "booked" and row["state"] == "traded" else None
        other = ours if ours is not None and abs(ours - row["close"]) >= HALF_FEN else None
        if what in ("booked", "held"):
            is_held = what == "held" or other is not None
            rows.append(_event(row, close, printed, computed, events, is_held, other))
    found = pd.DataFrame(rows, columns=empty.columns) if rows else empty
    return found, pd.DataFrame(checked, columns=stated.columns)


def _event(
    row: dict[Any, Any],
    close: float,
    printed: float | None,
    computed: float,
    events: Sequence[tuple[date, str, float]],
    is_held: bool,
    other: float | None,
) -> dict[str, object]:
    """The adjustment that, beside the `events` that stay, gives the official reference price.

    `other` is our close of the day itself where the source prints another one.
    """
    symbol, day, source, previous = row["symbol"], row["trade_date"], row["source"], row["previous_close"]
    # A dividend with its ex-date is per share after it.
    paid = sum(value for ex_date, kind, value in events if kind == DIVIDEND and ex_date == day)
    value = round((computed + paid) / (previous + paid), 8)
    beside = f"; released, an adjustment of {value:g} stands beside them" if events else ""
    beside += f"; that day closed at {row['close']:.2f} by {source}, and at {other:.2f} by us" if other else ""
    detail = (
        f"{symbol} {day} {OFFICIAL_REFERENCE_DIFFERS}: a reference price of {computed:.2f} by our close of {close:.2f} "
        f"and our events, {previous:.2f} by {source} after a close of {printed or float('nan'):.2f}{beside}"
    )
    return {
        "symbol": symbol,
        "ex_date": day,
        "kind": UNLISTED_ADJUSTMENT,
        "value": value,
        "currency": None,
        "parts": None,
        "citation": None,
        "source": source,
        "asked_at": row["asked_at"],
        "rule": OFFICIAL_REFERENCE_DIFFERS if is_held else None,
        "detail": detail if is_held else None,
    }
