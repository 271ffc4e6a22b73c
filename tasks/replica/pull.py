"""A home out of the replica: the lake byte for byte, the database, and a person's facts; everything is checked."""

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from shutil import copy2, copytree

from tasks.replica.bucket import Bucket, open_bucket
from tasks.replica.pointer import STATES, Pointer, got_now, place_of, read_known, read_pointer, write_known
from tasks.replica.upload import home_files, is_home_file
from tasks.replica.writing import standing_of
from warehouse.errors import AftercloseError, UsageError
from warehouse.lake.journal import JOURNAL
from warehouse.lake.lake import Lake
from warehouse.settings import Settings
from warehouse.sql.database import discard, keep_aside, seal
from warehouse.whole import sha256_of, write_whole, xxh128_of


@dataclass(frozen=True)
class Pulled:
    """What a pull did: the commit it is at now, how many files came, and what was kept aside."""

    commit: int
    fetched: int
    aside: list[Path]


def pull(settings: Settings, is_forced: bool = False) -> Pulled:
    """Bring the home to the evening that the replica is at, or make one; damaged files are mended by it too.

    Raises `UsageError` for a home with commits that the replica does not have, unless it `is_forced`: then that home is
    kept aside. Raises `AftercloseError`, with nothing changed, for an object that is not what its name says; for the
    database, which a rebuild makes too, once the rest is here.
    """
    bucket = open_bucket(settings)
    if bucket is None:
        raise UsageError("there is no replica to pull from: AFTERCLOSE_REPLICA is not set")
    lake = Lake(settings.lake_path)  # a hole is what this mends
    with lake.locked(settings.lock_wait, "pull"):
        pointer, _ = read_pointer(bucket)
        if pointer is None:
            raise UsageError(
                f"there is no replica at {bucket.shown} yet: the next run with AFTERCLOSE_REPLICA makes it"
            )
        if (lake.path / JOURNAL).exists():
            with suppress(AftercloseError):  # one that nobody can carry out is set aside by who takes the replica's
                lake.recover()
        place = standing_of(lake, settings, pointer)
        is_fit = place in ("level", "behind")
        if not is_fit and not is_forced:
            raise UsageError(_own_commits(lake, bucket, pointer, place))
        manifest = _object(bucket, pointer.manifest)
        # What a level home has otherwise is newer: the next run sends it.
        given = {} if place == "level" else _home_files(bucket, pointer, settings)
        aside = [] if is_fit else _kept_aside(lake, settings)
        fetched = lake.adopt(manifest, partial(_fetch, bucket))
        aside += _put_home_files(given)
        if pointer.database and not _has(settings.database_path, pointer.database):
            _take_database(bucket, pointer.database, settings.database_path)
            fetched.append(settings.database_path.name)
        elif aside and not pointer.database:
            discard(settings.database_path)
        home = settings.home.expanduser()
        states = [*pointer.history, pointer.manifest][-STATES:]
        got = got_now(pointer.commit, pointer.sent)
        write_known(home, read_known(home).model_copy(update={"states": states} | got))
        return Pulled(pointer.commit, len(fetched), aside)


def _own_commits(lake: Lake, bucket: Bucket, pointer: Pointer, place: str) -> str:
    if place == "lost":
        return (
            f"{lake.path} has lost its manifest, so nobody can tell whether it has commits that {bucket.shown} (commit "
            f"{pointer.commit}) does not have: --force keeps this home aside and takes the replica's"
        )
    mine = lake.manifest()
    at = f"is at commit {mine.commit}" if mine else "is of an earlier version"
    if place == "ahead":
        return f"{lake.path} {at} and {bucket.shown} at {pointer.commit}: the home is ahead, the next run sends it"
    return (
        f"{lake.path} {at} and has commits that {bucket.shown} (commit {pointer.commit}) does not have: --force keeps "
        "this home aside and takes the replica's"
    )


def _kept_aside(lake: Lake, settings: Settings) -> list[Path]:
    """Copies of the lake, by links where the disk has them since its files are never changed, and of the database."""
    kept = lake.path.with_name(f"{lake.path.name}-{_now():%Y%m%dT%H%M%SZ}")
    copytree(lake.path, kept, copy_function=_link)
    database = settings.database_path
    return [kept, *([keep_aside(database, _now())] if database.exists() else [])]


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        copy2(source, target)


def _home_files(bucket: Bucket, pointer: Pointer, settings: Settings) -> dict[Path, bytes | None]:
    """A person's facts as the replica has them, where they are others here, by their places; None of one it has not."""
    given = {}
    home = settings.home.expanduser()
    for name in sorted({*pointer.home, *home_files(settings)}):
        path = home / name
        # A folder that a person keeps may be a link of theirs to elsewhere; a link within it is followed by no name.
        kept = home / name.partition("/")[0]
        if not is_home_file(name) or not (path == kept or path.parent.resolve().is_relative_to(kept.resolve())):
            raise AftercloseError(f"the replica {bucket.shown} names a file that no home keeps there: {name}")
        if name in pointer.home and _has(path, pointer.home[name]):
            continue
        given[path] = _object(bucket, pointer.home[name]) if name in pointer.home else None
    return given


def _put_home_files(given: Mapping[Path, bytes | None]) -> list[Path]:
    """Put a person's facts in their places; one that is another there is kept beside its place."""
    aside = []
    for path, data in given.items():
        if path.exists():
            aside.append(path.with_name(f"{path.name}.{_now():%Y%m%dT%H%M%SZ}"))
            # It stays where it is until the other takes its place: what is gone for a moment, a run would take back.
            _link(str(path), str(aside[-1]))
        if data is None:
            path.unlink(missing_ok=True)
        else:
            write_whole(path, partial(Path.write_bytes, data=data))
    return aside


def _take_database(bucket: Bucket, sha256: str, path: Path) -> None:
    draft = path.with_name(f"{path.name}.pulled")
    try:
        _fetch(bucket, sha256, draft)
        if sha256_of(draft) != sha256:
            raise AftercloseError(
                f"the replica {bucket.shown} has another database than it says: run `afterclose rebuild`"
            )
        digest = xxh128_of(draft)
        discard(path)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)  # half of one may be what fills the disk
    seal(path, digest)


def _has(path: Path, sha256: str) -> bool:
    return path.exists() and sha256_of(path) == sha256


def _fetch(bucket: Bucket, sha256: str, path: Path) -> None:
    bucket.fetch(place_of(sha256), path)


def _object(bucket: Bucket, sha256: str) -> bytes:
    found = bucket.read(place_of(sha256))
    if found is None or hashlib.sha256(found[0]).hexdigest() != sha256:
        raise AftercloseError(f"the replica {bucket.shown}: {place_of(sha256)} is missing or is not what its name says")
    return found[0]


def _now() -> datetime:
    return datetime.now(UTC)
