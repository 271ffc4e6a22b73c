"""One market, one evening: wait for the vendor, then plan, fetch, validate, store, publish."""

import time
from datetime import date, timedelta
from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from flows.line import one_run_at_a_time
from flows.steps import ended, fill, step
from flows.telling import when_it_matters
from tasks.fetch import make_source
from tasks.plan import nightly_requests, nightly_window, refuse_mixed_sources
from tasks.verdict import Outcome, evening_to_fill, struck
from tasks.wait import wait_for_evening
from warehouse.lake import Lake
from warehouse.sessions import last_final, session_on
from warehouse.settings import Settings, load_settings


def _run_name() -> str:
    given, settings = flow_run.parameters, load_settings()
    settle = timedelta(minutes=settings.settle_minutes)
    day = given.get("trade_date") or last_final(given["market"], settings.clock(), settle)
    return f"{given['market']} {day}{' again' if given.get('refetch') else ''}"


@flow(
    name="nightly",
    flow_run_name=_run_name,
    on_completion=[when_it_matters],
    on_failure=[when_it_matters],
    on_crashed=[when_it_matters],
)
def nightly(
    market: str = "HK", trade_date: date | None = None, refetch: bool = False, wait: bool = False
) -> State[Any]:
    """Fill one market's evening, and what earlier evenings still owe.

    Without `trade_date` it means the last final session: a run that starts days late fills what is owed, and those
    behind it find it complete. With `wait` it gives the vendor `AFTERCLOSE_WAIT_MINUTES`. Ends Completed (named
    Partial when something is held or missing, Closed when the market was); its result is an `Outcome`. Ends Failed
    for a day that is not final, and when nothing could be published.
    """
    return ended(lambda: _fill_evening(market, trade_date, refetch, wait))


def _fill_evening(market: str, trade_date: date | None, refetch: bool, wait: bool) -> Outcome:
    settings = load_settings()
    lake = Lake(settings.lake_path)
    day = evening_to_fill(settings, market, trade_date, refetch)
    if isinstance(day, Outcome):
        return day
    refuse_mixed_sources(lake, market, settings.source)
    if wait and not settings.now:  # a frozen clock never reaches a deadline
        _wait(market, day, settings)
    with one_run_at_a_time():
        day = evening_to_fill(settings, market, trade_date, refetch)  # the run before this one may have filled it
        if isinstance(day, Outcome):
            return day
        struck_days = struck(settings.database_path, market)
        window = nightly_window(lake, market, day, settings.lookback, struck_days)
        requests = step("plan", lambda: nightly_requests(lake, window, struck_days))
        return fill("nightly", window, requests, (day, day), settings)


def _wait(market: str, day: date, settings: Settings) -> None:
    session = session_on(market, day)
    if session is None or session.final_from is None:
        return
    deadline = session.final_from + timedelta(minutes=settings.settle_minutes + settings.wait_minutes)
    source, say = make_source(settings), get_run_logger().info
    step("wait", lambda: wait_for_evening(source, session, deadline, settings.clock, time.sleep, say))
