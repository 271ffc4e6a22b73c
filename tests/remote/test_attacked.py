"""The replica under attack: pulls that die or meet damage, a pointer that means harm, a loss that is accepted."""

import errno
import hashlib
import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from flows.cli import main
from tasks.replica import looking
from tasks.replica.bucket import Bucket, open_bucket
from tasks.replica.pointer import read_known, write_known
from tasks.replica.pull import pull
from tasks.replica.telling import known_standing, lacking
from tasks.replica.writing import is_unsent, writing
from tests.crash import PowerCutError, die_at
from tests.property.test_commit_crashes import tables
from tests.remote.homes import NEW, OLD, Reader, agrees, files_of, settings_of, state, write
from tests.shipped import FACTS
from warehouse.errors import AftercloseError, UsageError
from warehouse.lake.lake import Lake
from warehouse.lake.manifest import Entry, Manifest
from warehouse.losses import accept
from warehouse.sql.database import fault_of, seal
from warehouse.whole import sha256_of, xxh128_of

ADDRESS = "memory://attacked"
DATA = Path(__file__).parents[1] / "data"
STOCKS = "stocks/market=HK/year=2021/prices.parquet"


@pytest.fixture
def reader(home, monkeypatch):
    """Of a replica in memory that is empty."""
    monkeypatch.setattr(MemoryFileSystem, "store", {})
    return Reader(ADDRESS)


@pytest.fixture
def one(reader, tmp_path):
    settings = settings_of(tmp_path / "one", replica=ADDRESS)
    write(settings)
    return settings


@pytest.fixture
def two(one, tmp_path):
    """A home at the evening before that of the replica."""
    settings = settings_of(tmp_path / "two", replica=ADDRESS)
    (tmp_path / "two").mkdir()
    (tmp_path / "one" / "alerts").mkdir()
    (tmp_path / "one" / "alerts" / "mine.sql").write_text("select 1")
    pull(settings)
    write(one, NEW)
    return settings


@pytest.fixture
def each_death(tmp_path, monkeypatch):
    """Each step at which some work in a home may die, when it has died there; every time from the home of now."""

    def dying(settings, old, work, step, moment):
        shutil.rmtree(settings.home)
        shutil.copytree(old, settings.home)
        with monkeypatch.context() as patched:
            steps = die_at(patched, step, moment)
            work()
        return steps

    def each(settings, work, moments=("before", "within", "after")):
        old = shutil.copytree(settings.home, tmp_path / "old")
        for step in range(1, len(dying(settings, old, work, 0, "before")) + 1):
            with pytest.raises(PowerCutError):
                dying(settings, old, work, step, moments[step % len(moments)])
            yield step

    return each


def test_a_pull_that_dies_anywhere_leaves_the_old_home_or_the_new_and_the_next_one_ends_it(one, two, each_death):
    before, after, seen = files_of(two), files_of(one), []
    for step in each_death(two, lambda: pull(two)):
        with Lake(two.lake_path).locked(0, "next"):
            Lake(two.lake_path).recover()
        seen.append(files_of(two))
        assert seen[-1] in (before, after), step
        pull(two)
        assert files_of(two) == after, step
        assert agrees(two.lake_path), step
        assert (two.home / "alerts" / "mine.sql").read_text() == "select 1"
    assert before in seen
    assert after in seen


def test_a_pull_that_dies_anywhere_takes_no_file_of_a_person_s_away(one, tmp_path, each_death):
    other = settings_of(tmp_path / "other", replica=ADDRESS)
    (one.home / "actions.csv").write_text("of both")
    write(one)
    pull(other)
    (other.home / "actions.csv").write_text("of this home")
    write(one, NEW)
    for step in each_death(other, lambda: pull(other)):
        assert (other.home / "actions.csv").read_text() in ("of both", "of this home"), step
        pull(other)
        kept = {path.read_text() for path in other.home.glob("actions.csv*")}
        assert "of this home" in kept, step


