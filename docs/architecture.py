"""Write the diagram of docs/architecture.md anew, from the imports of the code: `make docs`."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- from the imports: make docs -->\n", "<!-- end -->"
FLOORS = ("flows", "tasks", "warehouse")
TOP = "*.py"  # the room of modules that stand in none


Room = tuple[str, str]  # its floor, and its folder there


def rooms() -> list[Room]:
    """Every room of every floor."""
    return sorted({_room(path.relative_to(ROOT).with_suffix("").parts) for path in _modules()})


def imports() -> set[tuple[Room, Room]]:
    """Which room looks into which other."""
    found = set()
    for path in _modules():
        here = _room(path.relative_to(ROOT).with_suffix("").parts)
        found |= {(here, there) for there in map(_room, _imported(path)) if there != here}
    return found


def diagram() -> str:
    """The rooms and what they look into, as a flowchart of Mermaid.

    An arrow that two others make, downwards, is left out, and so is what goes into the modules that stand in no room of
    the warehouse, such as errors and settings: everybody uses those.
    """
    arrows = {(a, b) for a, b in imports() if ("warehouse", TOP) not in (a, b)}
    shown = sorted(
        (a, b)
        for a, b in arrows
        if not any(
            (a, c) in arrows and (c, b) in arrows and a not in _below(c, arrows) and c not in _below(b, arrows)
            for c in rooms()
        )
    )
    lines = ["flowchart TD"]
    for floor in FLOORS:
        lines.append(f"  subgraph {floor}")
        lines += [f'    {_id(room)}["{_name(room)}"]' for room in rooms() if room[0] == floor]
        lines.append("  end")
    return "\n".join([*lines, *(f"  {_id(a)} --> {_id(b)}" for a, b in shown)])


def _below(room: Room, arrows: set[tuple[Room, Room]]) -> set[Room]:
    """What a room looks into, whatever that looks into, and so on."""
    found: set[Room] = set()
    fresh = {room}
    while fresh:
        fresh = {b for a, b in arrows if a in fresh} - found
        found |= fresh
    return found


def page() -> str:
    """The page with the diagram of today."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return f"{before}{BEGIN}```mermaid\n{diagram()}\n```\n{END}{rest.partition(END)[2]}"


def _modules() -> Iterator[Path]:
    for floor in FLOORS:
        yield from (path for path in sorted((ROOT / floor).rglob("*.py")) if path.name != "__init__.py")


def _imported(path: Path) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in FLOORS:
            base = tuple(node.module.split("."))
            yield from ((*base, alias.name) for alias in node.names)


def _room(parts: tuple[str, ...]) -> Room:
    inner = len(parts) > 2 and (ROOT / parts[0] / parts[1]).is_dir()
    return (parts[0], parts[1] if inner else TOP)


def _id(room: Room) -> str:
    return "_".join(room).replace("*.py", "modules")


def _name(room: Room) -> str:
    return "/".join(room)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
