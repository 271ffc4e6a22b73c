"""Price limits against one exact table, worked out by hand (its column `why`)."""

import csv
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shipped import FACTS
from tests.sql.warehouse_of import market_of
from warehouse.facts.files import member_file
from warehouse.facts.limits import limit_prices

with (Path(__file__).parent / "answers" / "limit_prices.csv").open(encoding="utf-8", newline="") as file:
    ANSWERS = list(csv.DictReader(file))


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda row: f"{row['symbol']} {row['trade_date']} {row['why']}")
def test_the_limit_of_a_day_is_that_of_the_table(answer):
    listed_on = date.fromisoformat(answer["listed_on"]) if answer["listed_on"] else None
    day, is_st = date.fromisoformat(answer["trade_date"]), answer["is_st"] == "true"
    percent = FACTS.market(market_of(answer["symbol"])).limit_percent(answer["symbol"], day, is_st, listed_on)
    assert percent == (int(answer["percent"]) if answer["percent"] else None)
    if percent is not None:
        prices = limit_prices(float(answer["reference"]), percent)
        assert prices == (float(answer["lowest"]), float(answer["highest"]))


@given(st.integers(20, 10_000_000), st.sampled_from([5, 10, 20, 30]))
def test_a_limit_price_is_the_exact_product_rounded_half_up_to_the_fen(fen, percent):
    lowest, highest = limit_prices(fen / 100, percent)
    for price, factor in ((lowest, 100 - percent), (highest, 100 + percent)):
        gap = Fraction(round(price * 100)) - Fraction(fen * factor, 100)
        assert Fraction(-1, 2) < gap <= Fraction(1, 2)


@pytest.mark.parametrize(("fen", "percent"), [(1, 5), (5, 5), (9, 5), (4, 10)])
def test_a_limit_is_never_under_a_tick(fen, percent):
    assert limit_prices(fen / 100, percent) == ((fen - 1) / 100, (fen + 1) / 100)


@pytest.mark.parametrize("name", ["SSE Main", "SZSE Main", "STAR", "ChiNext", "BSE", "HKEX Main", "GEM"])
def test_the_rules_of_a_board_never_overlap(name):
    for is_st in (False, True):
        rows = [row for row in FACTS.tables["price_limits.csv"] if (row["board"], row["is_st"]) == (name, is_st)]
        assert all(earlier["valid_to"] == later["valid_from"] for earlier, later in pairwise(rows))


def test_every_member_of_an_index_has_a_board():
    members = {
        (row["symbol"], index.market)
        for index in FACTS.indices
        if index.is_followed
        for row in FACTS.tables[member_file(index.code, index.market).name]
    }
    assert {index.code for index in FACTS.indices if index.is_followed} >= {"HSI", "HSTECH", "CSI300"}
    assert [symbol for symbol, code in members if FACTS.market(code).limits.board_of(symbol) is None] == []
