"""What could keep tonight's run from being good, looked at one by one: nothing here changes anything."""

import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import packages_distributions, version
from pathlib import Path
from platform import python_version

from pydantic import Secret

from tasks.known_settings import kinds
from tasks.replica.looking import replica
from tasks.sources.registry import make_fill_sources, make_source, refuse_unknown
from tasks.web import Host, Reply
from warehouse.door import PACKAGES
from warehouse.errors import AftercloseError
from warehouse.facts.checking import wrong_files
from warehouse.facts.opening import load_facts
from warehouse.lake.lock import is_locked, locked
from warehouse.lake.opening import open_lake
from warehouse.settings import Settings, origins, read_settings, settings_file
from warehouse.shortfall import half_carried_out, unpublished
from warehouse.sql.database import ask, fault_of, open_read_only
from warehouse.sql.stored import other_lake
from warehouse.whole import IS_WINDOWS, in_one_line

TIMEOUT = 10.0  # seconds for a vendor to answer
STALE_HOURS = 18  # as `afterclose status --fail-if-stale`
SKEW = 120.0  # seconds that this clock may differ from a vendor's: bars are final by the minute
SPARE = 200_000_000  # bytes beside two copies of the database: a night writes it anew before the old one goes

# 'ok'; 'note' for what a person should know and no run minds; 'wrong' for what he must mend.
Line = tuple[str, str]


@dataclass(frozen=True)
class Finding:
    """What came of one check: `state` is 'ok', 'note' or 'wrong'."""

    check: str
    state: str
    text: str


def findings(settings: Settings, checks: dict[str, Callable[[Settings], Iterator[Line]]]) -> Iterator[Finding]:
    """What each check finds; one that fails is wrong itself, and the next is made all the same."""
    for name, check in checks.items():
        try:
            with in_one_line(settings.home):
                for state, text in check(settings):
                    yield Finding(name, state, text)
        except AftercloseError as problem:
            yield Finding(name, "wrong", str(problem))


def packages(settings: Settings) -> Iterator[Line]:
    """Which versions are at work, and whether another package has folders of our names in the same environment."""
    names = ("afterclose", "duckdb", "prefect", "yfinance")
    yield "ok", ", ".join([*(f"{name} {version(name)}" for name in names), f"Python {python_version()}"])
    owners = packages_distributions()
    for package in PACKAGES:
        for other in sorted(set(owners.get(package, [])) - {"afterclose"}):
            yield "wrong", f"{other} has a package `{package}` too: install Afterclose into an environment of its own"


def home(settings: Settings) -> Iterator[Line]:
    """Whether the home can be written, and who may read the secrets in its file of settings."""
    path = settings.home.expanduser()
    if not path.exists():
        yield "note", f"{path} is not there yet: the first run makes it"
        return
    with in_one_line(path):
        probe = path / ".doctor"
        probe.touch()
        probe.unlink()
    yield "ok", str(path)
    file = settings_file()
    if file.exists() and not IS_WINDOWS and stat.S_IMODE(file.stat().st_mode) & 0o077:
        secrets = [
            name
            for kind in kinds()
            for name, place in origins(kind).items()
            if place == file and isinstance(getattr(read_settings(kind), name), Secret)
        ]
        if secrets:
            yield "note", f"{file} has {', '.join(secrets)} and others may read it: chmod 600"


def disk(settings: Settings) -> Iterator[Line]:
    """Whether a night finds room to write the database anew beside the old one."""
    home_path, lake_path = settings.home.expanduser().absolute(), settings.lake_path.absolute()
    places = [home_path] if lake_path.is_relative_to(home_path) else [home_path, lake_path]
    database = settings.database_path
    needed = SPARE + 2 * (database.stat().st_size if database.exists() else 0)
    for path in places:
        there = next(folder for folder in (path, *path.parents) if folder.exists())
        free = shutil.disk_usage(there).free
        words = f"{free / 1e9:.1f} GB free for {path}"
        yield ("ok", words) if free > needed else ("wrong", f"{words}: a night needs {needed / 1e9:.1f} GB")


def sources(settings: Settings) -> Iterator[Line]:
    """Whether the vendors that are set can be reached, and whether our clock is theirs."""
    refuse_unknown(settings)
    if settings.now:
        yield "note", f"the clock stands still at {settings.now.isoformat()}: AFTERCLOSE_NOW"
    facts = load_facts(settings)
    market = facts.markets["HK"]
    first = make_source(settings, market)
    for source in (first, *(filler.source for filler in make_fill_sources(settings, market, first))):
        if source.address.startswith(("http://", "https://")):
            for state, text in _over_http(Host(source.address, TIMEOUT, 2**20).get("", until=lambda *_: True)):
                yield state, f"{source.name} at {source.address}: {text}"
        else:
            words = (
                "every price of it is invented"
                if source.name == "simulated"
                else f"its address is no page ({source.address})"
            )
            yield "note", f"{source.name}: {words}"


