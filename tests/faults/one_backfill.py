"""A backfill of some Hong Kong symbols through the plain spine, in a process that may be killed: FIRST LAST [COMMITS].

Every year is a commit of its own; after so many commits it is killed.
"""

import os
import signal
import sys
from dataclasses import replace
from datetime import date

import tasks.pieces
from tasks.evening import fill
from tasks.job import new_job
from tasks.plan import Window
from tasks.publish import Published
from tests.shipped import FACTS, HK
from warehouse.bars.answers import Request
from warehouse.lake.lake import Lake
from warehouse.settings import load_settings

SYMBOLS = ("^HSI", "0001.HK", "0005.HK", "0700.HK", "1299.HK")


def run_backfill(first, last, rows_of_a_commit=1, is_staged=True):
    """What it stored; its database is not built."""
    tasks.pieces.ROWS_OF_A_COMMIT = rows_of_a_commit
    settings = load_settings()
    window = Window(HK, first, last)
    requests = [Request(symbol, window.bars_from) for symbol in SYMBOLS]
    staging = settings.staging_path / "HK" if is_staged else None
    job = new_job("backfill", window, requests, (first, last), FACTS, settings, staging)
    return fill(
        replace(job, run_id="backfill"), lambda name, do: Published([], {}) if name == "publish" else do()
    ).outcome.stored


def die_after(commits):
    done, commit = [], Lake.commit

    def mortal(self, tables, base=None):
        commit(self, tables, base)
        done.extend(path for path in tables if path.parent.parent.parent.name == "stocks")
        if len(done) == commits:
            os.kill(os.getpid(), signal.SIGKILL)

    Lake.commit = mortal


if __name__ == "__main__":
    if len(sys.argv) > 3:
        die_after(int(sys.argv[3]))
    run_backfill(date.fromisoformat(sys.argv[1]), date.fromisoformat(sys.argv[2]))
