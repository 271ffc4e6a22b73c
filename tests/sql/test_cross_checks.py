"""Closes of two vendors side by side, and how many differ."""

import pytest
from warehouse_of import row_of, rows_of, warehouse_of

OPINIONS = (
    ("^HSI", "2022-05-16", 20000.0, 20000.0, "agrees"),
    ("^HSI", "2022-05-17", 20000.0, 20100.0, "differs"),
    ("HSTECH.HK", "2022-05-17", None, 4000.0, "only second"),
    ("000300.SS", "2022-05-16", 4000.0, None, "only first"),
)


@pytest.fixture
def warehouse(tmp_path):
    return warehouse_of(tmp_path, opinions=OPINIONS)


def test_a_row_shows_both_closes_and_their_difference_as_a_fraction(warehouse):
    row = row_of(
        warehouse,
        """select index_code, first_source, first_close, second_source, second_close, difference, finding
        from cross_checks where trade_date = '2022-05-17' and market = 'HK' and finding <> 'only second'""",
    )
    assert row == {
        "index_code": "HSI",
        "first_source": "handmade",
        "first_close": 20000.0,
        "second_source": "second",
        "second_close": 20100.0,
        "difference": pytest.approx(0.005),
        "finding": "differs",
    }


def test_a_difference_is_null_where_one_vendor_has_no_bar(warehouse):
    query = "select distinct difference from cross_checks where finding in ('only first', 'only second')"
    assert rows_of(warehouse, query) == [{"difference": None}]
