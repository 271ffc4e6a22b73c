"""Rules that look at one bar at a time. Each takes bars as traded and says, a row, whether the rule is broken."""

import numpy as np
import pandas as pd

from warehouse.frames import KEY, PRICES, VALUES
from warehouse.rules.rule import Rule

OPEN_SLACK = 0.02  # vendors' opens are often a few cents, once in recorded bars 1.1%, outside the day's range
EPSILON = 1e-6
RANGE_BELIEVABLE = 3.0  # times; the widest recorded day of 43,000 reached 1.9 between its ends and its range


def prices_finite_and_positive(bars: pd.DataFrame) -> pd.Series:
    """A price that is missing, infinite, zero or negative is no price."""
    values = bars[PRICES].to_numpy("float64")
    return pd.Series(~(np.isfinite(values) & (values > 0)).all(axis=1), bars.index)


def volume_not_negative(bars: pd.DataFrame) -> pd.Series:
    """A volume is a count of shares: missing or negative ones are slips. An index without volume is an index.

    A fill whose volume was not proven has none.
    """
    is_missing = bars["volume"].isna() & ~bars["is_index"] & bars["fill_factor"].isna()
    return is_missing | (bars["volume"] < 0).fillna(False)


def high_not_below_low(bars: pd.DataFrame) -> pd.Series:
    """High and low swapped, or one of them wrong."""
    return bars["high"] < bars["low"] - EPSILON


def close_within_range(bars: pd.DataFrame) -> pd.Series:
    """A close outside the day's low and high: the close or the range is wrong (a close 100 times too high, say).

    A nominal close is the exchange's own, without a trade.
    """
    is_off = (bars["close"] > bars["high"] + EPSILON) | (bars["close"] < bars["low"] - EPSILON)
    return is_off & (bars["close_kind"] != "nominal")


def range_within_belief(bars: pd.DataFrame) -> pd.Series:
    """A high above three times both open and close, or a low below a third of them: no such trade was ever near."""
    ends = bars[["open", "close"]]
    return (bars["high"] > RANGE_BELIEVABLE * ends.max(axis=1)) | (bars["low"] < ends.min(axis=1) / RANGE_BELIEVABLE)


def price_has_a_tick(bars: pd.DataFrame) -> pd.Series:
    """A price above the market's last price band: no order could be entered at it."""
    return (bars["high"] / bars["split_factor"] > bars["highest_price"]) & ~bars["is_index"]


def open_near_range(bars: pd.DataFrame) -> pd.Series:
    """An open more than `OPEN_SLACK` outside the day's low and high; less is the vendors' ordinary sloppiness."""
    return (bars["open"] > bars["high"] * (1 + OPEN_SLACK)) | (bars["open"] < bars["low"] * (1 - OPEN_SLACK))


def open_within_range(bars: pd.DataFrame) -> pd.Series:
    """An open outside the day's low and high: the close and the range are right, returns do not use the open."""
    return (bars["open"] > bars["high"] + EPSILON) | (bars["open"] < bars["low"] - EPSILON)


def known_symbol(bars: pd.DataFrame) -> pd.Series:
    """A bar of nobody's: no index that we keep, and never a member of one."""
    return ~bars["is_known_symbol"]


def session_exists(bars: pd.DataFrame) -> pd.Series:
    """A bar of a day on which the market did not trade."""
    return ~bars["is_session"]


def one_row_a_day(bars: pd.DataFrame) -> pd.Series:
    """Two rows of one symbol and day: a copy of an earlier row is held; rows that disagree are all held."""
    shared = bars.duplicated(KEY, keep=False)
    if not shared.any():
        return shared
    disagree = shared & ~bars.duplicated(KEY + VALUES, keep=False)
    disagree = disagree.groupby([bars[name] for name in KEY]).transform("any")
    return disagree | bars.duplicated(KEY + VALUES)


def right_currency(bars: pd.DataFrame) -> pd.Series:
    """Prices in another currency than the market's are not that market's prices."""
    return bars["currency"].fillna("") != bars["market_currency"]


def right_time_zone(bars: pd.DataFrame) -> pd.Series:
    """A vendor zone other than the market's: the symbol is listed elsewhere or the day may be off by one."""
    return bars["time_zone"].fillna("") != bars["market_time_zone"]


def final_when_asked(bars: pd.DataFrame) -> pd.Series:
    """Asked before the close was final and settled: the numbers may still have moved after the answer."""
    return ~bars["is_final"]


def no_longer_trading(bars: pd.DataFrame) -> pd.Series:
    """The vendor's own last trade lies inside the bar's session: the answer is older than the close."""
    return bars["is_still_trading"]


def history_agrees(bars: pd.DataFrame) -> pd.Series:
    """Most closes of the answer are not the stored ones, nor those times one factor: it shows something else.

    Another company's bars, dates that slipped, dividends taken off: one late correction or one rebase looks different.
    So is an answer whose volumes are in another unit, or that is rebased on an evening on which many are.
    """
    return bars["is_contrary"]


ROW_RULES = (
    Rule("hold", known_symbol),
    Rule("hold", session_exists),
    Rule("hold", right_currency),
    Rule("hold", right_time_zone),
    Rule("hold", final_when_asked),
    Rule("reject", prices_finite_and_positive),
    Rule("hold", volume_not_negative),
    Rule("hold", high_not_below_low),
    Rule("hold", close_within_range),
    Rule("hold", range_within_belief),
    Rule("hold", price_has_a_tick),
    Rule("hold", open_near_range),
    Rule("hold", one_row_a_day),
    Rule("hold", no_longer_trading),
    Rule("hold", history_agrees),
    Rule("warn", open_within_range),
)
# They speak of an answer and not of a bar in it: what a later one says of the bar stands in its place.
OF_AN_ANSWER = frozenset(
    rule.__name__ for rule in (right_currency, right_time_zone, final_when_asked, no_longer_trading, history_agrees)
)
