"""What every test may use: a home of its own, the project's look-alike, and one Prefect server for the session."""

import atexit
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.fake_akshare import FakeAkshare
from tests.fake_csindex import FakeCsi
from tests.fake_tencent import FakeTencent
from tests.lookalike import LookAlike
from tests.loopback import http_server

# Before anything imports Prefect: no telemetry, and a start-up that a slow machine survives.
os.environ |= {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "PREFECT_LOGGING_LEVEL": "WARNING",
}

# The suites that tests of sources subclass: else a failing one shows no values.
pytest.register_assert_rewrite("tests.sources.conformance", "tests.sources.official_conformance")

SLOW_TO_START = ("prefect_server", "demo")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """One more than there are cores: each waits for a part of its time, for the disk or for a program that it began."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items):
    """Whoever needs Prefect says so; one worker runs what shares something that is made once, a free one all else."""
    for item in items:
        slow = next((fixture for fixture in SLOW_TO_START if fixture in item.fixturenames), None)
        if slow:
            item.add_marker(pytest.mark.prefect)
        # Spread over two workers, what tests share would be made twice; and a file that shares nothing, and is run by
        # one, keeps the others waiting at the end. Nothing public has the fixtures of a test.
        fixtures = [fixture for each in item._fixtureinfo.name2fixturedefs.values() for fixture in each]
        if slow or any(fixture.scope != "function" and fixture.baseid not in ("", "tests") for fixture in fixtures):
            item.add_marker(pytest.mark.xdist_group(slow or item.path.name))


def pytest_sessionfinish(exitstatus):
    """Leave as the command line does: Prefect's threads would let DuckDB print pages about leaks."""
    atexit_code.append(int(exitstatus))


atexit_code = []


@atexit.register
def _leave():
    sys.stdout.flush()
    sys.stderr.flush()
    if atexit_code:
        os._exit(atexit_code[-1])


@pytest.fixture(scope="session", autouse=True)
def cookies(tmp_path_factory):
    """yfinance keeps the cookie store of a process's first home for good: one that goes with no test's folder."""
    import yfinance
    from yfinance.cache import get_cookie_cache

    yfinance.set_tz_cache_location(str(tmp_path_factory.mktemp("cookies")))
    get_cookie_cache().lookup("basic")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty AFTERCLOSE_HOME and no other setting."""
    for name in [name for name in os.environ if name.startswith("AFTERCLOSE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AFTERCLOSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def vendor(home, monkeypatch):
    """A running look-alike that the settings point to; a second is worth a thousand requests."""
    alike = LookAlike()
    monkeypatch.setenv("AFTERCLOSE_YAHOO_URL", alike.start())
    monkeypatch.setenv("AFTERCLOSE_REQUESTS_PER_SECOND", "1000")
    yield alike
    alike.stop()


@pytest.fixture
def tencent(home, monkeypatch):
    """A running stand-in for Tencent that the settings point to."""
    fake = FakeTencent()
    monkeypatch.setenv("AFTERCLOSE_TENCENT_URL", fake.start())
    yield fake
    fake.stop()


@pytest.fixture
def akshare(monkeypatch):
    """A stand-in that is imported as `akshare`."""
    fake = FakeAkshare()
    monkeypatch.setitem(sys.modules, "akshare", fake.module())
    return fake


@pytest.fixture
def csi(monkeypatch):
    """A stand-in for CSI's site; the settings point to it."""
    fake = FakeCsi()
    with http_server(fake.answer) as url:
        monkeypatch.setenv("AFTERCLOSE_CSI_URL", url)
        yield fake


@pytest.fixture(scope="session")
def prefect_server():
    """Prefect's own throw-away server; entering it is slow, so once.

    Without heartbeats, which nobody here listens to: the thread that sends them sleeps up to a second at a run's end.
    """
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    with (
        prefect_test_harness(server_startup_timeout=180),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield


@pytest.fixture
def evening(monkeypatch):
    """Move the clock to 18:30 in Hong Kong of a day."""

    def move(day: date) -> None:
        monkeypatch.setenv("AFTERCLOSE_NOW", f"{day}T18:30:00+08:00")

    return move


def walk(symbol, market, first, last, start=50.0):
    """Invented bars: a fixed little walk on the market's real sessions, never two closes alike."""
    bars, close = {}, start + sum(map(ord, symbol)) % 40
    for at, day in enumerate(market.sessions.between(first, last)):
        opened, close = close, round(close * (1 + ((at * 7 + len(symbol)) % 11 - 5) / 400) + 0.01, 2)
        bars[day] = (
            opened,
            round(max(opened, close) + 0.2, 2),
            round(min(opened, close) - 0.2, 2),
            close,
            100_000 + at,
        )
    return bars


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The home folder that `afterclose demo` leaves, and what it printed; played once for all tests."""
    folder = tmp_path_factory.mktemp("demo")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AFTERCLOSE_", "PREFECT_"))}
    done = subprocess.run(
        [Path(sys.executable).with_name("afterclose"), "demo"],
        env=kept | {"AFTERCLOSE_HOME": str(folder)},
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return SimpleNamespace(home=folder / "demo", printed=done.stdout)
