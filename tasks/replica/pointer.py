"""The pointer of a replica: which manifest it is at; and what a home knows of the states that it has been through.

objects/SHA256      every file of the lake, every manifest, the database, by what is in it; never changed
pointer.json        which manifest and which database are the evening, swapped by If-Match
lease.json          who writes, and until when
lake/...            a copy of the lake under its own names, refreshed file by file afterwards
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from tasks.replica.bucket import Bucket
from warehouse.errors import AftercloseError
from warehouse.lake.manifest import Manifest
from warehouse.whole import write_whole

POINTER, OBJECTS, HIVE = "pointer.json", "objects", "lake"
STATES = 500  # that a pointer and a home remember: a home that lay still for longer is taken for a diverged one

CHECKSUM = r"^[0-9a-f]{64}$"
Sha256 = Annotated[str, Field(pattern=CHECKSUM)]


class Pointer(BaseModel):
    """What a replica is at. Checksums name objects.

    `home` are the files of the home that a lake cannot be carried on without, `sources` whose rows it has, `history`
    the manifests it was at, oldest first; `retired` since when (UTC) no pointer names an object.
    """

    model_config = ConfigDict(frozen=True)
    lake: str
    commit: int
    manifest: Sha256
    database: Sha256 | None = None
    home: dict[str, Sha256] = Field(default_factory=dict)
    sources: list[str] = Field(default_factory=list)
    history: list[Sha256] = Field(default_factory=list)
    retired: dict[Sha256, AwareDatetime] = Field(default_factory=dict)
    writer: str
    swapped_at: str

    @property
    def objects(self) -> set[str]:
        """What it names itself; the files of the lake are in its manifest."""
        return {self.manifest, *([self.database] if self.database else []), *self.home.values()}

    @property
    def sent(self) -> list[str]:
        """What `Known.sent` says once a home and the replica are at the same."""
        return sent_of(self.manifest, self.database, self.home)

    def to_bytes(self) -> bytes:
        """As it is kept: JSON."""
        return self.model_dump_json(indent=1).encode() + b"\n"


class Known(BaseModel):
    """What `replica.json` of a home says: a name of its own, the manifests that it has been through and offered or
    pulled, oldest first, and what the replica has got in full (manifest, database, files of the home), with the number
    of that commit and the moment (UTC).
    """

    model_config = ConfigDict(frozen=True)
    home: str = Field(default_factory=lambda: uuid4().hex[:12])
    states: list[str] = Field(default_factory=list)
    sent: list[str] = Field(default_factory=list)
    commit: int | None = None
    sent_at: AwareDatetime | None = None

    def has_given(self, pointer: Pointer) -> bool:
        """Whether the files of a person that the replica has are those that this home has sent or got."""
        # What an earlier version wrote has no names.
        return self.sent[2:] in (pointer.sent[2:], sorted(pointer.home.values()))


def sent_of(manifest: str, database: str | None, home: Mapping[str, str]) -> list[str]:
    """What `Known.sent` says of checksums: a person's files by their names too, for one may only be renamed."""
    return [manifest, database or "", *(f"{sha256} {name}" for name, sha256 in sorted(home.items()))]


def got_now(commit: int, sent: list[str]) -> dict[str, Any]:
    """What changes of `Known` once the replica and the home are at the same commit."""
    return {"sent": sent, "commit": commit, "sent_at": datetime.now(UTC)}


def read_pointer(bucket: Bucket) -> tuple[Pointer | None, str | None]:
    """The pointer and its tag, None and None for a replica that has none yet; raises `AftercloseError` for another."""
    found = bucket.read(POINTER)
    if found is None:
        return None, None
    try:
        return Pointer.model_validate_json(found[0]), found[1]
    except ValidationError:
        raise AftercloseError(
            f"{bucket.shown}/{POINTER} is no pointer of a replica: look at AFTERCLOSE_REPLICA; one that was damaged "
            "may be removed, and the next run of the home that wrote last makes it anew"
        ) from None


def is_checksum(name: str) -> bool:
    """Whether what lies among the objects is one of ours."""
    return re.fullmatch(CHECKSUM, name) is not None


def place_of(sha256: str) -> str:
    """The name of an object."""
    return f"{OBJECTS}/{sha256}"


def read_known(home: Path) -> Known:
    """What a home knows; one that never met a replica, or lost its file, knows nothing."""
    try:
        return Known.model_validate_json(_file(home).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return Known()


def write_known(home: Path, known: Known) -> None:
    """Keep what a home knows."""
    write_whole(_file(home), lambda draft: draft.write_text(known.model_dump_json(indent=1) + "\n"))


def _file(home: Path) -> Path:
    return home / "replica.json"


def standing(
    mine: Manifest | None, sha256: str | None, states: list[str], has_given: bool, pointer: Pointer | None
) -> str:
    """How a home stands to a replica: 'first' (there is none yet), 'level', 'ahead', 'behind', 'diverged', 'other'.

    `mine` and `sha256` are the home's manifest and its checksum, `states` those it has been through, and it `has_given`
    what the replica has of a person's files. Behind is who is at a state that the replica was at, or lacks those files;
    ahead who has been through the one that the replica is at.
    """
    if pointer is None:
        return "first"
    if mine is None:
        return "behind"
    if mine.lake != pointer.lake:
        return "other"
    if sha256 == pointer.manifest:
        return "level" if has_given else "behind"
    if sha256 in pointer.history:
        return "behind"
    return "ahead" if has_given and pointer.manifest in states and mine.commit > pointer.commit else "diverged"
