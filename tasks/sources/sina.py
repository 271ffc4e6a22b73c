"""Sina Finance, through akshare (the extra `china`): the daily history of an index, always the whole of it.

Sina names neither currency nor time zone. Each of the two addresses serves the indices of one market only, so this
module states that market's own; a level is in points either way. Its Hong Kong history may lag by two sessions.
"""

import math
from collections.abc import Callable
from concurrent.futures import Future
from datetime import date, datetime
from threading import Thread
from typing import Any

import pandas as pd

from tasks.sources import Pace, Vendor
from warehouse.bars.answers import Answer, Request
from warehouse.errors import UsageError
from warehouse.facts.market import Market
from warehouse.facts.universe import Index
from warehouse.settings import Settings

TIMEOUT = 60.0  # seconds; akshare itself would wait for ever


class Sina:
    """The source `sina`."""

    name = "sina"
    address = "akshare"

    def __init__(self, market: Market, requests_per_second: float, clock: Callable[[], datetime]) -> None:
        """Asks for the indices of `market`; `clock` tells the moment to write on an answer (UTC).

        Raises `UsageError` when akshare is not installed.
        """
        try:
            import akshare  # takes seconds, and only who wants a second opinion has it
        except ImportError:
            raise UsageError("the source sina needs akshare: in the checkout, pip install '.[china]'") from None
        history = {"HK": akshare.stock_hk_index_daily_sina, "CN": akshare.stock_zh_index_daily}
        self._history = history[market.code]
        self._market = market
        self._pace = Pace(requests_per_second)
        self._clock = clock

    def ask(self, request: Request) -> Answer:
        """The index's bars from `request.first` on; any other symbol is 'no data'."""
        index = next((index for index in self._market.indices if index.symbol == request.symbol), None)
        if index is None:
            return Answer(request.symbol, "no data", self._clock(), "Sina is asked for indices only")
        self._pace.wait_for_turn()
        try:
            frame = _within(TIMEOUT, lambda: self._history(symbol=sina_symbol(index)))
            return _decode(index, self._market, request.first, frame, self._clock())
        except TimeoutError:
            return Answer(index.symbol, "transient", self._clock(), f"no answer within {TIMEOUT:g} s")
        except OSError as problem:  # what requests raises
            return Answer(index.symbol, "transient", self._clock(), f"{type(problem).__name__}: {problem}"[:200])
        except Exception as problem:  # over a page that is no history, of a ban say, akshare stumbles in many ways
            return Answer(index.symbol, "unknown shape", self._clock(), f"{type(problem).__name__}: {problem}"[:200])


def sina_symbol(index: Index) -> str:
    """What Sina calls an index: HSTECH in Hong Kong, sh000300 or sz399001 on the mainland."""
    if index.market == "HK":
        return index.code
    digits, exchange = index.symbol.split(".")
    return {"SS": "sh", "SZ": "sz"}[exchange] + digits


def _within(seconds: float, call: Callable[[], Any]) -> Any:
    """What `call` returns or raises; `TimeoutError` after so many seconds, leaving its thread to itself."""
    future: Future[Any] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except Exception as problem:
            future.set_exception(problem)

    Thread(target=run, daemon=True).start()
    return future.result(seconds)


def _decode(index: Index, market: Market, first: date, frame: pd.DataFrame, asked_at: datetime) -> Answer:
    """akshare's frame: date (a date), open, high, low, close, volume (numbers), oldest first; more columns are left."""
    if frame["date"].isna().any():
        raise ValueError("a row without a date")
    rows = frame[frame["date"] >= first]
    if rows.empty:
        return Answer(index.symbol, "no data", asked_at, f"no bars from {first} on")
    return Answer(
        index.symbol,
        "ok",
        asked_at,
        currency=market.currency,
        time_zone=str(market.time_zone),
        trade_date=rows["date"].tolist(),
        open=_numbers(rows["open"]),
        high=_numbers(rows["high"]),
        low=_numbers(rows["low"]),
        close=_numbers(rows["close"]),
        volume=[None if value is None else int(value) for value in _numbers(rows["volume"])],
    )


def _numbers(column: pd.Series) -> list[float | None]:
    return [None if math.isnan(value) else float(value) for value in column]


def _make(settings: Settings, market: Market) -> Sina:
    return Sina(market, settings.requests_per_second, settings.clock)


VENDOR = Vendor("sina", 5, _make, has_stocks=False)
