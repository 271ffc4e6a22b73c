"""The morning after: both markets once more, for late corrections and for anything still owed."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.nightly import nightly
from flows.running.steps import as_state, of_all
from flows.running.telling import tell_channels
from tasks.verdict import Outcome
from warehouse.errors import AftercloseError
from warehouse.facts.opening import load_facts
from warehouse.settings import load_settings

WORST_FIRST = ("Failed", "Pending", "Partial", "Complete", "Closed")


@flow(name="sweep", flow_run_name="morning sweep")
def sweep() -> State[Any]:
    """Ask again for the last final session of every market, complete or not, and look back from it as a night does.

    Ends as the worst of its nights did; one market that fails does not keep the other from being asked.
    """
    return as_state(_ask_again)


def _ask_again() -> Outcome:
    settings = load_settings()
    facts = load_facts(settings)
    nights = {market: nightly(market, refetch=True, digest=False, return_state=True) for market in facts.markets}
    tell_channels()
    message = "; ".join(f"{market} {night.name}: {night.message}" for market, night in nights.items())
    # One that crashed has failed, whatever Prefect calls it.
    names = [str(night.name) if night.is_completed() else "Failed" for night in nights.values()]
    worst = min(names, key=WORST_FIRST.index)
    if worst == "Failed":
        raise AftercloseError(message)
    return of_all(facts, settings, worst.lower(), message)
