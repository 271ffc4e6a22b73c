"""`contribution`: index points of the members, from published weights and never from others."""

from datetime import date

import pytest
from warehouse_of import closes, row_of, rows_of, suspended, warehouse_of

INDICES = [
    *closes("000300.SS", {"2022-01-04": 4800, "2022-05-11": 4100, "2022-05-12": 4000, "2022-05-13": 4040}),
    *closes("000300.SS", {"2022-05-16": 4000, "2022-05-17": 4100, "2022-05-18": 4141, "2022-05-20": 4150}),
    *closes("000300.SS", {"2022-06-10": 4200, "2022-06-13": 4242}),
    *closes("^HSI", {"2022-05-16": 20000, "2022-05-17": 20600}),
]
STOCKS = [
    *closes(
        "600519.SS", {"2022-05-12": 100, "2022-05-13": 110, "2022-05-16": 99, "2022-05-17": 99, "2022-05-18": 108.9}
    ),
    # a dividend of 0.50 on 05-16
    *closes("601318.SS", {"2022-05-12": 50, "2022-05-13": 50, "2022-05-16": 51.98, "2022-05-17": 51.98}),
    *closes("601318.SS", {"2022-05-18": 51.98}),
    *closes("000001.SZ", {"2022-05-12": 10, "2022-05-13": 10}),
    suspended("000001.SZ", "2022-05-16", 10),
    *closes("000001.SZ", {"2022-05-17": 11}),
    # weighed, and no member
    *closes("0700.HK", {"2022-05-16": 300, "2022-05-17": 330}),
    *closes("600666.SS", {"2022-05-12": 10, "2022-05-13": 11}),
]
ACTIONS = [("601318.SS", "2022-05-16", "dividend", 0.50)]
WEIGHTS = """trade_date,symbol,weight,source
2022-01-04,600519.SS,100,somebody
2022-05-12,600519.SS,50,somebody
2022-05-12,601318.SS,30,somebody
2022-05-12,000001.SZ,15,somebody
2022-05-12,600666.SS,5,somebody
2022-05-17,600519.SS,60,somebody else
2022-05-17,601318.SS,40,somebody else
"""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    folder = tmp_path_factory.mktemp("contribution")
    (folder / "weights").mkdir()
    (folder / "weights" / "CSI300.csv").write_text(WEIGHTS, encoding="utf-8")
    with warehouse_of(folder, stocks=STOCKS, indices=INDICES, actions=ACTIONS) as connection:
        yield connection


def points(warehouse, day):
    rows = rows_of(warehouse, "select * from contribution where trade_date = cast(? as date)", day)
    return {row["symbol"]: row["points"] for row in rows}


def check(warehouse, day, index="000300.SS"):
    query = "select * from contribution_check where index_symbol = ? and trade_date = cast(? as date)"
    return row_of(warehouse, query, index, day)


def test_points_are_weight_times_move_times_the_previous_close(warehouse):
    # 50% x 10% x 4,000
    assert points(warehouse, "2022-05-13") == pytest.approx({"600519.SS": 200, "601318.SS": 0, "000001.SZ": 0})


def test_weights_drift_with_prices_against_the_index(warehouse):
    query = "select * from contribution where symbol = '600519.SS' and trade_date = '2022-05-16'"
    row = row_of(warehouse, query)
    # it had risen by 10% and the index by 1%
    assert row["weight"] == pytest.approx(0.5 * 1.1 / 1.01)
    assert (row["move"], row["points"]) == (pytest.approx(-0.1), pytest.approx(-220))
    assert (row["weights_as_of"], row["weights_source"]) == (date(2022, 5, 12), "somebody")


def test_a_weight_loses_what_the_stock_paid_as_its_price_and_the_index_do(warehouse):
    query = "select weight from contribution where symbol = '601318.SS' and trade_date = '2022-05-17'"
    # from 50 to 51.98, over a dividend of 0.50, while the index went back to where it was
    assert row_of(warehouse, query)["weight"] == pytest.approx(0.3 * 51.98 / 50)


def test_a_move_is_measured_from_the_reference_and_a_halt_gives_nothing(warehouse):
    # 601318.SS: 30% x 4,000 x (51.98 / 49.50 - 1)
    expected = {"600519.SS": -220, "601318.SS": 1200 * (51.98 / 49.50 - 1), "000001.SZ": 0}
    assert points(warehouse, "2022-05-16") == pytest.approx(expected)


def test_a_resumed_member_gives_its_whole_move(warehouse):
    # 15% x 4,000 x 10%
    assert points(warehouse, "2022-05-17")["000001.SZ"] == pytest.approx(60)


def test_new_weights_count_from_the_session_after_theirs(warehouse):
    assert check(warehouse, "2022-05-17")["weights_as_of"] == date(2022, 5, 12)
    assert points(warehouse, "2022-05-18") == pytest.approx({"600519.SS": 0.6 * 0.1 * 4100, "601318.SS": 0})


def test_the_residual_is_what_the_weights_do_not_explain(warehouse):
    row = check(warehouse, "2022-05-13")
    assert (row["members"], row["weight"], row["points"]) == (3, pytest.approx(0.95), pytest.approx(200))
    assert (row["change_points"], row["residual"]) == (pytest.approx(40), pytest.approx(-160))
    assert (row["reason"], row["sessions_old"]) == (None, 1)


def test_an_index_without_published_weights_has_no_contribution_and_says_so(warehouse):
    row = check(warehouse, "2022-05-17", "^HSI")
    assert (row["points"], row["residual"], row["weights_as_of"]) == (None, None, None)
    assert row["reason"] == "no published weights of an earlier day are stored"
    assert check(warehouse, "2022-01-04")["reason"] == "no published weights of an earlier day are stored"
    assert points(warehouse, "2022-05-17").keys().isdisjoint({"0700.HK"})


def test_weights_do_not_outlive_a_change_of_the_members(warehouse):
    row = check(warehouse, "2022-06-13")
    assert row["reason"] == "the members changed on 2022-06-13, after the weights of 2022-05-17"
    assert (row["points"], points(warehouse, "2022-06-13")) == (None, {})


def test_weights_that_are_a_quarter_old_are_not_used(warehouse):
    # 18 later ones in January, 16 in February, 23 in March, 19 in April, 5 in May
    assert check(warehouse, "2022-05-11")["reason"] == "the weights of 2022-01-04 are 81 sessions old"


def test_a_day_whose_session_before_is_not_stored_has_no_contribution(warehouse):
    assert check(warehouse, "2022-05-20")["reason"] == "the close of the session before is not stored"
