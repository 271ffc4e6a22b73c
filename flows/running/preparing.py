"""What must be right before Prefect is imported: where it keeps its files, its own database, who answers for it."""

import atexit
import logging
import os
import signal
import sys
from contextlib import closing, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import typer

from flows.running.leaving import leaving
from warehouse.errors import AftercloseError
from warehouse.plain import without_password
from warehouse.settings import Settings
from warehouse.whole import in_one_line

TIMEOUT = 5.0  # seconds for a server that is there to say so
HEADER = b"SQLite format 3\x00"
STEPS = "prefect.task_runs"  # by this name Prefect tells of them
SAID_ELSEWHERE = ("Beginning flow run", "Finished in state", "Running hook", "Hook ", "Starting temp", "Stopping temp")


def prepare_prefect(settings: Settings, joins: bool = True) -> None:
    """Keep Prefect's files with ours, its telemetry off, and its start-up patient; once, before its import.

    Unless an address is set, a run `joins` the server of an `afterclose serve` that keeps its files in the same place:
    none other is started then. A damaged database of its own under our home is put aside: what matters is in the lake.
    Raises `AftercloseError` for a home that cannot be made or written to, and for a server that does not answer.
    """
    _prepare_prefect(settings.home.expanduser(), joins)


@cache
def _prepare_prefect(home: Path, joins: bool) -> None:
    atexit.register(leaving.leave)  # registered before Prefect's own handlers, so it runs after them
    _end_when_told()
    make_home(home)
    for name in ("PREFECT_API_URL", "PREFECT_HOME"):
        if not os.environ.get(name):  # an empty line in a file of settings is how one is taken out
            os.environ.pop(name, None)
    is_ours = not {"PREFECT_API_URL", "PREFECT_HOME"} & os.environ.keys()
    if is_ours:
        os.environ["PREFECT_HOME"] = str(home / "prefect")
    if joins and "PREFECT_API_URL" not in os.environ and (url := _server_at_hand()):
        os.environ["PREFECT_API_URL"] = url
    elif is_ours:
        _put_aside_if_damaged(home / "prefect" / "prefect.db")
    for name, value in {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_LOGGING_SERVER_LEVEL": "ERROR",
        # For a person who looks on: when, and what; the steps by themselves only where one fails.
        "PREFECT_LOGGING_FORMATTERS_STANDARD_FLOW_RUN_FMT": "%(asctime)s | %(levelname)-7s | %(message)s",
        # A file that keeps them wants the day too.
        "PREFECT_LOGGING_FORMATTERS_STANDARD_DATEFMT": "%H:%M:%S" if sys.stderr.isatty() else "%Y-%m-%d %H:%M:%S",
        "PREFECT_LOGGING_LOGGERS_PREFECT_TASK_RUNS_LEVEL": "WARNING",
    }.items():
        os.environ.setdefault(name, value)
    for name in ("prefect", "prefect.flow_runs", STEPS):
        logging.getLogger(name).addFilter(_is_news)
    if url := os.environ.get("PREFECT_API_URL"):
        if not answers(url):
            raise AftercloseError(
                f"nobody answers at PREFECT_API_URL={without_password(url)}: start that server, or unset it"
            )
    elif problem := _problem_of(Path(os.environ["PREFECT_HOME"]).expanduser() / "prefect.db"):
        raise AftercloseError(f"{problem}: move it away, or unset PREFECT_HOME")
    elif joins and sys.stderr.isatty():
        typer.echo("Prefect starts: some seconds, on a slow machine half a minute", err=True)


