"""Who runs what, as a test's id says of pytest-xdist: one worker what shares something, a free one all else."""

import os

import pytest

pytestmark = pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="run by one process, as without make")


@pytest.fixture(scope="module")
def shared():
    """What is made once for the tests of this file."""


def test_one_worker_runs_what_shares_something(request, shared):
    assert request.node.nodeid.endswith("@test_groups.py")


def test_what_shares_nothing_is_run_by_whoever_is_free(request):
    assert "@" not in request.node.nodeid
