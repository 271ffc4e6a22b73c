"""What qualifies an answer to an agent, and what of it may be shown."""

from datetime import date
from itertools import groupby
from operator import itemgetter

from duckdb import DuckDBPyConnection as Connection

from flows.agent.standing import OWN_USE, Row
from warehouse.sql.database import ask
from warehouse.wording.figures import stored

FROM_BEFORE = ("previous_close", "reference_price", "change_points", "return_")  # columns that show another bar too


def of_indices(rows: list[Row]) -> list[str]:
    """What qualifies the rows of indices: their own verdicts, and comparisons that do not reach back far enough."""
    partial = []
    for row in rows:
        if row["state"] not in (None, "complete"):
            reason = f": {row['reason']}" if row.get("reason") else ""
            partial.append(f"{row['index_code']} by itself is {row['state']}{reason}")
    short = [row["index_code"] for row in rows if row["since_status"] == "incomplete"]
    told = f"since when is of what is stored alone, and a session before is not: {', '.join(short)}"
    return [*partial, *([told] if short else [])]


def of_restated(connection: Connection, symbol: str, day: date) -> list[str]:
    """A line for each correction of a bar, with every value that it changed."""
    rows = ask(connection, "agent_restated", symbol=symbol, day=day)
    lines = []
    for moment, changes in groupby(rows, key=itemgetter("known_from")):
        told = ", ".join(
            f"{row['field']} from {stored(row['old_value'])} to {stored(row['new_value'])}" for row in changes
        )
        lines.append(f"restated on {moment:%Y-%m-%d %H:%M} UTC: {told}")
    return lines


def of_names(spells: list[Row]) -> list[str]:
    """Whom a code meant, where it has meant more than one name."""
    if len({spell["name"] for spell in spells}) < 2:
        return []
    told = ", ".join(
        f"{spell['name']} ({spell['valid_from'] or 'the beginning'} to {spell['valid_to'] or 'now'})"
        for spell in spells
    )
    return [f"the code {spells[0]['symbol']} has had other names: {told}"]


def of_events(connection: Connection, symbol: str, first: date, last: date) -> list[str]:
    """A line for each split, dividend and adjustment with its ex-date in those days, both included."""
    rows = ask(connection, "agent_events", symbol=symbol, first=first, last=last)
    return [
        f"{row['kind']} of {stored(row['value'])} with ex-date {row['ex_date']} ({row['state']}): closes before it are "
        "as traded, compare them by return_1d or in prices_adjusted"
        for row in rows
        if row["value"] is not None
    ]


def to_show(rows: list[Row], own: list[str]) -> list[Row]:
    """The bars that may be shown, without what they show of bars before them; all, where nothing is withheld."""
    if not own:
        return rows
    return [
        {name: value for name, value in row.items() if not name.startswith(FROM_BEFORE)}
        for row in rows
        if row["source"] not in own
    ]


def why_no_bar(connection: Connection, symbol: str, day: date) -> str:
    """Why a stock has no bar on a day, or none that may be shown."""
    for bar in ask(connection, "agent_bar_source", symbol=symbol, day=day):
        return f"the bar of {symbol} on {day} is of {bar['source']}: {OWN_USE}"
    held = [row for row in ask(connection, "agent_quarantine", symbol=symbol, day=day) if row["status"] == "held"]
    if held:
        return f"the bar of {symbol} on {day} is held by {held[0]['rule']}: ask `why`"
    states = {row["state"] for row in ask(connection, "agent_key", symbol=symbol, day=day)}
    if states:
        return f"{symbol} has no bar on {day}: {', '.join(sorted(states))}"
    return f"{symbol} was no member of a followed index on {day}, and nobody was asked for it"
