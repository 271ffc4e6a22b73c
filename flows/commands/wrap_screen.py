"""What `afterclose wrap` prints: the verdicts, a table of figures, the sentences; in English or Chinese."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from flows.commands.columns import Column, print_fitting
from flows.commands.screens import COLOURS, make_console
from warehouse.report.numbers import percent, points, tone
from warehouse.wording.agreement import told
from warehouse.wording.market import MARKETS
from warehouse.wording.market import told as whole_market

Row = dict[str, Any]

BLOCK = "▁▂▃▄▅▆▇█"
TURNS = (0, 0, 6, 1, 5, 3, 2)  # of close, day, week, month, year, risers, fallers: who goes first where it is narrow
TONES = {"up": "dodger_blue1", "down": "dark_orange3", "flat": "dim"}

WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "title": "Market wrap",
        "states": {"closed": "no session"},
        "heads": ("session", "index", "close", "day", "WTD", "MTD", "YTD", "rose", "fell"),
        "comma": ", ",
        "counts": "{received} of {expected} priced",
        "sessions": "sessions",
        "names": "",
    },
    "zh": {
        "title": "收市報告",
        "states": {"complete": "完整", "partial": "不完整", "pending": "待確認", "closed": "休市"},
        "heads": ("交易日", "指數", "收市", "日", "週", "月", "年", "升", "跌"),
        "comma": "，",
        "counts": "{expected}項中{received}項有價",
        "sessions": "個交易日",
        "names": "_zh",
    },
    "zh-hans": {
        "title": "收盘报告",
        "states": {"complete": "完整", "partial": "不完整", "pending": "待确认", "closed": "休市"},
        "heads": ("交易日", "指数", "收盘", "日", "周", "月", "年", "涨", "跌"),
        "comma": "，",
        "counts": "{expected}项中{received}项有价",
        "sessions": "个交易日",
        "names": "_zh_hans",
    },
}


def print_wrap(
    rows: list[Row],
    verdicts: list[Row],
    language: str = "en",
    agreement: Sequence[Row] = (),
    closes: Mapping[str, Sequence[float | None]] | None = None,
    breadth: Sequence[Row] = (),
) -> None:
    """Each market's verdict, what was compared with an exchange (`agreement`), whole markets (`breadth`), the figures
    of every row, with a small curve of the last `closes` of the index on a terminal, then the sentences day by day.
    """
    console, words, markets = make_console(), WORDS[language], MARKETS[language]
    days = sorted({row["trade_date"] for row in verdicts})
    is_range = len(days) > 1
    if is_range and any(row["role"] == "followed" for row in rows):
        rows = [row for row in rows if row["role"] == "followed"]
    span = f"{days[0]} – {days[-1]}" if is_range else f"{days[0]:%A} {days[0]}" if language == "en" else str(days[0])
    console.print(f"[bold]{words['title']}{words['comma']}{span}[/]\n")
    _print_verdicts(console, verdicts, words, markets)
    for row in agreement:
        if row["compared"]:
            _print_indented(console, Text(f"{markets[row['market']]} {told(row, language)}", style="dim"), 0)
    if breadth:
        console.print()
    for row in breadth:
        _print_indented(console, Text(f"{markets[row['market']]}{words['comma']}{whole_market(row, language)}"), 0)
    if rows:
        console.print()
        _print_table(console, rows, words, is_range, (closes or {}) if console.is_terminal else {})
    for day, group in groupby(rows, key=lambda row: row["trade_date"]):
        console.print(f"\n[bold]{day}[/]" if is_range else "")
        for row in group:
            _print_indented(console, Text(row[f"headline{words['names']}"]), 2)


def _print_verdicts(console: Console, verdicts: list[Row], words: dict[str, Any], markets: dict[str, str]) -> None:
    """A line a market: the state of its only session, or how many are in which; and a line each that is not whole."""
    width = max(Text(name).cell_len for name in markets.values())
    for market, name in markets.items():
        mine = [row for row in verdicts if row["market"] == market]
        label = name + " " * (width - Text(name).cell_len)
        if len(mine) == 1:
            counts = "  " + words["counts"].format(**mine[0]) if mine[0]["received"] else ""
            console.print(f"{label}  {_state(mine[0]['state'], words)}{counts}")
        elif mine:
            by_state = Counter(row["state"] for row in mine)
            states = ", ".join(f"{count} {_state(state, words)}" for state, count in by_state.items())
            # A day that was lost to weather is no session.
            sessions = len(mine) - by_state["closed"]
            console.print(f"{label}  {sessions} {words['sessions']}: {states}")
        for row in mine:
            reason = row[f"reason{words['names']}"]
            if reason and (row["state"] != "complete" or len(mine) == 1):
                day = f"{row['trade_date']} " if len(mine) > 1 else ""
                _print_indented(console, Text(day + reason, style="dim"), width + 2)


def _print_indented(console: Console, text: Text, columns: int) -> None:
    """Indented on a terminal; in a pipe a sentence is one line, however long."""
    if console.is_terminal:
        console.print(Padding(text, (0, 0, 0, columns)))
    else:
        console.print(text, soft_wrap=True)


def _state(state: str, words: dict[str, Any]) -> str:
    return f"[{COLOURS[state]}]{words['states'].get(state, state)}[/]"


def _print_table(
    console: Console, rows: list[Row], words: dict[str, Any], is_range: bool, closes: Mapping[str, Any]
) -> None:
    session, index, *numbers = words["heads"]
    columns = [
        *([Column(session)] if is_range else []),
        Column(index),
        *(Column(name, goes, True) for name, goes in zip(numbers, TURNS, strict=True)),
        *([Column("", 4)] if closes else []),
    ]
    cells: list[list[str | Text]] = []
    for row in rows:
        moves = [row[name] for name in ("return_wtd", "return_mtd", "return_ytd")]
        cells.append(
            [
                *([str(row["trade_date"])] if is_range else []),
                Text(row["index_code"] if is_range else row[f"name{words['names']}"] or row["name"]),
                points(row["close"]),
                _move(row["return_1d"], 2),
                *(_move(move, 1) for move in moves),
                *("–" if row[name] is None else str(row[name]) for name in ("advancers", "decliners")),
                *([sparkline(closes.get(row["index_symbol"], ()))] if closes else []),
            ]
        )
    print_fitting(console, columns, cells)


def sparkline(closes: Sequence[float | None]) -> str:
    """A bar a close between the lowest and the highest of them, the newest last; a blank for one that is not stored."""
    stored = [close for close in closes if close is not None]
    if len(set(stored)) < 2:
        return ""
    low, span = min(stored), max(stored) - min(stored)
    return "".join(" " if close is None else BLOCK[round((close - low) / span * (len(BLOCK) - 1))] for close in closes)


def _move(value: float | None, decimals: int) -> Text:
    """In the colours of the page, as far as the terminal has them: blue up, orange down."""
    return Text(percent(value, decimals), style=TONES[tone(value)])
