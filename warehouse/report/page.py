"""The page of a date: both markets, from the DuckDB file alone, as one HTML file that asks for nothing else."""

from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from warehouse.errors import AftercloseError
from warehouse.report.charts import sparkline, year_chart
from warehouse.report.due import KNOWN, has_page
from warehouse.report.numbers import change, percent, points, tone
from warehouse.sql.database import ask

HERE = Path(__file__).parent
HEAT_STEPS = (0.0005, 0.01, 0.03, 0.05)  # from each of these on a move has a stronger colour

Row = dict[str, Any]


def last_day(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The last date on which either market has a judged session."""
    verdicts = ask(connection, "verdicts", market=None, first=None, last=None)
    return verdicts[-1]["trade_date"] if verdicts else None


def report(connection: duckdb.DuckDBPyConnection, day: date) -> str:
    """The HTML of a date; raises `AftercloseError` when neither market has a judged session on it."""
    if not has_page(connection, day):
        raise AftercloseError(f"nothing is stored for {day}: run `afterclose nightly --date {day}` first")
    verdicts = ask(connection, "day_verdicts", day=day)
    found = {
        name: ask(connection, f"page_{name}", day=day)
        for name in (
            "indices",
            "year",
            "movers",
            "members",
            "breadth",
            "contribution",
            "contribution_check",
            "pairs",
            "held",
            "about",
        )
    }
    years = {row["index_symbol"]: row for row in found["year"]}
    about = found["about"][0]
    (knows,) = ask(connection, "page_knows", days=[day])
    return _page.render(
        day=day,
        known_as=KNOWN,
        known=knows["known"],
        verdicts=verdicts,
        indices=[index | _curves(index, years[index["index_symbol"]]) for index in found["indices"]],
        movers=_by_index(found["movers"]),
        members=_by_index(found["members"]),
        breadth={row["index_symbol"]: row for row in found["breadth"]},
        contribution=_by_index(found["contribution"]),
        contribution_check={row["index_symbol"]: row for row in found["contribution_check"]},
        pairs=found["pairs"],
        held=found["held"],
        settled=ask(connection, "settled", first=day, last=day, limit=50),
        about=about,
        is_simulated="simulated" in [*(about["stock_sources"] or []), *(about["index_sources"] or [])],
        style=(HERE / "page.css").read_text(encoding="utf-8"),
    )


def _curves(index: Row, year: Row) -> Row:
    name, closes = index["index_code"], year["closes"]
    return {"spark": sparkline(name, closes), "year": year_chart(name, year["trade_dates"], closes)}


def _by_index(rows: list[Row]) -> dict[str, list[Row]]:
    return {symbol: list(group) for symbol, group in groupby(rows, key=lambda row: row["index_symbol"])}


def heat(value: float) -> str:
    """The style class of a tile: 'u1' to 'u4', 'd1' to 'd4', or 'u0' for a move that rounds to nothing."""
    strength = sum(abs(value) >= step for step in HEAT_STEPS)
    return f"{'d' if value < 0 and strength else 'u'}{strength}"


# Compiled once: the template and what it may call are constants.
_environment = Environment(
    loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_environment.filters |= {"points": points, "percent": percent, "change": change, "tone": tone, "heat": heat}
_page = _environment.get_template("page.html.jinja")
