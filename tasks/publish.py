"""Step 5, publish: bring the database up to the lake, write down what it says, swap it in, and write the pages."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from warehouse.facts.market import Facts
from warehouse.lake.lake import Lake
from warehouse.lake.manifest import Fault
from warehouse.lake.schema import PUBLISHED
from warehouse.lake.versions import next_instant
from warehouse.plain import plain_within
from warehouse.report.due import INDEX, due_pages, has_page, is_index_due, pages_in
from warehouse.report.index import index_page
from warehouse.report.look import Look
from warehouse.report.page import report
from warehouse.settings import Settings
from warehouse.sql.build import update
from warehouse.sql.database import ask, open_read_only
from warehouse.whole import write_whole

SAID = ["trade_date", "kind", "subject", "said", "warehouse_version"]
WORDS = ("headline", "reason_")  # what these columns say stands in the others
SYMBOLS_AND_RULES = re.compile(r"\^?[A-Z0-9]+\.(?:HK|SS|SZ)|\^[A-Z]+|[a-z]+(?:_[a-z]+)+")


@dataclass(frozen=True)
class Published:
    """The sessions (market, day) whose verdict is new or has changed, and the HTML of the pages that are due, by name.

    `faults` are files of the lake that are lost and that the last database stood in for; `mended` is what was wrong
    with that database.
    """

    judged: list[tuple[str, date]]
    pages: dict[str, str]
    faults: list[Fault] = field(default_factory=list)
    mended: str | None = None


def publish(
    lake: Lake, facts: Facts, settings: Settings, run_id: str, page_of: date | None = None, anew: bool = False
) -> Published:
    """Bring the database up to the lake and swap it in; what it says and was not said before goes into `published`.

    That is committed to the lake before the swap: nobody reads what is not written down. Where nothing has changed that
    anything is said of, the database stays as it is. Pages are those that are due, and that of `page_of` if there is
    none. With `anew` the database is built whole, and a fault of the lake is an error. The caller holds the lock.
    """
    judged: list[tuple[str, date]] = []
    pages: dict[str, str] = {}

    def say(connection: duckdb.DuckDBPyConnection) -> None:
        tables: dict[Path, pa.Table] = {}
        for market, year in _years_in_question(connection, sorted(facts.markets)):
            fresh = _not_said_yet(connection, market, year, settings.clock())
            if fresh.empty:
                continue
            fresh = fresh.assign(run_id=run_id)
            judged.extend((market, day) for day in fresh.loc[fresh["kind"] == "session_status", "trade_date"])
            tables |= lake.with_more(PUBLISHED, market, fresh)
            connection.register("said_now", fresh.assign(market=market))
            said = "select * replace (base.in_pieces(said) as said) from said_now"
            connection.execute(f"insert into base.said by name {said}")
        lake.commit(tables)

    def render(connection: duckdb.DuckDBPyConnection) -> None:
        wanted = {page_of} if page_of and not page_path(settings, page_of).exists() else set()
        for day in sorted(wanted | set(due_pages(connection, settings.reports_path))):
            if has_page(connection, day):
                pages.update(page_of_day(connection, settings, day))
        pages.update(index_if_due(connection, settings, pages))

    path, now, minutes = settings.database_path, settings.clock(), settings.settle_minutes
    made = update(lake, facts, path, now, minutes, say, render, settings.market_years, anew)
    if made.reach == "none":
        with open_read_only(path) as connection:
            render(connection)
    return Published(judged, pages, made.faults, made.mended)


def page_of_day(connection: duckdb.DuckDBPyConnection, settings: Settings, day: date) -> dict[str, str]:
    """The HTML of a day's page, by its name."""
    return {str(day): report(connection, day, Look(settings.language, settings.colours))}


def index_if_due(connection: duckdb.DuckDBPyConnection, settings: Settings, pages: Iterable[str]) -> dict[str, str]:
    """The HTML of the index over the pages that there are and these, by its name; nothing where it is not due."""
    days = pages_in(settings.reports_path) | set(map(date.fromisoformat, pages))
    if not days or not is_index_due(connection, settings.reports_path, days):
        return {}
    return {INDEX: index_page(connection, days, Look(settings.language, settings.colours))}


def write_pages(settings: Settings, pages: dict[str, str]) -> list[Path]:
    """Write each page whole or not at all; their paths."""
    paths = []
    for name, text in pages.items():
        path = page_path(settings, name)
        write_whole(path, partial(Path.write_text, data=text, encoding="utf-8"))
        paths.append(path)
    return paths


def page_path(settings: Settings, name: date | str) -> Path:
    """Where the page of a day, or the index, is."""
    return settings.reports_path / f"{name}.html"


def _years_in_question(connection: duckdb.DuckDBPyConnection, markets: list[str]) -> list[tuple[str, int]]:
    """Of which years of each market something may have to be said: one at a time, for a long history is much text."""
    years = ask(connection, "years_in_question")
    return [(market, row["year"]) for market in markets for row in years if row["market"] == market]


def _not_said_yet(connection: duckdb.DuckDBPyConnection, market: str, year: int, now: datetime) -> pd.DataFrame:
    """Rows for `published`, without their run: what the database says and the last thing said of it was not."""
    found = ask(connection, "news", market=market, year=year)
    # Nothing that a screen cannot show is said; the text itself has it escaped.
    for row in found:
        row["says"] = json.dumps(plain_within(json.loads(row["says"])), ensure_ascii=False)
    fresh = [row | {"said": row["says"]} for row in found if _is_news(row["said"], row["says"])]
    last = pd.DataFrame({"known_from": [row["said_at"] for row in found]})
    return pd.DataFrame(fresh, columns=SAID).assign(published_at=next_instant(now, last))


def _is_news(before: str | None, now: str) -> bool:
    """Whether a value that was said has become another one: columns and words that the code changed are no news."""
    if before is None or before == now:
        return before is None
    said, says = json.loads(before), json.loads(now)
    names = [name for name in said.keys() & says.keys() if not name.startswith(WORDS)]
    return any(_value(name, said) != _value(name, says) for name in names)


def _value(name: str, row: dict[str, Any]) -> Any:
    """What a column says; of a reason the symbols and rules that it names, in whatever words."""
    return set(SYMBOLS_AND_RULES.findall(row[name] or "")) if name == "reason" else row[name]
