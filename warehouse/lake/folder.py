"""A folder that knows its files: they are read against the manifest and changed in one journalled commit.

A commit writes every new file under a name that no `*.parquet` glob matches and syncs it, the manifest last, then a
journal that lists each (temporary, final, sha256), then renames them all, syncs the folders and removes the journal.
Whoever takes the lock next rolls a journal forward or clears what has none, so a crash anywhere leaves the old or the
new state.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.errors import AftercloseError
from warehouse.lake.journal import JOURNAL, PENDING, Move, carry_out, read_journal, write_journal
from warehouse.lake.manifest import ACCEPTED, LOST, MANIFEST, DamagedError, Fault, Manifest, Promise, first_manifest
from warehouse.lake.schema import DATASETS, LAKE_VERSION, VERSION_WITH_MANIFEST, place_of
from warehouse.whole import in_one_line, sha256_of, sync

FORMAT = "format.json"


@dataclass(frozen=True)
class Folder:
    """Where a lake's files are, with its stamp, its manifest and, while a commit is carried out, its journal."""

    path: Path

    def stamp(self) -> int:
        """The version that is written down, 1 where none is.

        Raises `DamagedError` for another content, and `AftercloseError` for a newer version than this code knows.
        """
        path = self.path / FORMAT
        try:
            version = int(json.loads(path.read_bytes())["version"])
        except FileNotFoundError:
            return 1
        except (ValueError, TypeError, KeyError):
            raise DamagedError(Fault(path, "is not as it was written")) from None
        if version > LAKE_VERSION:
            raise AftercloseError(
                f"{path} says that this is a lake of version {version}, this Afterclose knows {LAKE_VERSION}: "
                "install a newer one"
            )
        return version

    def manifest(self) -> Manifest | None:
        """What the lake holds, None for one from before there were manifests; raises `DamagedError` for a lost one."""
        path = self.path / MANIFEST
        try:
            return Manifest.from_bytes(path.read_bytes())
        except FileNotFoundError:
            # The first one takes its place last: until the journal of its commit is gone, it is not late.
            if self.stamp() < VERSION_WITH_MANIFEST or (self.path / JOURNAL).exists():
                return None
            if path.exists():
                return self.manifest()
            raise DamagedError(Fault(path, "is missing")) from None
        except ValueError:
            raise DamagedError(Fault(path, "is not as it was written")) from None

    def found_manifest(self) -> Manifest:
        """The manifest that a lake without one would have: of the files that are there."""
        names = [name for name in (FORMAT, ACCEPTED) if (self.path / name).exists()] + self.found()
        paths = {name: self.path / name for name in names}
        return first_manifest({name: (path.stat().st_size, sha256_of(path)) for name, path in paths.items()})

    def found(self) -> list[str]:
        """The files that lie where datasets have theirs, whatever the manifest says: paths below the lake, in order."""
        paths = (path for dataset in DATASETS for path in self.path.glob(place_of(dataset, "*", "*")))
        return sorted(path.relative_to(self.path).as_posix() for path in paths)

    def content(self, name: str) -> bytes | None:
        """The bytes of a file by its path below the lake, None where none is and none should be.

        Raises `DamagedError` for a file that is not what was committed. Whoever reads without the lock may meet a
        commit half carried out: what its journal promises is good too, and a promise that is not kept is looked up
        again first.
        """
        path = self.path / name
        promised = self._promised(name)
        while True:
            found = path.read_bytes() if path.exists() else None
            broken = promised.broken_by(found) if promised else None
            if broken is None:
                return found
            before, promised = promised, self._promised(name)
            if promised == before:
                raise DamagedError(Fault(path, broken))

    def faults(self, deep: bool = False) -> list[Fault]:
        """The files that are missing or of another size than the manifest says; `deep` checks every byte of all."""
        manifest = self.manifest()
        faults = []
        for name, entry in manifest.files.items() if manifest else ():
            path = self.path / name
            if deep or not path.exists() or path.stat().st_size != entry.size:
                try:
                    self.content(name)
                except DamagedError as problem:
                    faults.append(problem.fault)
        return faults

    def commit(self, tables: Mapping[Path, pa.Table | bytes], base: Manifest | None = None) -> None:
        """Write all files or none; the caller holds the lock. `base`: the manifest to go on from, or the lake's.

        Raises `AftercloseError`, with nothing changed, where the lake is another one at the end than at the beginning.
        """
        if not tables and base is None:
            return
        found = self.manifest() if base is None else None
        base = base or found or self.found_manifest()
        with in_one_line(self.path):
            moves = [self._write(final, content) for final, content in tables.items()]
            written = {move.final: ((self.path / move.temporary).stat().st_size, move.sha256) for move in moves}
            moves.append(self._write(self.path / MANIFEST, base.after(written).to_bytes()))
            finals = [self.path / move.final for move in moves]
            for folder in sorted({up for final in finals for up in final.parents if up.is_relative_to(self.path)}):
                sync(folder)
            if found and self.manifest() != found:
                raise self._gone()
            write_journal(self.path, moves)
            self._roll_forward(moves)

    def _gone(self) -> AftercloseError:
        """A disk that goes away may leave a folder in its place."""
        return AftercloseError(f"the lake in {self.path} went away while it was written: is its disk there?")

    def adopt(self, manifest: bytes, fetch: Callable[[str, Path], None]) -> list[str]:
        """Become the lake of another manifest in one commit; the caller holds the lock. The files that were fetched.

        `fetch(sha256, path)` writes the content of that checksum there. What is here with the right content stays, also
        what an earlier try has fetched; files that the manifest does not name are taken away last, and a journal that
        cannot be carried out is set aside. Raises `AftercloseError` for a content that is not of its checksum and for a
        manifest that is none, and then nothing has changed.
        """
        new = _manifest_of_another(manifest)
        if (self.path / JOURNAL).exists():
            try:
                self.recover()
            except AftercloseError:
                (self.path / JOURNAL).replace(self.path / (JOURNAL + LOST))
        with in_one_line(self.path):
            moves = []
            for name, entry in new.files.items():
                final = self.path / name
                if final.exists() and final.stat().st_size == entry.size and sha256_of(final) == entry.sha256:
                    continue
                moves.append(Move(name + PENDING, name, entry.sha256))
                self._fetched(moves[-1], fetch)
            fetched = [move.final for move in moves]
            moves.append(self._write(self.path / MANIFEST, manifest))
            promised = {move.final for move in moves}
            if not all(name in promised or (self.path / name).exists() for name in new.files):
                raise self._gone()
            write_journal(self.path, moves)
            self._roll_forward(moves)
            for name in {*self.found(), ACCEPTED} - new.files.keys():
                (self.path / name).unlink(missing_ok=True)
        self.recover()
        return fetched

    def _fetched(self, move: Move, fetch: Callable[[str, Path], None]) -> None:
        temporary = self.path / move.temporary
        if not temporary.exists() or sha256_of(temporary) != move.sha256:
            temporary.parent.mkdir(parents=True, exist_ok=True)
            fetch(move.sha256, temporary)
            if sha256_of(temporary) != move.sha256:
                temporary.unlink()
                raise AftercloseError(f"{move.final} is not what its manifest says: its content is another")
        sync(temporary)
        sync(temporary.parent)

    def recover(self) -> None:
        """Finish or forget what a crashed writer left; the caller holds the lock."""
        moves = read_journal(self.path)
        with in_one_line(self.path):
            if moves is not None:
                self._roll_forward(moves)
            for leftover in self.path.rglob(f"*{PENDING}"):
                leftover.unlink()

    def _promised(self, name: str) -> Promise | None:
        """What the file should be; anything where there is no manifest."""
        manifest = self.manifest()
        if manifest is None:
            return None
        moves = read_journal(self.path) or []
        return Promise(manifest.files.get(name), frozenset(move.sha256 for move in moves if move.final == name))

    def _write(self, final: Path, content: pa.Table | bytes) -> Move:
        final.parent.mkdir(parents=True, exist_ok=True)
        temporary = final.with_name(final.name + PENDING)
        if isinstance(content, bytes):
            temporary.write_bytes(content)
        else:
            pq.write_table(content, temporary, compression="zstd", write_page_checksum=True)
        sync(temporary)
        name = final.relative_to(self.path).as_posix()
        return Move(name + PENDING, name, sha256_of(temporary))

    def _roll_forward(self, moves: list[Move]) -> None:
        carry_out(self.path, moves)


def _manifest_of_another(content: bytes) -> Manifest:
    """The manifest of a lake that somebody else has written, who may have meant harm."""
    try:
        found = Manifest.from_bytes(content)
    except ValueError:
        raise AftercloseError("the manifest that was fetched is not as it was written") from None
    places = [place_of(dataset, "*", "*") for dataset in DATASETS]
    for name in found.files:
        if name not in (FORMAT, ACCEPTED) and not any(fnmatchcase(name, place) for place in places):
            raise AftercloseError(f"the manifest that was fetched names {name!r}, which is no file of a lake")
    return found
