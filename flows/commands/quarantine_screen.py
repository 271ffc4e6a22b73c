"""What `afterclose quarantine` prints."""

from typing import Any

from rich.table import Table

from flows.commands.screens import make_console

VALUES = ("open", "high", "low", "close", "volume")


def print_list(rows: list[dict[str, Any]], status: str) -> None:
    """A line a row, and what to type next."""
    console = make_console()
    if not rows:
        console.print("nothing is held" if status == "held" else f"nothing is there ({status})")
        return
    table = Table(box=None, pad_edge=False)
    has_events = any(row["kind"] for row in rows)
    events = ("event", "value") if has_events else ()
    for name in (
        "id",
        "market",
        "symbol",
        "session",
        "rule",
        *events,
        *VALUES,
        "held since (UTC)",
        "status",
        "by",
        "note",
    ):
        table.add_column(name, justify="right" if name in (*VALUES, "value") else "left")
    for row in rows:
        table.add_row(
            row["id"],
            row["market"],
            row["symbol"],
            str(row["trade_date"]),
            row["rule"],
            *((row["kind"] or "", _event_value(row)) if has_events else ()),
            *(_number(row[name]) for name in VALUES),
            f"{row['held_at']:%Y-%m-%d %H:%M}",
            row["status"],
            row["decided_by"] or "",
            row["note"] or "",
        )
    console.print(table)
    console.print(f"\nlook closer: afterclose quarantine show {rows[0]['id'][:6]}")


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
    table = Table(box=None, pad_edge=False)
    table.add_column("session")
    for name in (*VALUES, "from the close before"):
        table.add_column(name, justify="right")
    table.add_column("")
    this = row | {"trading_state": row["status"]}
    before = None
    for bar in neighbours if row["kind"] else sorted([*neighbours, this], key=lambda bar: bar["trade_date"]):
        move = f"{bar['close'] / before - 1:+.1%}" if before and bar["close"] else ""
        mark = "<- this row" if bar is this else bar["trading_state"]
        mark += "  <- ex-date" if row["kind"] and bar["trade_date"] == row["trade_date"] else ""
        table.add_row(str(bar["trade_date"]), *(_number(bar[name]) for name in VALUES), move, mark)
        before = before if bar is this else bar["close"]
    console.print(table)
    for decision in decisions:
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
    return f"{_number(row['value'])} {row['currency'] or ''}".strip()


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")
