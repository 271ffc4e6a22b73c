"""What counts as a changed value: half a tick for prices, the vendor's rounding for volumes."""

import numpy as np
import pandas as pd

from warehouse.facts import read_facts


def price_tolerances(bars: pd.DataFrame, market: str) -> dict[str, pd.Series]:
    """The largest difference, a bar and column, that is no change: prices in money, volume in shares.

    Half the finest tick of the close's price band (`reference/ticks.csv`), and half a share of the vendor's, each
    in the shares of the day.
    """
    bands = [
        (float(row["from_price"]), float(row["tick"])) for row in read_facts("ticks.csv") if row["market"] == market
    ]
    starts, ticks = (np.array(values) for values in zip(*sorted(bands), strict=True))
    close, factor = bars["close"].to_numpy("float64"), bars["split_factor"].to_numpy("float64")
    tick = ticks[np.maximum(np.searchsorted(starts, close / factor, side="right") - 1, 0)]
    half_tick = pd.Series(tick / 2 * factor + 1e-9, bars.index)
    volume = pd.Series(1 / factor + 0.5, bars.index)
    return dict.fromkeys(("open", "high", "low", "close"), half_tick) | {"volume": volume}
