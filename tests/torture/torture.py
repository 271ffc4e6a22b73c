"""Kills runs, and lets their calls fail, at every n-th change of a file; then the next run, and the laws of the lake.

    python -m tests.torture.torture [--every N] [--actions night,hold,...] [--faults kill,ENOSPC,...] [--from N]

Each run is a forked process, `shim.c` preloaded, in a copy of a played home. A killed run may leave the old state or
the new one and nothing else; a failed call ends the run with one line, or is got over. After the next run of anything
nothing is undone. A folder that is taken away from under a run comes back before the next one; what the run has said to
be done is done then, and in the folder's place it has begun nothing.
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
import time
import traceback
from collections import Counter
from pathlib import Path

from tests.faults.played import MONDAY, play
from tests.torture.actions import ACTIONS, NEXT, OWN_NEXT, at_once, laws, prepared, put, settings_of, stray

SHIM = Path(__file__).with_name("shim.c")
TAKEN = {"home-gone": ("home", -2), "lake-unmounted": ("home/lake", -3)}  # the folder, and the shim's number
FAULTS = ("kill", "ENOSPC", "EROFS", "EIO", "EACCES", "slow", *TAKEN)
LASTING = {"ENOSPC", "EROFS", "slow"}  # a full, read-only or slow disk stays so until the run is over
NUMBERS = {"kill": 0, "slow": -1} | {name: number for name, (_, number) in TAKEN.items()}


def forked(function, at=-1, fault="kill", settings=None):
    """Run in a process of its own that the fault strikes at that call: exit code or minus the signal, stderr, calls."""
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        os.environ |= settings or {}
        shim, said, code = ctypes.CDLL(None), io.StringIO(), 70
        shim.torture_calls.restype = ctypes.c_long
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            try:
                number = NUMBERS[fault] if fault in NUMBERS else getattr(errno, fault)
                shim.torture_arm(ctypes.c_long(at), number, fault in LASTING)
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


def strike(home, begin, action, fault, at):
    """What came of one fault: None, or what is wrong. `begin(action)` puts a fresh home in place."""
    begin(action)
    settings = settings_of(action, home)
    taken = home.parent / TAKEN[fault][0] if fault in TAKEN else None
    if taken:
        os.environ["TORTURE_TAKEN"] = str(taken)
    code, said, _ = forked(ACTIONS[action], at, fault, settings)
    if fault == "kill" and code != -9:
        return f"was not killed: {code} {said[-500:]}"
    if fault != "kill" and (
        code not in (0, 1, 3) or "Traceback" in said or (code == 1 and f"\n{said}".count("\nafterclose: ") != 1)
    ):
        return f"ended {code}: {said[-800:]}"
    checks = [lambda: at_once(home, action)]
    if taken:
        left = taken.with_name(f"{taken.name}.left")
        shutil.rmtree(left, ignore_errors=True)
        if taken.exists():
            taken.rename(left)
        taken.with_name(f"{taken.name}.taken").rename(taken)
        checks.append(lambda: stray(left))
        if code in (0, 3) and action not in ("pull", "digest"):  # who says that it is done has done it
            checks.append(lambda: laws(home, action))
    for check in checks:
        wrong, told, _ = forked(check, settings=settings)
        if wrong:
            return f"ended {code}, and before the next run: {said[-300:]} {told[-1500:]}"
    following = OWN_NEXT.get(action, NEXT)
    after = list(following)[at % len(following)]
    code, said, _ = forked(following[after], settings=settings)
    if "Traceback" in said or code not in ((0, 2, 3) if after == "hold" else (0, 3)):
        return f"the next run ({after}) ended {code}: {said[-800:]}"
    code, said, _ = forked(lambda: laws(home, action), settings=settings)
    return f"after {after}: {said[-1500:]}" if code else None


def torture(folder, actions, faults, every, first):
    """Strike each action with each fault at every n-th of its calls; yields (action, fault, call, what is wrong)."""
    played, home = folder / "played", folder / "home"
    played.mkdir()
    assert forked(lambda: play(played))[0] == 0
    os.environ |= {"AFTERCLOSE_HOME": str(home), "AFTERCLOSE_REQUESTS_PER_SECOND": "1000", "AFTERCLOSE_LOOKBACK": "3"}
    os.environ["AFTERCLOSE_NOW"] = f"{MONDAY}T19:30:00+08:00"
    needed = {"upload", "pull"} & {*actions}
    run = lambda action, function: forked(function, settings=settings_of(action, home))[0]  # noqa: E731
    homes = prepared(home, folder, run) if needed else {}

    def begin(action):
        put(home, homes, played, action)

    for action in actions:
        begin(action)
        code, said, calls = forked(ACTIONS[action], 0, settings=settings_of(action, home))
        assert code in (0, 3), said
        print(f"{action}: {calls} calls change a file", flush=True)
        for fault in faults:
            for at in range(first, calls + 1, calls if fault == "slow" else every):
                yield action, fault, at, strike(home, begin, action, fault, at)


VENDOR = """
import os
import sys
from tests.faults.played import TUESDAY, all_bars
from tests.lookalike import LookAlike
from tests.loopback import http_server
from tests.receiver import Receiver, id_of

class Noting(Receiver):
    def answer(self, handler):
        super().answer(handler)
        with open(os.environ["TORTURE_RECEIVED"], "a") as file:
            file.writelines(id_of(message) + "\\n" for message in self.taken())

alike = LookAlike()
alike.bars, alike.today = all_bars(), TUESDAY
with http_server(Noting().answer) as receiver:
    print(alike.start(), receiver.replace("http", "json"), flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def vendor():
    """The look-alike in a process of its own: a process with threads cannot be forked safely."""
    plain = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    with subprocess.Popen(
        [sys.executable, "-c", VENDOR], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=plain
    ) as server:
        os.environ["AFTERCLOSE_YAHOO_URL"], os.environ["TORTURE_RECEIVER"] = server.stdout.readline().split()
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
    parser.add_argument("--from", type=int, default=1, dest="first", help="the first call that is struck")
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
    os.environ["TORTURE_RECEIVED"] = str(folder / "received")
    struck, broken, began = Counter(), 0, time.monotonic()
    actions, faults = given.actions.split(","), given.faults.split(",")
    with vendor():
        for action, fault, at, wrong in torture(folder, actions, faults, given.every, given.first):
            struck[action, fault] += 1
            if wrong:
                broken += 1
                print(f"{action} {fault} at call {at}: {wrong}", flush=True)
    for (action, fault), count in struck.items():
        print(f"{action:<8} {fault:<14} {count:>5} strikes")
    print(f"{(time.monotonic() - began) / 60:.0f} minutes")
    print(f"{struck.total()} strikes, {broken} laws broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
