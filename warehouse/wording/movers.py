"""Which members a sentence names: the best, the worst, and who is back from a suspension."""

from typing import Any, NamedTuple

Row = dict[str, Any]

RESUMED = 0.05  # a smaller move after a suspension explains nothing


class Mover(NamedTuple):
    """A member by its name in one language, with its return and what explains it."""

    name: str
    move: float
    mark: str | None = None


def movers(row: Row, side: str, suffix: str) -> list[Mover]:
    """The best ('leaders'), worst ('laggards') or just 'resumed' members, from the first on as far as the language of
    `suffix` ('', '_zh' or '_zh_hans') has their names.
    """
    names, moves = row[side + suffix] or [], row[f"{side}_return"] or []
    marks = row.get(f"{side}_mark") or [None] * len(names)
    found = []
    for name, move, mark in zip(names, moves, marks, strict=True):
        if name is None:
            break
        found.append(Mover(name, move, mark))
    return found


def returned(row: Row, suffix: str) -> Mover | None:
    """The member whose return from a suspension moved the most, if by enough to be told: it explains the day, or was
    more than the move of the first of its side, who is said to have moved the most.
    """
    found = movers(row, "resumed", suffix)
    if not found:
        return None
    ordinary = row[f"{'leaders' if found[0].move > 0 else 'laggards'}_return"]
    is_told = abs(found[0].move) >= RESUMED or (ordinary and abs(found[0].move) > abs(ordinary[0]))
    return found[0] if is_told else None
