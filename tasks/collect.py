"""Answers as one frame of bars, with what the rules need beside each."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import pandas as pd

from tasks.plan import Window
from warehouse.answers import Answer, repeated
from warehouse.as_traded import PRICES, bars_as_traded
from warehouse.rules.change import price_tolerances
from warehouse.sessions import Session, is_final, market_named, session_on
from warehouse.universe import indices, spells, unobtainable

KEY = ["symbol", "trade_date"]
CONTRARY = 1e-3  # relative; further from the stored close than two vendors' roundings are
CONTRARY_BARS = 3  # fewer are corrections of those bars
SESSIONS_BESIDE = timedelta(days=60)  # of stored bars before the first one: enough for a usual volume


def collect(
    answers: Sequence[Answer], stored: pd.DataFrame, window: Window, now: datetime, settle: timedelta
) -> pd.DataFrame:
    """Every bar as traded; `is_wanted` are those of the window that are final by now, and all of no session after it.

    `basis` is 'evening' for the bars of today. Flags: `is_session`, `is_final` (when it was asked), `is_still_trading`
    (the vendor's own last trade lies inside the session), `is_known_symbol`, `is_index`.
    """
    market = market_named(window.market)
    today = now.astimezone(market.time_zone).date()
    lengths = [len(answer.trade_date) for answer in answers]
    beside = pd.DataFrame(
        {
            name: repeated([getattr(answer, name) for answer in answers], lengths)
            for name in ("time_zone", "first_trade_date", "asked_at", "traded_at")
        }
    )
    bars = bars_as_traded(answers).join(beside)
    bars["asked_at"] = pd.to_datetime(bars["asked_at"], utc=True)
    traded_at = pd.to_datetime(bars.pop("traded_at"), utc=True)
    sessions = _sessions(bars, stored, window.market)
    settled = {day: session.final_from + settle for day, session in sessions.items() if session and session.final_from}
    midnight = {day: datetime.combine(day, time(), market.time_zone) for day in sessions}
    closes = {
        day: datetime.combine(day, session.closes, market.time_zone)
        for day, session in sessions.items()
        if session and session.closes
    }
    days = bars["trade_date"]
    index_symbols = {index.symbol for index in indices(window.market)}
    known = index_symbols | {spell.symbol for spell in spells(window.market)}
    # A day that is no session is never cut: no clock makes it one.
    is_wanted = {
        day: (window.bars_from <= day and session is None)
        or (window.bars_from <= day <= window.last and session is not None and is_final(session, now, settle))
        for day, session in sessions.items()
    }
    # Bars of the days on which the code was another company's are nobody's that we hold.
    gone = {day: unobtainable(day) for day in sessions}
    keys = zip(bars["symbol"], days, strict=True)
    is_ours = pd.Series([symbol not in gone[day] for symbol, day in keys], bars.index, dtype=bool)
    return bars.assign(
        is_session=days.map({day: session is not None for day, session in sessions.items()}).astype(bool),
        is_wanted=days.map(is_wanted).astype(bool) & is_ours,
        is_final=~(bars["asked_at"] < _instants(days, settled)),
        is_still_trading=(traded_at >= _instants(days, midnight)) & (traded_at < _instants(days, closes)),
        is_known_symbol=bars["symbol"].isin(known),
        is_index=bars["symbol"].isin(index_symbols),
        basis=days.map(lambda day: "evening" if day == today else "history"),
        market=window.market,
        market_currency=market.currency,
        market_time_zone=str(market.time_zone),
    )


def _sessions(bars: pd.DataFrame, stored: pd.DataFrame, market: str) -> dict[date, Session | None]:
    """The session of each bar's day; a provisional one is none until an index has a bar on it."""
    symbols = {index.symbol for index in indices(market)}
    said = bars.loc[bars["symbol"].isin(symbols) & bars["close"].notna(), "trade_date"]
    held = {*said, *stored.loc[stored["symbol"].isin(symbols), "trade_date"]}
    found = {day: session_on(market, day) for day in bars["trade_date"].unique()}
    return {
        day: session if session is None or session.kind != "provisional" or day in held else None
        for day, session in found.items()
    }


def _instants(days: pd.Series, by_day: dict[date, datetime]) -> pd.Series:
    return pd.to_datetime(days.map(by_day), utc=True)


def with_known(bars: pd.DataFrame, stored: pd.DataFrame, market: str) -> pd.DataFrame:
    """Add what the lake says of each bar.

    `is_known`: it holds the bar, no value changed. `was_flat`: it holds one of no volume. `is_contrary`: most closes of
    the symbol that it holds, three at least, are others than in this answer.
    """
    names = [*PRICES, "volume"]
    past = bars[KEY].merge(stored[[*KEY, *names]], on=KEY, how="left")
    past.index = bars.index
    is_known = pd.Series(True, bars.index)
    for name, allowed in price_tolerances(bars, market).items():
        gap = (bars[name].astype("Float64") - past[name].astype("Float64")).abs()
        is_known &= (gap <= allowed).fillna(False).astype(bool)
    both = past["close"].notna() & bars["close"].notna()
    differs = both & ((bars["close"] / past["close"] - 1).abs() > CONTRARY)
    symbols = [bars["symbol"]]
    contrary, shared = (flag.groupby(symbols).transform("sum") for flag in (differs, both))
    return bars.assign(
        is_known=is_known,
        was_flat=(past["volume"] == 0).fillna(False).astype(bool),
        is_contrary=(contrary >= CONTRARY_BARS) & (contrary > shared / 2),
    )


def bars_beside(bars: pd.DataFrame, stored: pd.DataFrame) -> pd.DataFrame:
    """The stored bars of the same symbols on other days, as rows that are known."""
    first = min(bars["trade_date"], default=date.max) - SESSIONS_BESIDE
    near = stored[stored["symbol"].isin(bars["symbol"].unique()) & (stored["trade_date"] >= first)]
    near = near[~pd.MultiIndex.from_frame(near[KEY]).isin(pd.MultiIndex.from_frame(bars[KEY]))]
    index_symbols = {index.symbol for index in indices()}
    near = near[[*KEY, *PRICES, "volume", "trading_state"]].assign(
        is_known=True, is_index=near["symbol"].isin(index_symbols)
    )
    near.index = pd.RangeIndex(-len(near), 0)
    return near
