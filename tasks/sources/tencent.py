"""Tencent's securities pages: daily bars of one stock or index of either market, as printed; second only, never events.

Never tried live. The shapes are those of recorded answers and of public clients. A row is [date, open, close, high,
low, volume, ...], all text, and of any length from six on: an object with an event may follow, and more. Volume is in
lots of 100 for the mainland, by custom, and in shares for Hong Kong. Tencent names neither currency nor time zone.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import orjson

from tasks.sources import Gentle, Vendor, no_json, retried
from tasks.web import Host, Reply
from warehouse.bars.answers import Answer, Request
from warehouse.facts.market import Market
from warehouse.settings import Address, FromEnvironment, Settings, address_of, read_settings

ADDRESS = "https://web.ifzq.gtimg.cn"
PATHS = {"HK": "/appstock/app/hkfqkline/get", "CN": "/appstock/app/fqkline/get"}
LOTS = {"HK": 1, "CN": 100}
ROWS = 640  # what it gives at once; which ones it leaves out of a longer window nobody has written down
DAYS = 900  # about 620 sessions, so that no question is for more
ATTEMPTS = 3
GIVE_UP_AFTER = 3  # symbols in a row: a second opinion is not worth an evening
TIMEOUT = 10.0  # seconds
LARGEST = 2**21  # bytes; 640 rows take 60 kB
LARGEST_PRICE, LARGEST_VOLUME = 10**6, 10**12  # an index stands below 10^5; no line has dealt in 10^12 of anything
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,8})?")
_CHECK = ("验证", "频繁", "captcha")  # a page that asks whether we are human


class TencentSettings(FromEnvironment):
    """Where to send what would go to Tencent's host: a mirror, a gateway, a recording."""

    tencent_url: Address | None = None


class Tencent(Gentle):
    """The source `tencent`. `stopped` says why it is asked no more in this run: every later answer is 'transient'."""

    name = "tencent"

    def __init__(
        self,
        market: Market,
        base_url: str,
        requests_per_second: float,
        clock: Callable[[], datetime],
        back_off: float = 1.0,
        timeout: float = TIMEOUT,
    ) -> None:
        """Asks for symbols of `market`."""
        super().__init__(market, requests_per_second, clock, back_off, GIVE_UP_AFTER)
        self._host = Host(base_url, timeout, LARGEST)
        self.address = self._host.address

    def ask(self, request: Request) -> Answer:
        """The bars from `request.first` to `request.last`, or to the newest; one request for each 900 days."""
        name = tencent_name(request.symbol, self._market)
        if name is None:
            return Answer(request.symbol, "no data", self._clock(), "Tencent has no name for it that we know")
        last = max(request.last or self._market.today(self._clock()), request.first)
        parts = []
        for first, end in _pieces(request.first, last):
            part = self._ask_for(request.symbol, name, first, end)
            if part.outcome not in ("ok", "no data"):
                return part
            parts.append(part)
        return _together(parts)

    def _ask_for(self, symbol: str, name: str, first: date, last: date) -> Answer:
        if self.stopped:
            return Answer(symbol, "transient", self._clock(), f"not asked any more: {self.stopped}"[:200])
        answer = retried(lambda: self._ask_once(symbol, name, first, last), ATTEMPTS, self._back_off)
        self._standing.note(answer)
        return answer

    def _ask_once(self, symbol: str, name: str, first: date, last: date) -> Answer:
        self._pace.wait_for_turn()
        path = f"{PATHS[self._market.code]}?param={name},day,{first},{last},{ROWS},"
        reply = self._host.get(path)
        return decode(symbol, self._market, first, last, reply, self._clock())


def tencent_name(symbol: str, market: Market) -> str | None:
    """What Tencent calls a symbol: hk00700, hkHSI, sh600519, sz399001; None for one that it is not asked for."""
    index = next((index for index in market.indices if index.symbol == symbol), None)
    if index and market.code == "HK":
        return f"hk{index.code}"
    found = re.fullmatch(r"([0-9]{4,5})\.HK" if market.code == "HK" else r"([0-9]{6})\.(SS|SZ)", symbol)
    if not found:
        return None
    return f"hk{found[1]:0>5}" if market.code == "HK" else {"SS": "sh", "SZ": "sz"}[found[2]] + found[1]


