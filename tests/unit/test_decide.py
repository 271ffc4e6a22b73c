"""What a person decides about a bar, and what becomes of it when the vendor says the same again."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pandas as pd
import pyarrow.parquet as pq
import pytest

from tasks.collect import Terms
from tasks.decide import Decision, hold, matching, named, reject, release
from tasks.plan import Window, past_of
from tasks.runs import Run
from tasks.store import store, store_part
from tests.judging import validate
from tests.shipped import FACTS
from tests.sql.warehouse_of import bar, keep, lake_of
from tests.unit.test_lake import full_row
from warehouse.bars.answers import Answer, Event, Request
from warehouse.errors import UsageError
from warehouse.lake.lake import Lake
from warehouse.lake.schema import ACTIONS, DECISIONS, INDICES, QUARANTINE, STOCKS
from warehouse.lake.versions import next_instant

pytestmark = pytest.mark.slow

MONDAY, TUESDAY, WEDNESDAY = (date(2022, 5, day) for day in (16, 17, 18))
EVENING = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)
SETTLE = timedelta(minutes=30)
GOOD, BAD = (101.0, 1000), (10100.0, 1000)  # the bad close lies outside the day's low and high


def answer(symbol, tuesday, at, **changes):
    """Two bars around 100; the second closes at `tuesday`, (close, volume)."""
    close, volume = tuesday
    market = {"HK": ("HKD", "Asia/Hong_Kong"), "SS": ("CNY", "Asia/Shanghai")}[
        "HK" if symbol == "^HSI" else symbol[-2:]
    ]
    values = {
        "symbol": symbol,
        "outcome": "ok",
        "asked_at": at,
        "currency": market[0],
        "time_zone": market[1],
        "trade_date": [MONDAY, TUESDAY],
        "open": [100.0, 100.5],
        "high": [101.0, 102.0],
        "low": [99.0, 99.5],
        "close": [100.0, close],
        "volume": [1000, volume],
    }
    return Answer(**values | changes)


@pytest.fixture
def lake(tmp_path):
    lake = Lake(tmp_path / "lake")
    lake.path.mkdir()
    return lake


def night(lake, bars, at=EVENING, market="HK", **changes):
    """Validate and store answers of {symbol: (close, volume)}, asked at `at`."""
    window = Window(FACTS.market(market), TUESDAY, TUESDAY)
    answers = [answer(symbol, tuesday, at, **changes) for symbol, tuesday in bars.items()]
    checked = validate(answers, past_of(lake, window), Terms(window, at, SETTLE, "yahoo"))
    requests = [Request(symbol, MONDAY) for symbol in bars]
    run = Run(f"run {at:%d %H:%M}", "nightly", "yahoo", at, window, requests)
    return store(lake, run, answers, checked, at)


def decision(minutes=30, note="seen by hand"):
    return Decision("ann", note, EVENING + timedelta(minutes=minutes), f"decision at {minutes}", FACTS)


def rows(lake, dataset=QUARANTINE, market="HK"):
    return lake.read(dataset, market)


def versions(lake, symbol="0700.HK", dataset=STOCKS, market="HK"):
    stored = rows(lake, dataset, market)
    stored = stored[(stored["symbol"] == symbol) & (stored["trade_date"] == TUESDAY)]
    return stored.sort_values("known_from").reset_index(drop=True)


def closes(lake, *names):
    """The current closes of Tuesday."""
    return [versions(lake, name).loc[lambda bar: bar["known_to"].isna(), "close"].tolist() for name in names]


def held(lake):
    quarantine = rows(lake).sort_values(["symbol", "rule"])
    return list(zip(quarantine["symbol"], quarantine["rule"], quarantine["status"], strict=True))


def contents(lake):
    return {path: path.read_bytes() for path in lake.path.rglob("*.parquet")}


def all_held(lake):
    return matching(lake, decision(), trade_date=TUESDAY)


def later(minutes):
    return EVENING + timedelta(minutes=minutes)


def test_a_released_bar_is_stored_with_its_provenance_and_that_of_the_decision(lake):
    # Asked after the split of Wednesday, so that the vendor's prices are in its shares.
    days, asked_at = [MONDAY, TUESDAY, WEDNESDAY], later(24 * 60)
    three = {name: [100.0, 100.5, 100.4] for name in ("open", "high", "low")} | {"high": [101.0, 102.0, 102.0]}
    three |= {"close": [100.0, BAD[0], 101.0], "volume": [1000, 1000, 1000], "trade_date": days}
    night(lake, {"0700.HK": BAD}, asked_at, splits=[Event(WEDNESDAY, 2.0)], **three)
    release(lake, all_held(lake), decision(25 * 60))
    (bar,) = versions(lake).to_dict("records")
    assert (bar["close"], bar["high"], bar["volume"], bar["split_factor"]) == (20200.0, 204.0, 500, 2.0)
    assert (bar["source"], bar["basis"], bar["trading_state"]) == ("yahoo", "history", "traded")
    assert (bar["asked_at"], bar["known_from"], bar["run_id"]) == (asked_at, later(25 * 60), "decision at 1500")
    assert pd.isna(bar["known_to"])
    (row,) = rows(lake).to_dict("records")
    assert [row[name] for name in ("status", "decided_at", "decided_by", "note")] == [
        "released",
        later(25 * 60),
        "ann",
        "seen by hand",
    ]
    (kept,) = rows(lake, DECISIONS).to_dict("records")
    assert kept == {
        "id": row["id"],
        "symbol": "0700.HK",
        "trade_date": TUESDAY,
        "decision": "released",
        "decided_at": later(25 * 60),
        "decided_by": "ann",
        "note": "seen by hand",
        "run_id": "decision at 1500",
    }


def test_released_values_that_come_again_are_not_held_again_and_make_no_version(lake):
    night(lake, {"0700.HK": BAD})
    release(lake, all_held(lake), decision())
    again = night(lake, {"0700.HK": BAD}, later(60))
    assert (again.new_rows, again.restated_rows, again.held_rows) == (0, 0, 0)
    assert held(lake) == [("0700.HK", "close_within_range", "released")]
    assert len(versions(lake)) == 1


def test_a_released_bar_that_the_vendor_then_corrects_is_restated(lake):
    night(lake, {"0700.HK": BAD})
    release(lake, all_held(lake), decision())
    assert night(lake, {"0700.HK": GOOD}, later(60)).restated_rows == 1
    assert versions(lake)["close"].tolist() == [10100.0, 101.0]
    assert held(lake) == [("0700.HK", "close_within_range", "released")]


def test_rejected_values_that_come_again_stay_rejected_without_a_new_row(lake):
    night(lake, {"0700.HK": BAD})
    reject(lake, all_held(lake), decision())
    assert night(lake, {"0700.HK": BAD}, later(60)).held_rows == 0
    assert held(lake) == [("0700.HK", "close_within_range", "rejected")]
    assert closes(lake, "0700.HK") == [[]]


def test_other_values_that_pass_are_stored_after_a_rejection(lake):
    night(lake, {"0700.HK": BAD})
    reject(lake, all_held(lake), decision())
    assert night(lake, {"0700.HK": GOOD}, later(60)).new_rows == 1
    assert held(lake) == [("0700.HK", "close_within_range", "rejected")]
    assert closes(lake, "0700.HK") == [[101.0]]


def test_a_withdrawn_bar_is_closed_without_successor_and_held_with_its_values(lake):
    night(lake, {"0700.HK": GOOD, "0005.HK": GOOD})
    row = hold(lake, "0700.HK", TUESDAY, decision())
    assert versions(lake)["known_to"].tolist() == [later(30)]
    assert closes(lake, "0700.HK", "0005.HK") == [[], [101.0]]
    (kept,) = rows(lake).to_dict("records")
    assert kept["id"] == row["id"].item()
    assert [kept[name] for name in ("rule", "status", "close", "volume", "decided_by", "note")] == [
        "withdrawn",
        "held",
        101.0,
        1000,
        "ann",
        "seen by hand",
    ]
    assert rows(lake, DECISIONS)["decision"].tolist() == ["held"]


@pytest.mark.parametrize("close", [101.0, 101.004], ids=["the same", "less than half a tick from it"])
def test_withdrawn_values_that_come_again_stay_out(lake, close):
    night(lake, {"0700.HK": GOOD})
    hold(lake, "0700.HK", TUESDAY, decision())
    again = night(lake, {"0700.HK": (close, 1000)}, later(60))
    assert (again.new_rows, again.held_rows) == (0, 0)
    assert held(lake) == [("0700.HK", "withdrawn", "held")]
    assert closes(lake, "0700.HK") == [[]]


@pytest.mark.parametrize("tuesday", [(101.1, 1000), (101.0, 1002)], ids=["another close", "another volume"])
def test_other_values_that_pass_cure_a_withdrawn_bar(lake, tuesday):
    night(lake, {"0700.HK": GOOD})
    hold(lake, "0700.HK", TUESDAY, decision())
    assert night(lake, {"0700.HK": tuesday}, later(60)).new_rows == 1
    assert held(lake) == [("0700.HK", "withdrawn", "cured")]
    assert closes(lake, "0700.HK") == [[tuesday[0]]]
    assert rows(lake, DECISIONS)["decided_by"].tolist() == ["ann"]


def test_a_withdrawn_bar_that_is_released_again_comes_back_and_every_decision_is_kept(lake):
    night(lake, {"0700.HK": GOOD})
    first = hold(lake, "0700.HK", TUESDAY, decision(30, "looks odd"))
    release(lake, all_held(lake), decision(40, "the exchange says so too"))
    assert night(lake, {"0700.HK": GOOD}, later(60)).restated_rows == 0
    again = hold(lake, "0700.HK", TUESDAY, decision(70, "odd all the same"))
    assert again["id"].tolist() == first["id"].tolist()
    assert held(lake) == [("0700.HK", "withdrawn", "held")]
    assert rows(lake, DECISIONS).sort_values("decided_at")[["decision", "note"]].values.tolist() == [
        ["held", "looks odd"],
        ["released", "the exchange says so too"],
        ["held", "odd all the same"],
    ]
    spans = versions(lake)[["known_from", "known_to", "run_id"]].values.tolist()
    assert spans == [[EVENING, later(30), "run 17 10:30"], [later(40), later(70), "decision at 40"]]


def test_a_released_bar_can_be_withdrawn_and_then_stays_out(lake):
    night(lake, {"0700.HK": BAD})
    release(lake, all_held(lake), decision(30))
    hold(lake, "0700.HK", TUESDAY, decision(40))
    night(lake, {"0700.HK": BAD}, later(60))
    assert closes(lake, "0700.HK") == [[]]
    assert held(lake) == [("0700.HK", "close_within_range", "released"), ("0700.HK", "withdrawn", "held")]


def test_a_person_may_release_what_was_rejected(lake):
    night(lake, {"0700.HK": BAD})
    chosen = all_held(lake)
    reject(lake, chosen, decision(30))
    release(lake, named(lake, chosen["id"].tolist(), decision()), decision(40))
    assert closes(lake, "0700.HK") == [[10100.0]]
    assert rows(lake, DECISIONS)["decision"].tolist() == ["rejected", "released"]


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (release, release, r"released already by ann at 2022-05-17 11:00 UTC"),
        (release, reject, r"released already .*afterclose quarantine hold 0700.HK 2022-05-17"),
        (reject, reject, "rejected already by ann"),
    ],
)
def test_what_is_decided_already_is_refused_and_nothing_changes(lake, first, second, message):
    night(lake, {"0700.HK": BAD})
    ids = all_held(lake)["id"].tolist()
    first(lake, named(lake, ids, decision()), decision(30))
    before = contents(lake)
    with pytest.raises(UsageError, match=message):
        second(lake, named(lake, ids, decision()), decision(40))
    assert contents(lake) == before


def test_a_cured_row_needs_no_decision(lake):
    night(lake, {"0700.HK": BAD})
    ids = all_held(lake)["id"].tolist()
    night(lake, {"0700.HK": GOOD}, later(10))
    with pytest.raises(UsageError, match="is cured already by afterclose"):
        release(lake, named(lake, ids, decision()), decision())


def test_what_is_no_price_cannot_be_released(lake):
    night(lake, {"0700.HK": GOOD}, low=[99.0, -99.5])
    with pytest.raises(UsageError, match=r"0700.HK 2022-05-17 prices_finite_and_positive.*no price"):
        release(lake, all_held(lake), decision())
    assert closes(lake, "0700.HK") == [[]]


def test_what_was_stored_with_a_warning_was_decided_by_nobody(lake):
    lake.commit(lake.changes(QUARANTINE, "HK", pd.DataFrame([full_row(QUARANTINE) | {"status": "warned"}])))
    with pytest.raises(UsageError, match=r"is warned already$"):
        release(lake, named(lake, ["a"], decision()), decision())


@pytest.mark.parametrize("value", [None, 0.0, -2.0])
def test_an_event_without_a_value_cannot_be_released(lake, value):
    event = full_row(QUARANTINE) | {"status": "held", "kind": "split", "value": value}
    lake.commit(lake.changes(QUARANTINE, "HK", pd.DataFrame([event])))
    with pytest.raises(UsageError, match=r"that has no value and cannot be released; give it in actions\.csv"):
        release(lake, all_held(lake), decision())


def test_a_bar_of_a_day_without_a_session_cannot_be_released(lake):
    night(lake, {"0700.HK": GOOD}, trade_date=[MONDAY, date(2022, 5, 14)])
    with pytest.raises(UsageError, match="HK has no session on that day"):
        release(lake, matching(lake, decision(), rule="session_exists"), decision())


def test_of_two_held_rows_of_one_bar_one_is_released_and_closes_the_other(lake):
    night(lake, {"0700.HK": BAD})
    night(lake, {"0700.HK": (20200.0, 1000)}, later(10))
    with pytest.raises(
        UsageError, match=r"^\w{12} \(0700\.HK .*\) and \w{12} \(0700\.HK .*\) are one bar: release one"
    ):
        release(lake, all_held(lake), decision())
    wanted = all_held(lake).loc[lambda row: row["close"] == 20200.0]
    release(lake, wanted, decision())
    assert rows(lake).set_index("close")["status"].to_dict() == {10100.0: "cured", 20200.0: "released"}
    noted = rows(lake).set_index("close")["note"].to_dict()
    assert noted == {10100.0: "another row of this bar was released", 20200.0: "seen by hand"}
    assert closes(lake, "0700.HK") == [[20200.0]]


def test_an_index_bar_is_withdrawn_and_released_like_a_stocks(lake):
    night(lake, {"^HSI": GOOD})
    hold(lake, "^HSI", TUESDAY, decision(30))
    assert versions(lake, "^HSI", INDICES)["known_to"].notna().tolist() == [True]
    release(lake, all_held(lake), decision(40))
    assert versions(lake, "^HSI", INDICES)["known_to"].isna().tolist() == [False, True]


def test_a_flat_bar_is_released_as_suspended(lake):
    night(lake, {f"000{number}.HK": (100.0, 0) for number in range(1, 6)})
    release(lake, all_held(lake), decision())
    assert {versions(lake, f"000{number}.HK")["trading_state"].item() for number in range(1, 6)} == {"suspended"}


def test_a_flat_bar_whose_close_moved_is_released_as_traded(lake):
    night(lake, {"0700.HK": (100.5, 0)})
    assert held(lake) == [("0700.HK", "flat_at_changed_close", "held")]
    release(lake, all_held(lake), decision())
    assert versions(lake)["trading_state"].tolist() == ["traded"]


def test_a_bar_that_was_taken_back_comes_back_in_the_state_that_it_had(lake):
    night(lake, {"0700.HK": (100.5, 0)})
    release(lake, all_held(lake), decision(30))
    hold(lake, "0700.HK", TUESDAY, decision(40))
    release(lake, all_held(lake), decision(50))
    assert versions(lake)["trading_state"].tolist() == ["traded", "traded"]


@pytest.mark.parametrize("state", [{"close_kind": "nominal"}, {"halted_at_close": True}])
def test_a_bar_that_was_taken_back_keeps_what_its_close_is(tmp_path, state):
    lake = lake_of(tmp_path, [("0700.HK", f"{TUESDAY}", 100.0, state)])
    with lake.writing(0, "test"):
        hold(lake, "0700.HK", TUESDAY, decision(40))
        release(lake, all_held(lake), decision(50))
    ((name, value),) = state.items()
    assert versions(lake)[name].tolist() == [value, value]


def test_rows_of_both_markets_are_decided_in_one_commit(lake, monkeypatch):
    night(lake, {"0700.HK": BAD, "0005.HK": BAD})
    night(lake, {"600519.SS": BAD}, market="CN")
    commits = []
    real = Lake.commit
    monkeypatch.setattr(Lake, "commit", lambda lake, tables: (commits.append(len(tables)), real(lake, tables)))
    release(lake, matching(lake, decision(), trade_date=TUESDAY, rule="close_within_range", market=None), decision())
    assert len(commits) == 1
    assert closes(lake, "0700.HK", "0005.HK") == [[10100.0], [10100.0]]
    assert versions(lake, "600519.SS", market="CN")["close"].tolist() == [10100.0]


def test_only_what_is_held_and_matches_is_chosen(lake):
    night(lake, {"0700.HK": BAD, "0005.HK": BAD})
    night(lake, {"600519.SS": BAD}, market="CN")
    reject(lake, matching(lake, decision(), symbol="0005.HK"), decision())
    assert matching(lake, decision(), rule="close_within_range", market="HK")["symbol"].tolist() == ["0700.HK"]
    with pytest.raises(UsageError, match="nothing is held for trade_date 2022-05-16, rule close_within_range"):
        matching(lake, decision(), trade_date=MONDAY, rule="close_within_range", market=None)


def test_an_id_may_be_cut_short_while_it_names_one_row(lake):
    night(lake, {f"{number:04}.HK": BAD for number in range(1, 30)})
    ids = sorted(rows(lake)["id"])
    assert named(lake, [ids[0][:11]], decision())["id"].tolist() == [ids[0]]
    with pytest.raises(UsageError, match="no quarantine row 'none'"):
        named(lake, ["none"], decision())
    # 29 ids begin with one of 16 letters: two begin alike
    letter = next(name[0] for name, after in pairwise(ids) if name[0] == after[0])
    with pytest.raises(UsageError, match="begins several ids"):
        named(lake, [letter], decision())


def test_no_id_at_all_names_no_row_though_it_is_the_only_one(lake):
    night(lake, {"0700.HK": BAD})
    assert len(rows(lake)) == 1
    with pytest.raises(UsageError, match="no quarantine row ''"):
        named(lake, [""], decision())


def test_withdrawing_what_is_not_stored_is_refused(lake):
    night(lake, {"0700.HK": BAD})
    for symbol, day in (("0700.HK", TUESDAY), ("0005.HK", MONDAY)):
        with pytest.raises(UsageError, match=f"no bar of {symbol} is stored on {day}"):
            hold(lake, symbol, day, decision())
    assert rows(lake, DECISIONS).empty


def test_of_the_events_of_a_day_the_one_that_is_named_is_withdrawn(lake):
    told = [("0005.HK", "dividend"), ("0700.HK", "dividend"), ("0700.HK", "split")]
    event = full_row(ACTIONS) | {"ex_date": TUESDAY, "known_to": None}
    lake.commit(lake.changes(ACTIONS, "HK", pd.DataFrame([event | {"symbol": s, "kind": k} for s, k in told])))
    assert hold(lake, "0700.HK", TUESDAY, decision(), "split")["kind"].tolist() == ["split"]
    stored = rows(lake, ACTIONS)
    closed = stored[stored["known_to"].notna()]
    assert list(zip(closed["symbol"], closed["kind"], strict=True)) == [("0700.HK", "split")]
    with pytest.raises(UsageError, match=r"no split of 0005\.HK is stored on 2022-05-17"):
        hold(lake, "0005.HK", TUESDAY, decision(), "split")


def test_no_decision_is_made_of_an_event_that_actions_csv_gives_and_the_next_writer_would_bring_back(lake):
    given = full_row(ACTIONS) | {"symbol": "0700.HK", "ex_date": TUESDAY, "kind": "dividend", "known_to": None}
    told = full_row(QUARANTINE) | {"symbol": "0700.HK", "trade_date": TUESDAY, "kind": "dividend", "value": 2.5}
    lake.commit(lake.changes(ACTIONS, "HK", pd.DataFrame([given | {"source": "local"}])))
    lake.commit(lake.changes(QUARANTINE, "HK", pd.DataFrame([told | {"status": "held"}])))
    before = contents(lake)
    refusal = r"^the dividend of 0700\.HK on 2022-05-17 is given in actions\.csv, above every decision: take its row"
    with pytest.raises(UsageError, match=refusal):
        hold(lake, "0700.HK", TUESDAY, decision(), "dividend")
    with pytest.raises(UsageError, match=refusal):
        release(lake, all_held(lake), decision())
    assert contents(lake) == before


def test_decisions_and_runs_of_a_frozen_clock_have_instants_of_their_own(lake):
    night(lake, {"0700.HK": GOOD})
    hold(lake, "0700.HK", TUESDAY, decision(0))
    night(lake, {"0700.HK": (101.5, 1000)})
    found = versions(lake)
    first, second = next_instant(EVENING, found[:1]), found["known_from"].iloc[1]
    assert found["known_to"].iloc[0] == first
    assert second > first


def test_a_row_held_before_its_provenance_was_kept_is_read_and_can_be_released(lake):
    night(lake, {"0700.HK": BAD})
    (path,) = lake.files(QUARANTINE)
    pq.write_table(pq.read_table(path, partitioning=None).drop(["asked_at", "split_factor", "basis"]), path)
    (lake.path / "manifest.json").unlink()  # as the first lakes were
    release(lake, all_held(lake), decision())
    (bar,) = versions(lake).to_dict("records")
    assert (bar["close"], bar["asked_at"], bar["basis"], bar["split_factor"]) == (10100.0, EVENING, "history", 1.0)


def test_a_held_bar_of_an_index_from_before_the_calendar_can_be_released(lake):
    day = date(1987, 10, 26)
    held_by = Decision("me", "was that so?", datetime(2026, 11, 27, tzinfo=UTC), "r1", FACTS)
    keep(lake, INDICES, [bar("^HSI", f"{day}", 2241.69, {"volume": 0})])
    row = hold(lake, "^HSI", day, held_by)
    release(lake, named(lake, list(row["id"]), held_by), held_by)
    stored = lake.read(INDICES, "HK")
    assert list(stored.loc[stored["known_to"].isna(), "close"]) == [2241.69]


def died_after_storing(lake, close, at):
    """The versions of a run that died before it could say that it ran."""
    window = Window(FACTS.market("HK"), TUESDAY, TUESDAY)
    checked = validate([answer("0700.HK", close, at)], past_of(lake, window), Terms(window, at, SETTLE, "yahoo"))
    run = Run(f"run {at:%d %H:%M}", "backfill", "yahoo", at, window, [Request("0700.HK", MONDAY)])
    store_part(lake, run, checked, at)


def test_what_is_taken_back_after_a_run_died_and_the_clock_went_back_ends_after_it_began(lake):
    died_after_storing(lake, GOOD, EVENING)
    hold(lake, "0700.HK", TUESDAY, decision(minutes=-30))
    (ended,) = versions(lake)[lambda rows: rows["trade_date"] == TUESDAY].to_dict("records")
    assert ended["known_from"] == EVENING
    assert ended["known_to"] == EVENING + timedelta(microseconds=1)


def test_what_is_released_after_a_run_died_and_the_clock_went_back_follows_what_it_replaces(lake):
    died_after_storing(lake, GOOD, EVENING)
    died_after_storing(lake, BAD, EVENING + timedelta(minutes=5))
    back = decision(minutes=-30)
    release(lake, named(lake, list(rows(lake)["id"]), back), back)
    stored = versions(lake)
    before, after = stored[stored["trade_date"] == TUESDAY].sort_values("known_from").to_dict("records")
    assert (before["close"], after["close"]) == (GOOD[0], BAD[0])
    assert before["known_from"] < before["known_to"] == after["known_from"]


def test_what_was_rejected_stays_out_when_its_rule_finds_nothing_any_more(lake):
    noon = {"traded_at": datetime(2022, 5, 17, 4, 0, tzinfo=UTC)}
    night(lake, {"0700.HK": GOOD}, **noon)
    assert held(lake) == [("0700.HK", "no_longer_trading", "held")]
    reject(lake, all_held(lake), decision())
    night(lake, {"0700.HK": GOOD}, EVENING + timedelta(days=1))
    assert closes(lake, "0700.HK") == [[]]
    night(lake, {"0700.HK": (101.5, 1000)}, EVENING + timedelta(days=2))
    assert closes(lake, "0700.HK") == [[101.5]]


def dividend(lake, value, at):
    """A night whose answer tells a dividend of Tuesday, or none."""
    told = [Event(TUESDAY, value)] if value else []
    night(lake, {"0700.HK": GOOD}, at, dividends=told)


def current_dividends(lake):
    stored = rows(lake, ACTIONS)
    return stored.loc[stored["known_to"].isna(), "value"].tolist()


def test_a_dividend_that_a_person_took_back_stays_out_on_every_night_that_tells_it(lake):
    dividend(lake, 2.0, EVENING)
    assert current_dividends(lake) == [2.0]
    hold(lake, "0700.HK", TUESDAY, decision(), "dividend")
    for days in (1, 2, 3):
        dividend(lake, 2.0, EVENING + timedelta(days=days))
        assert current_dividends(lake) == []
        assert held(lake) == [("0700.HK", "withdrawn", "held")]
    dividend(lake, 1.5, EVENING + timedelta(days=4))
    assert current_dividends(lake) == [1.5]
    assert held(lake) == [("0700.HK", "withdrawn", "cured")]


def test_a_dividend_that_was_told_otherwise_and_is_taken_back_once_more_is_a_row_of_each_time(lake):
    day = timedelta(days=1)
    dividend(lake, 2.0, EVENING)
    hold(lake, "0700.HK", TUESDAY, decision(), "dividend")
    dividend(lake, 1.5, EVENING + day)
    dividend(lake, 2.0, EVENING + 2 * day)
    hold(lake, "0700.HK", TUESDAY, decision(minutes=60 * 24 * 2 + 30), "dividend")
    dividend(lake, 2.0, EVENING + 3 * day)
    assert current_dividends(lake) == []
    told = rows(lake, QUARANTINE).sort_values("held_at")
    assert told[["status", "held_at"]].values.tolist() == [["cured", later(30)], ["held", later(60 * 24 * 2 + 30)]]
    release(lake, all_held(lake), decision(minutes=60 * 24 * 4))
    assert current_dividends(lake) == [2.0]


def test_a_held_dividend_that_an_answer_leaves_out_is_held_again_when_it_is_told_again(lake):
    then = [["held"], ["cured"], ["cured", "held"], ["cured", "held"], ["cured", "cured"], ["cured", "cured", "held"]]
    for days, statuses in enumerate(then):
        dividend(lake, None if statuses[-1] == "cured" else 60.0, EVENING + timedelta(days=days))
        assert sorted(status for _, _, status in held(lake)) == statuses
    release(lake, all_held(lake), decision(minutes=60 * 24 * 4))
    assert current_dividends(lake) == [60.0]


def test_what_was_rejected_for_its_currency_is_another_bar_in_the_right_one(lake):
    night(lake, {"0700.HK": GOOD}, currency="USD")
    assert {rule for _, rule, _ in held(lake)} == {"right_currency"}
    reject(lake, all_held(lake), decision())
    night(lake, {"0700.HK": GOOD}, EVENING + timedelta(days=1))
    assert closes(lake, "0700.HK") == [[GOOD[0]]]
