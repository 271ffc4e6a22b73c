"""`afterclose quarantine`: what is held, and what a person decides about it."""

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.commands.options import ByOption, JsonOption, MarketChoice, asking, print_json, who
from flows.named import day_of
from warehouse.errors import UsageError
from warehouse.plain import plain, plain_or_none
from warehouse.settings import load_settings

if TYPE_CHECKING:
    import pandas as pd

    from tasks.decide import Decision
    from warehouse.lake.lake import Lake

quarantine = typer.Typer(
    help="Bars and events that are held back: look at them, release, reject or hold them.", no_args_is_help=True
)


class EventChoice(StrEnum):
    """Which event of a symbol and ex-date."""

    SPLIT = "split"
    DIVIDEND = "dividend"
    UNLISTED_ADJUSTMENT = "unlisted_adjustment"


class StatusChoice(StrEnum):
    """Which rows of the quarantine."""

    HELD = "held"
    WARNED = "warned"
    RELEASED = "released"
    REJECTED = "rejected"
    CURED = "cured"
    ALL = "all"


def _known_rule(name: str | None) -> str | None:
    if name is None:
        return None
    from warehouse.rules.registry import SEVERITIES

    known = sorted(SEVERITIES)
    if name not in known:
        raise UsageError(f"no rule {name!r}: use one of {', '.join(known)}")
    return name


IdsArgument = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids, or what they begin with.")]
DateOption = Annotated[str | None, typer.Option("--date", help="Only of this session, as 2022-05-17.")]
RuleOption = Annotated[str | None, typer.Option(callback=_known_rule, help="Only what this rule holds.")]
OneMarketOption = Annotated[MarketChoice, typer.Option(help="Only of this market.")]
SymbolOption = Annotated[str | None, typer.Option(help="Only of this symbol.")]
NoteOption = Annotated[str | None, typer.Option(help="Why; kept with the decision.")]


@quarantine.command("list")
def list_rows(
    status: Annotated[StatusChoice, typer.Option(help="Only rows of this status.")] = StatusChoice.HELD,
    trade_date: DateOption = None,
    rule: RuleOption = None,
    market: OneMarketOption = MarketChoice.ALL,
    symbol: SymbolOption = None,
    as_json: JsonOption = False,
) -> None:
    """What is held, or was."""
    from flows.commands.quarantine_screen import print_list
    from warehouse.sql.database import ask

    with asking() as connection:
        rows = ask(
            connection,
            "quarantine",
            status=None if status is StatusChoice.ALL else status.value,
            day=day_of(trade_date) if trade_date is not None else None,
            rule=rule,
            market=None if market is MarketChoice.ALL else market.value,
            symbol=symbol.upper() if symbol else None,
        )
    print_json(rows) if as_json else print_list(rows, status.value)


@quarantine.command()
def show(
    row: Annotated[str, typer.Argument(metavar="ID", help="The id, or what it begins with.")],
    as_json: JsonOption = False,
) -> None:
    """A row with all that is known of it, and the bars around it."""
    from flows.commands.quarantine_screen import print_row
    from warehouse.sql.database import ask

    with asking() as connection:
        rows = ask(connection, "quarantine_named", prefix=row)
        if not rows:
            raise UsageError(f"no quarantine row {row!r}: see `afterclose quarantine list --status all`")
        if len(rows) > 1:
            raise UsageError(f"{row!r} begins several ids: {', '.join(found['id'] for found in rows[:5])}")
        found: dict[str, Any] = {
            "row": rows[0],
            "decisions": ask(connection, "decisions_of", id=rows[0]["id"]),
            "neighbours": ask(connection, "neighbours", symbol=rows[0]["symbol"], day=rows[0]["trade_date"]),
        }
    print_json(found) if as_json else print_row(**found)