def test_a_pull_for_which_the_disk_is_too_small_leaves_no_part_of_a_database(reader, tmp_path, monkeypatch):
    settings, other = (settings_of(tmp_path / name, replica=ADDRESS) for name in ("home", "other"))
    settings.home.mkdir()
    settings.database_path.write_bytes(b"as far as a replica knows, a database")
    seal(settings.database_path, xxh128_of(settings.database_path))
    write(settings)
    get = MemoryFileSystem.get_file

    def part_of(files, there, here, *arguments, **options):
        get(files, there, here, *arguments, **options)
        if here.endswith(".pulled"):
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(MemoryFileSystem, "get_file", part_of)
        with pytest.raises(AftercloseError, match="No space left on device"):
            pull(other)
    assert sorted(path.name for path in other.home.iterdir()) == ["lake"]
    pull(other)
    assert other.database_path.read_bytes() == settings.database_path.read_bytes()


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[:40] + b"x" + data[41:], lambda _: b""])
def test_a_damaged_object_changes_nothing_and_is_named(reader, two, damage):
    before, pointer = files_of(two), reader.pointer()
    manifest = json.loads(reader.object(pointer["manifest"]))
    for sha256 in (manifest["files"][STOCKS]["sha256"], pointer["manifest"], pointer["home"]["alerts/mine.sql"]):
        place = f"{reader.root}/objects/{sha256}"
        good = reader.files.cat_file(place)
        reader.files.pipe_file(place, damage(good))
        with pytest.raises(AftercloseError, match=f"{STOCKS}|{sha256}"):
            pull(two)
        reader.files.pipe_file(place, good)
        assert not (two.lake_path / "journal.json").exists()
        assert files_of(two) == before
        assert Lake(two.lake_path).faults(deep=True) == []
    pull(two)
    assert state(two.lake_path) == (NEW, NEW, NEW, 1)


def test_an_object_that_is_missing_changes_nothing(reader, two):
    manifest = json.loads(reader.object(reader.pointer()["manifest"]))
    before = files_of(two)
    reader.files.rm_file(f"{reader.root}/objects/{manifest['files'][STOCKS]['sha256']}")
    with pytest.raises(AftercloseError, match="the replica memory://attacked: "):
        pull(two)
    assert files_of(two) == before


HOSTILE = ["../outside.csv", "/outside.csv", "afterclose.toml", "lake/manifest.json", "warehouse.duckdb", ".env"]
HOSTILE += ["replica.json", "reference/../afterclose.toml", "alerts/x.sh", "reference/x.py", "weights/"]


def test_a_pointer_gives_a_home_nothing_but_the_files_that_a_person_keeps(reader, two, tmp_path):
    pointer, before = reader.pointer(), {path for path in tmp_path.rglob("*") if path.is_file()}
    settings = b'yahoo_url = "http://evil"'
    sha256 = hashlib.sha256(settings).hexdigest()
    reader.files.pipe_file(f"{reader.root}/objects/{sha256}", settings)
    for name in HOSTILE:
        reader.files.pipe_file(f"{reader.root}/pointer.json", json.dumps(pointer | {"home": {name: sha256}}).encode())
        with pytest.raises(AftercloseError, match="names a file that no home keeps there"):
            pull(two)
    assert not any(path.read_bytes() == settings for path in tmp_path.rglob("*") if path.is_file())
    assert before <= {path for path in tmp_path.rglob("*") if path.is_file()}


def test_a_home_can_pull_whatever_names_a_home_has_sent(reader, tmp_path):
    one, other = (settings_of(tmp_path / name, replica=ADDRESS) for name in ("one", "other"))
    names = ["exchange_rates/RATES.CSV", "industries/mine.Parquet", "reference/indices.csv", "alerts/mine.sql"]
    for name in names:
        (one.home / name).parent.mkdir(parents=True)
        (one.home / name).write_text(name)
    write(one)
    pull(other)
    assert [(other.home / name).read_text() for name in names] == names


def test_a_folder_that_a_person_links_to_elsewhere_is_pulled_into_and_no_link_within_it_is_followed(
    reader, two, tmp_path
):
    one = settings_of(tmp_path / "one", replica=ADDRESS)
    for home in (one.home, two.home):
        (tmp_path / "elsewhere" / home.name).mkdir(parents=True)
        (home / "reference").symlink_to(tmp_path / "elsewhere" / home.name)
    (one.home / "reference" / "indices.csv").write_text("rows")
    write(one, 300.0)
    for settings in (two, one):
        pull(settings)
        assert (settings.home / "reference" / "indices.csv").read_text() == "rows"
    (one.home / "reference" / "deep").mkdir()
    (one.home / "reference" / "deep" / "x.csv").write_text("rows")
    write(one, 400.0)
    (tmp_path / "private").mkdir()
    (two.home / "reference" / "deep").symlink_to(tmp_path / "private")
    with pytest.raises(AftercloseError, match=r"names a file that no home keeps there: reference/deep/x\.csv"):
        pull(two)
    assert list((tmp_path / "private").iterdir()) == []


