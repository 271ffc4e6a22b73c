"""What must be right before Prefect is imported: a home, its private database, a server that answers."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import ExitStack
from shutil import which
from threading import Thread

import pytest

from flows.running import preparing
from flows.running.preparing import prepare_prefect
from tests.loopback import http_server, send
from warehouse.errors import AftercloseError
from warehouse.settings import load_settings


@pytest.fixture(autouse=True)
def no_prefect(monkeypatch):
    """Nothing of Prefect's is set, and what is set meanwhile is taken back; this process leaves as it would."""
    monkeypatch.setattr(preparing.atexit, "register", lambda function: None)
    monkeypatch.setattr(preparing, "_end_when_told", lambda: None)
    for name in ("PREFECT_API_URL", "PREFECT_HOME"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    preparing._prepare_prefect.cache_clear()


def database(home, version="8f1cce6e2ba4"):
    path = home / "prefect" / "prefect.db"
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as connection:
        connection.execute("create table alembic_version (version_num text)")
        connection.execute("insert into alembic_version values (?)", [version])
        connection.execute("create table filler as select hex(randomblob(20000)) as text")
    connection.close()
    return path


def a_server_says(home, process, url):
    (home / "prefect").mkdir(parents=True)
    (home / "prefect" / "afterclose-server").write_text(f"{process} {url}\n")


def test_a_run_joins_the_server_of_the_same_home_and_none_other_is_started(home):
    with http_server(lambda handler: send(handler, b"true")) as url:
        a_server_says(home, os.getpid(), f"{url}/api")
        prepare_prefect(load_settings())
        assert os.environ["PREFECT_API_URL"] == f"{url}/api"


def test_an_address_that_is_set_goes_before_the_server_at_hand(home, monkeypatch):
    with http_server(lambda handler: send(handler, b"true")) as url:
        a_server_says(home, os.getpid(), f"{url}/api")
        monkeypatch.setenv("PREFECT_API_URL", f"{url}/other")
        prepare_prefect(load_settings())
        assert os.environ["PREFECT_API_URL"] == f"{url}/other"


def test_a_server_does_not_join_another(home):
    with http_server(lambda handler: send(handler, b"true")) as url:
        a_server_says(home, os.getpid(), f"{url}/api")
        prepare_prefect(load_settings(), joins=False)
        assert "PREFECT_API_URL" not in os.environ


def test_a_server_that_died_is_not_joined_whoever_has_its_port_now(home):
    with http_server(lambda handler: send(handler, b"true")) as url:
        gone = subprocess.Popen([sys.executable, "-c", ""])
        gone.wait()
        a_server_says(home, gone.pid, f"{url}/api")
        prepare_prefect(load_settings())
        assert "PREFECT_API_URL" not in os.environ


def test_a_server_that_does_not_answer_is_not_joined(home):
    a_server_says(home, os.getpid(), "http://127.0.0.1:9/api")
    prepare_prefect(load_settings())
    assert "PREFECT_API_URL" not in os.environ


def known_version():
    from importlib.util import find_spec
    from pathlib import Path

    folder = Path(find_spec("prefect").origin).parent / "server/database/_migrations/versions/sqlite"
    return sorted(folder.glob("2*.py"))[-1].name.split("_")[4]


def test_a_whole_database_of_the_installed_prefect_stays(home, capsys):
    path = database(home, known_version())
    before = path.read_bytes()
    prepare_prefect(load_settings())
    assert path.read_bytes() == before
    assert capsys.readouterr().err == ""


def cut(path):
    path.write_bytes(path.read_bytes()[:9000])


def zeroed(path):
    path.write_bytes(bytes(16384))


def flipped(path):
    content = bytearray(path.read_bytes())
    content[4096:8192] = bytes(4096)
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [cut, zeroed, flipped])
def test_a_damaged_private_database_is_put_aside_with_a_line(home, capsys, damage):
    path = database(home, known_version())
    damage(path)
    prepare_prefect(load_settings())
    assert not path.exists()
    assert path.with_name("prefect.db.damaged").exists()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"afterclose: Prefect's database {path} is damaged (")


def test_a_private_database_of_a_newer_prefect_is_put_aside(home, capsys):
    database(home, "ffffffffffff")
    prepare_prefect(load_settings())
    assert "is of a newer Prefect (ffffffffffff): it is put aside" in capsys.readouterr().err


