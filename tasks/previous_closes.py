"""Hong Kong's printed previous closes, held against the closes that were printed before them."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from tasks.quarantine import standing_releases, with_events
from warehouse.bars.evenings import official_rows
from warehouse.bars.official import SAME_PRINT
from warehouse.facts.market import Market
from warehouse.frames import ACTION_KEY, KEY, UNLISTED_ADJUSTMENT, is_among
from warehouse.lake.lake import Lake
from warehouse.lake.schema import ACTIONS, QUARANTINE
from warehouse.lake.versions import next_instant, withdraw
from warehouse.rules.decisions import EVENT
from warehouse.rules.official import OFFICIAL_PREVIOUS_CLOSE_DIFFERS


def settle_previous_closes(
    lake: Lake, market: Market, days: Sequence[date], now: datetime, run_id: str
) -> dict[Path, pa.Table]:
    """Hold as an event, for a person, what a printed previous close shows and no event that we know of explains.

    Only of the market's own stocks, of whose events we are told; of prices that are not said to be adjusted (Hong
    Kong's); and where the source printed the stock's close of the session before. One that an event explains by now is
    closed, and what a person released goes when something else is printed.
    """
    found, checked = _found(lake, market, days)
    if not len(checked):
        return {}
    years = {day.year for day in days}
    kept, stored = lake.read(QUARANTINE, market.code, years), lake.read(ACTIONS, market.code, years)
    now = next_instant(now, stored)
    standing, kept = standing_releases(kept, found, checked, OFFICIAL_PREVIOUS_CLOSE_DIFFERS, now)
    kept = with_events(kept, found, checked, OFFICIAL_PREVIOUS_CLOSE_DIFFERS, now, run_id)
    released = stored[stored["known_to"].isna() & _is_printed(stored, checked)]
    gone = released[is_among(released.rename(columns={"ex_date": "trade_date"}), checked)]
    gone = gone[~is_among(gone, standing, ACTION_KEY)]
    tables = lake.changes(ACTIONS, market.code, withdraw(stored, gone[ACTION_KEY], now)) if len(gone) else {}
    return tables | lake.changes(QUARANTINE, market.code, kept)


def _found(lake: Lake, market: Market, days: Sequence[date]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What is to be held, as events with a rule and its detail; and the printed rows that could be checked."""
    before = {day: market.sessions.back(day, 1) for day in days}
    rows = official_rows(lake, market, {*days, *before.values()}, market.symbols)
    printed = rows[rows["trade_date"].isin(days) & rows["previous_close"].notna() & rows["previous_basis"].isna()]
    closes = rows[["source", *KEY, "close"]].rename(columns={"close": "close_before", "trade_date": "day_before"})
    printed = printed.assign(day_before=printed["trade_date"].map(before))
    checked = printed.merge(closes, on=["source", "symbol", "day_before"]).dropna(subset="close_before")
    is_other = (checked["previous_close"] - checked["close_before"]).abs() >= SAME_PRINT
    actions = lake.read(ACTIONS, market.code, {day.year for day in days})
    actions = actions[actions["known_to"].isna() & ~_is_printed(actions, checked)]
    ex_dates = actions.groupby("symbol")["ex_date"].agg(list).to_dict()
    events = [
        _event(row)
        for row in checked[is_other].to_dict("records")
        if not any(row["day_before"] < day <= row["trade_date"] for day in ex_dates.get(row["symbol"], ()))
    ]
    return pd.DataFrame(events, columns=[*EVENT, "rule", "detail"]), checked


def _is_printed(actions: pd.DataFrame, checked: pd.DataFrame) -> pd.Series:
    """Whether an event is what a person released of a source's own prints."""
    return (actions["kind"] == UNLISTED_ADJUSTMENT) & actions["source"].isin(checked["source"].unique())


def _event(row: dict[Any, Any]) -> dict[str, object]:
    rule, symbol, day = OFFICIAL_PREVIOUS_CLOSE_DIFFERS, row["symbol"], row["trade_date"]
    previous, before = row["previous_close"], row["close_before"]
    detail = (
        f"{symbol} {day} {rule}: {row['source']} has a previous close of {previous:g} after its close of {before:g}, "
        "and no event is known"
    )
    named = {"symbol": symbol, "ex_date": day, "kind": UNLISTED_ADJUSTMENT, "value": round(before / previous, 8)}
    return named | {"source": row["source"], "asked_at": row["asked_at"], "rule": rule, "detail": detail}
