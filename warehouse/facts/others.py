"""Stocks that a person wants asked for beside the members of indices: a file, one symbol a line."""

from collections.abc import Collection
from pathlib import Path

from warehouse.errors import UsageError
from warehouse.facts.kinds import STOCK


def read_universe(path: Path, indices: Collection[str] = ()) -> frozenset[str]:
    """The symbols of the file; what follows a `#` is a remark, and so are empty lines.

    Raises `UsageError` with file and line for what is no stock's symbol, and for one of the `indices`.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8") from None
    except OSError as problem:
        raise UsageError(f"the universe {path} cannot be read ({problem.strerror}): name a file of symbols") from None
    found = set()
    for number, line in enumerate(lines, start=1):
        symbol = line.partition("#")[0].strip()
        if not symbol:
            continue
        if symbol in indices:
            raise UsageError(f"{path} line {number}: {symbol} is an index, which is asked for anyway: leave it out")
        try:
            found.add(STOCK.read(symbol))
        except ValueError:
            raise UsageError(f"{path} line {number}: {symbol!r} {STOCK.refusal}") from None
    return frozenset(found)
