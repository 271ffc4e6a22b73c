"""What is written for systemd or cron, as text: units and lines of a crontab, for one program and one home."""

import shlex
from datetime import timedelta
from pathlib import Path

from flows.schedules import Planned

DAYS = {"1-5": "Mon..Fri", "2-6": "Tue..Sat"}
BEGIN = "# >>> afterclose: written by `afterclose schedule`, which replaces and removes it whole"
END = "# <<< afterclose"
AHEAD = timedelta(hours=8)  # of UTC, Hong Kong's and Shanghai's clocks, all year


def units(planned: Planned, program: Path, home: Path) -> dict[str, str]:
    """The service and the timer of one deployment, by the names of their files.

    The program starts in the home: what a `.env` elsewhere says is not meant.
    """
    name = unit_of(planned)
    # No $ is doubled: systemd puts no variable into the name of a program, and takes two for two.
    command = " ".join([_quoted(str(program)), *planned.command.split()])
    service = f"""\
[Unit]
Description=Afterclose: {planned.description}

[Service]
Type=oneshot
ExecStart={command}
Environment={_quoted(f"AFTERCLOSE_HOME={home}")}
WorkingDirectory={_plain(str(home))}
# 3: published but partial; the next run heals it.
SuccessExitStatus=3
TimeoutStartSec=4h
NoNewPrivileges=yes
UMask=0077
"""
    timer = f"""\
[Unit]
Description=Afterclose: {planned.description}

[Timer]
OnCalendar={on_calendar(planned)}
# A machine that was off runs it when it is back; one run fills every night that was missed.
Persistent=yes

[Install]
WantedBy=timers.target
"""
    return {f"{name}.service": service, f"{name}.timer": timer}


def unit_of(planned: Planned) -> str:
    """The name of its units, without what kind they are."""
    return f"afterclose-{planned.name}"


def on_calendar(planned: Planned) -> str:
    """When it is due, as a timer of systemd says it."""
    minute, hour, _, _, days = planned.cron.split()
    return f"{DAYS[days]} {int(hour):02}:{int(minute):02} {planned.time_zone}"


def cron_block(planned: tuple[Planned, ...], program: Path, home: Path, offset: timedelta) -> list[str]:
    """The lines for a crontab; `offset` is the largest that the clock of cron has from UTC in the year.

    Cron knows no zone but the machine's. Where that has summer time a run is an hour late for half of the year, which
    costs nothing: it would be early, before the close is final, were it written by the smaller one.
    """
    log = home / "schedule.log"
    lines = []
    for each in planned:
        words = [f"AFTERCLOSE_HOME={home}", str(program), *each.command.split()]
        command = f"cd {shlex.quote(str(home))} && env {shlex.join(words)} >>{shlex.quote(str(log))} 2>&1"
        lines.append(f"{_moments(each, offset)} {command.replace('%', chr(92) + '%')}")
    return [BEGIN, *lines, END]


def split(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines of a crontab that are not ours, and those between our two marks.

    Raises `ValueError` where the second mark is gone.
    """
    if BEGIN not in lines:
        return lines, []
    begin = lines.index(BEGIN)
    end = lines.index(END, begin)
    return lines[:begin] + lines[end + 1 :], lines[begin + 1 : end]


def _moments(planned: Planned, offset: timedelta) -> str:
    """The first five fields of a line of a crontab, by a clock that is so far from UTC."""
    minute, hour, _, _, days = planned.cron.split()
    due = timedelta(hours=int(hour), minutes=int(minute)) - AHEAD + offset
    first, last = map(int, days.split("-"))
    shifted = sorted((day + due.days) % 7 for day in range(first, last + 1))
    hours, rest = divmod(due.seconds, 3600)
    return f"{rest // 60} {hours} * * {','.join(map(str, shifted))}"


def _quoted(text: str) -> str:
    """One word of a line of a unit."""
    return '"' + _plain(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _plain(text: str) -> str:
    """Without specifiers, which begin with a per cent sign."""
    return text.replace("%", "%%")
