"""Files of a home that are lost, older, foreign or cut: nothing takes the hole for a new lake, and each is named."""

import os
import shutil

import duckdb
import pytest
from typer.testing import CliRunner

from flows.cli import app, main
from tasks.official import with_official
from tests.fake_hkex import FakeHkex
from tests.faults.played import MONDAY, OLD_DAY, TUESDAY, all_bars, at_home, night, play
from tests.integration.test_official_evenings import page
from tests.shipped import FACTS
from warehouse.errors import AftercloseError
from warehouse.lake.lake import Lake
from warehouse.lake.schema import STOCKS
from warehouse.settings import load_settings
from warehouse.sql.database import fault_of, open_read_only
from warehouse.whole import sha256_of

OLD_STOCKS = "stocks/market=HK/year=2021/prices.parquet"
OLD_SAID = "published/market=HK/year=2021/published.parquet"
STOCKS_NOW = "stocks/market=HK/year=2022/prices.parquet"


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """A home after one evening of 2021 and one of 2022; only copies of it are damaged."""
    folder = tmp_path_factory.mktemp("played")
    play(folder)
    (folder / "reports").mkdir(exist_ok=True)
    (folder / "reports" / f"{MONDAY}.html").write_text("the page of that evening")
    return folder


@pytest.fixture
def vendor(played, home, vendor, monkeypatch):
    """The look-alike, and a copy of the played home in place."""
    shutil.copytree(played, home)
    vendor.bars = all_bars()
    monkeypatch.setenv("AFTERCLOSE_NOW", f"{MONDAY}T19:30:00+08:00")
    monkeypatch.setenv("AFTERCLOSE_LOOKBACK", "3")
    return vendor


@pytest.fixture
def call(vendor, monkeypatch, capsys):
    """The command line: exit code, stdout, stderr."""

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["afterclose", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    return run


def rows(path, query):
    with open_read_only(path) as connection:
        return connection.execute(query).fetchall()


def gone(path):
    path.unlink()


def cut(path):
    path.write_bytes(path.read_bytes()[:1000])


def flipped(path):
    content = path.read_bytes()
    path.write_bytes(content[:2000] + bytes([content[2000] ^ 4]) + content[2001:])


def foreign(path):
    path.unlink()
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table mine as select 42 as answer")


def emptied(path):
    path.write_bytes(b"")


def noise(path):
    path.write_bytes(b"not a database\n" * 999)


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "writer.lock"}


@pytest.mark.parametrize("damage", [gone, cut])
@pytest.mark.parametrize("name", [OLD_STOCKS, OLD_SAID])
def test_a_night_that_has_no_need_of_a_lost_file_goes_on_and_says_so(vendor, home, name, damage):
    lost, database = home / "lake" / name, home / "warehouse.duckdb"
    query = "select * from base.price_versions where year(trade_date) = 2021 order by all"
    said = "select * from base.published where year(trade_date) = 2021 order by all"
    before = rows(database, query), rows(database, said)
    damage(lost)
    for again in (False, True):
        outcome = night(vendor, TUESDAY, refetch=again)
        assert (outcome.state, str(lost) in outcome.reason) == ("partial", True)
        assert (
            rows(database, query),
            rows(database, said),
        ) == before  # of the last database: the lake has them no more
        assert rows(database, "select max(trade_date) from prices") == [(TUESDAY,)]
    if damage is gone:
        assert not lost.exists()
    assert night(vendor, TUESDAY).state == "partial"  # nothing is owed, and the file is lost all the same


@pytest.fixture(scope="module")
def decided(played, tmp_path_factory):
    """The played home after an event of 2021 and a person's word about a bar of that year."""
    home = tmp_path_factory.mktemp("decided") / "home"
    shutil.copytree(played, home)
    with at_home(home) as alike:
        alike.dividends = {"0005.HK": {OLD_DAY: 0.5}}
        night(alike, OLD_DAY, refetch=True)
        done = CliRunner().invoke(app, ["quarantine", "hold", "0005.HK", str(OLD_DAY), "--note", "odd"])
    assert done.exit_code == 0, done.output
    return home


