"""Step 4, store: merge what passed into the lake's versions and commit it, with what was held and what was asked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa

from tasks.heed import Heeded, heeding_official, with_settled
from tasks.holding import heeding_decisions, held_after
from tasks.runs import NOTHING, Run, Stored, commit_instant, record
from tasks.sources.registry import rank_of
from tasks.validate import Checked
from warehouse.bars.answers import Answer, Heard
from warehouse.bars.change import price_tolerances
from warehouse.bars.proof import disproved
from warehouse.frames import ACTION_KEY, KEY, is_among, together
from warehouse.lake.lake import Lake
from warehouse.lake.schema import ACTIONS, ANSWERS, FILLS, INDICES, OPINIONS, QUARANTINE, STOCKS, Dataset
from warehouse.lake.versions import Merge, merge, withdraw
from warehouse.rules.decisions import SAME_AMOUNT

COMPARED = ["first_source", "first_close", "second_close", "finding"]


def store(
    lake: Lake,
    run: Run,
    answers: Sequence[Answer | Heard],
    checked: Checked,
    now: datetime,
    comparisons: pd.DataFrame | None = None,
    before: Stored = NOTHING,
    fills: Sequence[pd.DataFrame] = (),
) -> Stored:
    """The commit of a run, the last one after its parts; the caller holds the lake's lock.

    Storing the same again changes no price, action or held row. `comparisons` are other vendors' closes beside the
    first's, `fills` what came of asking them (`Filled.asked`), `before` is what the run's parts have changed; both
    together are returned and recorded.
    """
    tables, stored, now = _part(lake, run, checked, now)
    stored += before
    if comparisons is not None and len(comparisons):
        tables |= _compared(lake, run, comparisons)
    if fills:
        asked = together(*fills).assign(run_id=run.run_id)[FILLS.schema.names]
        tables |= lake.with_more(FILLS, run.window.market.code, asked)
    tables |= record(lake, run, answers, checked.named, stored, now, "stored", None)
    lake.commit(tables)
    return stored


def store_part(lake: Lake, run: Run, checked: Checked, now: datetime, before: Stored = NOTHING) -> Stored:
    """A commit of some years of a run that has more to store; as `store`, but nothing says yet that it ran."""
    tables, stored, _ = _part(lake, run, checked, now)
    lake.commit(tables)
    return before + stored


def _part(lake: Lake, run: Run, checked: Checked, now: datetime) -> tuple[dict[Path, pa.Table], Stored, datetime]:
    """What a commit of what was checked must write, what that changes, and the instant of the commit."""
    market = run.window.market
    checked, heeded = heeding_official(lake, market, checked, run.source)
    checked = heeding_decisions(lake, run, checked)
    found = {STOCKS: checked.stocks, INDICES: checked.indices, ACTIONS: checked.actions}
    days = {dataset: set(rows[dataset.year_of].unique()) for dataset, rows in found.items()}
    days[ACTIONS] |= set(checked.withdrawn["ex_date"])
    days[STOCKS] |= set(heeded.refused["trade_date"]) if heeded else set()
    # What lies before them stays as it is, and is most of a year.
    first = {dataset: min(days[dataset], default=None) for dataset in found}
    kept = {
        dataset: lake.read(dataset, market.code, {day.year for day in days[dataset]}, first[dataset])
        for dataset in found
    }
    now = commit_instant(lake, market.code, now, kept.values())
    last_answers = _last_answers(
        lake, market.code, together(*(rows[["asked_at"]] for rows in found.values()))["asked_at"]
    )
    merges: dict[Dataset, Merge] = {}
    for dataset, rows in found.items():
        tolerance = (
            {"value": pd.Series(SAME_AMOUNT, rows.index)} if dataset is ACTIONS else price_tolerances(rows, market)
        )
        # What says no currency is taken to be in that of the prices; an amount in another one counts for nothing.
        usual = {"currency": market.currency} if dataset is ACTIONS else {}
        basis = None if dataset is ACTIONS else "fill_factor"
        merges[dataset] = merge(
            kept[dataset], rows, list(dataset.key), tolerance, now, run.run_id, rank_of, last_answers, usual, basis
        )
    merges[ACTIONS] = replace(merges[ACTIONS], rows=withdraw(merges[ACTIONS].rows, checked.withdrawn, now))
    held, newly_held = held_after(lake, run, checked, now)
    # Whoever gave an event that this run says nothing of, a fill is held against it.
    events = lake.read(ACTIONS, market.code, {day.year for day in days[STOCKS]}, first[STOCKS])
    events = together(merges[ACTIONS].rows, events[~is_among(events, merges[ACTIONS].rows, ACTION_KEY)])
    owed = disproved(merges[STOCKS].rows, events, market)
    merges[STOCKS] = replace(merges[STOCKS], rows=withdraw(merges[STOCKS].rows, owed, now))
    if heeded:
        merges[STOCKS] = replace(merges[STOCKS], rows=_without_flat(merges[STOCKS].rows, heeded, now))
        held = with_settled(held, heeded.passing, now, run.run_id)
    bars = (merges[STOCKS], merges[INDICES])
    tables: dict[Path, pa.Table] = {}
    for dataset, result in merges.items():
        tables |= lake.changes(dataset, market.code, result.rows, first[dataset])
    tables |= lake.changes(QUARANTINE, market.code, held)
    return tables, Stored(sum(m.added for m in bars), sum(m.restated for m in bars), newly_held), now


def _last_answers(lake: Lake, market_code: str, asked_at: pd.Series) -> pd.Series:
    """When the vendor last answered, by symbol, since the year in which it was first asked."""
    asked = lake.read_since(ANSWERS, market_code, datetime.max.year if asked_at.empty else asked_at.min().year)
    last: pd.Series = asked[asked["outcome"] == "ok"].groupby("symbol")["asked_at"].max()
    return last


def _without_flat(rows: pd.DataFrame, heeded: Heeded, now: datetime) -> pd.DataFrame:
    """The versions without those of no volume of which the exchange says that they were dealt in."""
    flat = rows[rows["known_to"].isna() & (rows["trading_state"] != "traded") & is_among(rows, heeded.refused)]
    return withdraw(rows, flat[KEY], now) if len(flat) else rows


def _compared(lake: Lake, run: Run, comparisons: pd.DataFrame) -> dict[Path, pa.Table]:
    """The comparisons, the last one a key; one that says nothing new changes nothing."""
    key, code = list(OPINIONS.key), run.window.market.code
    found = comparisons.assign(run_id=run.run_id)
    kept = lake.read(OPINIONS, code, {day.year for day in found["trade_date"]})
    known = found.merge(kept[[*key, *COMPARED]], on=[*key, *COMPARED], how="left", indicator=True)["_merge"] == "both"
    fresh = found[~known.to_numpy()][OPINIONS.schema.names]
    if fresh.empty:
        return {}
    return lake.changes(OPINIONS, code, together(kept[~is_among(kept, fresh, key)], fresh))