def test_corrections_in_a_folder_that_lies_elsewhere_and_an_alert_in_capitals_travel_as_they_count(
    reader, one, tmp_path
):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "hsi.csv").write_text("rows")
    for folder in ("reference", "alerts"):
        (one.home / folder).mkdir()
    (one.home / "reference" / "members").symlink_to(tmp_path / "elsewhere")
    (one.home / "alerts" / "MINE.SQL").write_text("select 1")
    assert write(one) == []
    assert sorted(reader.pointer()["home"]) == ["alerts/MINE.SQL", "reference/members/hsi.csv"]
    (one.home / "alerts").rename(one.home / "before")
    (one.home / "alerts").symlink_to(tmp_path / "a disk that is not mounted")
    (problem,) = write(one)
    assert "alerts cannot be read" in problem
    assert sorted(reader.pointer()["home"]) == ["alerts/MINE.SQL", "reference/members/hsi.csv"]


def test_a_home_at_the_same_commit_that_lacks_what_a_person_gave_another_is_behind_until_it_pulls(
    reader, one, tmp_path
):
    other = settings_of(tmp_path / "other", replica=ADDRESS)
    pull(other)
    for name in ("alerts/mine.sql", "reference/indices.csv"):
        (one.home / name).parent.mkdir()
        (one.home / name).write_text(name)
    commit = reader.pointer()["commit"]
    assert write(one) == []
    given = reader.pointer()["home"]
    assert (reader.pointer()["commit"], sorted(given)) == (commit, ["alerts/mine.sql", "reference/indices.csv"])
    assert [state for state, _ in looking.replica(other)] == ["wrong"]
    with pytest.raises(AftercloseError, match="behind the replica"):
        write(other)
    with pytest.raises(AftercloseError, match="behind the replica"):
        write(other, NEW)
    pull(other)
    assert (other.home / "reference" / "indices.csv").read_text() == "reference/indices.csv"
    assert write(other, NEW) == []
    assert reader.pointer()["home"] == given


def test_a_home_that_went_on_while_a_person_gave_another_something_takes_none_of_it_away(
    reader, one, tmp_path, monkeypatch
):
    other = settings_of(tmp_path / "other", replica=ADDRESS)
    pull(other)
    write(settings_of(other.home, replica=None), NEW)
    (one.home / "actions.csv").write_text("rows")
    write(one)
    with pytest.raises(AftercloseError, match="another history"):
        write(other, NEW)
    assert list(reader.pointer()["home"]) == ["actions.csv"]


def test_what_a_person_has_changed_in_a_level_home_stays_in_a_pull_and_is_sent(reader, one):
    for text in ("rows", "other rows"):
        (one.home / "actions.csv").write_text(text)
        pull(one)
        assert is_unsent(Lake(one.lake_path), one)
        pull(one)
        assert (one.home / "actions.csv").read_text() == text
        assert write(one) == []
        assert not is_unsent(Lake(one.lake_path), one)
    assert list(reader.pointer()["home"].values()) == [sha256_of(one.home / "actions.csv")]


def test_a_file_that_a_person_only_renames_is_sent_and_is_news_to_another_home(reader, one, tmp_path):
    (one.home / "alerts").mkdir()
    (one.home / "alerts" / "loud.sql").write_text("select 1")
    assert write(one) == []
    other = settings_of(tmp_path / "other", replica=ADDRESS)
    pull(other)
    (one.home / "alerts" / "loud.sql").rename(one.home / "alerts" / "quiet.sql")
    assert is_unsent(Lake(one.lake_path), one)
    assert write(one) == []
    assert list(reader.pointer()["home"]) == ["alerts/quiet.sql"]
    with pytest.raises(AftercloseError, match="behind the replica"):
        write(other)
    pull(other)
    assert [path.name for path in (other.home / "alerts").glob("*.sql")] == ["quiet.sql"]


