"""`prices.limit_state` and the limits of a day: the same table of answers as `tests/unit/test_limits.py`."""

import csv
from datetime import date
from pathlib import Path

import pytest
from warehouse_of import closes, row_of, rows_of, suspended, warehouse_of

from tests.shipped import CN, HK
from warehouse.facts.market import Facts
from warehouse.facts.sessions import FIRST_DAY

with (Path(__file__).parents[1] / "unit" / "answers" / "limit_prices.csv").open(encoding="utf-8", newline="") as file:
    ANSWERS = [row for row in csv.DictReader(file) if date.fromisoformat(row["trade_date"]) > FIRST_DAY]
SEASONED = "2008-01-02"  # a listing so long ago that no first sessions are left


def stand_in(symbol, number):
    """A symbol of the same board for each answer: one symbol cannot be ST and not ST on one day."""
    code, suffix = symbol.split(".")
    kept = 3 if len(code) == 6 else 1
    return f"{code[:kept]}{number:0{len(code) - kept}}.{suffix}"


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("answers")
    facts = {
        "instruments.csv": ["symbol,valid_from,valid_to,name,name_zh,listed_on,source,confidence"],
        "st_spells.csv": ["symbol,is_st,valid_from,valid_to,source,confidence"],
    }
    stocks = []
    for number, answer in enumerate(ANSWERS):
        symbol = stand_in(answer["symbol"], number)
        facts["instruments.csv"].append(f"{symbol},,,,,{answer['listed_on'] or SEASONED},handmade,high")
        facts["st_spells.csv"].append(f"{symbol},{answer['is_st']},,,handmade,high")
        sessions = (HK if symbol.endswith(".HK") else CN).sessions
        day = date.fromisoformat(answer["trade_date"])
        assert sessions.on(day), answer
        stocks += closes(symbol, dict.fromkeys((str(sessions.back(day, 1)), str(day)), answer["reference"]))
    (folder / "reference").mkdir()
    for name, lines in facts.items():
        (folder / "reference" / name).write_text("\n".join(lines), encoding="utf-8")
    with warehouse_of(folder, facts=Facts.load(folder / "reference"), stocks=stocks) as connection:
        yield connection


@pytest.mark.parametrize(("number", "answer"), enumerate(ANSWERS), ids=lambda value: str(value)[:40])
def test_the_limits_of_a_day_are_those_of_the_table(answers, number, answer):
    row = row_of(
        answers,
        "select limit_down, limit_up from prices where symbol = ? and trade_date = cast(? as date)",
        stand_in(answer["symbol"], number),
        answer["trade_date"],
    )
    expected = [float(answer[name]) if answer[name] else None for name in ("lowest", "highest")]
    assert list(row.values()) == expected


def day_of(symbol, day, close, high, low):
    return (symbol, day, close, {"high": high, "low": low})


# 002157.SZ left the CSI 300 on 2022-06-13; 002024.SZ is ST from 2022-05-06; 600816.SS is on the list as *ST.
STOCKS = [
    *closes("600519.SS", {"2022-05-12": 10.05}),
    day_of("600519.SS", "2022-05-13", 11.06, 11.06, 10.00),
    day_of("600519.SS", "2022-05-16", 9.95, 10.00, 9.95),
    day_of("600519.SS", "2022-05-17", 10.00, 10.95, 9.00),
    day_of("600519.SS", "2022-05-18", 10.50, 10.60, 9.00),
    day_of("600519.SS", "2022-05-19", 10.50, 10.60, 9.46),
    day_of("600519.SS", "2022-05-20", 10.50, 11.55, 9.45),
    *closes("300750.SZ", {"2022-05-16": 400, "2022-05-17": 440}),
    *closes("002024.SZ", {"2022-05-05": 3.23, "2022-05-06": 3.07}),
    *closes("600000.SS", {"2022-05-12": 10.00}),
    day_of("600000.SS", "2022-05-13", 8.46, 9.00, 8.46),
    *closes("002157.SZ", {"2022-06-09": 10, "2022-06-10": 11, "2022-06-13": 12.1}),
    *closes("600816.SS", {"2020-05-14": 10, "2020-05-15": 11}),
    *closes("600036.SS", {"2022-05-16": 10}),
    suspended("600036.SS", "2022-05-17", 10),
    *closes("600030.SS", {"2022-05-17": 10}),
    *closes("600999.SS", {"2022-05-16": 10, "2022-05-17": 11.5}),
    *closes("0700.HK", {"2022-05-16": 300, "2022-05-17": 330}),
]
ACTIONS = [("600000.SS", "2022-05-13", "dividend", 0.6)]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    with warehouse_of(tmp_path_factory.mktemp("limits"), stocks=STOCKS, actions=ACTIONS) as connection:
        yield connection


