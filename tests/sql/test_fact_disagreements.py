"""`fact_disagreements`: our facts held against each other, and the calendar against what was seen to trade."""

from datetime import UTC, date, datetime

import pytest
from warehouse_of import closes, lake_of, rows_of, suspended, warehouse_of

from tests.shipped import FACTS, KNOWN
from warehouse.facts.market import Facts
from warehouse.sql.database import open_read_only

pytestmark = pytest.mark.slow

DAY = "2022-05-17"
MEMBERS = sorted(KNOWN.market("HK").members_on(date(2022, 5, 17)))
HEAD = "symbol,name,valid_from,valid_to,source,confidence,note\n"


def found(warehouse):
    query = "select kind, subject, trade_date, detail from fact_disagreements"
    return [(row["kind"], row["subject"], str(row["trade_date"]), row["detail"]) for row in rows_of(warehouse, query)]


def night(folder, **rows):
    return warehouse_of(folder, runs=[("HK", DAY, DAY)], **rows)


@pytest.fixture
def corrected(tmp_path):
    """A warehouse of our facts with these rows of one file over them."""

    def build(name, text):
        path = tmp_path / "reference" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return found(warehouse_of(tmp_path, facts=Facts.load(tmp_path / "reference")))

    return build


def test_the_facts_that_we_ship_contradict_nothing(tmp_path):
    with warehouse_of(tmp_path, facts=FACTS) as warehouse:
        assert found(warehouse) == []


def test_one_member_too_many_is_told_once_where_it_begins(corrected):
    rows = corrected("members/hstech.csv", HEAD + "0008.HK,PCCW,2021-06-07,2024-03-04,invented,low,\n")
    assert rows == [("member_count", "HSTECH.HK", "2021-06-07", "from here on 31 members, but 30 are known")]


def test_members_that_change_on_another_day_than_the_review_s_are_told(corrected):
    # the review of March 2024 took effect on Monday the 4th; a replacement on the 11th would be a week late
    rows = corrected("members/hstech.csv", HEAD + "0008.HK,PCCW,2021-06-07,2024-03-11,invented,low,\n")
    off_review = (
        "change_off_review",
        "HSTECH.HK",
        "2024-03-11",
        "members change (1, among them 0008.HK) on a day that is neither a review of the index nor in change_days.csv",
    )
    assert off_review in rows


def test_a_change_on_another_day_is_right_where_a_fact_says_why(corrected, tmp_path):
    (tmp_path / "reference").mkdir()
    head = "index_symbol,trade_date,reason,source,confidence\n"
    (tmp_path / "reference" / "change_days.csv").write_text(head + "HSTECH.HK,2024-03-11,merger,invented,high\n")
    rows = corrected("members/hstech.csv", HEAD + "0008.HK,PCCW,2021-06-07,2024-03-11,invented,low,\n")
    assert [row[0] for row in rows] == ["member_count"]


def test_the_review_of_november_2025_took_effect_after_the_second_friday_of_december(tmp_path):
    query = "select count(*) as joined from members where index_symbol = '000300.SS' and valid_from = cast(? as date)"
    with warehouse_of(tmp_path) as warehouse:
        counts = [rows_of(warehouse, query, day)[0]["joined"] for day in ("2025-12-08", "2025-12-15")]
    # 11 joined and 11 left: 22 spells
    assert counts == [0, 11]


def test_a_stock_with_two_spells_at_once_counts_once(corrected):
    rows = corrected("members/hstech.csv", HEAD + "2382.HK,Sunny Optical,2021-06-07,,invented,low,\n")
    assert [row[0] for row in rows] == ["overlapping_spells"]


def test_an_index_without_its_usual_number_needs_a_row_that_says_so(corrected):
    head = "index_symbol,valid_from,member_count,exception,source\n"
    rows = corrected("member_counts.csv", head + "000300.SS,2017-02-13,300,,invented\n")
    assert rows == [("member_count", "000300.SS", "2017-02-13", "from here on 299 members, but 300 are known")]


def test_a_second_spell_that_begins_within_the_first_overlaps(corrected):
    rows = corrected("members/csi300.csv", HEAD + "600519.SS,贵州茅台,2026-11-02,,invented,low,\n")
    assert [row[:3] for row in rows] == [("overlapping_spells", "000300.SS 600519.SS", "2026-11-02")]


def test_a_change_of_members_on_a_day_that_is_no_session_is_told(corrected):
    rows = corrected("members/hsi.csv", HEAD + "0008.HK,PCCW,2026-10-19,,invented,low,\n")  # the day after Chung Yeung
    assert [row[:3] for row in rows] == [("change_off_session", "^HSI", "2026-10-19")]


