"""HKEX's Daily Quotations: the exchange's own print of every security of a board, one page an evening.

Never tried live. The page appears some time after the close, by the next morning at the latest, and is gone after some
weeks. It is long (25 MB are told of), and only its beginning is wanted: it is asked for in pieces, and reading stops
where the quotations end. GEM has a page of its own, of which only the short selling was ever seen.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time

from tasks.sources import Gentle, OfficialVendor
from tasks.sources._hkex_page import board_of, date_of, is_read_enough, quotations
from tasks.sources._official import (
    GIVE_UP_AFTER,
    TermsSettings,
    UnknownShapeError,
    absence,
    check_terms,
    patiently,
)
from tasks.web import Host, Reply
from warehouse.bars.official import OfficialAnswer, lines_of
from warehouse.facts.market import Market
from warehouse.settings import Address, Settings, address_of, read_settings

ADDRESS = "https://www.hkex.com.hk"
PATHS = {
    "Main Board": "/eng/stat/smstat/dayquot/d{:%y%m%d}e.htm",
    "GEM": "/eng/stat/smstat/dayquot/GEM/e_G{:%y%m%d}.htm",
}
PIECE = 2**22  # bytes: the quotations of 18,000 securities take 3 MB
LARGEST = 2**24  # bytes of a page before its quotations end
PER_SECOND = 0.5  # one request in two seconds is what the careful ask there
ATTEMPTS = 3
TIMEOUT = 30.0  # seconds a piece
_RANGE = re.compile(r"bytes ([0-9]{1,12})-[0-9]{1,12}/([0-9]{1,12})")
_CHECK = re.compile(rb"captcha|access denied|challenge|are you a robot|unusual traffic|verify you are", re.IGNORECASE)
_GONE = b"may have been relocated"


class HkexSettings(TermsSettings):
    """Where to send what would go to HKEX: a mirror, a gateway, a recording."""

    hkex_url: Address | None = None


class Hkex(Gentle):
    """The official source `hkex`."""

    name = "hkex"

    def __init__(
        self,
        market: Market,
        base_url: str,
        requests_per_second: float,
        clock: Callable[[], datetime],
        back_off: float = 2.0,
        timeout: float = TIMEOUT,
    ) -> None:
        """`timeout` bounds each piece of a page, in seconds."""
        super().__init__(market, requests_per_second, clock, back_off, GIVE_UP_AFTER)
        self._host = Host(base_url, timeout, LARGEST)
        self.address = self._host.address

    def evening(self, day: date, board: str = "Main Board") -> OfficialAnswer:
        """The lines of 'Main Board' or 'GEM' on a session, in one request a piece of 4 MiB."""
        nothing = OfficialAnswer(self.name, board, day, "transient", self._clock())
        return patiently(lambda: self._ask_once(day, board), self._standing, nothing, ATTEMPTS, self._back_off)

    def _ask_once(self, day: date, board: str) -> OfficialAnswer:
        reply, requests = self._page(PATHS[board].format(day))
        now = self._clock()
        if reply.fault or reply.status != 200:
            outcome = _outcome(reply) or absence(day, now, self._market)
            return OfficialAnswer(self.name, board, day, outcome, now, _detail(reply), requests=requests)
        return replace(decode(reply.body, day, board, now), requests=requests)

    def _page(self, path: str) -> tuple[Reply, int]:
        """The page as far as it is wanted, whole as one reply, and in how many requests it came."""
        page, first = b"", None
        for count in range(1, LARGEST // PIECE + 1):
            self._pace.wait_for_turn()
            wanted = f"bytes={len(page)}-{len(page) + PIECE - 1}"
            reply = self._host.get(path, {"Range": wanted}, "identity", _is_enough)
            piece = _RANGE.fullmatch(reply.headers.get("content-range", ""))
            if reply.fault or reply.status != 206:
                changed = page and reply.status != 200
                return replace(reply, fault="cut") if changed else reply, count
            # A page that took another's place in between would lose the lines around the seam.
            version = piece and (piece[2], *(reply.headers.get(name) for name in ("etag", "last-modified")))
            if not piece or int(piece[1]) != len(page) or version != (first or version):
                return Reply(206, fault="cut", detail="a piece of the page does not fit the one before"), count
            page, first = page + reply.body, version
            if _is_enough(page, len(page) - len(reply.body)) or len(page) >= int(piece[2]):
                return Reply(200, page), count
        return Reply(206, fault="too long", detail=f"no end of the quotations within {LARGEST} bytes"), count


def decode(raw: bytes, day: date, board: str, asked_at: datetime) -> OfficialAnswer:
    """What a page says of the evening that it was asked for."""
    told = OfficialAnswer("hkex", board, day, "ok", asked_at, raw=raw)
    said = date_of(raw)
    if said is None:
        outcome, detail = _without_date(raw)
        return replace(told, outcome=outcome, detail=detail)
    if said != day:
        return replace(told, outcome="another day", detail=f"the page is of {said}")
    if board_of(raw) not in (None, board):
        return replace(told, outcome="unknown shape", detail=f"the page is of {board_of(raw)}")
    if not is_read_enough(raw):
        return replace(told, outcome="cut", detail="the page ends before its quotations do")
    try:
        found = quotations(raw, day)
    except UnknownShapeError as problem:
        return replace(told, outcome="unknown shape", detail=str(problem)[:200])
    return replace(told, lines=lines_of(found.rows), turnover_total=found.turnover_total, unread=found.unread)


def _without_date(page: bytes) -> tuple[str, str]:
    if b"NO TRADING" in page:
        return "no trading", "the page says: NO TRADING"
    if _GONE in page:
        return "no data", "the page was moved or removed"
    if b"Daily Quotations" in page:
        whole = b"</html>" in page.lower()
        return ("unknown shape", "the page has no date") if whole else ("cut", "the page ends before its date")
    if _CHECK.search(page):
        return "banned", "a page that asks for a check or refuses us"
    return "transient", f"another page in its place: {page[:60]!r}"


def _is_enough(page: bytes | bytearray, begin: int) -> bool:
    return is_read_enough(page, max(begin - 64, 0))  # an anchor may lie across two pieces


def _outcome(reply: Reply) -> str | None:
    """What a reply without a page means; None for one that says that there is no such page."""
    if reply.status in (401, 403):
        return "banned"
    if reply.fault == "cut":
        return "cut"
    if reply.fault in ("unreachable", "late") or reply.status == 429 or reply.status >= 500:
        return "transient"
    return None if reply.status in (404, 410) else "unknown shape"


def _detail(reply: Reply) -> str:
    return reply.detail or f"HTTP {reply.status}"


def _make(settings: Settings, market: Market) -> Hkex:
    own = read_settings(HkexSettings)
    check_terms("hkex", own)
    pace = min(settings.requests_per_second, PER_SECOND) if own.hkex_url is None else settings.requests_per_second
    return Hkex(market, address_of(own.hkex_url, ADDRESS), pace, settings.clock)


OFFICIAL = OfficialVendor(
    "hkex", "HK", tuple(PATHS), "exchange", time(17), _make, decode, home_address=ADDRESS, settings=HkexSettings
)
