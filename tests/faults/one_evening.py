"""One evening of Hong Kong through the plain spine, in a process of its own that may be killed: DAY [MOMENT]."""

import os
import signal
import sys
from dataclasses import replace
from datetime import date

from tasks.evening import fill
from tasks.job import new_job
from tasks.plan import nightly_requests, nightly_window
from tasks.publish import Published
from tests.shipped import FACTS, HK
from warehouse.lake.lake import Lake
from warehouse.settings import load_settings


def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def run_evening(day, moment=None):
    """`moment` kills it 'writing' (before the journal is there) or 'renaming' (after it)."""
    settings = load_settings()
    lake = Lake(settings.lake_path)
    window = nightly_window(lake, HK, day, settings.lookback)
    job = new_job("nightly", window, nightly_requests(lake, window), (day, day), FACTS, settings)

    def step(name, function):
        if name == "store" and moment == "writing":
            Lake.commit = lambda self, tables: (next(iter(tables)).with_suffix(".parquet.pending").touch(), die())
        if name == "store" and moment == "renaming":
            Lake._roll_forward = die
        # What is looked at is the lake: a database of every evening would only take time.
        return Published([], {}) if name == "publish" else function()

    fill(replace(job, run_id=f"{day}"), step)


if __name__ == "__main__":
    run_evening(date.fromisoformat(sys.argv[1]), *sys.argv[2:])
