"""Losses that a person accepts: a file of the lake that is gone for good, or is another than was committed.

Nothing else makes the lake forget a file. Who accepted what, when and why is kept in the lake.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

from warehouse.audit import audit_file
from warehouse.errors import AftercloseError, UsageError
from warehouse.lake.folder import FORMAT
from warehouse.lake.journal import JOURNAL
from warehouse.lake.lake import Lake
from warehouse.lake.manifest import ACCEPTED, LOST, MANIFEST, DamagedError, Entry, Manifest, Origin
from warehouse.lake.schema import DATASETS, STAMP, Dataset, place_of
from warehouse.settings import expanded
from warehouse.whole import in_one_line, sha256_of


@dataclass(frozen=True)
class Loss:
    """One accepted loss: the file below the lake, what was wrong with it, and who accepted that, when (UTC) and why."""

    file: str
    what: str
    accepted_at: str
    accepted_by: str
    note: str


def accepted_losses(lake: Lake) -> list[Loss]:
    """The losses that were accepted, oldest first; raises `DamagedError` if the record of them is lost."""
    content = lake.content(ACCEPTED)
    return [Loss(**row) for row in json.loads(content)] if content else []


def losses_as_read(lake: Lake) -> list[Loss]:
    """As `accepted_losses`, but none for a record that cannot be read: that is told as a fault of its own."""
    path = lake.path / ACCEPTED
    try:
        return [Loss(**row) for row in json.loads(path.read_bytes())] if path.exists() else []
    except (ValueError, TypeError):
        return []


def accept(lake: Lake, file: str, by: str, note: str, now: datetime, origin: Origin | None) -> str:
    """Go on without a file, or with the one in its place; how, in words. The caller holds the bare lock.

    A file that can be read is taken as it is now; any other is set aside. `origin` says where the database comes from:
    a manifest that is made anew counts on from there. Raises `UsageError` where nothing is wrong.
    """
    name = _below(lake, file)
    path = lake.path / name
    if name != FORMAT:
        lake.stamp()  # a lake of a newer version is not ours to mend
    what = _cannot_be_finished(lake) if name == JOURNAL else _what_is_wrong(lake, name)
    if what is None:
        raise UsageError(f"nothing is wrong with {path}: `afterclose verify` names what is lost")
    is_taken = _can_be_read(path, name)
    is_set_aside = path.exists() and not is_taken
    losses = losses_as_read(lake)
    if is_set_aside:  # first: a crash after it leaves the file missing, to be accepted again
        with in_one_line(path):
            path.rename(path.with_name(path.name + LOST))
    lake.recover()
    if name not in (ACCEPTED, MANIFEST):
        losses = accepted_losses(lake)
    losses.append(Loss(name, what, now.isoformat(), by, note))
    base = _manifest_anew(lake, origin) if name == MANIFEST else lake.manifest() or lake.found_manifest()
    files = {other: entry for other, entry in base.files.items() if other != name}
    if is_taken:
        files[name] = Entry(size=path.stat().st_size, sha256=sha256_of(path), commit=base.commit + 1)
    record = json.dumps([asdict(loss) for loss in losses], indent=1, ensure_ascii=False).encode()
    written = {lake.path / ACCEPTED: record} | ({path: STAMP} if name == FORMAT else {})
    lake.commit(written, base.model_copy(update={"files": files}))
    if name == MANIFEST:
        return f"{path} was made anew of the files that are there"
    kept = f" (kept as {path.name}{LOST})" if is_set_aside else ""
    return f"{path} is taken as it is now" if is_taken else f"the lake goes on without {path}{kept}"


def _below(lake: Lake, file: str) -> str:
    """The place of the file below the lake; it may be given so, or as a path. Raises `UsageError` for another file."""
    root = lake.path.resolve()
    for path in (expanded(file).resolve(), (root / file).resolve()):
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else ""
        if name in (JOURNAL, MANIFEST, FORMAT, ACCEPTED) or _dataset_of(name):
            return name
    raise UsageError(f"{file} is no file that {lake.path} should have: `afterclose verify` names what is lost")


def _dataset_of(name: str) -> Dataset | None:
    return next((dataset for dataset in DATASETS if fnmatchcase(name, place_of(dataset, "*", "*"))), None)


def _cannot_be_finished(lake: Lake) -> str | None:
    try:
        lake.recover()
    except AftercloseError:
        return "names a commit that cannot be finished"
    return None


def _what_is_wrong(lake: Lake, name: str) -> str | None:
    lake.recover()
    dataset = _dataset_of(name)
    try:
        if name == MANIFEST:
            lake.manifest()
        elif dataset:
            lake.table(lake.path / name, dataset)
        else:
            lake.content(name)
    except DamagedError as problem:
        return problem.fault.what
    return None


def _can_be_read(path: Path, name: str) -> bool:
    dataset = _dataset_of(name)
    return dataset is not None and path.exists() and not list(audit_file(path, dataset))


def _manifest_anew(lake: Lake, origin: Origin | None) -> Manifest:
    """Of the files that are there; its number goes on from that of the database."""
    found = lake.found_manifest()
    return found.model_copy(update={"lake": origin.lake, "commit": origin.commit}) if origin else found
