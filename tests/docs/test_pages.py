"""What the pages have a reader do is done, in order: on a copy of the demonstration, and on a home that is made up."""

import re
import shutil
import sys
from datetime import UTC, datetime

import pytest
from pages import ON_A_COPY, ON_A_MADE_HOME, ROOT, answer_here, blocks, commands, is_as_shown

from tests.shipped import HK
from tests.sql.warehouse_of import lake_of

sys.path.insert(0, str(ROOT / "docs"))

DAYS = ("2022-05-06", "2022-05-10", "2022-05-11", "2022-05-12", "2022-05-13", "2022-05-16", "2022-05-17")


@pytest.fixture
def at(home, monkeypatch):
    """Set the clock, and that nobody is asked."""

    def set_clock(moment):
        monkeypatch.setenv("AFTERCLOSE_NOW", moment)
        monkeypatch.setenv("AFTERCLOSE_SOURCE", "simulated")

    return set_clock


def test_how_to_correct_and_hold_goes_as_shown(demo, home, at):
    at("2026-05-23T08:05:00+08:00")
    shutil.copytree(demo.home, home, ignore=shutil.ignore_patterns("prefect"))
    for command, output in [each for text in blocks(ROOT / "docs/howto.md", ON_A_COPY) for each in commands(text)]:
        assert answer_here(command, home) == output


def test_a_fact_and_an_event_are_corrected_as_shown(home, at):
    """Every member of both indices of Hong Kong rose on each day; 0005.HK has a split that its prices do not show."""
    members = {
        s.symbol
        for s in HK.spells
        if str(s.valid_from) <= DAYS[0] and (s.valid_to is None or str(s.valid_to) > DAYS[-1])
    }
    closes = [(symbol, day, 47 + at) for symbol in sorted(members) for at, day in enumerate(DAYS)]
    known = {"known_from": datetime(2022, 5, 18, tzinfo=UTC), "asked_at": datetime(2022, 5, 18, tzinfo=UTC)}
    lake_of(
        home,
        stocks=[(*row, known) for row in closes],
        indices=[(index, day, 20000 + at, known) for index in ("^HSI", "HSTECH.HK") for at, day in enumerate(DAYS)],
        actions=[("0005.HK", DAYS[-1], "dividend", 0.68, known)],
        quarantine=[
            (
                *("0005.HK", "2022-05-10", "split_without_step"),
                {
                    "id": "6d3d205c0f34",
                    "kind": "split",
                    "value": 2.0,
                    "detail": "split 2; opens at 48 and closes at 48",
                },
            )
        ],
        runs=[("HK", DAYS[0], DAYS[-1])],
    )
    at("2022-06-20T20:00:00+08:00")
    answer_here("afterclose rebuild", home)
    for command, output in [
        each for text in blocks(ROOT / "docs/reference.md", ON_A_MADE_HOME) for each in commands(text)
    ]:
        found = answer_here(command, home)
        assert is_as_shown(found, output), found


def test_the_diagram_is_what_the_imports_are():
    from architecture import PAGE, page

    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_code_that_a_page_shows_is_in_the_file_that_it_names():
    shown = [
        (name, code)
        for path in (ROOT / "docs").glob("*.md")
        for name, code in re.findall(
            r"<!-- in (\S+) -->\n```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL
        )
    ]
    assert shown
    for name, code in shown:
        assert code in (ROOT / name).read_text(encoding="utf-8"), name


@pytest.mark.parametrize(
    ("found", "shown", "is_same"),
    [
        ("a\nb", "a\nb", True),
        ("a\nx\ny\nb", "a\n...\nb", True),
        ("a\nb", "a\n...\nc", False),
        ("a\nb\nc", "a\nb", False),
    ],
)
def test_three_dots_stand_for_any_lines(found, shown, is_same):
    assert is_as_shown(found, shown) is is_same