@pytest.mark.parametrize("dataset", ["actions", "answers", "decisions", "quarantine", "runs"])
def test_a_night_goes_on_without_what_was_asked_said_and_decided_years_ago(vendor, home, decided, dataset):
    shutil.rmtree(home)
    shutil.copytree(decided, home)
    vendor.dividends = {"0005.HK": {OLD_DAY: 0.5}}
    lost = home / "lake" / dataset / "market=HK" / "year=2021" / f"{dataset}.parquet"
    query = "from {} where year({}) = 2021 order by all"
    asked = [
        query.format(*of)
        for of in (("corporate_actions", "ex_date"), ("quarantine", "trade_date"), ("base.runs", "started_on"))
    ]
    before = [rows(home / "warehouse.duckdb", each) for each in asked]
    assert all(before)
    gone(lost)
    outcome = night(vendor, TUESDAY)
    assert (outcome.state, outcome.stored.restated_rows) == ("partial", 0)
    assert outcome.reason.endswith(f"{lost} is missing")
    assert [rows(home / "warehouse.duckdb", each) for each in asked] == before
    assert rows(home / "warehouse.duckdb", "select max(trade_date) from prices") == [(TUESDAY,)]


def test_an_evening_that_owes_nothing_ends_3_with_the_lost_file_in_its_line(call, home):
    gone(home / "lake" / OLD_STOCKS)
    code, out, _ = call("nightly", "--market", "HK", "--date", str(MONDAY))
    assert (code, out) == (3, f"HK {MONDAY}: partial ({home}/lake/{OLD_STOCKS} is missing)\n")


def test_a_night_that_must_write_a_damaged_file_anew_names_it_and_leaves_it(vendor, home):
    lost = home / "lake" / STOCKS_NOW
    flipped(lost)
    before = contents(home)
    with pytest.raises(AftercloseError, match=rf"^{lost} is not what commit \d+ wrote: put it back from a back-up"):
        night(vendor, TUESDAY)
    changed = {path for path, content in contents(home).items() if before.get(path) != content}
    assert changed <= {home / "lake" / "writer.json"}


@pytest.mark.parametrize("damage", [gone, cut, flipped])
def test_what_a_dead_run_stored_and_a_disk_lost_is_named_by_who_publishes_and_the_database_stays(vendor, home, damage):
    lake, lost, database = Lake(home / "lake"), home / "lake" / STOCKS_NOW, home / "warehouse.duckdb"
    lake.commit(lake.changes(STOCKS, "HK", lake.read(STOCKS, "HK").assign(run_id="a run that died")))
    damage(lost)
    before = database.read_bytes()
    with pytest.raises(AftercloseError, match=rf"^{lost} .*: put it back from a back-up"):
        night(vendor, MONDAY)
    assert database.read_bytes() == before


@pytest.mark.parametrize("damage", [gone, cut, flipped])
def test_rebuild_and_verify_name_a_lost_file_and_leave_the_database(call, home, damage):
    lost, database = home / "lake" / OLD_STOCKS, home / "warehouse.duckdb"
    damage(lost)
    before = database.read_bytes()
    code, _, error = call("rebuild")
    assert code == 1
    assert error.startswith(f"afterclose: {lost} ")
    assert error.count("\n") == 1
    code, out, error = call("verify")
    assert (code, " 1 finding\n" in out) == (1, True)
    assert error.startswith(f"afterclose: {lost} ")
    assert "afterclose rebuild" not in error  # it would overwrite the last copy of the rows
    assert database.read_bytes() == before


@pytest.mark.parametrize(
    "command",
    [
        ["verify", "--note", "gone", "--accept", "~nobody-of-that-name/x"],
        ["export", "--from", str(MONDAY), "--to", str(MONDAY), "~nobody-of-that-name/x"],
    ],
)
def test_a_path_of_a_user_that_is_not_there_is_refused_in_one_line(call, command):
    code, _, error = call(*command)
    assert (code, error) == (2, "afterclose: ~nobody-of-that-name/x names a user that is not there\n")


