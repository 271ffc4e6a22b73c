"""The installed command, as a user runs it; nothing here starts Prefect."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sql.warehouse_of import lake_of

COMMAND = Path(sys.executable).with_name("afterclose")


@pytest.fixture
def run(home, tmp_path):
    def call(*arguments):
        return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, cwd=tmp_path, check=False)

    return call


def test_a_day_that_is_no_session_ends_zero_without_prefect(run, evening, home):
    evening("2022-05-09")
    done = run("nightly", "--market", "HK", "--date", "2022-05-09")
    assert (done.returncode, done.stdout) == (0, "HK 2022-05-09: closed (market closed)\n")
    assert not home.exists()


def test_a_day_that_is_not_final_is_refused_with_the_moment_it_will_be(run, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-17T16:39:00+08:00")
    done = run("nightly", "--market", "HK", "--date", "2022-05-17")
    assert done.returncode == 2
    assert done.stderr == "afterclose: HK 2022-05-17 is not final yet: ask after 2022-05-17 16:40 HKT\n"


EVE = "2021-12-24"


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (("nightly", "--date", EVE), f"CN {EVE} is not final yet: ask after {EVE} 16:00 CST"),
        (
            ("backfill", "--from", EVE, "--to", EVE),
            f"CN has no final session from {EVE} on: the last final one is 2021-12-23",
        ),
        (("backfill", "--index-only", "--from", EVE), f"CN has no final session from {EVE} to 2021-12-23"),
    ],
)
def test_a_day_that_is_final_in_one_market_alone_is_refused_for_both_before_any_is_asked(
    run, monkeypatch, home, arguments, refusal
):
    monkeypatch.setenv("AFTERCLOSE_SOURCE", "simulated")
    monkeypatch.setenv("AFTERCLOSE_NOW", f"{EVE}T13:00:00+08:00")  # Hong Kong closed at noon, on Christmas Eve
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (2, f"afterclose: {refusal}\n")
    assert (done.stdout, home.exists()) == ("", False)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_command_whose_streams_are_closed_runs_as_others_do(home, tmp_path, closed):
    for arguments, code in (("config", 0), ("wrap", 1)):
        call = ["sh", "-c", f'exec "$0" {arguments} {closed}', COMMAND]
        done = subprocess.run(call, capture_output=True, text=True, cwd=tmp_path, check=False)
        assert done.returncode == code
        assert "Traceback" not in done.stderr


def test_what_the_encoding_of_standard_output_lacks_is_printed_escaped(run, monkeypatch):
    run("rebuild")
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    done = run("sql", "select '騰訊 – Tencent' as name")
    assert (done.returncode, done.stderr) == (0, "")
    assert r"\u9a30\u8a0a \u2013 Tencent" in done.stdout


def test_a_wrong_setting_is_refused_by_its_name(run, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_CONCURRENCY", "many")
    done = run("status")
    assert done.returncode == 2
    assert done.stderr.startswith("afterclose: AFTERCLOSE_CONCURRENCY is not valid")
    assert done.stderr.count("\n") == 1


def test_a_stray_byte_in_an_argument_is_refused_in_one_line(run):
    done = run("quarantine", "release", "abc", "--note", b"caf\xe9 closed")
    assert (done.returncode, done.stderr) == (2, "afterclose: 'caf\\udce9 closed' is no text in UTF-8\n")


def test_a_day_that_is_empty_is_not_the_last_one(run):
    run("rebuild")
    for command in (
        ["nightly", "--date", ""],
        ["backfill", "--index-only", "--from", ""],
        ["backfill", "--official", "--from", ""],
        ["members", "check", "--effective", ""],
        ["report", ""],
        ["digest", "", "--dry-run"],
    ):
        done = run(*command)
        told = "afterclose: '' is no date: write it as 2022-05-17\n"
        assert (done.returncode, done.stdout, done.stderr) == (2, "", told), command


def test_asking_before_anything_is_built_says_what_to_do(run):
    done = run("wrap")
    assert done.returncode == 1
    assert "run `afterclose nightly`" in done.stderr


def test_debug_shows_the_whole_trace_of_what_is_one_line_otherwise(run):
    (line,) = run("wrap").stderr.splitlines()
    first, *_, last = run("wrap", "--debug").stderr.splitlines()
    assert first == "Traceback (most recent call last):"
    assert last.endswith(line.removeprefix("afterclose"))


def test_rows_come_as_csv_and_json_from_a_database_of_facts_alone(run):
    assert run("rebuild").returncode == 0
    query = "select symbol from members_on('HSTECH.HK', '2022-05-17') where symbol in ('0700.HK', '9866.HK')"
    assert list(csv.reader(io.StringIO(run("sql", query, "--format", "csv").stdout))) == [["symbol"], ["0700.HK"]]
    assert json.loads(run("sql", query, "--format", "json").stdout) == [{"symbol": "0700.HK"}]
    refused = run("sql", "create table mine as select 1")
    assert refused.returncode == 2
    assert "read-only" in refused.stderr
    assert json.loads(run("status", "--json").stdout)["verdicts"] == []


def test_a_foreign_tasks_package_is_refused_in_one_line(home, tmp_path):
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "__init__.py").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", "status"], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"afterclose: `tasks` was found in {tmp_path}")


def test_rebuild_tells_where_a_correction_stands_against_the_other_facts(run, home):
    path = home / "reference" / "members" / "hsi.csv"
    path.parent.mkdir(parents=True)
    path.write_text("symbol,valid_from,source\n0008.HK,2026-05-25,invented\n")  # Buddha's birthday
    done = run("rebuild")
    assert done.returncode == 0
    told = [line.partition(":")[0] for line in done.stdout.splitlines()[1:]]
    assert "facts disagree ^HSI 2026-05-25 change_off_session" in told
    assert "facts disagree ^HSI 2026-05-25 member_count" in told


def test_a_file_of_one_market_that_cannot_be_read_ends_no_other_ones_backfill(run, monkeypatch, home):
    lake_of(home, indices=[("^HSI", "2027-01-04", 20_000)])  # of a year of which the calendar does not know all days
    monkeypatch.setenv("AFTERCLOSE_NOW", "2027-01-05T18:30:00+08:00")
    run("rebuild")
    file = home / "lake" / "indices" / "market=HK" / "year=2027" / "prices.parquet"
    file.write_bytes(b"")
    done = run("backfill", "--from", "2022-05-14", "--to", "2022-05-15")
    assert (done.returncode, done.stdout) == (1, "CN 2022-05-14 to 2022-05-15: closed (market closed)\n")
    assert done.stderr.startswith(f"afterclose: {file}")
