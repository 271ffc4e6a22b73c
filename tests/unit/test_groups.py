"""That tests which share what is slow to make are run by one worker: pytest-xdist says by whom in a test's id."""

import os

import pytest


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="run by one process, as without make")
def test_one_worker_runs_a_file(request):
    assert request.node.nodeid.endswith("@test_groups.py")
