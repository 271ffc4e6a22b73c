"""Rows that hold for a while: where a person's lie over ours, ours make way, so that no day has two."""

import re
from collections.abc import Sequence
from datetime import date
from fnmatch import fnmatchcase
from itertools import combinations, pairwise
from math import inf

from warehouse.facts.files import File, Row
from warehouse.facts.universe import covers

_SIGNS = "0123456789.BHJKSZ"  # of symbols
_PLACE = re.compile(r"\[[^]]*\]|.")
BOUNDS = (("valid_from", "valid_to"), ("listed_from", "listed_to"))  # first day, and the first one after the last


def one_a_day(file: File, ours: Sequence[Row], given: Sequence[Row]) -> list[Row]:
    """The rows of ours and of a person, of which no two of one thing cover the same day.

    A given row without an end lasts until the next row of the same thing begins. One of ours that it lies over keeps
    the days before and after it. Raises `ValueError` for given rows that lie over one another.
    """
    bounds = next((pair for pair in BOUNDS if pair[0] in file.key and pair[1] in file.columns), None)
    if bounds is None:
        return [*ours, *given]
    first, end = bounds
    things: dict[tuple[object, ...], tuple[list[Row], list[Row]]] = {}
    for which, rows in enumerate((ours, given)):
        for row in rows:
            thing = tuple(row[column] for column in file.key if column != first)
            things.setdefault(thing, ([], []))[which].append(row)
    found: list[Row] = []
    for mine, theirs in things.values():
        starts = sorted(_day(row[first]) for row in (*mine, *theirs) if row[end] is None or row[end] != row[first])
        theirs = [row if row[end] else row | {end: _next(starts, _day(row[first]))} for row in theirs]
        _refuse_overlap(theirs, first, end)
        for over in theirs:
            mine = [part for row in mine for part in _around(row, over, first, end)]
        found += [*mine, *theirs]
    return found


def refuse_two_ticks(rows: Sequence[Row]) -> None:
    """Raise `ValueError` where on some day two rows of `ticks.csv` have a tick for one price."""
    for market, day in sorted({(row["market"], _day(row["valid_from"])) for row in rows}):
        bands = sorted(
            (row["from_price"], row["to_price"] or inf)
            for row in rows
            if row["market"] == market and covers(row["valid_from"], row["valid_to"], day)
        )
        for (_, end), (begins, _) in pairwise(bands):
            if end > begins:
                raise ValueError(f"from {day} on {market} has two ticks for a price of {begins:g}")


def refuse_two_boards(rows: Sequence[Row]) -> None:
    """Raise `ValueError` where a code would be of two rows of `boards.csv`.

    Their patterns hold `?` for any digit, and `[0-2]` for some.
    """
    for one, other in combinations(sorted(rows, key=lambda row: str(row["pattern"])), 2):
        patterns = (one["pattern"], other["pattern"])
        mine, theirs = ([_signs(place) for place in _PLACE.findall(pattern)] for pattern in patterns)
        if len(mine) == len(theirs) and all(map(set.intersection, mine, theirs)):
            raise ValueError(f"some code is of {one['board']} ({patterns[0]}) and of {other['board']} ({patterns[1]})")


def _signs(place: str) -> set[str]:
    return {sign for sign in _SIGNS if fnmatchcase(sign, place)}


def _next(starts: Sequence[date], day: date) -> date | None:
    return next((start for start in starts if start > day), None)


def _around(row: Row, over: Row, first: str, end: str) -> list[Row]:
    """What is left of a row beside another: the days before it and those after it."""
    begins, ends = _day(over[first]), over[end] or date.max
    if begins >= (row[end] or date.max) or ends <= _day(row[first]) or begins == ends:
        return [row]
    before = [row | {end: over[first]}] if _day(row[first]) < begins else []
    after = [row | {first: over[end]}] if ends < (row[end] or date.max) else []
    return before + after


def _refuse_overlap(rows: Sequence[Row], first: str, end: str) -> None:
    lasting = (row for row in rows if row[end] is None or row[end] != row[first])  # not those that say: it never was
    in_order = sorted(lasting, key=lambda row: _day(row[first]))
    for row, later in pairwise(in_order):
        if _day(later[first]) < (row[end] or date.max):
            raise ValueError(f"the row from {later[first]} on begins before that from {row[first]} on ends")


def _day(first: date | None) -> date:
    return first or date.min
