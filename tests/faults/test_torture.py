"""A slice of `make torture`: a decision struck at every so-many-th change of a file, by real kills and a full disk."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("cc"), reason="the shim needs Linux and a C compiler")
def test_a_decision_that_is_struck_breaks_no_law():
    command = [sys.executable, "-m", "tests.torture.torture", "--every", "170", "--actions", "hold"]
    done = subprocess.run([*command, "--faults", "kill,ENOSPC"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 laws broken\n" in done.stdout
