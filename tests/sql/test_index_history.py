"""`index_returns`: since when, in a row, from the highest; with holes, and against the definitions in plain Python."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warehouse_of import closes, row_of, rows_of, warehouse_of

from tests.shipped import CN, HK, KNOWN
from warehouse.wording.figures import percent

YEAR = HK.sessions.between(date(2021, 5, 17), date(2022, 5, 17))
FLAT = dict.fromkeys((str(day) for day in YEAR), 100)
INDICES = [
    # the May holiday lies between 04-29 and 05-05: +2%, -3%, +1%, +2%, +1%, -1%, -4%, 0, +2.5%
    *closes(
        "000300.SS",
        {
            "2022-04-27": 4000,
            "2022-04-28": 4080,
            "2022-04-29": 3957.6,
            "2022-05-05": 3997.176,
            "2022-05-06": 4077.11952,
            "2022-05-09": 4117.8907152,
            "2022-05-10": 4076.711808,
            "2022-05-11": 3913.6433357,
            "2022-05-12": 3913.6433357,
            "2022-05-13": 4011.4844191,
        },
    ),
    # the same, without 05-09
    *closes(
        "000905.SS",
        {
            "2022-04-27": 4000,
            "2022-04-28": 4080,
            "2022-04-29": 3957.6,
            "2022-05-05": 3997.176,
            "2022-05-06": 4077.11952,
            "2022-05-10": 4076.711808,
            "2022-05-11": 3913.6433357,
            "2022-05-12": 3913.6433357,
            "2022-05-13": 4011.4844191,
            "2022-05-16": 3931.2547307,
            "2022-05-17": 3970.5672780,
        },
    ),
    # 364 days before 2022-05-17 it closed at 150, the day before that at 200
    *closes("^HSI", FLAT | {"2021-05-17": 200, "2021-05-18": 150, "2021-11-01": 80, "2022-05-17": 101}),
    # begins 364 days before 2022-05-17
    *closes("^HSCE", {day: close for day, close in FLAT.items() if day > "2021-05-17"}),
    # lacks a session in that year
    *closes("HSTECH.HK", {day: close for day, close in FLAT.items() if day != "2021-11-01"}),
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    with warehouse_of(tmp_path_factory.mktemp("history"), indices=INDICES) as connection:
        yield connection


def history(warehouse, symbol, day):
    query = "select * from index_returns where index_symbol = ? and trade_date = cast(? as date)"
    return row_of(warehouse, query, symbol, day)


def since(row):
    found = (row["best_since"], row["worst_since"])
    return tuple(day and f"{day:%m-%d}" for day in found), row["since_status"]


def test_a_gain_is_the_best_since_the_last_larger_one(warehouse):
    # +1% after +2%, -3%; +2.5% is larger than anything stored
    assert since(history(warehouse, "000300.SS", "2022-05-05")) == (("04-28", None), "since")
    assert since(history(warehouse, "000300.SS", "2022-05-09")) == (("05-06", None), "since")
    assert since(history(warehouse, "000300.SS", "2022-05-13")) == ((None, None), "record")


def test_a_fall_is_the_worst_since_the_last_larger_one(warehouse):
    assert since(history(warehouse, "000300.SS", "2022-05-10")) == ((None, "04-29"), "since")
    assert since(history(warehouse, "000300.SS", "2022-05-11")) == ((None, None), "record")


def test_an_equal_gain_is_not_a_larger_one(warehouse):
    # +2% on 05-06 as on 04-28
    assert since(history(warehouse, "000300.SS", "2022-05-06")) == ((None, None), "record")


def test_a_gain_matches_the_last_that_is_printed_the_same(warehouse):
    # +2% on 05-06 as on 04-28; +1% on 05-09 as on 05-05, with +2% between them
    matched = {day: history(warehouse, "000300.SS", day)["return_matched_on"] for day in ("2022-05-06", "2022-05-09")}
    assert matched == {"2022-05-06": date(2022, 4, 28), "2022-05-09": date(2022, 5, 5)}
    assert history(warehouse, "000300.SS", "2022-05-11")["return_matched_on"] is None  # -4%
    # 05-12 is unchanged at 3913.6433357
    unchanged = history(warehouse, "000300.SS", "2022-05-12")
    assert (unchanged["return_matched_on"], unchanged["close_matched_on"]) == (None, date(2022, 5, 11))


def test_an_unchanged_day_and_the_first_stored_day_are_neither_best_nor_worst(warehouse):
    assert since(history(warehouse, "000300.SS", "2022-05-12")) == ((None, None), None)
    assert since(history(warehouse, "000300.SS", "2022-04-27")) == ((None, None), None)


def test_a_hole_leaves_open_since_when_and_is_named(warehouse):
    # +2.5%: nothing larger is stored, but 05-09 and 05-10 have no return
    row = history(warehouse, "000905.SS", "2022-05-13")
    assert since(row) == ((None, None), "incomplete")
    assert (row["last_missing"], row["missing_sessions"]) == (date(2022, 5, 9), 1)
    # -2%: 04-29 was larger and lies before the hole, 05-11 lies after it
    assert since(history(warehouse, "000905.SS", "2022-05-16")) == ((None, "05-11"), "since")
    assert since(history(warehouse, "000905.SS", "2022-05-17")) == (("05-13", None), "since")


def test_the_highest_close_is_the_highest_since_the_last_higher_one(warehouse):
    days = ("2022-05-06", "2022-05-09", "2022-05-10", "2022-05-13")
    rows = [history(warehouse, "000300.SS", day) for day in days]
    found = [(row["highest_close_since"], row["lowest_close_since"]) for row in rows]
    assert found == [
        (date(2022, 4, 28), date(2022, 5, 5)),
        (None, date(2022, 5, 6)),
        (date(2022, 5, 9), date(2022, 5, 5)),
        (date(2022, 5, 10), date(2022, 5, 12)),
    ]


def levels(row):
    return tuple((row[f"{side}_close_since"], row[f"{side}_close_status"]) for side in ("highest", "lowest"))


def test_a_missing_session_leaves_an_earlier_close_standing_and_says_so(warehouse):
    # 05-10 was higher and lies after the hole; no lower close is stored, and the hole may have been lower
    found = levels(history(warehouse, "000905.SS", "2022-05-11"))
    assert found == ((date(2022, 5, 10), "since"), (None, "incomplete"))
    # 05-06 was higher, and 05-09 in between may have been
    found = levels(history(warehouse, "000905.SS", "2022-05-10"))
    assert found[0] == (date(2022, 5, 6), "incomplete")


def test_the_lowest_of_a_whole_history_is_a_record_and_no_unknown(warehouse):
    assert levels(history(warehouse, "000300.SS", "2022-05-11"))[1] == (None, "record")


def test_a_hole_does_not_blind_the_drawdown(warehouse):
    row = history(warehouse, "000905.SS", "2022-05-11")
    assert (row["missing_sessions"], row["last_missing"]) == (1, date(2022, 5, 9))
    assert row["drawdown"] == pytest.approx(3913.6433357 / 4080 - 1)


def test_a_streak_counts_gains_up_falls_down_and_ends_on_an_unchanged_day(warehouse):
    query = "select streak from index_returns where index_symbol = '000300.SS' order by trade_date"
    # the first gain may have followed others that are not stored
    assert [row["streak"] for row in rows_of(warehouse, query)] == [None, None, -1, 1, 2, 3, -1, -2, 0, 1]


def test_a_streak_that_reaches_back_to_a_hole_has_no_length(warehouse):
    query = "select streak from index_returns where index_symbol = '000905.SS' order by trade_date"
    assert [row["streak"] for row in rows_of(warehouse, query)] == [None, None, -1, 1, 2, None, None, 0, 1, -1, 1]


def test_drawdown_is_measured_from_the_highest_close_so_far(warehouse):
    assert history(warehouse, "000300.SS", "2022-05-09")["drawdown"] == 0
    assert history(warehouse, "000300.SS", "2022-05-11")["drawdown"] == pytest.approx(0.99 * 0.96 - 1)


def test_52_weeks_are_364_days_and_this_one(warehouse):
    row = history(warehouse, "^HSI", "2022-05-17")
    assert (row["high_52w"], row["low_52w"], row["status_52w"]) == (150, 80, "whole")
    assert (row["high_52w_on"], row["low_52w_on"]) == (date(2021, 5, 18), date(2021, 11, 1))
    row = history(warehouse, "^HSI", "2022-05-16")
    assert (row["high_52w"], row["high_52w_on"], row["low_52w"]) == (200, date(2021, 5, 17), 80)


def test_52_weeks_of_a_younger_history_are_not_known(warehouse):
    rows = [history(warehouse, "^HSCE", day) for day in ("2022-05-16", "2022-05-17")]
    assert [(row["high_52w"], row["high_52w_on"], row["status_52w"]) for row in rows] == [
        (None, None, "short"),
        (100, date(2021, 5, 18), "whole"),
    ]


def test_52_weeks_with_a_hole_are_those_of_the_stored_sessions(warehouse):
    row = history(warehouse, "HSTECH.HK", "2022-05-17")
    assert (row["low_52w"], row["status_52w"], row["last_missing"]) == (100, "incomplete", date(2021, 11, 1))


def test_the_first_known_sessions_have_no_52_weeks(tmp_path):
    # Session facts begin on 2008-01-02: the days before are not known to have been stored.
    days = HK.sessions.between(date(2008, 1, 2), date(2009, 1, 5))
    with warehouse_of(tmp_path, indices=closes("^HSI", {str(day): 1000 for day in days})) as connection:
        query = "select min(trade_date) from index_returns where high_52w is not null"
        assert connection.execute(query).fetchone() == (date(2008, 12, 31),)


SESSIONS = {market.code: market.sessions.between(date(2022, 4, 20), date(2022, 7, 29)) for market in (HK, CN)}
LEVELS = st.lists(st.sampled_from([None, 96, 98, 99, 100, 100, 101, 102, 104]), min_size=1, max_size=45)


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(st.lists(LEVELS, min_size=len(KNOWN.indices), max_size=len(KNOWN.indices)))
def test_every_day_agrees_with_the_definitions(tmp_path_factory, levels):
    stored = {
        index.symbol: dict(zip(SESSIONS[index.market], series, strict=False))
        for index, series in zip(KNOWN.indices, levels, strict=True)
    }
    bars = [(symbol, str(day), close) for symbol, by_day in stored.items() for day, close in by_day.items() if close]
    with warehouse_of(tmp_path_factory.mktemp("any"), indices=bars) as connection:
        rows = rows_of(connection, "select * from index_returns order by index_symbol, trade_date")
    assert len(rows) == len(bars)
    for row in rows:
        days = SESSIONS[row["market"]]
        by_day = stored[row["index_symbol"]]
        past = [by_day.get(day) for day in days if row["history_from"] <= day <= row["trade_date"]]
        dates = [day for day in days if row["history_from"] <= day <= row["trade_date"]]
        expected = defined(dates, past)
        assert {name: row[name] for name in expected} == pytest.approx(expected), row["trade_date"]


def defined(dates, past):
    """What `index_returns` says of the last of `dates`; `past` are its closes since history began, None for none."""
    moves = [None] + [b / a - 1 if a and b else None for a, b in pairwise(past)]
    moves = [move if move is None else round(move, 12) for move in moves]
    move, runs = moves[-1], [run_to(moves, at) for at in range(len(moves))]
    run = runs[-1] if None not in moves[len(moves) - abs(runs[-1] or 0) - 1 :] else None
    gain, gain_status = last_above(dates, moves, moves[1:])
    fall, fall_status = last_above(dates, negative(moves), moves[1:])
    high, high_status = last_above(dates, past, past)
    low, low_status = last_above(dates, negative(past), past)
    longest, longest_status = last_above(dates, runs if run and run > 0 else negative(runs), moves[1:])
    return {
        "return_1d": move,
        "best_since": gain if move and move > 0 else None,
        "worst_since": fall if move and move < 0 else None,
        "since_status": None if not move else gain_status if move > 0 else fall_status,
        "return_matched_on": last_alike(dates, [move and percent(move, 2) for move in moves]) if move else None,
        "close_matched_on": last_alike(dates, past),
        "highest_close_since": high,
        "highest_close_status": high_status,
        "lowest_close_since": low,
        "lowest_close_status": low_status,
        "streak": run,
        "longest_streak_since": longest if run else None,
        "longest_streak_status": longest_status if run else None,
        "drawdown": past[-1] / max(close for close in past if close) - 1,
        "missing_sessions": past.count(None),
    }


def last_alike(dates, values):
    """The last earlier date with the same value."""
    return max((day for day, value in zip(dates[:-1], values, strict=False) if value == values[-1]), default=None)


def run_to(moves, at):
    """The signed count of moves in a row up to `at`, as far as they are known."""
    move, count = moves[at], 0
    while move and moves[at] and (moves[at] > 0) == (move > 0):
        count, at = count + (1 if move > 0 else -1), at - 1
    return count


def negative(values):
    return [value if value is None else -value for value in values]


def last_above(dates, values, known):
    """The last earlier date with a larger value, and what is known of it; a None among `known` is a hole."""
    if values[-1] is None:
        return None, None
    found = None
    for at in range(len(dates) - 2, -1, -1):
        if values[at] is not None and values[at] > values[-1]:
            found = at
            break
    since = known[len(known) - len(dates) + found + 1 :] if found is not None else known
    status = "incomplete" if None in since else "record" if found is None else "since"
    return None if found is None else dates[found], status
