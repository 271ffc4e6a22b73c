"""Hold the members that we have against somebody's list, and write down what a person accepts of it."""

import csv
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tasks.lists.constituents import Listing
from warehouse.errors import UsageError
from warehouse.facts.files import File, Row, member_file
from warehouse.facts.market import Facts
from warehouse.facts.reading import corrected, read_corrections
from warehouse.facts.universe import Index, covers
from warehouse.whole import write_whole


@dataclass(frozen=True)
class Difference:
    """What a list has otherwise than we on a day: {symbol: name}, and {symbol: (our name, theirs)}.

    `pending` says from when on we have it as the list does: {symbol: day}.
    """

    source: str
    joined: dict[str, str]
    left: dict[str, str]
    renamed: dict[str, tuple[str, str]]
    pending: dict[str, date]


def held_on(facts: Facts, index: Index, day: date) -> dict[str, Row]:
    """Our row of each member of that day, by symbol."""
    return {row["symbol"]: row for row in _spells(facts, index) if covers(row["valid_from"], row["valid_to"], day)}


def _spells(facts: Facts, index: Index) -> Sequence[Row]:
    return facts.tables[member_file(index.code, index.market).name]


def compare(facts: Facts, index: Index, day: date, listing: Listing) -> Difference:
    """What the list has otherwise; raises `UsageError` for a list that can only be a piece of one."""
    held = held_on(facts, index, day)
    if len(listing.members) < 0.8 * len(held):
        raise UsageError(f"{listing.source} has {len(listing.members)} members, we hold {len(held)}: not a whole list")
    return Difference(
        listing.source,
        {symbol: name for symbol, name in listing.members.items() if symbol not in held},
        {symbol: row["name"] for symbol, row in held.items() if symbol not in listing.members},
        {
            symbol: (held[symbol]["name"], name)
            for symbol, name in listing.members.items()
            if symbol in held and _plain(name) != _plain(held[symbol]["name"])
        },
        _pending(_spells(facts, index), day, held),
    )


def _pending(spells: Sequence[Row], day: date, held: dict[str, Row]) -> dict[str, date]:
    """From which later day on a stock joins that is not held, or one leaves that is."""
    joins = {
        row["symbol"]: row["valid_from"]
        for row in spells
        if row["valid_from"] > day and row["valid_from"] != row["valid_to"]
    }
    return joins | {symbol: row["valid_to"] for symbol, row in held.items() if row["valid_to"]}


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))


def rows_to_accept(facts: Facts, index: Index, effective: date, found: Difference) -> list[Row]:
    """Spells that say what the list says from the session `effective` on: new ones, and ours that it closes.

    What is pending is left out, and names are left to a person: lists spell them in their own ways.
    """
    held = held_on(facts, index, effective)
    opened = [
        {"symbol": symbol, "name": name, "valid_from": effective, "valid_to": None, "source": f"in: {found.source}"}
        for symbol, name in found.joined.items()
        if symbol not in found.pending
    ]
    closed = []
    for symbol in found.left:
        if symbol in held and symbol not in found.pending:
            said = held[symbol]["source"].removeprefix("local: ")
            closed.append(held[symbol] | {"valid_to": effective, "source": f"{said} | out: {found.source}"})
    return [{"confidence": "medium", "note": None} | row for row in [*opened, *closed]]


def confirmation(facts: Facts, index: Index, day: date, source: str) -> Row | None:
    """The row of `indices.csv` that says that the members are confirmed to `day`, and when to look again.

    None when they are confirmed to a later day already.
    """
    (row,) = (row for row in facts.tables["indices.csv"] if row["index_symbol"] == index.symbol)
    if row["members_confirmed_to"] and row["members_confirmed_to"] > day:
        return None
    confirmed = {"members_confirmed_to": day, "next_review": review_after(row, day)}
    return row | confirmed | {"source": f"members compared with {source}"}


def review_after(row: Row, day: date) -> date:
    """The first scheduled review after `day`: the Monday after the index's Friday of one of its months."""
    months = sorted(map(int, (row["review_months"] or "").split()))
    for year in (day.year, day.year + 1):
        for month in months:
            first = date(year, month, 1)
            friday = first + timedelta((4 - first.weekday()) % 7 + 7 * (row["review_friday"] - 1))
            if friday + timedelta(3) > day:
                return friday + timedelta(3)
    raise UsageError(f"indices.csv has no review_months for {row['index_code']}")


def write_corrections(folder: Path, file: File, rows: list[Row]) -> Path:
    """Put the rows into the correction of that reference file under `folder`, over those with their key.

    A column in which each row says what ours says is left out, so that what is known of it later holds here, too.
    """
    path, ours = folder / file.name, {file.key_of(row): row for row in corrected(file, None)}
    kept = {file.key_of(row): row for row in read_corrections(path, file)} if path.exists() else {}
    kept |= {file.key_of(row): row for row in rows}

    def is_stated(column: str) -> bool:
        return column in (*file.key, "source") or any(
            key not in ours or row[column] != ours[key][column] for key, row in kept.items()
        )

    def write(draft: Path) -> None:
        columns = [column for column in file.columns if is_stated(column)]
        with draft.open("w", encoding="utf-8", newline="") as text:
            writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows(file.write(row) for row in kept.values())

    write_whole(path, write)
    return path
