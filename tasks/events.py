"""The events of an evening: which are accepted, which are held, which are no more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tasks.collect import Terms
from tasks.plan import Past
from tasks.sources.registry import LOCAL, official_among
from warehouse.bars.answers import Answer, Event
from warehouse.bars.as_traded import Undone, actions_as_traded, ratios_after, value_as_traded
from warehouse.bars.events import BOOKED_TWICE, SAME_VALUE, Doubt, Told, moved
from warehouse.bars.readings import explains
from warehouse.frames import ACTION_KEY, DIVIDEND, KEY, SPLIT, UNLISTED_ADJUSTMENT, is_among, together
from warehouse.rules.decisions import SAME_AMOUNT, same_events
from warehouse.rules.events import EVENT_WITHDRAWN, OF_A_HELD_ANSWER, SPLIT_WITHOUT_STEP, judge_events
from warehouse.rules.row import history_agrees, right_currency, right_time_zone

ABSENCES = 3  # evenings on which good answers do not name an event any more, until it is withdrawn
OF_THE_ANSWER = [rule.__name__ for rule in (history_agrees, right_currency, right_time_zone)]


@dataclass(frozen=True)
class Judged:
    """The events of some symbols.

    `accepted` have the lake's columns, versions apart, and `is_new`; `withdrawn` symbol, ex_date and kind. `held` and
    `warned` are rows for the quarantine. `known` (symbol, ex_date, kind, value) is all that the rules of bars go by,
    `doubtful` (symbol, ex_date, value) the splits that are held. `named` says of each believed symbol what it told.
    """

    accepted: pd.DataFrame
    withdrawn: pd.DataFrame
    held: pd.DataFrame
    warned: pd.DataFrame
    known: pd.DataFrame
    doubtful: pd.DataFrame
    named: dict[str, str]


def judge_told(
    answers: Sequence[Answer],
    told: Mapping[str, Told],
    undone: Undone,
    bars: pd.DataFrame,
    stored: pd.DataFrame,
    past: Past,
    terms: Terms,
) -> Judged:
    """Hold the events of the answers against `bars` (those held so far have a `rule`) and those `stored` around them.

    An event is accepted only if its answer was believed, and changes nothing before its session is final.
    """
    window = terms.window
    is_of_answer = bars["rule"].isin(OF_THE_ANSWER)
    unbelieved = set(bars.loc[is_of_answer, "symbol"])
    believed = [answer for answer in answers if answer.symbol not in unbelieved]
    found = actions_as_traded(answers, told, undone)
    rebased = undone.found[~undone.found["symbol"].isin(unbelieved)]
    rebased = rebased.assign(currency=None, parts=None, asked_at=pd.Timestamp(terms.now), rule=None, detail=None)
    found = found[(found["ex_date"] >= window.bars_from) & (found["ex_date"] <= window.last)]
    found = _as_stored(found, together(past.actions, rebased))
    passed = bars[bars["rule"].isna()]
    traded = pd.concat([passed, stored[~is_among(stored, bars)]])
    judged = judge_events(found, traded, terms.market)
    # A bar that is told otherwise may be held yet: what is stored of its day has a say for the event, too.
    by_stored = judge_events(found, pd.concat([stored, passed[~is_among(passed, stored)]]), terms.market)
    judged = judged.mask(judged["rule"].notna() & by_stored["rule"].isna(), by_stored)
    elsewhere = [SPLIT_WITHOUT_STEP, "the prices show it where it is stored"]
    judged.loc[_is_moved(judged, undone), ["rule", "detail"]] = elsewhere
    judged.loc[same_events(judged, past.released), "rule"] = None
    judged.loc[judged["symbol"].isin(unbelieved), ["rule", "detail"]] = [OF_A_HELD_ANSWER, "its bars are held"]
    accepted = together(judged[judged["rule"].isna()], rebased)
    given = past.actions[past.actions["source"] == LOCAL]
    is_given = is_among(accepted, moved(accepted, given), ACTION_KEY)
    again = accepted[is_given].assign(rule=BOOKED_TWICE, detail="given in actions.csv for a neighbouring day, left out")
    accepted = accepted[~is_given]
    is_new = ~is_among(accepted, past.actions, ACTION_KEY)
    accepted = accepted.assign(is_new=is_new, source=terms.source, citation=None)
    doubted = judged[judged["rule"].notna()]
    gone, warned = _gone(past, judged, believed, traded, undone, terms)
    told_by_now = _is_told_by_now(past, accepted)
    withdrawn = together(
        undone.withdrawn.loc[~undone.withdrawn["symbol"].isin(unbelieved), ACTION_KEY],
        moved(past.actions, accepted),
        moved(past.actions, given),
        gone,
        past.actions.loc[told_by_now, ACTION_KEY],
        doubted.loc[~doubted["symbol"].isin(unbelieved), ACTION_KEY],
    ).drop_duplicates()
    # Said by nobody's answers, but for what an exchange's print showed and a vendor tells by now.
    local = past.actions[past.actions["source"].isin([LOCAL, *official_among(past.actions["source"])]) & ~told_by_now]
    withdrawn = withdrawn[~is_among(withdrawn, together(accepted, local), ACTION_KEY)]
    earlier = past.actions[
        ~is_among(past.actions, together(accepted[ACTION_KEY], withdrawn), ACTION_KEY)
        | is_among(past.actions, local, ACTION_KEY)
    ]
    known = together(earlier[[*ACTION_KEY, "value"]], accepted[[*ACTION_KEY, "value"]]).drop_duplicates(ACTION_KEY)
    held_splits = doubted.loc[(doubted["kind"] == SPLIT) & ~doubted["symbol"].isin(unbelieved)]
    return Judged(
        accepted,
        withdrawn,
        together(_as_rows(doubted), _of_doubts(answers, told, undone, "doubts")),
        together(warned, _as_rows(again), _of_doubts(answers, told, undone, "warnings")),
        known,
        held_splits[["symbol", "ex_date", "value"]],
        _named(found, believed),
    )


def _as_stored(told: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """What is told, with the stored amount of a dividend that the vendor divided by a later adjustment, as its prices.

    Most adjustments leave the dividends alone; a split whose prices come before its event does not.
    """
    adjusted = known[known["kind"] == UNLISTED_ADJUSTMENT]
    was = told[ACTION_KEY].merge(known[[*ACTION_KEY, "value"]], on=ACTION_KEY, how="left")["value"].to_numpy()
    ratios = ratios_after(told.assign(trade_date=told["ex_date"]), adjusted).to_numpy()
    is_divided = (told["kind"] == DIVIDEND) & (ratios != 1)
    is_divided &= np.isclose(told["value"].astype("float64") * ratios, was.astype("float64"), SAME_VALUE, SAME_AMOUNT)
    return told.assign(value=told["value"].mask(is_divided, was))


def _is_moved(told: pd.DataFrame, undone: Undone) -> pd.Series:
    """Which splits are told for a neighbouring day of the one on which they are in the vendor's prices."""
    found = [
        split["kind"] == SPLIT
        and split["ex_date"] not in {event.ex_date for event in in_prices}
        and any(explains(Event(split["ex_date"], split["value"]), event) for event in in_prices)
        for split in told.to_dict("records")
        for in_prices in [undone.in_prices.get(split["symbol"], ())]
    ]
    return pd.Series(found, told.index, dtype="bool")


