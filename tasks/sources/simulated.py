"""An invented market: plausible bars on the real calendar for the real members, the same for the same seed.

No price in it is anyone's; everything made of it says 'simulated'.
"""

from bisect import bisect_left
from collections.abc import Callable
from datetime import date, datetime, time
from functools import lru_cache
from zlib import crc32

import numpy as np

from warehouse.answers import Answer, Request
from warehouse.sessions import Market, between, market_named
from warehouse.universe import indices

SEED = 20200101
FIRST_DAY = date(2019, 1, 2)
INDEX_LEVELS = {
    "^HSI": 25000.0,
    "HSTECH.HK": 5000.0,
    "000300.SS": 3200.0,
    "^HSCE": 9000.0,
    "000001.SS": 3000.0,
    "399001.SZ": 9500.0,
    "399006.SZ": 1700.0,
    "000905.SS": 5000.0,
    "000016.SS": 2700.0,
}


class Simulated:
    """The source `simulated`."""

    name = "simulated"

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """`clock` tells the moment up to which there are bars (UTC)."""
        self._clock = clock

    def ask(self, request: Request) -> Answer:
        """Bars of every session from `request.first` to today; no index has a short history here."""
        now = self._clock()
        market = market_named("HK" if request.symbol.startswith("^HS") or request.symbol.endswith(".HK") else "CN")
        today = now.astimezone(market.time_zone).date()
        dates = between(market.code, FIRST_DAY, today)
        columns = _walk(request.symbol, market.code, len(dates))
        keep = slice(bisect_left(dates, request.first), None)
        return Answer(
            request.symbol,
            "ok",
            now,
            currency=market.currency,
            time_zone=str(market.time_zone),
            name=f"{request.symbol} (simulated)",
            traded_at=_end_of_day(dates[-1], market),
            trade_date=list(dates[keep]),
            open=columns["open"][keep].tolist(),
            high=columns["high"][keep].tolist(),
            low=columns["low"][keep].tolist(),
            close=columns["close"][keep].tolist(),
            volume=[int(volume) for volume in columns["volume"][keep]],
        )


def _end_of_day(day: date, market: Market) -> datetime:
    return datetime.combine(day, time(16, 8), market.time_zone)


def _numbers(name: str, count: int) -> np.ndarray:
    """`count` rows of four standard normal numbers; a longer row starts like a shorter one."""
    return np.random.default_rng([SEED, crc32(name.encode())]).standard_normal((count, 4))


@lru_cache(maxsize=8)
def _market_moves(market: str, count: int) -> np.ndarray:
    return 0.009 * _numbers(f"market {market}", count)[:, 0]


def _walk(symbol: str, market: str, count: int) -> dict[str, np.ndarray]:
    noise = _numbers(symbol, count)
    is_index = symbol in {index.symbol for index in indices()}
    own = 0.003 if is_index else 0.014
    start = INDEX_LEVELS.get(symbol, 5 * 1.001 ** (crc32(symbol.encode()) % 3500))
    # Moves are clipped inside the mainland's daily limit, and pulled back so that no price wanders off in years.
    moves = np.clip(_market_moves(market, count) + own * noise[:, 0], -0.09, 0.09)
    level = np.empty(count)
    height = 0.0
    for at, move in enumerate(moves):
        height = 0.999 * height + move
        level[at] = height
    close = np.round(start * np.exp(level), 2)
    before = np.concatenate([[start], close[:-1]])
    opened = np.round(before * np.exp(0.004 * np.clip(noise[:, 1], -2, 2)), 2)
    high = np.round(np.maximum(opened, close) * (1 + 0.004 * np.minimum(np.abs(noise[:, 2]), 3)), 2)
    low = np.round(np.minimum(opened, close) * (1 - 0.004 * np.minimum(np.abs(noise[:, 3]), 3)), 2)
    volume = np.round(4e7 / np.sqrt(start) * np.exp(0.4 * noise[:, 2]), -2)
    return {"open": opened, "high": high, "low": low, "close": close, "volume": volume}
