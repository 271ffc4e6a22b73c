"""The figures of an evening as a message prints them: what a later message is held against, without any words."""

from datetime import date
from decimal import Decimal
from typing import Any

from warehouse.wording.claims import Row, claims_of
from warehouse.wording.figures import percent, rounded

Figures = dict[str, dict[str, Any]]
COUNTED = ("lines", "advancers", "decliners", "unchanged", "limit_up", "limit_down")  # of a whole market
LARGE = Decimal(100_000_000)  # money is printed in units of so much: a tenth of an English billion, a Chinese 億


def printed(rows: list[Row]) -> Figures:
    """What is printed of a market's evening, by the symbol of the index, and of its verdict under '': values for JSON.

    `rows` are those of the query `digest`, of one market.
    """
    verdict = {"state": rows[0]["session_state"], "counts": [rows[0]["received"], rows[0]["expected"]]}
    if rows[0]["whole_market"]:
        verdict["whole"] = _of_whole(rows[0]["whole_market"])
    return {"": verdict} | {row["index_symbol"]: _of_index(row) for row in rows}


def changed(before: Figures, now: Figures, subject: str) -> list[str]:
    """The figures of an index, or of the verdict (''), that were printed and are others now.

    What is printed for the first time is none, nor is an official amount in the place of an estimate.
    """
    old, new = before.get(subject, {}), now[subject]
    names = [name for name in new if (name in old or old.get("close", "") is None) and old.get(name) != new[name]]
    is_better_known = old.get("dealt") and new.get("dealt") and old["dealt"][0] != new["dealt"][0]
    return [name for name in names if not (name == "dealt" and is_better_known)]


def differs(before: Figures, now: Figures) -> bool:
    """Whether any figure that was printed is another one now."""
    return any(changed(before, now, subject) for subject in now)


def amount(row: Row) -> tuple[str, Decimal] | None:
    """What was dealt in the members: 'official' or 'estimated', and how much, in units of a hundred million."""
    for kind, value in (("official", row["turnover_official"]), ("estimated", row["turnover_estimate"])):
        found = rounded(float(Decimal(repr(float(value or 0))) / LARGE), 0)
        if found:
            return kind, found
    return None


def _of_index(row: Row) -> dict[str, Any]:
    if row["close"] is None:
        return {"close": None}
    compared = claims_of(row).compared
    dealt = amount(row)
    return {
        "close": str(rounded(row["close"], 2)),
        "points": None if row["change_points"] is None else str(rounded(row["change_points"], 2)),
        "move": None if row["return_1d"] is None else str(percent(row["return_1d"], 2)),
        "compared": [compared.kind, _iso(compared.day), _iso(compared.hole)] if compared else None,
        "leaders": _members(row, "leaders"),
        "laggards": _members(row, "laggards"),
        "breadth": [row["advancers"], row["decliners"]],
        "dealt": [dealt[0], str(dealt[1])] if dealt else None,
    }


def _of_whole(row: Row) -> list[int | str | None]:
    dealt = row["turnover_equities"] if row["turnover_total"] is None else row["turnover_total"]
    return [*(row[name] for name in COUNTED), str(rounded(float(dealt or 0) / float(LARGE), 0))]


def _members(row: Row, side: str) -> list[list[str]]:
    return [
        [symbol, str(percent(move, 1))]
        for symbol, move in zip(row[f"{side}_symbol"] or [], row[f"{side}_return"] or [], strict=False)
    ]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
