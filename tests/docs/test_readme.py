"""What the pages show is what happens: console blocks, commands, links, and every setting."""

import re
import shlex

import click
import pytest
import typer
from pages import (
    ASKED,
    BLOCK,
    BY_SQL,
    NOT_RUN,
    ON_A_COPY,
    ON_A_MADE_HOME,
    PAGES,
    PRINTED,
    READMES,
    ROOT,
    answer,
    blocks,
    commands,
    plain,
)

from flows.cli import app
from tasks.known_settings import known_names

COMMAND = re.compile(r"^(?:\$ |)(?:\.venv/bin/)?afterclose ([a-z].*)$", re.MULTILINE)


def shown(label):
    """Each command with that label on any page, and the output below it, once."""
    parts = {part for page in PAGES for text in blocks(page, label) for part in commands(text)}
    return sorted(parts)


def test_the_readmes_show_five_questions_and_what_is_held():
    for readme in READMES:
        labels = [label for label, _ in BLOCK.findall(readme.read_text(encoding="utf-8"))]
        assert labels == [*[ASKED] * 5, PRINTED]


def test_both_readmes_lead_to_the_same_pages_and_commands():
    english, chinese = (page.read_text(encoding="utf-8") for page in READMES)
    links = [set(re.findall(r"\]\(((?:docs/)?[A-Za-z]+\.\w+)\)", text)) for text in (english, chinese)]
    assert links[0] - {"README.zh.md"} == links[1] - {"README.md"}
    bash = [re.findall(r"```bash\n(.*?)```", text, re.DOTALL) for text in (english, chinese)]
    bare = [[re.sub(r" *#.*", "", block) for block in texts] for texts in bash]
    assert bare[0] == bare[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_console_block_says_where_its_output_is_from_or_why_it_is_not_run(page):
    known = {ASKED, BY_SQL, PRINTED, ON_A_COPY, ON_A_MADE_HOME}
    labels = [label for label, _ in BLOCK.findall(page.read_text(encoding="utf-8"))]
    assert [label for label in labels if label not in known and not label.startswith(NOT_RUN)] == []
    named = [name for label in labels for name in re.findall(r"tests/[\w/]+\.py", label)]
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(("command", "output"), shown(ASKED), ids=[command[:60] for command, _ in shown(ASKED)])
def test_a_question_has_that_answer(demo, tmp_path, command, output):
    assert command.startswith("afterclose ")
    assert answer(command, demo.home, tmp_path) == output


@pytest.mark.parametrize(("command", "output"), shown(BY_SQL))
def test_a_query_of_another_client_has_that_answer(demo, tmp_path, command, output):
    assert answer(f"afterclose sql {shlex.quote(shlex.split(command)[-1])}", demo.home, tmp_path) == output


@pytest.mark.parametrize(("command", "output"), shown(PRINTED), ids=[command[:60] for command, _ in shown(PRINTED)])
def test_the_demonstration_prints_that(demo, command, output):
    assert f"$ {command}\n{output}" in plain(demo.printed)


def commands_of(group, before=()):
    for name in group.list_commands(None):
        command = group.get_command(None, name)
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
