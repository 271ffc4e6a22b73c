"""Scheduled runs stand in line: one at a time, by a Prefect limit that must exist."""

from collections.abc import Iterator
from contextlib import contextmanager

from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
from prefect.concurrency.sync import concurrency
from prefect.runtime import deployment

from warehouse.errors import AftercloseError

LIMIT = "afterclose-lake"


def is_scheduled() -> bool:
    """Whether a deployment started this run."""
    return deployment.id is not None


@contextmanager
def one_run_at_a_time() -> Iterator[None]:
    """Hold the limit's one slot, so that of many late runs the first does the work and the others find it done.

    What keeps the lake whole is its own lock; a run that no deployment started has that alone. The slot is a lease:
    it lapses five minutes after the run that held it died. Raises `AftercloseError` if nobody made the limit.
    """
    if not is_scheduled():
        yield
        return
    try:
        # Losing the lease (the server was away) must not kill a night that the lake's lock protects anyway.
        with concurrency(LIMIT, strict=True, raise_on_lease_renewal_failure=False):
            yield
    except ConcurrencySlotAcquisitionError:
        raise AftercloseError(f"Prefect has no limit {LIMIT!r}: run `prefect gcl create {LIMIT} --limit 1`") from None
