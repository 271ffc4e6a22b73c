"""One market, one evening: wait for the vendor, then plan, fetch, validate, store, publish."""

import time
from datetime import date, timedelta
from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from flows.running.line import is_scheduled, one_run_at_a_time
from flows.running.steps import as_state, run_job
from flows.running.telling import tell_channels, when_it_matters
from tasks.job import new_job
from tasks.official import has_official, with_official
from tasks.plan import as_seen, nightly_requests, nightly_window, refuse_mixed_sources
from tasks.sources.registry import make_source
from tasks.undone import finish_if_undone
from tasks.verdict import Outcome, evening_to_fill, with_faults
from tasks.wait import wait_for_evening
from warehouse.errors import AftercloseError
from warehouse.facts.market import Market
from warehouse.facts.opening import load_facts
from warehouse.lake.opening import open_lake
from warehouse.settings import Settings, load_settings


def _run_name() -> str:
    given = flow_run.parameters
    day = given.get("trade_date") or _last_final(given["market"])
    return f"{given['market']} {day}{' again' if given.get('refetch') else ''}"


def _last_final(code: str) -> date | str:
    """The day that a run means which says none; a run that cannot know it says so itself, and a name is no place to."""
    try:
        settings = load_settings()
        return load_facts(settings).market(code).sessions.last_final(settings.clock(), settings.settling_time)
    except AftercloseError:
        return "evening"


@flow(
    name="nightly",
    flow_run_name=_run_name,
    on_completion=[when_it_matters],
    on_failure=[when_it_matters],
    on_crashed=[when_it_matters],
)
def nightly(
    market: str = "HK",
    trade_date: date | None = None,
    refetch: bool = False,
    wait: bool = False,
    official: bool = True,
    digest: bool = True,
) -> State[Any]:
    """Fill one market's evening, and what earlier evenings still owe.

    Without `trade_date` it means the last final session: a run that starts days late fills what is owed, and those
    behind it find it complete. With `wait` it gives the vendor `AFTERCLOSE_WAIT_MINUTES`. When the evening is published
    the official sources are asked and the digest is sent, unless whoever called does that. Ends Completed (named
    Partial when something is held or missing, Closed when the market was); its result is an `Outcome`. Ends Failed
    for a day that is not final, and when nothing could be published.
    """
    try:
        return as_state(lambda: _fill_all(market, trade_date, refetch, wait, official))
    finally:  # also when nothing could be had: of earlier evenings something may be due
        if digest:
            tell_channels()


def _fill_all(code: str, trade_date: date | None, refetch: bool, wait: bool, official: bool) -> Outcome:
    outcome = _fill_evening(code, trade_date, refetch, wait)
    settings = load_settings()
    if not (official and has_official(settings, code)):
        return outcome
    again = [trade_date] if refetch and trade_date else []
    return with_official(outcome, settings, load_facts(settings), get_run_logger(), again)


def _fill_evening(code: str, trade_date: date | None, refetch: bool, wait: bool) -> Outcome:
    settings = load_settings()
    facts, lake = load_facts(settings), open_lake(settings)

    def due() -> tuple[Market, date | Outcome]:
        market = as_seen(facts.market(code), lake)
        return market, evening_to_fill(lake, market, settings, trade_date, refetch)

    market, day = due()
    if isinstance(day, Outcome):
        return with_faults(day, finish_if_undone(lake, facts, settings, f"nightly {code}"))
    refuse_mixed_sources(lake, market, settings.source)
    if wait and not settings.now:  # a frozen clock never reaches a deadline
        _wait(market, day, settings)
    with one_run_at_a_time():
        if is_scheduled():
            market, day = due()  # the run before this one may have filled it
        if isinstance(day, Outcome):
            return with_faults(day, finish_if_undone(lake, facts, settings, f"nightly {code}"))
        window = nightly_window(lake, market, day, settings.lookback)
        requests = nightly_requests(lake, window)
        return run_job(new_job("nightly", window, requests, (day, day), facts, settings))


def _wait(market: Market, day: date, settings: Settings) -> None:
    session = market.sessions.on(day)
    if session is None or session.final_from is None:
        return
    deadline = session.final_from + settings.settling_time + timedelta(minutes=settings.wait_minutes)
    source, say = make_source(settings, market), get_run_logger().info
    wait_for_evening(source, market, session, deadline, settings.clock, time.sleep, say)
