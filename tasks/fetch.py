"""Step 2, fetch: ask a vendor for many symbols, so many at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tasks.sources import Source
from tasks.sources.simulated import Simulated
from warehouse.answers import Answer, Request
from warehouse.errors import UsageError
from warehouse.settings import Settings

CHUNK = 50  # symbols a Prefect task: one task a symbol costs more than the request


def make_source(settings: Settings) -> Source:
    """The source that the settings name."""
    if settings.source == "simulated":
        return Simulated(settings.clock)
    from tasks.sources.yahoo import Yahoo  # importing yfinance takes seconds, the simulated market needs none of it

    url = str(settings.yahoo_url) if settings.yahoo_url else None
    return Yahoo(settings.home.expanduser() / "yfinance", url, settings.requests_per_second, settings.clock)


def make_second_source(settings: Settings) -> Source | None:
    """The vendor whose opinion is wanted beside the first's; raises `UsageError` when it cannot be had."""
    if not settings.second_source:
        return None
    if settings.source == "simulated":
        raise UsageError("AFTERCLOSE_SECOND_SOURCE is a real vendor: unset it for the simulated market")
    from tasks.sources.sina import Sina

    return Sina(settings.clock)


def ask_all(source: Source, requests: Sequence[Request], concurrency: int) -> list[Answer]:
    """An answer a request, in their order; at most `concurrency` are in flight."""
    with ThreadPoolExecutor(concurrency) as pool:
        return list(pool.map(source.ask, requests))


def chunks(requests: Sequence[Request], size: int = CHUNK) -> list[Sequence[Request]]:
    """The requests in pieces of `size`."""
    return [requests[at : at + size] for at in range(0, len(requests), size)]
