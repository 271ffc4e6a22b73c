"""Which indices are kept, which stocks are their members on a date, and what the vendor no longer has."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from warehouse.facts.files import Row

_INDEX = re.compile("(?: Index|指數|指数)$")


@dataclass(frozen=True)
class Index:
    """An index we keep: a 'followed' one has members and is part of the verdict, a 'price_only' one is neither."""

    symbol: str
    code: str
    name: str
    market: str
    role: str
    history: str
    launched_on: date | None = None

    @property
    def is_followed(self) -> bool:
        """Whether it has members here."""
        return self.role == "followed"

    @property
    def is_short(self) -> bool:
        """Whether the vendor answers for its last five sessions only."""
        return self.history == "5d"


@dataclass(frozen=True)
class Spell:
    """A stock's membership of an index from `valid_from` until before `valid_to` (None while it lasts)."""

    index_symbol: str
    symbol: str
    name: str
    valid_from: date
    valid_to: date | None
    source: str = ""
    confidence: str | None = None
    note: str | None = None

    def covers(self, day: date) -> bool:
        """Whether it was a member on that day."""
        return covers(self.valid_from, self.valid_to, day)


@dataclass(frozen=True)
class Unobtainable:
    """Days on which the vendor cannot give a symbol's bars: from `valid_from` until before `valid_to`.

    It has removed them, or the code has passed to another company, whose bars must not be taken for the member's.
    """

    symbol: str
    valid_from: date | None
    valid_to: date | None

    def covers(self, day: date) -> bool:
        """Whether that day is one of them."""
        return covers(self.valid_from, self.valid_to, day)


def covers(valid_from: date | None, valid_to: date | None, day: date) -> bool:
    """Whether a fact that holds from one day until before another (None: no bound) holds on `day`."""
    return (valid_from is None or valid_from <= day) and (valid_to is None or day < valid_to)


def market_by_form(symbol: str) -> str:
    """The market that the form of a symbol says, of a stock or an index."""
    return "HK" if symbol.endswith(".HK") or symbol.startswith("^") else "CN"


def index_of(row: Row) -> Index:
    """The index of a row of `indices.csv`."""
    names = ("index_symbol", "index_code", "name", "market", "role", "history", "launched_on")
    return Index(*(row[name] for name in names))


def means(asked: str, index: Mapping[str, Any]) -> bool:
    """Whether `asked` is the symbol, code or a name of a row of `indices`; only letters and digits count, in any case.

    'HSI', '^HSI', 'hang seng index', '恒生指數', 'csi300', 'CSI 300', '沪深300', '000300.SS' and '000300' are all good.
    """
    symbol, names = index["index_symbol"], [index["name"], index["name_zh"] or "", index["name_zh_hans"] or ""]
    known = {symbol, symbol.split(".")[0], index["index_code"], *names, *(_INDEX.sub("", name) for name in names)}
    return _plain(asked) in {_plain(text) for text in known if text}


def _plain(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())
