"""Whether a stock traded on a day: zero volume does not by itself mean that it did not."""

from collections.abc import Collection
from datetime import date

import pandas as pd

from warehouse.rules.rule import Severity

NEWLY_FLAT_LIMIT = 5  # so many stocks at once are the vendor's doing, as on 2022-03-14 and on half days
NEWLY_FLAT_MARKET, FLAT_AT_CHANGED_CLOSE = "newly_flat_market", "flat_at_changed_close"
FLAT = ["trade_date", "flat_since"]  # columns of the days of stocks since they turned flat
FLAT_AGAINST_FILL = "flat_against_fill"  # zero volume where another vendor's proven bar has traded
TRADING_RULES: dict[str, Severity] = dict.fromkeys(
    (NEWLY_FLAT_MARKET, FLAT_AT_CHANGED_CLOSE, FLAT_AGAINST_FILL), "hold"
)


def with_trading_state(bars: pd.DataFrame, flat_days: Collection[date]) -> pd.DataFrame:
    """Add `trading_state` to one market's stock bars, sorted by symbol and day, and `flat_problem` where in doubt.

    A bar with volume is 'traded'. Zero volume at the close of the bar before (in the same shares) is 'suspended'.
    In doubt are zero volume at a changed close, and bars that turned flat on one of `flat_days`, or on each day since
    they did: `flat_since` is the day on which a stock turned flat, null where it is stored as flat since. A bar that is
    in doubt is nobody's past. `close_adjusted` must put a symbol's closes into the same shares, `was_flat` says which
    bars are stored as flat.
    """
    before = bars.groupby("symbol", sort=False)["close_adjusted"].shift()
    is_flat = (bars["volume"] == 0).fillna(False).astype(bool)
    moved = is_flat & before.notna() & ((bars["close_adjusted"] / before - 1).abs() > 1e-4)
    since = _flat_since(bars, is_flat)
    problem = pd.Series(None, bars.index, dtype="object")
    problem[moved] = FLAT_AT_CHANGED_CLOSE
    is_new = (since == bars["trade_date"]) | since.isin(flat_days)
    problem[is_new & bars["trade_date"].isin(flat_days)] = NEWLY_FLAT_MARKET  # the vendor's doing, whatever the close
    state = pd.Series("traded", bars.index, dtype="object").mask(is_flat, "suspended")
    return bars.assign(trading_state=state, flat_problem=problem, flat_since=since)


def _flat_since(bars: pd.DataFrame, is_flat: pd.Series) -> pd.Series:
    """The day on which the bars of zero volume that a bar belongs to began, none where one before it is stored."""
    flat = bars[is_flat]
    run = [flat["symbol"], (~is_flat).cumsum()[is_flat]]
    stored = flat["was_flat"].astype(int)
    is_open = stored.groupby(run, sort=False).cumsum() - stored == 0
    first = flat.groupby(run, sort=False)["trade_date"].transform("first")
    return first.where(is_open, None).reindex(bars.index)


def days_newly_flat(flat: pd.DataFrame) -> frozenset[date]:
    """The days on which five or more of one market's stocks turned flat, or still are since such a day.

    A row a stock and day (`trade_date`, `flat_since`).
    """
    found: set[date] = set()
    for day in sorted(flat["trade_date"].unique()):
        since = flat.loc[flat["trade_date"] == day, "flat_since"]
        if ((since == day) | since.isin(found)).sum() >= NEWLY_FLAT_LIMIT:
            found.add(day)
    return frozenset(found)
