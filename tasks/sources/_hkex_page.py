"""Reads HKEX's Daily Quotations: a long page of sections, of which the quotations and the highlights are wanted."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from tasks.sources._hkex_lines import entries
from tasks.sources._official import UnknownShapeError, sifted

MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
SECTION = re.compile(rb"""<a\s+name\s*=\s*["']?(\w+)["']?\s*>""", re.IGNORECASE)
_BEFORE = (b"market_highlights", b"quotations")
_DATE = re.compile(r"DATE:\s*([0-9]{1,2}) ([A-Z]{3}) ([0-9]{4})")
_TURNOVER = re.compile(r"(?:Today's Turnover:\s*\(HK\$\):|^\s*TURNOVER \(\$\))\s*([0-9]{1,3}(?:,[0-9]{3})*)\s*$", re.M)
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&amp;", "&"))
# By HKEX's naming conventions of short names (read): '@' and '*' are warrants, '#' a callable contract; rights,
# temporary counters and bonds (year and month of the end) as seen. All else is a share, a unit, a fund or a bond of
# another name, and the page does not say which.
_KINDS = (
    (re.compile(r"[@*#]"), "structured product"),
    (re.compile(r" [BN][0-9]{4}(-[0-9]{1,3})?(-R)?$"), "bond"),
    (re.compile(r" RTS$"), "nil-paid rights"),
    (re.compile(r"-OLD$"), "temporary counter"),
)
_OTHER_MONEY = re.compile(r"(.+)-(?:[RU]|([A-Z]+)R)")  # TENCENT-R, BABA-WR in renminbi; a fund's -U in dollars
_CUT_FROM = 12  # a short name this long may have lost its end to that mark


@dataclass(frozen=True)
class Quotations:
    """What a page says: rows as `LINES` has them, the market's turnover in HKD, and the lines that were not read."""

    rows: list[dict[str, Any]]
    turnover_total: float | None
    unread: tuple[str, ...]


def date_of(page: bytes) -> date | None:
    """The day that the page is of by its own words; None when it does not say."""
    found = _DATE.search(_head(page))
    try:
        return date(int(found[3]), MONTHS.index(found[2]) + 1, int(found[1])) if found else None
    except ValueError:
        return None


def board_of(page: bytes) -> str | None:
    """'Main Board' or 'GEM' by the page's own words; None when it does not say."""
    head = _head(page)
    return "Main Board" if "MAIN BOARD" in head else "GEM" if "GROWTH ENTERPRISE MARKET" in head else None


def is_read_enough(page: bytes | bytearray, start: int = 0) -> bool:
    """Whether a section behind the quotations has begun; looked for from `start` on."""
    return any(bytes(found[1]).lower() not in _BEFORE for found in SECTION.finditer(page, start))


def quotations(page: bytes, day: date) -> Quotations:
    """What the page says of a day; raises `UnknownShapeError` for what cannot be this page."""
    sections = _sections(page)
    if b"quotations" not in sections:
        raise UnknownShapeError("it has no section of quotations")
    rows, unread = sifted(list(entries(sections[b"quotations"])))
    kinds = _kinds(rows)
    rows = [row | {"trade_date": day} | kind for row, kind in zip(rows, kinds, strict=True)]
    total = _TURNOVER.search("\n".join(sections.get(b"market_highlights", [])))
    return Quotations(rows, float(total[1].replace(",", "")) if total else None, unread)


def _head(page: bytes) -> str:
    begins = SECTION.search(page)
    return "\n".join(_lines(page[: min(begins.start() if begins else len(page), 20_000)]))


def _sections(page: bytes) -> dict[bytes, list[str]]:
    """The lines of the sections that we read and that have ended, by the name of the anchor; the first is the title."""
    found: dict[bytes, list[str]] = {}
    for begins, ends in pairwise(SECTION.finditer(page)):
        name = begins[1].lower()
        if name in _BEFORE and name not in found:
            found[name] = _lines(page[begins.end() : ends.start()])
    return found


def _lines(text: bytes) -> list[str]:
    lines = [re.sub("<[^>]*>", "", line) for line in text.decode("iso-8859-1").split("\n")]
    for entity, sign in _ENTITIES:
        lines = [line.replace(entity, sign) for line in lines]
    return [line.rstrip() for line in lines]


def _kinds(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The kind of each line, and the parent of a second counter, as far as names tell."""
    alike: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        alike.setdefault(_code(row) % 1000, []).append(row)
    return [_kind(row, alike[_code(row) % 1000]) for row in rows]


def _kind(row: dict[str, Any], alike: list[dict[str, Any]]) -> dict[str, Any]:
    """`alike` are the lines with a code of the same end, as every counter's of one security is."""
    name = row["name"] or ""
    for sign, kind in _KINDS:
        if sign.search(name):
            return {"kind": kind}
    marked = _OTHER_MONEY.fullmatch(name)
    if not marked:
        return {}
    bare = marked[1] + (f"-{marked[2]}" if marked[2] else "")
    parents = [
        other["symbol"]
        for other in alike
        if other["currency"] != row["currency"]
        and (other["name"] == bare or (len(bare) >= _CUT_FROM and (other["name"] or "").startswith(bare)))
    ]
    return {"kind": "second counter", "parent": parents[0]} if len(parents) == 1 else {}


def _code(row: dict[str, Any]) -> int:
    return int(row["symbol"].removesuffix(".HK"))
