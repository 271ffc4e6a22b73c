"""What an official evening says of bars that are in doubt, and of the price that a mainland day is measured from.

Pure functions over frames: `official` are current official rows that are in no doubt.
"""

from datetime import date

import pandas as pd

from warehouse.bars.change import price_tolerances
from warehouse.facts.market import Market
from warehouse.frames import KEY
from warehouse.rules.past import referenced
from warehouse.rules.rule import Severity

OFFICIAL_SAYS_TRADED = "official_says_traded"
OFFICIAL_REFERENCE_DIFFERS = "official_reference_differs"
OFFICIAL_PREVIOUS_CLOSE_DIFFERS = "official_previous_close_differs"
OF_PRINTS = (OFFICIAL_REFERENCE_DIFFERS, OFFICIAL_PREVIOUS_CLOSE_DIFFERS)  # no vendor's answer settles these
OFFICIAL_RULES: dict[str, Severity] = {OFFICIAL_SAYS_TRADED: "reject", **dict.fromkeys(OF_PRINTS, "hold")}
SAME_CLOSE = 1e-4  # of a price: closes are kept to four decimals
NOMINAL_TICKS = 3  # outside the range
HALF_FEN = 0.005
DISTRIBUTION = 0.02 + 1e-9  # yuan: how far a differential distribution takes the exchange's reference from ours


def untraded(bars: pd.DataFrame, before: pd.Series, official: pd.DataFrame) -> pd.DataFrame:
    """What the official rows say of flat bars (symbol, trade_date, close), by their index: `official_source`, `says`.

    `says` is 'traded' where it dealt, 'no trade' or 'suspended' where it did not and the close is the same: the one
    that is printed, or where none is the close `before` the bar; else null.
    """
    found = bars[[*KEY, "close"]].merge(
        official[[*KEY, "state", "close", "source"]].rename(columns={"close": "printed"}), on=KEY, how="left"
    )
    found = found.set_axis(bars.index)
    last = found["printed"].astype("float64").fillna(before.astype("float64"))
    is_same = (found["close"].astype("float64") / last - 1).abs() < SAME_CLOSE
    states = {"traded": "traded", "no trade": "no trade", "suspended": "suspended", "halted": "suspended"}
    says = found["state"].map(states).astype("object")
    return pd.DataFrame(
        {"says": says.where((says == "traded") | is_same, None), "official_source": found["source"]}, bars.index
    )


def nominal_closes(bars: pd.DataFrame, official: pd.DataFrame, market: Market) -> tuple[pd.Series, pd.Series]:
    """Of bars whose close lies outside their range: 'traded' where the exchange prints that close, and its source.

    Within three ticks it is the exchange's own, without a trade in the closing auction; else null.
    """
    found = bars[KEY].merge(official[[*KEY, "state", "close", "source"]], on=KEY, how="left").set_axis(bars.index)
    half_tick = price_tolerances(bars.assign(split_factor=bars["split_factor"].fillna(1.0)), market)["close"]
    off = (bars["low"] - bars["close"]).clip(lower=0) + (bars["close"] - bars["high"]).clip(lower=0)
    is_same = (bars["close"] - found["close"].astype("float64")).abs() < half_tick
    is_good = (found["state"] == "traded") & is_same & (off <= 2 * NOMINAL_TICKS * half_tick)
    return found["state"].astype("object").where(is_good, None), found["source"]


def reference_of(
    close: float, official_close: float | None, official_previous: float, events: list[tuple[date, str, float]]
) -> tuple[str, float]:
    """What becomes of the exchange's reference price of a mainland day, and the one that our events give.

    `close` is our close before, `official_close` the official one of that session, `events` (ex-date, kind, value) are
    those since, but for what this source has proven. 'ours': they say the same; 'explained': a fen or two apart, as a
    differential distribution is; 'booked': no event of ours says why it differs from our close, which is the official
    one, so it is an adjustment that nobody listed; 'held': two accounts of one day, and a person decides; 'unknown':
    our close is not the official one, and the day has no event.
    """
    computed = referenced(close, events, "CN")[0]
    apart = abs(computed - official_previous)
    if apart < HALF_FEN:
        return "ours", computed
    if official_close is None:
        return "unknown", computed
    agrees = abs(close - official_close) < HALF_FEN
    if agrees and not events:
        return "booked", computed
    if apart <= DISTRIBUTION:
        return "explained" if agrees else "unknown", computed
    is_ex = abs(official_previous - official_close) >= HALF_FEN
    return "held" if agrees or is_ex else "unknown", computed
