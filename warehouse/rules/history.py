"""Rules that hold a bar against the one before it. Each takes bars with their past (`past.py`)."""

import numpy as np
import pandas as pd

from warehouse.bars.change import UNIT, UNIT_SPREAD
from warehouse.facts.limits import limit_prices
from warehouse.frames import PRICES, VALUES
from warehouse.rules.rule import Rule

SPLIT_RATIOS = np.array([2, 3, 4, 5, 8, 10, 20, 50], dtype="float64")
RATIO_SLACK = 0.10  # log; the worst real day, 0020.HK on 2022-06-30, closed at 0.53 but opened at 0.85
LEAST_STEP = 0.09  # log; a smaller one is a day's move
LIMIT_SLACK = 0.005  # of the reference price, which the vendor's dividends leave off by a fen or two
LONG_HOLE = 5  # sessions without a bar; a vendor that was away for a night or two is no halt
RESUMED_WITHIN = 1.5  # times; two limits of a tenth and more
BELIEVABLE = 3.0  # times in one session; the worst of 43,000 recorded days, 0020.HK on 2022-06-30, halved a price
USUAL_MOVE = 0.30  # Hong Kong has no limit; 15 of 43,000 recorded bars moved further, all of them real
VOLUME_JUMP = 50.0  # recorded bars reach 25 times the usual, and 96 on a day at half the price
QUIET_MOVE = 0.15  # a volume that far from the usual comes with a price that moves; a slip of units does not
INDEX_VOLUME_JUMP = 100.0


def _step(bars: pd.DataFrame, name: str) -> pd.Series:
    """The natural logarithm of a price against the reference price."""
    return pd.Series(np.log(bars[name].astype("float64") / bars["reference_price"].astype("float64")), bars.index)


def unit_slip(bars: pd.DataFrame) -> pd.Series:
    """A price about 100 times, or a hundredth of, what it was: another unit, no move."""
    is_slip: pd.Series = (_step(bars, "close").abs() - np.log(UNIT)).abs() < np.log(UNIT_SPREAD)
    return is_slip


def beyond_belief(bars: pd.DataFrame) -> pd.Series:
    """All day at more than three times, or less than a third of, the reference price: somebody else's price.

    A price that fell so far within the day, on bad news, has traded at those in between.
    """
    is_beyond: pd.Series = (_step(bars, "low") > np.log(BELIEVABLE)) | (_step(bars, "high") < -np.log(BELIEVABLE))
    return is_beyond


def near_the_stored(bars: pd.DataFrame) -> pd.Series:
    """More than three times, or less than a third of, what is stored of the same bar, and no bar before it to say."""
    return (bars["times_stored"] > BELIEVABLE) & bars["previous_close"].isna()


def step_beside_event(bars: pd.DataFrame) -> pd.Series:
    """Opens and closes where a split would put it that is held, told for a day within five sessions.

    The step and the event are a few days apart: one of the two days is wrong, and with it the return of both.
    """
    size = pd.Series(np.log(bars["doubtful_ratio"].astype("float64")), bars.index)
    opened, closed = _step(bars, "open"), _step(bars, "close")
    is_near: pd.Series = ((opened + size).abs() < size.abs() / 3) & ((closed + size).abs() < size.abs() / 3)
    return is_near & (bars["ratio"] == 1) & (size.abs() > LEAST_STEP)


def step_without_event(bars: pd.DataFrame) -> pd.Series:
    """Opens and closes at about a half, a third, twice and so on of the price before, and no event says why.

    A split that the vendor has not reported looks like that, a crash does not: it opens elsewhere than it closes.
    """
    opened, closed = _step(bars, "open").to_numpy(), _step(bars, "close").to_numpy()
    sides = np.concatenate([np.log(SPLIT_RATIOS), -np.log(SPLIT_RATIOS)])
    is_near = (np.abs(opened[:, None] - sides) < RATIO_SLACK) & (np.abs(closed[:, None] - sides) < RATIO_SLACK)
    return pd.Series(is_near.any(axis=1), bars.index) & (bars["ratio"] == 1)


