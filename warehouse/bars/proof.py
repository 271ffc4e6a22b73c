"""Whether another vendor's bar may stand in the series of the first: it proves itself on days that both have.

Two vendors of one instrument may print it on two bases, and both be right. Five bars beside the missing one show the
one factor between them, or that the other tells of other days, of other columns, or of something else.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from warehouse.facts.market import Market
from warehouse.frames import KEY, PRICES, VALUES

NEEDED_BARS, DISTINCT_CLOSES = 5, 3  # docs/decisions/0015
PRICE_SLACK = 2e-4  # relative; or half a tick, where that is more
PRINT = 6e-4  # money; vendors print three decimals
FITTING_COLUMN = 3  # of the bars: opens and ranges are where vendors are sloppy
VOLUME_SLACK = 1e-3  # relative, of a steady ratio of volumes
LIKELY_STEP = 0.05  # log; one beyond it that is twice what it is without the factor is the factor's own
VOLUME_UNIT = 0.01  # relative; a volume whose ratio is further from the prices' is in another unit


@dataclass(frozen=True)
class Proof:
    """`factor` times the other vendor's prices are on the basis of the first; None where nothing was proven.

    `has_volume`: its volume is in shares of the day. `reason` says why nothing was proven.
    """

    factor: float | None
    has_volume: bool = False
    reason: str = ""


def on_the_series(bars: pd.DataFrame) -> pd.DataFrame:
    """Stored bars with the prices of fills brought to the basis of the bars around them."""
    return bars.assign(**{name: bars[name] * bars["fill_factor"].fillna(1.0) for name in PRICES})


def beside(key: date, days: pd.DataFrame, ex_dates: Collection[date], count: int = NEEDED_BARS) -> pd.DataFrame:
    """The rows of the `count` days (`trade_date`, one row each) nearest to `key` without an event between, in order."""
    begins = max((day for day in ex_dates if day <= key), default=date.min)
    ends = min((day for day in ex_dates if day > key), default=date.max)
    at = days["trade_date"].to_numpy()
    free = days[(at >= begins) & (at < ends) & (at != key)]
    apart = np.array([abs((day - key).days) for day in free["trade_date"]], dtype="int64")
    near: pd.DataFrame = free.iloc[np.argsort(apart, kind="stable")[:count]]
    return near.sort_values("trade_date")


def prove(key: date, common: pd.DataFrame, ex_dates: Collection[date]) -> Proof:
    """Hold the days that both vendors have a traded bar of against each other, for the bar of `key`.

    `common` has, a day: trade_date, the first vendor's values under their names, the other's as `other_open` and so on,
    and `tolerance`, half a tick in money. An index, whose volumes are in any unit, has none (`volume` null).
    """
    near = beside(key, common, ex_dates)
    if len(near) < NEEDED_BARS:
        return Proof(
            None, reason=f"{len(near)} bars beside it that both have, no event between, and {NEEDED_BARS} are needed"
        )
    if near["close"].nunique() < DISTINCT_CLOSES:
        return Proof(None, reason=f"fewer than {DISTINCT_CLOSES} different closes beside it")
    where = f"from {near['trade_date'].iloc[0]} to {near['trade_date'].iloc[-1]}"
    first, other = (
        {name: near[f"{prefix}{name}"].to_numpy("float64", na_value=np.nan) for name in VALUES}
        for prefix in ("", "other_")
    )
    print_slack = PRINT + PRICE_SLACK * first["close"]
    slack = np.fmax(near["tolerance"].to_numpy("float64"), print_slack)
    volumes = _steady_ratio(first["volume"], other["volume"])
    factor = _one_factor(first, other, print_slack)
    if factor is None and volumes is not None:
        factor = _one_factor(first, other, slack)
    if factor is None:
        return Proof(None, reason=f"its closes {where} are no one factor of the stored ones")
    for name in PRICES:
        fits = np.abs(first[name] - factor * other[name]) <= 1.5 * slack
        if fits.sum() < FITTING_COLUMN:
            return Proof(None, reason=f"its {name} prices {where} are not the stored ones")
    has_volume = volumes is not None and any(abs(volumes * basis - 1) <= VOLUME_UNIT for basis in (factor, 1.0))
    return Proof(factor, has_volume)


def basis_doubt(factor: float, close: float, nearest: float, is_index: bool) -> str:
    """Why a bar of that printed close is not on the basis that the days beside it prove; empty where it may be.

    `nearest` is the first vendor's close of the nearest of them. An index has one basis, wherever it is printed. A
    stock's bar that steps by about the factor, and hardly without it, is on the stored basis already: its vendor has
    adjusted what came before it, and not the bar.
    """
    if factor != 1 and is_index:
        return f"its closes times {factor:.6g} are the stored ones, and an index has one basis"
    if not (close > 0 and nearest > 0):
        return ""
    without = np.log(close / nearest)
    step = abs(without + np.log(factor))
    if step > LIKELY_STEP and step > 2 * abs(without):
        return f"its closes times {factor:.6g} are the stored ones, and its bar of the day is without that"
    return ""


def _one_factor(first: dict[str, np.ndarray], other: dict[str, np.ndarray], slack: np.ndarray) -> float | None:
    """The factor that brings every close of the other to the first's, give or take `slack`; 1 where that does."""
    if not (other["close"] > 0).all():
        return None
    least = float(((first["close"] - slack) / other["close"]).max())
    most = float(((first["close"] + slack) / other["close"]).min())
    if least > most:
        return None
    if least <= 1 <= most:
        return 1.0
    middle = sum(np.nansum(first[name]) for name in PRICES) / sum(np.nansum(other[name]) for name in PRICES)
    return round(float(min(max(middle, least), most)), 8)


def _steady_ratio(first: np.ndarray, other: np.ndarray) -> float | None:
    """What the other's volumes times are the first's, where that is one number, give or take a lot of a hundred."""
    if not ((first > 0) & (other > 0)).all():
        return None
    ratio = first / other
    middle = float(np.median(ratio))
    slack = VOLUME_SLACK + 100 / np.minimum(first, other)
    return middle if (np.abs(ratio / middle - 1) <= slack).all() else None


def disproved(rows: pd.DataFrame, actions: pd.DataFrame, market: Market) -> pd.DataFrame:
    """The keys of the fills on another basis that bars of before an event proved, which was told later.

    The filling vendor may have adjusted those for the event, and not the filled one: such a fill is owed again. `rows`
    are versions of bars, `actions` of events.
    """
    current = rows[rows["known_to"].isna()]
    fills = current[current["fill_factor"].notna() & (current["fill_factor"] != 1)]
    events = actions.loc[actions["known_to"].isna(), ["symbol", "ex_date", "known_from"]]
    met = fills.merge(events, on="symbol", suffixes=("", "_event"))
    met = met[(met["ex_date"] <= met["trade_date"]) & (met["known_from"] < met["known_from_event"])]
    own = current[current["fill_factor"].isna() & current["symbol"].isin(met["symbol"])]
    is_proven = [
        bool((own["symbol"].eq(fill["symbol"]) & own["trade_date"].between(fill["ex_date"], market.today(at))).any())
        for fill, at in zip(met.to_dict("records"), met["asked_at"], strict=True)
    ]
    return met.loc[~np.array(is_proven, dtype=bool), KEY]
