"""The morning after: both markets once more, for late corrections and for anything still owed."""

from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.nightly import nightly
from tasks.digest import send_digest
from warehouse.facts.market import Facts
from warehouse.settings import load_settings

WORST_FIRST = ("Failed", "Pending", "Partial", "Complete", "Closed")


@flow(name="sweep", flow_run_name="morning sweep")
def sweep() -> State[Any]:
    """Ask again for the last final session of every market, complete or not, and look back from it as a night does.

    Ends as the worst of its nights did; one market that fails does not keep the other from being asked.
    """
    settings = load_settings()
    facts = Facts.load(settings.reference_path)
    nights = {market: nightly(market, refetch=True, digest=False, return_state=True) for market in facts.markets}
    send_digest(settings, facts, get_run_logger().log)
    message = "; ".join(f"{market} {night.name}: {night.message}" for market, night in nights.items())
    worst = min((night.name or "Failed" for night in nights.values()), key=WORST_FIRST.index)
    return Failed(message=message) if worst == "Failed" else Completed(name=worst, message=message)
