"""One window through the plain spine, in a process of its own: what each step costs, as JSON on the last line.

`python -m tests.bench.spine backfill MARKET FIRST LAST` or `night MARKET DAY`; settings come from the environment.
"""

import json
import sys
import time
from collections import defaultdict
from datetime import date
from resource import RUSAGE_SELF, getrusage

from tasks.evening import fill
from tasks.job import Job, new_job
from tasks.plan import backfill_requests, backfill_window, nightly_requests, nightly_window
from warehouse.facts.market import Facts
from warehouse.lake.opening import open_lake
from warehouse.settings import load_settings


def job_of(what: str, code: str, days: list[date]) -> Job:
    """As the flows make it."""
    settings, facts = load_settings(), Facts.load()
    market, lake = facts.market(code), open_lake(settings)
    if what == "night":
        window = nightly_window(lake, market, days[0], settings.lookback)
        return new_job("nightly", window, nightly_requests(lake, window), (days[0], days[0]), facts, settings)
    window = backfill_window(market, *days, settings.clock(), settings.settling_time)
    staging = settings.staging_path / code
    return new_job("backfill", window, backfill_requests(window), (window.first, window.last), facts, settings, staging)


def main(what: str, code: str, *days: str) -> None:
    """Run it and print the CPU seconds of each kind of step."""
    cpu: defaultdict[str, float] = defaultdict(float)

    def step(name, function):
        start = time.process_time()
        try:
            return function()
        finally:
            cpu[name.split()[0]] += time.process_time() - start

    job = job_of(what, code, [date.fromisoformat(day) for day in days])
    start, clock = time.process_time(), time.perf_counter()
    evening = fill(job, step)
    used = getrusage(RUSAGE_SELF)
    print(
        json.dumps(
            {
                "steps": cpu,
                "cpu": time.process_time() - start,
                "wall": time.perf_counter() - clock,
                "mib": used.ru_maxrss / 1024,
                "state": evening.outcome.state,
                "rows": evening.outcome.stored.new_rows,
                "requests": len(job.requests),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
