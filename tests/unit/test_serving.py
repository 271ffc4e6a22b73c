"""The server beside `serve` goes when `serve` does, however that ends."""

import os
import signal
import subprocess
import sys
import tempfile

import prefect
import pytest

from flows.running import serving
from flows.running.serving import start_beside
from warehouse.errors import AftercloseError

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


@pytest.fixture
def started(home, monkeypatch):
    """A stand-in for Prefect's server that is there once it is started: each process with its environment."""
    monkeypatch.setenv("PREFECT_HOME", str(home))
    monkeypatch.setenv("PREFECT_API_URL", "")
    monkeypatch.delenv("PREFECT_API_URL")
    monkeypatch.setattr(serving.signal, "signal", lambda *_: None)
    is_there = iter([False, True])  # before it is started, and then
    monkeypatch.setattr(serving, "answers", lambda url: next(is_there))
    monkeypatch.setattr(serving, "server_command", lambda port: [sys.executable, "-c", "input()"])
    found = []

    def start(command, environment):
        found.append((start_beside(command, environment), environment))
        return found[-1][0]

    monkeypatch.setattr(serving, "start_beside", start)
    home.mkdir()
    return found


def test_a_server_that_has_gone_is_said_in_one_line(started):
    def serve():
        with serving.prefect_server():
            ((server, _),) = started
            server.kill()
            server.wait()
            raise RuntimeError("Service exceeded error threshold.")

    with pytest.raises(AftercloseError, match=r"^Prefect's server on port 4200 has gone"):
        serve()


def test_the_server_is_told_to_write_its_page_where_whoever_serves_can_write(started, home):
    with serving.prefect_server():
        ((_, environment),) = started
        assert environment["PREFECT_UI_STATIC_DIRECTORY"] == str(home / "page")


def test_what_serves_makes_no_folder_that_another_user_of_the_machine_may_have_made(
    prefect_server, monkeypatch, tmp_path
):
    from prefect.runner import Runner

    (tmp_path / "runner_storage").touch()  # as good as another user's: no folder can be made below it
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    places = []
    monkeypatch.setattr(prefect, "serve", lambda *_, **__: places.append(Runner()._tmp_dir))
    serving.serve_planned()
    (place,) = places
    home = prefect.settings.get_current_settings().home
    assert place.is_relative_to(home)
    assert not place.is_relative_to(tmp_path)
    assert not (home / place.relative_to(home).parts[0]).exists()  # it goes when no more is served
