"""What the pages show: console blocks, each with a label that says where its output is from, and how they are run."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from flows.cli import app

ROOT = Path(__file__).parents[2]
READMES = [ROOT / "README.md", ROOT / "README.zh.md"]
PAGES = [*READMES, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?:<!-- ([^\n]*?) -->\n)?```console\n(.*?)```", re.DOTALL)
ASKED, PRINTED = "asked of the demonstration", "printed by the demonstration"
BY_SQL = "asked of the demonstration, by afterclose sql"  # where the page has another client ask
ON_A_COPY, ON_A_MADE_HOME = "done on a copy of the demonstration", "done on a made-up home"
NOT_RUN = "not run: "  # and why
HOME_ON_THE_PAGES = "/data/afterclose"
AFTERCLOSE = f'afterclose() {{ {sys.executable} -m flows.cli "$@"; }}\n'


def blocks(page, label):
    """The blocks of a page with that label, in order."""
    return [text for found, text in BLOCK.findall(page.read_text(encoding="utf-8")) if found == label]


def commands(text):
    """Each command of a block with the output below it; what a command reads up to END belongs to it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        if "<<'END'" in part.partition("\n")[0]:
            command, _, output = part.partition("\nEND\n")
            yield f"{command}\nEND", plain(output)
        else:
            command, _, output = part.partition("\n")
            yield command, plain(output)


def plain(text):
    """The lines without the blanks at their ends."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


def answer(command, home, cwd, **settings):
    """What a command prints, given in a shell as on the page; the home is named as the pages name it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AFTERCLOSE_", "PREFECT_"))}
    done = subprocess.run(
        ["/bin/bash", "-c", AFTERCLOSE + command],
        env=kept | settings | {"AFTERCLOSE_HOME": str(home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return plain(done.stdout.replace(str(home), HOME_ON_THE_PAGES))


def answer_here(command, home):
    """The same in this process, where the settings are: what has many builds in a row saves the start of each."""
    if not command.startswith("afterclose "):
        return answer(command, home, home)
    done = CliRunner().invoke(app, shlex.split(command)[1:])
    assert done.exit_code == 0, f"{command}\n{done.output}"
    return plain(done.stdout.replace(str(home), HOME_ON_THE_PAGES))


def is_as_shown(found, shown):
    """Whether an output is the one on the page, where a line of three dots stands for any lines."""
    pattern = "(?:.*\n)*".join(re.escape(part) for part in re.split(r"^\.\.\.\n", shown + "\n", flags=re.MULTILINE))
    return re.fullmatch(pattern, found + "\n") is not None
