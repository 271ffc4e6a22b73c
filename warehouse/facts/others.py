"""Stocks that a person wants asked for beside the members of indices: a file, one symbol a line."""

import re
from collections.abc import Collection
from pathlib import Path

from warehouse.errors import UsageError

_STOCK = re.compile(r"\d{4}\.HK|8\d{4}\.HK|6\d{5}\.SS|[03]\d{5}\.SZ")


def read_universe(path: Path, indices: Collection[str] = ()) -> frozenset[str]:
    """The symbols of the file; what follows a `#` is a remark, and so are empty lines.

    Raises `UsageError` with file and line for what is no stock's symbol, and for one of the `indices`.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8") from None
    except OSError as problem:
        raise UsageError(
            f"AFTERCLOSE_UNIVERSE: {path} cannot be read ({problem.strerror}): name a file of symbols, or 'indices'"
        ) from None
    found = set()
    for number, line in enumerate(lines, start=1):
        symbol = line.partition("#")[0].strip()
        if symbol and not _STOCK.fullmatch(symbol):
            raise UsageError(
                f"{path} line {number}: {symbol!r} is no stock's symbol: write it as 0700.HK, 600519.SS or 000001.SZ"
            )
        if symbol in indices:
            raise UsageError(f"{path} line {number}: {symbol} is an index, which is asked for anyway: leave it out")
        found.add(symbol)
    return frozenset(found - {""})
