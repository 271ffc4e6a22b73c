"""Reads one share's row of baostock's day, all of whose values are texts; an empty one is not given."""

import re
from datetime import date
from typing import Any

FIELDS = [
    *("date", "code", "open", "high", "low", "close", "preclose"),
    *("volume", "amount", "adjustflag", "tradestatus", "pctChg", "isST"),
]
NOT_ADJUSTED, SUSPENDED, OPEN = "3", "0", "1"  # by `adjustflag`, and twice by `tradestatus`
LARGEST_PRICE, LARGEST = 10**6, 10**13  # yuan a share; shares or yuan a line
ROUNDING = 0.01  # of the average price, beside the range: 5,543 recorded rows keep within
PERCENT_OFF = 0.001  # the change is printed to 0.0001%, and recorded rows keep to half of that
SUFFIXES = {"sh": "SS", "sz": "SZ", "bj": "BJ"}
_CODE = re.compile(r"(sh|sz|bj)\.([0-9]{6})")
_PRICE = re.compile(r"[0-9]{1,7}(\.[0-9]{1,10})?")
_WHOLE = re.compile(r"[0-9]{1,14}(\.0+)?")
_MONEY = re.compile(r"[0-9]{1,15}(\.[0-9]{1,10})?")
_PERCENT = re.compile(r"-?[0-9]{1,7}(\.[0-9]{1,10})?")


def named(record: Any, names: list[str]) -> dict[str, str]:
    """The texts of a record by their names; none of them when it is no record of so many texts."""
    whole = isinstance(record, list) and len(record) == len(names) and all(isinstance(text, str) for text in record)
    return dict(zip(names, record, strict=True)) if whole else {}


def row_of(texts: dict[str, str], day: date) -> dict[str, Any] | None:
    """The row as `LINES` has it; None when a text cannot be read, or when they cannot be of one share and that day."""
    if texts.get("date") != f"{day}" or texts["adjustflag"] != NOT_ADJUSTED:
        return None
    code = _CODE.fullmatch(texts["code"])
    try:
        opened, high, low, close, previous = [
            _number(texts[name], _PRICE, LARGEST_PRICE) or None for name in FIELDS[2:7]
        ]
        volume = int(_number(texts["volume"], _WHOLE, LARGEST) or 0)
        turnover = _number(texts["amount"], _MONEY, LARGEST) or 0.0
    except ValueError:
        return None
    if not code:
        return None
    row: dict[str, Any] = {
        "symbol": f"{code[2]}.{SUFFIXES[code[1]]}",
        "trade_date": day,
        "kind": "share",
        "currency": "CNY",
        "close": close,
        "previous_close": previous,
        "previous_basis": "adjusted" if previous else "not given",
        "volume": volume,
        "turnover": turnover,
        "is_st": {"1": True, "0": False}.get(texts["isST"]),
    }
    if not volume and not turnover:
        state = {SUSPENDED: "suspended", OPEN: "no trade" if close else None}.get(texts["tradestatus"])
        return row | {"state": state} if state and {opened, high, low} <= {close, None} else None
    if texts["tradestatus"] != OPEN or not (volume and turnover):
        return None
    if opened is None or high is None or low is None or close is None or high < low:
        return None
    row |= {"state": "traded", "open": opened, "high": high, "low": low}
    return row | {"doubt": _doubt(row, texts["pctChg"])}


def _doubt(row: dict[str, Any], percent: str) -> str | None:
    high, low, previous, average = row["high"], row["low"], row["previous_close"], row["turnover"] / row["volume"]
    moved = (row["close"] / previous - 1) * 100 if previous else 0.0
    stated = float(percent) if _PERCENT.fullmatch(percent) else None
    doubts = {
        "open or close outside the range": not (low <= row["open"] <= high and low <= row["close"] <= high),
        "turnover and shares outside the range": not low * (1 - ROUNDING) <= average <= high * (1 + ROUNDING),
        "a change that the closes do not show": stated is None or (previous and abs(moved - stated) > PERCENT_OFF),
    }
    return "; ".join(text for text, holds in doubts.items() if holds) or None


def _number(text: str, form: re.Pattern[str], largest: int) -> float | None:
    if text == "":
        return None
    if not form.fullmatch(text) or float(text) > largest:
        raise ValueError(text)
    return float(text)
