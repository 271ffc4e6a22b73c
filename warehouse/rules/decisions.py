"""What a person decided about a bar or an event, and what it means when the same values come again. Pure functions."""

import hashlib
from datetime import datetime

import pandas as pd

from warehouse.bars.change import price_tolerances
from warehouse.facts.market import Market
from warehouse.frames import ACTION_KEY, KEY, VALUES, beyond, together
from warehouse.lake.schema import ACTIONS, QUARANTINE, STOCKS
from warehouse.lake.versions import withdraw
from warehouse.rules.trading_state import FLAT_AT_CHANGED_CLOSE

WITHDRAWN = "withdrawn"  # the rule of a bar that passed every rule and that a person took back
VERSION = ("known_from", "known_to", "run_id")
STORED = [name for name in STOCKS.schema.names if name not in VERSION]
EVENT = [name for name in ACTIONS.schema.names if name not in VERSION]
KEPT = set(QUARANTINE.schema.names)
# Why a row was closed whose values may come again: they are held anew then, in a row of their own.
TOLD_OTHERWISE = "a later answer that was believed tells it otherwise"
EXPLAINED = "what was printed and our events give the same now"
REPLACED = "what was released is printed no more"
NO_SESSION = "its day is no session"
SAME_AMOUNT = 1e-4  # vendors round dividends after dividing them by later splits


