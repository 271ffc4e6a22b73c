"""How the process ends, and where Prefect keeps its files."""

import atexit
import logging
import os
import sys
from functools import cache
from pathlib import Path

from warehouse.errors import AftercloseError
from warehouse.settings import Settings
from warehouse.whole import in_one_line


class _Leaving:
    """How the process ends: Prefect's threads outlive it and would let DuckDB print pages about leaks."""

    code = 1

    def leave(self) -> None:
        """Leave at once, with the exit code, when everything else has been put away."""
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(self.code)


leaving = _Leaving()


def prepare_prefect(settings: Settings) -> None:
    """Keep Prefect's files with ours, its telemetry off, and its start-up patient; once, before its import.

    Raises `AftercloseError` for a home that cannot be written: Prefect would say so in pages.
    """
    _prepare_prefect(settings.home.expanduser())


@cache
def _prepare_prefect(home: Path) -> None:
    atexit.register(leaving.leave)  # registered before Prefect's own handlers, so it runs after them
    with in_one_line(home):
        home.mkdir(parents=True, exist_ok=True)
    if not os.access(home, os.W_OK):
        raise AftercloseError(f"{home} cannot be written: it is read-only, or another user's")
    if not {"PREFECT_API_URL", "PREFECT_HOME"} & os.environ.keys():
        os.environ["PREFECT_HOME"] = str(home / "prefect")
    for name, value in {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_LOGGING_SERVER_LEVEL": "ERROR",
    }.items():
        os.environ.setdefault(name, value)
