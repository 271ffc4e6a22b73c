"""What another vendor's bar must prove on the days around it; numbers invented, factors worked out by hand."""

from datetime import date, timedelta

import pandas as pd
import pytest

from warehouse.bars.proof import Proof, basis_doubt, beside, prove

KEY = date(2022, 1, 31)
CLOSES = {-5: 100.0, -4: 102.0, -3: 101.0, -2: 99.0, -1: 98.0, 4: 103.0, 7: 104.0}  # days from the key


def common(closes=CLOSES, by=1.0, volume_by=None, volume=1_000_000, tick=0.05, **changes):
    """Days of both vendors: the other prints the first's prices times `by`, its volumes divided by it."""
    rows = []
    for at, (apart, close) in enumerate(closes.items()):
        prices = {"open": close - 0.5, "high": close + 1, "low": close - 1, "close": close}
        first = prices | {"volume": volume + 1000 * at}
        other = {name: round(price * by, 3) for name, price in prices.items()}
        other["volume"] = round(first["volume"] / (volume_by or by))
        rows.append(
            {"trade_date": KEY + timedelta(days=apart), "tolerance": tick / 2, **first}
            | {f"other_{name}": value for name, value in other.items()}
            | {name: values[at] for name, values in changes.items()}
        )
    return pd.DataFrame(rows)


def days(rows):
    return [(day - KEY).days for day in rows["trade_date"]]


def test_the_nearest_days_on_both_sides_count_and_the_earlier_of_two_as_near():
    assert days(beside(KEY, common(), ())) == [-4, -3, -2, -1, 4]
    assert days(beside(KEY, common({-2: 1.0, 2: 2.0}), (), 1)) == [-2]


def test_what_an_event_sets_apart_is_not_beside_it():
    ex = KEY + timedelta(days=4)
    assert days(beside(KEY, common(), [ex])) == [-5, -4, -3, -2, -1]
    assert days(beside(KEY, common(), [KEY])) == [4, 7]
    assert days(beside(KEY, common(), [KEY - timedelta(days=2)])) == [-2, -1, 4, 7]


def test_the_same_prices_need_no_factor():
    assert prove(KEY, common(), ()) == Proof(1.0, has_volume=True)


@pytest.mark.parametrize("by", [0.25, 0.91, 1.01, 4.0])
def test_a_steady_basis_is_told_by_its_factor(by):
    proof = prove(KEY, common(by=by), ())
    assert proof.factor == pytest.approx(1 / by, rel=1e-5)
    assert proof.has_volume


@pytest.mark.parametrize("count", [0, 4])
def test_fewer_than_five_days_prove_nothing(count):
    proof = prove(KEY, common().head(count), ())
    assert (proof.factor, proof.reason) == (
        None,
        f"{count} bars beside it that both have, no event between, and 5 are needed",
    )


def test_five_days_of_two_closes_prove_nothing():
    closes = dict(zip(CLOSES, [100.0, 101.0, 100.0, 101.0, 100.0, 101.0, 100.0], strict=True))
    assert prove(KEY, common(closes), ()).reason == "fewer than 3 different closes beside it"


def test_an_event_near_the_key_leaves_too_few_days():
    assert prove(KEY, common(), [KEY - timedelta(days=1)]).factor is None


def test_days_that_slipped_are_no_proof():
    rows = common()
    slipped = rows.assign(**{name: rows[name].shift(1) for name in rows if name.startswith("other_")})[1:]
    assert prove(KEY, slipped, ()).factor is None


def test_days_that_slipped_along_a_steady_climb_are_no_proof_either():
    # A tick a day at a low price: each close is 1.0% above the one before, give or take less than half a tick.
    closes = dict(zip(CLOSES, [1.00, 1.01, 1.02, 1.03, 1.04, 1.05, 1.06], strict=True))
    rows = common(closes, tick=0.01, volume=5_000_000)
    rows["volume"] = [5_000_000, 9_000_000, 4_000_000, 7_000_000, 6_000_000, 3_000_000, 8_000_000]
    rows["other_volume"] = rows["volume"]
    slipped = rows.assign(**{name: rows[name].shift(1) for name in rows if name.startswith("other_")})[1:]
    assert prove(KEY, slipped, ()).factor is None


