"""What the first vendor leaves owed is asked of the next, key by key, and taken only where it is proven.

A fill is kept as it was printed, with the factor that brings it to the basis of the series; it is judged on that basis
by the same rules as every bar. Events are never taken.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import pandas as pd

from tasks.collect import Terms, collect
from tasks.fetch import ask, refuse_shifted
from tasks.owed import First
from tasks.pieces import ALL_DAYS, Piece, as_rows
from tasks.plan import Past
from tasks.prove import common_days, judge_fills, proofs_of
from tasks.sources import FillSource, Standing
from warehouse.bars.answers import Answer, Request
from warehouse.bars.proof import BARS, DISTINCT_CLOSES, beside
from warehouse.frames import KEY, is_among, together
from warehouse.lake.schema import FILLS
from warehouse.rules.evening import SECTION

GIVE_UP_AFTER = 3  # symbols in a row that could not be had: what is left would only wait for the same
MARGIN = 2 * BARS  # days that the first vendor has beside a key: not every one need be common
STOPPED = "not asked any more: "  # a source may say so itself
NO_BARS = [*KEY, "close", "asked_at", "rule"]
LINES = 5  # reasons in the log; all are kept


@dataclass(frozen=True)
class Filled:
    """What one vendor gave. `piece` is judged as every piece is, its passing bars are the fills.

    `asked` has a row a symbol with the columns of `FILLS` but `run_id`, `beside` every common close of the two vendors
    (symbol, trade_date, close, other_close, asked_at).
    """

    source: str
    piece: Piece | None
    asked: pd.DataFrame
    beside: pd.DataFrame

    @cached_property
    def bars(self) -> pd.DataFrame:
        """Its proven bars, a `rule` where one is held."""
        return self.piece.bars_of(ALL_DAYS) if self.piece else pd.DataFrame(columns=NO_BARS)

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
    filler: FillSource, first: First, pieces: Sequence[Piece], past: Past, terms: Terms, index_days: Collection[date]
) -> Filled:
    """Ask one vendor for what is owed: one request a symbol, and none where nothing could prove an answer."""
    terms = replace(terms, source=filler.source.name)
    owed = first.owed if filler.has_stocks else first.owed[first.owed["symbol"].isin(terms.market.index_symbols)]
    own = {str(symbol): bars for symbol, bars in first.bars.groupby("symbol")}
    requests, asked = [], []
    for symbol, keys in _days_of(owed).items():
        request = _request(symbol, keys, own.get(symbol, first.bars.head(0)), first.ex_dates.get(symbol, ()))
        if request:
            requests.append(request)
        else:
            detail = f"not asked: fewer than {BARS} bars of the first vendor to prove one by"
            asked.append(Answer(symbol, "not asked", terms.now, detail))
    answers = [refuse_shifted(answer, terms.market) for answer in _ask(filler, requests, terms)]
    good = [answer for answer in answers if answer.outcome == "ok"]
    stated = collect(good, index_days, terms).sort_values(KEY, ignore_index=True)
    common = common_days(first.bars, stated, terms)
    proofs = proofs_of(owed, stated, common, first.ex_dates)
    piece = judge_fills(stated, proofs, pieces, past, terms) if len(proofs) else None
    return Filled(terms.source, piece, _rows(owed, [*asked, *answers], proofs, piece, terms), common)


def with_fills(pieces: Sequence[Piece], filled: Sequence[Filled]) -> list[Piece]:
    """The pieces with those of the fills, whose bars take the place of what was held in the view of the evening."""
    fills = [each.piece for each in filled if each.piece]
    taken = together(*(each.bars for each in filled)) if fills else pd.DataFrame(columns=NO_BARS)
    taken = taken[taken["rule"].isna()]
    return [_without(piece, taken) for piece in pieces] + fills


def _without(piece: Piece, taken: pd.DataFrame) -> Piece:
    """The piece without the keys that are `taken` in its cross-section."""
    if not piece.symbols & set(taken["symbol"]):
        return piece
    section = piece.section.to_table().to_pandas(date_as_object=True)
    return replace(piece, section=as_rows(section[~is_among(section, taken)], SECTION))


def _request(symbol: str, keys: Sequence[date], own: pd.DataFrame, ex_dates: Collection[date]) -> Request | None:
    """From the first to the last day that the proof of a key may need; None where no key can be proven."""
    days = []
    for key in keys:
        near = beside(key, own, ex_dates, MARGIN)
        if len(near) >= BARS and near["close"].nunique() >= DISTINCT_CLOSES:
            days += [key, near["trade_date"].iloc[0], near["trade_date"].iloc[-1]]
    return Request(symbol, min(days), last=max(days)) if days else None


def _days_of(owed: pd.DataFrame) -> dict[str, list[date]]:
    return {str(symbol): sorted(mine["trade_date"]) for symbol, mine in owed.groupby("symbol", sort=True)}


def _ask(filler: FillSource, requests: Sequence[Request], terms: Terms) -> list[Answer]:
    """One after the other: who bans an address that asks much is asked like that, and given up after a few failures."""
    standing = Standing(GIVE_UP_AFTER)
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
    owed: pd.DataFrame, answers: Sequence[Answer], proofs: pd.DataFrame, piece: Piece | None, terms: Terms
) -> pd.DataFrame:
    """What came of each symbol: rows of `FILLS` but `run_id`."""
    keys = _days_of(owed)
    judged = piece.bars_of(ALL_DAYS) if piece else pd.DataFrame(columns=NO_BARS)
    rows = []
    for answer in answers:
        mine = keys[answer.symbol]
        bars = judged[judged["symbol"] == answer.symbol]
        filled = int(bars["rule"].isna().sum())
        why = answer.detail
        if answer.outcome == "ok" and filled < len(mine):
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
                "filled": filled,
                "outcome": answer.outcome,
                "detail": why,
            }
        )
    return pd.DataFrame(rows, columns=[name for name in FILLS.schema.names if name != "run_id"])
