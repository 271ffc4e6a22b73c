"""A day in words: the sentences of a `market_wrap` row, from its own columns and nothing else.

The wording of each language stands in one template under `wording/`; what may be claimed is decided here, once for all.
"""

import csv
import json
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

WORDING = Path(__file__).parent
LANGUAGES = ("en", "zh_hant")

MONTH_SESSIONS = 3  # "the most this month" says nothing on the first two
STREAK = 3
SINCE_WORTH_SAYING = timedelta(days=14)  # longer than Golden Week: what lies in between are sessions
LONGER_THAN_A_MONTH = timedelta(days=31)
HISTORY_WORTH_SAYING = timedelta(days=365)

# The sentences are plain text: escaping for HTML is the page's, and here would put "&amp;" into company names.
_templates = Environment(  # noqa: S701
    loader=FileSystemLoader(WORDING), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def headline(row: dict[str, Any], language: str) -> str:
    """The sentences of one index and day; `row` has the columns of `market_wrap`, dates as `date`."""
    text = _templates.get_template(f"{language}.jinja").render(row | said_of(row))
    return "".join(text.splitlines())


def headline_of_json(row: str, language: str) -> str:
    """The same from a row as JSON, as the database hands it over while it is built."""
    figures = json.loads(row)
    for name in ("trade_date", "history_from", "best_since", "worst_since", "members_unconfirmed_since"):
        figures[name] = date.fromisoformat(figures[name]) if figures[name] else None
    return headline(figures, language)


def said_of(row: dict[str, Any]) -> dict[str, Any]:
    """What may be claimed of a row: `direction`, `size` and `percent` of the move, with what it is `compared`
    ('month', 'since', 'record' or None), the day `since` which, the length of a `run`, and which way the `crowd` went.
    """
    move = row["return_1d"]
    percent = None if move is None else round(100 * abs(move), 1)
    size = None if percent is None else _size(percent)
    direction = "unknown" if move is None else "flat" if size == "flat" else "up" if move > 0 else "down"
    moved = direction in ("up", "down")
    compared, since = _comparison(row, direction) if moved else (None, None)
    streak = row["streak"] or 0
    is_run = moved and abs(streak) >= STREAK and (streak > 0) == (direction == "up")
    return {
        "direction": direction,
        "size": size,
        "percent": f"{percent:.1f}%" if percent is not None else None,
        "compared": compared,
        "since": since,
        "run": abs(streak) if is_run else None,
        "crowd": _crowd(row["advancers"] or 0, row["decliners"] or 0, direction),
    }


def _comparison(row: dict[str, Any], direction: str) -> tuple[str | None, date | None]:
    """The strongest comparison that the row supports: a far day, then the month, then a near day."""
    since = row["best_since"] if direction == "up" else row["worst_since"]
    rank = row["rank_in_month"] if direction == "up" else row["fall_rank_in_month"]
    status, day = row["since_status"], row["trade_date"]
    if status == "record" and day - row["history_from"] >= HISTORY_WORTH_SAYING:
        return "record", None
    age = day - since if status == "since" and since else timedelta(0)
    if age > LONGER_THAN_A_MONTH:
        return "since", since
    if rank == 1 and row["month_sessions"] >= MONTH_SESSIONS:
        return "month", None
    return ("since", since) if age >= SINCE_WORTH_SAYING else (None, None)


def _crowd(advancers: int, decliners: int, direction: str) -> str | None:
    if advancers + decliners == 0:
        return None
    if advancers == decliners:
        return "fell" if direction == "down" else "rose"
    return "rose" if advancers > decliners else "fell"


def _size(percent: float) -> str:
    return [name for start, name in _sizes() if start <= percent][-1]


@cache
def _sizes() -> list[tuple[float, str]]:
    """The sizes of a move, smallest first, each with the percentage from which it begins."""
    with (WORDING / "sizes.csv").open(encoding="utf-8", newline="") as file:
        return sorted((float(row["from_percent"]), row["size"]) for row in csv.DictReader(file))
