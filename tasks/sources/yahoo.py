"""Yahoo Finance, through yfinance's own transport: one chart request a symbol, decoded without pandas."""

import logging
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import curl_cffi
import orjson
import yfinance
from pydantic import HttpUrl
from tenacity import Retrying, retry_if_result, stop_after_attempt, wait_random_exponential
from yfinance.data import YfData
from yfinance.exceptions import YFRateLimitError

from tasks.sources import Pace, Vendor
from warehouse.bars.answers import Answer, Event, Request
from warehouse.facts.market import Market
from warehouse.settings import FromEnvironment, Settings, read_settings

CHART = "https://query2.finance.yahoo.com/v8/finance/chart/"
EPOCH = date(1970, 1, 1)
ATTEMPTS = 5
GIVE_UP_AFTER = 40  # so many failures in a row mean that the vendor is down: the rest is asked once
TIMEOUT = 30.0
LARGEST = 2**53  # beyond it a number is no longer exact, and no price or volume is
LARGEST_EVENT = 1e5  # shares for one, or money a share; its inverse is the smallest


class YahooSettings(FromEnvironment):
    """Where to send what would go to Yahoo's hosts: a mirror, a gateway, a recording."""

    yahoo_url: HttpUrl | None = None


class RedirectedSession(curl_cffi.Session[curl_cffi.Response]):
    """A curl_cffi session that sends what would go to Yahoo's hosts to another base URL."""

    def __init__(self, base_url: str) -> None:
        """`base_url` takes the place of scheme and host, its path comes before theirs."""
        super().__init__(impersonate="chrome")
        self._base = urlsplit(base_url)

    def request(self, method: Any, url: str, *args: Any, **kwargs: Any) -> Any:
        """As the session it extends, with scheme and host replaced."""
        asked = urlsplit(url)
        path = self._base.path.rstrip("/") + asked.path
        there = urlunsplit((self._base.scheme, self._base.netloc, path, asked.query, ""))
        return super().request(method, there, *args, **kwargs)


class Yahoo:
    """The source `yahoo`. Answers are split-adjusted as of the real moment they are asked."""

    name = "yahoo"

    def __init__(
        self, cache: Path, base_url: str | None, requests_per_second: float, clock: Any, back_off: float = 1.0
    ) -> None:
        """`cache` takes yfinance's cookie store; `clock` tells the moment to write on an answer (UTC)."""
        self.address = base_url or CHART
        cache.mkdir(parents=True, exist_ok=True)
        # A cookie or crumb that could not be had is a warning a request; what comes of it is in the answer's outcome.
        logging.getLogger("yfinance").setLevel(logging.ERROR)
        logging.getLogger("bs4").setLevel(logging.ERROR)
        yfinance.set_tz_cache_location(str(cache))
        self._data = YfData(
            session=RedirectedSession(base_url) if base_url else curl_cffi.Session(impersonate="chrome")
        )
        self._pace = Pace(requests_per_second)
        self._clock = clock
        self._back_off = back_off
        self._failures_in_a_row = 0

    def ask(self, request: Request) -> Answer:
        """One answer; what may pass is asked again with growing pauses."""
        attempts = 1 if self._failures_in_a_row >= GIVE_UP_AFTER else ATTEMPTS
        again = Retrying(
            retry=retry_if_result(lambda answer: answer.outcome == "transient"),
            stop=stop_after_attempt(attempts),
            wait=wait_random_exponential(multiplier=self._back_off, max=20 * self._back_off),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )
        answer: Answer = again(self._ask_once, request)
        self._failures_in_a_row = self._failures_in_a_row + 1 if answer.outcome == "transient" else 0
        return answer

    def _ask_once(self, request: Request) -> Answer:
        self._pace.wait_for_turn()
        params: dict[str, Any] = {"interval": "1d", "includePrePost": "false", "events": "div,splits,capitalGains"}
        if request.short:
            params["range"] = "5d"
        else:
            # The end lies after the real now, whatever the clock is frozen to: every split since is needed to undo it.
            tomorrow = datetime.now(UTC) + timedelta(days=1)
            params["period1"] = (request.first - EPOCH).days * 86400 - 86400
            params["period2"] = int(tomorrow.timestamp())
        try:
            response = self._data.get(CHART + request.symbol, params=params, timeout=TIMEOUT)
        except YFRateLimitError:
            return Answer(request.symbol, "transient", self._clock(), "429: too many requests")
        except (curl_cffi.requests.exceptions.RequestException, OSError) as problem:
            return Answer(request.symbol, "transient", self._clock(), f"{type(problem).__name__}: {problem}"[:200])
        return decode(request.symbol, response.status_code, response.content, self._clock())


