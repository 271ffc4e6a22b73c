"""`afterclose members`: hold our members against lists that others publish, and accept what is right."""

import csv
import sys
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.options import or_told
from flows.named import day_of
from warehouse.errors import AftercloseError, UsageError
from warehouse.settings import Settings, load_settings

if TYPE_CHECKING:
    from tasks.lists.constituents import Listing
    from warehouse.facts.market import Facts
    from warehouse.facts.universe import Index

LAST_DAY = date(9999, 11, 30)  # that a month can follow

app = typer.Typer(help="Compare the members that we hold with published lists.", no_args_is_help=True)


@app.callback()
def _members() -> None:
    pass


@app.command()
def check(
    index: Annotated[str | None, typer.Option(help="Only this index, for example HSI.")] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Write the rows to the local correction, and that members are confirmed.")
    ] = False,
    effective: Annotated[
        str | None, typer.Option(help="First session of the changes, as 2026-12-07; from today on if left out.")
    ] = None,
) -> None:
    """Show who joined, left or was renamed since our lists, and the rows to accept. Changes nothing by itself."""
    from warehouse.facts.opening import load_facts

    settings = load_settings()
    facts = load_facts(settings)
    chosen = [facts.index_named(index)] if index else [found for found in facts.indices if found.is_followed]
    failed, day = False, day_of(effective) if effective is not None else None
    for one in chosen:
        failed |= not or_told(partial(_check, one, accept, day, settings, facts))
    if failed:
        raise typer.Exit(1)


def _check(index: "Index", accept: bool, effective: date | None, settings: Settings, facts: "Facts") -> bool:
    """Whether every list could be had; what the others say is shown, and accepted, without it."""
    from tasks.lists.constituents import publishers
    from tasks.lists.members import held_on

    today = facts.market(index.market).today(settings.clock())
    if not index.is_followed:
        raise UsageError(f"{index.code} has no members here: only followed indices have")
    typer.echo(f"{index.code}: {len(held_on(facts, index, today))} members held on {today}")
    asked = publishers(index, settings)
    if not asked:
        typer.echo("  no published list is known: compare it by hand, see docs/reference.md")
        return True
    listings = []
    for ask in asked.values():
        try:
            listings.append(ask())
        except AftercloseError as problem:
            typer.echo(f"afterclose: {problem}", err=True)
    if listings:
        _compare(index, listings, accept, effective, settings, facts)
    return len(listings) == len(asked)


def _compare(
    index: "Index",
    listings: list["Listing"],
    accept: bool,
    effective: date | None,
    settings: Settings,
    facts: "Facts",
) -> None:
    from tasks.lists.members import compare, confirmation, rows_to_accept, write_corrections
    from warehouse.facts.files import FILES, member_file

    market = facts.market(index.market)
    today = market.today(settings.clock())
    found = [compare(facts, index, today, listing) for listing in listings]
    for difference in found:
        typer.echo(f"  {difference.source}")
        for word, names in (("joined", difference.joined), ("left", difference.left)):
            for symbol, name in sorted(names.items()):
                known = f" (as we have it from {difference.pending[symbol]} on)" if symbol in difference.pending else ""
                typer.echo(f"    {word:7} {symbol} {name}{known}")
        for symbol, (ours, theirs) in sorted(difference.renamed.items()):
            typer.echo(f"    renamed {symbol} {ours} -> {theirs}")
        if not (difference.joined or difference.left):
            typer.echo("    the same members")
    file = member_file(index.code, index.market)
    day = effective or today
    sessions = market.sessions.between(day, min(day, LAST_DAY) + timedelta(days=31))
    if not sessions:
        raise UsageError(f"--effective {day}: no session is known in the month after it")
    session = sessions[0]
    if effective and session != effective:
        typer.echo(f"  {effective} is no session: the changes are dated {session}")
    rows = rows_to_accept(facts, index, session, found[0])
    if rows and not accept:
        typer.echo(f"  rows to accept, for {settings.reference_path / file.name}:")
        writer = csv.DictWriter(sys.stdout, list(file.columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(file.write(row) for row in rows)
    if not accept:
        return
    if any((one.joined.keys(), one.left.keys()) != (found[0].joined.keys(), found[0].left.keys()) for one in found):
        raise AftercloseError(f"{index.code}: the lists differ from each other: write the rows by hand")
    if rows:
        typer.echo(f"  wrote to {write_corrections(settings.reference_path, file, rows)}: {len(rows)} spells")
    row = confirmation(facts, index, today, found[0].source)
    if row:
        path = write_corrections(settings.reference_path, FILES["indices.csv"], [row])
        typer.echo(
            f"  wrote to {path} that members are confirmed to {today}, the next review being on {row['next_review']}"
        )
    else:
        typer.echo(f"  the members are confirmed to a day after {today} already")
    typer.echo("  `afterclose rebuild` takes them into the database now, the next run by itself")
