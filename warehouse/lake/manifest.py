"""The manifest: which files a lake holds, how long they are, their checksums, and the commit that wrote each."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from pydantic import BaseModel, ConfigDict
from pydantic_core import to_json

from warehouse.errors import AftercloseError

MANIFEST = "manifest.json"
ACCEPTED = "accepted.json"  # the losses that a person has accepted
RECORDS = ("runs", "answers", "fills", "sent")  # datasets that say nothing of a price by themselves
LOST = ".lost"  # what a file that was set aside ends in


class Entry(BaseModel):
    """What a file was when it was committed: bytes, checksum in hexadecimal digits, number of the commit."""

    model_config = ConfigDict(frozen=True)
    size: int
    sha256: str
    commit: int


class Manifest(BaseModel):
    """The files of a lake by their paths below it; `commit` counts from 1, one number for the whole lake.

    `lake` names the lake for as long as it lives, and every copy of it.
    """

    model_config = ConfigDict(frozen=True)
    lake: str
    commit: int
    files: dict[str, Entry]

    def after(self, written: Mapping[str, tuple[int, str]], gone: Collection[str] = ()) -> "Manifest":
        """The manifest of the next commit, which writes files (size and checksum by path) and lets others go."""
        commit = self.commit + 1
        kept = {name: entry for name, entry in self.files.items() if name not in gone}
        new = {name: Entry(size=size, sha256=digest, commit=commit) for name, (size, digest) in written.items()}
        return Manifest(lake=self.lake, commit=commit, files=kept | new)

    def has_news_since(self, commit: int) -> bool:
        """Whether a later commit wrote a dataset other than the records of who was asked, or gave a file up."""
        return any(
            entry.commit > commit and (name == ACCEPTED or ("/" in name and name.partition("/")[0] not in RECORDS))
            for name, entry in self.files.items()
        )

    def to_bytes(self) -> bytes:
        """As it is kept: JSON with the checksum of its own content, so that a changed digit is not another file's."""
        content = self.model_dump()
        content["files"] = dict(sorted(content["files"].items()))
        digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()
        return to_json(content | {"sha256": digest}, indent=1) + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> "Manifest":
        """Raises `ValueError` unless the bytes are those of a manifest, to the last one."""
        found = cls.model_validate_json(data)
        is_elsewhere = any(name.startswith("/") or ".." in name.split("/") for name in found.files)
        if is_elsewhere or found.to_bytes() != data:
            raise ValueError("it is not as it was written")
        return found


@dataclass(frozen=True)
class Origin:
    """The lake that a database was made from, by its name, and the commit that it was at."""

    lake: str
    commit: int


def first_manifest(files: Mapping[str, tuple[int, str]]) -> Manifest:
    """The manifest of a lake that had none: of no commit yet, its files as they are found (size and checksum)."""
    entries = {name: Entry(size=size, sha256=digest, commit=0) for name, (size, digest) in files.items()}
    return Manifest(lake=uuid4().hex[:12], commit=0, files=entries)


@dataclass(frozen=True)
class Promise:
    """What a file should be: what the manifest says, or what a commit writes that is being carried out (checksums)."""

    entry: Entry | None
    under_way: frozenset[str]

    def broken_by(self, content: bytes | None) -> str | None:
        """What is wrong with the content of the file (None: there is none), None if nothing is."""
        if content is None:
            return "is missing" if self.entry else None
        digest = hashlib.sha256(content).hexdigest()
        if digest in self.under_way or (self.entry and digest == self.entry.sha256):
            return None
        if self.entry is None:
            return "is no file of this lake: move it away"
        if len(content) != self.entry.size:
            return f"has {len(content)} bytes and not the {self.entry.size} of commit {self.entry.commit}"
        return f"is not what commit {self.entry.commit} wrote"


@dataclass(frozen=True)
class Fault:
    """A file of the lake that is not what the manifest says."""

    path: Path
    what: str

    def __str__(self) -> str:
        """The finding, as a sentence goes on."""
        return f"{self.path} {self.what}"


class DamagedError(AftercloseError):
    """A file of the lake is not what was committed: nobody reads it or writes it anew."""

    def __init__(self, fault: Fault) -> None:
        """The message names the file and the two ways on."""
        super().__init__(f"{fault}: {way_on(fault.path)}")
        self.fault = fault


def way_on(path: Path) -> str:
    """What a person can do about a file that is lost."""
    return f"put it back from a back-up, or accept the loss with `afterclose verify --accept {path} --note WHY`"
