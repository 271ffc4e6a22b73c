"""Commands that fill the warehouse: `nightly`, `backfill`, `demo`."""

from collections.abc import Callable, Collection
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.commands.configuring import warn_of_unknown
from flows.commands.digesting import refuse_wrong_channels, tell
from flows.commands.options import MarketChoice, MarketOption, or_told
from flows.named import day_of
from flows.running.preparing import prepare_prefect
from warehouse.errors import UsageError
from warehouse.plain import plain_error
from warehouse.settings import Settings, load_settings

if TYPE_CHECKING:
    from tasks.plan import Window
    from tasks.verdict import Outcome
    from warehouse.facts.market import Market

EXIT_CODES = {"complete": 0, "closed": 0, "partial": 3, "pending": 3}


def nightly(
    market: MarketOption = MarketChoice.ALL,
    trade_date: Annotated[
        str | None, typer.Option("--date", help="The session; the last final one if left out.")
    ] = None,
    refetch: Annotated[bool, typer.Option(help="Ask again for a day that already ended complete.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait for a vendor that is late, as scheduled runs do.")] = False,
) -> None:
    """Fill an evening, and what earlier evenings still owe."""
    settings = load_settings()
    refuse_wrong_channels(settings)
    day = day_of(trade_date) if trade_date is not None else None
    again = [day] if refetch and day else []
    if day:
        _refuse_too_early(market.codes(), day, settings)
    _run(
        market.codes(),
        lambda code: _nightly(code, day, refetch, wait, settings),
        lambda outcome: _with_official(outcome, settings, again),
        lambda: tell(settings),
    )


def _refuse_too_early(markets: list[str], day: date, settings: Settings) -> None:
    """Refuse a day that is not final in some market before any is asked: a half day of one is a full one of another."""
    from tasks.plan import nightly_day
    from warehouse.facts.opening import load_facts

    facts = load_facts(settings)
    for code in markets:
        nightly_day(facts.market(code), day, settings.clock(), settings.settling_time)


def _nightly(market: str, day: date | None, refetch: bool, wait: bool, settings: Settings) -> "Outcome":
    """Start Prefect only if there is something to ask."""
    from tasks.plan import as_seen, refuse_mixed_sources
    from tasks.replica.writing import refuse_behind
    from tasks.sources.registry import refuse_unknown
    from tasks.undone import finish_if_undone
    from tasks.verdict import Outcome, evening_to_fill, with_faults
    from warehouse.facts.opening import load_facts
    from warehouse.lake.opening import open_lake

    facts, lake = load_facts(settings), open_lake(settings)
    seen = as_seen(facts.market(market), lake)
    due = evening_to_fill(lake, seen, settings, day, refetch)
    refuse_unknown(settings)
    if isinstance(due, Outcome):
        return with_faults(due, finish_if_undone(lake, facts, settings, f"nightly {market}"))
    refuse_mixed_sources(lake, seen, settings.source)
    refuse_behind(lake, settings)
    prepare_prefect(settings)
    from flows.nightly import nightly

    return _result(nightly(market, due, refetch, wait, official=False, digest=False, return_state=True))


def _with_official(outcome: "Outcome", settings: Settings, again: Collection[date]) -> "Outcome":
    """After the wraps of all markets are out: no market waits for what another's exchange prints."""
    from tasks.official import has_official, with_official
    from warehouse.facts.opening import load_facts

    if not has_official(settings, outcome.market):
        return outcome
    return with_official(outcome, settings, load_facts(settings), again=again)


