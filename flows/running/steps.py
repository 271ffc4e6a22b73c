"""How Prefect runs the spine: each step a task, what is made an asset, how it ended a state."""

from collections.abc import Callable
from typing import Any

from prefect import get_run_logger, task
from prefect.assets import add_asset_metadata, materialize
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.running.preparing import make_home
from flows.running.spreading import spread_of
from flows.running.telling import Progress, announce, show_evening
from tasks.evening import fill
from tasks.job import Job, Step
from tasks.publish import Published
from tasks.verdict import Outcome
from warehouse.errors import AftercloseError
from warehouse.facts.market import Facts
from warehouse.plain import plain_error
from warehouse.settings import Settings, load_settings

RETRIES = {"fetch": 2}  # all else runs once: it is safe to run again, and a failure that repeats is no help


def run_job(job: Job) -> Outcome:
    """Fill the job's window as a flow does, and show in Prefect what came of it."""
    progress = Progress(f"{job.flow}-{job.window.market.code.lower()}") if job.staging else None
    show = progress.show if progress else lambda done, of: None
    with spread_of(job.settings) as spread:
        evening = fill(job, step_of(job), get_run_logger(), show, spread)
    show_evening(job.settings.database_path, job.window, evening.pages)
    announce(job.settings.database_path, evening.judged, job.run_id)
    return evening.outcome


def step_of(job: Job) -> Step:
    """Runs a plain function as a task, under the first word of its name. It takes no arguments: Prefect would walk
    through every bar of them.
    """
    market = job.window.market.code.lower()
    lake = f"afterclose://lake/{market}"
    assets: dict[str, tuple[str, str, Callable[[Any], dict[str, Any]]]] = {
        "store": (lake, f"{job.source.name}://{market}", vars),
        "publish": ("afterclose://warehouse", lake, _told_of),
        "report": ("afterclose://report", "afterclose://warehouse", lambda paths: {"pages": [str(p) for p in paths]}),
    }

    def step(name: str, function: Callable[[], Any]) -> Any:
        kind = name.split()[0]
        if kind in assets:
            return _making(name, function, *assets[kind])
        retries = RETRIES.get(kind, 0)
        run = task(name=name, cache_policy=NO_CACHE, persist_result=False, retries=retries, retry_delay_seconds=5)
        return run(function)()

    return step


def _making(name: str, function: Callable[[], Any], asset: str, of: str, tell: Callable[[Any], dict[str, Any]]) -> Any:
    """A task that makes an asset out of another; `tell` says of its result what the asset should show."""

    def make() -> Any:
        result = function()
        add_asset_metadata(asset, tell(result))
        return result

    return materialize(asset, by="afterclose", name=name, asset_deps=[of], cache_policy=NO_CACHE, persist_result=False)(
        make
    )()


def _told_of(published: Published) -> dict[str, Any]:
    return {"sessions": len(published.judged)}


def of_all(facts: Facts, settings: Settings, state: str, reason: str) -> Outcome:
    """How a run over all markets has ended, on the first one's date."""
    today = next(iter(facts.markets.values())).today(settings.clock())
    return Outcome("all", today, today, state, reason)


def as_state(run: Callable[[], Outcome]) -> State[Any]:
    """The final state of a flow: Completed, named by the verdict, or Failed with one line and no trace."""
    try:
        make_home(load_settings().home.expanduser())  # for no command has, where a worker begins the run
        outcome = run()
    except AftercloseError as problem:
        return Failed(message=plain_error(str(problem)), data=problem)
    return Completed(name=outcome.state.capitalize(), message=outcome.reason or outcome.state, data=outcome)
