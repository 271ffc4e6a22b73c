"""The modules that ask somebody else, as the folder has them: what is to hold of each follows a new one by itself."""

import ast
from importlib import import_module
from pathlib import Path

from tasks.lists import constituents, csindex
from tasks.sources import registry


def declared():
    """The modules of `tasks/sources` by what they assign: read as text, and not by the registry."""
    found = {"VENDOR": set(), "OFFICIAL": set()}
    for path in Path(registry.__file__).parent.glob("*.py"):
        for statement in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.Assign) and path.stem != "registry":
                name = statement.targets[0].id if isinstance(statement.targets[0], ast.Name) else None
                found.get(name, set()).add(path.stem)
    return found


def reaching():
    """Those that reach a network: every source but the one that invents its prices, and the publishers of lists."""
    names = sorted(set.union(*declared().values()) - {"simulated"})
    return [*(import_module(f"tasks.sources.{name}") for name in names), constituents, csindex]
