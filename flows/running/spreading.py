"""Judging on a Dask cluster, through Prefect's task runner for it; all else stays in the run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from tasks.job import Spread
from warehouse.errors import AftercloseError, UsageError
from warehouse.settings import Settings

if TYPE_CHECKING:
    from prefect_dask.task_runners import DaskTaskRunner

    from tasks.pieces import Piece

AHEAD = 8  # pieces under way while more is fetched: a piece is 150,000 bars at most
PATIENCE = 60.0  # seconds between two looks whether a worker is there: a scheduler without any waits for ever


@contextmanager
def spread_of(settings: Settings) -> Iterator[Spread | None]:
    """Where `AFTERCLOSE_TASK_RUNNER` has pieces judged, None for the run itself.

    `dask` starts a cluster of processes on this machine, `dask:tcp://HOST:PORT` joins one that is there. Raises
    `UsageError` where prefect-dask is not installed.
    """
    if not settings.task_runner:
        yield None
        return
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError:
        raise UsageError(
            "AFTERCLOSE_TASK_RUNNER is dask, and prefect-dask is not installed: in the checkout, pip install '.[dask]'"
        ) from None
    address = settings.task_runner.partition(":")[2]
    local = {"processes": True, "threads_per_worker": 1, "dashboard_address": None}
    with DaskTaskRunner(address=address) if address else DaskTaskRunner(cluster_kwargs=local) as runner:
        yield Spread(partial(_hand_over, runner), AHEAD)


def _hand_over(runner: "DaskTaskRunner", name: str, function: "Callable[[], Piece]") -> "Callable[[], Piece]":
    """A piece on its way; Dask gives those of a worker that dies to another, and if there is none it is judged here."""
    judge = task(name=name, cache_policy=NO_CACHE, persist_result=False)(_call)
    try:
        under_way: Any = runner.submit(judge, parameters={"function": function})
    except Exception as problem:
        return _here(name, function, problem)

    def wait() -> "Piece":
        try:
            while not under_way.wrapped_future.done():
                under_way.wait(PATIENCE)
                if not runner.client.scheduler_info()["workers"]:
                    raise AftercloseError("no worker is there")
            piece: Piece = under_way.result()
            return piece
        except Exception as problem:  # of the cluster, or of the judgement, which then fails here too
            return _here(name, function, problem)()

    return wait


def _here(name: str, function: "Callable[[], Piece]", problem: Exception) -> "Callable[[], Piece]":
    get_run_logger().warning("%s was not judged on the cluster (%s): it is judged here", name, problem)
    return function


def _call(function: Callable[[], Any]) -> Any:
    return function()
