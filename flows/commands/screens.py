"""What the commands print; the wrap has a module of its own."""

import sys
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.markup import escape

from flows.commands.columns import Column, print_fitting
from warehouse.wording.agreement import told

COLOURS = {
    "complete": "green",
    "closed": "cyan",
    "partial": "yellow",
    "pending": "magenta",
    "stored": "green",
    "failed": "red",
}
VERDICT_COLUMNS = (
    *(Column("session"), Column("mkt"), Column("verdict"), Column("exp", 4, True), Column("recv", 5, True)),
    *(Column("susp", 2, True), Column("held", 0, True), Column("miss", 0, True), Column("gone", 1, True)),
)
RUN_COLUMNS = (
    *(Column("ended (UTC)"), Column("flow", 6), Column("mkt"), Column("to"), Column("state", 4)),
    *(Column("asked", 1, True), Column("new", 3, True), Column("restated", 2, True), Column("held", 5, True)),
)


SHOWN = 10  # sessions, of the last ones and of those before that are not complete
SETTLED = ("trade_date", "rule", "status", "decided_by", "note")


def make_console() -> Console:
    """Standard output with colour where it is a terminal."""
    # Piped output is for programs and files: nothing is wrapped or cut at an imagined width of 80.
    width = None if sys.stdout.isatty() else 10_000
    # What somebody puts between colons is no picture.
    return Console(emoji=False, highlight=False, soft_wrap=not sys.stdout.isatty(), width=width)


def _state(state: str) -> str:
    return f"[{COLOURS.get(state, 'white')}]{state}[/]"


def print_verdicts(rows: list[dict[str, Any]]) -> None:
    """A line a market and session, then the reasons."""
    counts = ("expected", "received", "suspended", "held", "missing", "unobtainable")
    cells = [
        [str(row["trade_date"]), row["market"], _state(row["state"]), *(_count(row[name]) for name in counts)]
        for row in rows
    ]
    console = make_console()
    print_fitting(console, VERDICT_COLUMNS, cells)
    in_order = sorted(rows, key=lambda row: (row["market"], row["trade_date"]))
    for (market, reason), group in groupby(in_order, key=lambda row: (row["market"], row["reason"])):
        days = [row["trade_date"] for row in group]
        span = f"{days[0]} to {days[-1]}" if len(days) > 1 else str(days[0])
        if reason:
            console.print(f"[dim]{market} {span}[/] {escape(reason)}")


def print_status(found: dict[str, list[dict[str, Any]]]) -> None:
    """The last verdicts, what is not complete before them, runs, and what is due."""
    console = make_console()
    last, earlier = found["verdicts"][-SHOWN:], found["verdicts"][:-SHOWN]
    if earlier:
        of_all = earlier[0]["earlier_incomplete"]
        console.print(f"[bold]Earlier sessions that are not complete[/] (last {len(earlier)} of {of_all})")
        print_verdicts(earlier)
        console.print()
    console.print("[bold]Last sessions[/]")
    print_verdicts(last) if last else console.print("none yet: run `afterclose nightly`")
    for market, group in groupby(sorted(found["owed"], key=lambda row: row["market"]), key=lambda row: row["market"]):
        days = [row["trade_date"] for row in group]
        span = f"{len(days)} sessions, from {days[0]} to {days[-1]}" if len(days) > 1 else f"the session of {days[0]}"
        console.print(f"[magenta]owed[/] {market}: {span}")
    console.print("\n[bold]Last runs[/]")
    _print_runs(console, found["runs"])
    console.print()
    for row in found["next"]:
        console.print(f"next {row['market']}: final from {row['due_at']:%Y-%m-%d %H:%M} UTC")
    for row in found["agreement"]:
        console.print(escape(f"{row['market']} {row['trade_date']} {told(row)}"))
    _print_settled(console, found["settled"])
    print_disagreements(console, found["fact_disagreements"])
    for row in found["horizons"]:
        console.print(
            f"the {row['market']} calendar ends on {row['last_date']}: later weekdays are provisional sessions"
        )
    _print_channels(console, found["channels"])
    for row in found["replica"]:
        console.print(escape(row["told"]), style="yellow" if row["is_behind"] else None, soft_wrap=True)
    for row in found["disk"]:
        console.print(f"{row['name']:<8} {row['bytes'] / 1e6:>9.1f} MB  {row['path']}", soft_wrap=True)


def _print_channels(console: Console, rows: list[dict[str, Any]]) -> None:
    """What each channel of the digest took last, and what it did not."""
    for row in rows:
        last = f"last took a message {row['last_taken']:%Y-%m-%d %H:%M} UTC" if row["last_taken"] else "took no message"
        console.print(f"digest to {row['channel']}: {last}")
        if row["not_taken"]:
            days = ", ".join(row["sessions"][-3:])
            why = f" ({row['detail']})" if row["detail"] else ""
            console.print(f"  [yellow]not taken:[/] {days}{escape(why)}; the next night tries again for 36 hours")


def print_disagreements(console: Console, rows: list[dict[str, Any]]) -> None:
    """The newest ten, a line each."""
    for row in rows[:10]:
        console.print(f"[yellow]facts disagree[/] {row['subject']} {row['trade_date']} {row['kind']}: {row['detail']}")
    if len(rows) > 10:
        console.print(f"and {len(rows) - 10} earlier: afterclose sql 'from fact_disagreements'")


def _print_settled(console: Console, rows: list[dict[str, Any]]) -> None:
    """What was held and no longer is, with who settled it and why: a line for the symbols that share all that."""
    if not rows:
        return
    console.print("[bold]Settled[/] (last 10: afterclose sql 'from quarantine' has all)")
    for _, group in groupby(rows, key=lambda row: [row[name] for name in SETTLED]):
        some = list(group)
        row, symbols = some[0], ", ".join(each["symbol"] for each in some)
        note = f": {row['note']}" if row["note"] else ""
        line = f"{row['trade_date']} {symbols} {row['rule']} {row['status']} by {row['decided_by']}{note}"
        console.print(escape(line))
    console.print()


def _print_runs(console: Console, rows: list[dict[str, Any]]) -> None:
    cells = []
    for row in rows:
        counts = (row[name] for name in ("requests", "new_rows", "restated_rows", "held_rows"))
        ended, state = f"{row['ended_at']:%Y-%m-%d %H:%M}", _state(row["state"])
        cells.append([ended, row["flow"], row["market"], str(row["last_date"]), state, *map(_count, counts)])
    print_fitting(console, RUN_COLUMNS, cells)
    for row in rows:
        if any(not said.endswith(" ok") for said in (row["detail"] or "").split("; ") if said):
            console.print(f"[dim]{row['ended_at']:%Y-%m-%d %H:%M} {row['market']}[/] {escape(row['detail'])}")
    sources = sorted({row["source"] for row in rows})
    if sources:
        console.print(f"[dim]asked: {', '.join(sources)}[/]")


def _count(number: int) -> str:
    return str(number) if number else "[dim]·[/]"
