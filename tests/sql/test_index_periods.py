"""`index_periods`, `index_moves`, `evening_indices`: weeks to years, moves over n days, the indices of an evening."""

from datetime import UTC, date, datetime

import pytest
from warehouse_of import closes, row_of, rows_of, warehouse_of

from tests.shipped import CN

# Closes of the last session of each week of the mainland, of 2022-03-18 (Friday) to 2022-05-13; the May holiday leaves
# 05-05 and 05-06 of its week. +2%, -1%, -2%, -3%, -1%, +4%, -2%, +1% after the first.
FRIDAYS = {
    "2022-03-18": 4000,
    "2022-03-25": 4080,
    "2022-04-01": 4039.2,
    "2022-04-08": 3958.416,
    "2022-04-15": 3839.66352,
    "2022-04-22": 3801.2668848,
    "2022-04-29": 3953.3175602,
    "2022-05-06": 3874.251209,
    "2022-05-13": 3912.9937211,
}
BUILT_AT = datetime(2022, 5, 13, 12, tzinfo=UTC)


def daily(fridays, calendar, but=()):
    """A close for every session: that of the Friday before until the next one."""
    found, last = {}, None
    for day in calendar:
        last = fridays.get(str(day), last)
        if last is not None and str(day) not in but:
            found[str(day)] = last
    return found


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    days = CN.sessions.between(date(2022, 3, 18), date(2022, 5, 13))
    indices = [
        *closes("000300.SS", daily(FRIDAYS, days)),
        # without the last session of the week to 04-15
        *closes("000905.SS", daily(FRIDAYS, days, but=("2022-04-15",))),
        # launched on 2020-07-23
        *closes("000688.SS", {"2020-07-22": 900, "2020-07-23": 1000, "2020-07-24": 1010, "2020-07-31": 990}),
    ]
    runs = [("CN", "2022-05-12", "2022-05-13")]
    with warehouse_of(tmp_path_factory.mktemp("periods"), BUILT_AT, indices=indices, runs=runs) as connection:
        yield connection


def period(warehouse, symbol, kind, last):
    query = """select * from index_periods
        where index_symbol = ? and period = ? and last_session = cast(? as date)"""
    return row_of(warehouse, query, symbol, kind, last)


def test_a_week_is_measured_from_the_last_close_before_it(warehouse):
    row = period(warehouse, "000300.SS", "week", "2022-04-08")
    # the mainland kept 04-04 and 04-05
    assert (row["first_session"], row["sessions"], row["is_over"]) == (date(2022, 4, 6), 3, True)
    assert row["period_return"] == pytest.approx(-0.02)
    assert (row["rank_in_history"], row["fall_rank_in_history"]) == (3, 1)


def test_the_first_stored_period_has_no_return_and_no_claim(warehouse):
    row = period(warehouse, "000300.SS", "week", "2022-03-18")
    assert (row["period_return"], row["since_status"], row["streak"]) == (None, None, None)


@pytest.mark.parametrize(
    ("last", "streak", "since", "status"),
    [
        # nobody knows how long it had been rising
        ("2022-03-25", None, None, "record"),
        ("2022-04-15", -3, None, "record"),  # -3%
        ("2022-04-22", -4, date(2022, 4, 15), "since"),  # -1%
        ("2022-04-29", 1, None, "record"),  # +4%
        ("2022-05-06", -1, date(2022, 4, 15), "since"),  # -2%, as in the week to 04-08: an equal one is not larger
        ("2022-05-13", 1, date(2022, 4, 29), "since"),
    ],
)
def test_a_week_has_its_run_and_since_when_it_was_so_large(warehouse, last, streak, since, status):
    row = period(warehouse, "000300.SS", "week", last)
    assert (row["streak"], row["since_status"]) == (streak, status)
    assert (row["best_since"] or row["worst_since"]) == since


def test_a_week_matches_the_last_that_is_printed_the_same(warehouse):
    # -2% as in the week to 04-08
    assert period(warehouse, "000300.SS", "week", "2022-05-06")["return_matched_on"] == date(2022, 4, 8)
    assert period(warehouse, "000300.SS", "week", "2022-04-15")["return_matched_on"] is None  # -3%


def test_a_run_of_weeks_is_the_longest_since_the_last_longer_one(warehouse):
    row = period(warehouse, "000300.SS", "week", "2022-05-06")
    assert (row["longest_streak_since"], row["longest_streak_status"]) == (date(2022, 4, 22), "since")
    row = period(warehouse, "000300.SS", "week", "2022-04-22")
    assert (row["longest_streak_since"], row["longest_streak_status"]) == (None, "record")


