"""Commands that look after what is kept: `rebuild`, `verify`, `pull`, `weights`."""

from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.options import ByOption, who
from flows.running.preparing import make_home
from warehouse.errors import AftercloseError, UsageError
from warehouse.plain import plain, plain_error
from warehouse.settings import Settings, load_settings

if TYPE_CHECKING:
    from warehouse.facts.market import Facts
    from warehouse.lake.lake import Lake

weights = typer.Typer(help="Published index weights, for the contribution of each member.", no_args_is_help=True)


def rebuild(
    is_new_lake: Annotated[
        bool,
        typer.Option("--new-lake", help="Begin an empty lake where there was one; the old database is kept aside."),
    ] = False,
) -> None:
    """Build the DuckDB file anew from the lake, the facts, actions.csv and your other files.

    Every file of the lake is checked first: where one is missing or damaged, the old database stays. What the new one
    says and the old one did not goes into `published`, and pages that show something else now are written anew.
    """
    from uuid import uuid4

    from flows.commands.progress import working
    from flows.commands.screens import make_console, print_disagreements
    from tasks.local_actions import take_local_actions
    from tasks.publish import publish, write_pages
    from tasks.replica.writing import writing
    from warehouse.facts.opening import load_facts
    from warehouse.lake.lake import Lake
    from warehouse.lake.opening import open_lake
    from warehouse.sql.database import ask, fault_of, keep_aside, open_read_only
    from warehouse.sql.stored import other_lake

    settings = load_settings()
    make_home(settings.home.expanduser())
    path = settings.database_path
    facts, lake = load_facts(settings), open_lake(settings)
    if is_new_lake:
        if lake.is_there():
            raise UsageError(f"there is a lake in {lake.path}: `afterclose rebuild` goes by it")
        lake = Lake(lake.path)
    run_id = uuid4().hex[:12]
    take_local_actions(lake, facts, settings, run_id)
    with writing(lake, facts, settings, "rebuild") as missed, working("building the database anew"):
        wrong, strange = fault_of(path), other_lake(lake, path)
        if path.exists() and (strange or is_new_lake):
            typer.echo(f"{strange or 'a new lake'}: the database is kept as {keep_aside(path, settings.clock())}")
        write_pages(settings, publish(lake, facts, settings, run_id, anew=True).pages)
    if wrong:
        typer.echo(f"{path} {wrong}: it was made anew")
    typer.echo(f"built {path}")
    with open_read_only(path) as connection:
        left_out = ask(connection, "left_out")
        print_disagreements(make_console(), ask(connection, "fact_disagreements"))
    if left_out:
        raise UsageError("left out: " + "; ".join(row["reason"] for row in left_out))
    if missed:
        raise typer.Exit(3)


def verify(
    accept: Annotated[
        str | None,
        typer.Option("--accept", metavar="FILE", help="Accept that this file of the lake is lost; needs --note."),
    ] = None,
    note: Annotated[str | None, typer.Option(help="Why the loss is accepted; kept in the lake.")] = None,
    by: ByOption = None,
) -> None:
    """An audit of every stored byte, and of every value in the database; ends 1 when something is wrong.

    A file that is missing or damaged is put back from a back-up, or by `afterclose pull` from a replica. Where there is
    neither, --accept goes on without it, or with what is there in its place.
    """
    from flows.commands.progress import working
    from warehouse.audit import audit_lake
    from warehouse.comparison import audit_database
    from warehouse.facts.opening import load_facts
    from warehouse.lake.opening import open_lake
    from warehouse.losses import accepted_losses

    settings = load_settings()
    facts, lake = load_facts(settings), open_lake(settings)
    if not lake.path.exists() and not lake.witness:
        raise AftercloseError(f"there is no lake at {lake.path}: nothing to verify")
    if accept or note:
        return _accept(lake, facts, accept, note, by, settings)
    with lake.writing(settings.lock_wait, "verify"):
        with working("reading every byte of the lake"):
            findings = list(audit_lake(lake))
        with working("building the database anew, to compare"):
            findings += audit_database(lake, facts, settings.database_path)
        _print_files(lake)
        for loss in accepted_losses(lake):
            told = f"accepted {loss.accepted_at[:10]} by {loss.accepted_by}: {loss.file} {loss.what}: {loss.note}"
            typer.echo(plain(told, None))
        typer.echo(f"lake of version {lake.version()}, {len(findings)} finding{'s' * (len(findings) != 1)}")
    for finding in findings:
        typer.echo(plain_error(f"afterclose: {finding}"), err=True)
    if findings:
        raise typer.Exit(1)


def _print_files(lake: "Lake") -> None:
    from warehouse.lake.schema import DATASETS

    manifest = lake.manifest()
    for dataset in DATASETS:
        names = [path.relative_to(lake.path).as_posix() for path in lake.files(dataset)]
        size = sum(manifest.files[name].size for name in names) if manifest else 0
        typer.echo(f"{dataset.name:<16} {len(names):>4} files {size / 1e6:>9.2f} MB")


def _accept(
    lake: "Lake", facts: "Facts", file: str | None, note: str | None, by: str | None, settings: Settings
) -> None:
    """Accept one loss; the database is kept aside, for it may be the last that has what is lost."""
    from tasks.replica.writing import writing
    from warehouse.losses import accept
    from warehouse.sql.database import keep_aside
    from warehouse.sql.stored import made_from

    if not (file and note):
        raise UsageError("a loss is accepted with both: --accept FILE and --note WHY")
    database = settings.database_path
    with writing(lake, facts, settings, "verify", is_mending=True) as missed:
        said = accept(lake, file, who(by), plain(note, None), settings.clock(), made_from(database))
        kept = keep_aside(database, settings.clock()) if database.exists() else None
    typer.echo(said)
    if kept:
        typer.echo(f"the database as it was is kept as {kept}; the next run or `afterclose rebuild` makes the new one")
    for problem in missed:
        typer.echo(plain_error(f"afterclose: {problem}"), err=True)
    if missed:
        raise typer.Exit(3)


def pull(
    is_forced: Annotated[
        bool, typer.Option("--force", help="Also where this home has commits of its own: it is kept aside.")
    ] = False,
) -> None:
    """A home out of the replica (AFTERCLOSE_REPLICA): a new one, or this one brought up to it.

    Lake, database and the files that you keep (corrected facts, actions.csv, weights, alerts and the like) come over,
    every byte held against its checksum; pages are written by the next run. A home with commits that the replica does
    not have is refused (2).
    """
    from tasks.replica.pull import pull as pull_home

    settings = load_settings()
    make_home(settings.home.expanduser())
    pulled = pull_home(settings, is_forced)
    for path in pulled.aside:
        typer.echo(f"kept aside: {path}")
    typer.echo(f"{settings.lake_path} is at commit {pulled.commit}: {pulled.fetched} files came from the replica")


@weights.command()
def fetch() -> None:
    """Add CSI's last published weights of the CSI 300 to the file of weights."""
    from tasks.lists.csindex import published_weights
    from warehouse.facts.opening import load_facts
    from warehouse.facts.weights import add_weights

    settings = load_settings()
    make_home(settings.home.expanduser())
    facts = load_facts(settings)
    index = facts.index_named("CSI300")
    path = settings.weights_path / f"{index.code}.csv"
    found = published_weights(index)
    add_weights(path, found, facts)
    typer.echo(f"{len(found)} weights of {found[0]['trade_date']} are in {path}; `afterclose rebuild` takes them in")
