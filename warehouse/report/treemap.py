"""Where the tiles of a treemap lie, by detroit (D3 for Python): as shares of a box that the style sheet may stretch."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from detroit import hierarchy, treemap

SHAPES = {"wide": (240, 100), "tall": (78, 100)}  # width and height of the box on a desk and on a phone
LABEL = 5  # height of a group's name
LEAST = 0.0012  # of the whole: a tile must be seen to be pointed at

Row = dict[str, Any]
Box = tuple[float, float, float, float]  # left, top, width, height, in percent


def tiles(rows: Sequence[Row], size: str, group: str | None = None) -> dict[str, dict[str, Box]]:
    """For each shape the box of every row, and of every group, by their symbol or name.

    `size` and `group` name columns; `rows` without a size are left out.
    """
    sized = [row for row in rows if row[size]]
    least = LEAST * sum(row[size] for row in sized)
    leaves = [
        {"key": row["symbol"], "group": row.get(group) if group else None, "size": max(row[size], least)}
        for row in sized
    ]
    return {shape: _laid_out(leaves, *box, is_grouped=bool(group)) for shape, box in SHAPES.items()} if leaves else {}


def _laid_out(leaves: Sequence[Row], width: float, height: float, is_grouped: bool) -> dict[str, Box]:
    def children(node: Mapping[str, Any]) -> Any:
        return node.get("children")

    inner: list[Row] = list(leaves)
    if is_grouped:
        ordered = sorted(leaves, key=lambda leaf: leaf["group"] or "")
        inner = [
            {"key": name or "", "children": list(found)} for name, found in groupby(ordered, lambda leaf: leaf["group"])
        ]
    root = hierarchy({"key": None, "children": inner}, children)
    root.sum(lambda node: node.get("size", 0.0)).sort(lambda a: -a.value)
    layout = treemap().set_size([width, height]).set_padding_inner(0.3)
    if is_grouped:
        layout.set_padding_top(lambda node: LABEL if node.depth == 1 else 0)
    layout(root)
    found = [node for node in root.descendants() if node.depth]
    return {
        node.data["key"]: (
            100 * node.x0 / width,
            100 * node.y0 / height,
            100 * (node.x1 - node.x0) / width,
            100 * (node.y1 - node.y0) / height,
        )
        for node in found
    }  # fmt: skip
