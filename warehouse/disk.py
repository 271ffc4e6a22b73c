"""What the kept files take on disk."""

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
    rows = []
    for name, path in places.items():
        if path.exists():
            files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
            rows.append({"name": name, "path": str(path), "bytes": sum(file.stat().st_size for file in files)})
    return rows
