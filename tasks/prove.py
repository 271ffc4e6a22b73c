"""The bars of another vendor's answers, held against the first vendor's and then against every rule."""

from collections.abc import Collection, Sequence
from datetime import date

import pandas as pd

from tasks.collect import Terms, with_nominal
from tasks.events import Judged
from tasks.pieces import BARS, Piece, as_rows, judged_bars
from tasks.plan import Past
from tasks.quarantine import warned_bars
from warehouse.bars.change import price_tolerances
from warehouse.bars.proof import Proof, basis_doubt, beside, prove
from warehouse.facts.market import Market
from warehouse.frames import ACTION_KEY, KEY, PRICES, VALUES, is_among, together
from warehouse.rules.evening import SECTION
from warehouse.rules.frame import hold_misshapen
from warehouse.rules.judge import hold_broken_rows, hold_in_order
from warehouse.rules.trading_state import FLAT

_ACTION = [*ACTION_KEY, "value"]
NO_COINCIDENCE = 5  # ticks from low to high; of 46,000 recorded bars no repeated four prices spanned more than three


def common_days(first: pd.DataFrame, stated: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    """Days that both vendors have a traded and final bar of, as `prove` takes them, with `symbol` and `asked_at`."""
    other = stated[stated["is_session"] & stated["is_final"] & ~stated["is_still_trading"]]
    other = other[other["is_index"] | (other["volume"] != 0).fillna(True)].dropna(subset=PRICES)
    other = other.drop_duplicates(KEY)  # a day that is told twice proves no more than one
    other = other[[*KEY, *VALUES, "asked_at", "is_index"]].rename(columns={name: f"other_{name}" for name in VALUES})
    common = first.merge(other, on=KEY)
    tolerance = price_tolerances(common, terms.market)["close"]
    volumes = {name: common[name].mask(common["is_index"]) for name in ("volume", "other_volume")}
    return common.assign(tolerance=tolerance, **volumes)


def proofs_of(
    owed: pd.DataFrame,
    stated: pd.DataFrame,
    common: pd.DataFrame,
    ex_dates: dict[str, frozenset[date]],
    market: Market,
) -> pd.DataFrame:
    """A row an owed key that the vendor has: its place in `stated` as `at`, factor, has_volume and reason."""
    repeated = _is_repeated(stated, market)
    of_symbol = {str(symbol): rows for symbol, rows in common.groupby("symbol")}
    rows = []
    for at in stated.index[is_among(stated, owed)]:
        symbol, day = stated.loc[at, KEY]
        if repeated[at]:
            proof = Proof(None, reason="it is the bar of the day before")
        elif not stated.loc[at, "is_index"] and stated.loc[at, "volume"] is not pd.NA and stated.loc[at, "volume"] == 0:
            proof = Proof(None, reason="nothing was dealt in it")
        else:
            proof = _proof(stated.loc[at], of_symbol.get(symbol, common.head(0)), ex_dates.get(symbol, ()))
        rows.append((at, symbol, day, proof.factor, proof.has_volume, proof.reason))
    return pd.DataFrame(rows, columns=["at", *KEY, "factor", "has_volume", "reason"]).astype({"factor": "float64"})


def _proof(bar: pd.Series, common: pd.DataFrame, ex_dates: Collection[date]) -> Proof:
    proof = prove(bar["trade_date"], common, ex_dates)
    if proof.factor is None:
        return proof
    nearest = beside(bar["trade_date"], common, ex_dates, 1)["close"].iloc[0]
    doubt = basis_doubt(proof.factor, bar["close"], nearest, bar["is_index"])
    return Proof(None, reason=doubt) if doubt else proof


def _is_repeated(stated: pd.DataFrame, market: Market) -> pd.Series:
    """Whether a bar has all the values of the one before it; or but for the volume, where they span a few ticks."""
    before = stated.groupby("symbol", sort=False)[VALUES].shift()
    same = (stated["volume"] == before["volume"]) | (stated["volume"].isna() & before["volume"].isna())
    half_tick = price_tolerances(stated.assign(split_factor=1.0), market)["close"]
    same = same.fillna(False) | (stated["high"] - stated["low"] > 2 * NO_COINCIDENCE * half_tick)
    same &= (stated[PRICES] == before[PRICES]).all(axis=1)
    return same.astype(bool)


def judge_fills(
    stated: pd.DataFrame, proofs: pd.DataFrame, pieces: Sequence[Piece], past: Past, terms: Terms
) -> Piece | None:
    """The proven bars by the rules of every bar, among those around them, on the basis of the series."""
    proven = proofs[proofs["factor"].notna()].set_index("at")
    if proven.empty:
        return None
    printed = stated.loc[proven.index].drop(columns="is_wanted")
    factor, is_index = proven["factor"], printed["is_index"]
    volume = printed["volume"].where(is_index | proven["has_volume"])
    states = {"rule": None, "detail": None, "trading_state": "traded", "was_flat": False, "was_filled": False}
    unknown = {"is_known": False, "is_contrary": False, "times_stored": 1.0}
    bars = printed.assign(volume=volume, split_factor=1.0, fill_factor=factor, source=terms.source, **states, **unknown)
    bars[PRICES] = bars[PRICES].mul(factor, axis="index")
    around = _around(bars, pieces, past, terms)
    bars = hold_misshapen(hold_broken_rows(with_nominal(bars, around, terms.market)))
    held = bars[bars["rule"].notna()]
    events = [piece.events for piece in pieces]
    actions = together(past.actions[_ACTION], *(each.accepted[_ACTION] for each in events))
    doubtful = together(*(each.doubtful for each in events))
    passed = bars[bars["rule"].isna()]
    judged = hold_in_order(passed, around, actions.drop_duplicates(ACTION_KEY, keep="last"), doubtful, terms.market)
    section = judged[judged["rule"].isna()].assign(is_new=True)[SECTION.names]
    bars = pd.concat([held, judged]) if len(held) else judged
    bars = bars.assign(**{name: printed.loc[bars.index, name] for name in PRICES}).reset_index(drop=True)
    nothing = Judged(**{name: {} if name == "named" else frame.head(0) for name, frame in vars(events[0]).items()})
    undated = pd.DataFrame(columns=[*KEY, "rule", "detail"])
    return Piece(
        frozenset(bars["symbol"]),
        as_rows(bars, BARS),
        as_rows(section, SECTION),
        warned_bars(bars),
        pd.DataFrame(columns=FLAT),
        nothing,
        undated,
    )


def _around(bars: pd.DataFrame, pieces: Sequence[Piece], past: Past, terms: Terms) -> pd.DataFrame:
    """What is stored of the same symbols, or passes now, as rows that are known."""
    symbols = set(bars["symbol"])
    new = judged_bars(pieces, symbols=symbols)
    stored = past.bars[past.bars["symbol"].isin(symbols)]
    names = [*KEY, *VALUES, "trading_state"]
    known = together(new.loc[new["rule"].isna(), names], stored[names]).drop_duplicates(KEY)
    known = known[~is_among(known, bars)]
    is_index = known["symbol"].isin(terms.market.index_symbols)
    return known.assign(is_known=True, is_index=is_index).set_axis(pd.RangeIndex(-len(known), 0))
