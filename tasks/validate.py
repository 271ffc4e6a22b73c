"""Step 3, validate: bars pass, or are held with the rule's name and the offending values. Nothing is repaired.

`judge_symbols` looks at some symbols' answers alone, so that pieces of a market can be judged apart; `judge_evening` at
all pieces side by side. Neither reads or writes anything.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import pandas as pd

from tasks.collect import Terms, bars_beside, collect, days_of_indices, with_known
from tasks.plan import Past, Window
from warehouse.bars.adjustments import UNDATED_REBASE, Undone, undo_adjustments
from warehouse.bars.answers import Answer, Event
from warehouse.bars.as_traded import actions_as_traded, ratios_after
from warehouse.bars.bookings import BOOKED_TWICE, moved, second_bookings
from warehouse.frames import ACTION_KEY, BAR, DIVIDEND, KEY, SPLIT, UNLISTED_ADJUSTMENT, is_among, together
from warehouse.rules.evening import SECTION, broken
from warehouse.rules.frame import check_frame
from warehouse.rules.history import split_without_step
from warehouse.rules.judge import describe, hold_broken_rows, hold_in_order, judge_trading, values_of
from warehouse.rules.trading_state import days_newly_flat


@dataclass(frozen=True)
class Piece:
    """What came of some symbols' answers, before the evening is seen as a whole.

    `bars` are judged, a `rule` where one is held. `section` is what the rules of the evening need of them and of the
    stored bars around them (`SECTION`); `newly_flat` is the day of every stock that turned flat. `actions` were told,
    `withdrawn` (symbol, ex_date, kind) are stored and no more; `warnings` have symbol, trade_date, rule and detail.
    """

    symbols: frozenset[str]
    bars: pd.DataFrame
    section: pd.DataFrame
    newly_flat: pd.Series
    actions: pd.DataFrame
    withdrawn: pd.DataFrame
    warnings: pd.DataFrame


@dataclass(frozen=True)
class Checked:
    """What passed and what is held: frames with the lake's columns, versions apart.

    `withdrawn` are stored actions (symbol, ex_date, kind) that the answers show to be no more. `held` has the `status`
    'held', or 'warned' for what is stored all the same.
    """

    stocks: pd.DataFrame
    indices: pd.DataFrame
    actions: pd.DataFrame
    withdrawn: pd.DataFrame
    held: pd.DataFrame


@dataclass(frozen=True)
class _Actions:
    """The corporate actions that the answers tell, those no longer true, and all that the rules go by."""

    found: pd.DataFrame
    withdrawn: pd.DataFrame
    known: pd.DataFrame


def validate(answers: Sequence[Answer], past: Past, terms: Terms) -> Checked:
    """Judge every bar of the window, all answers in one piece."""
    index_days = days_of_indices(answers, past.bars, terms.market)
    piece = judge_symbols(answers, past, terms, index_days)
    flat_days = days_newly_flat(piece.newly_flat)
    if flat_days:
        piece = judge_symbols(answers, past, terms, index_days, flat_days)
    return judge_evening([piece], terms)


def judge_symbols(
    answers: Sequence[Answer],
    past: Past,
    terms: Terms,
    index_days: Collection[date],
    flat_days: Collection[date] = (),
) -> Piece:
    """Judge the bars of some symbols against themselves and their own past.

    `index_days` are days on which an index has a bar, in these answers or others; on `flat_days` so many of the
    market's stocks turned flat that none of them is believed.
    """
    good, repeated = _booked_once([answer for answer in answers if answer.outcome == "ok"])
    splits = {answer.symbol: answer.splits for answer in good}
    undone = undo_adjustments(
        collect(good, index_days, terms),
        past.bars,
        past.actions[past.actions["kind"] == UNLISTED_ADJUSTMENT],
        splits,
        repeated,
        terms.market,
    )
    actions = _actions(good, undone, past.actions, terms.now)
    bars = undone.bars[undone.bars["is_wanted"]]
    bars = with_known(bars, past.bars, terms.market).assign(source=terms.source)
    check_frame(bars)
    context = bars_beside(bars, past.bars, terms.market)
    bars, newly_flat = _judge(bars, context, actions.known, terms, flat_days)
    undated = undone.undated.assign(rule=UNDATED_REBASE)
    unshown = bars.loc[bars["rule"] == split_without_step.__name__, KEY].set_axis(["symbol", "ex_date"], axis=1)
    found = actions.found[~is_among(actions.found, unshown.assign(kind=SPLIT), ACTION_KEY)]
    in_window = (found["ex_date"] >= terms.window.bars_from) & (found["ex_date"] <= terms.window.last)
    section = pd.concat([bars.assign(is_new=~bars["is_known"]), context.assign(is_new=False)])
    return Piece(
        frozenset(answer.symbol for answer in good),
        bars,
        section[SECTION.names],
        newly_flat,
        found[in_window | (found["kind"] == UNLISTED_ADJUSTMENT)].assign(source=terms.source),
        actions.withdrawn,
        pd.concat([_warned_actions(good, answers, terms.window), undated]),
    )


def judge_evening(pieces: Sequence[Piece], terms: Terms) -> Checked:
    """Put the pieces of a market together, and hold what breaks a rule across the evening."""
    asked = frozenset[str]().union(*(piece.symbols for piece in pieces))
    section = together(*(piece.section for piece in pieces))
    found = broken(section, asked, terms.market, terms.window.sessions)
    wrong = found[found["severity"] != "warn"].drop_duplicates(KEY).set_index(KEY)
    evening = found[found["severity"] == "warn"]
    bars = [_hold(piece.bars, wrong) for piece in pieces]
    passed = together(*(rows[rows["rule"].isna()] for rows in bars))
    held = together(*(rows[rows["rule"].notna()] for rows in bars))
    warnings = pd.concat([evening, _warned_bars(passed), *(piece.warnings for piece in pieces)])
    return Checked(
        passed[~passed["is_index"]],
        passed[passed["is_index"]],
        together(*(piece.actions for piece in pieces)),
        together(*(piece.withdrawn for piece in pieces)),
        _quarantined(held, warnings, terms.source),
    )


def _booked_once(answers: list[Answer]) -> tuple[list[Answer], dict[str, list[Event]]]:
    """The answers without second bookings of an event, and the splits among those, by symbol."""
    second = {answer.symbol: second_bookings(answer.splits) for answer in answers}
    once = [
        replace(
            answer,
            splits=[event for event in answer.splits if event not in second[answer.symbol]],
            dividends=[event for event in answer.dividends if event not in second_bookings(answer.dividends)],
        )
        for answer in answers
    ]
    return once, second


def _actions(answers: list[Answer], undone: Undone, stored: pd.DataFrame, now: datetime) -> _Actions:
    found = actions_as_traded(answers)
    if len(undone.found):
        found = together(found, undone.found.assign(currency=None, asked_at=pd.Timestamp(now)))
    columns = [*ACTION_KEY, "value"]
    withdrawn = pd.concat([undone.withdrawn[ACTION_KEY], moved(stored, found)]).drop_duplicates()
    withdrawn = withdrawn[~is_among(withdrawn, found, ACTION_KEY)]
    earlier = stored[~is_among(stored, found, ACTION_KEY) & ~is_among(stored, withdrawn, ACTION_KEY)]
    return _Actions(found, withdrawn, pd.concat([found[columns], earlier[columns]], ignore_index=True))


def _judge(
    bars: pd.DataFrame, context: pd.DataFrame, actions: pd.DataFrame, terms: Terms, flat_days: Collection[date]
) -> tuple[pd.DataFrame, pd.Series]:
    """All rules that hold a bar against itself and its own past, in their order; and the days of the newly flat."""
    bars = hold_broken_rows(bars)
    held = [bars[bars["rule"].notna()]]
    bars = bars[bars["rule"].isna()]
    is_index = bars["is_index"]
    both = pd.concat([bars, context])
    shares = ratios_after(both, actions[actions["kind"] != DIVIDEND])
    stocks, newly_flat = judge_trading(
        bars[~is_index], context[~context["is_index"]], both["close"] / shares, flat_days
    )
    held.append(stocks[stocks["rule"].notna()])
    bars = pd.concat([stocks[stocks["rule"].isna()], bars[is_index].assign(trading_state="traded")])
    return pd.concat([*held, hold_in_order(bars, context, actions, terms.market)]), newly_flat


def _hold(bars: pd.DataFrame, wrong: pd.DataFrame) -> pd.DataFrame:
    """The bars with those held that the evening shows to be `wrong` (rule and detail by symbol and trade_date)."""
    bars = bars.copy()
    for at in bars.index[is_among(bars, wrong.reset_index()) & bars["rule"].isna()]:
        finding = wrong.loc[tuple(bars.loc[at, KEY])]
        detail = f"{describe(bars.loc[at], finding['rule'])}; {finding['detail']}"
        bars.loc[at, ["rule", "detail"]] = [finding["rule"], detail]
    return bars


def _warned_bars(passed: pd.DataFrame) -> pd.DataFrame:
    """A row a warning of a bar that is stored all the same."""
    each = passed[passed["warnings"].str.len() > 0].explode("warnings")
    each["rule"] = each["warnings"]
    each["detail"] = [describe(bar, bar["rule"]) for _, bar in each.iterrows()]
    return each[[*BAR, "time_zone", "asked_at", "rule", "detail"]]


def _warned_actions(once: list[Answer], answers: Sequence[Answer], window: Window) -> pd.DataFrame:
    """A row a second booking that was left out."""
    kept = {answer.symbol: answer for answer in once}
    rows: list[tuple[Any, ...]] = [
        (answer.symbol, event.ex_date, BOOKED_TWICE, f"{kind} of {event.value:g} booked again, left out")
        for answer in answers
        if answer.symbol in kept
        for kind in ("splits", "dividends")
        for event in getattr(answer, kind)
        if event not in getattr(kept[answer.symbol], kind) and window.bars_from <= event.ex_date <= window.last
    ]
    return pd.DataFrame(rows, columns=[*KEY, "rule", "detail"])


def _quarantined(held: pd.DataFrame, warnings: pd.DataFrame, source: str) -> pd.DataFrame:
    """Rows for the quarantine, each with an `id`: a hash of what was wrong, so the same values make the same row."""
    rows = pd.concat([held.assign(status="held"), warnings.assign(status="warned")], ignore_index=True)
    version = ["asked_at", "split_factor", "basis"]  # what a release needs
    rows = rows.reindex(columns=[*BAR, *version, "time_zone", "rule", "detail", "status"])
    has_values = rows["close"].notna() | rows["open"].notna()
    wrong = [
        values_of(bar) if has else bar["detail"] for has, (_, bar) in zip(has_values, rows.iterrows(), strict=True)
    ]
    ids = [
        hashlib.sha256(f"{row.symbol} {row.trade_date} {row.rule} {what}".encode()).hexdigest()[:12]
        for row, what in zip(rows.itertuples(), wrong, strict=True)
    ]
    return rows.assign(id=ids, source=source).drop_duplicates("id")
