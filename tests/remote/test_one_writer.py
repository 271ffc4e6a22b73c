"""One writer, wherever it is: the lease, and the pointer that a late one cannot swap."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tasks.replica import copying, lease, upload
from tasks.replica.bucket import Bucket
from tasks.replica.pull import pull
from tasks.replica.writing import writing
from tests.property.test_commit_crashes import tables
from tests.remote.homes import NEW, OLD, Reader, agrees, files_of, settings_of, state, write
from tests.shipped import FACTS
from warehouse.errors import AftercloseError, UsageError
from warehouse.lake.lake import Lake


@pytest.fixture
def one(replica, tmp_path):
    return settings_of(tmp_path / "one")


@pytest.fixture
def two(replica, tmp_path):
    """A second machine, with a home out of the replica of the first."""
    settings = settings_of(tmp_path / "two")
    settings.home.mkdir()
    return settings


def put_lease(replica, held, home="elsewhere@machine", **more):
    until = datetime.now(UTC) + held
    reader = Reader(replica)
    said = {"holder": "backfill CN (process 7 on far)", "home": home, "token": "t", "until": until.isoformat()} | more
    reader.files.pipe_file(f"{reader.root}/lease.json", json.dumps(said).encode())


def test_who_meets_a_lease_is_refused_with_the_holders_name_and_changes_nothing(replica, one):
    put_lease(replica, timedelta(minutes=3))
    with pytest.raises(AftercloseError, match=r"is being written by backfill CN \(process 7 on far\); waited 0 s"):
        write(one)
    assert Lake(one.lake_path).manifest() is None
    assert Reader(replica).pointer() is None


@pytest.mark.parametrize(("held", "more"), [(-timedelta(minutes=1), {}), (timedelta(minutes=3), {"holder": None})])
def test_a_lease_that_lapsed_or_was_released_binds_nobody(replica, one, held, more):
    put_lease(replica, held, **more)
    assert write(one) == []


def test_a_lease_that_ends_is_free_after_another_half_minute(replica, one):
    put_lease(replica, -timedelta(seconds=10))
    with pytest.raises(AftercloseError, match="is being written by"):
        write(one)


def test_the_lease_goes_by_the_machines_clock_and_never_by_now(replica, one):
    put_lease(replica, timedelta(minutes=3))
    with pytest.raises(AftercloseError, match="is being written by"):
        write(one.model_copy(update={"now": datetime(2030, 1, 1, tzinfo=UTC)}))


def test_who_died_does_not_keep_his_own_home_waiting(replica, one):
    write(one)
    reader = Reader(replica)
    held = json.loads(reader.files.cat_file(f"{reader.root}/lease.json"))
    put_lease(replica, timedelta(minutes=3), home=held["home"])
    assert write(one, NEW) == []


def test_who_waits_goes_on_when_the_lease_is_released(replica, one, monkeypatch):
    put_lease(replica, timedelta(minutes=3))
    naps = []

    def nap(seconds):
        naps.append(seconds)
        put_lease(replica, timedelta(minutes=3), holder=None)

    monkeypatch.setattr(lease.time, "sleep", nap)
    assert write(one.model_copy(update={"lock_wait": 60})) == []
    assert len(naps) == 1


def test_who_died_with_his_clock_ahead_is_forgotten_by_whoever_has_seen_that_nobody_renews(replica, one, monkeypatch):
    monkeypatch.setattr(lease, "LIFE", timedelta(milliseconds=1))
    monkeypatch.setattr(lease, "SKEW", timedelta(0))
    put_lease(replica, timedelta(hours=8))
    naps = []
    monkeypatch.setattr(lease.time, "sleep", naps.append)
    assert write(one.model_copy(update={"lock_wait": 60})) == []
    assert naps


def test_whose_clock_is_ahead_and_who_renews_is_alive(replica, one, monkeypatch):
    monkeypatch.setattr(lease, "LIFE", timedelta(milliseconds=1))
    monkeypatch.setattr(lease, "SKEW", timedelta(0))
    put_lease(replica, timedelta(hours=8))
    monkeypatch.setattr(lease.time, "sleep", lambda seconds: put_lease(replica, timedelta(hours=8)))
    with pytest.raises(AftercloseError, match=r"its lease lapses at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"):
        write(one.model_copy(update={"lock_wait": 0.3}))


def test_a_lease_is_renewed_while_its_holder_lives(replica, one, s3, monkeypatch):
    monkeypatch.setattr(lease, "LIFE", timedelta(seconds=0.4))
    puts = []
    from threading import Event

    thrice = Event()

    def before(method, path):
        if method == "PUT" and path.endswith("lease.json"):
            puts.append(path)
            if len(puts) == 4:
                thrice.set()

    s3.before = before
    lake = Lake(one.lake_path)
    with writing(lake, FACTS, one, "nightly HK") as missed:
        lake.commit(tables(lake, OLD))
        assert thrice.wait(30)
    assert missed == []


def test_a_writer_that_wakes_up_late_cannot_swap_the_pointer(replica, one, two):
    write(one)
    pull(two)
    lake = Lake(one.lake_path)
    with writing(lake, FACTS, one, "nightly HK") as missed:
        put_lease(replica, -timedelta(hours=1), home="one@asleep")  # it slept, and its lease lapsed
        assert write(two, NEW, "nightly CN") == []
        lake.commit(tables(lake, 300.0))
    assert "has not got it" in missed[0]
    assert "lease was lost" in missed[0] or "another writer has swapped the pointer" in missed[0]
    assert Reader(replica).evening() == files_of(two)
    with pytest.raises(AftercloseError, match="has another history than the replica"):
        write(one, 400.0)


@pytest.mark.parametrize("asleep", [(upload, "refresh_copy"), (Bucket, "copy")])
def test_a_writer_that_sleeps_once_its_pointer_is_swapped_leaves_the_copy_to_who_wrote_since(
    replica, one, two, monkeypatch, asleep
):
    write(one)
    pull(two)
    go_on = getattr(*asleep)

    def wake_up_late(*arguments):
        monkeypatch.setattr(*asleep, go_on)
        put_lease(replica, -timedelta(hours=1), home="one@asleep")
        pull(two)
        assert write(two, 300.0, "nightly CN") == []
        return go_on(*arguments)

    monkeypatch.setattr(copying, "AT_ONCE", 1)
    monkeypatch.setattr(*asleep, wake_up_late)
    (told,) = write(one, NEW)
    assert "another writer has swapped the pointer before the copy under lake/ was refreshed" in told
    assert Reader(replica).evening() == files_of(two)
    copy = Reader(replica).copy()
    assert "manifest.json" not in copy or copy.items() >= files_of(two).items()
    assert write(two, 400.0) == []
    assert Reader(replica).copy().items() >= files_of(two).items()
    with pytest.raises(AftercloseError, match="behind the replica"):
        write(one, 500.0)


def test_a_pointer_that_the_storage_did_not_take_is_not_told_as_another_writer_s(replica, one, monkeypatch):
    write(one)
    swap = Bucket.swap
    refused = lambda bucket, name, *rest: None if name == "pointer.json" else swap(bucket, name, *rest)  # noqa: E731
    with monkeypatch.context() as patched:
        patched.setattr(Bucket, "swap", refused)  # as S3 does (409) while another put is under way
        (told,) = write(one, NEW)
    assert told.endswith("did not take the pointer: the next run sends it again")
    assert write(one, NEW) == []
    assert Reader(replica).evening() == files_of(one)


def test_a_home_that_is_behind_is_told_to_pull_and_goes_on_from_there(replica, one, two):
    write(one)
    pull(two)
    write(two, NEW)
    with pytest.raises(AftercloseError, match=r"is commit 2, behind the replica .* at commit 3, .*`afterclose pull`"):
        write(one, 300.0)
    assert pull(one).commit == 3
    assert files_of(one) == files_of(two)
    assert write(one, 300.0) == []
    assert Reader(replica).evening() == files_of(one)


def test_a_new_home_is_behind_and_not_another_lake(replica, one, two):
    write(one)
    with pytest.raises(AftercloseError, match="is empty, behind the replica"):
        write(two)
    assert Lake(two.lake_path).manifest() is None


def test_a_home_that_is_ahead_sends_first(replica, one):
    write(one)
    lake = Lake(one.lake_path)
    with lake.writing(0, "offline"):
        lake.commit(tables(lake, NEW))
    with pytest.raises(UsageError, match="the home is ahead, the next run sends it"):
        pull(one)
    assert write(one, NEW) == []
    assert Reader(replica).evening() == files_of(one)


def test_a_diverged_home_is_refused_until_it_is_kept_aside(replica, one, two):
    write(one)
    pull(two)
    lake = Lake(two.lake_path)
    with lake.writing(0, "offline"):
        lake.commit(tables(lake, 300.0))
    mine = files_of(two)
    write(one, NEW)
    with pytest.raises(AftercloseError, match="has another history than"):
        write(two, 400.0)
    with pytest.raises(UsageError, match="--force keeps this home aside"):
        pull(two)
    assert files_of(two) == mine
    (aside,) = pull(two, is_forced=True).aside
    assert files_of(two) == files_of(one)
    kept = Lake(aside)
    assert {name: (aside / name).read_bytes() for name in kept.manifest().files} == mine
    assert agrees(two.lake_path)
    assert write(two, 400.0) == []


def test_a_home_of_another_lake_is_told_so(replica, one, two, tmp_path):
    write(one)
    other = settings_of(tmp_path / "other", replica=None)
    write(other)
    with pytest.raises(AftercloseError, match="has another lake than"):
        write(settings_of(tmp_path / "other"))


def test_an_older_copy_of_a_lake_that_was_put_back_is_behind(replica, one, tmp_path):
    write(one)
    import shutil

    shutil.copytree(one.lake_path, tmp_path / "back-up")
    write(one, NEW)
    shutil.rmtree(one.lake_path)
    shutil.copytree(tmp_path / "back-up", one.lake_path)
    with pytest.raises(AftercloseError, match="behind the replica"):
        write(one, 300.0)
    pull(one)
    assert state(one.lake_path) == (NEW, NEW, NEW, 1)


def test_two_processes_with_a_home_each_and_one_bucket_never_both_write(replica, s3, one, two):
    write(one)
    pull(two)
    script = Path(__file__).with_name("racing.py")
    for turn in range(3):
        racers = [
            subprocess.Popen(
                [sys.executable, script, str(settings.home), str(1000 + 10 * turn + place)],
                env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for place, settings in enumerate((one, two))
        ]
        assert [racer.stdout.readline() for racer in racers] == ["ready\n"] * 2
        for racer in racers:
            racer.stdin.write("go\n")
            racer.stdin.flush()
        said = sorted(racer.communicate()[0].strip() for racer in racers)
        assert said[1] == "wrote", said
        assert said[0].startswith("refused"), said
        winner, loser = (one, two) if Reader(replica).evening() == files_of(one) else (two, one)
        assert Reader(replica).evening() == files_of(winner)
        pull(loser)  # it is behind, and has nothing of its own
        assert files_of(loser) == files_of(winner)
