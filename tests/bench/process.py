"""A command in a process of its own, and what it cost."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from tempfile import TemporaryFile
from typing import Any


def run(
    command: Sequence[str], environment: Mapping[str, str] | None = None, well: Sequence[int] = (0, 3)
) -> dict[str, Any]:
    """Seconds on the clock and of CPU, its own and its children's, the most memory in MiB, and what it printed."""
    with TemporaryFile("w+") as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=output, env=os.environ | (environment or {}))
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
        output.seek(0)
        said = output.read()
    if process.returncode not in well:
        raise RuntimeError(f"{' '.join(command)} ended {process.returncode}:\n{said[-2000:]}")
    return {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "mib": used.ru_maxrss / 1024, "said": said}
