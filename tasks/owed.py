"""What the first vendor leaves owed: the keys of a window that another one may fill."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from tasks.pieces import Piece, Span, judged_bars, of_span, spans_of
from tasks.plan import Past
from tasks.runs import Run
from warehouse.frames import KEY, VALUES, is_among, together
from warehouse.rules.decisions import WITHDRAWN
from warehouse.rules.official import OFFICIAL_SAYS_TRADED
from warehouse.rules.row import OF_AN_ANSWER, prices_finite_and_positive
from warehouse.rules.trading_state import FLAT_AT_CHANGED_CLOSE, NEWLY_FLAT_MARKET

# What no person can judge and the first vendor never mends; the other rules ask a question, and a person answers it.
MENDED_BY_ANOTHER = frozenset(
    {NEWLY_FLAT_MARKET, FLAT_AT_CHANGED_CLOSE, OFFICIAL_SAYS_TRADED, prices_finite_and_positive.__name__}
)
_BAR = [*KEY, *VALUES, "split_factor"]


@dataclass(frozen=True)
class First:
    """What the first vendor's run leaves behind for others.

    `bars` gives its traded ones of some symbols, stored and new, as traded (symbol, trade_date, values, split_factor),
    in order; `ex_dates` are the days of its events, believed or held, by symbol. `owed` has symbol and trade_date.
    """

    bars: Callable[[Collection[str]], pd.DataFrame]
    ex_dates: dict[str, frozenset[date]]
    owed: pd.DataFrame


def left_by_first(
    run: Run,
    pieces: Sequence[Piece],
    more_of_indices: pd.DataFrame,
    past: Past,
    held: pd.DataFrame,
    index_days: Collection[date],
) -> First:
    """What is owed after the first vendor was asked: `pieces` are judged, `held` is the stored quarantine.

    Owed are the indices that were asked for, from their launch, and with them their members of the day: where no bar is
    stored or passes now, and nothing is held that a person should decide. `more_of_indices` are index bars of its
    answers outside the window: a bar to prove another by need not be one to keep.
    """
    source, window = run.source, run.window
    # What another vendor gave and a rule held may be given better; what a person took back may not.
    is_asked = (held["source"] == source) | (held["rule"] == WITHDRAWN)
    open_rows = held[(held["status"] == "held") & held["kind"].isna() & is_asked]
    decided = held[(held["status"] == "rejected") & held["kind"].isna()]

    def owed_of(span: Span) -> pd.DataFrame:
        judged = judged_bars(pieces, span)[[*KEY, "rule"]]
        before = of_span(open_rows[[*KEY, "rule"]], span)
        before = before[~(before["rule"].isin(OF_AN_ANSWER) & is_among(before, judged))]
        asked_to_mend = together(judged[judged["rule"].notna()], before)
        for_a_person = asked_to_mend[~asked_to_mend["rule"].isin(MENDED_BY_ANOTHER)]
        for_a_person = for_a_person[~is_among(for_a_person, decided, [*KEY, "rule"])]
        have = together(past.bars[KEY], judged.loc[judged["rule"].isna(), KEY], for_a_person[KEY])
        wanted = pd.DataFrame(_expected(run, index_days, span), columns=KEY)
        return wanted[~is_among(wanted, have)]

    def bars_of(symbols: Collection[str]) -> pd.DataFrame:
        judged = judged_bars(pieces, symbols=symbols)
        passed = judged[judged["rule"].isna()]
        own, outside = (rows[rows["symbol"].isin(symbols)] for rows in (past.bars, more_of_indices))
        own = own[(own["source"] == source) & own["fill_factor"].isna()]
        own = own[~is_among(own, passed)]
        outside = outside[~is_among(outside, together(judged[KEY], own[KEY]))]
        traded = together(own[_BAR], passed[_BAR], outside[_BAR])
        is_index = traded["symbol"].isin(window.market.index_symbols)
        traded = traded[is_index | (traded["volume"] > 0).fillna(False)]
        return traded.sort_values(KEY, ignore_index=True)

    # Some years after others, and the bars of some symbols after others: no long window is in memory at once.
    owed = together(*map(owed_of, spans_of(pieces))).sort_values(KEY, ignore_index=True)
    return First(bars_of, _ex_dates(pieces, past, held), owed)


def _expected(run: Run, index_days: Collection[date], span: Span) -> list[tuple[str, date]]:
    market = run.window.market
    asked = {request.symbol for request in run.requests}
    indices = [index for index in market.indices if index.symbol in asked]
    found = []
    for day in market.sessions.between(max(run.window.first, span[0]), min(run.window.last, span[1])):
        session = market.sessions.on(day)
        if session is None or (session.kind == "provisional" and day not in index_days):
            continue
        live = [index.symbol for index in indices if index.launched_on is None or index.launched_on <= day]
        followed = live if run.scope == "members" else []
        members = set[str]().union(*(market.members_on(day, symbol) for symbol in followed))
        found += [(symbol, day) for symbol in (*live, *sorted(members))]
    return found


def _ex_dates(pieces: Sequence[Piece], past: Past, held: pd.DataFrame) -> dict[str, frozenset[date]]:
    """The days of every event that is stored, was told, or is in doubt: any of them may part two bases."""
    doubtful = held[held["kind"].notna() & (held["status"] == "held")]
    told = [piece.events.accepted for piece in pieces]
    in_doubt = [piece.events.held.rename(columns={"trade_date": "ex_date"}) for piece in pieces]
    in_doubt.append(doubtful.rename(columns={"trade_date": "ex_date"}))
    days: dict[str, set[date]] = {}
    for frame in (past.actions, *told, *in_doubt):
        for symbol, day in zip(frame["symbol"], frame["ex_date"], strict=True):
            days.setdefault(symbol, set()).add(day)
    return {symbol: frozenset(found) for symbol, found in days.items()}