def test_a_database_elsewhere_is_nobody_s_to_move(home, monkeypatch, tmp_path):
    path = database(tmp_path / "mine")
    zeroed(path)
    monkeypatch.setenv("PREFECT_HOME", str(path.parent))
    with pytest.raises(AftercloseError, match=r"prefect.db is damaged .*: move it away, or unset PREFECT_HOME"):
        prepare_prefect(load_settings())
    assert path.exists()


def test_a_server_that_does_not_answer_is_named_at_once(home, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/api"
        monkeypatch.setenv("PREFECT_API_URL", url)
        with pytest.raises(AftercloseError, match=f"nobody answers at PREFECT_API_URL={url}"):
            prepare_prefect(load_settings())


def test_a_home_that_cannot_be_made_is_named(home, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("AFTERCLOSE_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(AftercloseError, match=r"file/home: Not a directory"):
        prepare_prefect(load_settings())


def test_the_password_of_a_server_that_does_not_answer_is_not_told(home, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://me:hunter2@127.0.0.1:9/api")
    with pytest.raises(AftercloseError, match=r"PREFECT_API_URL=http://127\.0\.0\.1:9/api"):
        prepare_prefect(load_settings())


def test_a_home_that_is_made_is_its_owner_s_alone(home):
    prepare_prefect(load_settings())
    assert home.stat().st_mode & 0o777 == 0o700


def test_an_empty_address_is_none_and_prefect_s_files_are_in_the_home(home, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "")
    monkeypatch.setenv("PREFECT_HOME", "")
    prepare_prefect(load_settings())
    assert "PREFECT_API_URL" not in os.environ
    assert os.environ["PREFECT_HOME"] == str(home / "prefect")


def test_a_server_that_wants_a_user_is_there_though_its_address_names_one(home, monkeypatch):
    with http_server(lambda handler: send(handler, b"", 401)) as url:
        monkeypatch.setenv("PREFECT_API_URL", f"{url.replace('http://', 'http://me:hunter2@')}/api")
        prepare_prefect(load_settings())
    monkeypatch.setenv("PREFECT_API_URL", "http://me:hunter2@127.0.0.1/api")  # where no port is, the password was one
    preparing._prepare_prefect.cache_clear()
    with pytest.raises(AftercloseError, match=r"nobody answers at PREFECT_API_URL=http://127\.0\.0\.1/api"):
        prepare_prefect(load_settings())


@pytest.mark.parametrize("port", ["abc", "99999"])
def test_a_port_that_is_none_has_no_server(port):
    assert not preparing.answers(f"http://127.0.0.1:{port}/api")


def test_what_is_no_web_server_is_no_server_of_prefect():
    with socket.create_server(("127.0.0.1", 0)) as other:

        def greet():
            connection, _ = other.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"220 mail.example.com ESMTP\r\n")

        thread = Thread(target=greet)
        thread.start()
        assert not preparing.answers(f"http://127.0.0.1:{other.getsockname()[1]}/api")
        thread.join()


TOLD_TO_END = """
import atexit, sys
from flows.running.preparing import prepare_prefect
from warehouse.settings import load_settings
prepare_prefect(load_settings())
atexit.register(print, "Prefect's server is stopped", flush=True)  # as Prefect registers it
try:
    print("ready", flush=True)
    sys.stdin.read()
except SystemExit as end:
    print(end.code, flush=True)
    raise
"""


@pytest.fixture
def running():
    """A run with its own standard streams, once it is ready."""
    with ExitStack() as stack:

        def start(*before):
            command = [*before, sys.executable, "-c", TOLD_TO_END]
            run = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            stack.enter_context(run)
            assert run.stdout.readline() == "ready\n"
            return run

        yield start


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_run_that_is_told_to_end_stops_the_server_that_it_started(home, running, name):
    run = running()
    run.send_signal(getattr(signal, name))
    run.stdin.close()  # a signal between two instructions is looked at when the reading ends, and else never
    assert run.stdout.read() == f"{128 + getattr(signal, name)}\nPrefect's server is stopped\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_a_run_under_nohup_goes_on_when_its_terminal_is_closed(home, running):
    run = running(which("nohup"))
    run.send_signal(signal.SIGHUP)
    run.stdin.close()  # it ends when it has read to the end
    assert run.stdout.read() == "Prefect's server is stopped\n"
