"""Yahoo Finance, through yfinance's own transport: one chart request a symbol, decoded without pandas."""

import logging
import re
import threading
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import curl_cffi
import yfinance
from curl_cffi.const import CurlECode
from curl_cffi.curl import CURL_WRITEFUNC_ERROR
from yfinance.data import YfData
from yfinance.exceptions import YFRateLimitError

from tasks.sources import Pace, Vendor, retried
from tasks.sources._yahoo_chart import EPOCH, decode
from warehouse.bars.answers import Answer, Request
from warehouse.facts.market import Market
from warehouse.plain import without_password
from warehouse.settings import Address, FromEnvironment, Settings, read_settings

CHART_PATH = "/v8/finance/chart/"
CHART = f"https://query2.finance.yahoo.com{CHART_PATH}"
ATTEMPTS = 5
GIVE_UP_AFTER = 40  # so many failures in a row mean that the vendor is down: the rest is asked once
TIMEOUT = 30.0  # seconds for a whole answer, of a chart or a cookie
LARGEST = 2**24  # bytes of it, unpacked; sixty years of days take three million
REFUSED = (401, 403)  # perhaps for a cookie: yfinance knows another way to one
CRUMB = re.compile(r"[^\s<]{1,40}")
LOG = logging.getLogger("afterclose.yahoo")


class YahooSettings(FromEnvironment):
    """Where to send what would go to Yahoo's hosts: a mirror, a gateway, a recording."""

    yahoo_url: Address | None = None


class Session(curl_cffi.Session[curl_cffi.Response]):
    """A curl_cffi session that may send what would go to Yahoo's hosts to another base URL.

    Answers are bounded in time and size, and a chart sends nobody on to another host. A page that yfinance takes for a
    crumb would make every address too long; the chart needs none.
    """

    def __init__(self, base_url: str | None) -> None:
        """`base_url` takes the place of scheme and host, its path comes before theirs."""
        super().__init__(impersonate="chrome")
        self._base = urlsplit(base_url) if base_url else None

    def request(self, method: Any, url: str, *args: Any, **kwargs: Any) -> Any:
        """As the session it extends, with scheme and host replaced; raises its exceptions for an answer too long."""
        params = kwargs.get("params")
        if params and not CRUMB.fullmatch(params.get("crumb", "")):
            kwargs["params"] = {name: value for name, value in params.items() if name != "crumb"}
        if self._base:
            asked = urlsplit(url)
            path = self._base.path.rstrip("/") + asked.path
            url = urlunsplit((self._base.scheme, self._base.netloc, path, asked.query, ""))
        body = bytearray()

        def take(piece: bytes) -> int:
            if len(body) + len(piece) > LARGEST:
                return CURL_WRITEFUNC_ERROR
            body.extend(piece)
            return len(piece)

        kwargs["content_callback"] = take
        kwargs["timeout"] = TIMEOUT  # yfinance has times of its own for cookies and crumbs
        if CHART_PATH in url:
            kwargs["allow_redirects"] = False
        response = super().request(method, url, *args, **kwargs)
        response.content = bytes(body)
        return response


class Yahoo:
    """The source `yahoo`. Answers are split-adjusted as of the real moment they are asked."""

    name = "yahoo"

    def __init__(
        self, folder: Path, base_url: str | None, requests_per_second: float, clock: Any, back_off: float = 1.0
    ) -> None:
        """`folder` takes yfinance's cookie store; `clock` tells the moment to write on an answer (UTC)."""
        self.address = without_password(base_url or CHART)
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        # A cookie or crumb that could not be had is a warning a request; what comes of it is in the answer's outcome.
        logging.getLogger("yfinance").setLevel(logging.ERROR)
        logging.getLogger("bs4").setLevel(logging.ERROR)
        yfinance.set_tz_cache_location(str(folder))
        self._session = Session(base_url)
        self._data = YfData(session=self._session)
        self._lock, self._meeting = threading.Lock(), threading.Lock()
        self._has_met = False
        self._pace = Pace(requests_per_second)
        self._clock = clock
        self._back_off = back_off
        self._failures_in_a_row = 0

    def ask(self, request: Request) -> Answer:
        """One answer; what may pass is asked again with growing pauses."""
        attempts = 1 if self._failures_in_a_row >= GIVE_UP_AFTER else ATTEMPTS
        answer = retried(lambda: self._ask_once(request), attempts, self._back_off)
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
            response = self._get(CHART + request.symbol, params)
        except YFRateLimitError:
            return Answer(request.symbol, "transient", self._clock(), "429: too many requests")
        except (curl_cffi.requests.exceptions.RequestException, OSError) as problem:
            if getattr(problem, "code", None) == CurlECode.WRITE_ERROR:
                detail = f"more than {LARGEST} bytes"
                return Answer(request.symbol, "unknown shape", self._clock(), detail)
            return Answer(request.symbol, "transient", self._clock(), f"{type(problem).__name__}: {problem}"[:200])
        return decode(request.symbol, response.status_code, response.content, self._clock())

    def _get(self, url: str, params: dict[str, Any]) -> Any:
        """The response of one request, with the cookies that yfinance gets: at the first one, and where it is refused.

        A chart needs no crumb. Through yfinance each request would wait its turn for a look at the cookies, and where
        none is to be had, as from a mirror, for one more request.
        """
        if not self._has_met:
            with self._meeting:
                if not self._has_met:
                    try:
                        return self._get_with_cookies(url, params)
                    finally:
                        self._has_met = True
        response = self._session.get(url, params=params, timeout=TIMEOUT)
        return self._get_with_cookies(url, params) if response.status_code in REFUSED else response

    def _get_with_cookies(self, url: str, params: dict[str, Any]) -> Any:
        """The response, through yfinance's cookies where it manages them, else through the bare session."""
        try:
            return self._data.get(url, params=params, timeout=TIMEOUT)
        except (YFRateLimitError, curl_cffi.requests.exceptions.RequestException, OSError):
            raise
        except Exception as problem:  # over a damaged cookie store or a page of consent it stumbles in many ways
            if any(Path(frame.filename).name == "cache.py" for frame in traceback.extract_tb(problem.__traceback__)):
                self._put_cache_aside(problem)
            return self._session.get(url, params=params, timeout=TIMEOUT)

    def _put_cache_aside(self, problem: Exception) -> None:
        """A cache is no reason to lose a night: the next process makes it anew."""
        with self._lock:
            aside = self._folder.with_name(f"{self._folder.name}.damaged")
            if self._folder.exists() and not aside.exists():
                self._folder.rename(aside)
                LOG.warning("yfinance's cookie store was damaged (%s) and is put aside as %s", problem, aside)


def _make(settings: Settings, _: Market) -> Yahoo:
    url = read_settings(YahooSettings).yahoo_url
    cache = settings.home.expanduser() / "yfinance"
    return Yahoo(cache, str(url.get_secret_value()) if url else None, settings.requests_per_second, settings.clock)


VENDOR = Vendor("yahoo", 10, _make, settings=YahooSettings, home_address=CHART)
