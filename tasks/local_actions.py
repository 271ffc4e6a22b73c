"""Splits and dividends that a person gives, in `actions.csv` of the home: versions of the source 'local'."""

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from tasks.plan import as_seen
from tasks.replica.writing import writing
from tasks.runs import commit_instant
from tasks.settle import settle_official
from tasks.sources.registry import LOCAL
from warehouse.bars.answers import Event
from warehouse.bars.events import moved
from warehouse.bars.readings import explains
from warehouse.facts.files import Row
from warehouse.facts.market import Facts
from warehouse.facts.reading import read_actions
from warehouse.facts.universe import market_by_form
from warehouse.frames import ACTION_KEY, SPLIT, UNLISTED_ADJUSTMENT, is_among, together
from warehouse.lake.lake import Lake
from warehouse.lake.manifest import DamagedError
from warehouse.lake.schema import ACTIONS
from warehouse.lake.versions import withdraw
from warehouse.rules.decisions import EVENT, put_in
from warehouse.settings import Settings

LOG = logging.getLogger("afterclose")
SAID = [*ACTION_KEY, "value", "currency", "parts", "citation"]


def take_local_actions(lake: Lake, facts: Facts, settings: Settings, run_id: str) -> None:
    """Bring the lake's local events to what `actions.csv` gives; takes the lake's lock only if something changed.

    Where an official evening that has a say in it is damaged, that is left for later: a night goes on without. Raises
    `UsageError` with file and line for what cannot be.
    """
    given = [row | {"citation": row["source"]} for row in read_actions(settings.actions_path)]
    if local_changes(lake, facts, given, settings.clock(), run_id):
        with writing(lake, facts, settings, "actions.csv"):
            tables = local_changes(lake, facts, given, settings.clock(), run_id)
            try:
                settled = _settled(lake.after(tables), facts, settings.clock(), run_id)
            except DamagedError as problem:
                LOG.warning("actions.csv is not taken: %s", problem)
                return
            lake.commit(tables | settled)


def local_changes(lake: Lake, facts: Facts, given: Sequence[Row], now: datetime, run_id: str) -> dict[Path, pa.Table]:
    """What a commit must write so that the lake's local events are those `given` (`SAID`); nothing if they are.

    One takes the place of a vendor's of that day, of the same booked on a neighbouring one, and a split that of the
    adjustment that it was found as. When it is no longer given, what it took the place of counts again, until the
    vendor's next answer says otherwise.
    """
    tables: dict[Path, pa.Table] = {}
    for market in facts.markets.values():
        mine = [row for row in given if market_by_form(row["symbol"]) == market.code]
        stored = lake.read_what_is_left(ACTIONS, market.code)
        current = stored[stored["known_to"].isna() & (stored["source"] == LOCAL)]
        known = set(map(tuple, current[SAID].astype("object").where(current[SAID].notna(), None).to_numpy()))
        fresh = [row for row in mine if tuple(row[name] for name in SAID) not in known]
        gone = current[~is_among(current, pd.DataFrame(mine, columns=ACTION_KEY), ACTION_KEY)]
        if not fresh and gone.empty:
            continue
        instant = commit_instant(lake, market.code, now, [stored])
        rows = withdraw(stored, gone[ACTION_KEY], instant)
        back = _displaced(stored, gone)
        if len(back):
            rows = put_in(rows, back[EVENT], ACTION_KEY, instant, run_id)
        if fresh:
            opened = pd.DataFrame(fresh).assign(source=LOCAL, asked_at=pd.Timestamp(now))[EVENT]
            others = rows[rows["known_to"].isna() & (rows["source"] != LOCAL)]
            rows = withdraw(rows, together(moved(others, opened), _found_as(others, opened)), instant)
            rows = put_in(rows, opened, ACTION_KEY, instant, run_id)
        tables |= lake.changes(ACTIONS, market.code, rows)
    return tables


def _displaced(stored: pd.DataFrame, gone: pd.DataFrame) -> pd.DataFrame:
    """What others said last of the local events that are `gone`, on their days or near them, until those began."""
    began = stored[(stored["source"] == LOCAL) & is_among(stored, gone, ACTION_KEY)]
    others = stored[stored["source"] != LOCAL].sort_values("known_from").drop_duplicates(ACTION_KEY, keep="last")
    ended = others[others["known_to"].isin(began["known_from"])]
    near = together(gone[ACTION_KEY], moved(ended, gone), _found_as(ended, gone))
    ended = ended[is_among(ended, near, ACTION_KEY)]
    kept = stored[stored["known_to"].isna() & ~is_among(stored, gone, ACTION_KEY)]
    return ended[~is_among(ended, kept, ACTION_KEY)]


def _found_as(others: pd.DataFrame, local: pd.DataFrame) -> pd.DataFrame:
    """The adjustments among `others` (symbol, ex_date, kind) that are local splits, before anybody named them so."""
    found = others[others["kind"] == UNLISTED_ADJUSTMENT].merge(
        local[local["kind"] == SPLIT], on="symbol", suffixes=("", "_local")
    )
    is_it = [
        explains(Event(row["ex_date_local"], row["value_local"]), Event(row["ex_date"], row["value"]))
        for row in found.to_dict("records")
    ]
    return found.loc[np.array(is_it, dtype=bool), ACTION_KEY].drop_duplicates()


def _settled(lake: Lake, facts: Facts, now: datetime, run_id: str) -> dict[Path, pa.Table]:
    """What the official evenings of all local events' days say of them: no night looks back as far as a person."""
    tables: dict[Path, pa.Table] = {}
    for market in facts.markets.values():
        rows = lake.read_what_is_left(ACTIONS, market.code)
        days = sorted(set(rows.loc[rows["source"] == LOCAL, "ex_date"]))
        if days:
            tables |= settle_official(lake, as_seen(market, lake), days, now, run_id)
    return tables
