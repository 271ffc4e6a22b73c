"""Many days: the same five steps over a window, in pieces that survive an interruption."""

import shutil
from datetime import date, timedelta
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from flows.steps import ended, fill, step
from tasks.plan import backfill_requests, backfill_window, refuse_mixed_sources
from tasks.verdict import Outcome, struck
from warehouse.lake import Lake
from warehouse.settings import load_settings


def _run_name() -> str:
    given = flow_run.parameters
    return f"{given['market']} {given['first']} to {given['last']}"


@flow(name="backfill", flow_run_name=_run_name)
def backfill(market: str, first: date, last: date, index_symbol: str | None = None) -> State[Any]:
    """Fill the sessions from `first` to `last` of one market, or of one index and its members.

    Fetched pieces are kept under `staging` until they are committed together: run it again to go on. Ends as
    `nightly` does.
    """
    return ended(lambda: _fill_window(market, first, last, index_symbol))


def _fill_window(market: str, first: date, last: date, index_symbol: str | None) -> Outcome:
    settings = load_settings()
    settle = timedelta(minutes=settings.settle_minutes)
    struck_days = struck(settings.database_path, market)
    window = backfill_window(market, first, last, settings.clock(), settle, struck_days)
    if window is None:
        return Outcome(market, first, last, "closed", "market closed")
    lake = Lake(settings.lake_path)
    refuse_mixed_sources(lake, market, settings.source)
    requests = step("plan", lambda: backfill_requests(window, index_symbol))
    staging = settings.staging_path / market
    outcome = fill("backfill", window, requests, (window.first, window.last), settings, staging)
    shutil.rmtree(staging, ignore_errors=True)
    return outcome