def test_a_basis_that_changes_among_the_days_is_no_proof():
    rows = common()
    for name in ("open", "high", "low", "close"):
        rows.loc[rows.index < 3, f"other_{name}"] *= 1.02
    assert "no one factor" in prove(KEY, rows, ()).reason


@pytest.mark.parametrize("close", [2.0, 100.0])
def test_a_basis_that_drifts_is_no_proof_at_a_low_price_either(close):
    closes = {apart: round(close * value / 100, 2) for apart, value in CLOSES.items()}
    rows = common(closes, tick=0.01)
    for at in rows.index:
        for name in ("open", "high", "low", "close"):
            rows.loc[at, f"other_{name}"] = round(rows.loc[at, name] * (1 + at / 1000), 3)
        rows.loc[at, "other_volume"] = round(rows.loc[at, "volume"] / (1 + at / 1000))
    assert prove(KEY, rows, ()).factor is None


@pytest.mark.parametrize("swapped", [("open", "high"), ("open", "low"), ("high", "low"), ("open", "close")])
def test_swapped_columns_are_no_proof(swapped):
    one, other = (f"other_{name}" for name in swapped)
    rows = common()
    assert prove(KEY, rows.assign(**{one: rows[other], other: rows[one]}), ()).factor is None


def test_an_open_that_is_off_on_two_days_is_a_vendors_sloppiness():
    rows = common()
    rows.loc[[3, 4], "other_open"] += 0.4
    assert prove(KEY, rows, ()).factor == 1.0
    rows.loc[[2, 3, 4], "other_open"] = 110.0
    assert prove(KEY, rows, ()).reason == "its open prices from 2022-01-27 to 2022-02-04 are not the stored ones"


def test_lots_for_shares_leave_the_price_and_no_volume():
    assert prove(KEY, common(volume_by=100), ()) == Proof(1.0, has_volume=False)
    assert prove(KEY, common(volume_by=0.01), ()) == Proof(1.0, has_volume=False)


def test_volumes_that_the_first_vendor_did_not_rebase_are_shares_all_the_same():
    assert prove(KEY, common(by=0.8, volume_by=1.0), ()).has_volume


def test_volumes_that_are_others_leave_prices_that_are_the_same():
    rows = common()
    rows["other_volume"] = [1, 5, 2, 8, 3, 9, 4]
    assert prove(KEY, rows, ()) == Proof(1.0, has_volume=False)


def test_an_index_proves_itself_without_volumes():
    rows = common({apart: 200 * close for apart, close in CLOSES.items()}, tick=0.01).assign(
        volume=float("nan"), other_volume=float("nan")
    )
    assert prove(KEY, rows, ()) == Proof(1.0, has_volume=False)
    assert prove(KEY, rows.assign(other_close=rows["other_close"] + [0, 0, 9, 0, 0, 0, 0]), ()).factor is None


@pytest.mark.parametrize(
    ("factor", "close", "says"),
    [
        (1.0, 70.0, ""),  # a fall of 30%, on the basis of the others
        (0.8, 125.0, ""),
        (0.8, 122.0, ""),
        (0.8, 101.0, "without that"),  # 80.8 after 100, where 101 is near
        (2.0, 99.0, "without that"),
        (0.98, 101.0, ""),  # 98.98 may be the day's
        (0.8, float("nan"), ""),  # no price: the rules say so
    ],
)
def test_a_bar_that_steps_by_the_factor_alone_is_on_the_stored_basis_already(factor, close, says):
    doubt = basis_doubt(factor, close, 100.0, is_index=False)
    assert says in doubt if says else doubt == ""


def test_an_index_has_one_basis():
    assert basis_doubt(0.98, 102.0, 100.0, is_index=True).endswith("an index has one basis")
    assert basis_doubt(1.0, 102.0, 100.0, is_index=True) == ""
