"""Whether a stock traded on a day: zero volume does not by itself mean that it did not."""

from collections.abc import Collection
from datetime import date

import pandas as pd

from warehouse.rules.rule import Severity

NEWLY_FLAT_LIMIT = 5  # so many stocks at once are the vendor's doing, as on 2022-03-14 and on half days
NEWLY_FLAT_MARKET, FLAT_AT_CHANGED_CLOSE = "newly_flat_market", "flat_at_changed_close"
FLAT_AGAINST_FILL = "flat_against_fill"  # zero volume where another vendor's proven bar has traded
TRADING_RULES: dict[str, Severity] = dict.fromkeys(
    (NEWLY_FLAT_MARKET, FLAT_AT_CHANGED_CLOSE, FLAT_AGAINST_FILL), "hold"
)


def with_trading_state(bars: pd.DataFrame, flat_days: Collection[date]) -> pd.DataFrame:
    """Add `trading_state` to one market's stock bars, sorted by symbol and day, and `flat_problem` where in doubt.

    A bar with volume is 'traded'. Zero volume at the close of the bar before (in the same shares) is 'suspended'.
    In doubt are zero volume at a changed close, and every bar that `is_newly_flat` on one of `flat_days`.
    `close_adjusted` must put a symbol's closes into the same shares.
    """
    by_symbol = bars.groupby("symbol", sort=False)
    before, volume_before = by_symbol["close_adjusted"].shift(), by_symbol["volume"].shift()
    is_flat = (bars["volume"] == 0).fillna(False).astype(bool)
    moved = is_flat & before.notna() & ((bars["close_adjusted"] / before - 1).abs() > 1e-4)
    is_new = is_flat & ~(volume_before == 0).fillna(False).astype(bool)
    problem = pd.Series(None, bars.index, dtype="object")
    problem[moved] = FLAT_AT_CHANGED_CLOSE
    problem[is_new & bars["trade_date"].isin(flat_days)] = NEWLY_FLAT_MARKET  # the vendor's doing, whatever the close
    state = pd.Series("traded", bars.index, dtype="object").mask(is_flat, "suspended")
    return bars.assign(trading_state=state, flat_problem=problem, is_newly_flat=is_new)


def days_newly_flat(newly_flat: pd.Series) -> frozenset[date]:
    """The days on which five or more of one market's stocks turned flat, of the day of each that did."""
    counts = newly_flat.value_counts()
    return frozenset(counts.index[counts >= NEWLY_FLAT_LIMIT])
