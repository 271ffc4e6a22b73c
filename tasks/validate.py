"""Step 3, validate: bars pass, or are held with the rule's name and the offending values. Nothing is repaired."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pandas as pd

from tasks.collect import bars_beside, collect, with_known
from tasks.plan import Window
from warehouse.adjustments import KIND, Undone, undo_adjustments
from warehouse.answers import Answer, Event
from warehouse.as_traded import actions_as_traded, ratios_after
from warehouse.bookings import moved, second_bookings
from warehouse.rules.evening import broken
from warehouse.rules.frame import check_frame
from warehouse.rules.judge import describe, hold_broken_rows, hold_in_order, judge_trading, values_of
from warehouse.schema import BAR_FIELDS
from warehouse.sessions import between
from warehouse.universe import members_on, spells

KEY = ["symbol", "trade_date"]
ACTION_KEY = ["symbol", "ex_date", "kind"]
BAR_COLUMNS = [field.name for field in BAR_FIELDS]


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
class _Facts:
    """The corporate actions that the answers tell, those no longer true, and all that the rules go by."""

    found: pd.DataFrame
    withdrawn: pd.DataFrame
    known: pd.DataFrame


def validate(
    answers: Sequence[Answer],
    stored: pd.DataFrame,
    actions: pd.DataFrame,
    window: Window,
    now: datetime,
    settle: timedelta,
    source: str,
) -> Checked:
    """Judge every bar of the window; `stored` and `actions` are the market's current ones, a bar's past."""
    good, repeated = _booked_once([answer for answer in answers if answer.outcome == "ok"])
    splits = {answer.symbol: answer.splits for answer in good}
    undone = undo_adjustments(
        collect(good, stored, window, now, settle),
        stored,
        actions[actions["kind"] == KIND],
        splits,
        repeated,
        window.market,
    )
    facts = _facts(good, undone, actions, now)
    bars = undone.bars[undone.bars["is_wanted"]]
    bars = with_known(bars, stored, window.market).assign(source=source)
    check_frame(bars)
    context = bars_beside(bars, stored)
    bars = _judge(bars, context, facts.known, window.market)
    bars, evening = _judge_evening(bars, context, good, window)
    passed = bars[bars["rule"].isna()]
    undated = undone.undated.assign(rule="undated_rebase")
    warnings = pd.concat([evening, _warned_bars(passed), _warned_actions(good, answers, window), undated])
    unshown = bars.loc[bars["rule"] == "split_without_step", KEY].set_axis(["symbol", "ex_date"], axis=1)
    found = facts.found[~_is_among(facts.found, unshown.assign(kind="split"))]
    in_window = (found["ex_date"] >= window.bars_from) & (found["ex_date"] <= window.last)
    return Checked(
        passed[~passed["is_index"]],
        passed[passed["is_index"]],
        found[in_window | (found["kind"] == KIND)].assign(source=source),
        facts.withdrawn,
        _quarantined(bars[bars["rule"].notna()], warnings, source),
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


def _facts(answers: list[Answer], undone: Undone, stored: pd.DataFrame, now: datetime) -> _Facts:
    found = actions_as_traded(answers)
    if len(undone.found):
        found = pd.concat([found, undone.found.assign(currency=None, asked_at=pd.Timestamp(now))], ignore_index=True)
    columns = [*ACTION_KEY, "value"]
    withdrawn = pd.concat([undone.withdrawn[ACTION_KEY], moved(stored, found)]).drop_duplicates()
    withdrawn = withdrawn[~_is_among(withdrawn, found)]
    earlier = stored[~_is_among(stored, found) & ~_is_among(stored, withdrawn)]
    return _Facts(found, withdrawn, pd.concat([found[columns], earlier[columns]], ignore_index=True))


def _judge(bars: pd.DataFrame, context: pd.DataFrame, actions: pd.DataFrame, market: str) -> pd.DataFrame:
    """All rules that hold a bar against itself and its own past, in their order."""
    bars = hold_broken_rows(bars)
    held = [bars[bars["rule"].notna()]]
    bars = bars[bars["rule"].isna()]
    is_index = bars["is_index"]
    both = pd.concat([bars, context])
    shares = ratios_after(both, actions[actions["kind"] != "dividend"])
    stocks = judge_trading(bars[~is_index], context[~context["is_index"]], both["close"] / shares)
    held.append(stocks[stocks["rule"].notna()])
    bars = pd.concat([stocks[stocks["rule"].isna()], bars[is_index].assign(trading_state="traded")])
    return pd.concat([*held, hold_in_order(bars, context, actions, market)])


def _judge_evening(
    bars: pd.DataFrame, context: pd.DataFrame, answers: list[Answer], window: Window
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Hold what breaks a rule across the evening; and the warnings: symbol, trade_date, rule, detail."""
    asked = {answer.symbol for answer in answers}
    owed = [
        (window.market, symbol, day)
        for day in between(window.market, window.first, window.last)
        for symbol in sorted(members_on(window.market, day) & asked)
    ]
    members = pd.DataFrame([vars(spell) for spell in spells(window.market)])
    found = broken(
        pd.concat([bars.assign(is_new=~bars["is_known"]), context.assign(is_new=False, market=window.market)]),
        pd.DataFrame(owed, columns=["market", *KEY]),
        members[["index_symbol", "symbol", "valid_from", "valid_to"]],
    )
    wrong = found[found["severity"] != "warn"].drop_duplicates(KEY).set_index(KEY)
    for at in bars.index[pd.MultiIndex.from_frame(bars[KEY]).isin(wrong.index) & bars["rule"].isna()]:
        finding = wrong.loc[tuple(bars.loc[at, KEY])]
        bars.loc[at, ["rule", "detail"]] = [
            finding["rule"],
            f"{describe(bars.loc[at], finding['rule'])}; {finding['detail']}",
        ]
    return bars, found[found["severity"] == "warn"]


def _warned_bars(passed: pd.DataFrame) -> pd.DataFrame:
    """A row a warning of a bar that is stored all the same."""
    each = passed[passed["warnings"].str.len() > 0].explode("warnings")
    each["rule"] = each["warnings"]
    each["detail"] = [describe(bar, bar["rule"]) for _, bar in each.iterrows()]
    return each[[*BAR_COLUMNS, "time_zone", "asked_at", "rule", "detail"]]


def _warned_actions(once: list[Answer], answers: Sequence[Answer], window: Window) -> pd.DataFrame:
    """A row a second booking that was left out."""
    kept = {answer.symbol: answer for answer in once}
    rows = [
        (answer.symbol, event.ex_date, "booked_twice", f"{kind} of {event.value:g} booked again, left out")
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
    rows = rows.reindex(columns=[*BAR_COLUMNS, *version, "time_zone", "rule", "detail", "status"])
    has_values = rows["close"].notna() | rows["open"].notna()
    wrong = [
        values_of(bar) if has else bar["detail"] for has, (_, bar) in zip(has_values, rows.iterrows(), strict=True)
    ]
    ids = [
        hashlib.sha256(f"{row.symbol} {row.trade_date} {row.rule} {what}".encode()).hexdigest()[:12]
        for row, what in zip(rows.itertuples(), wrong, strict=True)
    ]
    return rows.assign(id=ids, source=source).drop_duplicates("id")


def _is_among(rows: pd.DataFrame, others: pd.DataFrame) -> pd.Series:
    among = pd.MultiIndex.from_frame(rows[ACTION_KEY]).isin(pd.MultiIndex.from_frame(others[ACTION_KEY]))
    return pd.Series(among, rows.index)
