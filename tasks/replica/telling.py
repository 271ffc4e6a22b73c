"""How the replica stands as far as the home knows, for whoever looks at the home: nobody is asked."""

from collections.abc import Iterator
from typing import Any

from tasks.replica.bucket import address_to_show
from tasks.replica.pointer import Known, read_known
from warehouse.lake.lock import is_locked
from warehouse.lake.manifest import MANIFEST, DamagedError, Manifest
from warehouse.settings import Settings
from warehouse.whole import sha256_of


def known_standing(settings: Settings) -> list[dict[str, Any]]:
    """A row (address, commit and sent_at: what it got last, lake_commit, is_behind, told); none without a replica."""
    if settings.replica is None:
        return []
    # Here, for a home without a replica is looked at without Arrow.
    from warehouse.lake.folder import Folder

    folder, known = Folder(settings.lake_path), read_known(settings.home.expanduser())
    try:
        manifest = folder.manifest()
    except DamagedError:
        manifest = None  # the loss is told by whoever looks for lost files
    is_behind = manifest is not None and sha256_of(folder.path / MANIFEST) not in known.sent[:1]
    row = {
        "address": address_to_show(settings.replica.get_secret_value()),
        "commit": known.commit,
        "sent_at": known.sent_at,
        "lake_commit": manifest.commit if manifest else None,
        "is_behind": is_behind,
    }
    return [row | {"told": f"replica {row['address']}: {_told(known, manifest, is_behind)}"}]


def lacking(settings: Settings) -> Iterator[str]:
    """A line where the replica has not got what the lake has; a writer at work is not late."""
    for row in known_standing(settings):
        if row["is_behind"] and not is_locked(settings.lake_path):
            yield row["told"]


def _told(known: Known, manifest: Manifest | None, is_behind: bool) -> str:
    got = (
        f"at commit {known.commit} since {known.sent_at:%Y-%m-%d %H:%M} UTC" if known.sent_at else "it has got nothing"
    )
    return f"{got}, the lake is at commit {manifest.commit}: the next run sends it" if manifest and is_behind else got
