"""What may be said of a row of `market_wrap`, decided once for all languages: they only find the words.

A claim goes no further than what was seen. While a member has no return nothing is said of all of them, of none and of
the most; a comparison with the past names the hole that lies in it, or is not made.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from warehouse.wording.sizes import size_of

Row = dict[str, Any]

MONTH_SESSIONS = 3  # "the most this month" says nothing on the first two
MONTH_MARGIN = 0.004  # and must be clear of the second
WORTH_COMPARING = 0.005  # a smaller move is no event, whatever it is larger than
STREAK = 3
SUPERLATIVE = 3  # the most of two is no distinction
SINCE_WORTH_SAYING = timedelta(days=14)  # longer than Golden Week: what lies in between are sessions
LONGER_THAN_A_MONTH = timedelta(days=31)
A_YEAR = timedelta(days=365)
TURNED = 0.015  # how far the day went beyond its close, to be told
SHORT_WEEK = 4  # sessions; under them a holiday shortened it
CHANGE_AHEAD = timedelta(days=31)
# How long ago a larger period must lie to be told of.
PERIOD_SINCE = {"week": 92, "month": 183, "quarter": 548, "year": 730}
PERIOD_RETURN = {"week": "return_wtd", "month": "return_mtd", "quarter": "return_qtd", "year": "return_ytd"}


@dataclass(frozen=True)
class Since:
    """With what something is compared: the month, a `day` long ago, the 52 weeks or the index's whole life.

    `kind` is 'month', 'since', 'matched', 'year' or 'launch'. Nothing since `day` was beyond it: that day was ('since')
    or is printed the same ('matched'). `hole` is a session after `day` that nobody saw.
    """

    kind: str
    day: date | None = None
    hole: date | None = None


@dataclass(frozen=True)
class Run:
    """Gains or falls in a row: how many, the last day of the last longer run, or of one that was as long."""

    length: int
    since: date | None = None
    matched: date | None = None


@dataclass(frozen=True)
class Period:
    """A week, month, quarter or year that ends with the day."""

    kind: str
    move: float
    is_short: bool
    streak: int | None
    since: Since | None


@dataclass(frozen=True)
class Claims:
    """All that is said of an index and day beside its own numbers.

    `direction` is 'up', 'down', 'flat' or 'unknown', `size` the class of the move. `turned` is the move at the day's
    high or low, where it went far beyond the close. `level` compares the close: the highest after a gain, the lowest
    after a fall. `is_whole`: every member was seen.
    """

    direction: str
    size: str | None
    compared: Since | None
    level: Since | None
    turned: float | None
    run: Run | None
    periods: tuple[Period, ...]
    is_whole: bool


def claims_of(row: Row) -> Claims:
    """What the columns of a row support."""
    move = row["return_1d"]
    size = None if move is None else size_of(move, row["usual_moves"])
    direction = "unknown" if move is None else "flat" if size == "flat" else "up" if move > 0 else "down"
    moved = direction in ("up", "down")
    return Claims(
        direction,
        size,
        _comparison(row, direction) if moved else None,
        _level(row, direction) if moved else None,
        _turned(row, direction) if moved else None,
        _run(row, direction) if moved else None,
        tuple(_periods(row)),
        not row["without_return"],
    )


def is_old(row: Row, day: date) -> bool:
    """Whether a day is so long ago that its month is named alone."""
    return bool(row["trade_date"] - day > A_YEAR and day != row["launched_on"])


def is_changing(row: Row) -> bool:
    """Whether an announced change of the index's rule is near."""
    return row["change_on"] is not None and row["change_on"] - row["trade_date"] <= CHANGE_AHEAD


def _comparison(row: Row, direction: str) -> Since | None:
    """The strongest comparison that the row supports: a far day, then the month, then a near day."""
    if abs(row["return_1d"]) < WORTH_COMPARING:
        return None
    day = row["best_since"] if direction == "up" else row["worst_since"]
    matched = row["return_matched_on"]
    far = _since(row, row["since_status"], day, LONGER_THAN_A_MONTH, matched)
    if far or _is_most_of_month(row, direction):
        return far or Since("month")
    return _since(row, row["since_status"], day, SINCE_WORTH_SAYING, matched)


