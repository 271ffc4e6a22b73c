"""Rows for the quarantine: bars and events that are held, and what is stored with a warning."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from warehouse.frames import ACTION_KEY, BAR, is_among, together
from warehouse.rules.decisions import EXPLAINED, REPLACED, mark, with_next_ids
from warehouse.rules.judge import describe, values_of

OF_AN_EVENT = ["kind", "value", "parts"]
TEXT = ["currency", "basis", "kind", "parts", "time_zone", "rule", "detail"]
SAME_RATIO = 1e-6
FOR_A_VERSION = ["asked_at", "split_factor", "basis", "fill_factor"]  # what a release needs


def held_rows(held: Sequence[pd.DataFrame], warned: Sequence[pd.DataFrame], source: str) -> pd.DataFrame:
    """A row each, with its `status` and an `id`: a hash of what was wrong, so the same values make the same row.

    The frames have symbol, trade_date, rule and detail, and a bar's or an event's own columns; `source` is of those
    that do not say.
    """
    rows = pd.concat(
        [together(*held).assign(status="held"), together(*warned).assign(status="warned")], ignore_index=True
    )
    rows = rows.reindex(columns=[*BAR, *FOR_A_VERSION, *OF_AN_EVENT, "time_zone", "rule", "detail", "status", "source"])
    ids = [
        hashlib.sha256(f"{row['symbol']} {row['trade_date']} {row['rule']} {_what(row)}".encode()).hexdigest()[:12]
        for _, row in rows.iterrows()
    ]
    numbers = dict.fromkeys(("value", "fill_factor"), "float64")
    rows = rows.astype({"asked_at": "datetime64[us, UTC]"} | numbers | dict.fromkeys(TEXT, "object"))
    source_of = rows["source"].astype("object").fillna(source)
    return rows.assign(id=pd.Series(ids, rows.index, dtype="object"), source=source_of).drop_duplicates("id")


def newly_held(rows: pd.DataFrame, kept: pd.DataFrame, now: datetime, run_id: str) -> pd.DataFrame:
    """The rows whose ids the quarantine has not, as it will have them: held since `now`, decided on by nobody."""
    fresh = rows[~rows["id"].isin(kept["id"])]
    return fresh.assign(held_at=now, decided_at=None, decided_by=None, note=None, run_id=run_id)[kept.columns]


def with_events(
    kept: pd.DataFrame, events: pd.DataFrame, checked: pd.DataFrame, rule: str, now: datetime, run_id: str
) -> pd.DataFrame:
    """The quarantine with the events that a rule of official evenings finds.

    What it found before of the keys that were `checked`, and finds no more, is closed, and held anew if found again.
    """
    rows = events.rename(columns={"ex_date": "trade_date"})
    rows = held_rows([rows.drop(columns="source")], [rows[:0]], "").assign(source=rows["source"].to_numpy())
    rows = with_next_ids(rows, kept)
    is_open = (kept["rule"] == rule) & (kept["status"] == "held") & is_among(kept, checked)
    is_over = is_open & ~kept["id"].isin(rows["id"])
    fresh = newly_held(rows, kept, now, run_id)
    return together(mark(kept, is_over, "cured", now, "afterclose", EXPLAINED), fresh)


def standing_releases(
    kept: pd.DataFrame, told: pd.DataFrame, checked: pd.DataFrame, rule: str, now: datetime
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The released events of a rule of official evenings that are `told` with the same value, and the quarantine.

    A person released that account: of another one, or of none, they have said nothing, and the row is closed.
    """
    released = kept[(kept["rule"] == rule) & (kept["status"] == "released")].rename(columns={"trade_date": "ex_date"})
    standing = same_ratios(released, told)
    is_over = kept["id"].isin(released["id"]) & is_among(kept, checked) & ~kept["id"].isin(standing["id"])
    return standing, mark(kept, is_over, "cured", now, "afterclose", REPLACED)


def same_ratios(events: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """The events that are told with the same value."""
    known = events.merge(told[[*ACTION_KEY, "value"]], on=ACTION_KEY, suffixes=("", "_now"))
    return known[(known["value"] / known["value_now"] - 1).abs() < SAME_RATIO]


def _what(row: pd.Series) -> str:
    """What was wrong: the bar's or the event's values, or where there are none what was said of it."""
    if pd.notna(row["kind"]):
        return f"{row['kind']} {row['value']} {row['currency']}" if pd.notna(row["value"]) else str(row["detail"])
    has_values = pd.notna(row["close"]) or pd.notna(row["open"])
    return values_of(row) if has_values else str(row["detail"])


def warned_bars(bars: pd.DataFrame) -> pd.DataFrame:
    """A row a warning of a bar that is stored all the same."""
    each = bars[(bars["warnings"].str.len() > 0) & bars["rule"].isna()].explode("warnings")
    each["rule"] = each["warnings"]
    each["detail"] = [describe(bar, bar["rule"]) for _, bar in each.iterrows()]
    return each[[*BAR, "time_zone", "asked_at", "source", "fill_factor", "rule", "detail"]]
