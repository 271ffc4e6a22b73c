"""What a column of a reference file may hold: each name means one thing in all files."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(frozen=True)
class Kind:
    """What a column holds: its `type` in the database, how a text is read and written.

    `read` raises `ValueError` for a text that cannot be, and `refusal` says why.
    """

    type: str
    read: Callable[[str], Any]
    refusal: str
    write: Callable[[Any], str] = str


def minutes(value: time) -> str:
    """A time as we write it: 09:30."""
    return value.isoformat("minutes")


def _as_we_write(read: Callable[[str], Any], write: Callable[[Any], str]) -> Callable[[str], Any]:
    """Reads what is written in our way only: one day in two spellings would be two keys."""

    def read_ours(text: str) -> Any:
        value = read(text)
        if write(value) != text:
            raise ValueError(text)
        return value

    return read_ours


def _written(pattern: str, what: str, make: type = str, kind: str = "varchar") -> Kind:
    def read(text: str) -> Any:
        if not re.fullmatch(pattern, text, re.ASCII):  # digits of full width are others to a vendor
            raise ValueError(text)
        return make(text)

    return Kind(kind, read, f"is no {what}")


def _one_of(*allowed: str) -> Kind:
    words = dict(zip(allowed, allowed, strict=True))
    return Kind("varchar", _known(words), f"is none of {', '.join(allowed)}")


def _known(words: Mapping[str, Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        if text not in words:
            raise ValueError(text)
        return words[text]

    return read


# Of more digits than nine some could not be counted with.
_WHOLE = _written(r"\d{1,9}", "number such as 10", int, "bigint")
_NUMBER = _written(r"\d+(\.\d+)?", "number such as 10", float, "double")
# Prices are divided by it: of one beyond these no figure could be printed.
_POSITIVE = _written(
    r"0*[1-9]\d{0,11}(\.\d+)?|0*\.0{0,11}[1-9]\d*",
    "number above 0 such as 2.5, of twelve digits before or after the point at most",
    float,
    "double",
)
_DATE = Kind("date", _as_we_write(date.fromisoformat, date.isoformat), "is no date such as 2022-05-17")
_TIME = Kind("time", _as_we_write(time.fromisoformat, minutes), "is no time such as 09:30", minutes)


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, OSError):
        raise ValueError(text) from None


def _calendar(text: str) -> str:
    import exchange_calendars  # here, for it takes long and few correct a market

    if text not in exchange_calendars.get_calendar_names():
        raise ValueError(text)
    return text


def _expression(text: str) -> str:
    import pyarrow as pa  # here, as above; its expressions are DuckDB's
    import pyarrow.compute as pc

    pc.match_substring_regex(pa.array([""]), text)  # its error is a `ValueError`
    return text


_MONTH = "(1[0-2]|[1-9])"
_HONG_KONG = _written(r"\d{4}\.HK", "Hong Kong symbol: write it as 0700.HK")
# In Shenzhen 399 begins the code of an index, and in Shanghai 000.
_MAINLAND = _written(r"6\d{5}\.SS|(?!399)[03]\d{5}\.SZ", "mainland symbol: write it as 600519.SS or 000001.SZ")
# Another name of a currency would be another currency, whose amounts count for nothing.
CURRENCY = _written(r"(?!RMB)[A-Z]{3}", "currency: write it as HKD, CNY or USD")
SYMBOLS = {"HK": _HONG_KONG, "CN": _MAINLAND}
# Five digits: the counters in renminbi.
STOCK = _written(
    r"8?\d{4}\.HK|6\d{5}\.SS|(?!399)[03]\d{5}\.SZ",
    "stock's symbol: write it as 0700.HK, 600519.SS or 000001.SZ",
)
# A name means one thing in all files, but for kinds; what is not here is text.
COLUMNS = {
    **dict.fromkeys(
        ["valid_from", "valid_to", "trade_date", "listed_from", "listed_to", "listed_on", "ex_date"], _DATE
    ),
    **dict.fromkeys(["announced_on", "effective_on", "launched_on", "members_confirmed_to", "next_review"], _DATE),
    **dict.fromkeys(["opens", "lunch_starts", "lunch_ends", "closes", "half_day_closes"], _TIME),
    **dict.fromkeys(["decimals", "member_count", "percent"], _WHOLE),
    "final_after_minutes": _written(r"\d{1,4}", "number of minutes such as 10", int, "bigint"),
    "time_zone": Kind("varchar", _zone, "is no time zone such as Asia/Hong_Kong"),
    "calendar": Kind("varchar", _calendar, "is no calendar of exchange_calendars such as XHKG"),
    "security_names.csv pattern": Kind("varchar", _expression, "is no regular expression"),
    "boards.csv pattern": _written(
        r"([\d?]|\[[\d-]+\])+\.(HK|SS|SZ|BJ)", "pattern of codes such as 60????.SS or 68[89]???.SS"
    ),
    **dict.fromkeys(["sessions_apart", "first_code", "last_code"], _WHOLE),
    **dict.fromkeys(["from_price", "to_price", "turnover_floor"], _NUMBER),
    **dict.fromkeys(["value", "tick", "lowest", "highest"], _POSITIVE),
    "review_months": _written(rf"{_MONTH}( {_MONTH})*", "list of months such as 3 6 9 12"),
    "review_friday": _written("[1-5]", "Friday of a month, from 1 to 5", int, "bigint"),
    "history": _one_of("max", "5d"),
    **dict.fromkeys(["currency", "from_currency", "to_currency"], CURRENCY),
    "market": _one_of("HK", "CN"),
    **dict.fromkeys(
        ["confidence", "confidence_en", "confidence_zh", "confidence_dates"], _one_of("high", "medium", "low")
    ),
    "is_st": Kind(
        "boolean", _known({"true": True, "false": False}), "is none of true, false", lambda b: str(b).lower()
    ),
    "session_overlay.csv kind": _one_of("full", "half", "late", "early", "closed"),
    **dict.fromkeys(
        [f"{file}.csv kind" for file in ("security_codes", "security_names", "security_categories")],
        # Of another name a line would be counted nowhere.
        _one_of(
            *("share", "REIT", "stapled unit", "depositary receipt", "second counter", "temporary counter"),
            *("nil-paid rights", "preference share", "trading-only stock", "equity warrant", "ETF", "bond"),
            "structured product",
        ),
    ),
    "actions.csv kind": _one_of("split", "dividend", "unlisted_adjustment"),
    "role": _one_of("followed", "price_only"),
    "says": _one_of("not_st", "past_new_listing"),
    "use": _one_of("own", "share", "unknown"),
    "terms_read": _written(r"not read|\d{4}-\d{2}-\d{2}", "day such as 2026-11-26, nor 'not read'"),
    "index_code": _written(r"[A-Z0-9]{2,16}", "code: write it in capitals and digits, as CSI300"),
    "symbol": _written(r"8?\d{4}\.HK|\d{6}\.(SS|SZ|BJ)", "symbol: write it as 0700.HK or 600519.SS"),
    # An event of an index would count for nothing.
    "actions.csv symbol": _written(
        r"8?\d{4}\.HK|(?!000)\d{6}\.SS|(?!399)\d{6}\.SZ|\d{6}\.BJ", "symbol: write it as 0700.HK or 600519.SS"
    ),
    "a_symbol": _MAINLAND,
    "h_symbol": _HONG_KONG,
}
TEXT = Kind("varchar", str, "")
