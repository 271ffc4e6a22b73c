"""The replica: objects by content, a pointer, a copy under stable names; whoever dies leaves the old or the new."""

import errno
import hashlib
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from flows.cli import main
from tasks.replica import copying, looking, upload
from tasks.replica.bucket import Bucket, address_to_show
from tasks.replica.pull import pull
from tasks.replica.writing import is_unsent, refuse_behind
from tests.crash import PowerCutError
from tests.remote.homes import NEW, OLD, Reader, files_of, settings_of, write
from warehouse.errors import AftercloseError, UsageError
from warehouse.lake.lake import Lake

SAID = "published/market=HK/year=2022/published.parquet"


def test_who_follows_the_pointer_finds_every_file_of_the_lake(replica, tmp_path):
    settings = settings_of(tmp_path / "home")
    assert write(settings) == []
    reader = Reader(replica)
    assert reader.evening() == files_of(settings)
    assert reader.pointer()["commit"] == Lake(settings.lake_path).manifest().commit


def test_the_copy_under_stable_names_is_the_lake_with_its_manifest(replica, tmp_path):
    settings = settings_of(tmp_path / "home")
    for close in (100.0, NEW):
        assert write(settings, close) == []
        manifest = (settings.lake_path / "manifest.json").read_bytes()
        assert Reader(replica).copy() == files_of(settings) | {"manifest.json": manifest}


def test_an_evening_sends_what_changed_and_nothing_else(replica, s3, tmp_path):
    settings = settings_of(tmp_path / "home")
    write(settings)
    s3.asked.clear()
    write(settings)  # the same again: nothing to commit
    assert {path.rpartition("/")[2] for method, path in s3.asked if method == "PUT"} == {"lease.json"}
    before = files_of(settings)
    s3.asked.clear()
    write(settings, NEW)
    changed = [name for name, data in files_of(settings).items() if before.get(name) != data]
    sent = [path for method, path in s3.asked if method == "PUT" and "/objects/" in path]
    assert len(sent) == len(changed) + 1  # and the manifest
    copied = [path for method, path in s3.asked if method == "PUT" and "/lake/" in path.removeprefix("/lake")]
    assert len(copied) == len(changed) + 1


CHANGES = ("write", "swap", "send", "copy", "remove")


def die_at(patched, number, moment):
    """Let the process die before or after its change of the replica of that number, from 1; nothing gets through then.

    Returns the list that the changes are added to.
    """
    changes = []

    def mortal(name, change):
        def counted(*arguments):
            changes.append(name)
            if len(changes) < number:
                return change(*arguments)
            if len(changes) == number and moment == "after":
                change(*arguments)
            raise PowerCutError

        return counted

    for name in CHANGES:
        patched.setattr(Bucket, name, mortal(name, getattr(Bucket, name)))
    return changes


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_upload_that_dies_anywhere_leaves_the_old_evening_or_the_new_and_the_next_run_heals_it(
    home, tmp_path, monkeypatch, moment
):
    address = "memory://evenings"
    monkeypatch.setattr(MemoryFileSystem, "store", {})
    for module in (upload, copying):
        monkeypatch.setattr(module, "AT_ONCE", 1)  # in order, so that every number is another moment
    old, new = (settings_of(tmp_path / name, replica=address) for name in ("old", "new"))
    write(old)
    before, there = files_of(old), {name: file.getvalue() for name, file in MemoryFileSystem.store.items()}
    reader = Reader(address)

    def put_back():
        MemoryFileSystem.store.clear()
        for name, data in there.items():
            reader.files.pipe_file(name, data)
        shutil.rmtree(new.home, ignore_errors=True)
        shutil.copytree(old.home, new.home)

    put_back()
    with monkeypatch.context() as patched:
        changes = die_at(patched, 10**6, moment)
        write(new, NEW)
    after, seen = files_of(new), []
    for number in range(1, len(changes) + 1):
        put_back()
        with monkeypatch.context() as patched:
            die_at(patched, number, moment)
            with pytest.raises(PowerCutError):
                write(new, NEW)
        seen.append(reader.evening())
        assert seen[-1] in (before, after), number
        assert write(new, NEW) == [], number
        assert reader.evening() == after
        assert reader.copy().items() >= after.items()
        assert not is_unsent(Lake(new.lake_path), new)
    assert seen == sorted(seen, key=lambda evening: evening == after)
    assert before in seen
    assert after in seen


