"""Answers as one frame of bars, with what the rules need beside each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import inf

import numpy as np
import pandas as pd

from tasks.plan import Window
from warehouse.bars.answers import Answer, bars_of, repeated
from warehouse.bars.change import price_tolerances
from warehouse.facts.files import Row
from warehouse.facts.market import Market
from warehouse.facts.sessions import Session
from warehouse.frames import KEY, PRICES, VALUES, beyond
from warehouse.rules.history import VOLUME_JUMP
from warehouse.rules.official import NOMINAL_TICKS

CONTRARY = 1e-3  # relative; further from the stored close than two vendors' roundings are
CONTRARY_BARS = 3  # fewer are corrections of those bars
MANY_AT_ONCE = 5  # stocks and most of all that stop trading on one day are the vendor's doing
NOMINAL_VOLUME, NOMINAL_BARS = 0.01, 20  # of the median of so many days before
SESSIONS_BESIDE = timedelta(days=60)  # of stored bars before and after those of the answer: enough for a usual volume


@dataclass(frozen=True)
class Terms:
    """What answers are judged by beside the past: the window, the moment of the run, how long a close settles.

    `source` is who answered, `currency_rates` are the rows of that file of facts.
    """

    window: Window
    now: datetime
    settling_time: timedelta
    source: str
    currency_rates: Sequence[Row] = ()

    @property
    def market(self) -> Market:
        """The market that was asked for."""
        return self.window.market


def collect(answers: Sequence[Answer], index_days: Collection[date], terms: Terms) -> pd.DataFrame:
    """Every bar with a price, as stated; `is_wanted` are those of the window that are final by now, and of no session.

    `index_days` are days on which an index is known to have a bar, see `days_of_indices`. `basis` is 'evening' for the
    bars of today. Flags: `is_session`, `is_final` (when it was asked), `is_known_symbol`, `is_index`,
    `is_still_trading` (the vendor's own last trade lies inside the session, and nothing says that it was the last),
    `halted_at_close` (something does). `highest_price` is the end of the market's price bands.
    """
    market, window = terms.market, terms.window
    today = market.today(terms.now)
    beside = {name: repeated(answers, name) for name in ("time_zone", "first_trade_date")}
    beside |= {name: repeated(answers, name, "datetime64[us, UTC]") for name in ("asked_at", "traded_at")}
    bars = bars_of(answers).assign(**beside).dropna(subset=PRICES, how="all")
    traded_at = bars.pop("traded_at")
    sessions = {day: _session(day, market, index_days) for day in bars["trade_date"].unique()}
    settled = {
        day: session.final_from + terms.settling_time
        for day, session in sessions.items()
        if session and session.final_from
    }
    midnight = {day: datetime.combine(day, time(), market.time_zone) for day in sessions}
    closes = {
        day: datetime.combine(day, session.closes, market.time_zone)
        for day, session in sessions.items()
        if session and session.closes
    }
    days = bars["trade_date"]
    by_day = days.astype("category")  # so that a day is looked up once, and not each of its bars
    # A day that is no session is never cut: no clock makes it one.
    is_wanted = {
        day: window.bars_from <= day
        and (session is None or (day <= window.last and session.is_final(terms.now, terms.settling_time)))
        for day, session in sessions.items()
    }
    # A last trade within a session is a halt, and not an answer of noon, once the vendor has a row of a later session
    # or one is over. No index halts; and where it is most of many stocks, the vendor stands still.
    stopped = (traded_at >= _instants(by_day, midnight)) & (traded_at < _instants(by_day, closes))
    is_final = {
        day: session is not None and session.is_final(terms.now, terms.settling_time)
        for day, session in sessions.items()
    }
    # No holes: the oldest pandas that is allowed finds no maximum of dates among them.
    seen = days.where(by_day.map(is_final).astype(bool), date.min)
    is_over = seen.groupby(bars["symbol"]).transform("max") > days
    is_over |= days < market.sessions.last_final(terms.now, terms.settling_time)
    is_over &= ~bars["symbol"].isin(market.index_symbols) & ~days.isin(_days_stood_still(bars, stopped))
    # Bars of the days on which the code was another company's are nobody's that we hold.
    is_ours = ~bars["symbol"].isin({gone.symbol for gone in market.unobtainable})
    keys = bars.loc[~is_ours, KEY].itertuples(index=False)
    is_ours[~is_ours] = np.array([symbol not in market.unobtainable_on(day) for symbol, day in keys], dtype=bool)
    return bars.assign(
        is_session=by_day.map({day: session is not None for day, session in sessions.items()}).astype(bool),
        is_wanted=by_day.map(is_wanted).astype(bool) & is_ours,
        is_final=~(bars["asked_at"] < _instants(by_day, settled)),
        is_still_trading=stopped & ~is_over,
        halted_at_close=(stopped & is_over & (bars["volume"] > 0).fillna(False)).map({True: True, False: None}),
        is_known_symbol=bars["symbol"].isin(market.symbols),
        is_index=bars["symbol"].isin(market.index_symbols),
        basis=np.where(days == today, "evening", "history"),
        market=market.code,
        market_currency=market.currency,
        market_time_zone=str(market.time_zone),
        highest_price=max((row["to_price"] or inf for row in market.ticks), default=inf),
    )


def _days_stood_still(bars: pd.DataFrame, stopped: pd.Series) -> list[date]:
    """The days within whose session the last trades of many symbols lie, and of most that have a bar of it."""
    by_day = stopped.groupby(bars["trade_date"])
    counts, shares = by_day.sum(), by_day.mean()
    return list(counts.index[(counts >= MANY_AT_ONCE) & (shares > 0.5)])


def days_of_indices(answers: Sequence[Answer], stored: pd.DataFrame, market: Market) -> frozenset[date]:
    """The days on which an index has a bar, in the answers or among the stored ones."""
    answered = {
        day
        for answer in answers
        if answer.symbol in market.index_symbols
        for day, close in zip(answer.trade_date, answer.close, strict=True)
        if close is not None
    }
    return frozenset(answered.union(stored.loc[stored["symbol"].isin(market.index_symbols), "trade_date"]))


def bars_of_indices(answers: Sequence[Answer], index_days: Collection[date], terms: Terms) -> pd.DataFrame:
    """Every final bar of an index in the answers, those outside the window too."""
    mine = [answer for answer in answers if answer.outcome == "ok" and answer.symbol in terms.market.index_symbols]
    bars = collect(mine, index_days, terms)
    is_whole = bars["is_session"] & bars["is_final"] & ~bars["is_still_trading"]
    return bars[is_whole].dropna(subset=PRICES).assign(split_factor=1.0)


def _session(day: date, market: Market, index_days: Collection[date]) -> Session | None:
    """The session of a day; a provisional one is none until an index has a bar on it, even one that was struck.

    Before the known sessions the days of the indices' bars are sessions, long final.
    """
    session = market.sessions.planned.get(day)
    if session is None and day in index_days and day < market.sessions.dates[0]:
        over = datetime.combine(day + timedelta(days=1), time(), market.time_zone)
        return Session(market.code, day, "full", None, None, None, None, over, "the bars of its indices")
    return session if session is None or session.kind != "provisional" or day in index_days else None


def _instants(days: pd.Series, by_day: dict[date, datetime]) -> pd.Series:
    moments = pd.to_datetime(pd.Series([by_day.get(day) for day in days.cat.categories], dtype="object"), utc=True)
    return moments.take(days.cat.codes.to_numpy()).set_axis(days.index)


def with_known(bars: pd.DataFrame, stored: pd.DataFrame, market: Market, refused: Collection[str] = ()) -> pd.DataFrame:
    """Add what the lake says of each bar.

    `is_known`: it holds the bar, no value changed. `was_flat`: it holds one of no volume. `is_contrary`: most closes of
    the symbol that it holds, three at least, are others than in this answer, or most volumes of a stock in another
    unit; or the symbol's rebase is `refused`. `times_stored` is the largest ratio of a price to the stored one, either
    way.
    """
    past = bars[KEY].merge(stored[[*KEY, *VALUES]], on=KEY, how="left").set_axis(bars.index)
    is_other = beyond(bars, past, price_tolerances(bars, market)).fillna(True)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.abs(np.log(bars[PRICES].astype("float64") / past[PRICES].astype("float64")))
    both = past["close"].notna() & bars["close"].notna()
    differs = both & is_other["close"] & ((bars["close"] / past["close"] - 1).abs() > CONTRARY)
    dealt = (bars["volume"].gt(0) & past["volume"].gt(0)).fillna(False).astype(bool) & ~bars["is_index"]
    with np.errstate(divide="ignore"):
        times = np.abs(np.log((bars["volume"] / past["volume"]).astype("float64").where(dealt)))
    symbols = [bars["symbol"]]

    def most(flag: pd.Series, of: pd.Series) -> pd.Series:
        contrary, shared = (each.groupby(symbols).transform("sum") for each in (flag, of))
        return (contrary >= CONTRARY_BARS) & (contrary > shared / 2)

    return bars.assign(
        is_known=~is_other.any(axis=1).astype(bool),
        was_flat=(past["volume"] == 0).fillna(False).astype(bool),
        is_contrary=most(differs, both) | most(times > np.log(VOLUME_JUMP), dealt) | bars["symbol"].isin(refused),
        times_stored=np.exp(apart.max(axis=1)).fillna(1.0),
    )


def with_nominal(bars: pd.DataFrame, context: pd.DataFrame, market: Market) -> pd.DataFrame:
    """Say `close_kind` 'nominal' of closes a little outside the day's range on hardly any volume, null of others.

    Without a trade in its auction Hong Kong's close is the median of five nominal prices, which bids and asks move
    (HKEX's closing auction session, read).
    """
    off = (bars["low"] - bars["close"]).clip(lower=0) + (bars["close"] - bars["high"]).clip(lower=0)
    tick = 2 * price_tolerances(bars, market)["close"]
    kinds = pd.Series(None, bars.index, dtype="object")
    near = bars[(off > 0) & (off <= NOMINAL_TICKS * tick) & (bars["volume"] > 0).fillna(False) & ~bars["is_index"]]
    both = pd.concat([bars, context]) if len(near) else bars
    for at, bar in zip(near.index, near.to_dict("records"), strict=True):
        volumes = both.loc[(both["symbol"] == bar["symbol"]) & (both["trade_date"] < bar["trade_date"])]
        usual = volumes.sort_values("trade_date")["volume"].dropna().tail(NOMINAL_BARS)
        if len(usual) and bar["volume"] < NOMINAL_VOLUME * usual.median():
            kinds[at] = "nominal"
    return bars.assign(close_kind=kinds)


def bars_beside(bars: pd.DataFrame, stored: pd.DataFrame, market: Market) -> pd.DataFrame:
    """The stored bars of the same symbols on these days and on others around, as rows that are known."""
    first = min(bars["trade_date"], default=date.max) - SESSIONS_BESIDE
    last = max(bars["trade_date"], default=date.min) + SESSIONS_BESIDE
    near = stored[stored["symbol"].isin(bars["symbol"].unique())]
    near = near[(near["trade_date"] >= first) & (near["trade_date"] <= last)]
    near = near[[*KEY, *VALUES, "trading_state"]].assign(
        is_known=True, is_index=near["symbol"].isin(market.index_symbols)
    )
    return near.set_axis(pd.RangeIndex(-len(near), 0))