def _end_when_told() -> None:
    """Have SIGTERM, and SIGHUP of a terminal that is closed, end the process as any error does, by its last handlers.

    One that just dies leaves Prefect's temporary server running, with whatever pipe we were given open.
    """
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows knows one of them
        if number and signal.getsignal(number) is signal.SIG_DFL:  # under nohup one is ignored
            signal.signal(number, lambda number, _: sys.exit(128 + number))


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a line of Prefect's says what nobody else says: how a run ended is told by the command, in one line where
    the error is ours or the operating system's.
    """
    if record.exc_info and isinstance(record.exc_info[1], AftercloseError | OSError):
        return False
    is_grave = record.levelno > logging.INFO and record.name != STEPS
    return is_grave or not str(record.msg).startswith(SAID_ELSEWHERE)


def place_of_server() -> Path:
    """The file in which a server of ours says, while it runs, its process and its address."""
    return Path(os.environ["PREFECT_HOME"]).expanduser() / "afterclose-server"


def _server_at_hand() -> str | None:
    try:
        process, url = place_of_server().read_text(encoding="utf-8").split()
        os.kill(int(process), 0)  # it may have died, and its port be somebody else's by now
    except (OSError, ValueError):
        return None
    return url if answers(url) else None


def make_home(home: Path) -> None:
    """Make the home its owner's alone, if it is not there; raises `AftercloseError` for one that cannot be written."""
    with in_one_line(home):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(home, os.W_OK | os.X_OK):
        raise AftercloseError(f"{home} cannot be written: it is read-only, or another user's; set AFTERCLOSE_HOME")


def answers(url: str) -> bool:
    """Whether a Prefect server, or whatever stands in front of one, answers at that address of its API."""
    if not url.startswith(("http://", "https://")):
        return False
    # Here, for commands that only ask import this module too.
    import http.client
    import urllib.error
    import urllib.request

    try:
        address = f"{without_password(url).rstrip('/')}/health"
        with urllib.request.urlopen(address, timeout=TIMEOUT):  # noqa: S310 (its scheme is checked)
            return True
    except urllib.error.HTTPError:
        return True  # who wants a password is there
    except (OSError, ValueError, http.client.HTTPException):  # the last: what answers there is no web server
        return False


def _put_aside_if_damaged(database: Path) -> None:
    if not (problem := _problem_of(database)):
        return
    aside = database.with_name(f"{database.name}.damaged")
    database.replace(aside)
    for side in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            database.with_name(database.name + side).unlink()
    typer.echo(f"afterclose: {problem}: it is put aside as {aside.name}, and Prefect begins anew", err=True)


def _problem_of(database: Path) -> str | None:
    """What is wrong with Prefect's SQLite database: damaged, or of a version that this Prefect does not know."""
    import sqlite3  # here, for most commands ask nothing of Prefect

    try:
        if not database.exists() or not database.stat().st_size:
            return None
        with database.open("rb") as start:
            if start.read(len(HEADER)) != HEADER:
                return f"Prefect's database {database} is damaged (no SQLite file)"
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            (found,) = connection.execute("pragma quick_check(1)").fetchone()
            if found != "ok":
                return f"Prefect's database {database} is damaged ({found.splitlines()[0]})"
            versions = connection.execute("select version_num from alembic_version").fetchall()
    except sqlite3.OperationalError as problem:  # locked, or made a moment ago: Prefect will say what it is
        return None if "no such table" in str(problem) or "locked" in str(problem) else _damaged(database, problem)
    except (sqlite3.Error, OSError) as problem:
        return _damaged(database, problem)
    unknown = [version for (version,) in versions if not _is_known(version)]
    return f"Prefect's database {database} is of a newer Prefect ({unknown[0]})" if unknown else None


def _damaged(database: Path, problem: Exception) -> str:
    return f"Prefect's database {database} is damaged ({problem})"


def _is_known(version: str) -> bool:
    """Whether the installed Prefect has that step among those that made its database what it is."""
    package = find_spec("prefect")
    if package is None or package.origin is None:
        return True
    steps = Path(package.origin).parent / "server" / "database" / "_migrations" / "versions" / "sqlite"
    return any(version in path.name for path in steps.glob("*.py"))
