"""Versions: a stored row is never overwritten, a changed answer closes it and opens the next.

A row is valid [known_from, known_to); the current one has no known_to. Pure functions over frames, no clock, no files.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import pandas as pd

from warehouse.frames import beyond, is_among, together


@dataclass(frozen=True)
class Merge:
    """All rows of a dataset's market after a merge, and how many were new and how many replaced another."""

    rows: pd.DataFrame
    added: int
    restated: int


def next_instant(now: datetime, stored: pd.DataFrame) -> datetime:
    """The instant of a commit: `now`, or just after the last stored one where the clock went back."""
    last = stored["known_from"].max() if len(stored) else pd.NaT
    if pd.isna(last) or now > last:
        return now
    later: datetime = (last + pd.Timedelta(microseconds=1)).to_pydatetime()
    return later


def merge(
    stored: pd.DataFrame,
    incoming: pd.DataFrame,
    key: list[str],
    tolerance: dict[str, pd.Series],
    known_from: datetime,
    run_id: str,
    rank: Callable[[str], int],
    last_answers: pd.Series | None = None,
    usual: Mapping[str, str] = MappingProxyType({}),
    basis: str | None = None,
) -> Merge:
    """Take `incoming` (one row a key) into `stored`; both hold the dataset's columns, versions apart.

    A current row is replaced only by an answer asked later, of a source that does not `rank` lower, in which some
    column of `tolerance` differs by more than the tolerance given for it (a value an incoming row), or one of `usual`
    says another thing than before and than what it says of nothing known; or by another source's with another factor in
    the column `basis` (null: 1), for the same numbers are other prices then. `last_answers` (by symbol) says when the
    vendor last answered at all: what it said before that has since been confirmed or mended.
    """
    current = stored.loc[stored["known_to"].isna()]
    is_known = is_among(incoming, current, key)
    known = incoming[is_known]
    found = known[key].merge(current.reset_index(names="at"), on=key, how="left").set_axis(known.index)
    names = list(tolerance)
    is_given = found[names].isna() & known[names].notna()
    allowed = {name: each[is_known] for name, each in tolerance.items()}
    differs = (beyond(known, found, allowed).fillna(False) | is_given).any(axis=1)
    for name, nothing_known in usual.items():
        differs |= known[name].notna() & (known[name] != nothing_known) & (known[name] != found[name])
    if basis:
        # One source's own factor, measured again on other days, is a little other.
        is_other_basis = known[basis].fillna(1.0) != found[basis].fillna(1.0)
        differs |= is_other_basis & (known["source"] != found["source"])
    is_later = known["asked_at"] > found["asked_at"]
    if last_answers is not None:
        is_later &= ~(known["asked_at"] < pd.to_datetime(known["symbol"].map(dict(last_answers)), utc=True))
    ranks = {source: rank(source) for source in {*known["source"], *found["source"]}}
    ranked = [rows["source"].map(ranks).astype("float64") for rows in (known, found)]
    is_restated = differs & is_later & (ranked[0] >= ranked[1])
    is_opened = ~is_known | is_restated.reindex(incoming.index, fill_value=False)
    opened = incoming.loc[is_opened].assign(known_from=known_from, known_to=None, run_id=run_id)
    if opened.empty:
        return Merge(stored, 0, 0)
    closed = stored.copy()
    replaced = found.loc[is_restated, "at"].astype("int64")
    closed["known_to"] = closed["known_to"].astype("datetime64[us, UTC]")
    closed.loc[replaced, "known_to"] = known_from
    opened["known_to"] = opened["known_to"].astype("datetime64[us, UTC]")
    return Merge(together(closed, opened[stored.columns]), int((~is_known).sum()), int(is_restated.sum()))


def withdraw(stored: pd.DataFrame, keys: pd.DataFrame, known_to: datetime) -> pd.DataFrame:
    """Close the current versions of `keys` (a row a key, its columns are the key) with no version after them."""
    rows = stored.copy()
    rows["known_to"] = rows["known_to"].astype("datetime64[us, UTC]")
    rows.loc[rows["known_to"].isna() & is_among(rows, keys, list(keys.columns)), "known_to"] = known_to
    return rows
