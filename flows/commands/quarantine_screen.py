"""What `afterclose quarantine` prints."""

from typing import Any

from rich.text import Text

from flows.commands.columns import Column, print_fitting
from flows.commands.screens import make_console

VALUES = ("open", "high", "low", "close", "volume")
# Ids, symbols and sessions are never left out: they are what the next command takes.
LISTED = (
    *(Column("id"), Column("market", 8), Column("symbol"), Column("session"), Column("rule", 13)),
    *(Column("event", 12), Column("value", 11, True), Column("open", 4, True), Column("high", 5, True)),
    *(Column("low", 6, True), Column("close", 10, True), Column("volume", 3, True)),
    *(Column("held since (UTC)", 7), Column("status", 9), Column("by", 2), Column("note", 1)),
)


AROUND = (
    *(Column("session"), Column("open", 2, True), Column("high", 3, True), Column("low", 4, True)),
    *(Column("close", 0, True), Column("volume", 1, True), Column("from the close before", 5, True), Column("")),
)


def print_list(rows: list[dict[str, Any]], status: str) -> None:
    """A line a row, and what to type next."""
    console = make_console()
    if not rows:
        console.print("nothing is held" if status == "held" else f"nothing is there ({status})")
        return
    has_events = any(row["kind"] for row in rows)
    columns = [column for column in LISTED if has_events or column.head not in ("event", "value")]
    cells = [[Text(_listed(row, column.head)) for column in columns] for row in rows]
    left_out = print_fitting(console, columns, cells)
    if left_out:
        console.print(f"[dim]not shown for want of room: {', '.join(left_out)}[/]")
    console.print(f"\nlook closer: afterclose quarantine show {rows[0]['id'][:6]}")


def _listed(row: dict[str, Any], head: str) -> str:
    """What a column of the list says of a row."""
    if head == "session":
        return str(row["trade_date"])
    if head == "event":
        return row["kind"] or ""
    if head == "value":
        return _event_value(row)
    if head == "held since (UTC)":
        return f"{row['held_at']:%Y-%m-%d %H:%M}"
    if head == "by":
        return row["decided_by"] or ""
    return _number(row[head]) if head in VALUES else row[head] or ""


def print_row(row: dict[str, Any], decisions: list[dict[str, Any]], neighbours: list[dict[str, Any]]) -> None:
    """The row, the bars around it, what was decided before, and what to type next."""
    console = make_console()
    console.print(f"[bold]{row['symbol']} {row['trade_date']}[/] is {row['status']}: {row['rule']}  (id {row['id']})")
    console.print(f"  what the rule saw  {row['detail']}", markup=False)
    asked = f", asked {row['asked_at']:%Y-%m-%d %H:%M} UTC" if row["asked_at"] else ""
    console.print(f"  where it came from {row['source']}{asked}; held {row['held_at']:%Y-%m-%d %H:%M} UTC")
    if row["split_factor"] not in (None, 1.0):
        console.print(f"  split factor       {row['split_factor']:g} was undone")
    console.print("\n[bold]Bars around it[/]")
    this = row | {"trading_state": row["status"]}
    before: float | None = None
    cells: list[list[str | Text]] = []
    # Before the bar that is stored of its day, which is no close before it.
    for bar in neighbours if row["kind"] else sorted([this, *neighbours], key=lambda bar: bar["trade_date"]):
        move = f"{bar['close'] / before - 1:+.1%}" if before and bar["close"] else ""
        mark = "<- this row" if bar is this else bar["trading_state"]
        mark += "  <- ex-date" if row["kind"] and bar["trade_date"] == row["trade_date"] else ""
        cells.append([str(bar["trade_date"]), *(_number(bar[name]) for name in VALUES), move, Text(mark)])
        before = before if bar is this else bar["close"]
    print_fitting(console, AROUND, cells)
    cure = [row | {"decision": row["status"]}] if row["status"] == "cured" and row["decided_at"] else []
    for decision in [*decisions, *cure]:
        note = f": {decision['note']}" if decision["note"] else ""
        at = f"{decision['decided_at']:%Y-%m-%d %H:%M} UTC"
        console.print(f"{at} {decision['decision']} by {decision['decided_by']}{note}", markup=False)
    if row["status"] == "held":
        console.print(
            f'\nright after all: afterclose quarantine release {row["id"][:6]} --note "..."\n'
            f'wrong for good:  afterclose quarantine reject {row["id"][:6]} --note "..."\n'
            "or wait: a later answer that passes closes it"
        )


def _event_value(row: dict[str, Any]) -> str:
    """The value of an event in its currency; a bar has none."""
    return "" if row["value"] is None else f"{_number(row['value'])} {row['currency'] or ''}".strip()


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")
