"""baostock: one day of every Shanghai and Shenzhen A share, with the exchanges' reference prices, by its own protocol.

Never tried live. A vendor, no exchange: it repeats what the exchanges print. A day is in from about 17:30 on; history
goes back to 1990. The package of that name is not used: it waits without end, and for ever on a cut connection.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import orjson
from pydantic import field_validator

from tasks.sources import Gentle, OfficialVendor
from tasks.sources._baostock_rows import FIELDS, named, row_of
from tasks.sources._baostock_wire import Conversation, Message, WireError, read
from tasks.sources._official import (
    GIVE_UP_AFTER,
    TermsSettings,
    UnknownShapeError,
    absence,
    check_terms,
    patiently,
    sifted,
)
from warehouse.bars.official import OfficialAnswer, lines_of
from warehouse.facts.market import Market
from warehouse.settings import Settings, read_settings

ADDRESS = "public-api.baostock.com:10030"
BOARD = "A shares"
LOGIN, LOGOUT, CALENDAR, ONE_DAY, A_DAY = "00", "02", "33", "98", "99"
USER, PASSWORD = "anonymous", "123456"  # everybody's, and public
ATTEMPTS = 3
TIMEOUT = 30.0  # seconds for a whole conversation
PER_SECOND = 0.5  # conversations: whoever held many at once was banned
BANNED = {"10001006", "10001011", "10001012"}  # not allowed, black-listed, key refused
PASSING = {"10001001", "10001003", "10001005", "10001010", "10005001"}  # log in again, too many, the server's trouble


class BaostockSettings(TermsSettings):
    """Where to connect to in place of baostock's server, as HOST:PORT."""

    baostock_address: str | None = None

    @field_validator("baostock_address")
    @classmethod
    def _has_a_port(cls, text: str | None) -> str | None:
        host, _, port = (text or "nowhere:1").rpartition(":")
        if not host or "@" in host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError("write it as HOST:PORT")
        return text


class Baostock(Gentle):
    """The official source `baostock`."""

    name = "baostock"

    def __init__(
        self,
        market: Market,
        address: str,
        per_second: float,
        clock: Callable[[], datetime],
        back_off: float = 2.0,
        timeout: float = TIMEOUT,
    ) -> None:
        """`address` is HOST:PORT; `per_second` counts conversations."""
        super().__init__(market, per_second, clock, back_off, GIVE_UP_AFTER)
        self.address = address
        self._timeout = timeout

    def evening(self, day: date, board: str = BOARD) -> OfficialAnswer:
        """Every A share of a day: one question in one connection, and one more when there is nothing that day."""
        nothing = OfficialAnswer(self.name, board, day, "transient", self._clock())
        return patiently(lambda: self._ask_once(day), self._standing, nothing, ATTEMPTS, self._back_off)

    def _ask_once(self, day: date) -> OfficialAnswer:
        self._pace.wait_for_turn()
        host, _, port = self.address.rpartition(":")
        told = OfficialAnswer(self.name, BOARD, day, "transient", self._clock(), requests=1)
        try:
            with Conversation(host, int(port), self._timeout) as line:
                _good(line.ask(LOGIN, "login", USER, PASSWORD, "0"))
                message = line.ask(ONE_DAY, "query_daily_history_k_AStock", USER, f"{day}")
                answer = replace(_answer(message, day, self._clock()), requests=1)
                if answer.outcome == "no data":
                    answer = self._why_nothing(line, answer)
                with suppress(WireError):
                    line.say(LOGOUT, "logout", USER, f"{self._clock():%Y%m%d%H%M%S}")
                return answer
        except WireError as problem:
            return replace(told, outcome=problem.outcome, detail=str(problem), asked_at=self._clock())

    def _why_nothing(self, line: Conversation, answer: OfficialAnswer) -> OfficialAnswer:
        """The same answer as 'no trading' or 'not published', as the vendor's calendar and the hour have it."""
        day = f"{answer.trade_date}"
        message = _good(line.ask(CALENDAR, "query_trade_dates", USER, "1", "10", day, day))
        outcome = absence(answer.trade_date, answer.asked_at, self._market)
        if [day, "0"] in _records(message.fields[6] if len(message.fields) > 6 else ""):
            return replace(answer, outcome="no trading", detail="no session by the vendor's calendar", requests=2)
        return replace(answer, outcome=outcome, requests=2)


def decode(raw: bytes, day: date, board: str, asked_at: datetime) -> OfficialAnswer:
    """What the bytes of an answer say of the day that it was asked for."""
    try:
        return _answer(read(raw), day, asked_at)
    except WireError as problem:
        return OfficialAnswer("baostock", board, day, problem.outcome, asked_at, str(problem), raw=raw)


def _answer(message: Message, day: date, asked_at: datetime) -> OfficialAnswer:
    _good(message)
    told = OfficialAnswer("baostock", BOARD, day, "unknown shape", asked_at, raw=message.raw)
    if message.kind != A_DAY or len(message.fields) < 6:
        return replace(told, detail=f"an answer of type {message.kind} with {len(message.fields)} fields")
    if not message.fields[4]:
        return replace(told, outcome="no data", detail="no rows")
    records, names = _records(message.fields[4]), [name.strip() for name in message.fields[5].split(",")]
    lacking = [name for name in FIELDS if name not in names]
    if lacking or not records or len(set(names)) < len(names):
        return replace(told, detail=f"no column {', '.join(lacking)}" if lacking else "no table")
    texts = [named(record, names) for record in records]
    usual = Counter(one.get("date", "") for one in texts).most_common(1)[0][0]
    if usual != f"{day}":
        outcome = "another day" if usual else "unknown shape"
        return replace(told, outcome=outcome, detail=f"most rows are of {usual or 'no day'}"[:200])
    found = [(row_of(one, day), f"{record}"[:200]) for one, record in zip(texts, records, strict=True)]
    try:
        rows, unread = sifted(found)
    except UnknownShapeError as problem:
        return replace(told, detail=str(problem)[:200])
    return replace(told, outcome="ok", lines=lines_of(rows), unread=unread)


def _records(data: str) -> list[Any]:
    try:
        found = orjson.loads(data)["record"]
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return []
    return found if isinstance(found, list) else []


def _good(message: Message) -> Message:
    """The message; raises `WireError` when it tells of an error."""
    code = message.fields[0]
    if code == "0" and message.kind != "04":
        return message
    outcome = "banned" if code in BANNED else "transient" if code in PASSING else "unknown shape"
    raise WireError(outcome, f"baostock: {' '.join(message.fields[:2])}"[:200])


def _make(settings: Settings, market: Market) -> Baostock:
    own = read_settings(BaostockSettings)
    check_terms("baostock", own)
    pace = PER_SECOND if own.baostock_address is None else settings.requests_per_second
    return Baostock(market, own.baostock_address or ADDRESS, pace, settings.clock)


OFFICIAL = OfficialVendor(
    "baostock",
    "CN",
    (BOARD,),
    "vendor",
    time(17, 30),
    _make,
    decode,
    home_address=ADDRESS,
    settings=BaostockSettings,
)