def test_a_loss_is_accepted_by_name_with_a_note_and_nothing_is_thrown_away(call, home):
    lost, database = home / "lake" / OLD_STOCKS, home / "warehouse.duckdb"
    assert call("verify", "--accept", OLD_STOCKS, "--note", "gone")[0] == 2  # nothing is wrong with it
    gone(lost)
    before = database.read_bytes()
    assert call("verify", "--accept", OLD_STOCKS)[0] == 2
    assert call("verify", "--accept", "stocks/../../x", "--note", "gone")[0] == 2
    code, out, _ = call("verify", "--accept", str(lost), "--note", "the disk died", "--by", "maria")
    assert (code, out.splitlines()[0]) == (0, f"the lake goes on without {lost}")
    (kept,) = home.glob("warehouse-*.duckdb")
    assert kept.read_bytes() == before
    assert call("rebuild")[0] == 0
    code, out, _ = call("verify")
    assert code == 0
    assert f"accepted 2022-05-16 by maria: {OLD_STOCKS} is missing: the disk died\n" in out
    assert rows(database, "select count(*) from prices where trade_date < '2022-01-01'") == [(0,)]


def test_what_a_person_released_in_a_file_whose_loss_is_accepted_keeps_nobody_from_publishing(call, home, monkeypatch):
    symbol, day = rows(
        home / "warehouse.duckdb", f"select symbol, trade_date from prices where trade_date='{OLD_DAY}'"
    )[0]
    assert call("quarantine", "hold", symbol, str(day), "--note", "a slip")[0] == 0
    assert call("quarantine", "release", "--date", str(day), "--note", "none")[0] == 0
    gone(home / "lake" / OLD_STOCKS)
    monkeypatch.setenv("AFTERCLOSE_NOW", f"{MONDAY}T20:30:00+08:00")
    assert call("verify", "--accept", OLD_STOCKS, "--note", "the disk died")[0] == 0
    code, _, error = call("status", "--fail-if-stale")
    assert code == 1
    assert "the database is of commit" in error
    assert call("rebuild")[0] == 0
    assert call("verify")[0] == 0


def test_a_file_that_another_took_the_place_of_is_taken_as_it_is_when_it_can_be_read(call, home, played):
    path = home / "lake" / STOCKS_NOW
    import pyarrow.parquet as pq

    pq.write_table(pq.read_table(path, partitioning=None).slice(0, 20), path, write_page_checksum=True)
    code, out, _ = call("verify", "--accept", STOCKS_NOW, "--note", "from an older disk")
    assert (code, out.splitlines()[0]) == (0, f"{path} is taken as it is now")
    assert call("rebuild")[0] == 0
    assert call("verify")[0] == 0
    assert len(Lake(home / "lake").manifest().files) == len(Lake(played / "lake").manifest().files) + 1  # accepted.json


@pytest.mark.parametrize("command", ["nightly --market HK --date 2022-05-16", "rebuild", "verify", "quarantine hold"])
@pytest.mark.parametrize("hole", ["gone", "mistyped", "address"])
def test_a_hole_where_the_lake_was_is_refused_and_stays_empty(call, home, tmp_path, monkeypatch, hole, command):
    if hole == "gone":
        (home / "lake").rename(tmp_path / "elsewhere")
    elif hole == "mistyped":
        monkeypatch.setenv("AFTERCLOSE_LAKE", str(tmp_path / "laek"))
    else:
        monkeypatch.setenv("AFTERCLOSE_LAKE", "s3://bucket/lake")
    before = contents(home)
    if command == "quarantine hold":
        command = "quarantine hold 0700.HK 2022-05-16 --note x --by y"
    code, _, error = call(*command.split())
    assert code == (2 if hole == "address" else 1)
    assert error.count("\n") == 1
    assert ("is an address, not a folder" if hole == "address" else "there is no lake in") in error
    assert contents(home) == before
    assert not (tmp_path / "laek").exists()


def test_a_page_alone_shows_that_there_was_a_lake(call, home):
    shutil.rmtree(home / "lake")
    (home / "warehouse.duckdb").unlink()
    code, _, error = call("rebuild")
    assert code == 1
    assert f"{home}/reports/{MONDAY}.html was made from one" in error
    assert not (home / "lake").exists()


def test_a_new_lake_begins_by_an_explicit_word_and_the_database_is_kept_aside(call, home):
    before = (home / "warehouse.duckdb").read_bytes()
    assert call("rebuild", "--new-lake")[0] == 2  # there is one
    shutil.rmtree(home / "lake")
    assert call("rebuild", "--new-lake")[0] == 0
    (kept,) = home.glob("warehouse-*.duckdb")
    assert kept.read_bytes() == before
    assert rows(home / "warehouse.duckdb", "select count(*) from base.price_versions") == [(0,)]
    assert call("verify")[0] == 0


