"""Step 4, store: merge what passed into the lake's versions and commit it, with what was held and what was asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa

from tasks.plan import Window
from tasks.sources.registry import rank_of
from tasks.validate import Checked
from warehouse.bars.answers import Answer, Request
from warehouse.bars.change import price_tolerances
from warehouse.frames import KEY, is_among, together
from warehouse.lake.lake import Lake
from warehouse.lake.schema import (
    ACTIONS,
    ANSWERS,
    DECISIONS,
    FILLS,
    INDICES,
    OPINIONS,
    QUARANTINE,
    RUNS,
    STOCKS,
    Dataset,
)
from warehouse.lake.versions import Merge, merge, next_instant, withdraw
from warehouse.rules.decisions import SAME_AMOUNT, as_decided, mark
from warehouse.rules.row import session_exists

FILLED = "another vendor's bar was proven and taken"
COMPARED = ["first_source", "first_close", "second_close", "finding"]


@dataclass(frozen=True)
class Run:
    """Who is writing, and for what; the scope 'index' asked for indices alone, and owes no member."""

    run_id: str
    flow: str
    source: str
    started_at: datetime
    window: Window
    requests: Sequence[Request]
    scope: str = "members"


@dataclass(frozen=True)
class Stored:
    """What a commit changed."""

    new_rows: int
    restated_rows: int
    held_rows: int


def store(
    lake: Lake,
    run: Run,
    answers: Sequence[Answer],
    checked: Checked,
    now: datetime,
    comparisons: pd.DataFrame | None = None,
    fills: Sequence[pd.DataFrame] = (),
) -> Stored:
    """One commit; the caller holds the lake's lock. Storing the same again changes no price, action or held row.

    `comparisons` are other vendors' closes beside the first's, `fills` what came of asking them (`Filled.asked`).
    """
    market = run.window.market
    now = commit_instant(lake, market.code, now)
    checked = _heeding_decisions(lake, run, checked)
    merges: dict[Dataset, Merge] = {}
    for dataset, rows in ((STOCKS, checked.stocks), (INDICES, checked.indices)):
        merges[dataset] = _merged(lake, dataset, run, rows, price_tolerances(rows, market), now)
    tolerance = {"value": pd.Series(SAME_AMOUNT, checked.actions.index)}
    actions = _merged(lake, ACTIONS, run, checked.actions, tolerance, now, checked.withdrawn)
    merges[ACTIONS] = replace(actions, rows=withdraw(actions.rows, checked.withdrawn, now))
    held, newly_held = _held(lake, run, checked, now)
    bars = (merges[STOCKS], merges[INDICES])
    stored = Stored(sum(m.added for m in bars), sum(m.restated for m in bars), newly_held)
    tables: dict[Path, pa.Table] = {}
    for dataset, result in merges.items():
        tables |= lake.changes(dataset, market.code, result.rows)
    tables |= lake.changes(QUARANTINE, market.code, held)
    if comparisons is not None and len(comparisons):
        tables |= _compared(lake, run, comparisons)
    if fills:
        before = lake.read(FILLS, market.code)
        asked = [rows.assign(run_id=run.run_id)[before.columns] for rows in fills]
        tables |= lake.changes(FILLS, market.code, together(before, *asked))
    tables |= _record(lake, run, answers, checked.named, stored, now, "stored", None)
    lake.commit(tables)
    return stored


def commit_instant(lake: Lake, market_code: str, now: datetime) -> datetime:
    """The instant of the next commit: `now`, or just after the last run or decision where the clock went back."""
    now = next_instant(now, lake.read(RUNS, market_code).rename(columns={"ended_at": "known_from"}))
    return next_instant(now, lake.read(DECISIONS, market_code).rename(columns={"decided_at": "known_from"}))


def record_failure(lake: Lake, run: Run, answers: Sequence[Answer], now: datetime, detail: str) -> None:
    """Keep what was asked and that nothing came of it; the caller holds the lake's lock."""
    lake.commit(_record(lake, run, answers, {}, Stored(0, 0, 0), now, "failed", detail))


def _merged(
    lake: Lake,
    dataset: Dataset,
    run: Run,
    rows: pd.DataFrame,
    tolerance: dict[str, pd.Series],
    now: datetime,
    withdrawn: pd.DataFrame | None = None,
) -> Merge:
    code = run.window.market.code
    years = {day.year for day in rows[dataset.year_of]}
    years |= set() if withdrawn is None else {day.year for day in withdrawn[dataset.year_of]}
    stored = lake.read(dataset, code, years)
    asked = lake.read(ANSWERS, code, {instant.year for instant in rows["asked_at"]})
    last_answers = asked[asked["outcome"] == "ok"].groupby("symbol")["asked_at"].max()
    return merge(stored, rows, list(dataset.key), tolerance, now, run.run_id, rank_of, last_answers)


