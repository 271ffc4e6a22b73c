"""A home of two evenings of Hong Kong, and evenings through the plain spine against the project's look-alike."""

import json
import os
import re
from contextlib import contextmanager
from datetime import date

import pytest

from tasks.evening import fill
from tasks.job import new_job
from tasks.plan import nightly_requests, nightly_window
from tasks.undone import finish_if_undone, is_undone
from tasks.verdict import Outcome, evening_to_fill
from tests.conftest import walk
from tests.lookalike import LookAlike
from tests.shipped import FACTS, HK
from warehouse.lake.lake import Lake
from warehouse.lake.opening import open_lake
from warehouse.lake.schema import PUBLISHED
from warehouse.report.page import report
from warehouse.settings import load_settings
from warehouse.sql.database import open_read_only
from warehouse.sql.stored import origin_of

BUILT = re.compile("database built .* UTC")
OLD_DAY, MONDAY, TUESDAY = date(2021, 6, 17), date(2022, 5, 16), date(2022, 5, 17)


def play(folder):
    """Fill the folder with an evening of 2021 and one of 2022."""
    with at_home(folder) as alike:
        assert night(alike, OLD_DAY).state == "complete"
        assert night(alike, MONDAY).state == "complete"


@contextmanager
def at_home(folder):
    """The folder as home of all settings, and its look-alike, until the end."""
    alike = LookAlike()
    alike.bars = all_bars()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AFTERCLOSE_HOME", str(folder))
        patched.setenv("AFTERCLOSE_YAHOO_URL", alike.start())
        patched.setenv("AFTERCLOSE_REQUESTS_PER_SECOND", "1000")
        patched.setenv("AFTERCLOSE_NOW", "")
        patched.setenv("AFTERCLOSE_LOOKBACK", "3")
        yield alike
    alike.stop()


def all_bars():
    bars = {}
    for first, day in ((date(2021, 6, 1), OLD_DAY), (date(2022, 4, 20), TUESDAY)):
        for symbol in HK.members_on(day) | HK.index_symbols:
            bars[symbol] = bars.get(symbol, {}) | walk(symbol, HK, first, day)
    return bars


def night(alike, day, refetch=False, facts=FACTS):
    """An evening through the plain spine; the outcome."""
    alike.today, market = day, facts.market("HK")
    os.environ["AFTERCLOSE_NOW"] = f"{day}T18:30:00+08:00"
    settings = load_settings()
    lake = open_lake(settings)
    due = evening_to_fill(lake, market, settings, day, refetch)
    if isinstance(due, Outcome):
        finish_if_undone(lake, facts, settings, "nightly")
        return due
    window = nightly_window(lake, market, due, settings.lookback)
    job = new_job("nightly", window, nightly_requests(lake, window), (due, due), facts, settings)
    return fill(job).outcome


def refuse_anything_undone(home, day=MONDAY):
    """The database is of the lake's last commit, its verdict was said, and the page shows it."""
    lake, settings = Lake(home / "lake"), load_settings()
    manifest = lake.manifest()
    with open_read_only(settings.database_path) as connection:
        made = origin_of(connection)
        assert (made.lake, manifest.has_news_since(made.commit)) == (manifest.lake, False)
        expected = report(connection, day)
        ((state, reason),) = connection.execute(
            "select state, coalesce(reason, '') from session_status where trade_date = ? and market = 'HK'", [day]
        ).fetchall()
    said = lake.read(PUBLISHED, "HK")
    said = said[(said["kind"] == "session_status") & (said["trade_date"] == day)].sort_values("published_at")
    last = json.loads(said["said"].iloc[-1])
    assert (last["state"], last["reason"] or "") == (state, reason)
    assert BUILT.sub("", (home / "reports" / f"{day}.html").read_text()) == BUILT.sub("", expected)
    assert not is_undone(lake, settings)
    return state
