"""systemd for one user, and cron: whether it is here, what it has of ours, and putting it there and away."""

import os
import shutil
import subprocess
from functools import partial
from pathlib import Path

from flows.schedules import PLANNED
from flows.system.texts import split, unit_of
from warehouse.errors import AftercloseError
from warehouse.whole import write_whole

TIMEOUT = 60.0  # seconds
TIMERS = tuple(f"{unit_of(planned)}.timer" for planned in PLANNED)


def unit_folder() -> Path:
    """Where systemd looks for the units of this user."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"


def has_systemd() -> bool:
    """Whether systemd runs units for this user: not in a container, nor where nobody is logged in."""
    return shutil.which("systemctl") is not None and _systemctl("show-environment").returncode == 0


def our_units() -> list[Path]:
    """The files of units that were written, whether systemd runs or not."""
    names = [f"{unit_of(planned)}.{kind}" for planned in PLANNED for kind in ("service", "timer")]
    return [path for name in names if (path := unit_folder() / name).exists()]


def install_units(texts: dict[str, str]) -> None:
    """Write the units and start their timers; raises `AftercloseError` with what systemd says."""
    for name, text in texts.items():
        write_whole(unit_folder() / name, partial(Path.write_text, data=text, encoding="utf-8"))
    _must(_systemctl("daemon-reload"))
    _must(_systemctl("enable", "--now", *TIMERS))


def remove_units() -> list[Path]:
    """Stop the timers and take the files away; the files."""
    files = our_units()
    if files and has_systemd():
        _must(_systemctl("disable", "--now", *[path.name for path in files if path.suffix == ".timer"]))
    for path in files:
        path.unlink()
    if files and has_systemd():
        _must(_systemctl("daemon-reload"))
    return files


def next_runs() -> str:
    """systemd's own table of the timers."""
    return _must(_systemctl("list-timers", "--all", *TIMERS))


def lingers() -> bool:
    """Whether the units of this user run while he is logged out."""
    if shutil.which("loginctl") is None:
        return False
    return _run(["loginctl", "show-user", str(os.getuid()), "--property=Linger"]).stdout.strip() == "Linger=yes"


def has_cron() -> bool:
    """Whether there is a crontab to write to."""
    return shutil.which("crontab") is not None


def crontab() -> list[str]:
    """The lines of this user's crontab; raises `AftercloseError` where it may not be read."""
    found = _run(["crontab", "-l"])
    if found.returncode and "no crontab" not in found.stderr:
        raise AftercloseError(f"`crontab -l` failed: {_last_line(found)}")
    return found.stdout.splitlines() if not found.returncode else []


def cron_lines() -> list[str]:
    """Our lines of this user's crontab, none without cron."""
    return _split()[1] if has_cron() else []


def write_cron(block: list[str]) -> None:
    """Put our lines in place of those that were there; no lines take them away."""
    lines = [*_split()[0], *block]
    _must(_run(["crontab", "-"], "".join(f"{line}\n" for line in lines)))


def _split() -> tuple[list[str], list[str]]:
    try:
        return split(crontab())
    except ValueError:
        raise AftercloseError(
            "the crontab has the begin of our lines and not their end: take them out by hand"
        ) from None


def _systemctl(*words: str) -> subprocess.CompletedProcess[str]:
    return _run(["systemctl", "--user", "--no-pager", *words])


def _run(words: list[str], text: str | None = None) -> subprocess.CompletedProcess[str]:
    program = shutil.which(words[0])
    if program is None:
        raise AftercloseError(f"there is no {words[0]} on the PATH")
    try:
        return subprocess.run(  # noqa: S603 (every word is ours)
            [program, *words[1:]], input=text, capture_output=True, text=True, check=False, timeout=TIMEOUT
        )
    except subprocess.TimeoutExpired:
        raise AftercloseError(f"`{' '.join(words)}` has not ended within {TIMEOUT:g} s") from None


def _must(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode:
        words = [Path(done.args[0]).name, *done.args[1:]]
        raise AftercloseError(f"`{' '.join(words)}` failed: {_last_line(done)}")
    return done.stdout


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = (done.stderr or done.stdout).strip().splitlines()
    return lines[-1] if lines else f"exit code {done.returncode}"
