"""What a person decided about a bar, and what it means when the same values come again. Pure functions over frames."""

import hashlib
from datetime import datetime

import pandas as pd

from warehouse.bars.change import price_tolerances
from warehouse.facts.market import Market
from warehouse.frames import KEY, VALUES, beyond
from warehouse.lake.schema import STOCKS
from warehouse.lake.versions import withdraw
from warehouse.rules.trading_state import FLAT_AT_CHANGED_CLOSE

WITHDRAWN = "withdrawn"  # the rule of a bar that passed every rule and that a person took back
STORED = [name for name in STOCKS.schema.names if name not in ("known_from", "known_to", "run_id")]


def as_decided(
    passed: pd.DataFrame, held: pd.DataFrame, decided: pd.DataFrame, market: Market
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Bars that pass and bars that are held, after what was `decided` (the quarantine's rows) about the same values.

    A held bar that a person has released passes; a bar that passes every rule stays out, and is in neither, while a
    withdrawal of the same values stands. A rejected bar needs nothing here: it is held, and its row is there already.
    """
    latest_first = decided[decided["status"] == "released"].sort_values("decided_at", ascending=False)
    is_released = held["id"].isin(latest_first["id"])
    if is_released.any():
        back = as_bars(latest_first[["id"]].merge(held[is_released], on="id"), market)
        passed = pd.concat([passed, back] if len(passed) else [back], ignore_index=True).drop_duplicates(KEY)
    taken_back = decided[(decided["rule"] == WITHDRAWN) & decided["status"].isin(["held", "rejected"])]
    if len(taken_back):
        passed = passed[~same_values(passed, taken_back, market)]
    return passed, held[~is_released]


def same_values(bars: pd.DataFrame, others: pd.DataFrame, market: Market) -> pd.Series:
    """Whether a bar's values are those of one of the `others`, up to what counts as a change."""
    found = bars[KEY].reset_index(names="at").merge(others[[*KEY, *VALUES]], on=KEY)
    mine = bars.loc[found["at"]].set_axis(found.index)
    is_other = beyond(mine, found, price_tolerances(mine, market)).fillna(True).any(axis=1)
    return pd.Series(bars.index.isin(found.loc[~is_other, "at"]), bars.index)


def as_bars(rows: pd.DataFrame, market: Market) -> pd.DataFrame:
    """Held rows as bars with the columns `STORED`; a lake from before they were kept had no `asked_at` and so on."""
    is_flat = (rows["volume"] == 0).fillna(False).astype(bool) & (rows["rule"] != FLAT_AT_CHANGED_CLOSE)
    is_flat &= ~rows["symbol"].isin(market.index_symbols)
    return rows.assign(
        trading_state=is_flat.map({True: "suspended", False: "traded"}),
        asked_at=rows["asked_at"].fillna(rows.get("held_at", rows["asked_at"])),
        split_factor=rows["split_factor"].fillna(1.0),
        basis=rows["basis"].fillna("history"),
    )[STORED]


def put_in(stored: pd.DataFrame, bars: pd.DataFrame, known_from: datetime, run_id: str) -> pd.DataFrame:
    """`stored` versions with `bars` as the current ones of their keys, whatever was current before."""
    closed = withdraw(stored, bars[KEY], known_from)
    opened = bars.assign(known_from=known_from, known_to=None, run_id=run_id)[stored.columns]
    opened["known_to"] = opened["known_to"].astype("datetime64[us, UTC]")
    return pd.concat([closed, opened], ignore_index=True) if len(closed) else opened


def mark(rows: pd.DataFrame, which: pd.Series, status: str, at: datetime, by: str, note: str | None) -> pd.DataFrame:
    """The quarantine with `which` of its rows decided."""
    rows = rows.astype({"decided_at": "datetime64[us, UTC]", "decided_by": "object", "note": "object"})
    rows.loc[which, ["status", "decided_by", "note"]] = [status, by, note]
    rows.loc[which, "decided_at"] = at
    return rows


def withdrawal(version: pd.Series) -> dict[str, object]:
    """The quarantine row of a stored bar that a person takes back: its values and where they came from."""
    wrong = " ".join(f"{name} {version[name]}" for name in [*VALUES, "currency"])
    bar = {name: version[name] for name in STORED if name != "trading_state"}
    what = f"{version['symbol']} {version['trade_date']} {WITHDRAWN}: {wrong}"
    row_id = hashlib.sha256(what.encode()).hexdigest()[:12]
    return bar | {"id": row_id, "rule": WITHDRAWN, "detail": f"{what}; stored by run {version['run_id']}"}
