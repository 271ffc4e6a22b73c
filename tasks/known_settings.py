"""Every setting there is, ours and of each source, and which names of the environment or the files are none."""

import os
from collections.abc import Iterator
from contextlib import suppress

from tasks.sources.registry import official_named, official_names, vendor_named, vendor_names
from warehouse.errors import AftercloseError
from warehouse.settings import PREFIX, FromEnvironment, Settings, names_in_dotenv, read_file, settings_file


def kinds() -> Iterator[type[FromEnvironment]]:
    """Our settings and those of every installed source; imports them all."""
    from tasks.lists.csindex import CsiSettings

    yield Settings
    for name in vendor_names():
        with suppress(AftercloseError):  # a package that cannot be loaded is refused by whoever names it
            if own := vendor_named(name).settings:
                yield own
    for name in official_names():
        with suppress(AftercloseError):
            yield official_named(name).settings
    yield CsiSettings


def known_names() -> set[str]:
    """The names of all settings, in small letters and without our prefix."""
    return {name for kind in kinds() for name in kind.model_fields}


def unknown_names() -> list[tuple[str, str]]:
    """What looks like a setting of ours and is none, as (name as it is written, where it is written)."""
    path = settings_file()
    written = [(name, "the environment") for name in os.environ if name.upper().startswith(PREFIX)]
    written += [(name.upper(), ".env") for name in names_in_dotenv()]
    written += [(name, str(path)) for name in read_file(path)]
    ours = Settings.model_fields.keys()
    if all(_bare(name) in ours for name, _ in written):
        return []  # the usual case, without the import of every source
    known = known_names()
    return [(name, place) for name, place in written if _bare(name) not in known]


def _bare(name: str) -> str:
    return name.lower().removeprefix(PREFIX.lower())
