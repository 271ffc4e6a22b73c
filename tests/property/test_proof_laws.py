"""Laws of the proof that another vendor's bar must give."""

from datetime import date, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.bars.proof import prove

KEY = date(2022, 1, 31)
closes = st.lists(st.integers(500, 50_000), min_size=6, max_size=10, unique=True).map(
    lambda fen: [x / 100 for x in fen]
)
factors = st.floats(0.2, 5.0)


def rows(closes, by=1.0, volume_by=None):
    """Days before the key, the last one nearest."""
    frame = pd.DataFrame(
        {
            "trade_date": [KEY - timedelta(days=len(closes) - at) for at in range(len(closes))],
            "tolerance": 0.005,
            "volume": [2_000_000 + 100_000 * at for at in range(len(closes))],
            **{name: [round(close * wide, 2) for close in closes] for name, wide in WIDTHS.items()},
        }
    )
    other = {f"other_{name}": (frame[name] * by).round(3) for name in WIDTHS}
    return frame.assign(**other, other_volume=(frame["volume"] / (volume_by or by)).round())


WIDTHS = {"open": 1.001, "high": 1.02, "low": 0.98, "close": 1.0}


@settings(database=None, deadline=None)
@given(closes, factors)
def test_a_steady_basis_is_found_to_a_print_and_brings_the_close_to_it(closes, by):
    found = rows(closes, by)
    proof = prove(KEY, found, ())
    assert proof.factor is not None
    assert proof.has_volume
    near = found.tail(5)
    assert ((near["other_close"] * proof.factor - near["close"]).abs() <= 0.005 + 4e-4 * near["close"]).all()


@settings(database=None, deadline=None)
@given(closes, factors, st.integers(0, 4), st.floats(1.02, 1.5), st.booleans())
def test_one_day_on_another_basis_among_the_five_is_never_believed(closes, by, which, off, up):
    found = rows(closes, by)
    at = found.index[-1 - which]
    found.loc[at, [f"other_{name}" for name in WIDTHS]] *= off if up else 1 / off
    assert prove(KEY, found, ()).factor is None


@settings(database=None, deadline=None)
@given(closes, factors, st.floats(1.1, 1000).filter(lambda times: times > 1.1))
def test_a_volume_in_another_unit_is_never_taken_for_shares(closes, by, times):
    if abs(times * by - 1) < 0.02 or abs(times - 1) < 0.02 or abs(times / by - 1) < 0.02:
        return  # the one case in which another unit looks like an untouched volume
    assert not prove(KEY, rows(closes, by, volume_by=by * times), ()).has_volume


@settings(database=None, deadline=None)
@given(closes, factors, st.sets(st.integers(0, 12), min_size=1))
def test_with_an_event_between_only_the_days_after_it_are_looked_at(closes, by, days):
    found = rows(closes, by)
    events = [KEY - timedelta(days=day) for day in days]
    after = found[found["trade_date"] >= max(events)]
    assert prove(KEY, found, events) == prove(KEY, after, ())
