"""Writes the table of reference files into docs/reference.md, from their declarations in `warehouse/facts/files.csv`.

`make docs` runs it; a test holds the page against what it would write now.
"""

import re
from pathlib import Path

from warehouse.facts.files import ACTIONS, FILES, MEMBERS, File, member_file

PAGE = Path(__file__).with_name("reference.md")
TABLE = re.compile(r"(?<=<!-- written by make docs -->\n).*?(?=<!-- until here -->)", re.DOTALL)


def page(text: str) -> str:
    """The page with the table as it should be."""
    return TABLE.sub(lambda _: table(), text)


def table() -> str:
    """A row a file, with its key."""
    head = "| file | key | what it says | from where | how sure |\n|---|---|---|---|---|\n"
    rows = {
        **{name: _row(name, file) for name, file in FILES.items()},
        MEMBERS: _row(MEMBERS, member_file("CODE", "HK")),
        ACTIONS.name: _row(ACTIONS.name, ACTIONS),
    }
    return head + "".join(rows.values())


def _row(name: str, file: File) -> str:
    key = ", ".join(f"`{column}`" for column in file.key)
    return f"| `{name}` | {key} | {file.says} | {file.origin} | {file.sure} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
