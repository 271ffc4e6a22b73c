"""What an answer is worth: the verdict of each session that it used, whose prices they are, and since when known."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import duckdb

from flows.rows import as_json
from warehouse.sql.database import ask

Row = dict[str, Any]
MARKETS = ("HK", "CN")
JUDGED = ("complete", "partial")
WHY_NOT = {
    "pending": "no run has ended for this session since it became final",
    "not owed": "no run was asked to fill this session",
    "no session": "the market does not trade on this day",
    "not known": "the calendar that is stored does not reach this day: whether the market trades on it is not known",
    "closed": "the market did not trade on this day",
    "not over": "this session is not final yet",
}
OWN_USE = "they are for own use, unless AFTERCLOSE_SHARE names who gave them"
MOST = 8  # sessions that are told one by one


def sessions(
    connection: duckdb.DuckDBPyConnection, days: Iterable[date], markets: Sequence[str], now: datetime
) -> list[Row]:
    """A row for each market and day: its `state`, counts, reason, sources, known_from and how often it was restated."""
    return ask(connection, "agent_sessions", days=sorted(set(days)), markets=list(markets), now=now)


def last_judged(connection: duckdb.DuckDBPyConnection, now: datetime) -> dict[str, Row]:
    """For each market the last session that was judged, the last that is final, and how many are not complete."""
    return {row["market"]: row for row in ask(connection, "agent_last", now=now)}


def is_judged(row: Row) -> bool:
    """Whether figures of that session may be told at all."""
    return row["state"] in JUDGED


def why_not(row: Row) -> str | None:
    """Why no figures of that session are told; None where they are."""
    if is_judged(row):
        return None
    words = WHY_NOT[row["state"]]
    if row["state"] == "not owed" and row["covered_from"]:
        lead = ", its bars were read as a lead" if row["sources"] else ""
        return f"{words}{lead}; {row['market']} is covered from {row['covered_from']}"
    if row["state"] == "pending" and row["judged_to"]:
        return f"{words}; the last session of {row['market']} that was judged is {row['judged_to']}"
    return words


def left_out(own: Sequence[str]) -> list[str]:
    """What qualifies an answer on a connection that does not show the rows of some sources."""
    return [f"rows of {', '.join(own)} are left out: {OWN_USE}"] if own else []


def why_withheld(own: Sequence[str]) -> str | None:
    """Why figures that are made of rows of several sources are not told; None where they are."""
    return f"these figures are made of rows of {', '.join(own)}: {OWN_USE}" if own else None


def verdict_lines(rows: Sequence[Row]) -> list[str]:
    """The lines that an answer begins with: one a session, or where there are many, counts and those not complete."""
    if len(rows) <= MOST:
        return [_line(row) for row in rows]
    counts = Counter(row["state"] for row in rows)
    told = ", ".join(f"{number} {state}" for state, number in sorted(counts.items()))
    odd = [row for row in rows if row["state"] != "complete"]
    sources = sorted({source for row in rows if row["sources"] for source in row["sources"].split(", ")})
    latest = max((row["known_from"] for row in rows if row["known_from"]), default=None)
    first, last = rows[0]["trade_date"], rows[-1]["trade_date"]
    return [
        f"VERDICT {len(rows)} sessions from {first} to {last}: {told}; source {', '.join(sources) or 'none'}"
        f"{f', known from {_moment(latest)} or earlier' if latest else ''}",
        *(_line(row) for row in odd[:MOST]),
        *([f"VERDICT and {len(odd) - MOST} more that are not complete"] if len(odd) > MOST else []),
    ]


def _line(row: Row) -> str:
    line = f"VERDICT {row['market']} {row['trade_date']}: {row['state']}"
    if row["state"] in WHY_NOT:
        line += f" ({why_not(row)})"
    else:
        counts = [f"{row[name]} {name}" for name in ("suspended", "held", "missing", "unobtainable") if row[name]]
        line += "".join(f", {count}" for count in [f"{row['received']} of {row['expected']} received", *counts])
    if row["kind"] not in (None, "full", "closed"):
        line += f"; {row['kind']} day"
    if row["reason"]:
        line += f"; {row['reason']}"
    if row["sources"]:
        line += f"; source {row['sources']}, known from {_moment(row['known_from'])}"
    if row["restated"]:
        line += f"; {row['restated']} values restated, last {_moment(row['restated_at'])}"
    return line


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def answer(rows: Sequence[Row], found: Any = None, qualified: Sequence[str] = (), refused: str | None = None) -> str:
    """The text of an answer: verdicts, what qualifies it, then the figures, or why there are none."""
    lines = verdict_lines(rows)
    if any("simulated" in (row["sources"] or "") for row in rows):
        lines.append("QUALIFIED simulated: every price is invented")
    lines += [f"QUALIFIED {words}" for words in qualified]
    if refused:
        lines.append(f"REFUSED {refused}")
    if found is not None:
        lines += [as_json(row) for row in found] if isinstance(found, list) else [as_json(found)]
    return "\n".join(lines)