def limits(warehouse, symbol, day):
    query = "select limit_state, limit_down, limit_up from prices where symbol = ? and trade_date = cast(? as date)"
    return tuple(row_of(warehouse, query, symbol, day).values())


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2022-05-13", ("closed_up", 9.05, 11.06)),
        ("2022-05-16", ("closed_down", 9.95, 12.17)),
        ("2022-05-17", ("touched_up", 8.96, 10.95)),
        ("2022-05-18", ("touched_down", 9.00, 11.00)),
        ("2022-05-19", (None, 9.45, 11.55)),
        ("2022-05-20", ("touched_up", 9.45, 11.55)),
    ],
)
def test_a_row_says_whether_the_close_or_the_range_reached_a_limit(warehouse, day, expected):
    assert limits(warehouse, "600519.SS", day) == expected


def test_ten_percent_is_no_limit_on_a_board_of_twenty(warehouse):
    assert limits(warehouse, "300750.SZ", "2022-05-17") == (None, 320.00, 480.00)


def test_a_member_that_is_under_risk_warning_has_the_limit_of_its_kind(warehouse):
    assert limits(warehouse, "002024.SZ", "2022-05-06") == ("closed_down", 3.07, 3.39)


def test_limits_are_measured_from_the_ex_rights_reference(warehouse):
    # 10.00 less 0.60 is 9.40: down to 8.46, though 10.00 would allow 9.00 only.
    assert limits(warehouse, "600000.SS", "2022-05-13") == ("closed_down", 8.46, 10.34)


def test_of_a_stock_that_is_no_member_that_day_no_limit_is_known(warehouse):
    assert limits(warehouse, "002157.SZ", "2022-06-10") == ("closed_up", 9.00, 11.00)
    assert limits(warehouse, "002157.SZ", "2022-06-13") == (None, None, None)


def test_of_a_member_that_is_listed_under_a_name_with_st_no_limit_is_known_without_a_fact(warehouse):
    assert limits(warehouse, "600816.SS", "2020-05-15") == (None, None, None)


def test_a_suspended_row_has_limits_and_no_state(warehouse):
    assert limits(warehouse, "600036.SS", "2022-05-17") == (None, 9.00, 11.00)


def test_without_a_reference_price_no_limit_is_known(warehouse):
    assert limits(warehouse, "600030.SS", "2022-05-17") == (None, None, None)


def test_a_close_beyond_the_limit_is_not_called_a_limit(warehouse):
    assert limits(warehouse, "600999.SS", "2022-05-17") == (None, 9.00, 11.00)


def test_hong_kong_has_no_limit(warehouse):
    assert limits(warehouse, "0700.HK", "2022-05-17") == (None, None, None)


def test_top_movers_show_the_state(warehouse):
    query = """select symbol, limit_state from top_movers
        where index_symbol = '000300.SS' and trade_date = '2022-05-13' order by symbol"""
    assert [tuple(row.values()) for row in rows_of(warehouse, query)] == [
        ("600000.SS", "closed_down"),
        ("600519.SS", "closed_up"),
    ]
