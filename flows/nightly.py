"""One market, one evening: plan, fetch, validate, store, publish."""

from datetime import date, timedelta
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from flows.steps import ended, fill, step
from tasks.plan import nightly_day, nightly_requests, nightly_window, refuse_mixed_sources
from tasks.verdict import Outcome, judge
from warehouse.lake import Lake
from warehouse.settings import load_settings


def _run_name() -> str:
    given = flow_run.parameters
    return f"{given['market']} {given.get('trade_date') or 'last final session'}"


@flow(name="nightly", flow_run_name=_run_name)
def nightly(market: str = "HK", trade_date: date | None = None, refetch: bool = False) -> State[Any]:
    """Fill one market's evening, and what earlier evenings still owe.

    Ends Completed (named Partial when something is held or missing, Closed when the market was); its result is an
    `Outcome`. Ends Failed for a day that is not final, and when nothing could be published.
    """
    return ended(lambda: _fill_evening(market, trade_date, refetch))


def _fill_evening(market: str, trade_date: date | None, refetch: bool) -> Outcome:
    settings = load_settings()
    day = nightly_day(market, trade_date, settings.clock(), timedelta(minutes=settings.settle_minutes))
    if day is None:
        closed_on = trade_date or date.min
        return Outcome(market, closed_on, closed_on, "closed", "market closed")
    lake = Lake(settings.lake_path)
    refuse_mixed_sources(lake, market, settings.source)
    known = judge(settings.database_path, market, (day, day))
    if known.state == "complete" and not refetch:
        return known
    window = nightly_window(lake, market, day, settings.lookback)
    requests = step("plan", lambda: nightly_requests(lake, window))
    return fill("nightly", window, requests, (day, day), settings)
