"""A process that dies at a step of its own choice: a sync, a rename, an unlink, the writing of a file."""

import os
from pathlib import Path

import pyarrow.parquet as pq


class PowerCutError(BaseException):
    """Stands for a process that is gone: nothing catches it."""


def die_at(patched, step, moment):
    """Let the process die before, after or (having written half a file) within the step of that number, from 1.

    Returns the list that the names of the steps are added to.
    """
    steps = []

    def mortal(name, function, target=None):
        def counted(*arguments, **options):
            steps.append(name)
            if len(steps) != step:
                return function(*arguments, **options)
            if moment != "before":
                function(*arguments, **options)
            if moment == "within" and target is not None:
                torn = Path(arguments[target])
                torn.write_bytes(torn.read_bytes()[: torn.stat().st_size // 2])
            raise PowerCutError

        return counted

    patched.setattr(os, "fsync", mortal("fsync", lambda _: None))
    patched.setattr(pq, "write_table", mortal("write_table", pq.write_table, target=1))
    for name in ("replace", "unlink"):
        patched.setattr(Path, name, mortal(name, getattr(Path, name)))
    patched.setattr(Path, "write_bytes", mortal("write_bytes", Path.write_bytes, target=0))
    return steps
