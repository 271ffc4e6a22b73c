"""Tables that fit: where the terminal is narrow whole columns go, then names break, and never is a digit cut."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

GAP = 2  # cells between two columns


@dataclass(frozen=True)
class Column:
    """One column: `goes` is its turn to be left out where there is no room for all, 1 first; 0 stays."""

    head: str
    goes: int = 0
    is_number: bool = False


def print_fitting(console: Console, columns: Sequence[Column], rows: Sequence[Sequence[str | Text]]) -> list[str]:
    """Print as many of the columns as fit, and return the heads of those that do not; in a pipe all do.

    Where those that stay are too wide together, texts go on in the next line.
    """
    cells = [[_text(cell) for cell in row] for row in rows]
    widths = [
        max([Text(column.head).cell_len, *(row[at].cell_len for row in cells)]) for at, column in enumerate(columns)
    ]
    shown = list(range(len(columns)))
    out = sorted((at for at in shown if columns[at].goes), key=lambda at: columns[at].goes, reverse=True)
    while console.is_terminal and out and sum(widths[at] for at in shown) + GAP * (len(shown) - 1) > console.width:
        shown.remove(out.pop())
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, GAP, 0, 0))
    for at in shown:
        is_number = columns[at].is_number
        table.add_column(columns[at].head, justify="right" if is_number else "left", no_wrap=is_number, overflow="fold")
    for row in cells:
        table.add_row(*(row[at] for at in shown))
    console.print(table)
    return [column.head for at, column in enumerate(columns) if at not in shown]


def _text(cell: str | Text) -> Text:
    return cell if isinstance(cell, Text) else Text.from_markup(cell, emoji=False)
