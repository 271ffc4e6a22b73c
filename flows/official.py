"""The official evening, by schedule: after the first wraps, when the exchanges' own numbers are out."""

from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State

from flows.running.line import one_run_at_a_time
from flows.running.steps import as_state, of_all
from flows.running.telling import when_it_matters
from tasks.official import try_official
from tasks.sources.registry import refuse_unknown
from tasks.verdict import Outcome
from warehouse.facts.opening import load_facts
from warehouse.settings import load_settings


@flow(
    name="official",
    flow_run_name="official evening",
    on_completion=[when_it_matters],
    on_failure=[when_it_matters],
    on_crashed=[when_it_matters],
)
def official() -> State[Any]:
    """Ask what the exchanges printed of every market's evenings, as far as `AFTERCLOSE_OFFICIAL_SOURCES` names them.

    No vendor of prices is asked. Ends Completed, named Complete when evenings came, Closed when nothing was owed or out
    yet, Partial when a source failed: then the next run asks again.
    """
    return as_state(_ask)


def _ask() -> Outcome:
    settings = load_settings()
    refuse_unknown(settings)
    facts = load_facts(settings)
    with one_run_at_a_time():
        passed = {market: try_official(settings, facts, market, get_run_logger()) for market in facts.markets}
    failed = [line for each in passed.values() for line in [*each.failed, *map(str, each.faults)]]
    came = [f"{market}: evenings that came: {each.evenings}" for market, each in passed.items() if each.evenings]
    state = "partial" if failed else "complete" if came else "closed"
    return of_all(facts, settings, state, "; ".join([*failed, *came]) or "nothing new")
