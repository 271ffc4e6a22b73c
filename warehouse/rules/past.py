"""What came before a bar: the bar before, the price that its move is measured from, and its usual volume."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date

import pandas as pd

from warehouse.facts.market import Market
from warehouse.frames import DIVIDEND, VALUES

NARROWEST_LIMIT = 0.09  # below every limit but that of ST stocks, which no index has: nearer bars need no look-up
SESSIONS_APART = 5  # of a split from the step that it would explain
USUAL_VOLUME_BARS = 20
USUAL_VOLUME_LEAST = 5  # fewer say nothing about what is usual


def with_past(
    bars: pd.DataFrame, actions: pd.DataFrame, market: Market, doubtful: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Add what the rules of `history` need to one market's bars, sorted by symbol and day; nulls on a first bar.

    `previous_*` are those of the symbol's bar before, `next_stored_*` those of the one after it where the lake holds
    that (`is_known`). `sessions_since` counts from the bar before (1: no session between), `reference_price` is its
    close adjusted for the actions since, `ratio` the product of the splits and unlisted adjustments among those,
    `is_ex` that there is one or a dividend. `usual_volume` is the median of its volumes on the last days of more than
    one price, `limit_percent` the price limit of bars that come near one. `doubtful_ratio` and `doubtful_date` are of
    the nearest held split (`doubtful`: symbol, ex_date, value) within five sessions of the first one after the bar
    before.
    """
    by_symbol = bars.groupby("symbol", sort=False)
    before = by_symbol[[*VALUES, "trade_date"]].shift().add_prefix("previous_")
    stored = bars[VALUES].where(bars["is_known"])
    after = stored.groupby(bars["symbol"], sort=False).shift(-1).add_prefix("next_stored_")
    days = pd.Series(range(len(bars)), bars.index) if bars.empty else _numbered(bars["trade_date"], market)
    ex = _between(bars, actions)
    # A stock locked at its limit hardly trades: the day on which a string of limit-ups opens would be beyond all that.
    volume = bars["volume"].astype("float64").where((bars["volume"] > 0) & (bars["high"] > bars["low"]))
    recent = volume.groupby(bars["symbol"], sort=False).rolling(USUAL_VOLUME_BARS, min_periods=USUAL_VOLUME_LEAST)
    usual = recent.median().droplevel(0).reindex(bars.index)
    reference = before["previous_close"].astype("float64").copy()
    ratio = pd.Series(1.0, bars.index)
    for at, events in ex.items():
        reference[at], ratio[at] = referenced(reference[at], events, market.code)
    bars = bars.assign(
        **{str(name): rows[name] for rows in (before, after) for name in rows},
        sessions_since=days - days.groupby(bars["symbol"], sort=False).shift(),
        reference_price=reference,
        ratio=ratio,
        is_ex=bars.index.isin(ex.keys()),
        usual_volume=usual.groupby(bars["symbol"], sort=False).shift(),
    )
    ratio, day = _doubtful(bars, doubtful, market)
    return bars.assign(limit_percent=_limits(bars, market), doubtful_ratio=ratio, doubtful_date=day)


def _doubtful(bars: pd.DataFrame, doubtful: pd.DataFrame | None, market: Market) -> tuple[pd.Series, pd.Series]:
    ratios, days = pd.Series(float("nan"), bars.index), pd.Series(None, bars.index, dtype="object")
    if doubtful is None or doubtful.empty:
        return ratios, days
    dates = market.sessions.dates
    for symbol, events in doubtful.groupby("symbol"):
        before_each = bars.loc[bars["symbol"] == symbol, "previous_trade_date"].dropna()
        for at, before in zip(before_each.index, before_each, strict=True):
            first = bisect_right(dates, before)
            apart = {abs(bisect_left(dates, ex) - first): (ex, value) for ex, value in _pairs(events)}
            if min(apart) <= SESSIONS_APART:
                days[at], ratios[at] = apart[min(apart)]
    return ratios, days


def _pairs(events: pd.DataFrame) -> Iterator[tuple[date, float]]:
    return zip(events["ex_date"], events["value"], strict=True)


def _limits(bars: pd.DataFrame, market: Market) -> pd.Series:
    """The price limit in percent of stock bars near or beyond one; null for others, and where none is known."""
    reference = bars["reference_price"]
    is_far = (bars["high"] > reference * (1 + NARROWEST_LIMIT)) | (bars["low"] < reference * (1 - NARROWEST_LIMIT))
    limits = pd.Series(float("nan"), bars.index)
    far = bars.loc[is_far & ~bars["is_index"]]
    for at, bar in zip(far.index, far.to_dict("records"), strict=True):
        # Where the vendor's history begins the stock may have been listed: its first sessions may have no limit.
        began = bar.get("first_trade_date")
        percent = market.limit_percent(bar["symbol"], bar["trade_date"], listed_on=None if pd.isna(began) else began)
        limits[at] = float("nan") if percent is None else percent
    return limits


def _numbered(days: pd.Series, market: Market) -> pd.Series:
    """Each trade date's place in the order of sessions."""
    place = {day: at for at, day in enumerate(market.sessions.between(min(days), max(days)))}
    return days.map(place).astype("float64")


def _between(bars: pd.DataFrame, actions: pd.DataFrame) -> dict[int, list[tuple[date, str, float]]]:
    """The actions (ex-date, kind, value) between a bar and the one before it, by the bar's index."""
    relevant = actions[actions["symbol"].isin(bars["symbol"].unique())]
    found: dict[int, list[tuple[date, str, float]]] = {}
    if relevant.empty:
        return found
    left = relevant.assign(day=pd.to_datetime(relevant["ex_date"]), symbol=relevant["symbol"].astype("object"))
    right = pd.DataFrame(
        {"day": pd.to_datetime(bars["trade_date"]), "symbol": bars["symbol"].astype("object"), "at": bars.index}
    )
    met = pd.merge_asof(left.sort_values("day"), right.sort_values("day"), on="day", by="symbol", direction="forward")
    for action in met.dropna(subset="at").to_dict("records"):
        found.setdefault(int(action["at"]), []).append((action["ex_date"], action["kind"], action["value"]))
    return found


def referenced(close: float, events: list[tuple[date, str, float]], market_code: str) -> tuple[float, float]:
    """The close before, seen from after the events (ex-date, kind, value), and their ratio of shares.

    `sql/030_prices.sql` says the same for the database: see `docs/decisions/0022-market-law-in-two-places.md`.
    """
    whole = 1.0
    # A dividend with the ex-date of a split is per share after it.
    for _, kind, value in sorted(events, key=lambda event: (event[0], event[1] == DIVIDEND)):
        if kind == DIVIDEND:
            close -= value if market_code == "CN" else 0.0
        else:
            close, whole = close / value, whole * value
    return (round(close + 1e-9, 2) if market_code == "CN" else close), whole