def decode(symbol: str, market: Market, first: date, last: date, reply: Reply, asked_at: datetime) -> Answer:
    """The answer in a reply to a question for the bars of those days.

    A refusal and a page that asks for a check are 'banned'. Prices are taken as printed only: an answer with adjusted
    ones is of an unknown shape.
    """
    if reply.status in (401, 403):
        return Answer(symbol, "banned", asked_at, f"Tencent refuses us (HTTP {reply.status})")
    if reply.fault or reply.status == 429 or reply.status >= 500:
        outcome = "unknown shape" if reply.fault in ("elsewhere", "too long") else "transient"
        return Answer(symbol, outcome, asked_at, reply.detail or f"HTTP {reply.status}")
    if reply.status == 404:
        return Answer(symbol, "no data", asked_at, "HTTP 404")
    text = _text(reply.body)
    try:
        payload = orjson.loads(text)
    except orjson.JSONDecodeError:
        if any(word in text for word in _CHECK):
            return Answer(symbol, "banned", asked_at, "Tencent asks for a check whether we are human")
        return Answer(symbol, "transient", asked_at, no_json(reply.status, reply.body))
    try:
        rows = _rows(payload, tencent_name(symbol, market))
        return _bars(symbol, market, [row for row in rows if first <= row[0] <= last], asked_at)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as problem:
        detail = f"HTTP {reply.status}, {type(problem).__name__}: {problem}"[:200]
        return Answer(symbol, "unknown shape", asked_at, detail)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("gb18030", "replace")


Row = tuple[date, tuple[Decimal | None, ...], Decimal | None]  # open, high, low, close; the volume as printed


def _rows(payload: Any, name: str | None) -> list[Row]:
    if payload["code"] != 0:
        raise ValueError(f"code {payload['code']}: {payload.get('msg')}")
    found = payload["data"]
    if not found:
        return []
    if list(found) != [name]:
        raise ValueError(f"the answer is about {', '.join(found)}")
    if "day" not in found[name]:
        raise ValueError(f"no bars as printed among {', '.join(found[name])}")
    rows = [_row(*row[:6]) for row in found[name]["day"]]
    if any(row[0] >= later[0] for row, later in pairwise(rows)):
        raise ValueError("days out of order")
    return rows


def _row(day: str, opened: str, close: str, high: str, low: str, volume: str) -> Row:
    if not _DAY.fullmatch(day):
        raise ValueError(f"{day[:40]!r} is no day")
    prices = tuple(_number(text, LARGEST_PRICE) or None for text in (opened, high, low, close))
    return date.fromisoformat(day), prices, _number(volume, LARGEST_VOLUME)


def _number(text: str, largest: int) -> Decimal | None:
    if text == "":
        return None
    if not _NUMBER.fullmatch(text) or Decimal(text) > largest:
        raise ValueError(f"{text[:40]!r} is no price or volume")
    return Decimal(text)


def _bars(symbol: str, market: Market, rows: list[Row], asked_at: datetime) -> Answer:
    if not rows:
        return Answer(symbol, "no data", asked_at, "no bars in the window")
    if 2 * sum(_is_upside_down(*prices) for _, prices, _ in rows) > len(rows):
        raise ValueError("highs below lows or closes: the columns are in another order")
    lot = LOTS[market.code]
    columns = [
        [None if value is None else float(value) for value in column]
        for column in zip(*(prices for _, prices, _ in rows), strict=True)
    ]
    return Answer(
        symbol,
        "ok",
        asked_at,
        currency=market.currency,
        time_zone=str(market.time_zone),
        trade_date=[day for day, _, _ in rows],
        open=columns[0],
        high=columns[1],
        low=columns[2],
        close=columns[3],
        volume=[None if volume is None else round(volume * lot) for _, _, volume in rows],
        lot=lot,
    )


def _is_upside_down(_: Decimal | None, high: Decimal | None, low: Decimal | None, close: Decimal | None) -> bool:
    return high is not None and low is not None and (high < low or not low <= (close or low) <= high)


def _pieces(first: date, last: date) -> Iterable[tuple[date, date]]:
    while first <= last:
        end = min(first + timedelta(days=DAYS - 1), last)
        yield first, end
        first = end + timedelta(days=1)


def _together(parts: list[Answer]) -> Answer:
    """One answer out of those for each piece of the window, in order."""
    good = [part for part in parts if part.outcome == "ok"]
    names = ("trade_date", "open", "high", "low", "close", "volume")
    columns: dict[str, Any] = {name: [value for part in good for value in getattr(part, name)] for name in names}
    return replace(good[-1], **columns) if good else parts[-1]


def _make(settings: Settings, market: Market) -> Tencent:
    url = read_settings(TencentSettings).tencent_url
    return Tencent(market, address_of(url, ADDRESS), settings.requests_per_second, settings.clock)


VENDOR = Vendor("tencent", 7, _make, has_events=False, settings=TencentSettings, home_address=ADDRESS)