def backfill(
    first: Annotated[str | None, typer.Option("--from", help="First day, as 2022-04-01.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day.")] = None,
    market: MarketOption = MarketChoice.ALL,
    index: Annotated[str | None, typer.Option(help="Only this index and its members, for example HSTECH.")] = None,
    index_only: Annotated[
        bool,
        typer.Option(
            "--index-only",
            help="Indices without their members, one request each, as far back as the vendor has them:"
            " --from and --to may be left out. Owes no member and judges no day; ends 3 where an index has no bar of a"
            " session since its first one.",
        ),
    ] = False,
    official: Annotated[
        bool,
        typer.Option(
            "--official",
            help="What the exchanges printed, from AFTERCLOSE_OFFICIAL_SOURCES, one question an evening and no prices:"
            " without --from, the evenings that a night owes.",
        ),
    ] = False,
) -> None:
    """Fill many days; run it again to go on after an interruption."""
    settings = load_settings()
    if official:
        from flows.commands.official import ask_official

        if index or index_only:
            raise UsageError("--official asks for whole markets: leave out --index and --index-only")
        if last and not first:
            raise UsageError("--to needs --from: the first day")
        begin, end = (day_of(text) if text is not None else None for text in (first, last))
        if begin and end and end < begin:
            raise UsageError(f"--from {begin} is after --to {end}")
        raise typer.Exit(ask_official(market.codes(), begin, end))
    if not index_only and (first is None or last is None):
        raise UsageError("say the first and the last day: --from 2022-04-01 --to 2022-04-30")
    from tasks.plan import EARLIEST
    from warehouse.facts.opening import load_facts

    facts, codes, symbol = load_facts(settings), market.codes(), None
    if index is not None:
        found = facts.index_named(index)
        codes, symbol = [found.market], found.symbol
    begin = day_of(first) if first is not None else EARLIEST
    end = day_of(last) if last is not None else None
    # Days that one market refuses are refused before any is asked; a lake that one cannot read ends no other.
    for code in codes:
        _window(facts.market(code), begin, end, index_only, settings)
    _run(codes, lambda code: _backfill(code, begin, end, symbol, index_only, settings))


def _window(market: "Market", first: date, last: date | None, index_only: bool, settings: Settings) -> "Window | None":
    """What a backfill asks of a market, None where it had no session; raises `UsageError` for days that cannot be."""
    from tasks.plan import backfill_window, index_window

    if index_only or last is None:
        return index_window(market, first, last, settings.clock(), settings.settling_time)
    return backfill_window(market, first, last, settings.clock(), settings.settling_time)


def _backfill(
    market: str, first: date, last: date | None, index_symbol: str | None, index_only: bool, settings: Settings
) -> "Outcome":
    """Start Prefect only if there is something to ask."""
    from tasks.plan import as_seen, refuse_mixed_sources
    from tasks.sources.registry import refuse_unknown
    from tasks.undone import finish_if_undone
    from tasks.verdict import Outcome, with_faults
    from warehouse.facts.opening import load_facts
    from warehouse.lake.opening import open_lake
    from warehouse.sql.stored import refuse_other_lake

    facts, lake = load_facts(settings), open_lake(settings)
    refuse_other_lake(lake, settings.database_path)
    seen = as_seen(facts.market(market), lake)
    if last and _window(seen, first, last, index_only, settings) is None:
        closed = Outcome(market, first, last, "closed", "market closed")
        return with_faults(closed, finish_if_undone(lake, facts, settings, f"backfill {market}"))
    refuse_unknown(settings)
    refuse_mixed_sources(lake, seen, settings.source)
    prepare_prefect(settings)
    from flows.backfill import backfill, backfill_indices

    flow = backfill_indices if index_only else backfill
    return _result(flow(market, first, last, index_symbol, return_state=True))


def demo(context: typer.Context) -> None:
    """The whole pipeline on the simulated market, from nothing: no network, no account."""
    from flows.commands.demo import run_demo

    root = context.find_root()
    run_demo(load_settings(), lambda arguments: root.command.main(arguments, standalone_mode=False) or 0)


def _run(
    markets: list[str],
    run_one: Callable[[str], "Outcome"],
    finish: Callable[["Outcome"], "Outcome"] = lambda outcome: outcome,
    tell: Callable[[], None] = lambda: None,
) -> None:
    """Run each market, say how it ended, then `finish` each and say what became of it, and `tell` of all together;
    exit with the worst code.
    """
    warn_of_unknown()
    worst, outcomes = 0, []
    for market in markets:
        outcome = or_told(partial(run_one, market))
        if outcome is None:
            worst = 1
            continue
        _print_outcome(outcome)
        outcomes.append(outcome)
    for outcome in outcomes:
        finished = finish(outcome)
        if finished != outcome:
            _print_outcome(finished)
        worst = worst if worst == 1 else max(worst, EXIT_CODES[finished.state])
    tell()
    if worst:
        raise typer.Exit(worst)


def _print_outcome(outcome: "Outcome") -> None:
    day = f"{outcome.first} to {outcome.last}" if outcome.first != outcome.last else str(outcome.last)
    changed = ""
    if outcome.stored:
        stored = outcome.stored
        changed = f" [{stored.new_rows} new bars, {stored.restated_rows} restated, {stored.held_rows} held]"
    reason = f" ({plain_error(outcome.reason)})" if outcome.reason else ""
    typer.echo(f"{outcome.market} {day}: {outcome.state}{reason}{changed}")


def _result(state: Any) -> "Outcome":
    outcome: Outcome = state.result()
    return outcome
