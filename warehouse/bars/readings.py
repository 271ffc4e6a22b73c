"""What a vendor did to the prices of one answer, read from the stored bars.

It divides the prices before a split by its ratio: sometimes late, sometimes without telling the split, sometimes told
and not done. It also rebases history after a spin-off, a rights issue or a distribution in kind, and names no event: an
unlisted adjustment, whose `value` is like a split's, so that the vendor's earlier prices times it are as traded.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from math import inf, isclose, log

import numpy as np

from warehouse.bars.answers import Event
from warehouse.bars.events import Told

LEAST_BARS = 2  # one bar that differs is a correction of that bar
FITTING = 0.8  # of the rebased bars; the rest may have been corrected besides
SAME_EVENT = 0.01  # relative difference of a split from the adjustment that it explains
SAME_EVENT_DAYS = 10
SAME_PAYMENT = 0.2  # relative; vendors take a dividend off as an amount or as a ratio, and round
PLAUSIBLE = 5.0  # times, either way: beyond it a rebase is another unit or another company, and no adjustment
MOST_CHANGES = 2  # by which a reading may differ from what the answer says; more would explain anything


@dataclass(frozen=True)
class Overlap:
    """One symbol's bars in order, as the vendor states them, and what is stored for them (NaN where nothing is).

    Four prices a row, `tolerance` a row, in the shares of the day. `is_witness` are the stored bars that were read on
    their own evening, with no later event in them.
    """

    days: Sequence[date]
    is_session: Sequence[bool]
    prices: np.ndarray
    stored: np.ndarray
    tolerance: np.ndarray
    is_witness: np.ndarray

    def factor(self, events: Sequence[Event]) -> np.ndarray:
        """What undoing these events would multiply each bar's prices by."""
        factor = np.ones(len(self.days))
        for event in events:
            factor[: bisect_left(self.days, event.ex_date)] *= event.value
        return factor

    def shift(self, events: Sequence[Event]) -> tuple[float, int] | None:
        """With these undone, the further factor and the last bar of a whole stretch that differs alike, or None.

        A small factor moves some of its bars by less than half a tick: those are no other values, and are of it too.
        """
        prices, differs, stretch = self._differing(events)
        if differs.sum() < LEAST_BARS:
            return None
        middle = float(np.median(self.stored[stretch, 3] / prices[stretch, 3]))
        fits = (np.abs(self.stored - prices * middle) <= 1.5 * self.tolerance[:, None]).all(axis=1) & stretch
        if fits.sum() < max(FITTING * stretch.sum(), LEAST_BARS) or differs.sum() <= stretch.sum() / 2:
            return None
        off, off_by_it = (np.abs(self.stored[:, 3] - prices[:, 3] * each) for each in (1.0, middle))
        # One that was restated since may be nearer by chance: the others after the date speak against it.
        gained = np.nancumsum(off - off_by_it)
        last = int(gained.argmax())
        fits[last + 1 :] = False
        if gained[last] <= 0 or not fits.any():
            return None
        return float(self.stored[fits, 3].sum() / prices[fits, 3].sum()), last

    def differs_throughout(self, events: Sequence[Event]) -> bool:
        """Whether, with these undone, a whole stretch differs from what is stored, alike or not."""
        _, differs, stretch = self._differing(events)
        return bool(differs.sum() >= max(FITTING * stretch.sum(), LEAST_BARS))

    def _differing(self, events: Sequence[Event]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The prices with these undone; which bars differ from the stored ones, and all stored ones up to the last."""
        prices = self.prices * self.factor(events)[:, None]
        has = ~np.isnan(self.stored[:, 3]) & np.isfinite(prices).all(axis=1) & (prices > 0).all(axis=1)
        differs = has & (np.abs(self.stored[:, 3] - prices[:, 3]) > self.tolerance)
        last = max(np.flatnonzero(differs), default=-1)
        return prices, differs, has & (np.arange(len(has)) <= last)

    def denials(self, undone: Sequence[Event], splits: Sequence[Event]) -> int:
        """How many witnesses differ, with `undone` undone, by the ratio of one of the splits: it lies beyond them."""
        prices = self.prices[self.is_witness, 3] * self.factor(undone)[self.is_witness]
        with np.errstate(divide="ignore", invalid="ignore"):
            off = np.abs(np.log(self.stored[self.is_witness, 3] / prices))
        sizes = [abs(log(split.value)) for split in splits]
        return int(np.any([np.abs(off - size) < size / 10 for size in sizes], axis=0).sum()) if sizes else 0

    def surprises(self, undone: Sequence[Event], splits: Sequence[Event]) -> list[float]:
        """How far the step on the day of each split is from what it says, or from nothing, with `undone` undone.

        Natural logarithms, no more than the split's own: a bar that is wrong besides speaks for no reading. 0 where
        there is no bar before or after it.
        """
        close = self.prices[:, 3] * self.factor(undone)
        found = []
        for split in splits:
            after = bisect_left(self.days, split.ex_date)
            known = 0 < after < len(self.days) and min(close[after], close[after - 1]) > 0
            step = log(close[after] / close[after - 1]) if known else 0.0
            size = log(split.value)
            found.append(min(abs(step), abs(step + size), abs(size)))
        return found


def best_reading(
    overlap: Overlap, adjustments: list[Event], splits: list[Event], told: Told, unsure: Sequence[Event] = ()
) -> list[Event]:
    """All events that are in the vendor's prices, the known `adjustments` that are among them.

    `unsure` are those of the adjustments that may as well be in no vendor's prices.
    """
    events = [*told.splits, *splits]
    best, least = [], (True, inf, len(overlap.days), inf)
    for undone in _readings(overlap.days[-1], adjustments, splits, told, unsure):
        shift = overlap.shift(undone)
        denials, surprises = overlap.denials(undone, events), overlap.surprises(undone, events)
        size = round(abs(log(shift[0])), 4) if shift else 0.0
        is_unread = shift is None and overlap.differs_throughout(undone)
        badness = (is_unread, size, denials, round(sum(surprises), 6))
        if badness < least:
            best, least = undone, badness
        # What the answer says is not doubted as long as the prices bear it out.
        if not (shift or denials) and all(
            surprise <= abs(log(event.value)) / 3 for event, surprise in zip(events, surprises, strict=True)
        ):
            break
    return best


def _readings(
    last: date, adjustments: list[Event], splits: list[Event], told: Told, unsure: Sequence[Event]
) -> Iterator[list[Event]]:
    """What may be in the vendor's prices up to its `last` bar, most likely first.

    As a rule the splits that it tells up to that day, and the sure adjustments but those that a split explains. It may
    be that an adjustment was taken back, that a split is told and not done or done early, that a stored one is done and
    no longer told, or that one booked twice is in the prices twice.
    """
    # One that a stored split explains, a person's own say, was that split and is nothing by itself.
    adjustments = [event for event in adjustments if not any(explains(split, event) for split in splits)]
    explained = [event for event in adjustments if any(explains(split, event) for split in told.splits)]
    base = without(adjustments, [*explained, *unsure])
    base += [split for split in told.splits if split.ex_date <= last]
    yield base
    no_longer_told = [event for event in splits if event.ex_date not in {split.ex_date for split in told.splits}]
    changes = [*adjustments, *told.splits, *no_longer_told, *told.second]
    for count in range(1, MOST_CHANGES + 1):
        for changed in combinations(changes, count):
            yield without(base, changed) + without(changed, base)


def is_plausible(value: float, told: Told) -> bool:
    """Whether a rebase may be an adjustment: of moderate size, or what a split says that was told upside down."""
    upside_down = any(isclose(value, 1 / split.value, rel_tol=SAME_EVENT) for split in told.splits)
    return upside_down or 1 / PLAUSIBLE < value < PLAUSIBLE


def explains(split: Event, adjustment: Event) -> bool:
    """Whether an unlisted adjustment is, within what prices and prints show of it, the split."""
    days_apart = abs((split.ex_date - adjustment.ex_date).days)
    return days_apart <= SAME_EVENT_DAYS and isclose(split.value, adjustment.value, rel_tol=SAME_EVENT)


def is_paid(dividend: Event, adjustment: Event, close: float) -> bool:
    """Whether an unlisted adjustment, after this close, is the dividend taken off the prices before it."""
    days_apart = abs((dividend.ex_date - adjustment.ex_date).days)
    if days_apart > SAME_EVENT_DAYS or dividend.value >= close:
        return False
    return isclose(adjustment.value - 1, close / (close - dividend.value) - 1, rel_tol=SAME_PAYMENT)


def without(events: Sequence[Event], others: Sequence[Event]) -> list[Event]:
    """The events that are none of the others; an adjustment and the split of it may be equal, and are two."""
    return [event for event in events if not any(event is other for other in others)]


def among(events: Sequence[Event], others: Sequence[Event]) -> list[Event]:
    """The events that are some of the others: the same ones."""
    return [event for event in events if any(event is other for other in others)]
