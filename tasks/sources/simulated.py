"""An invented market: plausible bars on the real calendar for the real members, the same for the same seed.

No price in it is anyone's; everything made of it says 'simulated'. In May 2026 it has the defects of a real vendor, as
`simulated_defects.csv` tells them, for the demonstration.
"""

import csv
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from fnmatch import fnmatchcase
from pathlib import Path
from zlib import crc32

import numpy as np

from tasks.sources import Vendor
from warehouse.bars.answers import Answer, Event, Request
from warehouse.facts.market import Market
from warehouse.frames import PRICES

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
    "000688.SS": 900.0,
}


@dataclass(frozen=True)
class Defect:
    """Something wrong, or merely unusual, with one symbol's (or pattern's) bar of a day; not seen from `until` on.

    'split': `value` new shares per old one; 'suspended': no volume at the close before; 'scaled': the bar times
    `value`; 'crash': a real fall to `value` of the level; 'absent': no answer.
    """

    symbol: str
    kind: str
    trade_date: date
    value: float
    until: date

    def is_seen(self, today: date) -> bool:
        """Whether an answer given on that day shows it."""
        return self.trade_date <= today < self.until


def _read_defects() -> tuple[Defect, ...]:
    """Every defect in `simulated_defects.csv`."""
    with Path(__file__).with_name("simulated_defects.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Defect(
                row["symbol"],
                row["kind"],
                date.fromisoformat(row["trade_date"]),
                float(row["value"] or 1),
                date.fromisoformat(row["until"]) if row["until"] else date.max,
            )
            for row in csv.DictReader(file)
        )


DEFECTS = _read_defects()


class Simulated:
    """The source `simulated`."""

    name = "simulated"
    address = "here"

    def __init__(self, market: Market, clock: Callable[[], datetime]) -> None:
        """Invents `market`; `clock` tells the moment up to which there are bars (UTC)."""
        self._market = market
        self._clock = clock

    def ask(self, request: Request) -> Answer:
        """Bars of every session from `request.first` to today; no index has a short history here."""
        now = self._clock()
        market = self._market
        today = market.today(now)
        dates = market.sessions.between(FIRST_DAY, today)
        shown = [defect for defect in DEFECTS if fnmatchcase(request.symbol, defect.symbol) and defect.is_seen(today)]
        if any(defect.kind == "absent" and defect.trade_date == today for defect in shown):
            return Answer(request.symbol, "transient", now, "simulated: no answer")
        columns = _walk(request.symbol, market, len(dates))
        for defect in shown:
            _spoil(columns, bisect_left(dates, defect.trade_date), defect)
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
            **{name: columns[name][keep].tolist() for name in PRICES},
            volume=[int(volume) for volume in columns["volume"][keep]],
            splits=[Event(defect.trade_date, defect.value) for defect in shown if defect.kind == "split"],
        )


def _spoil(columns: dict[str, np.ndarray], at: int, defect: Defect) -> None:
    """Change the bars as the defect of the bar `at` makes them look."""
    prices = [columns[name] for name in PRICES]
    for price in prices:
        if defect.kind == "scaled":
            price[at] = round(price[at] * defect.value, 2)
        elif defect.kind == "crash":
            price[at:] = np.round(price[at:] * defect.value, 2)
        elif defect.kind == "split":
            # The vendor shows all bars in new shares; the walk goes on at the level that the split leaves.
            price[:] = price / defect.value
        elif defect.kind == "suspended":
            price[at] = columns["close"][at - 1]
    if defect.kind == "split":
        columns["volume"][:] = columns["volume"] * defect.value
    elif defect.kind == "suspended":
        columns["volume"][at] = 0


def _end_of_day(day: date, market: Market) -> datetime:
    return datetime.combine(day, time(16, 8), market.time_zone).astimezone(UTC)


def _numbers(name: str, count: int) -> np.ndarray:
    """`count` rows of four standard normal numbers; a longer row starts like a shorter one."""
    return np.random.default_rng([SEED, crc32(name.encode())]).standard_normal((count, 4))


def _market_moves(market: str, count: int) -> np.ndarray:
    return 0.009 * _numbers(f"market {market}", count)[:, 0]


def _walk(symbol: str, market: Market, count: int) -> dict[str, np.ndarray]:
    noise = _numbers(symbol, count)
    own = 0.003 if symbol in market.index_symbols else 0.014
    start = INDEX_LEVELS.get(symbol, 5 * 1.001 ** (crc32(symbol.encode()) % 3500))
    # Moves are clipped inside the mainland's daily limit, and pulled back so that no price wanders off in years.
    moves = np.clip(_market_moves(market.code, count) + own * noise[:, 0], -0.09, 0.09)
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


VENDOR = Vendor("simulated", 0, lambda settings, market: Simulated(market, settings.clock))
