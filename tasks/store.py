"""Step 4, store: merge what passed into the lake's versions and commit it, with what was held and what was asked."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa

from tasks.plan import Window
from tasks.validate import Checked
from warehouse.answers import Answer, Request
from warehouse.decisions import mark, settle
from warehouse.lake import Lake
from warehouse.rules.change import price_tolerances
from warehouse.schema import ASKED, CORPORATE_ACTIONS, DECIDED, HELD, INDICES, RAN, STOCKS, Dataset
from warehouse.sessions import market_named
from warehouse.universe import indices
from warehouse.versions import Merge, merge, next_instant, withdraw

DIVIDEND_TOLERANCE = 1e-4  # vendors round dividends after dividing them by later splits


@dataclass(frozen=True)
class Run:
    """Who is writing, and for what."""

    run_id: str
    flow: str
    source: str
    started_at: datetime
    window: Window


@dataclass(frozen=True)
class Stored:
    """What a commit changed."""

    new_rows: int
    restated_rows: int
    held_rows: int


def store(
    lake: Lake, run: Run, requests: list[Request], answers: list[Answer], checked: Checked, now: datetime
) -> Stored:
    """One commit; the caller holds the lake's lock. Storing the same again changes no price, action or held row."""
    market = run.window.market
    now = commit_instant(lake, market, now)
    checked = _settled(lake, market, checked)
    merges: dict[Dataset, Merge] = {}
    for dataset, rows in ((STOCKS, checked.stocks), (INDICES, checked.indices)):
        tolerance = price_tolerances(rows, market)
        merges[dataset] = _merged(lake, dataset, market, rows, tolerance, now, run.run_id)
    tolerance = {"value": pd.Series(DIVIDEND_TOLERANCE, checked.actions.index)}
    actions = _merged(lake, CORPORATE_ACTIONS, market, checked.actions, tolerance, now, run.run_id, checked.withdrawn)
    merges[CORPORATE_ACTIONS] = replace(actions, rows=withdraw(actions.rows, checked.withdrawn, now))
    held, newly_held = _held(lake, run, checked, now)
    bars = (merges[STOCKS], merges[INDICES])
    stored = Stored(sum(m.added for m in bars), sum(m.restated for m in bars), newly_held)
    tables: dict[Path, pa.Table] = {}
    for dataset, result in merges.items():
        tables |= lake.changes(dataset, market, result.rows)
    tables |= lake.changes(HELD, market, held)
    tables |= _record(lake, run, requests, answers, stored, now, "stored", None)
    lake.commit(tables)
    return stored


def commit_instant(lake: Lake, market: str, now: datetime) -> datetime:
    """The instant of the next commit: `now`, or just after the last run or decision where the clock went back."""
    now = next_instant(now, lake.read(RAN, market).rename(columns={"ended_at": "known_from"}))
    return next_instant(now, lake.read(DECIDED, market).rename(columns={"decided_at": "known_from"}))


def record_failure(
    lake: Lake, run: Run, requests: list[Request], answers: list[Answer], now: datetime, detail: str
) -> None:
    """Keep what was asked and that nothing came of it; the caller holds the lake's lock."""
    lake.commit(_record(lake, run, requests, answers, Stored(0, 0, 0), now, "failed", detail))


def _merged(
    lake: Lake,
    dataset: Dataset,
    market: str,
    rows: pd.DataFrame,
    tolerance: dict[str, pd.Series],
    now: datetime,
    run_id: str,
    withdrawn: pd.DataFrame | None = None,
) -> Merge:
    years = {day.year for day in rows[dataset.year_of]}
    years |= set() if withdrawn is None else {day.year for day in withdrawn[dataset.year_of]}
    stored = lake.read(dataset, market, years)
    asked = lake.read(ASKED, market, {instant.year for instant in rows["asked_at"]})
    last_answers = asked[asked["outcome"] == "ok"].groupby("symbol")["asked_at"].max()
    return merge(stored, rows, list(dataset.key), tolerance, now, run_id, last_answers)


def _settled(lake: Lake, market: str, checked: Checked) -> Checked:
    """What was checked, after what a person has decided about the same values."""
    passed = pd.concat([checked.stocks, checked.indices], ignore_index=True)
    passed, held = settle(passed, checked.held, lake.read(HELD, market), market)
    is_index = passed["symbol"].isin([index.symbol for index in indices(market)])
    return replace(checked, stocks=passed[~is_index], indices=passed[is_index], held=held)


def _held(lake: Lake, run: Run, checked: Checked, now: datetime) -> tuple[pd.DataFrame, int]:
    """The quarantine with the rows newly held, and those cured whose day has passed since; and how many are new."""
    kept = lake.read(HELD, run.window.market)
    fresh = checked.held[~checked.held["id"].isin(kept["id"])]
    fresh = fresh.assign(held_at=now, decided_at=None, decided_by=None, note=None, run_id=run.run_id)
    passed = pd.concat([checked.stocks[["symbol", "trade_date"]], checked.indices[["symbol", "trade_date"]]])
    keys = pd.MultiIndex.from_frame(passed)
    cured = (kept["status"] == "held") & pd.MultiIndex.from_frame(kept[["symbol", "trade_date"]]).isin(keys)
    # No later bar can pass on a day without a session: the vendor corrects it by giving it no more.
    answered = kept["symbol"].isin(checked.stocks["symbol"]) | kept["symbol"].isin(checked.indices["symbol"])
    in_window = kept["trade_date"] >= run.window.bars_from
    cured |= (kept["status"] == "held") & (kept["rule"] == "session_exists") & answered & in_window
    cured &= ~kept["id"].isin(checked.held["id"])
    kept = mark(kept, cured, "cured", now, "afterclose", "a later answer passed")
    if fresh.empty:
        return kept, 0
    rows = pd.concat([kept, fresh[kept.columns]], ignore_index=True) if len(kept) else fresh[kept.columns]
    return rows, int((fresh["status"] == "held").sum())


def _record(
    lake: Lake,
    run: Run,
    requests: list[Request],
    answers: list[Answer],
    stored: Stored,
    now: datetime,
    state: str,
    detail: str | None,
) -> dict[Path, pa.Table]:
    market = run.window.market
    zone = market_named(market).time_zone
    first = {request.symbol: request.first for request in requests}
    asked = pd.DataFrame(
        [
            {
                "run_id": run.run_id,
                "symbol": answer.symbol,
                "asked_on": answer.asked_at.astimezone(zone).date(),
                "asked_at": answer.asked_at,
                "first_date": first[answer.symbol],
                "last_date": run.window.last,
                "outcome": answer.outcome,
                "detail": answer.detail,
                "bars": len(answer.trade_date),
                "null_bars": sum(
                    all(price is None for price in prices)
                    for prices in zip(answer.open, answer.high, answer.low, answer.close, strict=True)
                ),
                "name": answer.name,
                "currency": answer.currency,
                "exchange": answer.exchange,
                "instrument_type": answer.instrument_type,
                "first_trade_date": answer.first_trade_date,
            }
            for answer in answers
        ],
        columns=ASKED.schema.names,
    )
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
        "requests": len(requests),
        "detail": detail,
    }
    tables: dict[Path, pa.Table] = {}
    for dataset, rows in ((ASKED, asked), (RAN, pd.DataFrame([ran | vars(stored)]))):
        before = lake.read(dataset, market)
        rows = rows[before.columns]
        tables |= lake.changes(dataset, market, pd.concat([before, rows], ignore_index=True) if len(before) else rows)
    return tables
