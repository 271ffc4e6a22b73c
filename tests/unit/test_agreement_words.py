"""The one sentence about agreement: who is compared with whom, and nothing certified."""

import pytest

from warehouse.wording.agreement import WORDS, told

ROW = {
    **{"market": "HK", "source": "hkex", "outcome": "ok", "compared": 87, "equal": 84, "explained": 2, "settled": 0},
    **{"unexplained": 1, "worst_symbol": "0005.HK", "worst_close": 50.1, "worst_official_close": 50.0},
    "worst_difference": 0.002,
}


def test_every_kind_of_difference_is_told_and_the_worst_with_both_numbers():
    assert told(ROW) == (
        "compared with HKEX: 84 of 87 closes equal (96.5%), 2 explained by another basis or rounding, "
        "1 unexplained, the worst 0005.HK at 50.1 against 50 (+0.20%)"
    )


def test_a_hundred_percent_is_said_of_all_alone():
    many = {"compared": 5000, "equal": 4999, "explained": 1, "unexplained": 0}
    assert "(99.9%)" in told(ROW | many)
    assert told(ROW | many | {"equal": 5000, "explained": 0}) == "compared with HKEX: 5000 of 5000 closes equal (100%)"


def test_what_is_not_published_is_no_zero():
    assert told(ROW | {"compared": 0, "outcome": "not published"}) == "compared with HKEX: nothing yet (not published)"


@pytest.mark.parametrize("language", WORDS)
def test_every_language_names_the_source_and_both_numbers(language):
    text = told(ROW, language)
    assert all(part in text for part in ("HKEX", "84", "87", "96.5%", "0005.HK", "50.1"))
