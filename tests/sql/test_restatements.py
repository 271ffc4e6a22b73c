"""`restatements` and `price_versions`: what changed, from what to what, and when."""

from datetime import UTC, datetime

import pytest
from warehouse_of import row_of, rows_of, warehouse_of

from warehouse.errors import AftercloseError

AT = [datetime(2022, 5, day, 10, tzinfo=UTC) for day in (17, 18, 19, 20)]


def version(symbol, close, since, until=None, **more):
    return (symbol, "2022-05-17", close, {"known_from": since, "known_to": until, "run_id": f"run {since.day}", **more})


STOCKS = [
    # only the close and, by less than half a tick, the high move; then the volume
    version("0700.HK", 110, AT[0], AT[1], open=100.0, low=90.0, high=120.0, volume=1000),
    version("0700.HK", 109.5, AT[1], AT[2], open=100.0, low=90.0, high=120.0004, volume=1000),
    version("0700.HK", 109.5, AT[2], open=100.0, low=90.0, high=120.0004, volume=1500),
    # stored under a factor of ten: ten times the tolerance
    version("0005.HK", 500, AT[0], AT[1], split_factor=10.0),
    version("0005.HK", 500.004, AT[1], split_factor=10.0, volume=2000),
    # withdrawn, and later stored with another close
    version("9988.HK", 80, AT[0], AT[1]),
    version("9988.HK", 81, AT[3], open=80.0, high=80.0, low=80.0),
    version("0001.HK", 50, AT[0]),
]
INDICES = [version("^HSI", 20000, AT[0], AT[1]), version("^HSI", 20100, AT[1], open=20000.0, high=20000.0, low=20000.0)]
ACTIONS = [
    ("0700.HK", "2022-05-17", "dividend", 1.6, {"known_from": AT[0], "known_to": AT[2]}),
    ("0700.HK", "2022-05-17", "dividend", 1.7, {"known_from": AT[2]}),
    ("0001.HK", "2022-05-17", "split", 2, {"known_from": AT[2]}),
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    folder = tmp_path_factory.mktemp("restated")
    with warehouse_of(folder, stocks=STOCKS, indices=INDICES, actions=ACTIONS) as connection:
        yield connection


def restated(warehouse, symbol):
    query = """select field, old_value, new_value, known_from, run_id from restatements
        where symbol = ? order by known_from, field"""
    return [tuple(row.values()) for row in rows_of(warehouse, query, symbol)]


def test_only_the_values_that_changed_are_restatements(warehouse):
    assert restated(warehouse, "0700.HK") == [
        ("close", 110, 109.5, AT[1], "run 18"),
        ("dividend", 1.6, 1.7, AT[2], "run-1"),
        ("volume", 1000, 1500, AT[2], "run 19"),
    ]


def test_half_a_tick_is_measured_in_the_shares_of_the_day(warehouse):
    assert restated(warehouse, "0005.HK") == [("volume", 1000, 2000, AT[1], "run 18")]


def test_a_bar_that_came_back_with_another_value_after_its_withdrawal_shows_both(warehouse):
    assert restated(warehouse, "9988.HK") == [("close", 80, 81, AT[3], "run 20")]


def test_an_index_is_restated_like_a_stock(warehouse):
    assert restated(warehouse, "^HSI") == [("close", 20000, 20100, AT[1], "run 18")]


def test_what_was_only_ever_said_once_is_no_restatement(warehouse):
    assert restated(warehouse, "0001.HK") == []


def test_every_version_is_there_with_its_span(warehouse):
    query = (
        "select known_from, known_to, close, run_id from price_versions where symbol = '0700.HK' order by known_from"
    )
    assert [tuple(row.values()) for row in rows_of(warehouse, query)] == [
        (AT[0], AT[1], 110, "run 17"),
        (AT[1], AT[2], 109.5, "run 18"),
        (AT[2], None, 109.5, "run 19"),
    ]
    query = "select count(*) as versions, count(*) filter (where is_index) as of_indices from price_versions"
    assert row_of(warehouse, query) == {"versions": 10, "of_indices": 2}


def test_versions_that_overlap_are_refused(tmp_path):
    overlapping = [version("0700.HK", 110, AT[0], AT[2]), version("0700.HK", 111, AT[1])]
    with pytest.raises(AftercloseError, match="versions_follow found 1 rows"):
        warehouse_of(tmp_path, stocks=overlapping)
