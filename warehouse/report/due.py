"""Which pages are to be written: by what the database says and what each page says of itself, whoever died before."""

import re
from collections.abc import Iterable
from datetime import date
from hashlib import sha256
from html import unescape
from itertools import chain, islice
from pathlib import Path

import duckdb

from warehouse.sql.database import ask

KNOWN = "afterclose-knows"  # name of the line in which a page says what it was made of
RUNS = 20  # of each market: the days that its last runs were for have a page, however a run ended
AT_ONCE = 60  # pages that a run writes, a second each; what is left over is the next one's
HEAD, TAIL = 4096, 16  # bytes of a page that hold what it knows, and its end
INDEX = "index"  # the name of the index of the pages
_SAYS = re.compile(f'<meta name="{KNOWN}" content="([^"]*)">')


def has_page(connection: duckdb.DuckDBPyConnection, day: date) -> bool:
    """Whether either market has a judged session on that day."""
    return any(row["is_judged"] for row in ask(connection, "day_verdicts", day=day))


def missing_pages(connection: duckdb.DuckDBPyConnection, folder: Path, runs: int = RUNS) -> list[date]:
    """The days of the last `runs` of each market that should have a page in the folder and have none."""
    days = (row["day"] for row in ask(connection, "days_of_runs", runs=runs))
    return [day for day in days if not (folder / f"{day}.html").exists() and has_page(connection, day)]


def due_pages(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[date]:
    """The days whose page in the folder is missing, is cut, or knows something else than the database.

    Those that are missing come first, then from the oldest on: there something changed. A page from before pages said
    what they know is due.
    """
    pages = _pages(folder)
    known = {row["day"]: row["known"] for row in ask(connection, "page_knows", days=sorted(pages))}
    changed = (day for day, says in known.items() if _known_to(pages[day]) != says and has_page(connection, day))
    return list(islice(chain(missing_pages(connection, folder), changed), AT_ONCE))


def pages_in(folder: Path) -> set[date]:
    """The days that have a page in the folder."""
    return set(_pages(folder))


def index_knows(connection: duckdb.DuckDBPyConnection, pages: Iterable[date]) -> str:
    """What the index over these pages knows: when anything was last said, and which pages there are."""
    (said,) = ask(connection, "index_knows")
    listed = sha256(" ".join(map(str, sorted(pages))).encode()).hexdigest()
    return f"{said['known']}, {listed[:12]}"


def is_index_due(connection: duckdb.DuckDBPyConnection, folder: Path, pages: Iterable[date]) -> bool:
    """Whether the index in the folder is missing, is cut, or is not over these pages and what was last said."""
    path = folder / f"{INDEX}.html"
    return not path.exists() or _known_to(path) != index_knows(connection, pages)


def _pages(folder: Path) -> dict[date, Path]:
    return {day: path for path in folder.glob("????-??-??.html") if (day := _day_of(path))}


def _day_of(path: Path) -> date | None:
    try:
        return date.fromisoformat(path.stem)
    except ValueError:
        return None


def _known_to(page: Path) -> str | None:
    """What a page says that it knows; None for one that says nothing, or does not end as a page does."""
    with page.open("rb") as file:
        head = file.read(HEAD)
        file.seek(max(0, file.seek(0, 2) - TAIL))
        tail = file.read()
    says = _SAYS.search(head.decode(errors="replace"))
    return unescape(says[1]) if says and tail.rstrip().endswith(b"</html>") else None