def test_a_period_without_its_last_close_nulls_two_returns_and_leaves_later_claims_open(warehouse):
    assert period(warehouse, "000905.SS", "week", "2022-04-15")["period_return"] is None
    assert period(warehouse, "000905.SS", "week", "2022-04-22")["period_return"] is None
    row = period(warehouse, "000905.SS", "week", "2022-04-29")
    assert (row["since_status"], row["last_missing"], row["streak"]) == ("incomplete", date(2022, 4, 22), None)
    row = period(warehouse, "000905.SS", "week", "2022-05-13")
    assert (row["best_since"], row["since_status"]) == (date(2022, 4, 29), "since")


def test_a_period_that_is_not_over_is_marked(warehouse):
    row = period(warehouse, "000300.SS", "month", "2022-05-13")
    assert (row["is_over"], row["first_session"]) == (False, date(2022, 5, 5))
    assert row["period_return"] == pytest.approx(3912.9937211 / 3953.3175602 - 1)
    assert period(warehouse, "000300.SS", "quarter", "2022-05-13")["is_over"] is False


def test_the_quarter_and_the_year_are_rows_too(warehouse):
    row = period(warehouse, "000300.SS", "quarter", "2022-05-13")
    # the close of 03-31 is that of the Friday before, 4080
    assert row["period_return"] == pytest.approx(3912.9937211 / 4080 - 1)
    assert period(warehouse, "000300.SS", "year", "2022-05-13")["period_return"] is None


def test_nothing_from_before_the_launch_is_history(warehouse):
    first = row_of(
        warehouse, "select * from index_returns where index_symbol = '000688.SS' and trade_date <= '2020-07-23'"
    )
    assert (first["trade_date"], first["return_1d"], first["history_is_whole"]) == (date(2020, 7, 23), None, True)
    assert period(warehouse, "000688.SS", "week", "2020-07-24")["period_return"] is None


def test_as_of_an_earlier_day_a_week_was_not_over(warehouse):
    query = """select last_session, is_over from index_periods_on('2022-04-14')
        where index_symbol = '000300.SS' and period = 'week'"""
    assert rows_of(warehouse, f"{query} order by 1 desc limit 1") == [
        {"last_session": date(2022, 4, 14), "is_over": False}
    ]


def test_a_move_over_n_sessions_has_its_gains_its_falls_and_its_since(warehouse):
    query = "select * from index_moves(5) where index_symbol = '000300.SS' and trade_date = cast(? as date)"
    row = row_of(warehouse, query, "2022-05-13")
    assert (row["measured_from"], row["gains"], row["falls"]) == (date(2022, 5, 6), 1, 0)
    assert row["move"] == pytest.approx(0.01)
    # to 05-10 from 04-28, before the +4% of 04-29 and after the -2% of 05-06
    assert (row["best_since"], row["since_status"]) == (date(2022, 5, 10), "since")


def test_an_evening_has_a_row_for_every_index_and_the_followed_ones_first(warehouse):
    rows = rows_of(warehouse, "select * from evening_indices where trade_date = '2022-05-13' order by position")
    mainland = ["CSI300", "SSECOMP", "SZSECOMP", "SSE50", "CSI500", "CHINEXT", "STAR50"]
    assert [row["index_code"] for row in rows] == mainland
    told = {row["index_code"]: row["headline"] for row in rows}
    assert told["CSI500"].startswith("The CSI 500 Index gained 1.0%, or 38.74 points, to 3,912.99.")
    assert told["SSECOMP"] is None


def test_the_members_of_a_day_stand_beside_their_bars(warehouse):
    rows = rows_of(
        warehouse, "select * from members_of_day where index_symbol = '000300.SS' and trade_date = '2022-05-13'"
    )
    assert len(rows) == 300
    (moutai,) = (row for row in rows if row["symbol"] == "600519.SS")
    assert (moutai["state"], moutai["close"], moutai["name_zh"]) == ("missing", None, "貴州茅台")


def test_periods_that_begin_and_end_together_are_named_in_one_order(tmp_path):
    days = CN.sessions.between(date(2022, 3, 18), date(2022, 3, 31))  # the first stored of its month and its quarter
    symbols = ("000300.SS", "000905.SS", "000016.SS", "000001.SS", "399001.SZ", "399006.SZ")
    indices = [bar for symbol in symbols for bar in closes(symbol, {f"{day}": 4000 for day in days})]
    runs = [("CN", f"{days[0]}", f"{days[-1]}")]
    with warehouse_of(tmp_path, datetime(2022, 3, 31, 12, tzinfo=UTC), indices=indices, runs=runs) as connection:
        found = rows_of(connection, "select ends from market_wrap where trade_date = '2022-03-31'")
    assert len(found) > 3
    assert {tuple(row["ends"]) for row in found} == {("month", "quarter")}
