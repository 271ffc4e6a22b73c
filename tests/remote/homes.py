"""Homes with a small lake and a replica, and readers that follow its pointer as somebody without Afterclose would."""

import hashlib
import json
from datetime import date

import fsspec

from tasks.replica.writing import writing
from tests.property.test_commit_crashes import NEW, OLD, agrees, state, tables
from tests.shipped import FACTS
from warehouse.lake.lake import Lake
from warehouse.settings import Settings

__all__ = ["NEW", "OLD", "agrees", "state"]
DAY = date(2022, 5, 17)


def settings_of(folder, **more):
    """Of a home in that folder; the rest is as the environment says."""
    return Settings(home=folder, lock_wait=0, **({"share": "yahoo"} | more))


def write(settings, close=OLD, who="nightly HK"):
    """Bring the home's lake to a close, and what became of the replica."""
    lake = Lake(settings.lake_path)
    with writing(lake, FACTS, settings, who) as missed:
        lake.commit(tables(lake, close))
    return missed


class Reader:
    """Reads a replica by its pointer; what it follows is there in full, or the reader raises."""

    def __init__(self, address):
        self.files, self.root = fsspec.core.url_to_fs(address, skip_instance_cache=True)

    def pointer(self):
        path = f"{self.root}/pointer.json"
        return json.loads(self.files.cat_file(path)) if self.files.exists(path) else None

    def object(self, sha256):
        data = self.files.cat_file(f"{self.root}/objects/{sha256}")
        assert hashlib.sha256(data).hexdigest() == sha256
        return data

    def evening(self):
        """The content of every file of the lake that the pointer names, by its path; None of a replica without one."""
        pointer = self.pointer()
        if pointer is None:
            return None
        manifest = json.loads(self.object(pointer["manifest"]))
        return {name: self.object(entry["sha256"]) for name, entry in manifest["files"].items()}

    def copy(self):
        """The content of every file of the copy under stable names, by its path."""
        found = self.files.find(f"{self.root}/lake")
        return {path.partition(f"{self.root}/lake/")[2]: self.files.cat_file(path) for path in found}


def files_of(settings):
    """The content of every file that the home's lake has committed, by its path."""
    lake = Lake(settings.lake_path)
    return {name: (lake.path / name).read_bytes() for name in lake.manifest().files}
