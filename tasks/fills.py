"""What the first vendor leaves owed is asked of the next, key by key, and taken only where it is proven.

A fill is kept as it was printed, with the factor that brings it to the basis of the series; it is judged on that basis
by the same rules as every bar. Events are never taken.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import pandas as pd

from tasks.collect import Terms, collect
from tasks.fetch import ask, pieces_of, refuse_shifted
from tasks.owed import First
from tasks.pieces import Piece, judged_bars, unseen
from tasks.plan import Past
from tasks.prove import common_days, judge_fills, proofs_of
from tasks.sources import FillSource, Standing
from warehouse.bars.answers import Answer, Request
from warehouse.bars.proof import DISTINCT_CLOSES, NEEDED_BARS, beside
from warehouse.frames import KEY, empty, is_among, together
from warehouse.lake.schema import FILLS

GIVE_UP_AFTER = 3  # symbols in a row that could not be had: what is left would only wait for the same
MARGIN = 2 * NEEDED_BARS  # days that the first vendor has beside a key: not every one need be common
STOPPED = "not asked any more: "  # a source may say so itself
LINES = 5  # reasons in the log; all are kept
_NONE_ASKED = empty(FILLS.schema).drop(columns="run_id")
_NONE_BESIDE = pd.DataFrame(columns=[*KEY, "close", "other_close", "asked_at"])


@dataclass(frozen=True)
class Filled:
    """What one vendor gave. `pieces` are judged as every piece is, their passing bars are the fills.

    `asked` has a row a symbol with the columns of `FILLS` but `run_id`, `beside` the common closes of the two vendors
    that could prove something (symbol, trade_date, close, other_close, asked_at).
    """

    source: str
    pieces: Sequence[Piece]
    asked: pd.DataFrame
    beside: pd.DataFrame

    @cached_property
    def bars(self) -> pd.DataFrame:
        """Its proven bars, a `rule` where one is held."""
        return judged_bars(self.pieces)

    def without_filled(self, owed: pd.DataFrame) -> pd.DataFrame:
        """What is owed still."""
        return owed[~is_among(owed, self.bars[self.bars["rule"].isna()])]

    def lines(self) -> list[str]:
        """For the log: how much was filled, and why the rest was not, a line a reason."""
        if self.asked.empty:
            return []
        lines = [
            f"{self.source} filled {self.asked['filled'].sum()} of {self.asked['owed'].sum()} sessions that were owed"
        ]
        why = self.asked["detail"].str.replace(STOPPED, "")
        reasons = self.asked["symbol"].groupby(why, sort=False).agg(list)
        for detail, symbols in list(reasons.items())[:LINES]:
            more = f" and {len(symbols) - LINES} more" if len(symbols) > LINES else ""
            lines.append(f"{self.source}: {', '.join(symbols[:LINES])}{more}: {detail}")
        if len(reasons) > LINES:
            lines.append(f"{self.source}: {len(reasons) - LINES} more reasons are in the view fills")
        return lines


def fill_from(
    filler: FillSource,
    first: First,
    pieces: Sequence[Piece],
    past: Past,
    terms: Terms,
    index_days: Collection[date],
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Filled:
    """Ask one vendor for what is owed: one request a symbol, and none where nothing could prove an answer.

    Some symbols after others, as many as memory holds; where they are several lots `progress` hears how many are done.
    """
    terms = replace(terms, source=filler.source.name)
    owed = first.owed if filler.has_stocks else first.owed[first.owed["symbol"].isin(terms.market.index_symbols)]
    symbols = sorted(owed["symbol"].unique())
    standing, parts, done = Standing(GIVE_UP_AFTER), [], 0
    groups = pieces_of(symbols, len(terms.window.sessions))
    for some in groups:
        mine = replace(first, owed=owed[owed["symbol"].isin(some)])
        parts.append(_fill_some(filler, standing, mine, pieces, past, terms, index_days))
        done += len(some)
        if len(groups) > 1:
            progress(done, len(symbols))
    return Filled(
        terms.source,
        [piece for part in parts for piece in part.pieces],
        together(_NONE_ASKED, *(part.asked for part in parts)),
        together(_NONE_BESIDE, *(part.beside for part in parts)),
    )


def _fill_some(
    filler: FillSource,
    standing: Standing,
    first: First,
    pieces: Sequence[Piece],
    past: Past,
    terms: Terms,
    index_days: Collection[date],
) -> Filled:
    keys = _days_of(first.owed)
    bars = first.bars(keys)
    own = {str(symbol): rows for symbol, rows in bars.groupby("symbol")}
    requests, asked, near = [], [], []
    for symbol, days in keys.items():
        proving = _proving(days, own.get(symbol, bars.head(0)), first.ex_dates.get(symbol, ()))
        near += [(symbol, day) for day in proving]
        if proving:
            requests.append(Request(symbol, min(proving), last=max(proving)))
        else:
            detail = f"not asked: fewer than {NEEDED_BARS} bars of the first vendor to prove one by"
            asked.append(Answer(symbol, "not asked", terms.now, detail))
    answers = [refuse_shifted(answer, terms.market) for answer in _ask(filler, standing, requests, terms)]
    good = [answer for answer in answers if answer.outcome == "ok"]
    stated = collect(good, index_days, terms).sort_values(KEY, ignore_index=True)
    common = common_days(bars, stated, terms)
    proofs = proofs_of(first.owed, stated, common, first.ex_dates, terms.market)
    piece = judge_fills(stated, proofs, pieces, past, terms) if len(proofs) else None
    filled = [piece] if piece else []
    compared = common[is_among(common, pd.DataFrame(near, columns=KEY))]
    return Filled(terms.source, filled, _rows(keys, [*asked, *answers], proofs, filled, terms), compared)


def with_fills(pieces: Sequence[Piece], filled: Sequence[Filled]) -> list[Piece]:
    """The pieces with those of the fills, whose bars take the place of what was held in the view of the evening."""
    fills = [piece for each in filled for piece in each.pieces]
    taken = judged_bars(fills)
    taken = taken[taken["rule"].isna()]
    return [unseen(piece, taken) for piece in pieces] + fills


def _proving(keys: Sequence[date], own: pd.DataFrame, ex_dates: Collection[date]) -> set[date]:
    """The keys that may be proven, and the days whose bars may prove one."""
    days: set[date] = set()
    for key in keys:
        near = beside(key, own, ex_dates, MARGIN)
        if len(near) >= NEEDED_BARS and near["close"].nunique() >= DISTINCT_CLOSES:
            days.update([key, *near["trade_date"]])
    return days


def _days_of(owed: pd.DataFrame) -> dict[str, list[date]]:
    return {str(symbol): sorted(mine["trade_date"]) for symbol, mine in owed.groupby("symbol", sort=True)}


def _ask(filler: FillSource, standing: Standing, requests: Sequence[Request], terms: Terms) -> list[Answer]:
    """One after the other: who bans an address that asks much is asked like that, and given up after a few failures."""
    answers = []
    for request in requests:
        if standing.stopped:
            why = f"{STOPPED}{standing.stopped.removeprefix(STOPPED)}"[:200]
            answers.append(Answer(request.symbol, "transient", terms.now, why))
            continue
        answers.append(ask(filler.source, request))
        standing.note(answers[-1])
    return answers


def _rows(
    keys: dict[str, list[date]],
    answers: Sequence[Answer],
    proofs: pd.DataFrame,
    filled: Sequence[Piece],
    terms: Terms,
) -> pd.DataFrame:
    """What came of each symbol: rows of `FILLS` but `run_id`."""
    judged = judged_bars(filled)
    rows = []
    for answer in answers:
        mine = keys[answer.symbol]
        bars = judged[judged["symbol"] == answer.symbol]
        taken = int(bars["rule"].isna().sum())
        why = answer.detail
        if answer.outcome == "ok" and taken < len(mine):
            seen = proofs[proofs["symbol"] == answer.symbol]
            refused = [reason for reason in seen["reason"] if reason]
            held = [f"held by {rule}" for rule in bars["rule"].dropna()]
            why = (refused + held + ["it has no bar of the day"])[0]
        rows.append(
            {
                "symbol": answer.symbol,
                "source": terms.source,
                "asked_on": terms.market.today(answer.asked_at),
                "asked_at": answer.asked_at,
                "first_owed": min(mine),
                "last_owed": max(mine),
                "owed": len(mine),
                "filled": taken,
                "outcome": answer.outcome,
                "detail": why,
            }
        )
    return pd.DataFrame(rows, columns=_NONE_ASKED.columns)
