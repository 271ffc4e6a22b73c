"""Write once in a process of its own: HOME CLOSE. It says 'ready', waits for a line, and says what became of it."""

import os
import sys
from pathlib import Path

from tests.remote.homes import settings_of, write
from warehouse.errors import AftercloseError

if __name__ == "__main__":
    settings = settings_of(Path(sys.argv[1]))
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        missed = write(settings, float(sys.argv[2]))
        print(f"late {missed[0]}" if missed else "wrote")
    except AftercloseError as problem:
        print(f"refused {problem}")
    sys.stdout.flush()
    os._exit(0)  # as the command line does: threads of fsspec may hold up the interpreter's own end
