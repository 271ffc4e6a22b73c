"""Step 3, validate: bars and events pass, or are held with the rule's name and what it saw. Nothing is repaired.

`judge_symbols` looks at some symbols' answers alone, so that pieces of a market can be judged apart; `look_across` at
all pieces side by side. Neither reads or writes anything.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from tasks.collect import Terms, bars_beside, collect, with_known, with_nominal
from tasks.events import Judged, judge_told
from tasks.pieces import (
    ALL_DAYS,
    BARS,
    Piece,
    Span,
    as_rows,
    counted_days,
    judged_bars,
    of_span,
    section_of,
)
from tasks.plan import Past
from tasks.quarantine import held_rows, warned_bars
from tasks.sources.registry import official_among
from warehouse.bars.answers import Answer
from warehouse.bars.as_traded import UNDATED_REBASE, ratios_after, undo
from warehouse.bars.events import told_by
from warehouse.frames import DIVIDEND, KEY, is_among, together
from warehouse.rules.evening import SECTION, broken
from warehouse.rules.frame import hold_misshapen
from warehouse.rules.judge import describe, hold_broken_rows, hold_in_order, judge_trading
from warehouse.rules.trading_state import days_newly_flat

MANY_REBASED = 5  # symbols in one evening: the vendor did something to its history, not so many companies to theirs


@dataclass(frozen=True)
class Around:
    """What the rest of an evening says to some symbols: days on which an index has a bar, in any answer or stored;
    days on which so many stocks turned flat that none is believed; and whether a rebased history may be an adjustment.
    """

    index_days: Collection[date]
    flat_days: Collection[date] = ()
    may_rebase: bool = True


@dataclass(frozen=True)
class Checked:
    """What passed and what is held: frames with the lake's columns, versions apart.

    `withdrawn` are stored actions (symbol, ex_date, kind) that the answers show to be no more. `held` has the `status`
    'held', or 'warned' for what is stored all the same. `named` says of each believed symbol which events it told.
    All rows lie in `span` but those of actions; `passed` are the symbols of which some bar passed, in it or not.
    """

    stocks: pd.DataFrame
    indices: pd.DataFrame
    actions: pd.DataFrame
    withdrawn: pd.DataFrame
    held: pd.DataFrame
    named: dict[str, str]
    span: Span = ALL_DAYS
    passed: frozenset[str] = frozenset()


def seen_together(pieces: Sequence[Piece], around: Around) -> Around:
    """What the pieces say to each other once all have been judged."""
    rebased = frozenset[str]().union(*(piece.rebased for piece in pieces))
    flat_days = days_newly_flat(pd.concat([piece.newly_flat for piece in pieces]))
    return Around(around.index_days, flat_days, len(rebased) < MANY_REBASED)


def is_moved(piece: Piece, around: Around) -> bool:
    """Whether a piece has to be judged again, by what all say together."""
    has_flat = bool(piece.newly_flat["trade_date"].isin(list(around.flat_days)).any())
    return has_flat or (bool(piece.rebased) and not around.may_rebase)


def judge_symbols(answers: Sequence[Answer], past: Past, terms: Terms, around: Around) -> Piece:
    """Judge the bars and events of some symbols against themselves and their own past."""
    market = terms.market
    good = [answer for answer in answers if answer.outcome == "ok"]
    today = market.today(terms.now)
    told = {
        answer.symbol: told_by(answer, today, answer.symbol in market.index_symbols, terms.currency_rates)
        for answer in good
    }
    stated = collect(good, around.index_days, terms)
    own, filled = past.bars[past.bars["fill_factor"].isna()], past.bars[past.bars["fill_factor"].notna()]
    proven_by = official_among(past.actions["source"])
    undone = undo(stated, own, past.actions, told, market, around.may_rebase, proven_by)
    bars = undone.bars[undone.bars["is_wanted"]]
    bars = with_known(bars, own, market, undone.refused).assign(source=terms.source, fill_factor=np.nan)
    bars = bars.assign(was_filled=is_among(bars, filled[filled["trading_state"] == "traded"]))
    stored = bars_beside(bars, past.bars, market)
    is_told = is_among(stored, bars)
    context = stored[~is_told]
    # A fill may be on another basis than what the vendor itself tells of its day.
    stored = stored[~is_told | ~is_among(stored, filled)]
    bars = hold_misshapen(hold_broken_rows(with_nominal(bars, context, market)))
    events = judge_told(good, told, undone, bars, stored, past, terms)
    bars, newly_flat = _judge(bars, stored, events, terms, around.flat_days)
    section = pd.concat([bars.assign(is_new=~bars["is_known"]), context.assign(is_new=False, is_ex=False)])
    return Piece(
        frozenset(answer.symbol for answer in good),
        as_rows(bars, BARS),
        as_rows(section, SECTION),
        warned_bars(bars),
        newly_flat,
        events,
        undone.undated.assign(rule=UNDATED_REBASE),
    )


def look_across(pieces: Sequence[Piece], terms: Terms, spans: Sequence[Span]) -> pd.DataFrame:
    """What breaks a rule across the evenings (`broken`), looked for span by span: together they are all days."""
    asked = frozenset[str]().union(*(piece.symbols for piece in pieces))
    counted = counted_days(pieces)
    found = []
    for span in spans:
        owed = [day for day in terms.window.sessions if span[0] <= day <= span[1]]
        found.append(of_span(broken(section_of(pieces, span, counted), asked, terms.market, owed), span))
    return together(*found)


def put_together(pieces: Sequence[Piece], found: pd.DataFrame, source: str, span: Span) -> Checked:
    """What is to be stored of a span of days, after what the evening's rules have `found`; and the actions of all."""
    found = of_span(found, span)
    wrong = found[found["severity"] != "warn"].drop_duplicates(KEY).set_index(KEY)
    bars = _hold(judged_bars(pieces, span), wrong)
    passed = bars[bars["rule"].isna()]
    held = [bars[bars["rule"].notna()], *(of_span(piece.events.held, span) for piece in pieces)]
    warned = [found[found["severity"] == "warn"]]
    for piece in pieces:
        warned.append(piece.warned[~is_among(piece.warned, wrong.reset_index())])
        warned += [piece.events.warned, piece.undated]
    return Checked(
        passed[~passed["is_index"]],
        passed[passed["is_index"]],
        together(*(piece.events.accepted for piece in pieces)),
        together(*(piece.events.withdrawn for piece in pieces)),
        held_rows(held, [of_span(rows, span) for rows in warned], source),
        {symbol: text for piece in pieces for symbol, text in piece.events.named.items()},
        span,
        frozenset[str]().union(*(piece.passed for piece in pieces)),
    )


