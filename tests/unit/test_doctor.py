"""`afterclose doctor`: each thing that keeps a night from being good is one line, and the exit code says if any is."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from typer.testing import CliRunner

from flows.cli import app
from tests.loopback import http_server, send
from tests.shipped import FACTS
from tests.sql.warehouse_of import closes, lake_of
from warehouse.lake.manifest import way_on
from warehouse.sql.build import build
from warehouse.whole import sha256_of


@pytest.fixture
def examine(home, monkeypatch, tmp_path):
    """The findings of the doctor, as (check, state) to text, with its exit code; nothing of this machine's is asked."""
    for name in ("PREFECT_API_URL", "PREFECT_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setenv("PREFECT_SERVER_API_PORT", "1")
    monkeypatch.setenv("AFTERCLOSE_SOURCE", "simulated")

    def look():
        done = CliRunner().invoke(app, ["doctor", "--json"])
        found = {}
        for row in json.loads(done.stdout):
            found.setdefault((row["check"], row["state"]), []).append(row["text"])
        assert done.exit_code == any(state == "wrong" for _, state in found)
        return found

    return look


@pytest.fixture
def kept(home):
    """A home with the bars of two sessions, built on the evening of the second."""
    lake = lake_of(home, stocks=closes("0700.HK", {"2022-05-16": 300, "2022-05-17": 330}))
    build(lake, FACTS, home / "warehouse.duckdb", datetime(2022, 5, 17, 10, tzinfo=UTC), 30)
    return home


def wrong(found):
    return {check: texts for (check, state), texts in found.items() if state == "wrong"}


def test_nothing_is_wrong_with_a_machine_on_which_nothing_was_run(examine, home):
    found = examine()
    assert wrong(found) == {}
    assert "the first run makes it" in found["home", "note"][0]
    assert "schedule install" in found["schedule", "note"][0]
    assert not home.exists()


def test_a_good_home_is_all_well_and_says_when_the_next_session_is_due(examine, kept, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-17T18:30:00+08:00")
    found = examine()
    assert wrong(found) == {}
    assert found["lock", "ok"] == ["free"]
    assert found["sessions", "ok"] == ["next: CN from 2022-05-18 08:00 UTC, HK from 2022-05-18 08:40 UTC"]
    assert "AFTERCLOSE_NOW" in found["sources", "note"][0]
    assert sorted(path.name for path in kept.iterdir()) == ["lake", "warehouse.duckdb", "warehouse.duckdb.xxh128"]


def test_a_correction_that_cannot_be_read_is_wrong(examine, home):
    (home / "reference").mkdir(parents=True)
    (home / "reference" / "index.csv").write_text("a\n1\n")
    (problem,) = wrong(examine())["corrections"]
    assert "index.csv corrects nothing" in problem


def test_an_event_of_a_stock_that_nobody_stored_is_noted(examine, home):
    given = [(symbol, "2022-05-17", "split", 2, {"source": "local"}) for symbol in ("0700.HK", "7000.HK")]
    lake = lake_of(home, stocks=closes("0700.HK", {"2022-05-16": 300, "2022-05-17": 330}), actions=given)
    build(lake, FACTS, home / "warehouse.duckdb", datetime(2022, 5, 17, 10, tzinfo=UTC), 30)
    (note,) = examine()["database", "note"]
    assert note == "actions.csv: no bar of 7000.HK is stored: what is given of it counts for nothing"


def test_a_lost_file_and_a_changed_database_are_wrong_and_the_other_checks_go_on(examine, kept):
    next((kept / "lake" / "stocks").rglob("*.parquet")).write_bytes(b"")
    with (kept / "warehouse.duckdb").open("ab") as file:
        file.write(b"x")
    found = examine()
    assert ("schedule", "note") in found
    assert "is not the file that was written" in wrong(found)["database"][0]


def test_a_database_that_is_gone_is_wrong_where_the_lake_has_commits(examine, kept):
    (kept / "warehouse.duckdb").unlink()
    (line,) = wrong(examine())["database"]
    assert line == f"{kept}/warehouse.duckdb is not there: a run or `afterclose rebuild` makes it"


def test_a_run_that_died_before_it_published_is_told(examine, kept):
    lake_of(kept, stocks=closes("0005.HK", {"2022-05-17": 50}))
    assert wrong(examine()) == {"database": ["the database is of commit 1, the lake at 2: the next run finishes it"]}


def test_a_commit_that_is_half_carried_out_is_told_with_whether_a_run_can_finish_it(examine, kept):
    journal, (moved, *_) = kept / "lake" / "journal.json", (kept / "lake" / "stocks").rglob("*.parquet")
    name = moved.relative_to(kept / "lake").as_posix()
    for sha256, said in (
        (sha256_of(moved), ["a commit of the lake is half carried out: the next run finishes it"]),
        ("0" * 64, [f"{moved} of an unfinished commit is missing: {way_on(journal)}"]),
    ):
        journal.write_text(json.dumps([[f"{name}.pending", name, sha256]]))
        assert wrong(examine()) == {"lake": said}
    journal.write_text("garbage")
    assert f"{journal} is no journal of a commit: {way_on(journal)}" in wrong(examine())["lake"]


def test_a_lake_that_is_gone_is_told_once(examine, kept):
    (kept / "lake").rename(kept / "away")
    assert wrong(examine()).keys() == {"lake"}


def test_another_lake_than_that_of_the_database_is_told_with_each_path_once(examine, kept, tmp_path):
    (kept / "lake").rename(kept / "away")
    lake_of(kept, stocks=closes("0700.HK", {"2022-05-16": 300}))
    (line,) = wrong(examine())["database"]
    assert line.startswith(f"{kept}/warehouse.duckdb was made from another lake than {kept}/lake; put the right one")


def test_who_holds_the_lock_is_said_and_is_no_fault(examine, kept):
    from warehouse.lake.lock import locked

    with locked(kept / "lake", 1, "a night"):
        found = examine()
    assert wrong(found) == {}
    assert "is being written by a night (process " in found["lock", "note"][0]


@pytest.mark.parametrize(
    ("status", "minutes", "states"),
    [(404, 0, ["ok"]), (200, 1, ["ok"]), (429, 0, ["note"]), (503, 0, ["note"]), (200, 3, ["ok", "wrong"])],
)
def test_a_vendor_is_asked_once_and_its_clock_is_held_against_ours(examine, monkeypatch, status, minutes, states):
    asked = []

    def answer(handler):
        asked.append(handler.path)
        handler.date_time_string = lambda: format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)
        send(handler, b"hello", status)

    monkeypatch.setenv("AFTERCLOSE_SOURCE", "yahoo")
    with http_server(answer) as url:
        monkeypatch.setenv("AFTERCLOSE_YAHOO_URL", url)
        found = examine()
    assert len(asked) == 1
    assert [state for check, state in found if check == "sources"] == states
    if "wrong" in states:
        assert " s behind it" in wrong(found)["sources"][0]


def test_a_vendor_that_cannot_be_reached_is_wrong_and_shows_no_password(examine, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_SOURCE", "yahoo")
    monkeypatch.setenv("AFTERCLOSE_YAHOO_URL", "http://me:hunter2@127.0.0.1:1")
    (problem,) = wrong(examine())["sources"]
    assert "yahoo at http://127.0.0.1:1" in problem
    assert "hunter2" not in problem


def test_a_prefect_server_that_does_not_answer_is_wrong(examine, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://me:hunter2@127.0.0.1:1/api")
    assert wrong(examine()) == {"prefect": ["nobody answers at PREFECT_API_URL=http://127.0.0.1:1/api"]}


def test_secrets_that_others_may_read_are_said(examine, home):
    home.mkdir()
    file = home / "afterclose.toml"
    file.write_text("tencent_url = 'https://me:hunter2@example.com'\n")
    file.chmod(0o644)
    assert examine()["home", "note"] == [f"{file} has tencent_url and others may read it: chmod 600"]
    file.chmod(0o600)
    assert ("home", "note") not in examine()
