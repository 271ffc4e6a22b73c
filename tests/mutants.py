"""Print a sample of the mutants that mutmut has made, a name a line: `make mutants`."""

import json
import random
import sys
from pathlib import Path

SEED = 20261126  # the same sample of the same code


def names(folder: Path, of: list[str]) -> list[str]:
    """Every mutant of the files below a folder of mutmut's: of those that `of` names, of all where it names none."""
    found = sorted(folder.rglob("*.meta"))
    wanted = [path for path in found if not of or path.relative_to(folder).with_suffix("").as_posix() in of]
    return [name for path in wanted for name in sorted(json.loads(path.read_text())["exit_code_by_key"])]


if __name__ == "__main__":
    every = names(Path("mutants"), sys.argv[2:])
    count = min(int(sys.argv[1]), len(every))
    print(f"{count} of {len(every)} mutants", file=sys.stderr)
    print("\n".join(random.Random(SEED).sample(every, count)))