@pytest.mark.parametrize("number", [3, 9])
def test_a_storage_that_is_gone_in_the_middle_is_said_and_the_next_run_heals_it(replica, s3, tmp_path, number):
    settings = settings_of(tmp_path / "home")
    write(settings)
    before, changes = files_of(settings), []

    def gone(method, path):
        changes.append(method) if method != "GET" and method != "HEAD" else None
        if len(changes) >= number:
            raise ConnectionError

    s3.before = gone
    (missed,) = write(settings, NEW)
    s3.before = lambda method, path: None
    assert missed.startswith("the replica has not got it: the replica s3://lake/evenings: ")
    assert is_unsent(Lake(settings.lake_path), settings)
    assert Reader(replica).evening() in (before, files_of(settings))
    assert write(settings, NEW) == []
    assert Reader(replica).evening() == files_of(settings)


@pytest.mark.parametrize(
    "words",
    [
        "nightly --market HK --date 2022-05-09",  # the market was closed
        "backfill --market HK --from 2022-05-08 --to 2022-05-09",
        "quarantine hold 0700.HK 2022-05-17 --by maria",
        "rebuild",
    ],
)
def test_a_command_whose_upload_fails_has_done_its_work_and_ends_3(replica, s3, home, monkeypatch, capsys, words):
    monkeypatch.setenv("AFTERCLOSE_SHARE", "yahoo")
    settings = settings_of(home, replica=replica)
    write(settings)

    def refuse_objects(method, path):
        if method == "PUT" and "/objects/" in path:
            raise ConnectionError

    s3.before = refuse_objects
    monkeypatch.setattr("sys.argv", ["afterclose", *words.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 3, capsys.readouterr()
    assert settings.database_path.exists()
    assert is_unsent(Lake(settings.lake_path), settings)


def test_an_object_that_no_pointer_names_stays_for_two_days(replica, tmp_path, monkeypatch):
    settings = settings_of(tmp_path / "home")
    write(settings)
    reader = Reader(replica)
    first = reader.pointer()
    write(settings, NEW)
    assert reader.object(first["manifest"])
    monkeypatch.setattr(upload, "KEPT", timedelta(0))
    write(settings, 300.0)
    with pytest.raises(FileNotFoundError):
        reader.object(first["manifest"])
    assert reader.evening() == files_of(settings)


def test_what_a_dead_upload_left_goes_too(replica, tmp_path):
    settings = settings_of(tmp_path / "home")
    write(settings)
    reader = Reader(replica)
    reader.files.pipe_file(f"{reader.root}/objects/{'0' * 64}", b"half an evening")
    write(settings, NEW)
    since = datetime.fromisoformat(reader.pointer()["retired"]["0" * 64])
    assert since <= datetime.now(UTC)


@pytest.mark.parametrize("share", ["", "hkex", "tencent"])
def test_rows_for_own_use_go_nowhere_unless_share_says_so(replica, tmp_path, share):
    settings = settings_of(tmp_path / "home", share=share)
    (missed,) = write(settings)
    assert "rows of yahoo are for own use, unless AFTERCLOSE_SHARE names" in missed
    reader = Reader(replica)
    assert reader.pointer() is None
    assert not reader.files.exists(f"{reader.root}/objects")
    assert not reader.files.exists(f"{reader.root}/lake")
    assert write(settings_of(tmp_path / "home", share="hkex, Yahoo")) == []
    assert reader.evening() == files_of(settings)


def test_files_that_a_person_keeps_come_along_and_an_exchange_s_only_if_share_names_it(replica, tmp_path):
    given = {"industries/mine.csv": "symbol", "exchange_rates/fixing.csv": "rate", "weights/HSI.parquet": "weight"}
    for name, text in (given | {"securities/list.csv": "HKEX's"}).items():
        (tmp_path / "home" / name).parent.mkdir(parents=True)
        (tmp_path / "home" / name).write_text(text)
    (missed,) = write(settings_of(tmp_path / "home", share="yahoo, csindex"))
    assert "rows of hkex are for own use" in missed
    assert write(settings_of(tmp_path / "home", share="yahoo, csindex, hkex")) == []
    pull(settings_of(tmp_path / "other"))
    for name, text in (given | {"securities/list.csv": "HKEX's"}).items():
        assert (tmp_path / "other" / name).read_text() == text


def test_a_share_that_is_no_source_is_refused_before_anything_is_changed(replica, tmp_path):
    settings = settings_of(tmp_path / "home", share="yahu")
    with pytest.raises(UsageError, match=r"AFTERCLOSE_SHARE names yahu, which is no source"):
        write(settings)
    assert Lake(settings.lake_path).manifest() is None


def test_any_other_address_is_a_back_up_of_one_writer(home, tmp_path):
    address = f"file://{tmp_path}/disk/replica"
    settings = settings_of(home, replica=address)
    for close in (100.0, NEW):
        assert write(settings, close) == []
        assert Reader(address).evening() == files_of(settings)
        assert Reader(address).copy().items() >= files_of(settings).items()
    assert [path.name for path in (tmp_path / "disk").rglob("*.pending")] == []


def test_what_an_upload_left_beside_its_place_when_it_died_stops_no_later_one_and_goes(home, tmp_path):
    address, objects = f"file://{tmp_path}/disk/replica", tmp_path / "disk" / "replica" / "objects"
    settings = settings_of(home, replica=address)
    write(settings)
    (objects / f"{'0' * 64}.pending").write_bytes(b"half an evening")
    assert write(settings, NEW) == []
    assert Reader(address).evening() == files_of(settings)
    assert list(objects.glob("*.pending")) == []


def test_an_upload_for_which_the_disk_is_too_small_leaves_room_for_the_next_run_s_lease(home, tmp_path, monkeypatch):
    address, put = f"file://{tmp_path}/disk/replica", LocalFileSystem.pipe_file
    settings = settings_of(home, replica=address)
    write(settings)

    def part_of(files, path, data, *arguments, **options):
        put(files, path, data[:9], *arguments, **options)
        raise OSError(errno.ENOSPC, "No space left on device")

    def full_for_objects(files, path, *arguments, **options):
        (part_of if "/objects/" in path else put)(files, path, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(LocalFileSystem, "pipe_file", full_for_objects)
        (told,) = write(settings, NEW)
    assert "No space left on device" in told
    assert list((tmp_path / "disk").rglob("*.pending")) == []
    assert write(settings, NEW) == []
    assert Reader(address).evening() == files_of(settings)


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"other"), Path.unlink])
def test_a_file_that_is_damaged_here_and_whole_there_keeps_no_evening_back(replica, tmp_path, damage):
    settings = settings_of(tmp_path / "home")
    write(settings, NEW)
    good = files_of(settings)
    damage(settings.lake_path / SAID)
    assert write(settings, OLD) == []
    there = Reader(replica).evening()
    assert there[SAID] == good[SAID]
    assert there["stocks/market=HK/year=2022/prices.parquet"] != good["stocks/market=HK/year=2022/prices.parquet"]


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"other"), Path.unlink])
def test_a_file_that_is_damaged_here_and_missing_there_is_named_and_keeps_the_old_evening(replica, tmp_path, damage):
    settings, reader = settings_of(tmp_path / "home"), Reader(replica)
    write(settings, NEW)
    before = reader.pointer()
    reader.files.rm_file(f"{reader.root}/objects/{hashlib.sha256(files_of(settings)[SAID]).hexdigest()}")
    damage(settings.lake_path / SAID)
    (told,) = write(settings, OLD)
    assert told == (
        f"the replica has not got it: {settings.lake_path / SAID} is not as it was committed: see `afterclose verify`"
    )
    assert reader.pointer() == before


