"""Step 4, store: merge what passed into the lake's versions and commit it, with what was held and what was asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from tasks.heed import Heeded, heeding_official, with_settled
from tasks.plan import Window
from tasks.quarantine import newly_held
from tasks.sources.registry import rank_of
from tasks.validate import Checked
from warehouse.bars.answers import Answer, Heard, Request, heard
from warehouse.bars.change import price_tolerances
from warehouse.errors import AftercloseError
from warehouse.facts.market import Market
from warehouse.frames import ACTION_KEY, KEY, is_among, together
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
from warehouse.rules.decisions import SAME_AMOUNT, WITHDRAWN, as_decided, mark
from warehouse.rules.official import OF_PRINTS
from warehouse.rules.row import session_exists

FILLED = "another vendor's bar was proven and taken"
COMPARED = ["first_source", "first_close", "second_close", "finding"]
TOLD_OTHERWISE = "a later answer that was believed tells it otherwise"


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

    def __add__(self, other: "Stored") -> "Stored":
        """What two commits changed together."""
        return Stored(*map(sum, zip(astuple(self), astuple(other), strict=True)))


NOTHING = Stored(0, 0, 0)


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
    tables |= _record(lake, run, answers, checked.named, stored, now, "stored", None)
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
    checked = _heeding_decisions(lake, run, checked)
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
        merges[dataset] = merge(
            kept[dataset], rows, list(dataset.key), tolerance, now, run.run_id, rank_of, last_answers, usual
        )
    merges[ACTIONS] = replace(merges[ACTIONS], rows=withdraw(merges[ACTIONS].rows, checked.withdrawn, now))
    held, newly_held = _held(lake, run, checked, now)
    proven = _without_disproved(merges[STOCKS].rows, merges[ACTIONS].rows, market, now)
    merges[STOCKS] = replace(merges[STOCKS], rows=proven)
    if heeded:
        merges[STOCKS] = replace(merges[STOCKS], rows=_without_flat(merges[STOCKS].rows, heeded, now))
        held = with_settled(held, heeded.passing, now, run.run_id)
    bars = (merges[STOCKS], merges[INDICES])
    tables: dict[Path, pa.Table] = {}
    for dataset, result in merges.items():
        tables |= lake.changes(dataset, market.code, result.rows, first[dataset])
    tables |= lake.changes(QUARANTINE, market.code, held)
    return tables, Stored(sum(m.added for m in bars), sum(m.restated for m in bars), newly_held), now


def commit_instant(lake: Lake, market_code: str, now: datetime, versions: Iterable[pd.DataFrame] = ()) -> datetime:
    """The instant of the next commit: `now`, or just after the last run or decision where the clock went back.

    It is after those of the `versions` that it may close, too: a run that died between its commits has left versions,
    and no record of itself. Raises `AftercloseError` where the clock is further ahead than the lake may have rested:
    all that came after a commit of 2099 would be dated 2099.
    """
    ended = lake.read_what_is_left(RUNS, market_code)["ended_at"]
    decided = lake.read_what_is_left(DECISIONS, market_code)["decided_at"]
    before = pd.DataFrame({"known_from": pd.concat([ended, decided], ignore_index=True)})
    if lake.rest and now - lake.rest > before["known_from"].max():
        raise AftercloseError(
            f"the clock says {now:%Y-%m-%d}, years after the last run and decision of {market_code}: set the clock, or "
            "say AFTERCLOSE_LONG_REST=true"
        )
    return next_instant(now, together(before, *(rows[["known_from"]] for rows in versions)))


def record_failure(lake: Lake, run: Run, answers: Sequence[Answer | Heard], now: datetime, detail: str) -> None:
    """Keep what was asked and that nothing came of it; the caller holds the lake's lock."""
    now = commit_instant(lake, run.window.market.code, now)
    lake.commit(_record(lake, run, answers, {}, Stored(0, 0, 0), now, "failed", detail))


def _last_answers(lake: Lake, market_code: str, asked_at: pd.Series) -> pd.Series:
    """When the vendor last answered, by symbol, since the year in which it was first asked."""
    asked = lake.read_since(ANSWERS, market_code, min(_years(asked_at), default=datetime.max.year))
    last: pd.Series = asked[asked["outcome"] == "ok"].groupby("symbol")["asked_at"].max()
    return last


def _years(days: pd.Series) -> set[int]:
    return {day.year for day in days.unique()}


def _held_years(lake: Lake, run: Run, checked: Checked) -> set[int]:
    """The years of the quarantine that what was checked may change: of its window, and of its own rows."""
    first, last = max(checked.span[0], min(run.window.bars_from, run.window.first)), checked.span[1]
    years = {year for year in lake.years(QUARANTINE, run.window.market.code) if first.year <= year <= last.year}
    return years.union(*(_years(rows["trade_date"]) for rows in (checked.stocks, checked.indices, checked.held)))