def test_a_home_that_an_earlier_version_left_sends_what_a_person_changes(reader, one):
    (one.home / "actions.csv").write_text("rows")
    write(one)
    known = read_known(one.home)
    old = [each.partition(" ")[0] for each in known.sent]
    write_known(one.home, known.model_copy(update={"sent": old}))
    (one.home / "actions.csv").write_text("other rows")
    assert write(one) == []
    assert list(reader.pointer()["home"].values()) == [sha256_of(one.home / "actions.csv")]


NO_FILES_OF_A_LAKE = ["../outside.parquet", "journal.json", "writer.lock", "x/y.parquet", "stocks/a.parquet"]


def test_a_manifest_of_somebody_s_names_no_file_that_is_none_of_a_lake(reader, two):
    pointer, before = reader.pointer(), files_of(two)
    manifest = Manifest.from_bytes(reader.object(pointer["manifest"]))
    entry = Entry(size=1, sha256=hashlib.sha256(b"x").hexdigest(), commit=9)
    for name in NO_FILES_OF_A_LAKE:
        hostile = manifest.model_copy(update={"files": manifest.files | {name: entry}}).to_bytes()
        for content in (b"x", hostile):
            reader.files.pipe_file(f"{reader.root}/objects/{hashlib.sha256(content).hexdigest()}", content)
        changed = pointer | {"manifest": hashlib.sha256(hostile).hexdigest()}
        reader.files.pipe_file(f"{reader.root}/pointer.json", json.dumps(changed).encode())
        with pytest.raises(AftercloseError, match="the manifest that was fetched"):
            pull(two)
        assert files_of(two) == before


NO_POINTERS = [
    {"manifest": "../lease.json"},
    {"history": ["../x"]},
    {"retired": {"../../one/replica.json": "2022-05-17T00:00:00+00:00"}},
    {"retired": {"0" * 64: "yesterday"}},
    {"home": {"actions.csv": "../pointer.json"}},
    {"commit": "x"},
]


def test_a_pointer_with_other_than_checksums_is_none_and_nobody_goes_by_it(reader, one):
    pointer, objects = reader.pointer(), {name for name in MemoryFileSystem.store if "/objects/" in name}
    for change in NO_POINTERS:
        reader.files.pipe_file(f"{reader.root}/pointer.json", json.dumps(pointer | change).encode())
        for act in (lambda: pull(one), lambda: write(one, NEW)):
            with pytest.raises(AftercloseError, match=r"pointer\.json is no pointer of a replica"):
                act()
    assert {name for name in MemoryFileSystem.store if "/objects/" in name} == objects


def test_a_pull_mends_a_lost_file_and_a_journal_that_is_none(one):
    (one.lake_path / STOCKS).unlink()
    (one.lake_path / "journal.json").write_text("garbage")
    pull(one)
    assert state(one.lake_path) == (OLD, OLD, OLD, 0)
    assert Lake(one.lake_path).faults(deep=True) == []
    assert (one.lake_path / "journal.json.lost").read_text() == "garbage"


def test_a_pull_takes_back_no_commit_of_this_home_that_its_writer_died_in(one, each_death):
    def commit():
        lake = Lake(one.lake_path)
        lake.commit(tables(lake, NEW))

    seen = set()
    for step in each_death(one, commit, ("after",)):
        is_begun = (one.lake_path / "journal.json").exists()
        try:
            pull(one)
            place = "level"
        except UsageError as refused:
            place = str(refused).partition("the home is ")[2].partition(",")[0]
        seen.add((place, is_begun, state(one.lake_path)))
        assert agrees(one.lake_path), step
    # The last step takes the journal away.
    assert seen == {
        ("level", False, (OLD, OLD, OLD, 0)),
        ("ahead", True, (NEW, NEW, NEW, 1)),
        ("ahead", False, (NEW, NEW, NEW, 1)),
    }