def test_what_somebody_put_beside_the_objects_stops_no_upload_and_stays(replica, tmp_path):
    settings, reader = settings_of(tmp_path / "home"), Reader(replica)
    reader.files.pipe_file(f"{reader.root}/objects/README", b"see the wiki")
    for close in (100.0, NEW):
        assert write(settings, close) == []
    assert reader.evening() == files_of(settings)
    assert reader.files.cat_file(f"{reader.root}/objects/README") == b"see the wiki"


def test_an_object_that_was_moved_into_a_folder_of_its_name_is_sent_again(replica, tmp_path):
    settings, reader = settings_of(tmp_path / "home"), Reader(replica)
    write(settings)
    before, objects = files_of(settings), f"{reader.root}/objects"
    for data in before.values():
        sha256 = hashlib.sha256(data).hexdigest()
        reader.files.pipe_file(f"{objects}/objects/{sha256}", data)
        reader.files.rm_file(f"{objects}/{sha256}")
    assert write(settings, NEW) == []
    assert any(before[name] == data for name, data in files_of(settings).items()), "what is wanted still"
    assert reader.evening() == files_of(settings)


def test_a_bucket_that_is_not_there_is_no_empty_one(s3, home, tmp_path):
    settings = settings_of(tmp_path / "home", replica="s3://mistyped/evenings")
    lake = Lake(settings.lake_path)
    for ask in (lambda: refuse_behind(lake, settings), lambda: list(looking.replica(settings)), lambda: pull(settings)):
        with pytest.raises(
            AftercloseError, match="the replica s3://mistyped/evenings: The specified bucket does not exist"
        ):
            ask()


