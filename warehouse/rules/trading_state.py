"""Whether a stock traded on a day: zero volume does not by itself mean that it did not."""

import pandas as pd

from warehouse.rules.rule import Severity

NEWLY_FLAT_LIMIT = 5  # so many stocks at once are the vendor's doing, as on 2022-03-14 and on half days
TRADING_RULES: dict[str, Severity] = {"newly_flat_market": "hold", "flat_at_changed_close": "hold"}


def with_trading_state(bars: pd.DataFrame) -> pd.DataFrame:
    """Add `trading_state` to one market's stock bars, sorted by symbol and day, and `flat_problem` where in doubt.

    A bar with volume is 'traded'. Zero volume at the close of the bar before (in the same shares) is 'suspended'.
    In doubt are zero volume at a changed close, and every newly flat stock of a day on which five or more turn flat.
    `close_adjusted` must put a symbol's closes into the same shares.
    """
    by_symbol = bars.groupby("symbol", sort=False)
    before, volume_before = by_symbol["close_adjusted"].shift(), by_symbol["volume"].shift()
    is_flat = (bars["volume"] == 0).fillna(False).astype(bool)
    moved = is_flat & before.notna() & ((bars["close_adjusted"] / before - 1).abs() > 1e-4)
    is_new = is_flat & ~(volume_before == 0).fillna(False).astype(bool)
    many = is_new.groupby(bars["trade_date"]).transform("sum") >= NEWLY_FLAT_LIMIT
    problem = pd.Series(None, bars.index, dtype="object")
    problem[moved] = "flat_at_changed_close"
    problem[is_new & many] = "newly_flat_market"  # the vendor's own doing, whatever the close
    state = pd.Series("traded", bars.index, dtype="object").mask(is_flat, "suspended")
    return bars.assign(trading_state=state, flat_problem=problem)