def _heeding_decisions(lake: Lake, run: Run, checked: Checked) -> Checked:
    """What was checked, after what a person has decided about the same values."""
    market = run.window.market
    passed = pd.concat([checked.stocks, checked.indices], ignore_index=True)
    decided = lake.read(QUARANTINE, market.code)
    passed, actions, held = as_decided(passed, checked.actions, checked.held, decided, market)
    is_index = passed["symbol"].isin(market.index_symbols)
    return replace(checked, stocks=passed[~is_index], indices=passed[is_index], actions=actions, held=held)


def _held(lake: Lake, run: Run, checked: Checked, now: datetime) -> tuple[pd.DataFrame, int]:
    """The quarantine with the rows newly held, and those cured whose day has passed since; and how many are new."""
    kept = lake.read(QUARANTINE, run.window.market.code)
    fresh = checked.held[~checked.held["id"].isin(kept["id"])]
    fresh = fresh.assign(held_at=now, decided_at=None, decided_by=None, note=None, run_id=run.run_id)
    passed = together(checked.stocks[[*KEY, "fill_factor"]], checked.indices[[*KEY, "fill_factor"]])
    filled = passed[passed["fill_factor"].notna()]
    fresh = mark(fresh, _is_filled(fresh, filled), "cured", now, "afterclose", FILLED)
    kept = mark(kept, _is_filled(kept, filled), "cured", now, "afterclose", FILLED)
    is_open = (kept["status"] == "held") & ~kept["id"].isin(checked.held["id"])
    is_event = kept["kind"].notna()
    cured = is_open & ~is_event & is_among(kept, passed)
    # No later bar can pass on a day without a session: the vendor corrects it by giving it no more.
    is_near = (kept["trade_date"] >= run.window.bars_from) & (kept["trade_date"] <= run.window.last)
    is_gone = kept["symbol"].isin(passed["symbol"]) & (kept["trade_date"] >= run.window.bars_from)
    cured |= is_open & (kept["rule"] == session_exists.__name__) & is_gone
    kept = mark(kept, cured, "cured", now, "afterclose", "a later answer passed")
    # Of an event a believed answer says that it is right, or no more.
    settled = is_open & is_event & is_near & kept["symbol"].isin(list(checked.named))
    kept = mark(kept, settled, "cured", now, "afterclose", "a later answer that was believed tells it otherwise")
    return together(kept, fresh[kept.columns]), int((fresh["status"] == "held").sum())


def _is_filled(rows: pd.DataFrame, filled: pd.DataFrame) -> pd.Series:
    """Whether a held bar, of this run or an earlier one, is one that another vendor's takes the place of."""
    return (rows["status"] == "held") & rows["kind"].isna() & is_among(rows, filled)


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


def _record(
    lake: Lake,
    run: Run,
    answers: Sequence[Answer],
    named: Mapping[str, str],
    stored: Stored,
    now: datetime,
    state: str,
    detail: str | None,
) -> dict[Path, pa.Table]:
    """What was asked, and the run itself."""
    ran = {
        "run_id": run.run_id,
        "flow": run.flow,
        "started_on": run.started_at.date(),
        "started_at": run.started_at,
        "ended_at": now,
        "first_date": run.window.first,
        "last_date": run.window.last,
        "state": state,
        "source": run.source,
        "requests": len(run.requests),
        "detail": detail,
        "scope": run.scope,
    }
    first = {request.symbol: request.first for request in run.requests}
    asked = [_asked(run, answer, first[answer.symbol], named.get(answer.symbol)) for answer in answers]
    tables: dict[Path, pa.Table] = {}
    for dataset, rows in ((ANSWERS, asked), (RUNS, [ran | vars(stored)])):
        before = lake.read(dataset, run.window.market.code)
        new = pd.DataFrame(rows, columns=before.columns)
        tables |= lake.changes(dataset, run.window.market.code, together(before, new))
    return tables


def _asked(run: Run, answer: Answer, first: object, events: str | None) -> dict[str, object]:
    """A row of the dataset of answers."""
    prices = zip(answer.open, answer.high, answer.low, answer.close, strict=True)
    return {
        "run_id": run.run_id,
        "symbol": answer.symbol,
        "asked_on": run.window.market.today(answer.asked_at),
        "asked_at": answer.asked_at,
        "first_date": first,
        "last_date": run.window.last,
        "outcome": answer.outcome,
        "detail": answer.detail,
        "bars": len(answer.trade_date),
        "null_bars": sum(all(price is None for price in four) for four in prices),
        "name": answer.name,
        "currency": answer.currency,
        "exchange": answer.exchange,
        "instrument_type": answer.instrument_type,
        "first_trade_date": answer.first_trade_date,
        "events": events,
    }
