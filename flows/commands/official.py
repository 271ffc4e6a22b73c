"""`afterclose backfill --official`: what exchanges printed, without Prefect, with progress on whatever it writes to."""

import logging
import sys
from datetime import date
from uuid import uuid4

import typer

from flows.commands.progress import counting
from warehouse.errors import UsageError
from warehouse.settings import load_settings, names_in


def ask_official(markets: list[str], first: date | None, last: date | None) -> int:
    """Ask for the evenings of the markets, or without days for those that a night owes; the exit code."""
    from tasks.official import backfill_official, take_official
    from tasks.sources.registry import make_official, refuse_unknown
    from warehouse.facts.market import Facts

    settings = load_settings()
    refuse_unknown(settings)
    if not names_in(settings.official_sources):
        raise UsageError("no official source is named: set AFTERCLOSE_OFFICIAL_SOURCES, see docs/sources.md")
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    facts, failures = Facts.load(settings.reference_path, settings.universe_path), 0
    for code in markets:
        market = facts.market(code)
        if not make_official(settings, market):
            typer.echo(f"{code}: no official source of it is named")
            continue
        run_id = uuid4().hex[:12]
        if first is None:
            passed = take_official(settings, facts, code, run_id)
        else:
            final = market.sessions.last_final(settings.clock(), settings.settle)
            with counting(code, "evenings") as show:
                passed = backfill_official(
                    settings, facts, code, first, min(last or final, final), run_id, progress=show
                )
        typer.echo(
            f"{code}: official evenings that came: {passed.evenings}, questions that failed: {len(passed.failed)}"
        )
        failures += len(passed.failed)
    return 3 if failures else 0
