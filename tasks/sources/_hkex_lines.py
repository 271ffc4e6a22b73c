"""Reads the two lines a security that the quotations of HKEX's daily page have, to the column.

As recorded in 2010 and 2026, prices are aligned by their point and whole numbers by their end. So a line that has lost
or gained a character is told from a good one, and is not read.
"""

import re
from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Any

from tasks.sources._official import Found, UnknownShapeError

LARGEST = 10**13  # shares or money of a line: 25 times what the whole market has dealt in on its widest days
NEAR = 1.03
FAR = 3.0  # no block trade or odd lot is priced so many times outside the day's range: a digit is lost
_HEADS = (
    re.compile(r"CODE NAME OF STOCK( CUR)? PRV\.CLO\./ ASK/ HIGH/ SHARES TRADED/"),
    re.compile(r"CLOSING BID LOW TURNOVER \(\$\)"),
)
_FIRST = re.compile(r"[* ](?=[ 0-9]{5}[# ])( *[1-9][0-9]*)([# ])(.{16}) ([A-Z]{3}|   )(.*)")
_NAME_ENDS, _FIELDS = 27, (9, 9, 9, 20)  # where the numbers begin, and how wide each is, in both lines of an entry
_PRICE = re.compile(r" *((?:0|[1-9][0-9]*|[1-9][0-9]{0,2}(?:,[0-9]{3})+)\.[0-9]{2}(?: |[0-9]))")
_WHOLE = re.compile(r" *(0|[1-9][0-9]{0,2}(?:,[0-9]{3})*)")
_NO_PRICE = ("     -   ", "     N/A ")
_STOPPED = {"TRADING SUSPENDED": "suspended", "TRADING HALTED": "halted"}
_FURNITURE = re.compile(r"-+|\* 20 Most Active\(\$\) Stock|# Stock with Trading Suspend/Halt taking effect from Today|")


def entries(lines: list[str]) -> Iterator[Found]:
    """A row a security with its text; no row where the text cannot be read."""
    heads = [" ".join(line.split()) for line in lines[1:] if line][:2]
    if len(heads) < 2 or not all(head.fullmatch(text) for head, text in zip(_HEADS, heads, strict=True)):
        raise UnknownShapeError(f"other columns: {heads[:1]}")
    waiting = None  # the first line of an entry, until its second comes
    for line in lines[1:]:
        first = _FIRST.fullmatch(line)
        if _FURNITURE.fullmatch(line.strip()) or " ".join(line.split()) in heads:
            continue
        if waiting and not first and line.startswith(" " * _NAME_ENDS):
            yield _row(waiting, line), f"{waiting[0]}\n{line}"
            waiting = None
            continue
        if waiting:
            yield None, waiting[0]
        waiting = first
        if first and first[5].strip() in _STOPPED:
            yield _named(first) | {"state": _STOPPED[first[5].strip()]}, line
            waiting = None
        elif not first:
            yield None, line
    if waiting:
        yield None, waiting[0]


def _named(first: re.Match[str]) -> dict[str, Any]:
    return {
        "symbol": f"{int(first[1]):04d}.HK",
        "name": first[3].strip() or None,
        "currency": first[4].strip() or None,
        "since_today": first[2] == "#",
        "previous_basis": "not given",
    }


def _row(first: re.Match[str], second: str) -> dict[str, Any] | None:
    """A security with prices; None when a field cannot be read or the two lines cannot be of one day."""
    above, below = _fields(first[0]), _fields(second)
    if above is None or below is None:
        return None
    (previous, ask, high, volume), (close, bid, low, turnover) = above, below
    row = _named(first) | {"previous_close": previous, "close": close, "bid": bid, "ask": ask}
    row |= {} if previous is None else {"previous_basis": None}
    if high is low is volume is turnover is None:
        row |= {"state": "no trade", "volume": 0, "turnover": 0.0}
        return row | {"doubt": _doubt(row)}
    if close is None or high is None or low is None or not volume or turnover is None or high < low:
        return None
    row |= {"state": "traded", "high": high, "low": low, "volume": int(volume), "turnover": turnover}
    return row | {"doubt": _doubt(row)}


def _fields(line: str) -> tuple[float | None, ...] | None:
    """The three prices and the whole number of a line, None for each that is not given; None when one cannot be."""
    if len(line) != _NAME_ENDS + sum(_FIELDS):
        return None
    ends = list(accumulate(_FIELDS, initial=_NAME_ENDS))
    texts = [line[begin:end] for begin, end in pairwise(ends)]
    found = [_PRICE.fullmatch(text) for text in texts[:3]] + [_WHOLE.fullmatch(texts[3])]
    values = [float(one[1].replace(",", "")) if one else None for one in found]
    gaps = [text in _NO_PRICE for text in texts[:3]] + [texts[3].strip() == "-" and texts[3].endswith("-")]
    if any((value is None) != gap for value, gap in zip(values, gaps, strict=True)):
        return None
    if 0 in values[:3] or (values[3] or 0) > LARGEST:
        return None
    return tuple(values)


def _doubt(row: dict[str, Any]) -> str | None:
    """How an entry's numbers contradict each other: then its two lines may be of two securities.

    A nominal close lies a few ticks outside the range, or outside bid and ask, and is none.
    """
    close, previous, high, low, bid, ask = (
        row.get(name) for name in ("close", "previous_close", "high", "low", "bid", "ask")
    )
    average = row["turnover"] / row["volume"] if row["volume"] else None
    doubts = {
        "close outside the range": _is_outside(close, low, high, NEAR),
        "close outside bid and ask": _is_outside(close, bid, ask, NEAR),
        "bid above ask": _is_outside(bid, None, ask, 1),
        "close far from the previous close": _is_outside(close, previous, previous, FAR),
        "high far from low": _is_outside(high, low, low, FAR),
        "ask far from bid": _is_outside(ask, bid, bid, FAR),
        "turnover and shares far from the range": _is_outside(average, low, high, FAR),
        "no close beside a previous close": close is None and previous is not None,
        "a close that moved without a trade": high is None and previous is not None and close != previous,
    }
    return "; ".join(text for text, holds in doubts.items() if holds) or None


def _is_outside(value: float | None, least: float | None, most: float | None, slack: float) -> bool:
    """Whether it is less than the least, or more than the most, by more than that factor."""
    if value is None:
        return False
    return (least is not None and value * slack < least) or (most is not None and value > most * slack)
