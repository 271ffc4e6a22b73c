"""What is wrong with the files of facts that a person gave, in a line each, for whoever looks before a run does."""

from pathlib import Path

from warehouse.errors import UsageError
from warehouse.facts.files import FILES
from warehouse.facts.others import read_universe
from warehouse.facts.reading import (
    corrected,
    corrects_nothing,
    local_files,
    member_files,
    read_actions,
    read_corrections,
)
from warehouse.settings import Settings


def wrong_corrections(corrections: Path) -> list[str]:
    """What is wrong with a person's corrections, a line a file; while anything is, nothing can be run or built."""
    try:
        given = sorted(local_files(corrections))
    except UsageError as problem:
        return [str(problem)]
    if not given:
        return []
    problems = []
    try:
        indices = corrected(FILES["indices.csv"], corrections)
    except UsageError:
        indices = corrected(FILES["indices.csv"], None)
    files = FILES | member_files(indices)
    for name in given:
        try:
            if name not in files:
                raise corrects_nothing(f"{corrections}/{name}", files)
            read_corrections(corrections / name, files[name])
        except UsageError as problem:
            problems.append(str(problem))
    return problems or _whole_problem(corrections)


def wrong_actions(path: Path) -> list[str]:
    """What is wrong with a person's own splits and dividends, none or one line; while it is, nothing can be run."""
    try:
        read_actions(path)
    except UsageError as problem:
        return [str(problem)]
    return []


def wrong_files(settings: Settings) -> list[str]:
    """What is wrong with the files of the home and of `AFTERCLOSE_UNIVERSE`; while anything is, nothing can be run."""
    problems = wrong_corrections(settings.reference_path) + wrong_actions(settings.actions_path)
    try:
        if settings.universe_path:
            read_universe(settings.universe_path)
    except UsageError as problem:
        problems.append(str(problem))
    return problems


def _whole_problem(corrections: Path) -> list[str]:
    """What is wrong with the files together, each right by itself: nobody lists a followed index's members."""
    # Here, for its calendars take long, and few homes have corrections.
    from warehouse.facts.market import Facts

    try:
        Facts.load(corrections)
    except UsageError as problem:
        return [str(problem)]
    return []
