"""Bring a replica to where a lake is: objects first, then the pointer, then the copy under stable names.

Whoever dies in between leaves the old evening or the new one; the next run sends what is missing.
"""

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from threading import Event

from tasks.replica.bucket import PENDING, Bucket
from tasks.replica.copying import AT_ONCE, refresh_copy
from tasks.replica.pointer import (
    OBJECTS,
    POINTER,
    STATES,
    Pointer,
    got_now,
    is_checksum,
    place_of,
    read_known,
    sent_of,
    write_known,
)
from tasks.replica.rights import refuse_own_use, sources_in, sources_of_files
from warehouse.errors import AftercloseError
from warehouse.facts.given import KINDS, given_files
from warehouse.facts.market import Facts
from warehouse.facts.reading import local_files
from warehouse.lake.lake import Lake
from warehouse.lake.manifest import MANIFEST, Manifest
from warehouse.settings import Settings
from warehouse.sql.database import fault_of
from warehouse.sql.fact_tables import GIVEN
from warehouse.whole import sha256_of

KEPT = timedelta(days=2)  # an object that no pointer names any more: for whoever still reads that evening


@dataclass(frozen=True)
class Offer:
    """What a home has for a replica: its manifest, and by checksum where the content of every object is and how long it
    should be.
    """

    manifest: Manifest
    manifest_sha256: str
    lake_files: Mapping[str, str]
    database: str | None
    home: Mapping[str, str]
    paths: Mapping[str, Path]
    sizes: Mapping[str, int]

    @property
    def sent(self) -> list[str]:
        """What `Known.sent` says once the replica has it all."""
        return sent_of(self.manifest_sha256, self.database, self.home)


def offer_of(lake: Lake, settings: Settings) -> Offer | None:
    """What there is to send, None of a lake without a commit."""
    manifest = lake.manifest()
    if manifest is None:
        return None
    files = {name: entry.sha256 for name, entry in manifest.files.items()}
    home = checksums(home_files(settings))
    found = {sha256: settings.home.expanduser() / name for name, sha256 in home.items()}
    database = _database(settings.database_path)
    if database:
        found[database] = settings.database_path
    whole = sha256_of(lake.path / MANIFEST)
    found[whole] = lake.path / MANIFEST
    paths = {sha256: lake.path / name for name, sha256 in files.items()} | found
    sizes = {entry.sha256: entry.size for entry in manifest.files.values()}
    sizes |= {sha256: path.stat().st_size for sha256, path in found.items()}
    return Offer(manifest, whole, files, database, home, paths, sizes)


def home_files(settings: Settings) -> dict[str, Path]:
    """A person's facts, by their paths below the home: without them the next run would take back what they gave."""
    home = settings.home.expanduser()
    given = [path for folder in GIVEN for path in given_files(home / folder)]
    alerts = given_files(settings.alerts_path, (".sql",))
    reference = [settings.reference_path / name for name in local_files(settings.reference_path)]
    paths = [settings.actions_path, *given, *reference, *alerts]
    return {path.relative_to(home).as_posix(): path for path in sorted(paths) if path.is_file()}


def checksums(paths: Mapping[str, Path]) -> dict[str, str]:
    """Those of files, by their names."""
    return {name: sha256_of(path) for name, path in paths.items()}


def is_home_file(name: str) -> bool:
    """Whether a path below a home is one that `home_files` would give: no setting, no file of the lake."""
    folder, _, rest = name.partition("/")
    kinds = dict.fromkeys(GIVEN, KINDS) | {"reference": (".csv",), "alerts": (".sql",)}
    suffix = PurePosixPath(rest).suffix.lower()
    return name == "actions.csv" or (suffix in kinds.get(folder, ()) and ".." not in rest.split("/"))


