"""Many days: the same five steps over a window, in pieces that survive an interruption."""

import shutil
from datetime import date, timedelta
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed

from flows.steps import fill, step
from tasks.plan import backfill_requests, backfill_window, refuse_mixed_sources
from tasks.verdict import Outcome
from warehouse.lake import Lake
from warehouse.settings import load_settings


def _run_name() -> str:
    given = flow_run.parameters
    return f"{given['market']} {given['first']} to {given['last']}"


@flow(name="backfill", flow_run_name=_run_name)
def backfill(market: str, first: date, last: date, index_symbol: str | None = None) -> State[Any]:
    """Fill the sessions from `first` to `last` of one market, or of one index and its members.

    Fetched pieces are kept under `staging` until they are committed together: run it again to go on. Ends as
    `nightly` does. Raises `UsageError` when no session of the window is final yet.
    """
    settings = load_settings()
    settle = timedelta(minutes=settings.settle_minutes)
    window = backfill_window(market, first, last, settings.clock(), settle)
    if window is None:
        outcome = Outcome(market, first, last, "closed", "market closed")
    else:
        lake = Lake(settings.lake_path)
        refuse_mixed_sources(lake, market, settings.source)
        requests = step("plan", lambda: backfill_requests(window, index_symbol))
        days = (window.first, window.last)
        outcome = fill("backfill", window, requests, days, settings, settings.staging_path / market)
        shutil.rmtree(settings.staging_path / market, ignore_errors=True)
    return Completed(name=outcome.state.capitalize(), message=outcome.reason or outcome.state, data=outcome)
