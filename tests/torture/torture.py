"""Kills runs, and lets their calls fail, at every n-th change of a file; then the next run, and the laws of the lake.

    python -m tests.torture.torture [--every N] [--actions night,hold,...] [--faults kill,ENOSPC,...]

Each run is a forked process, `shim.c` preloaded, in a copy of a played home. A killed run may leave the old state or
the new one and nothing else; a failed call ends the run with one line, or is got over. After the next run of anything
nothing is undone.
"""

import argparse
import contextlib
import ctypes
import errno
import io
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

from flows.cli import main
from tests.faults.played import MONDAY, OLD_DAY, TUESDAY, night, play, refuse_anything_undone
from warehouse.errors import AftercloseError
from warehouse.lake.lake import Lake

SHIM, OLD_LAKE = Path(__file__).with_name("shim.c"), Path(__file__).parents[1] / "data" / "lake-v1"
FAULTS = ("kill", "ENOSPC", "EROFS", "EIO", "EACCES")
LASTING = {"ENOSPC", "EROFS"}  # a full or read-only disk stays so until the run is over
HOLD = ("quarantine", "hold", "0700.HK", str(MONDAY), "--note", "x", "--by", "y")
SERVER = SimpleNamespace(today=None)  # the look-alike answers in a process of its own, for every day that it has


def command(*arguments):
    """The command line in this process; its exit code."""
    sys.argv = ["afterclose", *arguments]
    try:
        main()
    except SystemExit as end:
        return end.code or 0
    return 0


def evening(day=TUESDAY):
    """A night of the plain spine, ended as the command line ends it."""
    try:
        return {"complete": 0, "partial": 3}[night(SERVER, day).state]
    except AftercloseError as problem:
        sys.stderr.write(f"afterclose: {problem}\n")
        return 1


ACTIONS = {
    "night": evening,
    "hold": lambda: command(*HOLD),
    "rebuild": lambda: command("rebuild"),
    "report": lambda: command("report", str(MONDAY)),
    "upgrade": lambda: command("rebuild"),  # of a lake from before there were manifests
}
NEXT = {"night": lambda: evening(MONDAY), "hold": lambda: command(*HOLD), "rebuild": lambda: command("rebuild")}


def forked(function, at=-1, fault="kill"):
    """Run in a process of its own that the fault strikes at that call: exit code or minus the signal, stderr, calls."""
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        shim, said, code = ctypes.CDLL(None), io.StringIO(), 70
        shim.torture_calls.restype = ctypes.c_long
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            try:
                shim.torture_arm(ctypes.c_long(at), 0 if fault == "kill" else getattr(errno, fault), fault in LASTING)
                code = int(function() or 0)
            except BaseException:
                traceback.print_exc()
        shim.torture_arm(ctypes.c_long(-1), 0, 0)
        os.write(writes, f"{shim.torture_calls()}\n{said.getvalue()}".encode()[:60000])
        os._exit(code)
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        calls, _, said = pipe.read().decode(errors="replace").partition("\n")
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said, int(calls or 0)


def put(home, played, action):
    """A fresh home for the action."""
    shutil.rmtree(home, ignore_errors=True)
    if action == "upgrade":
        home.mkdir()
        shutil.copytree(OLD_LAKE, home / "lake")
    else:
        shutil.copytree(played, home)


def laws(home, action):
    """Refuses what must not be after the next run of anything."""
    assert Lake(home / "lake").faults(deep=True) == []
    with Lake(home / "lake").writing(0, "laws"):
        assert not list((home / "lake").rglob("*.pending")), "a leftover of a commit"
    if action != "upgrade":
        refuse_anything_undone(home)
        if (home / "reports" / f"{TUESDAY}.html").exists():
            refuse_anything_undone(home, TUESDAY)
        refuse_anything_undone(home, OLD_DAY)


