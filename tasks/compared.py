"""Closes of two vendors side by side, as each printed them: of every day that both have of a symbol that was filled."""

from collections.abc import Sequence

import pandas as pd

from tasks.fills import Filled
from tasks.plan import Window
from warehouse.frames import together
from warehouse.lake.schema import OPINIONS

# One hundredth of a percent: a difference that a published return would show. Levels are rounded to two decimals,
# which is a twentieth of that on the lowest index.
CLOSE_THRESHOLD = 1e-4
_COLUMNS = [name for name in OPINIONS.schema.names if name != "run_id"]


def comparisons(first_source: str, filled: Sequence[Filled], window: Window) -> pd.DataFrame:
    """A row a common day of the window, and one a fill ('only second'): `OPINIONS` without `run_id`."""
    rows = [frame for each in filled for frame in (_both(each, first_source), _only_second(each))]
    found = together(*rows) if rows else pd.DataFrame(columns=_COLUMNS)
    return found[(found["trade_date"] >= window.bars_from) & (found["trade_date"] <= window.last)]


def _both(filled: Filled, first_source: str) -> pd.DataFrame:
    common = filled.beside
    differs = (common["other_close"] / common["close"] - 1).abs() > CLOSE_THRESHOLD
    named = common.rename(columns={"close": "first_close", "other_close": "second_close"})
    finding = differs.map({True: "differs", False: "agrees"})
    return named.assign(first_source=first_source, source=filled.source, finding=finding)[_COLUMNS]


def _only_second(filled: Filled) -> pd.DataFrame:
    bars = filled.bars[filled.bars["rule"].isna()].rename(columns={"close": "second_close"})
    only = bars.assign(first_source=None, first_close=float("nan"), source=filled.source, finding="only second")
    return only[_COLUMNS]
