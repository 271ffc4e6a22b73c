"""What is a price, and what counts as a changed value: half a tick, of volumes the vendor's rounding."""

import numpy as np
import pandas as pd

from warehouse.facts.market import Market
from warehouse.frames import PRICES

INDEX_STEP = 0.01  # points: the indices of both markets are published with two decimals or more
ROUNDING = 1e-4  # money; finer than any tick
SINGLE = 3e-7  # of a price; what 32 bits and a factor measured on them leave it off
UNIT = 100.0  # cents for dollars, lots for shares
UNIT_SPREAD = 2.0  # what a market may have done to the price on the same day


def price_tolerances(bars: pd.DataFrame, market: Market) -> dict[str, pd.Series]:
    """The largest difference, a bar and column, that is no change: prices in money, volume in shares.

    Half a tick of the close's price band on that day (`ticks.csv`, the finer one where two may hold), and half a share
    of the vendor's, each in the shares of the day. An index has no tick: half of a hundredth of a point.
    """
    factor = bars["split_factor"].to_numpy("float64")
    is_index = bars["symbol"].isin(market.index_symbols)
    half_tick = pd.Series(np.where(is_index, INDEX_STEP, _ticks(bars, market)) / 2 * factor + 1e-9, bars.index)
    volume = pd.Series(1 / factor + 0.5, bars.index)
    return dict.fromkeys(PRICES, half_tick) | {"volume": volume}


def are_ticks(bars: pd.DataFrame, prices: np.ndarray, market: Market) -> np.ndarray:
    """Whether each bar of a stock, with these prices as traded, has only such as an order could be entered at."""
    ticks = np.stack([_ticks(bars.assign(close=each, split_factor=1.0), market) for each in prices.T], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.abs(prices - np.round(prices / ticks) * ticks)
    return np.asarray((off < ROUNDING + SINGLE * prices).all(axis=1))


def _ticks(bars: pd.DataFrame, market: Market) -> np.ndarray:
    """The tick at each bar's close as the vendor states it; a price at the edge of two bands is in the lower one."""
    price = (bars["close"] / bars["split_factor"]).to_numpy("float64")
    day = pd.to_datetime(bars["trade_date"]).to_numpy("datetime64[D]")
    ticks = np.full(len(bars), np.inf)
    for row in market.ticks:
        covers = (price > row["from_price"]) & (price <= (row["to_price"] or np.inf))
        covers &= day >= np.datetime64(row["valid_from"] or "0001-01-01")
        covers &= day < np.datetime64(row["valid_to"] or "9999-12-31")
        ticks[covers] = np.minimum(ticks[covers], row["tick"])
    return np.where(np.isinf(ticks), 0.0, ticks)  # what is no price has no tick: any difference is one
