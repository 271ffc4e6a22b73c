"""The copy of the lake under its own names, for whoever knows only globs: refreshed file by file after the pointer."""

from concurrent.futures import ThreadPoolExecutor

from tasks.replica.bucket import Bucket
from tasks.replica.pointer import HIVE, Pointer, place_of, read_pointer
from warehouse.errors import AftercloseError
from warehouse.lake.manifest import MANIFEST, Manifest

AT_ONCE = 8  # objects under way


def refresh_copy(bucket: Bucket, manifest: Manifest, written: bytes, pointer: Pointer) -> None:
    """Bring the copy under stable names to a manifest, which it gets last: until then it is between two evenings.

    Raises `AftercloseError` where the replica is past that pointer, as when its machine has slept in between. What it
    copied until then is of an older evening: the copy has no manifest then, and the next writer makes all of it anew.
    """
    found = bucket.read(f"{HIVE}/{MANIFEST}")
    if found and found[0] == written:
        return
    _refuse_passed(bucket, pointer)
    before = _files_of(found[0]) if found else {}
    after = {name: entry.sha256 for name, entry in manifest.files.items()}
    changed = sorted(name for name, sha256 in after.items() if before.get(name) != sha256)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda name: bucket.copy(place_of(after[name]), f"{HIVE}/{name}"), changed))
    bucket.remove([f"{HIVE}/{name}" for name in sorted(before.keys() - after.keys())])
    try:
        _refuse_passed(bucket, pointer)
    except AftercloseError:
        bucket.remove([f"{HIVE}/{MANIFEST}"])
        raise
    bucket.write(f"{HIVE}/{MANIFEST}", written)


def _refuse_passed(bucket: Bucket, pointer: Pointer) -> None:
    if read_pointer(bucket)[0] != pointer:
        raise AftercloseError(
            f"the replica {bucket.shown}: another writer has swapped the pointer before the copy under {HIVE}/ was "
            "refreshed: see `afterclose pull`"
        )


def _files_of(manifest: bytes) -> dict[str, str]:
    try:
        return {name: entry.sha256 for name, entry in Manifest.from_bytes(manifest).files.items()}
    except ValueError:
        return {}  # all is copied again
