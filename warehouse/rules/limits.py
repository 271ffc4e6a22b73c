"""Daily price limits of the mainland boards, by date; Hong Kong has none.

The facts are `reference/boards.csv`, `price_limits.csv` and `new_listings.csv`; `sql/025_market_rules.sql` says the
same in SQL, and one table of answers holds both.
"""

from datetime import date
from fnmatch import fnmatchcase

from warehouse.facts import of_facts, read_facts
from warehouse.sessions import between


@of_facts
def board_of(symbol: str) -> str | None:
    """The board that a symbol's code belongs to, None for an index or a code that no board is known to use."""
    rows = (row for row in read_facts("boards.csv") if fnmatchcase(symbol, row["pattern"]))
    return next((row["board"] for row in rows), None)


def limit_percent(symbol: str, day: date, is_st: bool = False, listed_on: date | None = None) -> int | None:
    """How far a stock may trade from its reference price that day, in percent.

    None where there is no limit or none is known: in Hong Kong, before the board's first rule, and in the first
    sessions of a stock listed on `listed_on`; without `listed_on` it is taken to be past those. The limit of a stock
    that is not ST is never narrower, so the default is the one that no trade can be beyond.
    """
    board = board_of(symbol)
    if board is None or (listed_on is not None and _is_new(board, day, listed_on)):
        return None
    for row in _rows("price_limits.csv", board):
        if (row["is_st"] == "true") == is_st and _covers(row["valid_from"], row["valid_to"], day):
            return int(row["percent"]) if row["percent"] else None
    return None


def limit_prices(reference: float, percent: int) -> tuple[float, float]:
    """The lowest and the highest price of the day, half up to the fen, from the ex-rights reference in yuan.

    Integers throughout: 1.15 + 10% is 1.265 and so 1.27, where floating point makes 1.26.
    """
    fen = round(reference * 100)
    return (fen * (100 - percent) + 50) // 100 / 100, (fen * (100 + percent) + 50) // 100 / 100


def _is_new(board: str, day: date, listed_on: date) -> bool:
    (market,) = {row["market"] for row in read_facts("boards.csv") if row["board"] == board}
    rules = [
        row for row in _rows("new_listings.csv", board) if _covers(row["listed_from"], row["listed_to"], listed_on)
    ]
    return any(len(between(market, listed_on, day)) <= int(row["sessions_apart"]) for row in rules)


@of_facts
def _rows(name: str, board: str) -> tuple[dict[str, str], ...]:
    return tuple(row for row in read_facts(name) if row["board"] == board)


def _covers(first: str, end: str, day: date) -> bool:
    return (not first or date.fromisoformat(first) <= day) and (not end or day < date.fromisoformat(end))