def send(
    bucket: Bucket,
    lake: Lake,
    facts: Facts,
    settings: Settings,
    who: str,
    begun_at: tuple[Pointer | None, str | None],
    lost: Event,
) -> None:
    """Bring the replica to where the lake is, and note in the home that it is there.

    `begun_at` is the pointer that the run began at, and its tag. Raises `AftercloseError` where another writer has
    swapped it since, and for rows that are for own use.
    """
    offer = offer_of(lake, settings)
    if offer is None:
        return
    (pointer, tag), known = begun_at, read_known(settings.home.expanduser())
    found = bucket.sizes(OBJECTS)
    there = {name: size for name, size in found.items() if is_checksum(name)}
    retired = dict(pointer.retired) if pointer else {}
    wanted = {*offer.lake_files.values(), offer.manifest_sha256, *offer.home.values()}
    missing = sorted(sha256 for sha256 in wanted if sha256 in retired or not _is_there(there, sha256, offer))
    sources = set(pointer.sources if pointer else ()) | _sources(lake, offer, pointer, missing, settings)
    refuse_own_use(sources, facts, settings)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda sha256: bucket.write(place_of(sha256), _content(offer, sha256)), missing))
    if offer.database and (offer.database in retired or not _is_there(there, offer.database, offer)):
        bucket.send(place_of(offer.database), offer.paths[offer.database])
    now = datetime.now(UTC)
    if pointer is None or offer.sent != pointer.sent:
        known = known.model_copy(update={"states": [*known.states, offer.manifest_sha256][-STATES:]})
        write_known(settings.home.expanduser(), known)
        old = set(there) | (pointer.objects if pointer else set())
        gone = {sha256: retired.get(sha256, now) for sha256 in old - wanted - {offer.database}}
        kept = {sha256: since for sha256, since in gone.items() if since + KEPT > now}
        pointer = _pointer(offer, pointer, sorted(sources), kept, who, now)
        if lost.is_set():
            raise AftercloseError(f"the replica {bucket.shown}: the lease was lost: another machine may be writing")
        _swap(bucket, pointer, tag)
        drafts = {name for name in found if name.endswith(PENDING)}  # of uploads that died
        bucket.remove([place_of(name) for name in sorted(drafts | (gone.keys() - kept.keys()))])
    refresh_copy(bucket, offer.manifest, (lake.path / MANIFEST).read_bytes(), pointer)
    got = got_now(offer.manifest.commit, offer.sent)
    write_known(settings.home.expanduser(), known.model_copy(update=got))


def _database(path: Path) -> str | None:
    """The checksum of the database, None of one that is not there or not as it was written."""
    return sha256_of(path) if path.exists() and fault_of(path) is None else None


def _is_there(there: Mapping[str, int], sha256: str, offer: Offer) -> bool:
    """Whether an object is there, in its length: a folder on a disk may have lost some."""
    return there.get(sha256) == offer.sizes[sha256]


def _sources(lake: Lake, offer: Offer, pointer: Pointer | None, missing: list[str], settings: Settings) -> set[str]:
    """Whose rows would go there that are not there already."""
    new = set(missing) if pointer else set(offer.lake_files.values())
    paths = [lake.path / name for name, sha256 in offer.lake_files.items() if sha256 in new and "/" in name]
    return sources_in(paths) | sources_of_files(offer.home)


def _content(offer: Offer, sha256: str) -> bytes:
    """The bytes of an object; a file that is not what its name would say is sent to nobody."""
    path = offer.paths[sha256]
    data = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise AftercloseError(f"{path} is not as it was committed: see `afterclose verify`")
    return data


def _pointer(
    offer: Offer, before: Pointer | None, sources: list[str], retired: Mapping[str, datetime], who: str, now: datetime
) -> Pointer:
    history = before.history if before else []
    if before and before.manifest != offer.manifest_sha256:
        history = [*history, before.manifest][-STATES:]
    return Pointer(
        lake=offer.manifest.lake,
        commit=offer.manifest.commit,
        manifest=offer.manifest_sha256,
        database=offer.database,
        home=dict(offer.home),
        sources=sources,
        history=history,
        retired=dict(sorted(retired.items())),
        writer=who,
        swapped_at=now.isoformat(),
    )


def _swap(bucket: Bucket, pointer: Pointer, tag: str | None) -> None:
    if bucket.swap(POINTER, pointer.to_bytes(), tag) is None:
        found = bucket.read(POINTER)
        if found and found[0] == pointer.to_bytes():
            return  # it was done, and the answer lost
        if (found[1] if found else None) == tag:
            raise AftercloseError(f"the replica {bucket.shown} did not take the pointer: the next run sends it again")
        raise AftercloseError(
            f"the replica {bucket.shown}: another writer has swapped the pointer since this run began; nothing "
            "there was touched: see `afterclose pull`"
        )
