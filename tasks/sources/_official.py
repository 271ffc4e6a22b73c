"""What the official sources share: their terms, their patience, and which lines of an answer can be believed."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any

from tasks.sources import Standing, retried
from warehouse.bars.official import OfficialAnswer
from warehouse.errors import UsageError
from warehouse.facts.market import Market
from warehouse.settings import FromEnvironment, names_in

USUAL = (0.5, 2.0)  # the middle line's average price to its close, and close to previous close: wider is another column
FEWEST = 5  # lines that were dealt in, for such a middle
UNREAD_SHARE = 0.2  # an answer of whose lines so many cannot be read is another one
GIVE_UP_AFTER = 3  # evenings in a row that could not be had: the source is down, and a backfill would wait for each
OUT_BY = time(12)  # of the next day, local: what is not out by then will not come (by morning it has been, so far)


class TermsSettings(FromEnvironment):
    """Whose terms of use the user has read and accepts: names with commas between them."""

    terms_accepted: str = ""


def check_terms(name: str, settings: TermsSettings) -> None:
    """Raise `UsageError` unless the user said that he accepts the terms of that source."""
    if name not in names_in(settings.terms_accepted):
        raise UsageError(
            f"the source {name} is asked only by who has read its terms of use (docs/sources.md says where those of "
            f"ours are): if you accept them, add {name} to AFTERCLOSE_TERMS_ACCEPTED"
        )


def patiently(
    once: Callable[[], OfficialAnswer], standing: Standing, stopped: OfficialAnswer, attempts: int, back_off: float
) -> OfficialAnswer:
    """What `once` answers, asked again while that may help, with all its requests counted.

    When the source was stopped before, nothing is asked: `stopped` then is the answer, with the outcome that it had.
    """
    if standing.stopped_by:
        detail = f"not asked any more: {standing.stopped}"[:200]
        return replace(stopped, outcome=standing.stopped_by.outcome, detail=detail)
    requests = 0

    def counted() -> OfficialAnswer:
        nonlocal requests
        answer = once()
        requests += answer.requests
        return answer

    answer = replace(retried(counted, attempts, back_off), requests=requests)
    standing.note(answer)
    return answer


class UnknownShapeError(ValueError):
    """What came is none of the answers that were ever seen."""


Found = tuple[dict[str, Any] | None, str]  # a row as `LINES` has it, None where it cannot be read; its text


def sifted(found: Sequence[Found]) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """The rows that can be believed to be rows, and the texts of the others; two of one symbol are both no rows.

    Raises `UnknownShapeError` when too few can be read, or when all together show that a column is another.
    """
    often = Counter(row["symbol"] for row, _ in found if row)
    rows = [row for row, _ in found if row and often[row["symbol"]] == 1]
    unread = tuple(text for row, text in found if row is None or often[row["symbol"]] > 1)
    if not rows or len(unread) > UNREAD_SHARE * len(found):
        raise UnknownShapeError(f"{len(unread)} of {len(found)} lines cannot be read: {', '.join(unread[:1])[:80]!r}")
    _check_columns([row for row in rows if row["state"] == "traded"])
    return rows, unread


def _check_columns(rows: Sequence[dict[str, Any]]) -> None:
    if len(rows) < FEWEST:
        return
    steps = [row["close"] / row["previous_close"] for row in rows if row["previous_close"]]
    paid = [row["turnover"] / row["volume"] / row["close"] for row in rows]
    if not all(USUAL[0] < median(ratios) < USUAL[1] for ratios in (steps, paid) if ratios):
        raise UnknownShapeError("shares, turnover, closes and previous closes do not fit each other: other columns")
    quoted = [(row["bid"], row["ask"]) for row in rows if row.get("bid") and row.get("ask")]
    if 2 * sum(bid > ask for bid, ask in quoted) > len(quoted):
        raise UnknownShapeError("most bids are above the asks: other columns")


def absence(day: date, now: datetime, market: Market) -> str:
    """What it means that there is nothing of a day yet or any more: 'not published' or 'no data'."""
    out_by = datetime.combine(day + timedelta(days=1), OUT_BY, market.time_zone)
    return "not published" if now < out_by else "no data"
