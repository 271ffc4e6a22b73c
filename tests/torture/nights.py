"""Sixty nights of Hong Kong in one process: memory, open files and threads after each ten, which must not grow.

python -m tests.torture.nights [--nights 60]
"""

import argparse
import gc
import os
import sys
import tempfile
import threading
from datetime import date, timedelta
from pathlib import Path

from tests.conftest import walk
from tests.faults.played import night
from tests.lookalike import LookAlike
from tests.shipped import HK

LAST = date(2022, 5, 17)
SETTLED = 20  # nights after which caches are full
GROWTH = 1.15  # of memory since then that is no leak: a year's file and its tables grow with the nights


def standing():
    """Resident memory in MB, open descriptors, threads."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6, len(os.listdir("/proc/self/fd")), threading.active_count()


def nights(count, say=print):
    """Play so many nights; how the process stood after each."""
    alike, stood = LookAlike(), []
    days = HK.sessions.between(HK.sessions.back(LAST, count - 1), LAST)
    for symbol in set().union(*(HK.members_on(day) for day in days)) | HK.index_symbols:
        alike.bars[symbol] = walk(symbol, HK, days[0] - timedelta(days=30), LAST)
    for name in [name for name in os.environ if name.startswith("AFTERCLOSE_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"AFTERCLOSE_HOME": home, "AFTERCLOSE_YAHOO_URL": alike.start(), "AFTERCLOSE_FILL_SOURCES": ""}
        os.environ |= {"AFTERCLOSE_REQUESTS_PER_SECOND": "1000", "AFTERCLOSE_LOOKBACK": "10"}
        for number, day in enumerate(days, start=1):
            assert night(alike, day).state == "complete", day
            stood.append(standing())
            if number % 10 == 0 or number == 1:
                memory, files, threads = stood[-1]
                say(f"after {number:>2} nights: {memory:.0f} MB, {files} descriptors, {threads} threads", flush=True)
        alike.stop()
    return stood


def refuse_growth(stood):
    """Raises where the process has grown since its caches were full."""
    (memory, files, threads), (last, last_files, last_threads) = stood[SETTLED - 1], stood[-1]
    assert last <= GROWTH * memory, f"memory grew from {memory:.0f} to {last:.0f} MB"
    assert last_files <= files + 1, f"open files grew from {files} to {last_files}"
    assert last_threads <= threads + 1, f"threads grew from {threads} to {last_threads}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", type=int, default=60)
    refuse_growth(nights(parser.parse_args(sys.argv[1:]).nights))
    print("memory, descriptors and threads are flat")