def decode(symbol: str, status: int, body: bytes, asked_at: datetime) -> Answer:
    """The answer in an HTTP response of the chart API.

    404, 400 and 422 with the vendor's own error are 'no data'; 401, 429, 5xx and a body that is not JSON are
    'transient'; JSON that is no chart is 'unknown shape'.
    """
    if status in (401, 403, 429) or status >= 500:
        return Answer(symbol, "transient", asked_at, f"HTTP {status}")
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Answer(symbol, "transient", asked_at, f"HTTP {status}, not JSON: {body[:60]!r}")
    try:
        chart = payload["chart"]
        if chart["error"]:
            problem = f"{chart['error']['code']}: {chart['error']['description']}"
            return Answer(symbol, "no data", asked_at, problem)
        return _decode_result(symbol, chart["result"][0], asked_at)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, OSError) as problem:
        return Answer(symbol, "unknown shape", asked_at, f"HTTP {status}, {type(problem).__name__}: {problem}"[:200])


def _decode_result(symbol: str, result: dict[str, Any], asked_at: datetime) -> Answer:
    meta = result["meta"]
    offset = meta["gmtoffset"]
    if meta["symbol"].upper() != symbol.upper():
        raise ValueError(f"the answer is about {meta['symbol']}")
    stamps = result.get("timestamp") or []
    if not stamps:
        return Answer(symbol, "no data", asked_at, "no bars in the window", currency=_text(meta.get("currency")))
    quote = result["indicators"]["quote"][0]
    columns = {name: quote[name] for name in ("open", "high", "low", "close", "volume")}
    if {len(column) for column in columns.values()} != {len(stamps)}:
        raise ValueError("columns of unequal length")
    events = result.get("events") or {}
    traded, began = meta.get("regularMarketTime"), meta.get("firstTradeDate")
    return Answer(
        symbol,
        "ok",
        asked_at,
        currency=_text(meta["currency"]),
        time_zone=_text(meta["exchangeTimezoneName"]),
        name=_text(meta.get("longName") or meta.get("shortName")),
        traded_at=datetime.fromtimestamp(traded, UTC) if traded else None,
        exchange=_text(meta.get("fullExchangeName") or meta.get("exchangeName")),
        instrument_type=_text(meta.get("instrumentType")),
        first_trade_date=_local_date(began, offset) if began is not None else None,
        trade_date=[_local_date(stamp, offset) for stamp in stamps],
        open=[_number(value) for value in columns["open"]],
        high=[_number(value) for value in columns["high"]],
        low=[_number(value) for value in columns["low"]],
        close=[_number(value) for value in columns["close"]],
        volume=[None if value is None else int(value) for value in map(_number, columns["volume"])],
        splits=_events(events.get("splits"), offset, lambda event: event["numerator"] / event["denominator"]),
        dividends=_events(events.get("dividends"), offset, lambda event: event["amount"]),
    )


def _local_date(stamp: int, offset: int) -> date:
    return EPOCH + timedelta(days=(stamp + offset) // 86400)


def _text(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LARGEST:
        raise TypeError(f"{value!r} is no price or volume")
    return float(value)


def _events(found: dict[str, Any] | None, offset: int, value: Any) -> list[Event]:
    events = [Event(_local_date(int(event["date"]), offset), float(value(event))) for event in (found or {}).values()]
    # One out of bounds would turn every bar around it into nonsense.
    wrong = [event for event in events if not 1 / LARGEST_EVENT < event.value < LARGEST_EVENT]
    if wrong:
        raise ValueError(f"an event of {wrong[0].value:g} on {wrong[0].ex_date}")
    return sorted(events, key=lambda event: event.ex_date)


def _make(settings: Settings, _: Market) -> Yahoo:
    url = read_settings(YahooSettings).yahoo_url
    cache = settings.home.expanduser() / "yfinance"
    return Yahoo(cache, str(url) if url else None, settings.requests_per_second, settings.clock)


VENDOR = Vendor("yahoo", 10, _make, settings=YahooSettings)
