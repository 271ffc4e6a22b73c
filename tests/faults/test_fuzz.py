"""A slice of `tests/torture/fuzz.py`: spoiled answers are outcomes, and what is stored of them keeps the rules."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.shipped import HK
from tests.torture import vendors
from tests.torture.fuzz import evenings
from warehouse.errors import AftercloseError

SOME = {"^HSI", "HSTECH.HK", "0001.HK", "0005.HK", "0700.HK", "1299.HK", "9988.HK"}


@pytest.mark.parametrize("vendor", vendors.SPOILED)
@given(chance=st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_answer_is_anything_but_an_outcome(vendor, chance):
    vendors.SPOILED[vendor](chance)


@pytest.mark.parametrize(("vendor", "count"), [("yahoo", 1), ("tencent", 1), ("sina", 1), ("hkex", 2), ("baostock", 2)])
def test_nothing_is_stored_that_a_rule_forbids(home, vendor, count):
    outcomes = evenings(vendor, count, "slice", SOME, HK if vendor == "yahoo" else None)
    assert outcomes.total() >= 2  # of indices there are two


def test_a_page_of_members_with_a_field_without_end_is_one_line():
    with pytest.raises(AftercloseError, match="a page is no list of members: field larger than"):
        vendors.constituents.listing_of("a page", b'Symbol,Name\n"' + b"x" * 200_000)