@pytest.mark.parametrize("version", ["v1", "v2", "v4"])
def test_an_older_version_s_lake_is_another_one_and_is_kept_aside(one, tmp_path, version):
    older = settings_of(tmp_path / "older", replica=ADDRESS)
    shutil.copytree(DATA / f"lake-{version}", older.lake_path)
    before = {path.relative_to(older.lake_path): path.read_bytes() for path in older.lake_path.rglob("*.parquet")}
    with pytest.raises(AftercloseError, match="another lake than the replica"):
        write(older)
    with pytest.raises(UsageError, match="--force keeps this home aside"):
        pull(older)
    assert [state for state, _ in looking.replica(older)] == ["wrong"]
    assert {path: (older.lake_path / path).read_bytes() for path in before} == before
    (aside,) = pull(older, is_forced=True).aside
    assert {path: (aside / path).read_bytes() for path in before} == before
    assert files_of(older) == files_of(one)


def test_a_home_that_lost_its_manifest_pulls_only_by_force_and_keeps_what_there_was(one):
    (one.lake_path / "manifest.json").write_text("garbage")
    with pytest.raises(UsageError, match="has lost its manifest, so nobody can tell"):
        pull(one)
    (aside,) = pull(one, is_forced=True).aside
    assert (aside / "manifest.json").read_text() == "garbage"
    assert agrees(one.lake_path)


def accepted(settings, name=STOCKS):
    lake = Lake(settings.lake_path)
    with writing(lake, FACTS, settings, "verify", is_mending=True) as missed:
        accept(lake, name, "maria", "gone", datetime(2022, 5, 17, tzinfo=UTC), None)
    return missed


def test_who_accepts_a_loss_holds_the_lease_and_sends_what_is_left(reader, one):
    (one.lake_path / STOCKS).unlink()
    until = (datetime.now(UTC) + timedelta(minutes=3)).isoformat()
    held = {"holder": "backfill CN (process 7 on far)", "home": "far", "token": "t", "until": until}
    reader.files.pipe_file(f"{reader.root}/lease.json", json.dumps(held).encode())
    with pytest.raises(AftercloseError, match="is being written by backfill CN"):
        accepted(one)
    assert STOCKS in Lake(one.lake_path).manifest().files
    reader.files.pipe_file(f"{reader.root}/lease.json", json.dumps(held | {"holder": None}).encode())
    assert accepted(one) == []
    assert reader.evening() == files_of(one)
    assert STOCKS not in files_of(one)


@pytest.fixture
def accept_by_command(one, monkeypatch):
    """Accept the loss of a file as a person does, for a home that shares these sources: the exit code."""

    def run(share):
        for name in [name for name in os.environ if name.startswith("AFTERCLOSE_")]:
            monkeypatch.delenv(name)
        for name, value in {"HOME": one.home, "REPLICA": ADDRESS, "SHARE": share, "LOCK_WAIT": "0"}.items():
            monkeypatch.setenv(f"AFTERCLOSE_{name}", str(value))
        (one.lake_path / STOCKS).unlink()
        monkeypatch.setattr("sys.argv", ["afterclose", "verify", "--accept", STOCKS, "--note", "gone", "--by", "maria"])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code

    return run


def test_the_command_that_accepts_a_loss_takes_the_lease(reader, one, accept_by_command, capsys):
    assert not accept_by_command("yahoo"), capsys.readouterr().err
    assert reader.evening() == files_of(one)


def test_a_loss_that_is_accepted_and_cannot_be_sent_ends_3(one, accept_by_command, capsys):
    assert accept_by_command("") == 3
    assert "the replica has not got it: nothing goes there: rows of yahoo" in capsys.readouterr().err
    assert STOCKS not in files_of(one)


def test_a_decision_that_is_refused_since_it_is_stored_sends_what_the_dead_run_could_not(reader, one):
    lake = Lake(one.lake_path)
    with lake.writing(0, "a run that died before it sent"):
        lake.commit(tables(lake, NEW))
    with pytest.raises(UsageError, match="nothing is held"), writing(lake, FACTS, one, "quarantine"):
        raise UsageError("nothing is held")
    assert reader.evening() == files_of(one)


def test_a_lost_manifest_is_accepted_with_a_replica_too(reader, one):
    (one.lake_path / "manifest.json").write_text("garbage")
    assert accepted(one, "manifest.json") == []
    assert (one.lake_path / "manifest.json.lost").read_text() == "garbage"
    assert Lake(one.lake_path).faults(deep=True) == []
    assert state(one.lake_path) == (OLD, OLD, OLD, 0)
    assert reader.evening() == files_of(one)


