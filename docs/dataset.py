"""Writes the facts as a data set of their own: CSV, Parquet, a reader without dependencies, and what to send upstream.

`make facts` runs it: `python docs/dataset.py FOLDER`.
"""

import csv
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import exchange_calendars
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.facts.files import FILES, File, member_file
from warehouse.facts.market import Facts
from warehouse.facts.reading import REFERENCE
from warehouse.sql.fact_tables import TYPES

UPSTREAM = ("trade_date", "theirs", "ours", "reason", "source", "confidence")
CALENDARS = {"HK": "XHKG", "CN": "XSHG"}
HEAD = """# Facts of the Hong Kong and mainland markets, {version}

Sessions that calendars get wrong, members of the Hang Seng, Hang Seng TECH and CSI 300 indices by date, names, trading
hours, tick sizes, price limits: every row with its source and, where it differs, how sure it is. Empty in a
`valid_from` means before anybody looked; `valid_to` is the first day on which a row no longer holds.

`csv/` is for any tool, `parquet/` has types, `afterclose_facts.py` reads the CSV without a dependency. In `upstream/`
is what exchange_calendars has otherwise, as data. Made of `warehouse/facts` of Afterclose; licence Apache-2.0.

| file | key | rows | what it says | from where | how sure |
|---|---|---|---|---|---|
"""
READER = '''"""Reads the facts beside this file: `read("ticks.csv")` gives dictionaries, empty values as None."""

import csv
from pathlib import Path

FOLDER = Path(__file__).with_name("csv")


def names():
    """Every file there is."""
    return sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.csv"))


def read(name):
    """The rows of a file, texts as they stand: days are ISO dates, times as 09:30."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as text:
        return [{column: value or None for column, value in row.items()} for row in csv.DictReader(text)]


def members_on(index, day):
    """The symbols of an index ("hsi", "hstech", "csi300") on a day, an ISO date."""
    return sorted(
        row["symbol"]
        for row in read(f"members/{index}.csv")
        if (row["valid_from"] or "") <= day and (row["valid_to"] is None or day < row["valid_to"])
    )
'''


def write(folder: Path, version: str) -> Path:
    """Write the data set of that version below the folder; the path of its own."""
    facts = Facts.load()
    place = folder / f"afterclose-facts-{version}"
    shutil.rmtree(place, ignore_errors=True)
    rows = []
    for name, file in sorted(_files(facts).items()):
        copy, table = place / "csv" / name, place / "parquet" / name.replace(".csv", ".parquet")
        for path in (copy, table):
            path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REFERENCE / name, copy)
        schema = pa.schema([(column, TYPES[kind.type]) for column, kind in file.columns.items()])
        pq.write_table(pa.Table.from_pylist(list(facts.tables[name]), schema), table, compression="zstd")
        cells = (f"`{name}`", ", ".join(file.key), str(len(facts.tables[name])), file.says, file.origin, file.sure)
        rows.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n")
    (place / "README.md").write_text(HEAD.format(version=version) + "".join(rows), encoding="utf-8")
    (place / "afterclose_facts.py").write_text(READER, encoding="utf-8")
    (place / "upstream").mkdir()
    for market, calendar in CALENDARS.items():
        if found := list(against_calendar(facts, market, calendar)):
            with (place / "upstream" / f"{calendar.lower()}.csv").open("w", encoding="utf-8", newline="") as text:
                writer = csv.DictWriter(text, UPSTREAM, lineterminator="\n")
                writer.writeheader()
                writer.writerows(found)
    return place


def against_calendar(facts: Facts, market: str, name: str) -> Iterator[dict[str, Any]]:
    """The days that exchange_calendars has otherwise than a row of our overlay that is not 'low'."""
    rows = [row for row in facts.tables["session_overlay.csv"] if row["market"] == market]
    if not rows:
        return
    calendar = exchange_calendars.get_calendar(name, start=str(min(row["trade_date"] for row in rows).replace(day=1)))
    zone = ZoneInfo(str(calendar.tz))
    for row in rows:
        day: date = row["trade_date"]
        if row["confidence"] == "low" or day > calendar.last_session.date():
            continue
        theirs = _hours(calendar, day, zone)
        ours = None if row["kind"] == "closed" else (row["opens"], row["closes"])
        if theirs != ours:
            yield {
                "trade_date": day,
                "theirs": _told(theirs),
                "ours": _told(ours),
                **{column: row[column] for column in ("reason", "source", "confidence")},
            }


def _hours(calendar: Any, day: date, zone: ZoneInfo) -> tuple[time, time] | None:
    """Local opening and closing time by the calendar, None where it has no session."""
    if not calendar.is_session(str(day)):
        return None
    opens, closes = calendar.session_open_close(str(day))
    return opens.astimezone(zone).time(), closes.astimezone(zone).time()


def _told(hours: tuple[time, time] | None) -> str:
    return "closed" if hours is None else f"{hours[0]:%H:%M} to {hours[1]:%H:%M}"


def _files(facts: Facts) -> dict[str, File]:
    members = {
        file.name: file
        for row in facts.tables["indices.csv"]
        if row["role"] == "followed"
        for file in [member_file(row["index_code"], row["market"])]
    }
    return FILES | members


def version_of_facts() -> str:
    """The day of the last commit that touched the facts, as 2026.11.26."""
    command = ["git", "log", "-1", "--format=%cs", "--", str(REFERENCE)]
    done = subprocess.run(command, cwd=REFERENCE, capture_output=True, text=True, check=True)  # noqa: S603 (words of ours)
    return f"{datetime.fromisoformat(done.stdout.strip()):%Y.%m.%d}"


if __name__ == "__main__":
    print(write(Path(sys.argv[1]), version_of_facts()))
