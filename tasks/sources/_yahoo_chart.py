"""What Yahoo's chart API says, as an answer: decoded without pandas, nothing believed and nothing repaired."""

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from tasks.sources import no_json
from warehouse.bars.answers import Answer, Event, Malformed
from warehouse.frames import DIVIDEND, SPLIT, VALUES

EPOCH = date(1970, 1, 1)
DAYS_BEFORE_IT = EPOCH.toordinal()
LARGEST = 2**53  # beyond it a number is no longer exact, and no price or volume is


def decode(symbol: str, status: int, body: bytes, asked_at: datetime) -> Answer:
    """The answer in an HTTP response of the chart API.

    404, 400 and 422 with the vendor's own error are 'no data'; 401, 429, 5xx and a body that is not JSON are
    'transient'; JSON that is no chart of days is 'unknown shape'.
    """
    if status in (401, 403, 429) or status >= 500:
        return Answer(symbol, "transient", asked_at, f"HTTP {status}")
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Answer(symbol, "transient", asked_at, no_json(status, body))
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
    if meta.get("dataGranularity", "1d") != "1d":
        raise ValueError(f"its rows are of {meta['dataGranularity']}, not of a day")
    zone = _text(meta["exchangeTimezoneName"])
    _refuse_other_offset(zone, offset, stamps[-1])
    quote = result["indicators"]["quote"][0]
    columns = {name: quote[name] for name in VALUES}
    if {len(column) for column in columns.values()} != {len(stamps)}:
        raise ValueError("columns of unequal length")
    events = _Events(result.get("events") or {}, offset)
    traded, began = meta.get("regularMarketTime"), meta.get("firstTradeDate")
    return Answer(
        symbol,
        "ok",
        asked_at,
        currency=_text(meta["currency"]),
        time_zone=zone,
        name=_text(meta.get("longName") or meta.get("shortName")),
        traded_at=datetime.fromtimestamp(traded, UTC) if traded else None,
        exchange=_text(meta.get("fullExchangeName") or meta.get("exchangeName")),
        instrument_type=_text(meta.get("instrumentType")),
        first_trade_date=_local_date(began, offset) if began is not None else None,
        trade_date=[_local_date(stamp, offset) for stamp in stamps],
        open=_prices(columns["open"]),
        high=_prices(columns["high"]),
        low=_prices(columns["low"]),
        close=_prices(columns["close"]),
        volume=_volumes(columns["volume"]),
        splits=events.read("splits", SPLIT, lambda event: event["numerator"] / event["denominator"]),
        # A fund's gain is cash like a dividend.
        dividends=events.read("dividends", DIVIDEND, lambda event: event["amount"])
        + events.read("capitalGains", DIVIDEND, lambda event: event["amount"]),
        malformed=events.malformed,
    )


def _refuse_other_offset(zone: str | None, offset: int, last_stamp: int) -> None:
    """An offset that the zone never has in that year would put every bar on another day."""
    try:
        year, local = datetime.fromtimestamp(last_stamp, UTC).year, ZoneInfo(zone or "")
    except (ZoneInfoNotFoundError, ValueError):
        return  # a zone that is none is held by a rule
    offsets = {datetime(year, month, 1, tzinfo=local).utcoffset() for month in (1, 7)}
    if timedelta(seconds=offset) not in offsets:
        raise ValueError(f"an offset of {offset} s is not one of {zone}")


class _Events:
    """The events of an answer, kind by kind; those that cannot be one go to `malformed`."""

    def __init__(self, found: Any, offset: int) -> None:
        self._found = found if isinstance(found, dict) else {}
        self._offset = offset
        self.malformed = [] if isinstance(found, dict) else [Malformed("event", None, "the events are no table")]

    def read(self, name: str, kind: str, value: Callable[[dict[str, Any]], Any]) -> list[Event]:
        """Those of one kind in the order of their days; `value` takes one as the vendor states it."""
        try:
            stated = list((self._found.get(name) or {}).values())
        except AttributeError:
            self.malformed.append(Malformed(kind, None, f"{name} are no table"))
            return []
        events = [event for one in stated if (event := self._read_one(one, kind, value))]
        return sorted(events, key=lambda event: event.ex_date)

    def _read_one(self, stated: Any, kind: str, value: Callable[[dict[str, Any]], Any]) -> Event | None:
        ex_date, amount = None, math.nan
        try:
            ex_date = _local_date(int(stated["date"]), self._offset)
            currency = _text(stated.get("currency"))
            amount = float(value(stated))
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
            currency = None
        if ex_date and (event := Event(ex_date, amount, currency)).is_possible:
            return event
        words = (
            ", ".join(f"{key} {stated[key]}" for key in stated if key != "date") if isinstance(stated, dict) else stated
        )
        self.malformed.append(Malformed(kind, ex_date, f"{words}"[:100] or "nothing but a date"))
        return None


def _local_date(stamp: int, offset: int) -> date:
    return date.fromordinal(DAYS_BEFORE_IT + int((stamp + offset) // 86400))


def _text(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _prices(column: list[Any]) -> list[float | None]:
    # What a price is as a rule needs no call: a history has ten thousands of them.
    return [value if type(value) is float and -LARGEST <= value <= LARGEST else _number(value) for value in column]


def _volumes(column: list[Any]) -> list[int | None]:
    return [value if type(value) is int and -LARGEST <= value <= LARGEST else _whole(value) for value in column]


def _whole(value: Any) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LARGEST:
        raise TypeError(f"{value!r} is no price or volume")
    return float(value)