def _is_most_of_month(row: Row, direction: str) -> bool:
    rank, before = (
        (row["rank_in_month"], row["month_best_before"])
        if direction == "up"
        else (row["fall_rank_in_month"], row["month_worst_before"])
    )
    if rank != 1 or row["month_sessions"] < MONTH_SESSIONS or before is None:
        return False
    # The only gain of a month of falls is no comparison.
    second = before if direction == "up" else -before
    return bool(second > 0 and round(abs(row["return_1d"]) - second, 12) >= MONTH_MARGIN)


def _since(
    row: Row, status: str | None, day: date | None, least: timedelta, matched: date | None = None
) -> Since | None:
    """A comparison with an earlier day at least so long ago, or with the whole of the index's life; `matched` is the
    last day that is printed the same.
    """
    if matched and (day is None or matched >= day):
        return _tie(row, status, matched, least)
    age = row["trade_date"] - day if day else None
    if status == "record":
        is_old = row["trade_date"] - row["history_from"] >= A_YEAR
        return Since("launch") if row["history_is_whole"] and is_old else None
    if day is None or age is None or age <= least:
        return None
    if status == "since":
        return Since("since", day)
    hole = row["last_missing"]
    is_far = status == "incomplete" and least >= LONGER_THAN_A_MONTH
    return Since("since", day, hole) if is_far and hole and hole > day else None


def _tie(row: Row, status: str | None, matched: date, least: timedelta) -> Since | None:
    is_told = status != "incomplete" and row["trade_date"] - matched > least
    return Since("matched", matched) if is_told else None


def _level(row: Row, direction: str) -> Since | None:
    side, extreme = ("highest", "high_52w") if direction == "up" else ("lowest", "low_52w")
    status = row[f"{side}_close_status"]
    matched = row["close_matched_on"]
    found = _since(row, status, row[f"{side}_close_since"], LONGER_THAN_A_MONTH, matched)
    is_of_year = row["status_52w"] == "whole" and row["close"] == row[extreme]
    if found is None and status == "record" and is_of_year and not matched:
        return Since("year")
    return found


def _turned(row: Row, direction: str) -> float | None:
    """The move at the low of a rise or the high of a fall; else at the far end of the day's own direction."""
    high, low = row["return_at_high"], row["return_at_low"]
    if high is None or low is None:
        return None
    against, along = (low, high) if direction == "up" else (high, low)
    if abs(against) >= TURNED and (against < 0) == (direction == "up"):
        return float(against)
    return float(along) if abs(along) - abs(row["return_1d"]) >= TURNED else None


def _run(row: Row, direction: str) -> Run | None:
    streak = row["streak"] or 0
    if abs(streak) < STREAK or (streak > 0) != (direction == "up"):
        return None
    longer, matched = row["longest_streak_since"], row["streak_matched_on"]
    far = _since(row, row["longest_streak_status"], longer, LONGER_THAN_A_MONTH)
    if abs(streak) == STREAK or far is None or far.hole or far.day is None or matched is None:
        return Run(abs(streak))
    if matched == longer:
        return Run(abs(streak), since=longer)
    is_far = row["trade_date"] - matched > LONGER_THAN_A_MONTH
    return Run(abs(streak), matched=matched) if is_far else Run(abs(streak))


def _periods(row: Row) -> list[Period]:
    found = []
    for kind in PERIOD_RETURN:
        move = row[PERIOD_RETURN[kind]]
        if kind not in (row["ends"] or ()) or move is None or (kind == "week" and row["week_sessions"] < 2):
            continue
        streak = row[f"{kind}_streak"] or 0
        found.append(
            Period(
                kind,
                move,
                kind == "week" and row["week_sessions"] < SHORT_WEEK,
                abs(streak) if abs(streak) >= STREAK else None,
                _since_of_period(row, kind),
            )
        )
    return found


def _since_of_period(row: Row, kind: str) -> Since | None:
    day, status = row[f"{kind}_since"], row[f"{kind}_since_status"]
    least = timedelta(days=PERIOD_SINCE[kind])
    matched = row[f"{kind}_matched_on"]
    if matched and (day is None or matched >= day):
        return _tie(row, status, matched, least)
    if status == "since" and day and row["trade_date"] - day > least:
        return Since("since", day)
    is_old = row["trade_date"] - row["history_from"] > 4 * least
    return Since("launch") if status == "record" and row["history_is_whole"] and is_old else None
