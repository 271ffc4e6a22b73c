"""What is struck by `torture`: runs and commands, the home that each finds, and what must hold after it."""

import os
import shutil
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path
from types import SimpleNamespace

from flows.cli import main
from tasks.digest import send_digest
from tasks.evening import fill
from tasks.job import new_job
from tasks.plan import backfill_requests, backfill_window
from tests.faults.played import MONDAY, OLD_DAY, TUESDAY, night, refuse_anything_undone
from tests.remote.homes import Reader, files_of
from tests.shipped import FACTS, HK
from warehouse.errors import AftercloseError
from warehouse.lake.lake import Lake
from warehouse.lake.schema import RUNS, SENT
from warehouse.settings import load_settings

OLD_LAKE = Path(__file__).parents[1] / "data" / "lake-v1"
HOLD = ("quarantine", "hold", "0700.HK", str(MONDAY), "--note", "x", "--by", "y")
SERVER = SimpleNamespace(today=None)  # the look-alike answers in a process of its own, for every day that it has
BEGIN = date(2022, 5, 5)  # of the backfill


def command(*arguments):
    """The command line in this process; its exit code."""
    sys.argv = ["afterclose", *arguments]
    try:
        main()
    except SystemExit as end:
        return end.code or 0
    return 0


def plain(run):
    """A run of the plain spine, ended as the command line ends it."""
    try:
        return {"complete": 0, "partial": 3}[run().state]
    except AftercloseError as problem:
        sys.stderr.write(f"afterclose: {problem}\n")
        return 1


def evening(day=TUESDAY):
    return plain(lambda: night(SERVER, day))


def backfill():
    settings = load_settings()
    window = backfill_window(HK, BEGIN, MONDAY, settings.clock(), settings.settling_time)
    staging = settings.staging_path / "HK"
    asked = backfill_requests(window, None)
    job = new_job("backfill", window, asked, (window.first, window.last), FACTS, settings, staging)
    return plain(lambda: fill(job).outcome)


def told():
    """What a night sends, told again."""
    send_digest(load_settings())
    return 0


def pulled():
    return command("pull") or command("rebuild")


ACTIONS = {
    "night": evening,
    "backfill": backfill,
    "hold": lambda: command(*HOLD),
    "rebuild": lambda: command("rebuild"),
    "report": lambda: command("report", str(MONDAY)),
    "digest": lambda: command("digest", str(MONDAY)),
    "upload": lambda: command(*HOLD),  # of a home with a replica
    "pull": lambda: command("pull"),
    "upgrade": lambda: command("rebuild"),  # of a lake from before there were manifests
}
NEXT = {"night": lambda: evening(MONDAY), "hold": lambda: command(*HOLD), "rebuild": lambda: command("rebuild")}
OWN_NEXT = {  # what must be run again by the one who was struck
    "night": NEXT | {"night": evening},
    "backfill": {"backfill": backfill},
    "digest": {"told": told, "digest": ACTIONS["digest"]},
    "pull": {"pull": pulled},
    "upgrade": {"rebuild": NEXT["rebuild"]},
}


def settings_of(action, home):
    """The settings that an action needs beside those of all."""
    if action in ("upload", "pull"):
        return {"AFTERCLOSE_REPLICA": f"file://{home}/replica", "AFTERCLOSE_SHARE": "yahoo"}
    if action == "night":  # its evening is the later one
        return {"AFTERCLOSE_NOW": f"{TUESDAY}T19:30:00+08:00"}
    if action == "digest":
        return {"AFTERCLOSE_DIGEST_URLS": os.environ["TORTURE_RECEIVER"]}
    return {}


def prepared(home, folder, run):
    """The homes that the actions begin at, by action; `run(action, function)` lets one happen in `home`."""
    homes = {name: folder / name for name in ("upload", "pull")}
    shutil.copytree(folder / "played", home)
    assert run("upload", NEXT["rebuild"]) == 0
    shutil.copytree(home, homes["upload"])
    shutil.copytree(home, homes["pull"])
    assert run("upload", ACTIONS["upload"]) == 0
    shutil.rmtree(homes["pull"] / "replica")
    shutil.copytree(home / "replica", homes["pull"] / "replica")
    return homes


def put(home, homes, played, action):
    """A fresh home for the action."""
    shutil.rmtree(home, ignore_errors=True)
    with suppress(FileNotFoundError):
        Path(os.environ["TORTURE_RECEIVED"]).unlink()
    if action == "upgrade":
        home.mkdir()
        shutil.copytree(OLD_LAKE, home / "lake")
    else:
        shutil.copytree(homes.get(action, played), home)


def at_once(home, action):
    """What must hold before anybody has come by: who follows the pointer finds an evening that is whole."""
    if action == "upload":
        assert Reader(f"file://{home}/replica").evening() is not None


def laws(home, action):
    """Refuses what must not be after the next run of anything."""
    lake = Lake(home / "lake")
    assert lake.faults(deep=True) == []
    with lake.writing(0, "laws"):
        assert not list((home / "lake").rglob("*.pending")), "a leftover of a commit"
    if action == "upgrade":
        return
    refuse_anything_undone(home)
    if (home / "reports" / f"{TUESDAY}.html").exists():
        refuse_anything_undone(home, TUESDAY)
    refuse_anything_undone(home, OLD_DAY)
    if action in ("upload", "pull"):
        reader, files = Reader(f"file://{home}/replica"), files_of(load_settings())
        assert reader.evening() == files, "the replica is at another evening than the lake"
        if action == "upload":
            assert reader.copy().items() >= files.items(), "the copy under stable names is another"
    if action == "backfill":
        runs = lake.read(RUNS, "HK")
        assert set(runs.loc[runs["flow"] == "backfill", "state"]) == {"stored"}
    if action == "digest":
        heard = Path(os.environ["TORTURE_RECEIVED"]).read_text().split()
        assert len(set(heard)) == 1, f"told by several ids: {heard}"
        assert set(lake.read(SENT, "HK")["state"]) == {"sent"}


def stray(folder):
    """What a run has left in the place of a folder that was taken from it: there must be nothing of a lake."""
    left = [path for path in folder.rglob("*") if path.is_file()]
    lakes = [path for path in left if path.suffix == ".parquet" or path.name in ("manifest.json", "format.json")]
    assert not lakes, f"another lake was begun: {lakes[:3]}"
    assert not [path for path in left if path.suffix == ".duckdb"], "a database of nothing was written"
