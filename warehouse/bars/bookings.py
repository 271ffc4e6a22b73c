"""Corporate actions that a vendor books twice, or books again on another day."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from math import isclose

import pandas as pd

from warehouse.bars.answers import Event
from warehouse.frames import ACTION_KEY, UNLISTED_ADJUSTMENT, is_among

BOOKED_TWICE = "booked_twice"  # the warning of a second booking that is left out
NEIGHBOURS = timedelta(days=4)  # neighbouring sessions, a weekend or a holiday between them
SAME_VALUE = 1e-3  # relative; a vendor's roundings of one amount


def second_bookings(events: Sequence[Event]) -> list[Event]:
    """The events that repeat an earlier one of the same value on a neighbouring day."""
    ordered = sorted(events, key=lambda event: event.ex_date)
    return [
        later
        for earlier, later in pairwise(ordered)
        if later.ex_date - earlier.ex_date <= NEIGHBOURS and isclose(later.value, earlier.value, rel_tol=SAME_VALUE)
    ]


def moved(stored: pd.DataFrame, actions: pd.DataFrame) -> pd.DataFrame:
    """The stored current splits and dividends (symbol, ex_date, kind) that `actions` now has on a neighbouring day.

    Such an action was never two: the vendor has booked it anew, and the old booking is withdrawn.
    """
    pairs = stored.merge(actions, on=["symbol", "kind"], suffixes=("", "_new"))
    gap = pd.to_datetime(pairs["ex_date_new"]) - pd.to_datetime(pairs["ex_date"])
    is_near = (gap != pd.Timedelta(0)) & (gap.abs() <= NEIGHBOURS) & (pairs["kind"] != UNLISTED_ADJUSTMENT)
    is_same = (pairs["value"] / pairs["value_new"] - 1).abs() < SAME_VALUE
    # Two that both stand in the answer are two: only far apart, or of different values, do they get this far.
    still = is_among(pairs, actions, ACTION_KEY)
    return pairs.loc[is_near & is_same & ~still, ACTION_KEY].drop_duplicates()
