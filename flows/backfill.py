"""Many days: the same five steps over a window, in pieces that survive an interruption."""

from datetime import date
from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from flows.running.steps import as_state, run_job
from tasks.fetch import staged
from tasks.job import new_job
from tasks.official import settle_window
from tasks.plan import (
    as_seen,
    backfill_requests,
    backfill_window,
    index_requests,
    index_window,
    refuse_mixed_sources,
)
from tasks.undone import finish_if_undone
from tasks.verdict import Outcome, with_faults
from warehouse.facts.opening import load_facts
from warehouse.lake.opening import open_lake
from warehouse.settings import load_settings
from warehouse.sql.stored import refuse_other_lake


def _run_name() -> str:
    given = flow_run.parameters
    return f"{given['market']} {given['first']} to {given['last']}"


@flow(name="backfill", flow_run_name=_run_name)
def backfill(market: str, first: date, last: date, index_symbol: str | None = None) -> State[Any]:
    """Fill the sessions from `first` to `last` of one market, or of one index and its members.

    Fetched pieces are kept under `staging` until all is committed: run it again to go on. Of one market there is one
    backfill at a time. Ends as `nightly` does.
    """
    return as_state(lambda: _fill_window(market, first, last, index_symbol))


@flow(name="backfill of indices", flow_run_name=_run_name)
def backfill_indices(market: str, first: date, last: date | None = None, index_symbol: str | None = None) -> State[Any]:
    """Read the indices of one market, or one of them, from `first` to `last` without their members.

    One request an index. Also from before the sessions that are known; it owes no member and gives no verdict.
    """
    return as_state(lambda: _fill_indices(market, first, last, index_symbol))


def _fill_window(code: str, first: date, last: date, index_symbol: str | None) -> Outcome:
    settings = load_settings()
    facts, lake = load_facts(settings), open_lake(settings)
    refuse_other_lake(lake, settings.database_path)
    market = as_seen(facts.market(code), lake)
    window = backfill_window(market, first, last, settings.clock(), settings.settling_time)
    if window is None:
        closed = Outcome(code, first, last, "closed", "market closed")
        return with_faults(closed, finish_if_undone(lake, facts, settings, f"backfill {code}"))
    refuse_mixed_sources(lake, market, settings.source)
    requests = backfill_requests(window, index_symbol)
    with staged(settings, code) as staging:
        job = new_job("backfill", window, requests, (window.first, window.last), facts, settings, staging)
        outcome = run_job(job)
        settle_window(settings, facts, code, window.kept, job.run_id, get_run_logger())
    return outcome


def _fill_indices(code: str, first: date, last: date | None, index_symbol: str | None) -> Outcome:
    settings = load_settings()
    facts, lake = load_facts(settings), open_lake(settings)
    refuse_other_lake(lake, settings.database_path)
    market = as_seen(facts.market(code), lake)
    window = index_window(market, first, last, settings.clock(), settings.settling_time)
    refuse_mixed_sources(lake, market, settings.source)
    requests = index_requests(window, index_symbol)
    return run_job(new_job("backfill", window, requests, (window.first, window.last), facts, settings, scope="index"))