def _without_disproved(rows: pd.DataFrame, actions: pd.DataFrame, market: Market, now: datetime) -> pd.DataFrame:
    """The versions without the fills on another basis that bars of before an event proved, which was told later.

    The filling vendor may have adjusted those for the event, and not the filled one: such a fill is owed again.
    """
    current = rows[rows["known_to"].isna()]
    fills = current[current["fill_factor"].notna() & (current["fill_factor"] != 1)]
    events = actions.loc[actions["known_to"].isna(), ["symbol", "ex_date", "known_from"]]
    met = fills.merge(events, on="symbol", suffixes=("", "_event"))
    met = met[(met["ex_date"] <= met["trade_date"]) & (met["known_from"] < met["known_from_event"])]
    own = current[current["fill_factor"].isna()]
    is_proven = [
        bool((own["symbol"].eq(fill["symbol"]) & own["trade_date"].between(fill["ex_date"], market.today(at))).any())
        for fill, at in zip(met.to_dict("records"), met["asked_at"], strict=True)
    ]
    disproved = met.loc[~np.array(is_proven, dtype=bool), KEY]
    return withdraw(rows, disproved, now) if len(disproved) else rows


def _without_flat(rows: pd.DataFrame, heeded: Heeded, now: datetime) -> pd.DataFrame:
    """The versions without those of no volume of which the exchange says that they were dealt in."""
    flat = rows[rows["known_to"].isna() & (rows["trading_state"] != "traded") & is_among(rows, heeded.refused)]
    return withdraw(rows, flat[KEY], now) if len(flat) else rows


def _heeding_decisions(lake: Lake, run: Run, checked: Checked) -> Checked:
    """What was checked, after what a person has decided about the same values."""
    market = run.window.market
    passed = pd.concat([checked.stocks, checked.indices], ignore_index=True)
    decided = lake.read(QUARANTINE, market.code, _held_years(lake, run, checked) | _years(checked.actions["ex_date"]))
    passed, actions, held = as_decided(passed, checked.actions, checked.held, decided, market)
    is_index = passed["symbol"].isin(market.index_symbols)
    return replace(checked, stocks=passed[~is_index], indices=passed[is_index], actions=actions, held=held)


def _held(lake: Lake, run: Run, checked: Checked, now: datetime) -> tuple[pd.DataFrame, int]:
    """The quarantine with the rows newly held, and those cured whose day has passed since; and how many are new."""
    kept = lake.read(QUARANTINE, run.window.market.code, _held_years(lake, run, checked))
    # What an answer left out and the next one tells is as doubtful as before.
    is_back = (kept["status"] == "cured") & (kept["note"] == TOLD_OTHERWISE) & kept["id"].isin(checked.held["id"])
    kept = mark(kept, is_back, "held", now, "afterclose", "an answer tells it again")
    fresh = newly_held(checked.held, kept, now, run.run_id)
    passed = together(checked.stocks[[*KEY, "fill_factor"]], checked.indices[[*KEY, "fill_factor"]])
    filled = passed[passed["fill_factor"].notna()]
    fresh = mark(fresh, _is_filled(fresh, filled), "cured", now, "afterclose", FILLED)
    kept = mark(kept, _is_filled(kept, filled), "cured", now, "afterclose", FILLED)
    is_open = (kept["status"] == "held") & ~kept["id"].isin(checked.held["id"])
    is_event = kept["kind"].notna()
    cured = is_open & ~is_event & is_among(kept, passed)
    # No later bar can pass on a day without a session: the vendor corrects it by giving it no more.
    is_near = (kept["trade_date"] >= run.window.bars_from) & (kept["trade_date"] <= run.window.last)
    is_gone = kept["symbol"].isin(checked.passed.union(passed["symbol"].unique())) & (
        kept["trade_date"] >= run.window.bars_from
    )
    cured |= is_open & (kept["rule"] == session_exists.__name__) & is_gone
    kept = mark(kept, cured, "cured", now, "afterclose", "a later answer passed")
    # Of an event a believed answer says that it is right, or no more.
    settled = is_open & is_event & is_near & kept["symbol"].isin(list(checked.named))
    settled &= ~kept["rule"].isin(OF_PRINTS)  # no vendor's answer speaks of what an exchange printed
    # What a person took back stays so while the vendor tells it, or nothing: only another value takes its place.
    events = kept.rename(columns={"trade_date": "ex_date"})
    settled &= (kept["rule"] != WITHDRAWN) | is_among(events, checked.actions, ACTION_KEY)
    kept = mark(kept, settled, "cured", now, "afterclose", TOLD_OTHERWISE)
    return together(kept, fresh), int((fresh["status"] == "held").sum()) + int(is_back.sum())


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
    answers: Sequence[Answer | Heard],
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
    slim = [answer if isinstance(answer, Heard) else heard(answer) for answer in answers]
    asked = [_asked(run, answer, first[answer.symbol], named.get(answer.symbol)) for answer in slim]
    tables: dict[Path, pa.Table] = {}
    for dataset, rows in ((ANSWERS, asked), (RUNS, [ran | vars(stored)])):
        new = pd.DataFrame(rows, columns=dataset.schema.names)
        tables |= lake.with_more(dataset, run.window.market.code, new)
    return tables


def _asked(run: Run, answer: Heard, first: object, events: str | None) -> dict[str, object]:
    """A row of the dataset of answers."""
    asked = {"asked_on": run.window.market.today(answer.asked_at), "first_date": first, "last_date": run.window.last}
    return {"run_id": run.run_id, **vars(answer), **asked, "events": events}
