"""`afterclose backfill --official`: what exchanges printed, without Prefect, with progress on whatever it writes to."""

import logging
import sys
from datetime import date
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

import typer

from flows.commands.options import or_told
from flows.commands.progress import counting
from warehouse.errors import UsageError
from warehouse.plain import plain_error
from warehouse.settings import Settings, load_settings, names_in

if TYPE_CHECKING:
    from tasks.keep import Passed
    from warehouse.facts.market import Facts, Market


def ask_official(markets: list[str], first: date | None, last: date | None) -> int:
    """Ask for the evenings of the markets, or without days for those that a night owes; the exit code."""
    from tasks.sources.registry import make_official, refuse_unknown
    from warehouse.facts.opening import load_facts

    settings = load_settings()
    refuse_unknown(settings)
    if not names_in(settings.official_sources):
        told = "no official source is named: set AFTERCLOSE_OFFICIAL_SOURCES, see docs/sources.md"
        if first:
            raise UsageError(told)
        typer.echo(told)  # no failure: schedules ask whether or not sources are named, and nothing is owed then
        return 0
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    facts, worst = load_facts(settings), 0
    for code in markets:
        market = facts.market(code)
        if not make_official(settings, market):
            typer.echo(f"{code}: no official source of it is named")
            continue
        passed = or_told(partial(_ask_market, settings, facts, market, first, last))
        if passed is None:
            worst = 1
            continue
        for fault in passed.faults:
            typer.echo(plain_error(f"{code}: {fault}"), err=True)
        typer.echo(
            f"{code}: official evenings that came: {passed.evenings}, questions that failed: {len(passed.failed)}"
        )
        if passed.failed or passed.faults:
            worst = worst or 3
    return worst


def _ask_market(
    settings: Settings, facts: "Facts", market: "Market", first: date | None, last: date | None
) -> "Passed":
    from tasks.official import backfill_official, take_official

    run_id = uuid4().hex[:12]
    if first is None:
        return take_official(settings, facts, market.code, run_id)
    final = market.sessions.last_final(settings.clock(), settings.settling_time)
    with counting(market.code, "evenings") as show:
        return backfill_official(settings, facts, market.code, first, min(last or final, final), run_id, progress=show)
