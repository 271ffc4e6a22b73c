"""China Securities Index: the members and the closing weights of an index, out of the workbooks on its own site.

Never tried live. The layouts are those of recorded workbooks of 2014, 2023 and 2026, whose Chinese headers are spelt in
two ways: columns are found by the English half. There is no history: a workbook holds the last list alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any

import xlrd

from tasks.web import Host
from warehouse.errors import AftercloseError
from warehouse.facts.universe import Index
from warehouse.plain import plain
from warehouse.settings import Address, FromEnvironment, address_of, read_settings

ADDRESS = "https://oss-ch.csindex.com.cn"
PATH = "/static/html/csindex/public/uploads/file/autofile/{list}/{code}{list}.xls"
PUBLISHER = "China Securities Index, published closing weights"
TIMEOUT = 30.0  # seconds
LARGEST = 2**22  # bytes; 300 members take 72 kB
SUFFIXES = {"0": "SZ", "3": "SZ", "6": "SS"}  # by the first digit of a share's code
_DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})")
_WEIGHT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,12})?")


class CsiSettings(FromEnvironment):
    """Where to send what would go to CSI's site: a mirror, a gateway, a recording."""

    csi_url: Address | None = None


@dataclass(frozen=True)
class Member:
    """A line of a workbook: `trade_date` is the day of the list, `weight` percent where the list has weights."""

    trade_date: date
    symbol: str
    name: str
    weight: float | None


def published_weights(index: Index) -> list[dict[str, Any]]:
    """The last published weights of one mainland index, a member each, with the columns of a file of weights.

    trade_date (the day whose close they are of), symbol, weight (percent), source. Raises `AftercloseError` when the
    workbook cannot be had or read.
    """
    return [
        {"trade_date": member.trade_date, "symbol": member.symbol, "weight": member.weight, "source": PUBLISHER}
        for member in _listed(index, "closeweight", "weights")
    ]


def published_members(index: Index) -> list[Member]:
    """The members of one mainland index as last published; raises `AftercloseError` as `published_weights` does."""
    return _listed(index, "cons", "members")


def _listed(index: Index, kind: str, what: str) -> list[Member]:
    base_url = address_of(read_settings(CsiSettings).csi_url, ADDRESS)
    code = index.symbol.partition(".")[0]
    reply = Host(base_url, TIMEOUT, LARGEST).get(PATH.format(list=kind, code=code))
    try:
        if reply.fault or reply.status != 200:
            raise ValueError(reply.detail or f"HTTP {reply.status}")
        return decode(reply.body, code, has_weights=kind == "closeweight")
    except ValueError as problem:
        raise AftercloseError(
            f"CSI's {what} of the {index.name} could not be had ({problem}); try again later"
        ) from None


def decode(workbook: bytes, index_code: str, has_weights: bool) -> list[Member]:
    """The members in a workbook about that index; raises `ValueError` when it is no such workbook.

    One line that cannot be read is reason enough: a list that lacks a member is another list.
    """
    lines = _cells(workbook)
    columns = {re.sub("[^a-z]", "", str(text).lower()): at for at, text in enumerate(lines[0] if lines else [])}
    wanted = ["date", "indexcode", "constituentcode", *(["weight"] if has_weights else [])]
    if lacking := [name for name in wanted if name not in columns]:
        raise ValueError(f"no column {', '.join(lacking)}: the layout is another")
    named = columns.get("constituentname", columns.get("constituentnameeng"))
    members = []
    for line in lines[1:]:
        day, of, code, *weight = (line[columns[name]] for name in wanted)
        if of != index_code:
            raise ValueError(f"it is about {of!r}"[:200])
        name = "" if named is None else plain(str(line[named]).strip())
        members.append(Member(_day(day), _symbol(code), name, _weight(*weight) if weight else None))
    if len({member.symbol for member in members}) < len(members):
        raise ValueError("a member stands in it twice")
    if len({member.trade_date for member in members}) != 1:
        raise ValueError("it is not of one day")
    return members


def _cells(workbook: bytes) -> Sequence[list[Any]]:
    try:
        sheet = xlrd.open_workbook(file_contents=workbook, logfile=StringIO()).sheet_by_index(0)
        return [sheet.row_values(at) for at in range(sheet.nrows)]
    except Exception as problem:  # over a damaged workbook, or a page in its place, xlrd stumbles in many ways
        raise ValueError(f"no workbook: {problem or type(problem).__name__}"[:200]) from None


def _day(value: Any) -> date:
    found = _DAY.fullmatch(str(value))
    if not found:
        raise ValueError(f"{value!r} is no day"[:200])
    return date(int(found[1]), int(found[2]), int(found[3]))


def _symbol(value: Any) -> str:
    text = str(value)
    if not re.fullmatch("[0-9]{6}", text) or text[0] not in SUFFIXES:
        raise ValueError(f"{value!r} is no share of Shanghai or Shenzhen"[:200])
    return f"{text}.{SUFFIXES[text[0]]}"


def _weight(value: Any) -> float:
    if not _WEIGHT.fullmatch(str(value)) or float(value) > 100:
        raise ValueError(f"{value!r} is no weight in percent"[:200])
    return float(value)
