"""The rows of a CSV file that a person writes, with the numbers of their lines."""

import csv
from collections.abc import Iterator
from typing import Any, TextIO


def reader_of(text: TextIO) -> "csv.DictReader[str]":
    """Reads strictly: a quotation mark that nobody closes would make one value of all the rows that follow."""
    return csv.DictReader(text, strict=True)


def numbered(reader: "csv.DictReader[str]") -> Iterator[tuple[int, dict[str | Any, str | Any]]]:
    """Each row with the number of its last line.

    Raises `ValueError` that names the line on which a row begins that cannot be read.
    """
    while True:
        begins = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as problem:
            raise ValueError(f"line {begins}: {problem}: is there a quotation mark that nobody closes?") from None
        if row is None:
            return
        yield reader.line_num, row
