"""`index_returns`: since when, in a row, from the highest; with holes, and against the definitions in plain Python."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warehouse_of import closes, row_of, rows_of, warehouse_of

from tests.shipped import CN, FACTS, HK

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


def test_an_unchanged_day_and_the_first_stored_day_are_neither_best_nor_worst(warehouse):
    assert since(history(warehouse, "000300.SS", "2022-05-12")) == ((None, None), None)
    assert since(history(warehouse, "000300.SS", "2022-04-27")) == ((None, None), None)


def test_a_hole_leaves_open_since_when(warehouse):
    # +2.5%: nothing larger is stored, but 05-09 and 05-10 have no return
    assert since(history(warehouse, "000905.SS", "2022-05-13")) == ((None, None), "incomplete")
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


def test_a_missing_session_hides_an_earlier_close_and_is_counted(warehouse):
    row = history(warehouse, "000905.SS", "2022-05-11")
    # 05-05 was higher too, but 05-10 lies after the hole; no lower close is stored
    assert (row["highest_close_since"], row["lowest_close_since"]) == (date(2022, 5, 10), None)
    assert (row["missing_sessions"], row["drawdown"]) == (1, None)
    assert history(warehouse, "000905.SS", "2022-05-10")["highest_close_since"] is None


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
    assert (row["high_52w"], row["low_52w"]) == (150, 80)
    row = history(warehouse, "^HSI", "2022-05-16")
    assert (row["high_52w"], row["low_52w"]) == (200, 80)


def test_52_weeks_are_null_unless_every_session_of_them_is_stored(warehouse):
    days = ("2022-05-16", "2022-05-17")
    assert [history(warehouse, "^HSCE", day)["high_52w"] for day in days] == [None, 100]
    assert [history(warehouse, "HSTECH.HK", day)["low_52w"] for day in days] == [None, None]


def test_the_first_known_sessions_have_no_52_weeks(tmp_path):
    # Session facts begin on 2008-01-02: the days before are not known to have been stored.
    days = HK.sessions.between(date(2008, 1, 2), date(2009, 1, 5))
    with warehouse_of(tmp_path, indices=closes("^HSI", {str(day): 1000 for day in days})) as connection:
        query = "select min(trade_date) from index_returns where high_52w is not null"
        assert connection.execute(query).fetchone() == (date(2008, 12, 31),)


SESSIONS = {market.code: market.sessions.between(date(2022, 4, 20), date(2022, 7, 29)) for market in (HK, CN)}
LEVELS = st.lists(st.sampled_from([None, 96, 98, 99, 100, 100, 101, 102, 104]), min_size=1, max_size=45)


@settings(max_examples=12, deadline=None)
@given(st.lists(LEVELS, min_size=9, max_size=9))
def test_every_day_agrees_with_the_definitions(tmp_path_factory, levels):
    stored = {
        index.symbol: dict(zip(SESSIONS[index.market], series, strict=False))
        for index, series in zip(FACTS.indices, levels, strict=True)
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
    gain, fall = last_above(dates, moves), last_above(dates, [move if move is None else -move for move in moves])
    move, whole = moves[-1], None not in moves[1:]
    streak, at = 0, len(moves) - 1
    while move and moves[at] and (moves[at] > 0) == (move > 0):
        streak, at = streak + (1 if move > 0 else -1), at - 1
    best, worst = (gain if move and move > 0 else None), (fall if move and move < 0 else None)
    return {
        "return_1d": move,
        "best_since": best,
        "worst_since": worst,
        "since_status": None if not move else "since" if best or worst else "record" if whole else "incomplete",
        "highest_close_since": last_above(dates, past),
        "lowest_close_since": last_above(dates, [close and -close for close in past]),
        "streak": None if moves[at] is None else streak,
        "drawdown": None if None in past else past[-1] / max(past) - 1,
        "missing_sessions": past.count(None),
    }


def last_above(dates, values):
    """The last earlier date with a larger value, None when an unknown one comes first."""
    for day, value in zip(dates[-2::-1], values[-2::-1], strict=True):
        if value is None or values[-1] is None:
            return None
        if value > values[-1]:
            return day
    return None
