"""Daily price limits of the mainland boards, by date; Hong Kong has none.

`sql/025_market_rules.sql` says the same for the database, and generated cases hold the two together: see
`docs/decisions/0022-market-law-in-two-places.md`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from warehouse.facts.files import Row
from warehouse.facts.sessions import Sessions
from warehouse.facts.universe import covers


@dataclass(frozen=True)
class Limits:
    """The rows of `boards.csv`, `price_limits.csv` and `new_listings.csv` of one market."""

    boards: Sequence[Row] = ()
    percents: Sequence[Row] = ()
    new_listings: Sequence[Row] = ()

    def board_of(self, symbol: str) -> str | None:
        """The board that a symbol's code belongs to, None for an index or a code that no board is known to use."""
        return next((row["board"] for row in self.boards if fnmatchcase(symbol, row["pattern"])), None)

    def percent(
        self, symbol: str, day: date, sessions: Sessions, is_st: bool = False, listed_on: date | None = None
    ) -> int | None:
        """How far a stock may trade from its reference price that day, in percent.

        None where there is no limit or none is known: in Hong Kong, before the board's first rule, and in the first
        sessions of a stock listed on `listed_on`; without `listed_on` it is taken to be past those. The limit of a
        stock that is not ST is never narrower, so the default is the one that no trade can be beyond.
        """
        board = self.board_of(symbol)
        if board is None or (listed_on is not None and self._is_new(board, day, listed_on, sessions)):
            return None
        for row in self.percents:
            if row["board"] == board and row["is_st"] == is_st and covers(row["valid_from"], row["valid_to"], day):
                percent: int | None = row["percent"]
                return percent
        return None

    def _is_new(self, board: str, day: date, listed_on: date, sessions: Sessions) -> bool:
        return any(
            len(sessions.between(listed_on, day)) <= row["sessions_apart"]
            for row in self.new_listings
            if row["board"] == board and covers(row["listed_from"], row["listed_to"], listed_on)
        )


def limit_prices(reference: float, percent: int) -> tuple[float, float]:
    """The lowest and the highest price of the day, half up to the fen, from the ex-rights reference in yuan.

    Neither is under a fen, the tick, away from it.

    Integers throughout: 1.15 + 10% is 1.265 and so 1.27, where floating point makes 1.26.
    """
    fen = round(reference * 100)
    lowest, highest = (fen * (100 - percent) + 50) // 100, (fen * (100 + percent) + 50) // 100
    return min(lowest, fen - 1) / 100, max(highest, fen + 1) / 100
