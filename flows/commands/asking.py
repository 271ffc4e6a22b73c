"""Commands that only ask: `wrap`, `status`, `sql`. All they need is in the DuckDB file."""

import sys
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import typer

from flows.commands.options import JsonOption, asking, print_json
from flows.named import day_of, index_named
from warehouse.errors import AftercloseError, UsageError
from warehouse.settings import Settings, load_settings

CURVE = 12  # sessions of the small curve beside an index


class SqlFormat(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


class Language(StrEnum):
    """A language that headlines are written in."""

    EN = "en"
    ZH = "zh"
    ZH_HANS = "zh-hans"


def wrap(
    day: Annotated[str | None, typer.Argument(help="The day, as 2022-05-17; the last one if left out.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="First day of a range.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day of a range; the last one if left out.")] = None,
    index: Annotated[str | None, typer.Option(help="Only this index: HSI, ^HSI, hstech, 'CSI 300'.")] = None,
    language: Annotated[
        Language,
        typer.Option("--lang", help="Headlines in English (en), Traditional (zh) or Simplified Chinese (zh-hans)."),
    ] = (Language.EN),
    as_json: JsonOption = False,
) -> None:
    """The market wrap of a day or a range: verdicts, figures and sentences."""
    from flows.commands.wrap_screen import print_wrap
    from warehouse.sql.database import ask

    if day and (first or last):
        raise UsageError("give either a day or --from and --to")
    if last and not first:
        raise UsageError("--to needs --from: the first day of the range")
    bounds = {"first": first or day, "last": last or day}
    days = {name: day_of(text) if text else None for name, text in bounds.items()}
    day, first, last = (str(day_of(text)) if text else None for text in (day, first, last))
    with asking() as connection:
        symbol = index_named(connection, index) if index else None
        if days["first"] and days["last"] and days["first"] > days["last"]:
            raise UsageError(f"--from {first} is after --to {last}: exchange them")
        verdicts = ask(connection, "verdicts", market=None, **days)
        if not (day or first) and verdicts:
            days = dict.fromkeys(days, verdicts[-1]["trade_date"])
        if not verdicts:
            raise AftercloseError(why_none(connection, day, first, last))
        if days["first"] == days["last"]:
            verdicts = ask(connection, "day_verdicts", day=days["first"])
        rows = ask(connection, "wrap", market=None, index=symbol, **days)
        is_one = days["first"] == days["last"]
        agreement = ask(connection, "agreement", limit=10, **days) if is_one else []
        before = ask(connection, "closes_before", day=days["last"], count=CURVE) if is_one else []
        breadth = ask(connection, "market_breadth", **days) if is_one and not symbol else []
    closes = {row["index_symbol"]: row["closes"] for row in before}
    print_json(rows) if as_json else print_wrap(rows, verdicts, language.value, agreement, closes, breadth)


def day_with_page(connection: Any, day: str | None) -> date:
    """The day that is asked for, or the last one; raises `AftercloseError` that says why where it has no page."""
    from warehouse.report.due import has_page
    from warehouse.report.page import last_day

    found = day_of(day) if day is not None else last_day(connection)
    if found is None:
        raise AftercloseError("nothing is stored for any day: run `afterclose nightly` first")
    if not has_page(connection, found):
        raise AftercloseError(why_none(connection, str(found), None, None))
    return found


def why_none(connection: Any, day: str | None, first: str | None, last: str | None) -> str:
    """Why there is nothing to tell of a day or a range, and what to do."""
    from warehouse.sql.database import ask

    asked = day or first
    if asked is None:
        return "nothing is stored: run `afterclose nightly` first"
    (why,) = ask(connection, "day_without_verdict", day=asked, now=load_settings().clock())
    if why["is_ahead"]:
        return f"{asked} is not over yet: the last final session is {why['last_session']}"
    if day and not why["is_session"]:
        before = why["last_session"]
        return f"{day} is no session: the last one is {before}" if before else f"{day} is before all known sessions"
    span = f"for {day}" if day else f"from {first} to {last}" if last else f"from {first} on"
    return f"nothing is stored {span}: run `afterclose nightly`, or `afterclose backfill` for earlier days"


def status(
    as_json: JsonOption = False,
    fail_if_stale: Annotated[
        bool,
        typer.Option(
            "--fail-if-stale", help="Say only what is overdue, lost or stops a run, and end 1 if anything is."
        ),
    ] = False,
    stale_hours: Annotated[
        int,
        typer.Option(
            min=0, max=100_000, help="With --fail-if-stale: hours after its close is final that a session may take."
        ),
    ] = 18,
) -> None:
    """What is complete, partial or owed; the last runs; the next one; channels, replica and disk."""
    from flows.commands.screens import SHOWN, print_status
    from warehouse.channels import channels_lately
    from warehouse.disk import disk_use
    from warehouse.facts.checking import wrong_files
    from warehouse.sql.database import ask, open_read_only

    settings = load_settings()
    now = settings.clock()
    wrong = wrong_files(settings)
    for problem in wrong:
        typer.echo(f"afterclose: no run begins until this is right: {problem}", err=True)
    with open_read_only(settings.database_path) as connection:
        connection.execute("set threads = 1")  # the questions are small: a second one costs more than it spares
        if fail_if_stale:
            from tasks.replica.telling import lacking
            from warehouse.shortfall import shortfall

            overdue = ask(connection, "stale", now=now, hours=stale_hours)
            lacks = [*shortfall(connection, settings), *lacking(settings)]
            return _fail_if_stale(overdue, lacks, bool(wrong))
        verdicts = (
            ask(connection, "verdicts", market=None, first=None, last=None)
            if as_json
            else ask(connection, "last_verdicts", count=SHOWN)
        )
        found = {
            "wrong_corrections": [{"problem": problem} for problem in wrong],
            "verdicts": verdicts,
            "owed": ask(connection, "owed", now=now),
            "runs": ask(connection, "last_runs"),
            "next": ask(connection, "next_due", now=now),
            "horizons": ask(connection, "horizons", now=now),
            "settled": ask(connection, "settled", first=None, last=None, limit=10),
            "agreement": ask(connection, "agreement", first=None, last=None, limit=4),
            "fact_disagreements": ask(connection, "fact_disagreements"),
            "channels": channels_lately(settings.lake_path, now),
            "replica": _replica(settings),
            "disk": disk_use(settings),
        }
    print_json(found) if as_json else print_status(found)


def _replica(settings: Settings) -> list[dict[str, Any]]:
    if settings.replica is None:
        return []
    # Here, for few homes have one.
    from tasks.replica.telling import known_standing

    return known_standing(settings)


def _fail_if_stale(overdue: list[dict[str, Any]], lacking: list[str], is_wrong: bool) -> None:
    for row in overdue:
        session = f"{row['market']} {row['trade_date']}: " if row["market"] else ""
        typer.echo(f"afterclose: {session}{row['state']} ({row['reason']}): see `afterclose status`", err=True)
    for line in lacking:
        typer.echo(f"afterclose: {line}", err=True)
    if overdue or lacking or is_wrong:
        raise typer.Exit(1)


def sql(
    query: Annotated[str, typer.Argument(help="The query, or - to read it from standard input.")],
    output: Annotated[SqlFormat, typer.Option("--format", help="How rows are printed.")] = SqlFormat.TABLE,
    timeout: Annotated[float, typer.Option(min=0.1, max=86400, help="Seconds after which it is given up.")] = 60.0,
) -> None:
    """Ask the warehouse in SQL, read-only; up to ten million rows (a million as JSON), in 2 GB of memory."""
    import duckdb

    from flows.commands.rows_screen import print_rows
    from warehouse.sql.database import damage_in

    text = _standard_input() if query == "-" else query
    with asking() as connection:
        try:
            print_rows(connection, text, output.value, timeout)
        except duckdb.Error as problem:
            raise damage_in(problem) or UsageError(str(problem).strip()) from None


def _standard_input() -> str:
    try:
        text = sys.stdin.read()
        text.encode()  # of some locales stray bytes are read as halves of characters
        return text
    except (UnicodeDecodeError, UnicodeEncodeError) as problem:
        raise UsageError(f"standard input is no text in UTF-8: {problem.reason} at byte {problem.start}") from None
