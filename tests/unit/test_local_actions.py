"""A person's own splits and dividends: read from a file of the home, versions like a vendor's, above every vendor."""

import shutil
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest

from tasks.local_actions import take_local_actions
from tasks.runs import commit_instant
from tasks.settle import settle_official
from tests.crash import PowerCutError, die_at
from tests.shipped import CN, FACTS
from tests.sql.warehouse_of import closes, lake_of
from warehouse.errors import UsageError
from warehouse.lake.lake import Lake
from warehouse.lake.schema import ACTIONS, OFFICIAL
from warehouse.settings import Settings

NOON = datetime(2022, 5, 17, 4, 0, tzinfo=UTC)
HEADER = "symbol,ex_date,kind,value,currency,parts,source\n"
SPLIT = "0700.HK,2022-05-16,split,2,,,a notice of 2 May\n"
CASH = "600519.SS,2022-06-30,dividend,21.675,CNY,,the annual meeting\n"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_HOME", str(tmp_path))
    return tmp_path


def taken(home, text, at=NOON):
    """The current local events after the file has been taken in at that moment."""
    if text is not None:
        (home / "actions.csv").write_text(text, encoding="utf-8")
    lake = Lake(home / "lake")
    take_local_actions(lake, FACTS, Settings(now=at), "run")
    return [row for row in versions(lake) if row[-1] is None]


def versions(lake):
    names = ["symbol", "ex_date", "kind", "value", "source", "citation", "known_from", "known_to"]
    rows = [lake.read(ACTIONS, market)[names].astype("object") for market in ("CN", "HK")]
    return [tuple(row) for frame in rows for row in frame.where(frame.notna(), None).to_numpy().tolist()]


def test_each_row_is_a_version_of_the_source_local_with_its_citation(home):
    found = taken(home, HEADER + SPLIT + CASH)
    assert [row[:6] for row in found] == [
        ("600519.SS", date(2022, 6, 30), "dividend", 21.675, "local", "the annual meeting"),
        ("0700.HK", date(2022, 5, 16), "split", 2.0, "local", "a notice of 2 May"),
    ]


def test_a_row_that_goes_and_comes_again_while_the_clock_went_back_has_one_account_a_moment(home):
    for text, hours in ((HEADER + SPLIT, 0), (HEADER, 2), (HEADER + SPLIT, 1)):
        taken(home, text, NOON + timedelta(hours=hours))
    (_, *times), (_, *again) = ((row[0], *row[-2:]) for row in versions(Lake(home / "lake")))
    assert times == [NOON, NOON + timedelta(hours=2)]
    assert again == [NOON + timedelta(hours=2, microseconds=1), None]


def test_whoever_commits_after_a_row_was_taken_in_or_back_is_later_though_the_clock_went_back(home):
    for text, hours in ((HEADER + SPLIT, 1), (HEADER, 2)):
        taken(home, text, NOON + timedelta(hours=hours))
        later = NOON + timedelta(hours=hours, microseconds=1)
        assert commit_instant(Lake(home / "lake"), "HK", NOON) == later


def test_the_same_file_again_and_no_file_at_all_write_nothing(home):
    assert taken(home, None) == []
    assert not (home / "lake").exists()
    first = taken(home, HEADER + SPLIT)
    assert taken(home, HEADER + SPLIT, NOON + timedelta(days=1)) == first
    assert len(versions(Lake(home / "lake"))) == 1


def test_a_row_that_changes_or_goes_closes_its_version_and_keeps_it(home):
    taken(home, HEADER + SPLIT + CASH)
    (kept,) = taken(home, HEADER + SPLIT.replace(",2,", ",4,"), NOON + timedelta(days=1))
    assert kept[:4] == ("0700.HK", date(2022, 5, 16), "split", 4.0)
    assert sorted(row[3] for row in versions(Lake(home / "lake")) if row[-1]) == [2.0, 21.675]


@pytest.mark.parametrize("symbol", ["80700.HK", "900901.SS"])
def test_a_stock_of_no_board_of_ours_may_have_an_event_of_its_own(home, symbol):
    (row,) = taken(home, HEADER + f"{symbol},2022-05-16,dividend,1.2,CNY,,a notice\n")
    assert row[:4] == (symbol, date(2022, 5, 16), "dividend", 1.2)


