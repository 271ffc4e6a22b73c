"""The member lists that are shipped and not followed: one row of a person's follows each, and they hold together."""

from datetime import UTC, date, datetime, time

import pytest
from warehouse_of import closes, rows_of, warehouse_of

from warehouse.facts.market import Facts
from warehouse.facts.reading import REFERENCE

# From the first day of its list, and to the last on which it is known to be whole.
WHOLE = {
    "000905.SS": (500, date(2007, 1, 15), date(2026, 10, 19)),
    "399006.SZ": (100, date(2018, 4, 2), date(2026, 9, 8)),
    "000016.SS": (50, date(2025, 6, 16), date(2026, 8, 24)),
    "000688.SS": (50, date(2025, 9, 15), date(2026, 6, 14)),
}


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    rows = "".join(f"{symbol},followed,mine\n" for symbol in WHOLE)
    (folder / "indices.csv").write_text("index_symbol,role,source\n" + rows, encoding="utf-8")
    return Facts.load(folder)


@pytest.mark.parametrize("symbol", WHOLE)
def test_a_list_is_whole_on_every_day_of_change_from_its_first(facts, symbol):
    count, first, last = WHOLE[symbol]
    spells = [spell for spell in facts.market("CN").spells if spell.index_symbol == symbol]
    days = {spell.valid_from for spell in spells} | {spell.valid_to for spell in spells if spell.valid_to}
    assert min(days) == first
    assert {len(facts.market("CN").members_on(day, symbol)) for day in days | {last}} == {count}
    assert len({(spell.symbol, spell.valid_from) for spell in spells}) == len(spells)


def test_no_stock_is_at_once_in_the_csi_300_and_the_csi_500(facts):
    market = facts.market("CN")
    days = {spell.valid_from for spell in market.spells if spell.index_symbol == "000905.SS"}
    both = {day: market.members_on(day, "000905.SS") & market.members_on(day, "000300.SS") for day in days}
    # Before 2010 the list of the CSI 300 has a member too many, and reviews on other days.
    assert {day: found for day, found in both.items() if found and day >= date(2010, 1, 4)} == {}


def test_our_facts_of_them_agree_with_each_other_and_a_hole_is_said(facts, tmp_path):
    day = "2026-06-22"
    with warehouse_of(
        tmp_path,
        facts=facts,
        indices=closes("000688.SS", {"2026-06-18": 1000.0, day: 1010.0}),
        runs=[("CN", day, day)],
        built_at=datetime_of(day),
    ) as connection:
        wrong = "select * from fact_disagreements where market = 'CN' and subject not like '%000300%'"
        assert rows_of(connection, wrong) == []
        (status,) = rows_of(
            connection, f"select reason from session_status where market = 'CN' and trade_date = '{day}'"
        )
    assert "members of STAR50 not confirmed since 2026-06-14" in status["reason"]


def datetime_of(day):
    return datetime.combine(date.fromisoformat(day), time(12), UTC)


def test_the_hang_seng_china_enterprises_index_has_no_list_and_says_so(facts):
    assert not (REFERENCE / "members" / "hscei.csv").exists()
    (row,) = [row for row in facts.tables["indices.csv"] if row["index_code"] == "HSCEI"]
    assert row["role"] == "price_only"
    assert "no whole list" in row["source"]
