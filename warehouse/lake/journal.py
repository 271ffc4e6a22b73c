"""The journal of a commit: which files, written and synced, are to take which places. It goes when all have."""

import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from warehouse.errors import AftercloseError
from warehouse.lake.manifest import way_on
from warehouse.whole import sha256_of, sync

JOURNAL = "journal.json"
PENDING = ".pending"  # no `*.parquet` glob matches what ends so


class Move(NamedTuple):
    """A file below the lake that is renamed from `temporary` to `final`, and its checksum."""

    temporary: str
    final: str
    sha256: str


def read_journal(folder: Path) -> list[Move] | None:
    """The moves of the commit that is under way, None when none is; raises `AftercloseError` for another content."""
    path = folder / JOURNAL
    try:
        moves = [Move(*map(str, move)) for move in json.loads(path.read_bytes())]
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        moves = []
    if not moves or not all(map(_is_below, moves)):
        raise AftercloseError(f"{path} is no journal of a commit: {way_on(path)}")
    return moves


def _is_below(move: Move) -> bool:
    place = PurePosixPath(move.final)
    return move.temporary == move.final + PENDING and not place.is_absolute() and ".." not in place.parts


def write_journal(folder: Path, moves: Sequence[Move]) -> None:
    """From here on the commit is carried out, by whoever comes."""
    journal = folder / JOURNAL
    draft = journal.with_name(JOURNAL + PENDING)
    draft.write_bytes(json.dumps(moves).encode())
    sync(draft)
    draft.replace(journal)
    sync(folder)


def waiting_in(folder: Path, moves: Sequence[Move]) -> list[tuple[Path, Path]]:
    """What is not renamed yet, and to what; raises `AftercloseError` if what was written is lost."""
    waiting = []
    for move in moves:
        temporary, final = folder / move.temporary, folder / move.final
        if temporary.exists():
            if sha256_of(temporary) != move.sha256:
                raise AftercloseError(
                    f"{temporary} is not what the journal promised: the disk lost bytes; {way_on(folder / JOURNAL)}"
                )
            waiting.append((temporary, final))
        elif not final.exists() or sha256_of(final) != move.sha256:
            raise AftercloseError(f"{final} of an unfinished commit is missing: {way_on(folder / JOURNAL)}")
    return waiting


def carry_out(folder: Path, moves: Sequence[Move]) -> None:
    """Rename what is not renamed yet, and let the journal go.

    Raises `AftercloseError`, and renames none, if what was written is lost.
    """
    for temporary, final in waiting_in(folder, moves):
        temporary.replace(final)
    for parent in sorted({(folder / move.final).parent for move in moves}):
        sync(parent)
    (folder / JOURNAL).unlink()
    sync(folder)
