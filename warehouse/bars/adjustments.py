"""Unlisted adjustments: a vendor rebases history without an event, and its bars no longer match those we stored.

It does so after a spin-off, a rights issue or a distribution in kind, and sometimes before it reports a split. An
adjustment's `value` is like a split's: the price before its ex-date, divided by it, is in the terms of after. So the
vendor's earlier bars times the value are what was stored, as traded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import isclose

import numpy as np
import pandas as pd

from warehouse.bars.answers import Event
from warehouse.bars.as_traded import DECIMALS
from warehouse.bars.change import UNIT, UNIT_SPREAD, price_tolerances
from warehouse.facts.market import Market
from warehouse.frames import ACTION_KEY, KEY, PRICES, UNLISTED_ADJUSTMENT

UNDATED_REBASE = "undated_rebase"  # the warning of an answer that is rebased from first to last
LEAST_BARS = 2  # one bar that differs is a correction of that bar
FITTING = 0.8  # of the rebased bars; the rest may have been corrected besides
SAME_EVENT = 0.01  # relative difference of a split from the adjustment that it explains
SAME_EVENT_DAYS = 10


@dataclass(frozen=True)
class Undone:
    """`bars` with every adjustment undone; what was `found` and `withdrawn` (symbol, ex_date, kind, value of each).

    `undated` are the last bars (symbol, trade_date, detail) of answers that are rebased from first to last: no bar in
    them says from when on.
    """

    bars: pd.DataFrame
    found: pd.DataFrame
    withdrawn: pd.DataFrame
    undated: pd.DataFrame


@dataclass(frozen=True)
class _Overlap:
    """One symbol's bars in order, and what is stored for them (NaN where nothing is): four prices a row."""

    days: Sequence[date]
    prices: np.ndarray
    stored: np.ndarray
    tolerance: np.ndarray

    def factor(self, events: Sequence[Event]) -> np.ndarray:
        """What undoing these events would multiply each bar's prices by."""
        return np.array([np.prod([event.value for event in events if event.ex_date > day]) for day in self.days])

    def rebased(self, factor: np.ndarray) -> tuple[float, int] | None:
        """The further factor, and the last bar, of a whole stretch of bars that differ alike; None without one."""
        prices = self.prices * factor[:, None]
        has = ~np.isnan(self.stored[:, 3]) & np.isfinite(prices).all(axis=1)
        differs = has & (np.abs(self.stored[:, 3] - prices[:, 3]) > self.tolerance)
        if differs.sum() < LEAST_BARS:
            return None
        last = int(np.flatnonzero(differs)[-1])
        stretch = has & (np.arange(len(has)) <= last)
        middle = float(np.median(self.stored[stretch, 3] / prices[stretch, 3]))
        if abs(abs(np.log(middle)) - np.log(UNIT)) < np.log(UNIT_SPREAD):
            return None  # cents for dollars is no corporate action
        fits = (np.abs(self.stored - prices * middle) <= 1.5 * self.tolerance[:, None]).all(axis=1) & stretch
        if fits.sum() < max(FITTING * stretch.sum(), LEAST_BARS) or differs.sum() < FITTING * stretch.sum():
            return None
        return float(self.stored[fits, 3].sum() / prices[fits, 3].sum()), last


