"""A look at the replica itself, as `afterclose doctor` takes it."""

from collections.abc import Iterator

from tasks.replica.bucket import open_bucket
from tasks.replica.pointer import read_pointer
from tasks.replica.writing import standing_of
from warehouse.lake.opening import open_lake
from warehouse.settings import Settings

STANDINGS = {
    "level": ("ok", "so is this home"),
    "ahead": ("note", "this home is ahead: the next run sends what it lacks"),
    "behind": ("wrong", "this home is behind: `afterclose pull` brings it up"),
    "diverged": ("wrong", "this home has another history: see `afterclose pull --force`"),
    "other": ("wrong", "this home has another lake: look at AFTERCLOSE_REPLICA"),
    "lost": ("wrong", "this home has lost its manifest: see `afterclose verify`"),
}


def replica(settings: Settings) -> Iterator[tuple[str, str]]:
    """Which commit the replica is at, by its own word, and whether this home may go on from there: (state, words).

    Raises `AftercloseError` where it cannot be reached.
    """
    bucket = open_bucket(settings)
    if bucket is None:
        yield "ok", "none: AFTERCLOSE_REPLICA is not set"
        return
    pointer, _ = read_pointer(bucket)
    if pointer is None:
        yield "note", f"{bucket.shown} is empty: the next run fills it"
        return
    state, stands = STANDINGS[standing_of(open_lake(settings), settings, pointer)]
    written = f"written by {pointer.writer} at {pointer.swapped_at[:16]} UTC"
    yield state, f"{bucket.shown} is at commit {pointer.commit}, {written}; {stands}"
