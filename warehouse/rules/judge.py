"""Asks the rules of bars, and puts what they say into words: `rule` and `detail` of every bar that is held."""

from collections.abc import Collection, Sequence
from datetime import date

import pandas as pd

from warehouse.facts.market import Market
from warehouse.frames import KEY, VALUES, is_among
from warehouse.rules.history import HISTORY_RULES, is_resumed_for_good, step_beside_event
from warehouse.rules.past import with_past
from warehouse.rules.row import ROW_RULES, one_row_a_day
from warehouse.rules.rule import Rule
from warehouse.rules.trading_state import FLAT, FLAT_AGAINST_FILL, with_trading_state


def hold_broken_rows(bars: pd.DataFrame) -> pd.DataFrame:
    """Name the first holding rule that a row breaks, in `rule`, and what a passing one is warned of, in `warnings`.

    A bar that the lake already holds as it is (`is_known`) has been judged, or released by a person, and is not judged
    again; its copies are.
    """
    found = _first_broken(bars, ROW_RULES)
    found = found.where((found == one_row_a_day.__name__) | ~bars["is_known"], None)
    return _with_warnings(_named(bars, found), ROW_RULES)


def judge_trading(
    bars: pd.DataFrame, context: pd.DataFrame, closes: pd.Series, flat_days: Collection[date]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give each stock bar its trading state, seen among the stored bars of `context`; hold those in doubt.

    `closes` puts the closes of both into the same shares, by index. Bars that are stored as flat (`was_flat`) are not
    in doubt again; a flat one never takes the place of another vendor's that traded (`was_filled`). Beside the bars:
    which are flat and since when, stored ones too.
    """
    both = pd.concat([bars, context.assign(was_flat=True)]) if len(context) else bars
    stated = with_trading_state(both.assign(close_adjusted=closes).sort_values(KEY), flat_days)
    judged = stated.loc[bars.index, ["trading_state", "flat_problem"]]
    found = judged["flat_problem"].where(judged["flat_problem"].notna() & ~bars["was_flat"], None)
    found = found.mask(found.isna() & bars["was_filled"] & (judged["trading_state"] != "traded"), FLAT_AGAINST_FILL)
    newly_flat = stated.loc[stated["flat_since"].notna(), FLAT]
    return _named(bars.assign(trading_state=judged["trading_state"]), found), newly_flat


def hold_in_order(
    bars: pd.DataFrame, stored: pd.DataFrame, actions: pd.DataFrame, doubtful: pd.DataFrame, market: Market
) -> pd.DataFrame:
    """Hold bars that break a rule against the bar before them, and add that past to those that pass.

    A held bar is nobody's past: the one after it is held against what is `stored` of that day, or the last that was
    accepted. `doubtful` are the held splits. A step after a halt is believed once the two bars after it agree with it.
    """
    context = stored[~is_among(stored, bars)]
    together = (pd.concat([bars, context]) if len(context) else bars).sort_values(KEY)
    is_judged = ~bars["is_known"].astype(bool)
    found = pd.Series(None, bars.index, dtype="object")
    details = found.copy()
    open_symbols = together
    passed = []
    while len(open_symbols):
        seen = with_past(open_symbols, actions, market, doubtful)
        problem = _first_broken(seen, HISTORY_RULES).where(is_judged.reindex(seen.index, fill_value=False), None)
        problem = problem.mask(is_resumed_for_good(seen), None)
        first = problem.dropna().groupby(seen["symbol"]).head(1)
        is_open = seen["symbol"].isin(seen.loc[first.index, "symbol"])
        passed.append(seen[~is_open])
        found[first.index] = first
        for at in first.index:
            details[at] = describe(seen.loc[at], first[at])
        instead = stored[is_among(stored, seen.loc[first.index])]
        open_symbols = open_symbols.loc[is_open[is_open].index].drop(first.index)
        open_symbols = pd.concat([open_symbols, instead]).sort_values(KEY) if len(instead) else open_symbols
    past = pd.concat(passed) if passed else with_past(together, actions, market, doubtful)
    columns = [name for name in past.columns if name not in bars.columns]
    held = bars.join(past[columns])
    held["rule"] = found
    held["detail"] = details
    return _with_warnings(held, HISTORY_RULES)


def describe(bar: pd.Series, rule: str) -> str:
    """One line that names symbol, session, rule and values, and what the bar was held against."""
    line = f"{bar['symbol']} {bar['trade_date']} {rule}: {values_of(bar)}"
    if pd.notna(bar.get("reference_price")):
        line += f"; after a close of {bar['previous_close']:g}, reference {bar['reference_price']:g}"
    if pd.notna(bar.get("usual_volume")) and "volume" in rule:
        line += f", usual volume {bar['usual_volume']:.0f}"
    if rule == step_beside_event.__name__:
        line += f"; a split of {bar['doubtful_ratio']:g} for one is told for {bar['doubtful_date']} and held"
    return line


def values_of(bar: pd.Series) -> str:
    """A bar's own values: what was wrong, whatever it was held against."""
    values = " ".join(f"{name} {bar[name]}" for name in VALUES)
    return f"{values} {bar['currency']} {bar['time_zone']}"


def _first_broken(bars: pd.DataFrame, rules: Sequence[Rule]) -> pd.Series:
    found, is_whole = pd.Series(None, bars.index, dtype="object"), pd.Series(True, bars.index)
    for rule in rules:
        if rule.severity != "warn" and len(bars):
            is_broken = rule.check(bars).fillna(True).astype(bool) & is_whole
            found[is_broken] = rule.name
            is_whole &= ~is_broken
    return found


def _named(bars: pd.DataFrame, found: pd.Series) -> pd.DataFrame:
    broken = found.dropna()
    details = pd.Series(None, bars.index, dtype="object")
    for at in broken.index:
        details[at] = describe(bars.loc[at], broken[at])
    return bars.assign(rule=found.where(found.notna(), None), detail=details)


def _with_warnings(bars: pd.DataFrame, rules: Sequence[Rule]) -> pd.DataFrame:
    """Add the names of the warnings that a bar which is not held earns to its tuple `warnings`."""
    warnings = (
        bars["warnings"].copy() if "warnings" in bars else pd.Series([()] * len(bars), bars.index, dtype="object")
    )
    for rule in rules:
        if rule.severity == "warn" and len(bars):
            is_broken = rule.check(bars).fillna(False).astype(bool) & bars["rule"].isna() & ~bars["is_known"]
            warnings[is_broken] = [(*names, rule.name) for names in warnings[is_broken]]
    return bars.assign(warnings=warnings)
