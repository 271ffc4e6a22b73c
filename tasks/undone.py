"""What follows from commits and is not done: a database, what it says, pages. Whoever comes finishes it.

A run may die at any instruction after its commit, and nothing notes how far it came: what is left to do is read from
the lake, the database and the pages themselves.
"""

import logging
from uuid import uuid4

from tasks.publish import publish, write_pages
from tasks.replica.writing import is_unsent, writing
from warehouse.errors import AftercloseError
from warehouse.facts.market import Facts
from warehouse.lake.journal import JOURNAL
from warehouse.lake.lake import Lake
from warehouse.report.due import due_pages, is_index_due, pages_in
from warehouse.settings import Settings
from warehouse.sql.database import open_read_only
from warehouse.sql.draft import is_swapped_in
from warehouse.sql.stored import origin_of

LOG = logging.getLogger("afterclose")


def finish_if_undone(lake: Lake, facts: Facts, settings: Settings, who: str) -> list[str]:
    """Finish what an earlier run left undone, here or at the replica; the lock is taken only if there is anything.

    Gives why the replica has not got it, if so.
    """
    missed: list[str] = []
    if is_undone(lake, settings):
        with writing(lake, facts, settings, who) as missed:
            finish(lake, facts, settings)
    elif is_unsent(lake, settings):
        with writing(lake, facts, settings, who) as missed:
            LOG.info("the replica is brought to where the lake is")
    return missed


def finish(lake: Lake, facts: Facts, settings: Settings) -> None:
    """Publish what the lake has and nobody can read yet, and write pages that are due; the caller holds the lock."""
    LOG.warning("not all of the lake was published: that is done now")
    published = publish(lake, facts, settings, uuid4().hex[:12])
    write_pages(settings, published.pages)


def is_undone(lake: Lake, settings: Settings) -> bool:
    """Whether a commit is half carried out, the database lacks one or is not as it was written, or a page is due.

    A database that another program holds to write in it cannot be asked: then nothing is known to be left.
    """
    manifest, database = lake.manifest(), settings.database_path
    if (lake.path / JOURNAL).exists():
        return True
    if manifest is None or not manifest.commit:
        return False
    if not is_swapped_in(database):
        return True
    try:
        with open_read_only(database) as connection:
            made = origin_of(connection)
            # First, for a database of older code has not all that pages ask for.
            if made is None or manifest.has_news_since(made.commit):
                return True
            folder, pages = settings.reports_path, pages_in(settings.reports_path)
            return bool(due_pages(connection, folder)) or (bool(pages) and is_index_due(connection, folder, pages))
    except AftercloseError:
        return False
