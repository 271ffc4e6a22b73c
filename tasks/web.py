"""One host that is asked over HTTP: bounded in time, size and redirects, and what goes wrong is said, never raised."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from urllib.parse import urljoin, urlsplit

from curl_cffi import requests
from curl_cffi.const import CurlECode
from curl_cffi.curl import CURL_WRITEFUNC_ERROR, CurlError

from warehouse.plain import plain, without_password

USER_AGENT = f"Afterclose/{version('afterclose')}"
REDIRECTS = 3
_CUT = {CurlECode.PARTIAL_FILE, CurlECode.RECV_ERROR, CurlECode.HTTP2_STREAM, CurlECode.HTTP2}


@dataclass(frozen=True)
class Reply:
    """What came of a request: `status` 0 when nothing did; the names of `headers` are in small letters.

    `fault` is None for a whole body, else why there is none: 'unreachable', 'late' (no end within the time), 'cut'
    (it ended before its end), 'too long', 'elsewhere' (sent on to another host, or for ever).
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str | None = None
    detail: str = ""


class Host:
    """Asks one host for pages; a request, and each redirect that it is sent on by, takes at most `timeout` seconds."""

    def __init__(self, base_url: str, timeout: float, largest: int) -> None:
        """`largest` bounds a body in bytes, counted after decompression."""
        self._base = base_url.rstrip("/")
        self._timeout = timeout
        self._largest = largest
        self._session: requests.Session[requests.Response] = requests.Session()

    @property
    def address(self) -> str:
        """The base URL, without a password in it."""
        return without_password(self._base)

    def get(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        encodings: str = "gzip",
        until: Callable[[bytearray, int], bool] | None = None,
    ) -> Reply:
        """The reply for a path under the base URL.

        `until` is asked after each piece, with the body so far and where the piece begins: True when that is enough,
        and no more is read.
        """
        url = self._base + path
        for _ in range(REDIRECTS + 1):
            reply = self._once(url, headers or {}, encodings, until)
            if reply.fault or not 300 <= reply.status < 400 or "location" not in reply.headers:
                return reply
            url, there = _sent_on(url, reply.headers["location"])
            if there != _origin(self._base):
                return Reply(reply.status, fault="elsewhere", detail=plain(f"sent on to {there[1] or 'nowhere'}"))
        return Reply(reply.status, fault="elsewhere", detail=f"sent on more than {REDIRECTS} times")

    def _once(
        self,
        url: str,
        headers: Mapping[str, str],
        encodings: str,
        until: Callable[[bytearray, int], bool] | None,
    ) -> Reply:
        body, ended = bytearray(), ""

        def take(piece: bytes) -> int:
            nonlocal ended
            if len(body) + len(piece) > self._largest:
                ended = "too long"
                return CURL_WRITEFUNC_ERROR
            body.extend(piece)
            if until and until(body, len(body) - len(piece)):
                ended = "enough"
                return CURL_WRITEFUNC_ERROR
            return len(piece)

        try:
            answer = self._session.get(
                url,
                headers={"User-Agent": USER_AGENT, **headers},
                timeout=self._timeout,
                allow_redirects=False,
                accept_encoding=encodings,
                content_callback=take,
                discard_cookies=True,
            )
        except (CurlError, OSError, ValueError) as problem:
            return self._troubled(problem, bytes(body), ended)
        return Reply(answer.status_code, bytes(body), _small(answer.headers))

    def _troubled(self, problem: Exception, body: bytes, ended: str) -> Reply:
        answer, code = getattr(problem, "response", None), getattr(problem, "code", 0)
        status, headers = (answer.status_code, _small(answer.headers)) if answer is not None else (0, {})
        if ended == "enough":
            return Reply(status, body, headers)
        if ended:
            return Reply(status, headers=headers, fault=ended, detail=f"more than {self._largest} bytes")
        detail = f"{type(problem).__name__}: {str(problem).partition('. See https://curl')[0]}"[:200]
        if code == CurlECode.OPERATION_TIMEDOUT:
            return Reply(status, body, headers, "late", f"no end within {self._timeout:g} s")
        return Reply(status, body, headers, "cut" if code in _CUT and body else "unreachable", detail)


def _sent_on(url: str, location: str) -> tuple[str, tuple[str, str]]:
    try:
        there = urljoin(url, location)
        return there, _origin(there)
    except ValueError:  # no URL at all
        return "", ("", "")


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.rpartition("@")[2]


def _small(headers: Mapping[str, str | None]) -> dict[str, str]:
    return {name.lower(): value or "" for name, value in headers.items()}