def _over_http(reply: Reply) -> Iterator[Line]:
    if not reply.status:
        yield "wrong", f"{reply.fault} ({reply.detail})"
        return
    refused = reply.status in (401, 403, 429) or reply.status >= 500
    yield ("note", f"answers HTTP {reply.status}") if refused else ("ok", "reached")
    try:
        theirs = parsedate_to_datetime(reply.headers.get("date", ""))
        ahead = (datetime.now(UTC) - theirs).total_seconds()
    except (ValueError, TypeError):  # no date, or none of a zone
        return
    if abs(ahead) > SKEW:
        yield "wrong", f"this machine's clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} it"


def lock(settings: Settings) -> Iterator[Line]:
    """Whether somebody writes in the lake at this moment."""
    if not settings.lake_path.exists():
        yield "ok", "nothing is written yet"
        return
    try:
        with locked(settings.lake_path, 0, "doctor"):
            yield "ok", "free"
    except AftercloseError as problem:
        yield "note", str(problem)


def lake(settings: Settings) -> Iterator[Line]:
    """Whether every file of the lake is there with its size, and its last commit in full.

    `afterclose verify` reads every byte.
    """
    found = open_lake(settings)
    if not found.path.exists() and not found.witness:
        yield "note", f"{found.path} is empty: `afterclose nightly` or `afterclose backfill` fills it"
        return
    words = f"version {found.version()}, {len(found.found())} files"
    for fault in found.faults():
        yield "wrong", f"{fault}: see `afterclose verify`"
    for line in half_carried_out(found):
        yield "wrong", line
    yield "ok", words


def database(settings: Settings) -> Iterator[Line]:
    """Whether the file that people ask is whole, made from this lake, and has all of it."""
    path, found = settings.database_path, open_lake(settings)
    if not path.exists():
        is_owed = found.manifest() is not None and not is_locked(found.path)
        words = "is not there" if is_owed else "is not there yet"
        yield "wrong" if is_owed else "note", f"{path} {words}: a run or `afterclose rebuild` makes it"
        return
    if problem := fault_of(path):
        yield "wrong", f"{path} {problem}: `afterclose rebuild` makes it anew"
        return
    if problem := other_lake(found, path) if found.is_there() else None:
        yield "wrong", f"{problem}; put the right one back, or take this one with `afterclose rebuild`"
        return
    with open_read_only(path) as connection:
        left_out, idle = ask(connection, "left_out"), ask(connection, "events_without_bars")
        lacks = list(unpublished(connection, settings))
    for line in lacks:
        yield "wrong", line
    yield "ok", f"{path.stat().st_size / 1e6:.1f} MB"
    for row in left_out:
        yield "note", f"left out: {row['reason']}"
    for row in idle:
        yield "note", f"actions.csv: no bar of {row['symbol']} is stored: what is given of it counts for nothing"


def corrections(settings: Settings) -> Iterator[Line]:
    """Whether a person's own facts and events can be read: while they cannot, no run begins."""
    problems = wrong_files(settings)
    for problem in problems:
        yield "wrong", problem
    if not problems:
        files = [*settings.reference_path.rglob("*.csv"), *filter(Path.exists, [settings.actions_path])]
        yield "ok", f"{len(files)} file{'s' * (len(files) != 1)} of your own"


def sessions(settings: Settings) -> Iterator[Line]:
    """What is overdue, and when the next session of each market can be asked for."""
    if not settings.database_path.exists():
        yield "note", "there is no database that says what is owed"
        return
    now = settings.clock()
    with open_read_only(settings.database_path) as connection:
        overdue = ask(connection, "stale", now=now, hours=STALE_HOURS)
        due = ask(connection, "next_due", now=now)
    for row in overdue:
        session = f"{row['market']} {row['trade_date']}: " if row["market"] else ""
        yield "wrong" if session else "note", f"{session}{row['state']} ({row['reason']})"
    yield "ok", "next: " + ", ".join(f"{row['market']} from {row['due_at']:%Y-%m-%d %H:%M} UTC" for row in due)


CHECKS: dict[str, Callable[[Settings], Iterator[Line]]] = {
    "packages": packages,
    "home": home,
    "disk": disk,
    "sources": sources,
    "lock": lock,
    "lake": lake,
    "database": database,
    "replica": replica,
    "corrections": corrections,
    "sessions": sessions,
}