def _is_told_by_now(past: Past, accepted: pd.DataFrame) -> pd.Series:
    """Which stored adjustments of an official source are a split that is accepted; or were booked for want of any event
    of their day, and a dividend of it is.
    """
    actions = past.actions
    splits = accepted[accepted["kind"] == SPLIT].to_dict("records")
    shown = actions[
        (actions["kind"] == UNLISTED_ADJUSTMENT) & actions["source"].isin(official_among(actions["source"]))
    ]
    booked = shown[~same_events(shown, past.released)]
    paid = booked[is_among(booked, accepted[accepted["kind"] == DIVIDEND], ["symbol", "ex_date"])]
    found = [
        at
        for at, row in zip(shown.index, shown.to_dict("records"), strict=True)
        for split in splits
        if split["symbol"] == row["symbol"]
        and explains(Event(split["ex_date"], split["value"]), Event(row["ex_date"], row["value"]))
    ]
    return pd.Series(actions.index.isin([*found, *paid.index]), actions.index)


def _as_rows(events: pd.DataFrame) -> pd.DataFrame:
    """Events as rows of the quarantine; what the rule saw begins with what it is about."""
    texts = [
        f"{event['symbol']} {event['ex_date']} {event['rule']}: {event['kind']} {event['value']:g}"
        f"{f' {currency}' if pd.notna(currency := event['currency']) else ''}; {event['detail']}"
        for event in events.to_dict("records")
    ]
    return events.rename(columns={"ex_date": "trade_date"}).assign(detail=texts)


