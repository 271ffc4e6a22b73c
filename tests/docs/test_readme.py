"""What the pages show is what happens: console blocks of the README, commands, links, and every setting."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
import typer

from flows.cli import app
from tasks.known_settings import known_names

ROOT = Path(__file__).parents[2]
READMES = [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md")]
PAGES = [ROOT / "README.md", ROOT / "README.zh.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?:<!-- (.*?) -->\n)?```console\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"^(?:\$ |)(?:\.venv/bin/)?afterclose ([a-z].*)$", re.MULTILINE)
ASKED, PRINTED = "asked of the demonstration", "printed by the demonstration"


def shown(kind):
    """Each command of a block of that kind in any of the two, with the output below it, once."""
    blocks = [text for readme in READMES for label, text in BLOCK.findall(readme) if label == kind]
    parts = [part.partition("\n") for text in blocks for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]]
    return sorted({(command, plain(output)) for command, _, output in parts})


def plain(text):
    """The lines without the blanks at their ends."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


def test_every_console_block_of_the_readme_says_where_its_output_is_from():
    for readme in READMES:
        assert [label for label, _ in BLOCK.findall(readme)] == [*[ASKED] * 5, PRINTED]


@pytest.mark.parametrize(("command", "output"), shown(ASKED), ids=[command[:60] for command, _ in shown(ASKED)])
def test_a_question_has_that_answer(demo, command, output):
    words = shlex.split(command)
    assert words[0] == "afterclose"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AFTERCLOSE_", "PREFECT_"))}
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", *words[1:]],
        env=kept | {"AFTERCLOSE_HOME": str(demo.home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        cwd=demo.home,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert plain(done.stdout) == output


@pytest.mark.parametrize(("command", "output"), shown(PRINTED), ids=[command[:60] for command, _ in shown(PRINTED)])
def test_the_demonstration_prints_that(demo, command, output):
    assert f"$ {command}\n{output}" in plain(demo.printed)


def commands_of(group, before=()):
    for name, command in group.commands.items():
        if isinstance(command, click.Group) or hasattr(command, "commands"):
            yield from commands_of(command, (*before, name))
        else:
            yield (*before, name), command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_on_a_page_is_one_with_those_options(page):
    known = dict(commands_of(typer.main.get_command(app)))
    for line in COMMAND.findall(page.read_text(encoding="utf-8")):
        words = shlex.split(line.split("  #")[0], comments=True)
        name = next((tuple(words[:depth]) for depth in (2, 1) if tuple(words[:depth]) in known), None)
        assert name, f"{page.name}: afterclose {line}"
        options = {option for parameter in known[name].params for option in parameter.opts}
        given = {word.split("=")[0] for word in words[len(name) :] if re.fullmatch(r"--[a-z][a-z-]*(=.*)?", word)}
        assert given <= options, f"{page.name}: afterclose {line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page):
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_setting_is_on_its_page_and_no_other():
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    named = {name.lower() for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    assert named == known_names()