def beyond_limit(bars: pd.DataFrame) -> pd.Series:
    """A high or low beyond the day's limit against the reference price: no such trade can have been made.

    Where sessions are missing between a bar and the one before it, each may have moved by the limit.
    """
    is_beyond = pd.Series(False, bars.index)
    limited = bars[bars["limit_percent"].notna()]
    for at, bar in zip(limited.index, limited.to_dict("records"), strict=True):
        percent = int(bar["limit_percent"])
        lowest, highest = limit_prices(bar["reference_price"], percent)
        slack, more = LIMIT_SLACK * bar["reference_price"], bar["sessions_since"] - 1
        highest, lowest = highest * (1 + percent / 100) ** more, lowest * (1 - percent / 100) ** more
        is_beyond[at] = bar["high"] > highest + slack or bar["low"] < lowest - slack
    return is_beyond


def stale_repeat(bars: pd.DataFrame) -> pd.Series:
    """All prices and a volume that is not zero as on the day before: the vendor repeats yesterday's bar.

    Or tomorrow's, which is stored: a row has slipped to the day before its own. Or, of an index, no other level all day
    than the last close: an index that is alive moves.
    """
    still = bars["is_index"].copy()
    same = {beside: bars["volume"].gt(0).fillna(False) for beside in ("previous", "next_stored")}
    for beside in same:
        for name in VALUES:
            same[beside] &= bars[name].eq(bars[f"{beside}_{name}"]).fillna(False)
    for name in PRICES:
        still &= bars[name] == bars["previous_close"]
    return (same["previous"] | same["next_stored"] | still).astype(bool)


def volume_unit_jump(bars: pd.DataFrame) -> pd.Series:
    """A stock's volume far from its usual one at a price that hardly moved: lots for shares, or the reverse.

    Bars of one price all day are left alone: a stock locked at its limit hardly trades.
    """
    is_quiet = (_step(bars, "close").abs() < QUIET_MOVE) & (bars["high"] > bars["low"])
    return _volume_jumps(bars, VOLUME_JUMP) & is_quiet & ~bars["is_index"]


def usual_move(bars: pd.DataFrame) -> pd.Series:
    """A move beyond 30% in one day where no limit forbids it: it may be real, as +48% was on 2022-03-16."""
    move = bars["close"].astype("float64") / bars["reference_price"] - 1
    return (move.abs() > USUAL_MOVE) & (bars["sessions_since"] == 1)


def index_volume_jump(bars: pd.DataFrame) -> pd.Series:
    """An index's volume far from its usual one: worth nothing in another unit, but its level is not in doubt."""
    return _volume_jumps(bars, INDEX_VOLUME_JUMP) & bars["is_index"]


def index_without_range(bars: pd.DataFrame) -> pd.Series:
    """An index's bar of one price on a day that moved: the level is the close's, and its range is not known."""
    is_one = bars[PRICES].max(axis=1) == bars[PRICES].min(axis=1)
    is_moved = (bars["close"] != bars["previous_close"]) & bars["previous_close"].notna()
    return is_one & is_moved & bars["is_index"]


def _volume_jumps(bars: pd.DataFrame, times: float) -> pd.Series:
    share = bars["volume"].astype("float64") / bars["usual_volume"]
    return (share > times) | ((share < 1 / times) & (share > 0))


def is_resumed_for_good(bars: pd.DataFrame) -> pd.Series:
    """Whether a bar follows a halt, or a long hole, and the symbol's next two bars stand near it.

    Then its step is believed: after a long halt a stock may come back at four times its price, without a limit.
    """
    by_symbol = bars.groupby("symbol", sort=False)
    is_after = (bars["previous_volume"] == 0).fillna(False).astype(bool) | (bars["sessions_since"] > LONG_HOLE)
    agree = bars["volume"].gt(0).fillna(False).astype(bool) & is_after
    for ahead in (1, 2):
        close, volume = by_symbol["close"].shift(-ahead), by_symbol["volume"].shift(-ahead)
        step = pd.Series(np.log(close.astype("float64") / bars["close"].astype("float64")), bars.index).abs()
        agree &= (step < np.log(RESUMED_WITHIN)).fillna(False) & (volume > 0).fillna(False).astype(bool)
    return agree


HISTORY_RULES = (
    Rule("hold", unit_slip),
    Rule("hold", step_beside_event),
    Rule("hold", step_without_event),
    Rule("hold", beyond_belief),
    Rule("hold", near_the_stored),
    Rule("hold", beyond_limit),
    Rule("hold", stale_repeat),
    Rule("hold", volume_unit_jump),
    Rule("warn", usual_move),
    Rule("warn", index_volume_jump),
    Rule("warn", index_without_range),
)
