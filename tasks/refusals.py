"""Whether a source refused us when it was last asked: who tries again on his own is banned for longer.

The lake remembers it, since the next run is another process. What ends it is a person who asks (`afterclose backfill`).
"""

from collections.abc import Iterable

import pandas as pd

from tasks.fills import STOPPED
from warehouse.facts.market import Market
from warehouse.lake.lake import Lake
from warehouse.lake.schema import FILLS, OFFICIAL_ANSWERS


def refused_evening(lake: Lake, market: Market, source: str) -> str | None:
    """When and why an official source did so, None if it did not."""
    answers = lake.read(OFFICIAL_ANSWERS, market.code)
    return _last(answers[answers["source"] == source])


def refused_fill(lake: Lake, markets: Iterable[str], source: str) -> str | None:
    """When and why a vendor that fills did so, in any market, None if it did not."""
    rows = pd.concat([lake.read(FILLS, market) for market in markets])
    was_asked = (rows["outcome"] != "not asked") & ~rows["detail"].fillna("").str.startswith(STOPPED)
    return _last(rows[was_asked & (rows["source"] == source)])


def _last(rows: pd.DataFrame) -> str | None:
    last = rows[rows["asked_at"] == rows["asked_at"].max()]
    refusals = last[last["outcome"] == "banned"]
    if refusals.empty:
        return None
    return f"{refusals.iloc[-1]['asked_at']:%Y-%m-%d %H:%M} UTC: {refusals.iloc[-1]['detail']}"