def test_an_older_copy_of_the_lake_is_refused_by_a_night_and_taken_by_rebuild(call, vendor, home, tmp_path):
    backup = shutil.copytree(home / "lake", tmp_path / "backup")
    assert night(vendor, TUESDAY).state == "complete"
    newer = (home / "warehouse.duckdb").read_bytes()
    shutil.rmtree(home / "lake")
    shutil.copytree(backup, home / "lake")
    before = contents(home)
    with pytest.raises(AftercloseError, match=r"is at commit \d+: an older copy; put the right one back, or take this"):
        night(vendor, TUESDAY)
    assert contents(home) == before
    code, _, error = call("verify")
    assert (code, "an older copy" in error, "afterclose rebuild" in error) == (1, True, False)
    code, out, _ = call("rebuild")
    (kept,) = home.glob("warehouse-*.duckdb")
    assert (code, f"the database is kept as {kept}" in out, kept.read_bytes() == newer) == (0, True, True)
    assert night(vendor, TUESDAY).state == "complete"


def test_the_lake_of_another_home_is_refused(vendor, home):
    for path in (home / "lake").iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    with Lake(home / "lake").writing(0, "another"):
        pass
    with pytest.raises(AftercloseError, match="was made from another lake than"):
        night(vendor, TUESDAY)


@pytest.mark.parametrize("damage", [cut, flipped, foreign, emptied, noise])
def test_a_database_that_is_not_what_was_written_is_made_anew_by_the_next_night(vendor, call, home, damage, caplog):
    database = home / "warehouse.duckdb"
    damage(database)
    code, _, error = call("verify")
    assert (code, str(database) in error) == (1, True)
    assert night(vendor, TUESDAY).state == "complete"
    assert f"{database} is not the file that was written: it was made anew" in caplog.text
    assert fault_of(database) is None
    assert rows(database, "select max(trade_date) from prices") == [(TUESDAY,)]


@pytest.mark.parametrize("damage", [cut, flipped, foreign, emptied, noise])
def test_rebuild_makes_a_damaged_database_anew_and_says_so(call, home, damage):
    database = home / "warehouse.duckdb"
    damage(database)
    code, out, _ = call("rebuild")
    assert (code, f"{database} is not the file that was written: it was made anew\n" in out) == (0, True)
    assert call("verify")[0] == 0


@pytest.mark.parametrize("damage", [cut, emptied, noise, foreign])
@pytest.mark.parametrize("command", ["wrap", "status", "sql", "quarantine"])
def test_a_command_that_asks_a_damaged_database_ends_in_one_line(call, home, damage, command):
    damage(home / "warehouse.duckdb")
    more = {"sql": ["select count(*) from prices"], "quarantine": ["list"]}.get(command, [])
    code, _, error = call(command, *more)
    assert code in (1, 2)
    assert error.startswith("afterclose: ")
    assert error.count("\n") == 1


@pytest.fixture
def log(home, vendor, tmp_path):
    """The log of a client that doubled every close and died: DuckDB plays it onto whatever file has the name."""
    database = home / "warehouse.duckdb"
    copy = tmp_path / "warehouse.duckdb"
    shutil.copy(database, copy)
    with duckdb.connect(str(copy), config={"checkpoint_threshold": "1GB"}) as connection:
        connection.execute("update base.price_versions set close = 1000")
        left = tmp_path / "warehouse.duckdb.wal"
        return shutil.copy(left, database.with_name("warehouse.duckdb.wal"))


def test_the_log_of_a_dead_client_is_never_played(call, vendor, home, log):
    database = home / "warehouse.duckdb"
    digest = sha256_of(database)
    for command in (["wrap"], ["sql", "select count(*) from prices"], ["verify"]):
        code, _, error = call(*command)
        assert (code, "has the log of a program beside it" in error, error.count("\n")) == (1, True, 1)
    assert sha256_of(database) == digest
    code, out, _ = call("rebuild")
    assert (code, f"{database} has the log of a program beside it" in out) == (0, True)
    assert not os.path.exists(log)
    assert rows(database, "select count(*) from prices where close = 1000") == [(0,)]


