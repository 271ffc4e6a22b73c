"""`breadth`: new highs and lows, closes at the limit, and estimated turnover against its average."""

from datetime import UTC, date, datetime

import pytest
from warehouse_of import closes, rows_of, suspended, warehouse_of

from tests.shipped import CN, HK

DAY = date(2022, 5, 17)
DAYS = [str(day) for day in CN.sessions.between(date(2022, 4, 13), DAY)]  # 22 sessions
YEAR = [str(day) for day in CN.sessions.between(date(2021, 5, 17), DAY)]
OTHERS = sorted(CN.members_on(DAY) - {"600837.SS", "601989.SS", "600519.SS", "601318.SS", "000001.SZ"})
STOCKS = [
    # 297 members trade 1,000 shares at 10 every day; on 05-17 one of them is halted
    *((symbol, day, 10) for symbol in OTHERS[1:] for day in DAYS),
    *((OTHERS[0], day, 10) for day in DAYS[:-1]),
    suspended(OTHERS[0], str(DAY), 10),
    # three with a year of closes: a new high, a new low, neither
    *closes("600519.SS", dict.fromkeys(YEAR, 10) | {"2022-05-17": 11}),
    *closes("601318.SS", dict.fromkeys(YEAR, 10) | {"2022-05-17": 9}),
    *closes("000001.SZ", dict.fromkeys(YEAR, 10)),
]
INDICES = closes("000300.SS", dict.fromkeys(DAYS, 4000))
RUNS = [("CN", DAYS[0], str(DAY)), ("HK", "2022-05-17", "2022-05-17")]
BUILT_AT = datetime(2022, 5, 17, 12, tzinfo=UTC)
FIGURES = "select trade_date, turnover_estimate, turnover_estimate_20d from breadth where index_symbol = '000300.SS'"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    with warehouse_of(folder, BUILT_AT, stocks=STOCKS, indices=INDICES, runs=RUNS) as connection:
        yield connection


def test_new_highs_and_lows_are_counted_of_the_members_with_a_year_of_closes(warehouse):
    query = (
        "select new_highs, new_lows, with_52w_history from breadth where index_symbol = '000300.SS' order by trade_date"
    )
    assert warehouse.execute(query).fetchall()[-1] == (1, 1, 3)


def test_turnover_is_estimated_as_volume_times_typical_price_of_every_member_that_traded(warehouse):
    *_, before, last = rows_of(warehouse, f"{FIGURES} order by trade_date")
    # 298 x 1,000 x 10, and one of them halted
    assert before["turnover_estimate"] == 298 * 10_000
    assert last["turnover_estimate"] == pytest.approx(294 * 10_000 + 10_000 + 11_000 + 9_000)


def test_the_average_turnover_is_of_the_20_sessions_before(warehouse):
    rows = rows_of(warehouse, f"{FIGURES} order by trade_date")
    assert [row["turnover_estimate_20d"] for row in rows[:20]] == [None] * 20
    assert [row["turnover_estimate_20d"] for row in rows[20:]] == [pytest.approx(298 * 10_000)] * 2


def test_a_half_day_is_no_part_of_the_average_and_has_none(tmp_path):
    half, last = "2022-01-31", "2022-02-08"
    days = [str(day) for day in HK.sessions.between(date(2022, 1, 3), date(2022, 2, 8))]  # 20, the half day, and 3
    members = HK.members_on(date(2022, 1, 31), "HSTECH.HK")
    stocks = [(symbol, day, 10, {"volume": 400 if day == half else 1000}) for symbol in members for day in days]
    levels, runs = closes("HSTECH.HK", dict.fromkeys(days, 4000)), [("HK", days[0], last)]
    with warehouse_of(tmp_path, BUILT_AT, stocks=stocks, indices=levels, runs=runs) as warehouse:
        rows = rows_of(warehouse, f"{FIGURES.replace('000300.SS', 'HSTECH.HK')} order by trade_date")
    averages = {str(row["trade_date"]): row["turnover_estimate_20d"] for row in rows}
    assert [averages[day] for day in days[-4:]] == [None, *[30 * 10_000] * 3]


def test_turnover_is_null_when_a_member_is_missing_and_so_is_the_average_over_it(tmp_path):
    bars = [row for row in STOCKS if row[:2] != ("000001.SZ", DAYS[5])]
    with warehouse_of(tmp_path, BUILT_AT, stocks=bars, indices=INDICES, runs=RUNS) as warehouse:
        rows = rows_of(warehouse, f"{FIGURES} order by trade_date")
    assert [str(row["trade_date"]) for row in rows if row["turnover_estimate"] is None] == [DAYS[5]]
    assert [row["turnover_estimate_20d"] for row in rows] == [None] * 22


def test_closes_at_the_limit_are_counted_of_the_members_with_known_limits_on_the_mainland_alone(warehouse):
    query = "select index_symbol, limit_up, limit_down, with_limits from breadth where trade_date = '2022-05-17'"
    # 600519.SS rose by 10% and 601318.SS fell by 10%; 297 traded, all on boards with a limit
    assert warehouse.execute(f"{query} order by all").fetchall() == [
        ("000300.SS", 1, 1, 297),
        ("HSTECH.HK", None, None, None),
        ("^HSI", None, None, None),
    ]


def test_turnover_is_the_same_whichever_member_dealt_most(tmp_path):
    members = sorted(HK.members_on(DAY, "HSTECH.HK"))
    found = set()
    for most in (members[0], members[15], members[-1]):
        # The next floating-point number is two more: one share beside so many is lost, and 29 together are not.
        stocks = [(symbol, str(DAY), 1, {"volume": 2**53 if symbol == most else 1}) for symbol in members]
        more = {"stocks": stocks, "indices": [("HSTECH.HK", str(DAY), 4000)], "runs": [("HK", str(DAY), str(DAY))]}
        with warehouse_of(tmp_path / most, BUILT_AT, **more) as warehouse:
            query = "select turnover_estimate from breadth where index_symbol = 'HSTECH.HK'"
            found |= {row["turnover_estimate"] for row in rows_of(warehouse, query)}
    assert found == {float(2**53 + 29)}