def _of_doubts(answers: Sequence[Answer], told: Mapping[str, Told], undone: Undone, which: str) -> pd.DataFrame:
    """The doubts or warnings that need no prices, as rows of the quarantine; amounts are per share as of their day."""
    doubts: list[tuple[Answer, Doubt]] = [
        (answer, doubt) for answer in answers for doubt in getattr(told[answer.symbol], which)
    ]
    rows = [
        {
            "symbol": answer.symbol,
            "asked_at": answer.asked_at,
            "trade_date": doubt.ex_date,
            "kind": doubt.kind,
            "value": doubt.value
            and value_as_traded(doubt.kind, doubt.value, doubt.ex_date, undone.in_prices.get(answer.symbol, ())),
            "currency": doubt.currency,
            "rule": doubt.rule,
            "detail": f"{answer.symbol} {doubt.ex_date} {doubt.rule}: {doubt.kind}: {doubt.detail}",
        }
        for answer, doubt in doubts
    ]
    return pd.DataFrame(rows, columns=[*KEY, "asked_at", "kind", "value", "currency", "rule", "detail"])


def _named(found: pd.DataFrame, believed: Sequence[Answer]) -> dict[str, str]:
    """The events of the window that each answer told, as `lake/answers` keeps them."""
    told: dict[str, list[str]] = {answer.symbol: [] for answer in believed}
    in_order = found.sort_values(["ex_date", "kind"])
    for symbol, ex_date, kind in zip(in_order["symbol"], in_order["ex_date"], in_order["kind"], strict=True):
        if symbol in told:
            told[symbol].append(f"{ex_date} {kind}")
    return {symbol: ";".join(events) for symbol, events in told.items()}


def _gone(
    past: Past,
    told: pd.DataFrame,
    believed: Sequence[Answer],
    traded: pd.DataFrame,
    undone: Undone,
    terms: Terms,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Stored events that good answers covering their day no longer name (symbol, ex_date, kind), and a warning each.

    One that a single answer named is gone with the first that does not; one that more named, on the third evening. An
    event that the prices show stays, by its step or by being in them, and so does one that a person gave or released.
    """
    # What an answer names after the window's last day is looked away from: there it is silent on nothing.
    spans = {
        answer.symbol: (min(answer.trade_date), min(max(answer.trade_date), terms.window.last))
        for answer in believed
        if answer.trade_date
    }
    stored = past.actions[(past.actions["kind"] != UNLISTED_ADJUSTMENT) & (past.actions["source"] != LOCAL)]
    stored = stored[stored["symbol"].isin(spans.keys()) & ~is_among(stored, told, ACTION_KEY)]
    stored = stored[~is_among(stored, past.released, ACTION_KEY)]
    in_prices = [(symbol, event.ex_date, SPLIT) for symbol, events in undone.in_prices.items() for event in events]
    stored = stored[~is_among(stored, pd.DataFrame(in_prices, columns=ACTION_KEY), ACTION_KEY)]
    covered = [
        spans[symbol][0] <= ex_date <= spans[symbol][1]
        for symbol, ex_date in zip(stored["symbol"], stored["ex_date"], strict=True)
    ]
    absent = judge_events(stored[covered], traded, terms.market) if any(covered) else stored.assign(is_proven=False)[:0]
    today = terms.market.today(terms.now)
    rows = []
    for event in absent[~absent["is_proven"].astype(bool)].to_dict("records"):
        evenings = past.evenings_of(event["symbol"], event["ex_date"])
        named = {day for day, events in evenings if f"{event['ex_date']} {event['kind']}" in events}
        lacking = ({day for day, _ in evenings if not named or day > max(named)} | {today}) - named
        if len(named) == 1 or len(lacking) >= ABSENCES:
            rows.append(event | {"detail": f"not told on {', '.join(str(day) for day in sorted(lacking))}"})
    gone = pd.DataFrame(rows, columns=[*stored.columns, "detail"]).assign(rule=EVENT_WITHDRAWN)
    return gone[ACTION_KEY], _as_rows(gone)