def test_members_after_the_last_confirmed_list_are_not_held_to_a_number(corrected):
    assert corrected("members/hsi.csv", HEAD + "0008.HK,PCCW,2026-10-20,,invented,low,\n") == []


def test_a_session_on_which_no_member_traded_is_told_when_the_vendor_answered(tmp_path):
    stocks = [suspended(symbol, DAY, 10) for symbol in MEMBERS]
    answers = [("0001.HK", DAY, DAY, DAY, "ok")]
    with night(tmp_path, stocks=stocks, answers=answers) as warehouse:
        ((kind, subject, day, detail),) = found(warehouse)
    assert (kind, subject, day) == ("nobody_traded", "HK", DAY)
    count = len(MEMBERS)
    assert detail == f"a session, but none of {count} members traded ({count} suspended, 0 held) and no index has a bar"


def test_a_vendor_that_was_down_says_nothing_of_the_calendar(tmp_path):
    with night(tmp_path, answers=[("0001.HK", DAY, DAY, DAY, "transient")]) as warehouse:
        assert found(warehouse) == []


def test_one_traded_member_is_enough(tmp_path):
    answers = [("0001.HK", DAY, DAY, DAY, "ok")]
    with night(tmp_path, stocks=closes("0001.HK", {DAY: 50}), answers=answers) as warehouse:
        assert found(warehouse) == []


HOLIDAY = "2022-05-09"
STOCKS = [(symbol, HOLIDAY, "session_exists", {"volume": 100}) for symbol in MEMBERS[:5]]


@pytest.mark.parametrize(
    ("quarantine", "told"),
    [
        ([("^HSI", HOLIDAY, "session_exists")], "no session, but 1 symbols have a bar, among them ^HSI"),
        (STOCKS, f"no session, but 5 symbols have a bar, among them {MEMBERS[0]}"),
        (STOCKS[:4], None),
        ([(symbol, HOLIDAY, "session_exists", {"volume": 0}) for symbol in MEMBERS[:9]], None),
        ([("^HSI", HOLIDAY, "session_exists", {"status": "rejected"})], None),
        ([("^HSI", HOLIDAY, "close_within_range")], None),
    ],
    ids=["an index", "five stocks", "four stocks", "flat rows", "a rejected row", "another rule"],
)
def test_trading_on_a_day_that_is_no_session_is_told_for_an_index_or_five_stocks(tmp_path, quarantine, told):
    with warehouse_of(tmp_path, datetime(2022, 6, 20, tzinfo=UTC), quarantine=quarantine) as warehouse:
        expected = [("traded_off_session", "HK", HOLIDAY, told)] if told else []
        assert found(warehouse) == expected


def test_a_correction_that_closes_a_day_with_stored_bars_is_told(corrected, tmp_path):
    head = "market,trade_date,kind,opens,closes,reason,source,confidence\n"
    lake_of(tmp_path, indices=closes("^HSI", {"2022-05-16": 20000, DAY: 20500}), stocks=closes("0700.HK", {DAY: 350}))
    rows = corrected("session_overlay.csv", head + f"HK,{DAY},closed,,,a slip,a slip,high\n")
    assert rows == [("traded_off_session", "HK", DAY, "no session, but 2 symbols have a bar, among them 0700.HK")]


def test_a_stock_that_joins_without_a_name_has_none(corrected, tmp_path):
    corrected("members/hsi.csv", "symbol,valid_from,source\n0008.HK,2026-10-20,invented\n")
    with open_read_only(tmp_path / "warehouse.duckdb") as warehouse:
        query = "select name, confidence, note from members where symbol = '0008.HK' and valid_from = '2026-10-20'"
        assert warehouse.execute(query).fetchall() == [(None, None, None)]


def test_a_dividend_above_the_price_is_told_and_counts_for_nothing(tmp_path):
    stocks = [
        *closes("600519.SS", {"2022-05-16": 100.0, DAY: 99.0}),
        *closes("0700.HK", {"2022-05-16": 300.0, DAY: 297.0}),
    ]
    actions = [("600519.SS", DAY, "dividend", 4000.0), ("0700.HK", DAY, "dividend", 400.0)]
    with night(tmp_path, stocks=stocks, actions=actions) as warehouse:
        told = [row for row in found(warehouse) if row[0] == "above_the_price"]
        assert [row[1:3] for row in told] == [("600519.SS", DAY), ("0700.HK", DAY)]
        query = (
            "select symbol, reference_price, return_1d, limit_up from prices where trade_date = ? and symbol like '6%'"
        )
        (row,) = rows_of(warehouse, query, DAY)
        assert (row["reference_price"], row["return_1d"], row["limit_up"]) == (None, None, None)
        least = "select min(close_total_return) as least, min(dividend_factor) as factor from prices_adjusted"
        assert rows_of(warehouse, least) == [{"least": 99.0, "factor": 1.0}]
