from collections import defaultdict
from datetime import date
from itertools import pairwise

import pytest

from tests.shipped import CN, FACTS, HK, KNOWN
from warehouse.errors import UsageError

SPELLS = [spell for market in FACTS.markets.values() for spell in market.spells]


def members(index_symbol, day):
    return [spell.symbol for spell in SPELLS if spell.index_symbol == index_symbol and spell.covers(day)]


def test_the_csi_300_has_300_members_on_every_session_from_2010_on_but_one():
    held = [spell for spell in CN.spells if spell.index_symbol == "000300.SS"]
    sessions = CN.sessions.between(date(2010, 1, 4), date(2026, 10, 19))
    assert len(sessions) > 4000
    counts = {day: sum(spell.covers(day) for spell in held) for day in sessions}
    assert {day: count for day, count in counts.items() if count != 300} == {date(2017, 2, 13): 299}


@pytest.mark.parametrize(
    ("day", "count"),
    [
        (date(2020, 12, 21), 30),
        (date(2020, 12, 22), 31),
        (date(2021, 2, 22), 31),
        (date(2021, 2, 23), 32),
        (date(2021, 3, 12), 32),
        (date(2021, 3, 15), 30),
        (date(2021, 4, 8), 30),
        (date(2021, 4, 9), 31),
        (date(2021, 6, 4), 31),
        (date(2021, 6, 7), 30),
        (date(2022, 5, 17), 30),
    ],
)
def test_the_hang_seng_tech_index_has_the_known_number_of_members(day, count):
    assert len(members("HSTECH.HK", day)) == count


@pytest.mark.parametrize(
    ("day", "count"),
    [
        (date(2008, 10, 8), 42),
        (date(2012, 12, 10), 50),
        (date(2015, 5, 26), 50),
        (date(2015, 5, 27), 49),
        (date(2015, 6, 2), 49),
        (date(2015, 6, 3), 50),
        (date(2017, 7, 18), 50),
        (date(2017, 7, 19), 49),
        (date(2017, 11, 22), 50),
        (date(2017, 11, 23), 51),
        (date(2018, 3, 2), 51),
        (date(2018, 3, 5), 50),
        (date(2022, 5, 17), 66),
        (date(2026, 1, 14), 89),
        (date(2026, 1, 15), 88),
        (date(2026, 8, 18), 93),
    ],
)
def test_the_hang_seng_index_has_the_known_number_of_members(day, count):
    assert len(members("^HSI", day)) == count


def test_no_stock_is_a_member_of_an_index_twice_at_once():
    by_stock = defaultdict(list)
    for spell in SPELLS:
        by_stock[spell.index_symbol, spell.symbol].append(spell)
    for key, held in by_stock.items():
        held.sort(key=lambda spell: spell.valid_from)
        for earlier, later in pairwise(held):
            assert earlier.valid_to is not None, key
            assert earlier.valid_to <= later.valid_from, key


def test_every_spell_ends_after_it_begins():
    assert [spell for spell in SPELLS if spell.valid_to is not None and spell.valid_to <= spell.valid_from] == []


@pytest.mark.parametrize("market", FACTS.markets.values(), ids=FACTS.markets)
def test_every_membership_change_since_2008_falls_on_a_session(market):
    changes = {(spell.symbol, day) for spell in market.spells for day in (spell.valid_from, spell.valid_to) if day}
    known = {(symbol, day) for symbol, day in changes if day >= date(2008, 1, 2)}
    assert len(known) > 150
    assert [change for change in known if market.sessions.on(change[1]) is None] == []


def test_a_spell_covers_its_first_day_and_not_the_day_it_ends():
    (spell,) = [spell for spell in HK.spells if spell.symbol == "0136.HK" and spell.index_symbol == "HSTECH.HK"]
    assert spell.covers(date(2020, 7, 27))
    assert spell.covers(date(2020, 12, 4))
    assert not spell.covers(date(2020, 12, 7))
    assert not spell.covers(date(2020, 7, 24))


def test_a_stock_of_both_hong_kong_indices_is_one_symbol_of_the_market():
    day = date(2022, 5, 17)
    both = set(members("^HSI", day)) & set(members("HSTECH.HK", day))
    assert {"0700.HK", "9988.HK", "3690.HK"} <= both
    known = KNOWN.market("HK").members_on(day)
    assert known == set(members("^HSI", day)) | set(members("HSTECH.HK", day))
    assert len(known) == 66 + 30 - len(both)
    assert not any(symbol.endswith((".SS", ".SZ")) for symbol in HK.members_on(day))


def test_only_followed_indices_have_members():
    followed = {index.symbol for index in FACTS.indices if index.role == "followed"}
    assert {spell.index_symbol for spell in SPELLS} == followed
    assert followed >= {"^HSI", "HSTECH.HK", "000300.SS"}


def test_indices_of_a_market_are_only_that_market_s():
    assert [index.code for index in KNOWN.market("HK").indices] == ["HSI", "HSTECH", "HSCEI"]
    assert sum(len(market.indices) for market in FACTS.markets.values()) == len(FACTS.indices)


@pytest.mark.parametrize("name", ["HSI", "hsi", "^HSI", "^hsi"])
def test_an_index_is_found_by_symbol_or_code_in_any_case(name):
    assert FACTS.index_named(name).symbol == "^HSI"


def test_an_unknown_index_is_refused_with_the_known_codes():
    with pytest.raises(UsageError, match=r"'DAX'.*CSI300"):
        FACTS.index_named("DAX")


REMOVED = {
    *("000413.SZ", "000627.SZ", "000671.SZ", "000961.SZ", "002411.SZ"),
    *("600068.SS", "600297.SS", "600705.SS", "600837.SS", "601989.SS"),
}


def unobtainable(day):
    return frozenset().union(*(market.unobtainable_on(day) for market in FACTS.markets.values()))


def test_what_the_vendor_has_removed_is_unobtainable_on_every_day():
    assert unobtainable(date(2008, 1, 2)) >= REMOVED
    assert unobtainable(date(2026, 11, 20)) == REMOVED


def test_a_code_that_passed_to_another_company_is_unobtainable_while_the_old_one_was_a_member():
    assert unobtainable(date(2015, 5, 26)) == REMOVED | {"0013.HK", "1880.HK"}
    assert unobtainable(date(2015, 5, 27)) == REMOVED | {"1880.HK"}
    assert unobtainable(date(2017, 7, 18)) == REMOVED | {"1880.HK"}
    assert unobtainable(date(2017, 7, 19)) == REMOVED


def test_the_code_of_cheung_kong_names_ck_hutchison_from_2015_03_18_on():
    names = {
        day: [s.name for s in HK.spells if s.symbol == "0001.HK" and s.covers(day)]
        for day in (date(2015, 3, 17), date(2015, 3, 18))
    }
    assert list(names.values()) == [["Cheung Kong (Holdings) Ltd"], ["CK Hutchison Holdings Ltd"]]
