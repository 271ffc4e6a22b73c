"""One machine without any set-up: a Prefect server on loopback, and the planned deployments served beside it."""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer

from flows.running.preparing import answers, place_of_server
from flows.schedules import PLANNED
from warehouse.errors import AftercloseError
from warehouse.whole import write_whole

PR_SET_PDEATHSIG = 1  # of Linux's prctl: the signal for when whoever started us is gone
START_UP = 120.0  # seconds; a slow machine takes thirty
SERVER = {
    # Prefect keeps the leases of its limits in memory: after a power cut nothing would end them, and the slot is taken
    # for good.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    # Runs older than Prefect's 90 days go from its database: what they did stands in the lake.
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
}


@contextmanager
def prefect_server() -> Iterator[None]:
    """A Prefect server on loopback for as long as this lasts, or the one that PREFECT_API_URL names.

    Prefect's own temporary server knows no schedules, so it is a full one, with its page, as a child process. Raises
    `AftercloseError` if it does not come up, or has gone when what it is for gives up.
    """
    if "PREFECT_API_URL" in os.environ:
        yield
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until Prefect's runner takes over
    port = os.environ.get("PREFECT_SERVER_API_PORT", "4200")
    url = f"http://127.0.0.1:{port}/api"
    if answers(url):
        raise AftercloseError(
            f"port {port} is taken: set PREFECT_SERVER_API_PORT, or PREFECT_API_URL to use that server"
        )
    # Its page is written there: beside the packages only who installed them can write.
    pages = {"PREFECT_UI_STATIC_DIRECTORY": str(place_of_server().with_name("page"))}
    server = start_beside(server_command(port), SERVER | pages | os.environ)
    try:
        deadline = time.monotonic() + START_UP
        while not answers(url):
            if server.poll() is not None or time.monotonic() > deadline:
                raise AftercloseError(f"Prefect's server did not start on port {port}: its words are above")
            time.sleep(0.5)
        os.environ["PREFECT_API_URL"] = url
        write_whole(place_of_server(), partial(Path.write_text, data=f"{server.pid} {url}\n", encoding="utf-8"))
        typer.echo(f"Prefect's page: http://127.0.0.1:{port}")
        yield
    except Exception as problem:  # of Prefect's, in as many words as it has attempts
        if isinstance(problem, AftercloseError) or server.poll() is None:
            raise
        raise AftercloseError(f"Prefect's server on port {port} has gone: nothing is started any more") from problem
    finally:
        place_of_server().unlink(missing_ok=True)
        server.terminate()
        server.wait()


def server_command(port: str) -> list[str]:
    """What starts Prefect's server: it asks for no password, so nobody but this machine may reach it."""
    return [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", port]


def start_beside(command: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a process that prints nothing and, on Linux, does not outlive this one: whoever kills us frees its port."""

    def end_with_us() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    # Every word of the command is ours but the port, which Prefect refuses if it is no number.
    return subprocess.Popen(  # noqa: S603 (as said above)
        command,
        stdout=subprocess.DEVNULL,
        env=environment,
        preexec_fn=end_with_us,
    )


def serve_planned() -> None:
    """Serve the planned deployments until SIGTERM or Ctrl-C; runs that are due while nothing serves start late."""
    from prefect import serve
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.flows import load_flow_from_entrypoint
    from prefect.schedules import Cron
    from prefect.settings import get_current_settings
    from prefect.types.entrypoint import EntrypointType

    from flows.running.line import LIMIT

    with get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name(LIMIT, 1)
    one_at_a_time = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE)
    deployments: list[Any] = []  # Prefect types `to_deployment` as a coroutine too
    for planned in PLANNED:
        typer.echo(f"{planned.name:<14} {planned.cron:<14} {planned.time_zone:<15} {planned.description}")
        deployments.append(
            load_flow_from_entrypoint(planned.entrypoint).to_deployment(
                planned.name,
                schedule=Cron(planned.cron, timezone=planned.time_zone),
                parameters=planned.parameters,
                description=planned.description,
                concurrency_limit=one_at_a_time,
                entrypoint_type=EntrypointType.MODULE_PATH,
            )
        )
    # Its runner makes a folder there, of one name for all users of the machine: it is the first one's alone.
    with TemporaryDirectory(dir=get_current_settings().home) as tempfile.tempdir:
        # Schedules stay on while nothing serves: what falls due then is late, not forgotten.
        serve(*deployments, pause_on_shutdown=False, print_starting_message=False)
