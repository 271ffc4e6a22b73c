"""What an agent is told beside a row: corrections in full, and why there is no return; answers worked out by hand."""

from datetime import UTC, datetime

import pytest

from flows.agent import tools
from tests.sql.warehouse_of import warehouse_of

D1, D2 = "2022-05-16", "2022-05-17"
NOW, CORRECTED = datetime(2022, 6, 20, 12, tzinfo=UTC), datetime(2022, 6, 2, tzinfo=UTC)
BEFORE, AFTER = {"known_to": CORRECTED}, {"known_from": CORRECTED}


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    with warehouse_of(
        tmp_path_factory.mktemp("qualified"),
        indices=[("^HSI", D1, 20000.0), ("^HSI", D2, 20602.51, BEFORE), ("^HSI", D2, 20602.91, AFTER)],
        stocks=[
            ("0700.HK", D1, 300.0),
            ("0700.HK", D2, 310.0, {"volume": 23_456_789} | BEFORE),
            ("0700.HK", D2, 310.0, {"volume": 23_456_999} | AFTER),
            *[("600519.SS", D1, 1700.0), ("600519.SS", D2, 1690.0)],
            *[("600036.SS", "2022-05-13", 40.0), ("600036.SS", D2, 41.0)],
        ],
        quarantine=[("600519.SS", D2, "official_reference_differs", {"kind": "dividend", "value": 20.0})],
        runs=[("HK", D1, D2), ("CN", D1, D2)],
    ) as found:
        yield found


def test_a_correction_is_told_in_full(connection):
    assert "close from 20602.51 to 20602.91" in tools.index(connection, NOW, "HSI", D2)
    assert "volume from 23456789 to 23456999" in tools.stock(connection, NOW, "0700.HK", D2)


def test_a_return_without_a_reference_is_not_blamed_on_the_bar_before(connection):
    doubted = tools.stock(connection, NOW, "600519.SS", D2)
    assert '"previous_close": 1700.0, "reference_price": null, "return_1d": null' in doubted
    assert "no one-day return: the price that it is measured from is not known: ask `why`" in doubted
    assert "missing or held" not in doubted
    assert "no one-day return: the bar of the session before is missing or held" in tools.stock(
        connection, NOW, "600036.SS", D2
    )


def test_an_index_s_52_weeks_say_whether_they_are_whole(connection):
    assert '"low_52w": null, "status_52w": "short"' in tools.index(connection, NOW, "HSI", D2)


def test_that_no_day_before_moved_the_same_is_not_told_as_a_horizon_whose_base_is_missing(connection):
    told = tools.index(connection, NOW, "HSI", D2)
    assert '"return_1d": 0.0301455' in told  # 20602.91 / 20000 - 1
    assert '"return_matched_on": null' in told
    (lacks,) = [line for line in told.split("\n") if "its base is not stored" in line]
    assert "return_ytd" in lacks
    assert "return_matched_on" not in lacks


def test_a_comparison_over_a_session_that_is_not_stored_is_not_denied(tmp_path):
    # +5%, then two of +1%, and after sessions of which nothing is stored +2%: the largest since the first that is.
    levels = {"2022-04-01": 20000, "2022-04-04": 21000, "2022-04-06": 21210, "2022-04-07": 21422.1}
    after = {"2022-05-16": 21000, "2022-05-17": 21420}
    with warehouse_of(
        tmp_path,
        indices=[("^HSI", day, level) for day, level in (levels | after).items()],
        runs=[("HK", "2022-04-01", "2022-05-17")],
    ) as found:
        told = tools.index(found, NOW, "HSI", "2022-05-17")
    assert "the most since 4 April (13 May is not stored)" in told
    assert "QUALIFIED since when is of what is stored alone, and a session before is not: HSI" in told
    assert "nothing is said" not in told
