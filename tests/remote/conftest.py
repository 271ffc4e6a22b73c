import os

import fsspec
import pytest

from tests import s3 as server


@pytest.fixture(scope="session")
def _s3():
    s3, stop = server.start()
    yield s3
    stop()


@pytest.fixture
def s3(_s3, monkeypatch, request):
    """An empty bucket on a running server, which the environment names."""
    for name, value in _s3.environment().items():
        monkeypatch.setenv(name, value)
    files = fsspec.filesystem("s3", skip_instance_cache=True, use_listings_cache=False)
    if files.exists(server.BUCKET):
        files.rm(server.BUCKET, recursive=True)
    files.mkdir(server.BUCKET)
    _s3.asked.clear()
    yield _s3
    _s3.before = lambda method, path: None


@pytest.fixture
def replica(s3, home, monkeypatch):
    """The address of a replica in it, set; the invented market may be shared, and all else is said to be."""
    for name in [name for name in os.environ if name.startswith("AFTERCLOSE_") and name != "AFTERCLOSE_HOME"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AFTERCLOSE_REPLICA", f"s3://{server.BUCKET}/evenings")
    return f"s3://{server.BUCKET}/evenings"
