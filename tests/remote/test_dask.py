"""Judging on Dask: the lake is the same to the last byte, and a worker that is killed loses nothing."""

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest
from prefect import flow

from flows.running.spreading import spread_of
from tasks import fetch
from tasks.evening import Spread, fill, new_job
from tasks.plan import nightly_requests, nightly_window
from tests.shipped import FACTS, HK
from warehouse.errors import UsageError
from warehouse.lake.lake import Lake
from warehouse.settings import load_settings

DAYS = date(2026, 5, 20), date(2026, 5, 21)  # the invented vendor's worst evening, and one that has it for its past


@pytest.fixture(autouse=True)
def pieces(home, monkeypatch):
    """Six pieces of an evening, where it would be one."""
    monkeypatch.setattr(fetch, "SYMBOLS", 20)
    monkeypatch.setenv("AFTERCLOSE_SOURCE", "simulated")
    monkeypatch.setenv("AFTERCLOSE_LOOKBACK", "3")


def evenings(folder, monkeypatch, spread=None):
    """The two evenings in a home; the content of every file of its lake, by path."""
    monkeypatch.setenv("AFTERCLOSE_HOME", str(folder))
    for day in DAYS:
        monkeypatch.setenv("AFTERCLOSE_NOW", f"{day}T18:30:00+08:00")
        settings = load_settings()
        lake = Lake(settings.lake_path)
        window = nightly_window(lake, HK, day, settings.lookback)
        job = new_job("nightly", window, nightly_requests(lake, window), (day, day), FACTS, settings)
        fill(replace(job, run_id=f"{day}"), spread=spread)
    return {path.relative_to(lake.path).as_posix(): path.read_bytes() for path in lake.path.rglob("*.parquet")}


@pytest.fixture
def expected(tmp_path, monkeypatch):
    return evenings(tmp_path / "plain", monkeypatch)


def spread_evenings(folder, monkeypatch, watch=lambda name: None):
    """As `evenings`, judged where the settings say; `watch` sees each piece that is handed over."""

    @flow(name="spread")
    def spread_over():
        with spread_of(load_settings()) as spread:

            def hand_over(name, function):
                wait = spread.hand_over(name, function)
                watch(name)
                return wait

            return evenings(folder, monkeypatch, Spread(hand_over, spread.ahead))

    return spread_over()


@contextmanager
def cluster(folder, workers):
    """A scheduler and workers that were started apart; the scheduler's address and the workers' processes."""
    file = folder / "scheduler.json"
    common = ["--scheduler-file", str(file), "--no-dashboard"]
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *common]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", *common]
    with (folder / "dask.log").open("wb") as log:
        processes = [subprocess.Popen(scheduler, stderr=log)]
        try:
            processes += [subprocess.Popen(worker, stderr=log) for _ in range(workers)]
            from distributed import Client

            with Client(scheduler_file=str(file), timeout=120) as client:
                client.wait_for_workers(workers, timeout=120)
                address = client.scheduler.address
            yield address, processes[1:]
        finally:
            for process in processes:
                process.kill()
                process.wait()


def test_a_cluster_of_processes_here_gives_the_same_lake(prefect_server, expected, tmp_path, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_TASK_RUNNER", "dask")
    handed = []
    assert spread_evenings(tmp_path / "spread", monkeypatch, handed.append) == expected
    assert len(handed) > 2 * 5


def test_a_scheduler_and_workers_apart_give_the_same_lake_and_a_killed_worker_loses_nothing(
    prefect_server, expected, tmp_path, monkeypatch
):
    with cluster(tmp_path, 2) as (address, workers):
        monkeypatch.setenv("AFTERCLOSE_TASK_RUNNER", f"dask:{address}")
        handed = []

        def watch(name):
            handed.append(name)
            if len(handed) == 4:
                workers[0].kill()

        assert spread_evenings(tmp_path / "spread", monkeypatch, watch) == expected
        assert workers[0].poll() is not None
        assert workers[1].poll() is None


def test_a_cluster_that_is_gone_leaves_the_judging_to_the_run(prefect_server, expected, tmp_path, monkeypatch):
    with cluster(tmp_path, 1) as (address, _):
        monkeypatch.setenv("AFTERCLOSE_TASK_RUNNER", f"dask:{address}")

        class Gone:
            def result(self):
                raise RuntimeError("the cluster is gone")

        monkeypatch.setattr("prefect_dask.task_runners.DaskTaskRunner.submit", lambda *_, **__: Gone())
        assert spread_evenings(tmp_path / "spread", monkeypatch) == expected


@pytest.mark.parametrize("value", ["ray", "dask:", "dask:http://x", "dask:tcp://"])
def test_another_task_runner_is_refused(monkeypatch, value):
    monkeypatch.setenv("AFTERCLOSE_TASK_RUNNER", value)
    with pytest.raises(UsageError, match="AFTERCLOSE_TASK_RUNNER is not valid"):
        load_settings()
