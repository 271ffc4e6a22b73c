"""How whoever changes a lake that has a replica goes about it: the lock, the lease, the change, the upload."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tasks.replica.bucket import Bucket, open_bucket
from tasks.replica.lease import leased
from tasks.replica.pointer import Pointer, read_known, read_pointer, standing, write_known
from tasks.replica.rights import refuse_strange_share
from tasks.replica.upload import checksums, home_files, offer_of, send
from warehouse.errors import AftercloseError, UsageError
from warehouse.facts.market import Facts
from warehouse.lake.lake import Lake
from warehouse.lake.manifest import MANIFEST, DamagedError
from warehouse.settings import Settings
from warehouse.whole import sha256_of

LOG = logging.getLogger("afterclose")


@contextmanager
def writing(lake: Lake, facts: Facts, settings: Settings, who: str, is_mending: bool = False) -> Iterator[list[str]]:
    """Hold the lake's lock, and the lease of its replica where it has one; send what has changed at the end.

    Gives a list that has, after the end, why the replica has not got it, if so: the next run sends it. Whoever
    `is_mending` finds the lake in whatever state it is in. Raises `AftercloseError`, before anything is changed, when
    another writes or has written since.
    """
    missed: list[str] = []
    bucket = open_bucket(settings)
    if bucket is None:
        with lake.locked(settings.lock_wait, who) if is_mending else lake.writing(settings.lock_wait, who):
            yield missed
        return
    refuse_strange_share(facts, settings)
    home = settings.home.expanduser()
    with lake.locked(settings.lock_wait, who):
        known = read_known(home)
        write_known(home, known)
        with leased(bucket, known.home, who, settings.lock_wait) as lost:
            if not is_mending:
                lake.version()
                lake.recover()
            begun_at = read_pointer(bucket)
            if not (is_mending and standing_of(lake, settings, begun_at[0]) == "lost"):
                refuse_unfit(lake, settings, bucket, begun_at[0])
            if not is_mending:
                lake.upgrade()
            try:
                yield missed
            except UsageError:  # what was asked is refused, perhaps since a run that died has stored it: that goes out
                missed += _sent(bucket, lake, facts, settings, who, begun_at, lost)
                raise
            missed += _sent(bucket, lake, facts, settings, who, begun_at, lost)


def _sent(*arguments: Any) -> list[str]:
    """Send, and why that could not be, if so."""
    try:
        send(*arguments)
    except AftercloseError as problem:
        LOG.warning("%s", problem)
        return [f"the replica has not got it: {problem}"]
    return []


def refuse_unfit(lake: Lake, settings: Settings, bucket: Bucket, pointer: Pointer | None) -> None:
    """Raises `AftercloseError` for a home that may not go on from where it is: behind its replica, or beside it."""
    place = standing_of(lake, settings, pointer)
    if pointer is None or place in ("level", "ahead"):
        return
    mine = lake.manifest()
    at = f"commit {mine.commit}" if mine else "of an earlier version" if place == "other" else "empty"
    theirs = f"the replica {bucket.shown} at commit {pointer.commit}, written by {pointer.writer}"
    if place == "behind":
        raise AftercloseError(f"{lake.path} is {at}, behind {theirs}: `afterclose pull` brings it up")
    what = "another lake than" if place == "other" else "another history than"
    raise AftercloseError(
        f"{lake.path} ({at}) has {what} {theirs}: look at AFTERCLOSE_REPLICA; `afterclose pull --force` keeps this "
        "home aside and takes the replica's"
    )


def standing_of(lake: Lake, settings: Settings, pointer: Pointer | None) -> str:
    """How the home stands to the replica, see `standing`; 'lost' where its manifest is, which would tell."""
    try:
        mine = lake.manifest()
    except DamagedError:
        return "lost"
    if mine is None and pointer and lake.found():
        return "other"  # of before there were manifests: what no replica names nobody else has
    sha256 = sha256_of(lake.path / MANIFEST) if mine else None
    known = read_known(settings.home.expanduser())
    # A home that died when it had sent them knows it only by having them.
    has_given = pointer is None or known.has_given(pointer) or checksums(home_files(settings)) == pointer.home
    return standing(mine, sha256, known.states, has_given, pointer)


def refuse_behind(lake: Lake, settings: Settings) -> None:
    """As `refuse_unfit`, before anybody is asked for anything; nothing where there is no replica."""
    if bucket := open_bucket(settings):
        refuse_unfit(lake, settings, bucket, read_pointer(bucket)[0])


def is_unsent(lake: Lake, settings: Settings) -> bool:
    """Whether the replica lacks something of this home, as far as the home knows; nobody is asked."""
    if settings.replica is None:
        return False
    offer = offer_of(lake, settings)
    return offer is not None and read_known(settings.home.expanduser()).sent != offer.sent
