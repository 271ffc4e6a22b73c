"""The members of an index as the page shows them: tiles by turnover, who has none, and the most active."""

from collections.abc import Sequence
from math import ceil
from typing import Any

from warehouse.report.treemap import Box, tiles
from warehouse.report.words import LANGUAGES, house_name, texts_of, two_lines, width_of

ACTIVE = 5
UNSEEN = ("held", "missing", "unobtainable")  # states of members that may have traded, for whatever we know
GROUP = "industry"  # by which members stand together, where one is known
OTHERS = "Other"  # what the group without a name is called, at the widest
WIDEST = 24  # ems: a wider name has no rule, and is in the table alone
EM, MARGIN = 0.68, 1.1  # rem, of a name on a tile as the style sheet has it: its size, and what stands beside it
HIGH = {"a": 2.9, "b": 3.8}  # rem, of a tile whose name is in one line (a) or in two (b)

Row = dict[str, Any]


def map_of(index_code: str, rows: Sequence[Row]) -> Row:
    """What the page needs for the treemap of an index, with the rules that place its tiles.

    Sizes are official turnovers where every member that traded has one, and estimates of all otherwise: the two are
    never mixed.
    """
    traded = [row for row in rows if row["turnover_estimate"]]
    is_official = bool(traded) and all(row["turnover"] for row in traded)
    size = "turnover" if is_official else "turnover_estimate"
    shown = [row for row in traded if row["return_1d"] is not None]
    group = GROUP if any(row.get(GROUP) for row in shown) else None
    boxes = tiles(shown, size, group)
    places = boxes.get("wide", {})
    ids = {key: f"{index_code}-{at}" for at, key in enumerate(places)}
    return {
        "is_official": is_official,
        "size": size,
        # Of all members or of none: what some of them dealt is no figure of the index.
        "turnover": sum(row["turnover"] for row in traded)
        if is_official and not any(row["state"] in UNSEEN for row in rows)
        else None,
        "tiles": [_tile(row) | {"id": ids[row["symbol"]]} for row in shown],
        "groups": [
            {"id": ids[name], "name": name, "ems": ceil(width_of(name or OTHERS))}
            for name in places
            if name in {row.get(GROUP) or "" for row in shown}
        ]
        if group
        else [],
        "rest": [_tile(row) for row in rows if row not in shown],
        "active": sorted(traded, key=lambda row: -row[size])[:ACTIVE],
        "rules": {shape: _rules(ids, found) for shape, found in boxes.items()},
    }


def room_for_names() -> str:
    """Style rules that show a name where there is room for all of it: on a tile (a, b), or over a group (g)."""
    rules = []
    for ems in range(1, WIDEST + 1):
        for line, height in HIGH.items():
            rules.append(
                _shown(f".{line}{ems}", f"(min-width:{EM * ems + MARGIN:.2f}rem) and (min-height:{height}rem)")
            )
        rules.append(_shown(f".group .g{ems}", f"(min-width:{EM * ems:.2f}rem)"))
    return "".join(rules)


def _shown(what: str, where: str) -> str:
    return f"@container {where}{{.map {what}{{display:block}}}}"


def _tile(row: Row) -> Row:
    english, *chinese = texts_of(row)
    labels = list(zip(LANGUAGES.values(), map(_label, [english, *map(house_name, chinese)]), strict=True))
    if labels[1][1] == labels[2][1]:
        labels = [labels[0], ("zh", labels[1][1])]
    if labels[0][1] == labels[1][1]:
        labels = [("", labels[0][1])]
    names = " ".join(dict.fromkeys([english, *chinese]))  # a tooltip has one text, whatever the reader's language
    return row | {
        "code": row["symbol"].split(".")[0],
        "names": names,
        "labels": [one for one in labels if one[1]["one"] <= WIDEST],
    }


def _label(text: str) -> Row:
    """A name with the ems that it takes in one line, and in two."""
    return {"text": text, "one": ceil(width_of(text)), "two": ceil(two_lines(text))}


def _rules(ids: dict[str, str], boxes: dict[str, Box]) -> str:
    """Style rules: the page's own policy forbids style attributes."""
    return "".join(
        f"#{ids[key]}{{left:{left:.2f}%;top:{top:.2f}%;width:{width:.2f}%;height:{height:.2f}%}}"
        for key, (left, top, width, height) in boxes.items()
    )
