"""Today's members of an index, from whoever publishes them: lists to hold ours against, never to take over unseen.

The pages of the project index-constituents (https://github.com/yfiua/index-constituents) for the Hang Seng Index and
the CSI 300; for the CSI 300 also CSI's own workbook and the package index-constitution (the extra `china`). No such
list is known for the Hang Seng TECH Index.
"""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec

from tasks.lists.csindex import CsiSettings, published_members
from tasks.web import Host
from warehouse.errors import AftercloseError
from warehouse.facts.universe import Index
from warehouse.plain import plain, without_password
from warehouse.settings import Settings, read_settings

PAGES = {"^HSI": "constituents-hsi.csv", "000300.SS": "constituents-csi300.csv"}
SYMBOL = re.compile(r"\d{4}\.HK|\d{6}\.(SS|SZ)")
TIMEOUT = 30.0  # seconds
LARGEST = 2**20  # bytes; 300 members take 20 kB


@dataclass(frozen=True)
class Listing:
    """Somebody's list of an index's members: {symbol: name}."""

    source: str
    members: dict[str, str]


def publishers(index: Index, settings: Settings) -> dict[str, Callable[[], Listing]]:
    """Who can be asked for the members of that index, by a short name.

    Each raises `AftercloseError` with one line when it cannot be had or is no list of members. Where the pages are
    asked of another place, CSI is only asked when it is, too: a replay reaches nobody by surprise.
    """
    found: dict[str, Callable[[], Listing]] = {}
    if index.symbol in PAGES:
        base_url = str(settings.constituents_url.get_secret_value()).rstrip("/")
        found["index-constituents"] = partial(_page, f"{base_url}/{PAGES[index.symbol]}")
    if index.symbol == "000300.SS":
        if read_settings(CsiSettings).csi_url or "constituents_url" not in settings.model_fields_set:
            found["csindex"] = partial(_csindex, index)
        if find_spec("index_constitution"):
            found["index_constitution"] = _package
    return found


def _page(url: str) -> Listing:
    shown = without_password(url)
    reply = Host(url, TIMEOUT, LARGEST).get("")
    if reply.fault:
        why = re.sub(r".*curl: \(\d+\) ", "", reply.detail)
        raise AftercloseError(f"{shown} cannot be had: {why}")
    if reply.status != 200:
        raise AftercloseError(f"{shown} answered {reply.status}, not with a list of members")
    return listing_of(shown, reply.body)


def listing_of(source: str, page: bytes) -> Listing:
    """The list in a page of CSV; raises `AftercloseError` where it is none."""
    try:
        rows = list(csv.DictReader(page.decode("utf-8-sig", errors="replace").splitlines()))
    except csv.Error as problem:
        raise AftercloseError(f"{source} is no list of members: {problem}") from None
    return _listing(source, {row.get("Symbol") or "": row.get("Name") or "" for row in rows})


def _csindex(index: Index) -> Listing:
    members = published_members(index)
    source = f"China Securities Index Co., members of {members[0].trade_date}"
    return _listing(source, {member.symbol: member.name for member in members})


def _package() -> Listing:
    import index_constitution

    frame = index_constitution.latest("csi300")
    exchanges = {"SH": "SS", "SZ": "SZ"}
    pairs = zip(frame["symbol"], frame["name"], strict=True)
    members = {f"{code[2:]}.{exchanges.get(code[:2], code[:2])}": name for code, name in pairs}
    return _listing("the package index-constitution", members)


def _listing(source: str, members: dict[str, str]) -> Listing:
    if not members:
        raise AftercloseError(f"{source} is no list of members: it has none")
    for symbol in members:
        if not SYMBOL.fullmatch(symbol):
            raise AftercloseError(f"{source} is no list of members: it has {symbol[:20]!r} for a symbol")
    return Listing(source, {symbol: plain(name) for symbol, name in members.items()})
