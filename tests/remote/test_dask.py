"""Judging on Dask: the lake is the same to the last byte, and a worker that is killed loses nothing."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest
from prefect import flow

from flows.running import spreading
from flows.running.spreading import spread_of
from tasks import fetch
from tasks.evening import fill
from tasks.job import Spread, new_job
from tasks.plan import nightly_requests, nightly_window
from tasks.publish import Published
from tests.shipped import FACTS, HK
from warehouse.errors import UsageError
from warehouse.lake.lake import Lake
from warehouse.settings import load_settings

DAYS = date(2026, 5, 20), date(2026, 5, 21)  # the invented vendor's worst evening, and one that has it for its past


@contextmanager
def six_pieces(folder, day):
    """The invented vendor's evening of a day in a home, in six pieces where it would be one."""
    with pytest.MonkeyPatch.context() as patched:
        for name in [name for name in os.environ if name.startswith("AFTERCLOSE_") and "RUNNER" not in name]:
            patched.delenv(name)
        given = {"HOME": folder, "SOURCE": "simulated", "LOOKBACK": 3, "NOW": f"{day}T18:30:00+08:00"}
        for name, value in given.items():
            patched.setenv(f"AFTERCLOSE_{name}", str(value))
        patched.setattr(fetch, "SYMBOLS", 20)
        yield


def step(name, function):
    """What is looked at is the lake: a database of every evening would only take time."""
    return Published([], {}) if name == "publish" else function()


def evening(folder, day, spread=None):
    """One evening; the content of every file of the lake, by path."""
    with six_pieces(folder, day):
        settings = load_settings()
        lake = Lake(settings.lake_path)
        window = nightly_window(lake, HK, day, settings.lookback)
        job = new_job("nightly", window, nightly_requests(lake, window), (day, day), FACTS, settings)
        fill(replace(job, run_id=f"{day}"), step, spread=spread)
    return {path.relative_to(lake.path).as_posix(): path.read_bytes() for path in lake.path.rglob("*.parquet")}


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A home with the first evening."""
    folder = tmp_path_factory.mktemp("first") / "home"
    evening(folder, DAYS[0])
    return folder


@pytest.fixture(scope="module")
def expected(first):
    """The lake after the second one too, judged in the run itself."""
    return evening(shutil.copytree(first, first.with_name("plain")), DAYS[1])


def spread_evening(first, folder, watch=lambda name: None):
    """The second evening, judged where the settings say; `watch` sees each piece that is handed over."""

    @flow(name="spread")
    def spread_over():
        with spread_of(load_settings()) as spread:

            def hand_over(name, function):
                wait = spread.hand_over(name, function)
                watch(name)
                return wait

            return evening(shutil.copytree(first, folder), DAYS[1], Spread(hand_over, spread.ahead))

    return spread_over()


@contextmanager
def cluster(folder, workers):
    """A scheduler and workers that were started apart; the scheduler's address and the workers' processes."""
    file = folder / "scheduler.json"
    common = ["--scheduler-file", str(file), "--no-dashboard"]
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *common]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", *common]
    ours = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}  # this module travels by its name
    with (folder / "dask.log").open("wb") as log:
        processes = [subprocess.Popen(scheduler, stderr=log, env=ours)]
        try:
            processes += [subprocess.Popen(worker, stderr=log, env=ours) for _ in range(workers)]
            from distributed import Client

            with Client(scheduler_file=str(file), timeout=120) as client:
                client.wait_for_workers(workers, timeout=120)
                address = client.scheduler.address
            yield address, processes[1:]
        finally:
            for process in processes:
                process.kill()
                process.wait()


def test_a_cluster_of_processes_here_gives_the_same_lake(prefect_server, first, expected, tmp_path, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_TASK_RUNNER", "dask")
    handed = []
    assert spread_evening(first, tmp_path / "spread", handed.append) == expected
    assert len(handed) > 5


def test_a_scheduler_and_workers_apart_give_the_same_lake_and_a_killed_worker_loses_nothing(
    prefect_server, first, expected, tmp_path, monkeypatch, caplog
):
    with cluster(tmp_path, 2) as (address, workers):
        monkeypatch.setenv("AFTERCLOSE_TASK_RUNNER", f"dask:{address}")
        handed, first_worker = [], workers[0].pid  # the flow travels with its closure, which takes no process

        def watch(name):
            handed.append(name)
            if len(handed) == 4:
                os.kill(first_worker, signal.SIGKILL)

        assert spread_evening(first, tmp_path / "spread", watch) == expected
        assert workers[0].wait() != 0
        assert workers[1].poll() is None
    assert "it is judged here" not in caplog.text


def test_a_cluster_whose_last_worker_died_leaves_the_judging_to_the_run(
    prefect_server, first, expected, tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(spreading, "PATIENCE", 0.1)
    with cluster(tmp_path, 1) as (address, (worker,)):
        monkeypatch.setenv("AFTERCLOSE_TASK_RUNNER", f"dask:{address}")
        last = worker.pid
        assert spread_evening(first, tmp_path / "spread", lambda name: os.kill(last, signal.SIGKILL)) == expected
    assert "(no worker is there): it is judged here" in caplog.text


def test_a_cluster_that_gives_nothing_back_leaves_the_judging_to_the_run(
    prefect_server, first, expected, tmp_path, monkeypatch
):
    class Gone:
        def result(self):
            raise RuntimeError("the cluster is gone")

    monkeypatch.setenv("AFTERCLOSE_TASK_RUNNER", "dask")
    monkeypatch.setattr("prefect_dask.task_runners.DaskTaskRunner.submit", lambda *_, **__: Gone())
    assert spread_evening(first, tmp_path / "spread") == expected


@pytest.mark.parametrize("value", ["ray", "dask:", "dask:http://x", "dask:tcp://"])
def test_another_task_runner_is_refused(home, monkeypatch, value):
    monkeypatch.setenv("AFTERCLOSE_TASK_RUNNER", value)
    with pytest.raises(UsageError, match="AFTERCLOSE_TASK_RUNNER is not valid"):
        load_settings()
