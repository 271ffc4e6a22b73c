"""Whose rows may leave this machine: those of sources that may be shared, and those that `AFTERCLOSE_SHARE` names."""

from collections.abc import Collection, Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.sources.registry import LOCAL, vendor_names
from warehouse.errors import AftercloseError, UsageError
from warehouse.facts.market import Facts
from warehouse.lake.schema import DATASETS
from warehouse.settings import Settings, names_in

COLUMNS = ("source", "first_source")
OWNERS = {"weights": "csindex", "securities": "hkex"}  # whose files a home may have in these folders


def sources_in(paths: Iterable[Path]) -> set[str]:
    """The sources that some files of a lake name; raises `AftercloseError` for one that cannot be read."""
    named = {dataset.name: [name for name in COLUMNS if name in dataset.schema.names] for dataset in DATASETS}
    found: set[str] = set()
    for path in paths:
        columns = named.get(path.parents[2].name, [])
        try:
            table = pq.read_table(path, columns=columns, partitioning=None)
        except (pa.ArrowException, OSError):
            raise AftercloseError(f"{path} is not as it was committed: see `afterclose verify`") from None
        for column in columns:
            found.update(value for value in table[column].unique().to_pylist() if value is not None)
    return found - {LOCAL}


def sources_of_files(names: Iterable[str]) -> set[str]:
    """Whose the files of a home are, by their paths below it; what a person wrote is their own."""
    folders = {name.partition("/")[0] for name in names}
    return {source for folder, source in OWNERS.items() if folder in folders}


def refuse_own_use(sources: Collection[str], facts: Facts, settings: Settings) -> None:
    """Raises `AftercloseError` where rows of these sources may not be passed on: a replica has all of a lake or none.

    A source of which nothing is known is for own use.
    """
    uses = {row["vendor"]: row["use"] for row in facts.tables["sources.csv"]}
    shared = set(names_in(settings.share))
    if own := {name for name in sources if uses.get(name) != "share"} - shared:
        raise AftercloseError(
            f"nothing goes there: rows of {', '.join(sorted(own))} are for own use, unless AFTERCLOSE_SHARE names who "
            "gave them (docs/sources.md)"
        )


def refuse_strange_share(facts: Facts, settings: Settings) -> None:
    """Raises `UsageError` for a name in `AFTERCLOSE_SHARE` that is none of a source."""
    known = {row["vendor"] for row in facts.tables["sources.csv"]} | set(vendor_names())
    if strange := set(names_in(settings.share)) - known:
        raise UsageError(
            f"AFTERCLOSE_SHARE names {', '.join(sorted(strange))}, which is no source: {', '.join(sorted(known))} are"
        )