def strike(home, played, action, fault, at):
    """What came of one fault: None, or what is wrong."""
    put(home, played, action)
    code, said, _ = forked(ACTIONS[action], at, fault)
    if fault == "kill" and code != -9:
        return f"was not killed: {code} {said[-500:]}"
    if fault != "kill" and (code not in (0, 1, 3) or "Traceback" in said or (code == 1 and said.count("\n") != 1)):
        return f"ended {code}: {said[-800:]}"
    after = "rebuild" if action == "upgrade" else list(NEXT)[at % len(NEXT)]
    code, said, _ = forked(NEXT[after])
    if "Traceback" in said or code not in ((0, 2, 3) if after == "hold" else (0, 3)):
        return f"the next run ({after}) ended {code}: {said[-800:]}"
    code, said, _ = forked(lambda: laws(home, action))
    return f"after {after}: {said[-1500:]}" if code else None


def torture(folder, actions, faults, every):
    """Strike each action with each fault at every n-th of its calls; yields (action, fault, call, what is wrong)."""
    played, home = folder / "played", folder / "home"
    played.mkdir()
    assert forked(lambda: play(played))[0] == 0
    os.environ |= {"AFTERCLOSE_HOME": str(home), "AFTERCLOSE_REQUESTS_PER_SECOND": "1000", "AFTERCLOSE_LOOKBACK": "3"}
    os.environ["AFTERCLOSE_NOW"] = f"{MONDAY}T19:30:00+08:00"
    for action in actions:
        put(home, played, action)
        code, said, calls = forked(ACTIONS[action], 0)
        assert code in (0, 3), said
        print(f"{action}: {calls} calls change a file", flush=True)
        for fault in faults:
            for at in range(1, calls + 1, every):
                yield action, fault, at, strike(home, played, action, fault, at)


VENDOR = """
import sys
from tests.faults.played import TUESDAY, all_bars
from tests.lookalike import LookAlike
alike = LookAlike()
alike.bars, alike.today = all_bars(), TUESDAY
print(alike.start(), flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def vendor():
    """The look-alike in a process of its own: a process with threads cannot be forked safely."""
    plain = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    with subprocess.Popen(
        [sys.executable, "-c", VENDOR], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=plain
    ) as server:
        os.environ["AFTERCLOSE_YAHOO_URL"] = server.stdout.readline().strip()
        yield
        server.stdin.close()


def compiled(folder):
    """The shim as a library, None where there is no compiler."""
    compiler = shutil.which("cc")
    if not compiler or sys.platform != "linux":
        return None
    library = folder / "shim.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SHIM, "-ldl"], check=True)
    return library


def run(arguments):
    """Parse, preload the shim by starting anew, strike; ends 1 if a law was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="strike at every so-many-th call")
    parser.add_argument("--actions", default=",".join(ACTIONS), help="which runs are struck")
    parser.add_argument("--faults", default=",".join(FAULTS), help="by what")
    given = parser.parse_args(arguments)
    if "TORTURE_UNDER" not in os.environ:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            library = compiled(folder)
            if library is None:
                sys.exit("torture needs Linux and a C compiler (cc)")
            clean = {name: value for name, value in os.environ.items() if not name.startswith("AFTERCLOSE_")}
            clean |= {"LD_PRELOAD": str(library), "TORTURE_UNDER": f"{folder}/home"}
            return subprocess.run([sys.executable, "-m", "tests.torture.torture", *arguments], env=clean).returncode
    folder = Path(os.environ["TORTURE_UNDER"]).parent
    struck, broken = Counter(), 0
    with vendor():
        for action, fault, at, wrong in torture(folder, given.actions.split(","), given.faults.split(","), given.every):
            struck[action, fault] += 1
            if wrong:
                broken += 1
                print(f"{action} {fault} at call {at}: {wrong}", flush=True)
    for (action, fault), count in struck.items():
        print(f"{action:<8} {fault:<7} {count:>5} strikes")
    print(f"{struck.total()} strikes, {broken} laws broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