def as_decided(
    passed: pd.DataFrame, actions: pd.DataFrame, held: pd.DataFrame, decided: pd.DataFrame, market: Market
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Bars that pass, events that pass, and what is held, after what was `decided` (the quarantine's rows) of the same.

    What is held and a person has released passes; what passes every rule stays out, and is in neither, where a person
    has rejected the same values, whatever they were held for, or while a withdrawal of them stands. What is held again
    has the id that it had, or of what was closed for the time being the next one.
    """
    held = with_next_ids(_with_known_ids(held, decided, market), decided)
    latest_first = decided[decided["status"] == "released"].sort_values("decided_at", ascending=False)
    is_released = held["id"].isin(latest_first["id"])
    back = latest_first[["id"]].merge(held[is_released], on="id")
    if len(back):
        passed = together(passed, as_bars(back[back["kind"].isna()], market)).drop_duplicates(KEY)
        actions = together(actions, as_actions(back[back["kind"].notna()])).drop_duplicates(ACTION_KEY)
    is_withdrawn = (decided["rule"] == WITHDRAWN) & (decided["status"] == "held")
    taken_back = decided[is_withdrawn | (decided["status"] == "rejected")]
    if len(taken_back):
        passed = passed[~same_values(passed, taken_back[taken_back["kind"].isna()], market)]
        actions = actions[~same_events(actions, as_actions(taken_back[taken_back["kind"].notna()]))]
    return passed, actions, held[~is_released]


def same_values(bars: pd.DataFrame, others: pd.DataFrame, market: Market) -> pd.Series:
    """Whether a bar's values are those of one of the `others`, up to what counts as a change, in the same currency."""
    return pd.Series(bars.index.isin(_same(bars, others, market, KEY)["at"]), bars.index)


def _same(bars: pd.DataFrame, others: pd.DataFrame, market: Market, key: list[str]) -> pd.DataFrame:
    """The others that have the values of a bar, each with the bar's place as `at`."""
    found = bars[key].reset_index(names="at").merge(others, on=key)
    mine = bars.loc[found["at"]].set_axis(found.index)
    is_other = beyond(mine, found, price_tolerances(mine, market)).fillna(True).any(axis=1)
    is_other |= found["currency"].notna() & (found["currency"] != mine["currency"])
    return found[~is_other]


def _with_known_ids(held: pd.DataFrame, known: pd.DataFrame, market: Market) -> pd.DataFrame:
    """Held rows with the ids of the `known` ones of the same day that broke the same rule with the same values.

    An id is of the values to their last decimal, and a later split takes the same bar to other ones.
    """
    fresh = held[~held["id"].isin(known["id"])]
    if fresh.empty:
        return held
    is_bar, was_bar = fresh["kind"].isna(), known["kind"].isna()
    same = [
        _same(fresh[is_bar], known[was_bar], market, [*KEY, "rule"]),
        _same_amounts(fresh[~is_bar], known[~was_bar], [*KEY, "kind", "rule"]),
    ]
    found = pd.concat([rows[["at", "id"]] for rows in same]).drop_duplicates("at", keep="last")
    ids = held["id"].copy()
    ids[found["at"]] = found["id"].to_numpy()
    return held.assign(id=ids).drop_duplicates("id")


def with_next_ids(held: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Held rows, each with an id that none of the `known` ones has which were closed until their values come again.

    A row says when it was held and until when: of two times it could say one.
    """
    notes = (TOLD_OTHERWISE, EXPLAINED, REPLACED, NO_SESSION)
    closed = set(known.loc[(known["status"] == "cured") & known["note"].isin(notes), "id"])

    def next_of(row_id: str) -> str:
        while row_id in closed:
            row_id = hashlib.sha256(row_id.encode()).hexdigest()[:12]
        return row_id

    return held.assign(id=held["id"].map(next_of))


def same_events(events: pd.DataFrame, others: pd.DataFrame) -> pd.Series:
    """Whether an event's value is that of one of the `others` of its symbol, ex-date and kind."""
    return pd.Series(events.index.isin(_same_amounts(events, others, ACTION_KEY)["at"]), events.index)


def _same_amounts(events: pd.DataFrame, others: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """The others that have the value of an event, each with the event's place as `at`."""
    found = events[[*key, "value"]].reset_index(names="at").merge(others, on=key, suffixes=("_here", ""))
    return found[(found["value_here"] - found["value"]).abs() <= SAME_AMOUNT]


def as_bars(rows: pd.DataFrame, market: Market) -> pd.DataFrame:
    """Held rows as bars with the columns `STORED`; an older lake had no `asked_at` and so on."""
    is_flat = (rows["volume"] == 0).fillna(False).astype(bool) & (rows["rule"] != FLAT_AT_CHANGED_CLOSE)
    is_flat &= ~rows["symbol"].isin(market.index_symbols)
    return rows.assign(
        trading_state=is_flat.map({True: "suspended", False: "traded"}),
        asked_at=rows["asked_at"].fillna(rows.get("held_at", rows["asked_at"])),
        split_factor=rows["split_factor"].fillna(1.0),
        basis=rows["basis"].fillna("history"),
        close_kind=None,
        halted_at_close=None,
    )[STORED]


def taken_back(rows: pd.DataFrame, stored: pd.DataFrame) -> pd.DataFrame:
    """The `stored` versions (`STORED`) that a person took back as these rows: of a bar's state a row keeps nothing."""
    withdrawn = rows.loc[rows["rule"] == WITHDRAWN, [*KEY, *VALUES]]
    last = stored.merge(withdrawn, on=[*KEY, *VALUES]).sort_values("known_from")
    return last.drop_duplicates(KEY, keep="last")[STORED]


def as_actions(rows: pd.DataFrame) -> pd.DataFrame:
    """Held rows of events as actions, versions apart."""
    events = rows.rename(columns={"trade_date": "ex_date"})
    events = events.assign(asked_at=rows["asked_at"].fillna(rows.get("held_at", rows["asked_at"])), citation=None)
    return events[EVENT]


def put_in(stored: pd.DataFrame, rows: pd.DataFrame, key: list[str], known_from: datetime, run_id: str) -> pd.DataFrame:
    """`stored` versions with `rows` as the current ones of their keys, whatever was current before."""
    closed = withdraw(stored, rows[key], known_from)
    opened = rows.assign(known_from=known_from, known_to=None, run_id=run_id)[stored.columns]
    opened["known_to"] = opened["known_to"].astype("datetime64[us, UTC]")
    return together(closed, opened)


def mark(rows: pd.DataFrame, which: pd.Series, status: str, at: datetime, by: str, note: str | None) -> pd.DataFrame:
    """The quarantine with `which` of its rows decided."""
    rows = rows.astype({"decided_at": "datetime64[us, UTC]", "decided_by": "object", "note": "object"})
    rows.loc[which, ["status", "decided_by", "note"]] = [status, by, note]
    rows.loc[which, "decided_at"] = at
    return rows


def withdrawal(version: pd.Series) -> dict[str, object]:
    """The quarantine row of a stored bar or event that a person takes back: its values and where they came from."""
    is_event = "ex_date" in version.index
    names = ["kind", "value", "currency"] if is_event else [*VALUES, "currency"]
    wrong = " ".join(f"{name} {version[name]}" for name in names)
    kept = {name: version[name] for name in (EVENT if is_event else STORED) if name in KEPT}
    day = version["ex_date" if is_event else "trade_date"]
    what = f"{version['symbol']} {day} {WITHDRAWN}: {wrong}"
    row_id = hashlib.sha256(what.encode()).hexdigest()[:12]
    detail = f"{what}; stored by run {version['run_id']}"
    return kept | {"trade_date": day, "id": row_id, "rule": WITHDRAWN, "detail": detail}
