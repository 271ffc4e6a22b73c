"""The facts that the settings name."""

from warehouse.facts.market import Facts
from warehouse.settings import Settings


def load_facts(settings: Settings) -> Facts:
    """Our facts with the corrections and the other stocks of the home.

    Raises `UsageError` for a file that cannot be.
    """
    return Facts.load(settings.reference_path, settings.universe_path)