def test_the_next_night_takes_the_log_of_a_dead_client_away(vendor, home, log):
    assert night(vendor, TUESDAY).state == "complete"
    assert not os.path.exists(log)
    assert rows(home / "warehouse.duckdb", "select count(*) from prices where close = 1000") == [(0,)]


GARBAGE = [b"", b"garbage", b"[1]", b"[]", b"{}", b'{"version": "x"}', b"\xff\xfe", b"null", b"[[1, 2, 3]]", b'"x"']


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("name", ["journal.json", "format.json", "manifest.json"])
def test_garbage_in_a_file_of_the_lake_s_own_is_one_line_and_stays(call, home, name, garbage):
    path = home / "lake" / name
    path.write_bytes(garbage)
    before = contents(home)
    for command in ("rebuild", "verify"):
        code, _, error = call(command)
        assert (code, str(path) in error, error.count("\n")) == (1, True, 1), (command, error)
    assert contents(home) == before


@pytest.mark.parametrize("name", ["journal.json", "format.json", "manifest.json"])
def test_the_loss_of_a_file_of_the_lake_s_own_is_accepted_too(call, home, name):
    path = home / "lake" / name
    path.write_bytes(b"garbage")
    code, _, error = call("verify", "--accept", str(path), "--note", "garbage")
    assert code == 0, error
    assert path.with_name(f"{name}.lost").read_bytes() == b"garbage"
    assert call("rebuild")[0] == 0
    assert call("verify")[0] == 0


def test_a_folder_that_cannot_be_written_is_one_line(call, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("AFTERCLOSE_HOME", str(tmp_path / "file" / "home"))
    code, _, error = call("rebuild")
    assert (code, error.count("\n")) == (1, 1)
    assert error.startswith(f"afterclose: {tmp_path}/file")


def test_the_database_says_which_commit_it_was_made_from(vendor, home):
    assert night(vendor, TUESDAY).state == "complete"
    manifest = Lake(home / "lake").manifest()
    assert rows(home / "warehouse.duckdb", 'select lake, "commit" from base.build') == [
        (manifest.lake, manifest.commit)
    ]
    assert {entry.commit for entry in manifest.files.values()} <= set(range(1, manifest.commit + 1))


def test_the_restore_drill_gives_the_home_back_and_fails_when_a_file_is_missing(call, home, tmp_path):
    backup = shutil.copytree(home / "lake", tmp_path / "lake-2022-05-16")
    query = "select * from prices order by market, symbol, trade_date"
    before = rows(home / "warehouse.duckdb", query)
    shutil.rmtree(home)
    home.mkdir()
    shutil.copytree(backup, home / "lake")
    assert [call(command)[0] for command in ("rebuild", "verify")] == [0, 0]
    assert rows(home / "warehouse.duckdb", query) == before
    shutil.rmtree(home)
    home.mkdir()
    shutil.copytree(backup, home / "lake")
    (home / "lake" / OLD_SAID).unlink()
    for command in ("rebuild", "verify"):
        code, _, error = call(command)
        assert (code, f"{home}/lake/{OLD_SAID} is missing" in error) == (1, True)
    assert not (home / "warehouse.duckdb").exists()


def test_help_teaches_how_a_loss_is_accepted():
    printed = CliRunner().invoke(app, ["verify", "--help"], env={"COLUMNS": "200"}).stdout
    assert all(word in printed for word in ("--accept", "--note", "back-up"))


def test_official_news_does_not_make_a_night_complete_whose_lake_has_lost_a_file(vendor, home, monkeypatch):
    gone(home / "lake" / OLD_STOCKS)
    outcome = night(vendor, TUESDAY)
    monkeypatch.setenv("AFTERCLOSE_OFFICIAL_SOURCES", "hkex")
    monkeypatch.setenv("AFTERCLOSE_TERMS_ACCEPTED", "hkex")
    fake = FakeHkex()
    monkeypatch.setenv("AFTERCLOSE_HKEX_URL", fake.start())
    fake.serve(TUESDAY, [line | {"symbol": f"000{at}.HK"} for at, line in enumerate(page(TUESDAY), start=1)])
    after = with_official(outcome, load_settings(), FACTS)
    fake.stop()
    assert (after.state, "year=2021" in after.reason) == ("partial", True)
    assert rows(home / "warehouse.duckdb", f"select count(*) > 0 from official_prices where trade_date = '{TUESDAY}'")
