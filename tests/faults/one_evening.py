"""One evening of Hong Kong through the plain steps, in a process of its own that may be killed: DAY [MOMENT]."""

import os
import signal
import sys
from datetime import date, timedelta

from tasks.fetch import ask_all, make_source
from tasks.plan import current_actions, current_bars, nightly_requests, nightly_window
from tasks.store import Run, record_failure, store
from tasks.validate import validate
from warehouse.lake import Lake
from warehouse.settings import load_settings


def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def run_evening(day, moment=None):
    """`moment` kills it 'writing' (before the journal is there) or 'renaming' (after it)."""
    settings = load_settings()
    lake, settle = Lake(settings.lake_path), timedelta(minutes=settings.settle_minutes)
    window = nightly_window(lake, "HK", day, settings.lookback)
    requests = nightly_requests(lake, window)
    answers = ask_all(make_source(settings), requests, settings.concurrency)
    run = Run(f"{day}", "nightly", settings.source, settings.clock(), window)
    with lake.writing(0, "test"):
        if not any(answer.outcome == "ok" for answer in answers):
            return record_failure(lake, run, requests, answers, settings.clock(), "down")
        past = current_bars(lake, window), current_actions(lake, "HK")
        checked = validate(answers, *past, window, run.started_at, settle, settings.source)
        if moment == "writing":
            Lake.commit = lambda self, tables: (next(iter(tables)).with_suffix(".parquet.pending").touch(), die())
        if moment == "renaming":
            Lake._roll_forward = die
        store(lake, run, requests, answers, checked, settings.clock())


if __name__ == "__main__":
    run_evening(date.fromisoformat(sys.argv[1]), *sys.argv[2:])
