"""`prices_as_known_on` and `index_returns_as_known_on`: what an earlier evening knew, asked of the finished file."""

from datetime import UTC, datetime

import pytest
from warehouse_of import row_of, rows_of, warehouse_of

FIRST, CORRECTED = datetime(2022, 5, 17, 10, tzinfo=UTC), datetime(2022, 5, 18, 10, tzinfo=UTC)
OLD, NEW = {"known_from": FIRST, "known_to": CORRECTED}, {"known_from": CORRECTED}
BEFORE, EVENING, MORNING = "2022-05-17 09:59:59+00", "2022-05-17 18:00:00+08", "2022-05-18 09:59:59+00"
STOCKS = [
    ("0700.HK", "2022-05-16", 100, {"known_from": FIRST}),
    ("0700.HK", "2022-05-17", 110, OLD),
    ("0700.HK", "2022-05-17", 105, NEW),
    ("0005.HK", "2022-05-16", 50, {"known_from": FIRST}),
    ("0005.HK", "2022-05-17", 25, {"known_from": FIRST}),
    ("9988.HK", "2022-05-16", 90, OLD),
    ("9988.HK", "2022-05-17", 99, {"known_from": FIRST}),
    ("0001.HK", "2022-05-17", 55, NEW),
    ("600519.SS", "2022-05-16", 100, {"known_from": FIRST}),
    ("600519.SS", "2022-05-17", 110, {"known_from": FIRST}),
    ("000858.SZ", "2022-05-16", 100, {"known_from": FIRST}),
    ("000858.SZ", "2022-05-17", 110, {"known_from": FIRST}),
]
DECIDED = datetime(2022, 5, 19, 10, tzinfo=UTC)
DOUBT = {"kind": "unlisted_adjustment", "value": 1.1, "held_at": CORRECTED}
DOUBTS = [
    ("600519.SS", "2022-05-17", "official_reference_differs", DOUBT),
    ("000858.SZ", "2022-05-17", "official_reference_differs", DOUBT | {"status": "rejected", "decided_at": DECIDED}),
]
LINES = [
    ("0001.HK", "2022-05-17", 55, 54, {"known_from": DECIDED}),
    ("0700.HK", "2022-05-17", 110, 100, {"known_from": FIRST}),
]
ACTIONS = [("0005.HK", "2022-05-17", "split", 2, NEW)]
INDICES = [
    ("^HSI", "2022-05-16", 20000, {"known_from": FIRST}),
    ("^HSI", "2022-05-17", 21000, OLD),
    ("^HSI", "2022-05-17", 20400, NEW),
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    folder = tmp_path_factory.mktemp("versions")
    rows = {"stocks": STOCKS, "actions": ACTIONS, "indices": INDICES, "quarantine": DOUBTS, "official": LINES}
    with warehouse_of(folder, **rows) as connection:
        yield connection


def price(warehouse, symbol, instant):
    query = "from prices_as_known_on(cast(? as timestamptz)) where symbol = ? and trade_date = '2022-05-17'"
    return row_of(warehouse, query, instant, symbol)


def index_return(warehouse, instant):
    query = (
        "select return_1d from index_returns_as_known_on(?) where index_symbol = '^HSI' and trade_date = '2022-05-17'"
    )
    return row_of(warehouse, query, instant)["return_1d"]


@pytest.mark.parametrize(
    ("instant", "close", "move"), [(EVENING, 110, 0.1), (MORNING, 110, 0.1), (CORRECTED, 105, 0.05)]
)
def test_a_restated_close_is_the_earlier_one_until_the_moment_of_its_correction(warehouse, instant, close, move):
    row = price(warehouse, "0700.HK", instant)
    assert row["close"] == close
    assert row["return_1d"] == pytest.approx(move)


def test_nothing_was_known_before_the_first_commit(warehouse):
    assert rows_of(warehouse, f"from prices_as_known_on('{BEFORE}')") == []
    assert rows_of(warehouse, f"from index_returns_as_known_on('{BEFORE}')") == []


def test_an_action_that_came_later_moves_no_earlier_return(warehouse):
    assert price(warehouse, "0005.HK", EVENING)["return_1d"] == pytest.approx(-0.5)
    assert price(warehouse, "0005.HK", EVENING)["ex"] is None
    later = price(warehouse, "0005.HK", CORRECTED)
    assert (later["return_1d"], later["ex"]) == (0, "XR")


def test_a_bar_that_was_withdrawn_since_still_stood_on_the_evening(warehouse):
    assert price(warehouse, "9988.HK", EVENING)["return_1d"] == pytest.approx(0.1)
    assert price(warehouse, "9988.HK", CORRECTED)["return_1d"] is None


def test_a_bar_that_came_later_was_not_known(warehouse):
    query = "select count(*) as bars from prices_as_known_on(?) where symbol = '0001.HK'"
    assert row_of(warehouse, query, EVENING)["bars"] == 0
    assert row_of(warehouse, query, CORRECTED)["bars"] == 1


@pytest.mark.parametrize(("symbol", "in_the_end"), [("600519.SS", None), ("000858.SZ", 0.1)])
def test_a_doubt_takes_the_return_of_the_moments_in_which_it_was_held_and_of_no_other(warehouse, symbol, in_the_end):
    moves = [price(warehouse, symbol, at)["return_1d"] for at in (EVENING, CORRECTED, DECIDED)]
    assert moves == [pytest.approx(0.1), None, in_the_end and pytest.approx(in_the_end)]


@pytest.mark.parametrize(
    ("symbol", "instant", "official", "printed"),
    [
        ("0001.HK", CORRECTED, None, "on tick"),
        ("0001.HK", DECIDED, 55, "official"),
        ("0700.HK", EVENING, 110, "official"),
        ("0700.HK", CORRECTED, 110, "differs"),
    ],
)
def test_a_close_was_compared_with_the_official_one_of_that_moment(warehouse, symbol, instant, official, printed):
    row = price(warehouse, symbol, instant)
    assert (row["official_close"], row["printed"]) == (official, printed)


def test_an_index_return_is_the_earlier_one_until_its_correction(warehouse):
    assert index_return(warehouse, EVENING) == pytest.approx(0.05)
    assert index_return(warehouse, CORRECTED) == pytest.approx(0.02)


def test_names_are_those_of_the_day_whenever_it_is_asked(warehouse):
    assert {price(warehouse, "0700.HK", at)["name"] for at in (EVENING, CORRECTED)} == {"Tencent Holdings Ltd"}


@pytest.mark.parametrize("view", ["prices", "index_returns"])
def test_what_is_known_for_good_is_the_view(warehouse, view):
    now = warehouse.execute(f"from {view} order by all").fetchall()
    assert warehouse.execute(f"from {view}_as_known_on('infinity') order by all").fetchall() == now
    assert now
