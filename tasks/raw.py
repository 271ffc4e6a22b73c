"""The official sources' own bytes, kept for a while: what was read of them can be read again, and not be had again."""

import gzip
from datetime import datetime
from functools import partial
from pathlib import Path

from warehouse.bars.official import OfficialAnswer
from warehouse.whole import in_one_line, write_whole


def keep_raw(folder: Path, answer: OfficialAnswer) -> Path:
    """Keep the bytes of an answer, compressed, where only the user of this machine reads them; the file's path."""
    board = answer.board.lower().replace(" ", "-")
    place = folder / answer.source
    with in_one_line(place):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    path = place / f"{answer.trade_date}-{board}-{answer.asked_at:%Y%m%dT%H%M%SZ}.gz"
    write_whole(path, partial(Path.write_bytes, data=gzip.compress(answer.raw, mtime=0)))
    return path


def prune_raw(folder: Path, before: datetime) -> None:
    """Let go of raw answers that were asked for before that moment, by their names."""
    with in_one_line(folder):
        for path in folder.glob("*/*Z.gz"):
            if path.name.removesuffix(".gz").rpartition("-")[2] < f"{before:%Y%m%dT%H%M%SZ}":
                path.unlink()
