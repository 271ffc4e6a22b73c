"""Where the command begins: before anything else is imported, it looks whether the packages are ours.

They have plain names. A `tasks` or a `flows` of somebody else on the path would be imported in place of ours, and fail
in some way that tells nobody why.
"""

import gc
import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("flows", "tasks", "warehouse")


def main() -> None:
    """Run the command line, or refuse in one line, with exit code 2, where a package is another's."""
    if problem := foreign():
        print(f"afterclose: {problem}", file=sys.stderr)
        raise SystemExit(2)
    # Pydantic looks for plugins in every package that is installed, which takes longer than a question does.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # What is imported stays: to look for garbage among it would take a twentieth of a question.
    gc.disable()
    try:
        # The one look upwards: at the door nothing of the house is imported yet.
        command_line = import_module("flows.cli")
    except KeyboardInterrupt:  # later the command line ends so itself
        raise SystemExit(130) from None
    gc.freeze()
    gc.enable()
    command_line.run()


def foreign() -> str | None:
    """What is wrong with where the packages would be imported from, None for ours."""
    home = Path(__file__).parents[1]
    for name in PACKAGES:
        spec = find_spec(name)
        found = (
            [Path(place).parent for place in (spec.submodule_search_locations or [spec.origin or ""])] if spec else []
        )
        if found != [home]:
            place = f"was found in {found[0]}, not in {home}" if found else f"is not beside the others in {home}"
            return f"`{name}` {place}: run from another folder, and install Afterclose into an environment of its own"
    return None
