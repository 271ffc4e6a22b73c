"""The tolerance of a price is half of the day's tick in its band."""

from datetime import date

import pandas as pd
import pytest

from tests.shipped import FACTS
from warehouse.bars.change import price_tolerances


def tolerances(closes, day, market="HK", split_factor=1.0, symbol="0700.HK"):
    bars = pd.DataFrame({"symbol": symbol, "close": closes, "trade_date": day, "split_factor": split_factor})
    return list(price_tolerances(bars, FACTS.market(market))["close"])


def tolerance(close, day, market="HK", split_factor=1.0):
    return pytest.approx(tolerances([close], day, market, split_factor)[0], abs=1e-8)


@pytest.mark.parametrize(
    ("close", "day", "tick"),
    [
        (0.20, date(2022, 5, 17), 0.001),
        (0.25, date(2022, 5, 17), 0.001),
        (0.26, date(2022, 5, 17), 0.005),
        (5.00, date(2022, 5, 17), 0.01),
        (10.00, date(2022, 5, 17), 0.01),
        (15.00, date(2025, 8, 1), 0.02),
        (15.00, date(2025, 8, 4), 0.01),
        (35.00, date(2025, 8, 1), 0.05),
        (35.00, date(2025, 8, 4), 0.02),
        (75.00, date(2025, 8, 4), 0.05),
        (150.0, date(2022, 5, 17), 0.1),
        (490.4, date(2026, 8, 7), 0.2),
        (6000.0, date(2022, 5, 17), 5.0),
    ],
)
def test_the_tick_of_a_hong_kong_price_is_that_of_its_band_and_day(close, day, tick):
    assert tick / 2 == tolerance(close, day)


def test_the_second_reduction_holds_from_its_day_on():
    assert tolerance(5.0, date(2026, 7, 31)) == 0.005
    assert tolerance(5.0, date(2026, 8, 3)) == 0.0025


def test_the_vendor_rounds_after_a_split_and_the_tolerance_is_in_the_shares_of_the_day():
    # 490.40 before a split of 5 for 1 is 98.08 with the vendor, where the tick is 0.05: half of it, times 5.
    assert tolerance(490.4, date(2014, 5, 14), split_factor=5.0) == 0.125


def test_a_mainland_price_has_the_tick_of_a_fen_at_any_price():
    assert tolerance(1800.0, date(2022, 5, 17), "CN") == 0.005


def test_every_price_of_every_day_has_a_tick():
    for day in (date(2008, 1, 2), date(2025, 8, 3), date(2025, 8, 4), date(2026, 12, 31)):
        for market in FACTS.markets:
            assert all(
                0 < found < 3 for found in tolerances([fen / 100 for fen in range(1, 1_000_000, 7)], day, market)
            )


def test_bands_follow_one_another():
    rows = [row for row in FACTS.tables["ticks.csv"] if row["market"] == "HK" and not row["valid_to"]]
    edges = sorted({row["from_price"] for row in rows} - {0.0})
    assert edges == sorted({row["to_price"] for row in rows if row["to_price"]})


def test_an_index_has_no_tick_and_changes_with_its_second_decimal():
    assert tolerances([20602.52], date(2022, 5, 17), symbol="^HSI") == [pytest.approx(0.005, abs=1e-8)]
    assert tolerances([4272.95], date(2022, 5, 17), symbol="HSTECH.HK") == [pytest.approx(0.005, abs=1e-8)]
    assert tolerances([4005.9], date(2022, 5, 17), "CN", symbol="000300.SS") == [pytest.approx(0.005, abs=1e-8)]