def undo_adjustments(
    bars: pd.DataFrame,
    stored: pd.DataFrame,
    known: pd.DataFrame,
    splits: dict[str, list[Event]],
    second: dict[str, list[Event]],
    market: Market,
) -> Undone:
    """Undo what the vendor did to its history beside the splits that it reports, seen against the stored bars.

    `bars` have the reported `splits` undone already, `known` are the stored current adjustments, and `second` the
    bookings of splits that were taken for repetitions. Symbol by symbol the first reading without a whole stretch of
    differing bars is taken: all known adjustments are in effect; those that a new split explains are not; none is;
    the newest split is reported but not yet in the prices; a second booking is in the prices too. If none fits, there
    is a new adjustment.
    """
    bars = bars.reset_index(drop=True)
    past = bars[KEY].merge(stored[[*KEY, *PRICES, "volume"]], on=KEY, how="left")
    tolerance = price_tolerances(bars, market)["close"].to_numpy()
    days = np.array([day.toordinal() for day in bars["trade_date"]], dtype="int64")
    found, withdrawn, undated = [], [], []
    factor, volume_factor = np.ones(len(bars)), np.ones(len(bars))
    places = bars.groupby("symbol", sort=False).indices
    for symbol in sorted((set(known["symbol"]) | _differing(bars, past, tolerance)) & set(places)):
        at = places[symbol][np.argsort(days[places[symbol]], kind="stable")]
        mine, was = bars.iloc[at], past.iloc[at]
        here = known[(known["symbol"] == symbol) & (known["asked_at"] <= mine["asked_at"].max())]
        events = [Event(*pair) for pair in zip(here["ex_date"], here["value"], strict=True)]
        overlap = _Overlap(
            mine["trade_date"].tolist(),
            mine[PRICES].to_numpy("float64"),
            was[PRICES].to_numpy("float64"),
            tolerance[at],
        )
        kept, undone, shift = _read(overlap, events, splits.get(symbol, []), second.get(symbol, []))
        if shift is not None:
            value, last = shift
            ex_date = _first_after(overlap, last, mine["is_session"].tolist())
            if ex_date is None:
                undone = undone * value
                detail = f"all stored bars are {value:.6g} times those of the answer, and none says from when"
                undated.append((symbol, overlap.days[-1], detail))
            else:
                undone = undone * overlap.factor([Event(ex_date, value)])
                found.append((symbol, ex_date, UNLISTED_ADJUSTMENT, round(value, 8)))
        withdrawn += [
            (symbol, event.ex_date, UNLISTED_ADJUSTMENT, event.value) for event in events if event not in kept
        ]
        factor[at] = undone
        volume_factor[at] = undone if _volume_moved(mine["volume"], was["volume"], undone) else 1.0
    key = [*ACTION_KEY, "value"]
    return Undone(
        _multiplied(bars, factor, volume_factor),
        pd.DataFrame(found, columns=key),
        pd.DataFrame(withdrawn, columns=key),
        pd.DataFrame(undated, columns=[*KEY, "detail"]),
    )


def _read(
    overlap: _Overlap, known: list[Event], splits: list[Event], second: list[Event]
) -> tuple[list[Event], np.ndarray, tuple[float, int] | None]:
    """The known adjustments that are in effect, what to multiply each bar by, and the shift that is left, if any."""
    for kept, others in _readings(known, splits, second):
        undone = overlap.factor(kept) * overlap.factor(others)
        if overlap.rebased(undone) is None:
            return kept, undone, None
    return known, overlap.factor(known), overlap.rebased(overlap.factor(known))


def _readings(
    known: list[Event], splits: list[Event], second: list[Event]
) -> Iterator[tuple[list[Event], list[Event]]]:
    """What may have been done to the answer, most likely first: known adjustments in effect, and other factors."""
    explained = [event for event in known if any(_explains(split, event) for split in splits)]
    if explained:
        yield [event for event in known if event not in explained], []
    yield known, []
    for event in known:
        yield [other for other in known if other != event], []
    if splits:
        newest = max(splits, key=lambda split: split.ex_date)
        yield known, [Event(newest.ex_date, 1 / newest.value)]
    if second:
        yield known, second


def _explains(split: Event, adjustment: Event) -> bool:
    days_apart = abs((split.ex_date - adjustment.ex_date).days)
    return days_apart <= SAME_EVENT_DAYS and isclose(split.value, adjustment.value, rel_tol=SAME_EVENT)


def _differing(bars: pd.DataFrame, past: pd.DataFrame, tolerance: np.ndarray) -> set[str]:
    """Symbols with `LEAST_BARS` or more closes that differ from the stored ones."""
    differs = np.abs(bars["close"].to_numpy("float64") - past["close"].to_numpy("float64")) > tolerance
    counts = bars.loc[differs, "symbol"].value_counts()
    return set(counts.index[counts >= LEAST_BARS])


def _first_after(overlap: _Overlap, last: int, is_session: list[bool]) -> date | None:
    """The first session after the rebased bars: one that agrees with what is stored, or is new."""
    days = zip(overlap.days[last + 1 :], is_session[last + 1 :], strict=True)
    return next((day for day, is_one in days if is_one), None)


def _volume_moved(stated: pd.Series, stored: pd.Series, factor: np.ndarray) -> bool:
    """Whether the vendor rebased volumes with the prices, as before a split, or left them, as after a spin-off."""
    volume, was = (column.to_numpy("float64", na_value=np.nan) for column in (stated, stored))
    at = (factor != 1) & (volume > 0) & (was > 0)
    if not at.any():
        return False
    shares = volume[at] / was[at]
    return bool(abs(np.median(shares / factor[at]) - 1) < abs(np.median(shares) - 1))


def _multiplied(bars: pd.DataFrame, factor: np.ndarray, volume_factor: np.ndarray) -> pd.DataFrame:
    at = factor != 1
    if not at.any():
        return bars
    bars = bars.copy()
    bars.loc[at, PRICES] = bars.loc[at, PRICES].mul(factor[at], axis="index").round(DECIMALS)
    volume = bars["volume"].astype("Float64") / volume_factor
    bars["volume"] = volume.round().astype("Int64")
    bars["split_factor"] = bars["split_factor"] * factor
    return bars