def parts(pieces: Sequence[Piece], found: pd.DataFrame, source: str, spans: Sequence[Span]) -> Iterator[Checked]:
    """What is to be stored, span by span. The first has the actions of all: what bars were undone by comes before."""
    for span in spans:
        checked = put_together(pieces, found, source, span)
        if span != spans[0]:
            checked = replace(checked, actions=checked.actions[:0], withdrawn=checked.withdrawn[:0])
        yield checked


def _judge(
    bars: pd.DataFrame, stored: pd.DataFrame, events: Judged, terms: Terms, flat_days: Collection[date]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All rules that hold a bar against its own past, in their order; and the days of the newly flat.

    What is `stored` of a day is its past where the bar that is told now is held.
    """
    held = [bars[bars["rule"].notna()]]
    bars = bars[bars["rule"].isna()]
    context = stored[~is_among(stored, bars)]
    is_index = bars["is_index"]
    both = pd.concat([rows[[*KEY, "close"]] for rows in (bars, context)])
    shares = ratios_after(both, events.known[events.known["kind"] != DIVIDEND])
    stocks, newly_flat = judge_trading(
        bars[~is_index], context[~context["is_index"]], both["close"] / shares, flat_days
    )
    held.append(stocks[stocks["rule"].notna()])
    bars = pd.concat([stocks[stocks["rule"].isna()], bars[is_index].assign(trading_state="traded")])
    judged = hold_in_order(bars, stored, events.known, events.doubtful, terms.market)
    return pd.concat([*held, judged]), newly_flat


def _hold(bars: pd.DataFrame, wrong: pd.DataFrame) -> pd.DataFrame:
    """The bars with those held that the evening shows to be `wrong` (rule and detail by symbol and trade_date)."""
    bars = bars.copy()
    for at in bars.index[is_among(bars, wrong.reset_index()) & bars["rule"].isna()]:
        finding = wrong.loc[tuple(bars.loc[at, KEY])]
        detail = f"{describe(bars.loc[at], finding['rule'])}; {finding['detail']}"
        bars.loc[at, ["rule", "detail"]] = [finding["rule"], detail]
    return bars
