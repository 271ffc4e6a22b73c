"""The server beside `serve` goes when `serve` does, however that ends."""

import os
import signal
import subprocess
import sys

import pytest

PARENT = """
import os, sys
from flows.running.serving import start_beside
child = start_beside([sys.executable, "-c", "import sys; sys.stdin.read()"], os.environ)
print(child.pid, flush=True)
child.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with the one that started it")
def test_a_serve_that_is_killed_leaves_no_server_behind():
    reads, writes = os.pipe()  # the child holds the end for writing: the other one ends when it has gone
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=writes, text=True
    )
    os.close(writes)
    assert int(parent.stdout.readline()) > 0
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    with os.fdopen(reads) as child:
        assert child.read() == ""  # waits for the child
    parent.communicate()
