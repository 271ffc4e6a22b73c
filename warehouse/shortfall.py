"""In what the files that people read fall short of the lake: what whoever watches sees nowhere else."""

from collections.abc import Iterator

import duckdb

from warehouse.errors import AftercloseError
from warehouse.lake.folder import Folder
from warehouse.lake.journal import read_journal, waiting_in
from warehouse.lake.lock import is_locked
from warehouse.report.due import missing_pages
from warehouse.settings import Settings
from warehouse.sql.database import ask

NEXT = "the next run finishes it"


def shortfall(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[str]:
    """A line each: files of the lake that are lost, commits that the database lacks, the last pages that are missing.

    Files are looked at by their size; `verify` reads every byte. A writer at work is not late.
    """
    folder, (made,) = Folder(settings.lake_path), ask(connection, "made_from")
    try:
        manifest, faults = folder.manifest(), folder.faults()
    except AftercloseError as problem:
        yield str(problem)
        return
    yield from (f"{fault}: see `afterclose verify`" for fault in faults)
    if manifest is None:
        if made["lake"]:
            yield f"there is no lake in {folder.path}, and the database was made from one"
        return
    yield from half_carried_out(folder)
    yield from unpublished(connection, settings)


def half_carried_out(folder: Folder) -> Iterator[str]:
    """A line where a commit is, by whom nobody is any more: the next run finishes it, or why none can."""
    try:
        if is_locked(folder.path) or (moves := read_journal(folder.path)) is None:
            return
        waiting_in(folder.path, moves)
        yield f"a commit of the lake is half carried out: {NEXT}"
    except AftercloseError as problem:
        yield str(problem)


def unpublished(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[str]:
    """A line for commits that the database lacks, and for each of the last pages that is missing.

    Raises `AftercloseError` for a lake that has lost its manifest.
    """
    folder, (made,) = Folder(settings.lake_path), ask(connection, "made_from")
    manifest = folder.manifest()
    if manifest is None or is_locked(folder.path):
        return
    if made["commit"] is None or manifest.has_news_since(made["commit"]):
        yield f"the database is of commit {made['commit']}, the lake at {manifest.commit}: {NEXT}"
    for day in missing_pages(connection, settings.reports_path, runs=1):
        yield f"the page of {day} is missing: {NEXT}"
