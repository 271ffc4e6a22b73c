"""The lake that the settings name, and what shows that there should be one."""

from datetime import timedelta

from warehouse.lake.lake import Lake
from warehouse.settings import Settings

LONGEST_REST = timedelta(days=3653)  # ten years: recordings of long ago may be gone on with


def open_lake(settings: Settings) -> Lake:
    """The lake of the settings. Where a database or a page was made from one, a folder without a lake is a hole.

    An address that is mistyped, a disk that is not mounted and a folder that is gone are then refused by whoever reads
    or writes the lake, and not filled anew; so is a clock that is years ahead, by whoever writes.
    """
    made = [settings.database_path, *sorted(settings.reports_path.glob("????-??-??.html"), reverse=True)]
    witness = next((path for path in made if path.exists()), None)
    return Lake(settings.lake_path, witness, None if settings.long_rest else LONGEST_REST)
