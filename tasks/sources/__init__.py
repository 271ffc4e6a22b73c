"""One module a vendor; all answer the same small protocol."""

from typing import Protocol

from warehouse.answers import Answer, Request


class Source(Protocol):
    """A vendor of daily bars."""

    name: str

    def ask(self, request: Request) -> Answer:
        """One answer for one symbol; never raises for what the vendor did, the outcome says it."""
        ...