def test_an_address_may_have_a_folder_called_objects(s3, home, tmp_path):
    address = "s3://lake/my-objects/evenings"
    settings = settings_of(tmp_path / "home", replica=address)
    for close in (100.0, NEW):
        assert write(settings, close) == []
        assert Reader(address).evening() == files_of(settings)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("s3://KEY-ID:VERY%2FSECRET@no-such-bucket/x", "the replica s3://no-such-bucket/x: "),
        ("abfss://user:VERY/SECRET@host/x", "AFTERCLOSE_REPLICA is abfss://"),
        ("nowhere://user:VERY/SECRET@host/x?token=VERY/SECRET", "no file system takes it"),
    ],
)
def test_no_message_shows_the_key_in_an_address(s3, home, tmp_path, address, said):
    settings = settings_of(tmp_path / "home", replica=address)
    with pytest.raises(Exception, match=r"replica|REPLICA") as refused:
        write(settings)
    assert said in str(refused.value)
    assert not any(secret in f"{refused.value} {settings!r}" for secret in ("SECRET", "KEY-ID"))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("file:///disk/a@b/replica", "file:///disk/a@b/replica"),
        ("s3://bucket/evenings@home", "s3://bucket/evenings@home"),
        ("s3://KEY-ID:VERY/SECRET@bucket/evenings@home", "s3://home"),
        ("s3://KEY-ID:VERY/SECRET@bucket/x", "s3://bucket/x"),
        ("sftp://maria@host/x", "sftp://host/x"),
    ],
)
def test_a_folder_with_an_at_sign_in_its_name_is_no_user(address, shown):
    assert address_to_show(address) == shown


def test_a_replica_that_is_no_address_is_refused(home, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_REPLICA", "/mnt/disk")
    from warehouse.settings import load_settings

    with pytest.raises(UsageError, match=r"AFTERCLOSE_REPLICA is not valid: it is no address"):
        load_settings()


def test_a_pointer_that_is_none_is_left_as_it_is(replica, tmp_path):
    reader = Reader(replica)
    reader.files.pipe_file(f"{reader.root}/pointer.json", json.dumps({"lake": 1}).encode())
    with pytest.raises(Exception, match=r"pointer\.json is no pointer of a replica"):
        write(settings_of(tmp_path / "home"))
    assert reader.pointer() == {"lake": 1}


@pytest.mark.parametrize("damaged", [b"", b"{}", b'{"lake": '])
def test_a_pointer_that_was_damaged_is_removed_as_is_said_and_comes_anew(replica, tmp_path, damaged):
    settings, reader = settings_of(tmp_path / "home"), Reader(replica)
    write(settings)
    reader.files.pipe_file(f"{reader.root}/pointer.json", damaged)
    with pytest.raises(AftercloseError, match="one that was damaged may be removed"):
        write(settings, NEW)
    reader.files.rm_file(f"{reader.root}/pointer.json")
    assert write(settings, NEW) == []
    assert reader.evening() == files_of(settings)
    assert pull(settings_of(tmp_path / "other")).commit == reader.pointer()["commit"]