HUGE = "1" + "0" * 49
NO_VALUE = "is no number above 0 such as 2.5, of twelve digits before or after the point at most"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("0700.HK,2022-05-16,split,0,,,a notice", f"line 2: value '0' {NO_VALUE}"),
        ("0700.HK,2022-05-16,split,-2,,,a notice", f"line 2: value '-2' {NO_VALUE}"),
        (f"0700.HK,2022-05-16,split,{HUGE},,,a notice", f"line 2: value '{HUGE}' {NO_VALUE}"),
        ("0700.HK,2022-05-16,split,,,,a notice", "line 2: value is empty: every fact needs one"),
        (
            "0700.HK,2022-05-16,bonus,2,,,a notice",
            "line 2: kind 'bonus' is none of split, dividend, unlisted_adjustment",
        ),
        ("0700.HK,16/05/2022,split,2,,,a notice", "line 2: ex_date '16/05/2022' is no date such as 2022-05-17"),
        ("700,2022-05-16,split,2,,,a notice", "line 2: symbol '700' is no symbol: write it as 0700.HK or 600519.SS"),
        (
            "000001.SS,2022-06-30,dividend,2,CNY,,for 000001.SZ",
            "line 2: symbol '000001.SS' is no symbol: write it as 0700.HK or 600519.SS",
        ),
        (
            "600519.SS,2022-06-30,dividend,2,RMB,,a notice",
            "line 2: currency 'RMB' is no currency: write it as HKD, CNY or USD",
        ),
        (
            "0700.HK,2022-06-30,dividend,2,hkd,,a notice",
            "line 2: currency 'hkd' is no currency: write it as HKD, CNY or USD",
        ),
        ("0700.HK,2022-05-16,split,2,,,", "line 2: source is empty: every fact needs one"),
    ],
)
def test_what_cannot_be_is_one_line_with_its_place_and_nothing_is_stored(home, row, problem):
    with pytest.raises(UsageError) as refusal:
        taken(home, HEADER + row + "\n")
    assert str(refusal.value) == f"{home / 'actions.csv'} {problem}"
    assert not (home / "lake").exists()


def test_a_row_that_is_changed_after_the_clock_went_back_ends_after_it_began(home):
    taken(home, HEADER + SPLIT)
    taken(home, HEADER + SPLIT.replace(",2,", ",4,"), NOON - timedelta(minutes=10))
    first, second = sorted(versions(Lake(home / "lake")), key=lambda row: row[-2])
    assert (first[3], first[-1], second[3], second[-1]) == (2.0, second[-2], 4.0, None)
    assert first[-2] < first[-1]


def told(rows):
    return [row[2:5] for row in rows]


@pytest.mark.parametrize("found_on", ["2021-05-14", "2021-05-17"])
def test_a_split_takes_the_place_of_the_adjustment_that_it_was_found_as_until_its_row_goes(home, found_on):
    other = ("0700.HK", "2021-05-18", "unlisted_adjustment", 1.2)
    lake_of(home, actions=[("0700.HK", found_on, "unlisted_adjustment", 1.999), other])
    was = told(taken(home, None))
    # A night looks back sixty sessions, and asks for members alone: both would count for good.
    now = told(taken(home, HEADER + SPLIT.replace("2022", "2021")))
    assert sorted(now) == [("split", 2.0, "local"), ("unlisted_adjustment", 1.2, "handmade")]
    assert sorted(told(taken(home, HEADER, NOON + timedelta(days=1)))) == sorted(was)


@pytest.fixture
def booked(home):
    """A home whose lake has an adjustment that an old official reference showed; what it has is returned."""
    bars = closes("600519.SS", {"2021-06-16": 10.0, "2021-06-17": 9.6})
    lines = [("600519.SS", "2021-06-16", 10.0, 10.0), ("600519.SS", "2021-06-17", 9.6, 9.5)]
    lake = lake_of(home, stocks=bars, official=lines)
    with lake.writing(0, "test"):
        lake.commit(settle_official(lake, CN, [date(2021, 6, 17)], NOON, "run"))
    return [("unlisted_adjustment", pytest.approx(10 / 9.5), "baostock")]


GIVEN = "600519.SS,2021-06-17,dividend,0.5,CNY,,the annual meeting\n"


def test_what_an_old_official_reference_showed_goes_when_its_dividend_is_given_and_comes_back_with_the_row(
    home, booked
):
    assert told(taken(home, None)) == booked
    assert told(taken(home, HEADER + GIVEN, NOON + timedelta(days=1))) == [("dividend", 0.5, "local")]
    assert told(taken(home, HEADER, NOON + timedelta(days=2))) == booked


def test_what_is_given_waits_while_the_official_evening_of_its_day_is_damaged_and_stops_no_night(home, booked, caplog):
    (path,) = Lake(home / "lake").files(OFFICIAL)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert told(taken(home, HEADER + GIVEN)) == booked
    assert "actions.csv is not taken" in caplog.text
    assert "official.parquet" in caplog.text
    path.write_bytes(whole)
    assert told(taken(home, HEADER + GIVEN)) == [("dividend", 0.5, "local")]


def test_a_dividend_that_is_given_never_stands_beside_what_it_was_found_as_wherever_its_writer_dies(
    home, booked, monkeypatch, tmp_path_factory
):
    def dying(step):
        put = tmp_path_factory.mktemp("put") / "home"
        shutil.copytree(home, put)
        with monkeypatch.context() as patched:
            patched.setenv("AFTERCLOSE_HOME", str(put))
            steps = die_at(patched, step, "after")
            with suppress(PowerCutError):
                taken(put, HEADER + GIVEN, NOON + timedelta(days=1))
        monkeypatch.setenv("AFTERCLOSE_HOME", str(put))
        return steps, told(taken(put, HEADER + GIVEN, NOON + timedelta(days=2)))

    steps, whole = dying(0)
    assert whole == [("dividend", 0.5, "local")]
    for step in [number for number, name in enumerate(steps, 1) if name in ("replace", "unlink")]:
        assert dying(step)[1] == whole