def test_who_looks_at_a_home_hears_since_when_the_replica_lacks_its_commits(one, monkeypatch):
    (row,) = known_standing(one)
    assert (row["commit"], row["lake_commit"], row["is_behind"]) == (2, 2, False)
    assert row["told"] == f"replica {ADDRESS}: at commit 2 since {row['sent_at']:%Y-%m-%d %H:%M} UTC"
    assert list(lacking(one)) == []

    def down(*_):
        raise AftercloseError("down")

    with monkeypatch.context() as patched:
        patched.setattr(Bucket, "sizes", down)
        assert write(one, NEW) == ["the replica has not got it: down"]
    (row,) = known_standing(one)
    assert (row["commit"], row["lake_commit"], row["is_behind"]) == (2, 3, True)
    assert list(lacking(one)) == [row["told"]]
    assert row["told"].endswith(" UTC, the lake is at commit 3: the next run sends it")
    with Lake(one.lake_path).locked(0, "night"):
        assert list(lacking(one)) == []


def test_an_error_of_a_storage_that_repeats_a_key_shows_it_to_nobody(home, monkeypatch):
    def refused(*_, **__):
        raise ValueError("SignatureDoesNotMatch for KEY-ID with VERY/SECRET")

    bucket = open_bucket(settings_of(home, replica="s3://KEY-ID:VERY%2FSECRET@bucket/x"))
    monkeypatch.setattr(bucket.files, "open", refused)
    with pytest.raises(
        AftercloseError, match=r"^the replica s3://bucket/x: SignatureDoesNotMatch for \*\*\* with \*\*\*$"
    ):
        bucket.read("pointer.json")


def test_a_home_that_never_met_its_replica_says_so(one):
    other = one.model_copy(update={"home": one.home.with_name("other")})
    with Lake(other.lake_path).writing(0, "offline"):
        pass
    assert [row["told"] for row in known_standing(other)] == [
        f"replica {ADDRESS}: it has got nothing, the lake is at commit 1: the next run sends it"
    ]


@pytest.mark.parametrize(("who", "state", "words"), [("one", "ok", "so is this home"), ("two", "wrong", "is behind")])
def test_doctor_says_which_commit_the_replica_is_at(one, two, who, state, words):
    ((found, said),) = looking.replica({"one": one, "two": two}[who])
    assert (found, words in said) == (state, True)
    assert said.startswith(f"{ADDRESS} is at commit 3, written by nightly HK at ")


def test_doctor_says_of_a_home_without_a_replica_that_it_has_none(home):
    ((found, said),) = looking.replica(settings_of(home, replica=None))
    assert (found, said) == ("ok", "none: AFTERCLOSE_REPLICA is not set")


def test_every_object_is_there_before_a_pointer_names_it_and_the_database_too(reader, tmp_path, monkeypatch):
    settings, swap, seen = settings_of(tmp_path / "home", replica=ADDRESS), Bucket.swap, []
    settings.home.mkdir()
    settings.database_path.write_bytes(b"as far as a replica knows, a database")
    seal(settings.database_path, xxh128_of(settings.database_path))

    def looking_swap(bucket, name, data, tag):
        if name == "pointer.json":
            pointer = json.loads(data)
            manifest = json.loads(reader.object(pointer["manifest"]))
            seen.append({pointer["database"], *(entry["sha256"] for entry in manifest["files"].values())})
            assert all(reader.object(sha256) for sha256 in seen[-1])
        return swap(bucket, name, data, tag)

    monkeypatch.setattr(Bucket, "swap", looking_swap)
    assert [write(settings), write(settings, NEW)] == [[], []]
    assert len(seen) == 2
    assert seen[0] & seen[1] >= {sha256_of(settings.database_path)}


def test_a_database_that_was_pulled_is_sealed_as_one_that_was_made_here(reader, tmp_path):
    settings, other = (settings_of(tmp_path / name, replica=ADDRESS) for name in ("home", "other"))
    settings.home.mkdir()
    settings.database_path.write_bytes(b"as far as a replica knows, a database")
    seal(settings.database_path, xxh128_of(settings.database_path))
    write(settings)
    pull(other)
    for path in (settings.database_path, other.database_path):
        assert (fault_of(path), path.read_bytes()) == (None, b"as far as a replica knows, a database")
    other.database_path.write_bytes(b"as far as a replica knows, a databasf")
    assert fault_of(other.database_path) == "is not the file that was written"
