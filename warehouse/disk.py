"""What the kept files take on disk."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from warehouse.settings import Settings


def disk_use(settings: Settings) -> list[dict[str, Any]]:
    """A row each (name, path, bytes): the database and the folders that grow, as far as they exist."""
    home = settings.home.expanduser()
    places = {
        "database": settings.database_path,
        "lake": settings.lake_path,
        "reports": home / "reports",
        "staging": settings.staging_path,
        "prefect": home / "prefect",
    }
    return [
        {"name": name, "path": str(path), "bytes": _bytes_of(path)} for name, path in places.items() if path.exists()
    ]


def _bytes_of(path: Path) -> int:
    """Of a file, or of all below a folder; a run that is under way may take one away meanwhile."""
    below = (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
    total = 0
    for file in [path] if path.is_file() else below:
        with suppress(FileNotFoundError):
            total += file.stat().st_size
    return total
