"""What an official evening says of a bar in doubt, and of the reference price of a mainland day; worked out by hand."""

from datetime import date

import pandas as pd
import pytest

from tests.shipped import HK
from warehouse.rules.official import nominal_closes, reference_of, untraded

DAY = date(2022, 5, 17)


def official(*rows):
    """Official rows (state, close) of 0001.HK, 0002.HK and so on."""
    found = [(f"{at:04}.HK", DAY, state, close, "hkex") for at, (state, close) in enumerate(rows, 1) if state]
    return pd.DataFrame(found, columns=["symbol", "trade_date", "state", "close", "source"])


def bars(values, **columns):
    """Bars of the same stocks, under an index of their own."""
    frame = pd.DataFrame({"close": values, **columns}, index=range(10, 10 + len(values)))
    return frame.assign(symbol=[f"{at:04}.HK" for at in range(1, 1 + len(values))], trade_date=DAY)


def known(column):
    return [value if pd.notna(value) else None for value in column]


@pytest.mark.parametrize(
    ("state", "printed", "before", "says"),
    [
        ("traded", 12.0, 9.0, "traded"),
        ("no trade", 10.0, 9.0, "no trade"),
        ("no trade", 10.0009, 9.0, "no trade"),
        ("no trade", 10.002, 10.0, None),
        ("suspended", None, 10.0, "suspended"),
        ("halted", None, 10.0, "suspended"),
        ("suspended", None, 9.9, None),
        ("suspended", 9.9, 10.0, None),
        (None, None, 10.0, None),
    ],
)
def test_a_flat_bar_at_ten_is_what_is_printed_of_it_where_its_close_is_the_same(state, printed, before, says):
    other = ("traded", 10.0)
    flat = bars([10.0, 10.0])
    found = untraded(flat, pd.Series([10.0, before], flat.index), official(other, (state, printed)))
    assert list(found.index) == [10, 11]
    assert known(found["says"]) == ["traded", says]
    assert known(found["official_source"]) == ["hkex", "hkex" if state else None]


# A stock between 100 and 200 dollars had ticks of ten cents.
@pytest.mark.parametrize(
    ("close", "printed", "state", "kind"),
    [
        (149.7, 149.7, "traded", "traded"),
        (149.6, 149.6, "traded", None),
        (152.3, 152.3, "traded", "traded"),
        (152.4, 152.4, "traded", None),
        (149.7, 149.74, "traded", "traded"),
        (149.7, 149.8, "traded", None),
        (149.7, 149.7, "no trade", None),
        (149.7, None, None, None),
    ],
)
def test_a_close_is_nominal_within_three_ticks_of_its_range_where_it_is_printed(close, printed, state, kind):
    outside = bars([149.9, close], low=150.0, high=152.0, split_factor=[1.0, None])
    says, source = nominal_closes(outside, official(("traded", 149.9), (state, printed)), HK)
    assert known(says) == ["traded", kind]
    assert known(source) == ["hkex", "hkex" if state else None]
    assert list(says.index) == list(source.index) == [10, 11]


DIVIDEND = [(DAY, "dividend", 0.5)]


@pytest.mark.parametrize(
    ("official_close", "previous", "events", "answer"),
    [
        (10.0, 10.0, [], ("ours", 10.0)),
        (10.0, 9.5, DIVIDEND, ("ours", 9.5)),
        (None, 9.504, DIVIDEND, ("ours", 9.5)),
        (10.0, 9.99, [(DAY, "dividend", 0.015)], ("ours", 9.99)),  # half a fen goes up
        (10.0, 9.506, DIVIDEND, ("explained", 9.5)),
        (10.0, 9.52, DIVIDEND, ("explained", 9.5)),
        (10.0, 9.48, DIVIDEND, ("explained", 9.5)),
        (10.0, 9.53, DIVIDEND, ("held", 9.5)),
        (10.3, 9.52, DIVIDEND, ("unknown", 9.5)),
        (10.0, 5.1, [(DAY, "split", 2.0)], ("held", 5.0)),
        (10.0, 9.5, [], ("booked", 10.0)),
        (10.0, 9.99, [], ("booked", 10.0)),
        (None, 9.5, [], ("unknown", 10.0)),
        (10.3, 9.5, [], ("held", 10.0)),
        (10.3, 10.3, [], ("unknown", 10.0)),
        (10.3, 10.3, [(DAY, "split", 2.0)], ("unknown", 5.0)),
    ],
)
def test_after_a_close_of_ten_a_reference_is_ours_explained_booked_held_or_unknown(
    official_close, previous, events, answer
):
    assert reference_of(10.0, official_close, previous, events) == answer
