"""`prices_adjusted` and `corporate_actions`: by hand, and against a vendor's own adjusted closes."""

import json
from datetime import date, datetime
from math import prod
from pathlib import Path

import pytest
from warehouse_of import closes, row_of, rows_of, warehouse_of

from tests.shipped import HK

RECORDED = Path(__file__).parents[3] / "shared" / "yahoo" / "recorded"
ON_HONG_KONGS_CALENDAR = HK.sessions.between(date(2021, 1, 4), date(2022, 5, 20))
STOCKS = [
    *closes("0700.HK", {"2022-05-11": 100, "2022-05-12": 98, "2022-05-13": 49, "2022-05-16": 50}),
    *closes("0005.HK", {"2022-05-11": 40, "2022-05-12": 44, "2022-05-16": 45}),
    *closes("0012.HK", {"2022-05-12": 22, "2022-05-13": 20}),
    *closes("9988.HK", {"2022-05-10": 100, "2022-05-13": 24}),
    *closes("0001.HK", {"2022-05-12": 50}),
]
ACTIONS = [
    ("0700.HK", "2022-05-12", "dividend", 2, {"currency": "HKD"}),
    ("0700.HK", "2022-05-13", "split", 2),
    ("0700.HK", "2022-05-13", "dividend", 0.49, {"currency": "HKD"}),
    ("0005.HK", "2022-05-13", "dividend", 1.1),  # no bar on the ex-date
    ("0012.HK", "2022-05-13", "unlisted_adjustment", 1.1),
    ("9988.HK", "2022-05-11", "split", 4),
    ("9988.HK", "2022-05-12", "dividend", 1),
    ("0001.HK", "2022-05-12", "dividend", 5),  # before it nothing is stored
    ("0001.HK", "2022-05-13", "split", 3, {"known_to": datetime.fromisoformat("2022-06-02T00:00:00+00:00")}),
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    with warehouse_of(tmp_path_factory.mktemp("adjusted"), stocks=STOCKS, actions=ACTIONS) as connection:
        yield connection


def series(warehouse, symbol, *columns):
    rows = rows_of(warehouse, "select * from prices_adjusted where symbol = ? order by trade_date", symbol)
    return [pytest.approx(tuple(row[name] for name in columns), rel=1e-12) for row in rows]


def test_a_dividend_lowers_what_came_before_by_its_share_of_the_close_before_it(warehouse):
    # 2 of 100 on the 12th; on the 13th the close before is 49 in halved shares, of which 0.49 is a hundredth
    assert series(warehouse, "0700.HK", "split_factor", "dividend_factor") == [
        (2, 0.98 * 0.99),
        (2, 0.99),
        (1, 1),
        (1, 1),
    ]


def test_the_series_are_in_the_shares_of_the_last_day(warehouse):
    assert series(warehouse, "0700.HK", "close", "close_split_adjusted", "close_total_return") == [
        (100, 50, 50 * 0.98 * 0.99),
        (98, 49, 49 * 0.99),
        (49, 49, 49),
        (50, 50, 50),
    ]
    query = "select distinct adjusted_as_of as day from prices_adjusted where symbol = '0700.HK'"
    assert row_of(warehouse, query) == {"day": date(2022, 5, 16)}


def test_a_missing_bar_on_the_ex_date_leaves_the_last_close_before_it(warehouse):
    factor = 1 - 1.1 / 44
    assert series(warehouse, "0005.HK", "dividend_factor") == [(factor,), (factor,), (1,)]


def test_an_unlisted_adjustment_counts_like_a_split(warehouse):
    assert series(warehouse, "0012.HK", "close_split_adjusted", "close_total_return") == [(20, 20), (20, 20)]


def test_a_dividend_after_a_split_is_set_against_the_close_in_the_new_shares(warehouse):
    # no bar on either ex-date: the 100 before them is 25 in the new shares, of which 1 is a twenty-fifth
    assert series(warehouse, "9988.HK", "split_factor", "dividend_factor") == [(4, 0.96), (1, 1)]


def test_an_action_before_the_first_bar_adjusts_nothing_and_a_withdrawn_one_neither(warehouse):
    assert series(warehouse, "0001.HK", "close_total_return", "split_factor") == [(50, 1)]


def test_actions_show_what_is_known_now(warehouse):
    query = "select ex_date, kind, value, currency from corporate_actions where symbol in ('0700.HK', '0001.HK')"
    assert sorted(map(tuple, (row.values() for row in rows_of(warehouse, query)))) == [
        (date(2022, 5, 12), "dividend", 2.0, "HKD"),
        (date(2022, 5, 12), "dividend", 5.0, None),
        (date(2022, 5, 13), "dividend", 0.49, "HKD"),
        (date(2022, 5, 13), "split", 2.0, None),
    ]


def recorded(name):
    """A recorded answer's (closes, adjusted closes, splits, dividends), the last two by the position of their bar."""
    path = RECORDED / f"{name}.json"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    result = json.loads(path.read_text())["response"]["bodyJson"]["chart"]["result"][0]
    at = {stamp: place for place, stamp in enumerate(result["timestamp"])}
    events = result["events"]
    splits = {at[row["date"]]: row["numerator"] / row["denominator"] for row in events.get("splits", {}).values()}
    dividends = {at[row["date"]]: row["amount"] for row in events.get("dividends", {}).values()}
    indicators = result["indicators"]
    return indicators["quote"][0]["close"], indicators["adjclose"][0]["adjclose"], splits, dividends


def adjusted_by_us(folder, closes_of_vendor, splits, dividends):
    """Our series from the same bars as traded, dated by Hong Kong's sessions, so that they follow each other."""

    def ratio_after(place):
        return prod(ratio for ex, ratio in splits.items() if ex > place)

    days = [str(day) for day in ON_HONG_KONGS_CALENDAR]
    stocks = [("0700.HK", days[at], close * ratio_after(at)) for at, close in enumerate(closes_of_vendor)]
    actions = [("0700.HK", days[at], "split", ratio) for at, ratio in splits.items()]
    actions += [("0700.HK", days[at], "dividend", amount * ratio_after(at)) for at, amount in dividends.items()]
    with warehouse_of(folder, stocks=stocks, actions=actions) as connection:
        rows = rows_of(connection, "from prices_adjusted order by trade_date")
    return [row["close_split_adjusted"] for row in rows], [row["close_total_return"] for row in rows]


@pytest.mark.parametrize("name", ["nvda_split_2021", "aapl_2020", "msft_dividends_2021"])
def test_the_split_adjusted_series_is_the_vendors_close(tmp_path, name):
    vendor, _, splits, dividends = recorded(name)
    ours, _ = adjusted_by_us(tmp_path, vendor, splits, dividends)
    assert ours == pytest.approx(vendor, rel=1e-9)


@pytest.mark.parametrize("name", ["aapl_2020", "msft_dividends_2021"])
def test_the_total_return_series_has_the_returns_of_the_vendors_adjusted_close(tmp_path, name):
    vendor, adjusted, splits, dividends = recorded(name)
    _, ours = adjusted_by_us(tmp_path, vendor, splits, dividends)
    # The vendor's also holds the dividends after its last bar: the same factor everywhere.
    assert [value / ours[-1] for value in ours] == pytest.approx([value / adjusted[-1] for value in adjusted], rel=2e-5)
    assert adjusted[0] / adjusted[-1] != pytest.approx(vendor[0] / vendor[-1], rel=1e-3)
