"""systemd's units and cron's lines: due when the served schedules are, put there and taken away without a trace."""

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from flows.cli import app
from flows.schedules import PLANNED
from flows.system.texts import BEGIN, END, cron_block, on_calendar, split, units
from tests.unit.test_schedules import DEPLOYMENTS, weekly

PROGRAM, HOME = Path("/opt/after close/bin/afterclose"), Path("/home/me/50% $HOME")
SYSTEMCTL = """#!{python}
import pathlib, sys
folder = pathlib.Path({folder!r})
with (folder / "systemctl.log").open("a") as log:
    print(*sys.argv[1:], file=log)
if (folder / "no-systemd").exists():
    sys.exit("Failed to connect to bus: No medium found")
if "list-timers" in sys.argv:
    print("NEXT LEFT ... UNIT")
"""
CRONTAB = """#!{python}
import pathlib, sys
table = pathlib.Path({folder!r}) / "crontab.txt"
if sys.argv[1:] == ["-l"]:
    sys.exit("no crontab for me") if not table.exists() else print(table.read_text(), end="")
else:
    table.write_text(sys.stdin.read())
"""


@pytest.fixture
def machine(home, tmp_path, monkeypatch):
    """A machine with a systemctl and a crontab that write down what they are told, and nothing else."""
    folder = tmp_path / "machine"
    folder.mkdir()
    for name, text in {"systemctl": SYSTEMCTL, "crontab": CRONTAB}.items():
        program = folder / name
        program.write_text(text.format(python=sys.executable, folder=str(folder)))
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    return folder


