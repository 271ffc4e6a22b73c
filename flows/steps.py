"""The five steps as Prefect tasks, in the order that every flow runs them."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pyarrow.parquet as pq
from prefect import get_run_logger, task
from prefect.assets import add_asset_metadata, materialize
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.telling import Progress, announce, show_evening
from tasks.fetch import ask_all, chunks, make_second_source, make_source
from tasks.plan import Window, current_actions, current_bars
from tasks.publish import publish
from tasks.second_opinion import keep_opinion, second_opinion
from tasks.store import Run, record_failure, store
from tasks.validate import validate
from tasks.verdict import Outcome, judge
from warehouse.answers import Answer, Request, from_table, to_table
from warehouse.errors import AftercloseError
from warehouse.lake import Lake
from warehouse.report.page import rewrite_reports, write_report
from warehouse.settings import Settings

Result = TypeVar("Result")


def step(name: str, function: Callable[[], Result], retries: int = 0) -> Result:
    """Run a plain function as a Prefect task. It takes no arguments: Prefect would walk through every bar of them."""
    return task(name=name, cache_policy=NO_CACHE, persist_result=False, retries=retries, retry_delay_seconds=5)(
        function
    )()


def making(
    asset: str, of: str, name: str, function: Callable[[], Result], tell: Callable[[Result], dict[str, Any]]
) -> Result:
    """A step that makes an asset out of another; `tell` says of its result what the asset should show."""

    def make() -> Result:
        result = function()
        add_asset_metadata(asset, tell(result))
        return result

    made: Result = materialize(
        asset, by="afterclose", name=name, asset_deps=[of], cache_policy=NO_CACHE, persist_result=False
    )(make)()
    return made


def ended(run: Callable[[], Outcome]) -> State[Any]:
    """The final state of a flow: Completed, named by the verdict, or Failed with one line and no trace."""
    try:
        outcome = run()
    except AftercloseError as problem:
        return Failed(message=str(problem), data=problem)
    return Completed(name=outcome.state.capitalize(), message=outcome.reason or outcome.state, data=outcome)


def fill(
    flow_name: str,
    window: Window,
    requests: Sequence[Request],
    asked_days: tuple[date, date],
    settings: Settings,
    staging: Path | None = None,
) -> Outcome:
    """Fetch, validate, store and publish one market's window; the exit state is that of the days asked for."""
    logger = get_run_logger()
    market = window.market.lower()
    lake = Lake(settings.lake_path)
    settle = timedelta(minutes=settings.settle_minutes)
    run = Run(uuid4().hex[:12], flow_name, settings.source, settings.clock(), window)
    second = make_second_source(settings)
    answers = _fetch(requests, window, settings, staging)
    failed = [answer for answer in answers if answer.outcome not in ("ok", "no data")]
    logger.info("%d symbols answered, %d failed", len(answers) - len(failed), len(failed))
    if requests and not any(answer.outcome == "ok" for answer in answers):
        with lake.writing(settings.lock_wait, f"{flow_name} {window.market}"):
            detail = f"{answers[0].symbol}: {answers[0].detail}"
            record_failure(lake, run, list(requests), answers, settings.clock(), detail)
        raise AftercloseError(
            f"{window.market} {window.last}: none of {len(answers)} symbols could be had from {settings.source} "
            f"({detail})"
        )
    checked = step(
        "validate",
        lambda: validate(
            answers,
            current_bars(lake, window),
            current_actions(lake, window.market),
            window,
            run.started_at,
            settle,
            settings.source,
        ),
    )
    opinion = None
    if second:
        first = checked
        opinion = step(
            "second opinion",
            lambda: second_opinion(second, lake, requests, first, window, run.started_at, settle),
        )
        checked = opinion.checked
        for line in opinion.warnings:
            logger.warning("second opinion: %s", line)
    with lake.writing(settings.lock_wait, f"{flow_name} {window.market}"):
        stored = making(
            f"afterclose://lake/{market}",
            f"{settings.source}://{market}",
            "store",
            lambda: store(lake, run, list(requests), answers, checked, settings.clock()),
            vars,
        )
        logger.info(
            "stored %d new and %d restated bars, held %d", stored.new_rows, stored.restated_rows, stored.held_rows
        )
        if opinion:
            keep_opinion(lake, window.market, opinion, run.run_id)
        days = making(
            "afterclose://warehouse",
            f"afterclose://lake/{market}",
            "publish",
            lambda: publish(
                lake, settings.database_path, [window.market], settings.clock(), settings.settle_minutes, run.run_id
            ),
            lambda days: vars(judge(settings.database_path, window.market, asked_days)) | {"sessions": len(days)},
        )
        # Under the lock: both markets write the page of a date, and the later one must see the other's evening.
        rewrite_reports(settings.database_path, days, settings.reports_path)
        page = making(
            "afterclose://report",
            "afterclose://warehouse",
            "report",
            lambda: write_report(settings.database_path, window.last, settings.reports_path),
            lambda page: {"page": str(page)},
        )
    show_evening(settings.database_path, window, page)
    announce(settings.database_path, window.market, days, run.run_id)
    return judge(settings.database_path, window.market, asked_days, stored)


def _fetch(requests: Sequence[Request], window: Window, settings: Settings, staging: Path | None) -> list[Answer]:
    source = make_source(settings)
    logger = get_run_logger()
    answers: list[Answer] = []
    pieces = chunks(requests)
    progress = Progress(f"backfill-{window.market.lower()}") if staging else None
    for number, piece in enumerate(pieces, start=1):
        kept = staging / f"{_digest(piece, window, settings)}.parquet" if staging else None
        if kept and kept.exists():
            answers += from_table(pq.read_table(kept))
            continue

        def fetch(piece: Sequence[Request] = piece) -> list[Answer]:
            return ask_all(source, piece, settings.concurrency)

        found = step(f"fetch {number} of {len(pieces)}", fetch, retries=2)
        if kept and all(answer.outcome in ("ok", "no data") for answer in found):
            kept.parent.mkdir(parents=True, exist_ok=True)
            draft = kept.with_suffix(".pending")
            pq.write_table(to_table(found), draft)
            draft.replace(kept)
        answers += found
        logger.info("%s: asked %d of %d symbols", window.market, len(answers), len(requests))
        if progress:
            progress.show(len(answers), len(requests))
    return answers


def _digest(piece: Sequence[Request], window: Window, settings: Settings) -> str:
    return hashlib.sha256(repr((piece, window, settings.source, str(settings.yahoo_url))).encode()).hexdigest()[:16]
