"""How large a move is in words: by the index's own past year, else by fixed percentages (`sizes.csv`)."""

import csv
from pathlib import Path

from warehouse.wording.figures import percent


def size_of(move: float, usual: list[float] | None) -> str:
    """The class of a move: by the index's own past year where `usual` knows it, else by fixed percentages."""
    printed = float(abs(percent(move, 1)))
    found = "flat"
    for size, start, step, least in _SIZES:
        if step is None or usual is None:
            is_so = printed >= start
        else:
            is_so = printed >= least and (step == 0 or abs(move) >= usual[step - 1])
        found = size if is_so else found
    return found


def _read_sizes() -> tuple[tuple[str, float, int | None, float], ...]:
    """The sizes of a move, smallest first: from which percentage on, or above which usual move and at least what."""
    with Path(__file__).with_name("sizes.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            (
                row["size"],
                float(row["from_percent"]),
                int(row["from_usual"]) if row["from_usual"] else None,
                float(row["at_least_percent"]),
            )
            for row in csv.DictReader(file)
        )


_SIZES = _read_sizes()