def run(*arguments):
    done = CliRunner().invoke(app, ["schedule", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def test_timers_are_due_when_the_deployments_are():
    moments = [on_calendar(planned) for planned in PLANNED]
    assert moments == [
        "Mon..Fri 16:45 Asia/Hong_Kong",
        "Mon..Fri 16:05 Asia/Shanghai",
        "Mon..Fri 17:45 Asia/Hong_Kong",
        "Mon..Fri 19:30 Asia/Hong_Kong",
        "Tue..Sat 07:30 Asia/Hong_Kong",
    ]
    lines = [line for path in DEPLOYMENTS.glob("systemd/*.timer") for line in path.read_text().splitlines()]
    shipped = {line.removeprefix("OnCalendar=") for line in lines if line.startswith("OnCalendar=")}
    assert shipped == set(moments)


@pytest.mark.parametrize("hours", [-10, -5, 0, 2, 5.75, 8, 13])
def test_cron_starts_the_same_runs_at_the_same_moments_by_any_clock(hours):
    offset = timedelta(hours=hours)
    lines = cron_block(PLANNED, PROGRAM, HOME, offset)[1:-1]
    for line, planned in zip(lines, PLANNED, strict=True):
        minute, hour, _, _, days = line.split()[:5]
        sunday = datetime(2026, 5, 17, int(hour), int(minute), tzinfo=UTC)
        moments = [sunday + timedelta(days=int(day)) - offset for day in days.split(",")]
        assert {(moment.weekday(), moment.hour, moment.minute) for moment in moments} == weekly(
            planned.cron, planned.time_zone
        )


def test_the_command_survives_a_strange_path(tmp_path):
    line = cron_block(PLANNED, PROGRAM, HOME, timedelta(0))[1].split(maxsplit=5)[5]
    heard = line.replace("\\%", "%")  # as cron hands it to the shell
    assert "%" not in line.replace("\\%", "")
    words = subprocess.run(
        ["/bin/sh", "-c", f"cd() {{ :; }}; env() {{ printf '%s|' \"$@\"; }}; {heard.split(' >>')[0]}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("|")
    assert words[:-1] == [f"AFTERCLOSE_HOME={HOME}", str(PROGRAM), "nightly", "--market", "HK", "--wait"]


def test_a_unit_names_the_program_and_the_home_so_that_systemd_reads_them_as_they_are():
    service = units(PLANNED[0], PROGRAM, HOME)["afterclose-hk-evening.service"]
    assert 'ExecStart="/opt/after close/bin/afterclose" nightly --market HK --wait\n' in service
    assert 'Environment="AFTERCLOSE_HOME=/home/me/50%% $HOME"\n' in service
    assert "WorkingDirectory=/home/me/50%% $HOME\n" in service
    assert "SuccessExitStatus=3\n" in service


ANALYZE = shutil.which("systemd-analyze")


@pytest.mark.skipif(ANALYZE is None, reason="no systemd-analyze here")
@pytest.mark.parametrize("folder", ["bin", "收市 50% $HOME"])
def test_systemd_takes_the_units_and_finds_the_program(tmp_path, folder):
    program = tmp_path / folder / "afterclose"
    program.parent.mkdir()
    program.symlink_to(sys.executable)
    texts = [text for planned in PLANNED for text in units(planned, program, program.parent).items()]
    for name, text in texts:
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        [ANALYZE, "verify", "--user", *[str(tmp_path / name) for name, _ in texts]],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
    )
    assert not re.findall(f"{tmp_path}.*", done.stderr), done.stderr
    for planned in PLANNED:
        subprocess.run([ANALYZE, "calendar", on_calendar(planned)], check=True, capture_output=True)


@given(st.lists(st.text(st.characters(exclude_categories=["C"]), max_size=20)), st.lists(st.just("0 8 * * 1 x")))
def test_what_is_taken_out_of_a_crontab_is_what_was_put_in(others, ours):
    assert split([*others, BEGIN, *ours, END]) == (others, ours)
    assert split(others) == (others, [])


def test_install_writes_and_starts_the_timers_and_remove_takes_all_away(machine, home, tmp_path):
    installed = run("install")
    assert installed.exit_code == 0, installed.output
    folder = tmp_path / "user" / ".config" / "systemd" / "user"
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(name for planned in PLANNED for name in units(planned, PROGRAM, HOME))
    assert f'Environment="AFTERCLOSE_HOME={home}"' in (folder / "afterclose-cn-evening.service").read_text()
    said = (machine / "systemctl.log").read_text().splitlines()
    timers = " ".join(name for planned in PLANNED for name in units(planned, PROGRAM, HOME) if name.endswith(".timer"))
    assert said.index("--user --no-pager daemon-reload") < said.index(f"--user --no-pager enable --now {timers}")
    assert "NEXT LEFT" in installed.output
    assert "NEXT LEFT" in run("show").output
    assert not (machine / "crontab.txt").exists()

    removed = run("remove")
    assert removed.exit_code == 0
    assert list(folder.iterdir()) == []
    assert f"--user --no-pager disable --now {timers}" in (machine / "systemctl.log").read_text()
    assert run("remove").output == "nothing was there\n"
    assert run("show").output.startswith("nothing is scheduled")


def test_without_systemd_cron_is_told_and_other_lines_stay(machine, home):
    (machine / "no-systemd").touch()
    table = machine / "crontab.txt"
    table.write_text("MAILTO=me\n5 4 * * * backup\n")
    for _ in range(2):  # again changes nothing
        assert run("install").exit_code == 0
    lines = table.read_text().splitlines()
    assert lines[:3] == ["MAILTO=me", "5 4 * * * backup", BEGIN]
    assert lines[-1] == END
    assert len(lines) == 4 + len(PLANNED)
    assert all(f"AFTERCLOSE_HOME={home}" in line for line in lines[3:-1])
    assert run("show").output.count("cron: ") == len(PLANNED)
    assert run("remove").exit_code == 0
    assert table.read_text() == "MAILTO=me\n5 4 * * * backup\n"


def test_systemd_takes_over_from_cron(machine):
    (machine / "no-systemd").touch()
    run("install")
    (machine / "no-systemd").unlink()
    run("install")
    assert (machine / "crontab.txt").read_text() == ""


def test_a_crontab_that_was_changed_by_hand_is_not_touched(machine):
    (machine / "no-systemd").touch()
    text = f"{BEGIN}\n5 4 * * * backup\n"
    (machine / "crontab.txt").write_text(text)
    done = CliRunner().invoke(app, ["schedule", "install"])
    assert "take them out by hand" in str(done.exception)
    assert (machine / "crontab.txt").read_text() == text


def test_where_neither_is_here_the_way_without_is_said(machine, home):
    (machine / "systemctl").unlink()
    (machine / "crontab").unlink()
    done = CliRunner().invoke(app, ["schedule", "install"])
    assert "`afterclose serve` keeps the schedules itself" in str(done.exception)
    assert not home.exists()


@pytest.mark.parametrize("name", ["back\\slash", "line\nbreak", "line\u2028break", "tab\t", "blank "])
def test_a_home_that_fits_into_no_schedule_is_refused_before_anything_is_written(machine, tmp_path, monkeypatch, name):
    monkeypatch.setenv("AFTERCLOSE_HOME", str(tmp_path / name))
    done = CliRunner().invoke(app, ["schedule", "install"])
    assert "fits into no schedule" in str(done.exception)
    assert not (tmp_path / "user").exists()


@pytest.mark.parametrize("name", ["O'Brien", 'the "new"'])
def test_a_program_that_systemd_would_not_start_is_refused_where_cron_takes_it(machine, tmp_path, monkeypatch, name):
    program = tmp_path / name / "afterclose"
    program.parent.mkdir()
    program.touch()
    monkeypatch.setattr(sys, "executable", str(program.with_name("python")))
    done = CliRunner().invoke(app, ["schedule", "install"])
    assert str(done.exception).startswith("systemd starts no program with a quotation mark in its path")
    (machine / "no-systemd").touch()
    assert run("install").exit_code == 0
    assert len(run("show").output.splitlines()) == len(PLANNED)


def test_settings_that_no_scheduled_run_will_see_are_said(machine, home, monkeypatch, tmp_path):
    monkeypatch.setenv("AFTERCLOSE_LOOKBACK", "30")
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4200/api")
    (tmp_path / ".env").write_text("AFTERCLOSE_CONCURRENCY=3\n")
    said = run("install").stderr
    assert "sees it: AFTERCLOSE_CONCURRENCY, AFTERCLOSE_LOOKBACK, PREFECT_API_URL\n" in said
    assert str(home / "afterclose.toml") in said


def test_a_program_in_a_cache_is_not_scheduled(machine, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "uv" / "archive-v0" / "x1" / "bin" / "python"))
    done = CliRunner().invoke(app, ["schedule", "install"])
    assert "`uv tool install`" in str(done.exception)
    assert not (machine / "systemctl.log").exists() or "enable" not in (machine / "systemctl.log").read_text()
