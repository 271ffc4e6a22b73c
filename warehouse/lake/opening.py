"""The lake that the settings name, and what shows that there should be one."""

from warehouse.lake.lake import Lake
from warehouse.settings import Settings


def open_lake(settings: Settings) -> Lake:
    """The lake of the settings. Where a database or a page was made from one, a folder without a lake is a hole.

    An address that is mistyped, a disk that is not mounted and a folder that is gone are then refused by whoever reads
    or writes the lake, and not filled anew.
    """
    made = [settings.database_path, *sorted(settings.reports_path.glob("????-??-??.html"), reverse=True)]
    return Lake(settings.lake_path, next((path for path in made if path.exists()), None))