def _deciding(status: str) -> Callable[..., None]:
    """The command that decides about rows: by id, or by what they have in common, all together."""

    def decide(
        ids: IdsArgument = None,
        trade_date: DateOption = None,
        rule: RuleOption = None,
        market: OneMarketOption = MarketChoice.ALL,
        note: NoteOption = None,
        by: ByOption = None,
    ) -> None:
        from tasks.decide import matching, named, reject, release

        if bool(ids) == bool(trade_date or rule):
            raise UsageError("which rows? give ids, or --date and --rule for all that they hold")
        wanted = {
            "trade_date": day_of(trade_date) if trade_date is not None else None,
            "rule": rule,
            "market": None if market is MarketChoice.ALL else market.value,
        }
        change = {"released": release, "rejected": reject}[status]

        def chosen(lake: "Lake", decision: "Decision") -> "pd.DataFrame":
            rows = named(lake, ids, decision) if ids else matching(lake, decision, **wanted)
            change(lake, rows, decision)
            return rows

        _write(status, note, by, chosen)

    return decide


RELEASE = "Store held bars and events as they are: by id, or all that are held of a session, a rule."
REJECT = "Never store these values: by id, or all that are held of a session, a rule."
quarantine.command("release", help=RELEASE)(_deciding("released"))
quarantine.command("reject", help=REJECT)(_deciding("rejected"))


@quarantine.command()
def hold(
    symbol: Annotated[str, typer.Argument(help="The symbol, for example 0700.HK.")],
    trade_date: Annotated[str, typer.Argument(metavar="DATE", help="The session, or the ex-date, as 2022-05-17.")],
    event: Annotated[EventChoice | None, typer.Option(help="Not the bar but this event of the day.")] = None,
    note: NoteOption = None,
    by: ByOption = None,
) -> None:
    """Take back a bar, or an event, that was stored; the same values stay out from now on."""
    from tasks import decide

    day, kind = day_of(trade_date), event.value if event else None
    _write("held", note, by, lambda lake, decision: decide.hold(lake, symbol.upper(), day, decision, kind))


def _write(status: str, note: str | None, by: str | None, change: "Callable[[Lake, Decision], pd.DataFrame]") -> None:
    """Change the lake, publish once, and say what became of the rows and of their sessions."""
    from uuid import uuid4

    from tasks.decide import Decision
    from tasks.publish import publish, write_pages
    from tasks.replica.writing import writing
    from tasks.undone import finish, is_undone
    from tasks.verdict import verdicts
    from warehouse.facts.opening import load_facts
    from warehouse.lake.opening import open_lake
    from warehouse.sql.stored import refuse_other_lake

    settings = load_settings()
    facts, lake = load_facts(settings), open_lake(settings)
    decision = Decision(who(by), plain_or_none(note, None), settings.clock(), uuid4().hex[:12], facts)
    if not lake.path.exists() and not lake.witness:
        raise UsageError(f"there is no {lake.path} yet: run `afterclose nightly`")
    refuse_other_lake(lake, settings.database_path)
    with writing(lake, facts, settings, "quarantine") as missed:
        try:
            rows = change(lake, decision)
        except UsageError:  # it may be this decision that an earlier run has stored and died
            if is_undone(lake, settings):
                finish(lake, facts, settings)
            raise
        published = publish(lake, facts, settings, decision.run_id)
        write_pages(settings, published.pages)
    for row in rows.itertuples():
        typer.echo(f"{status} {row.id} {row.symbol} {row.trade_date} {row.rule}")
    for market, day in sorted(set(zip(rows["market"], rows["trade_date"], strict=True))):
        for verdict in verdicts(lake, facts.market(market), day, day):
            reason = f" ({plain(verdict['reason'], None)})" if verdict["reason"] else ""
            typer.echo(f"{market} {day}: {verdict['state']}{reason}")
    if published.mended:
        typer.echo(f"{settings.database_path} {published.mended}: it was made anew")
    for fault in published.faults:
        typer.echo(f"afterclose: {fault}: see `afterclose verify`", err=True)
    if published.faults or missed:
        raise typer.Exit(3)
