"""`breadth`, `index_status` and `session_status`: every key is counted once, in the first state that applies."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from warehouse_of import closes, lake_of, row_of, rows_of, suspended, warehouse_of

from tests.shipped import CN, FACTS, HK
from warehouse.facts.market import Facts
from warehouse.sql.build import build
from warehouse.sql.database import open_read_only

DAY = date(2022, 5, 17)
TECH = sorted(spell.symbol for spell in HK.spells if spell.index_symbol == "HSTECH.HK" and spell.covers(DAY))
HSI = sorted(spell.symbol for spell in HK.spells if spell.index_symbol == "^HSI" and spell.covers(DAY))
HONG_KONG = sorted(HK.members_on(DAY))
MAINLAND = sorted(CN.members_on(DAY) - {"600837.SS", "601989.SS"})
# One minute before Hong Kong's close of 05-19 is final and settled (16:10 + 30 minutes), after the mainland's is.
BUILT_AT = datetime(2022, 5, 19, 8, 39, tzinfo=UTC)
FIRST_COUNTS = ("expected", "received", "suspended", "held", "missing", "unobtainable")

STOCKS = [
    *closes("0001.HK", {"2022-05-06": 50}),  # before the first day that a run covered
    # 05-11: one key for each state
    *closes("0001.HK", {"2022-05-11": 50}),
    suspended("0002.HK", "2022-05-11", 70),
    # 05-12: every member of the Hang Seng TECH Index, and no other
    *((symbol, "2022-05-12", 10) for symbol in TECH),
    # 05-13: everything; one suspended
    *((symbol, "2022-05-13", 10) for symbol in HONG_KONG if symbol != "0005.HK"),
    suspended("0005.HK", "2022-05-13", 10),
    # 05-16 and 05-17: breadth
    *closes("2382.HK", {"2022-05-16": 100, "2022-05-17": 110}),
    *closes("2015.HK", {"2022-05-16": 50, "2022-05-17": 51}),
    *closes("3690.HK", {"2022-05-16": 200, "2022-05-17": 190}),
    *closes("9999.HK", {"2022-05-16": 100, "2022-05-17": 100}),
    *closes("0020.HK", {"2022-05-16": 5}),
    suspended("0020.HK", "2022-05-17", 5),
    *closes("9618.HK", {"2022-05-17": 220}),
    *((symbol, "2022-05-17", 10) for symbol in MAINLAND),
]
INDICES = [
    *closes("^HSI", {"2022-05-11": 20000, "2022-05-13": 20000}),
    *closes("HSTECH.HK", {"2022-05-12": 4000, "2022-05-13": 4000, "2022-05-17": 4000}),
    *closes("000300.SS", {"2022-05-17": 4000}),
]
QUARANTINE = [
    *((symbol, "2022-05-11", "price_jump") for symbol in ("0001.HK", "0002.HK", "0003.HK")),
    ("0003.HK", "2022-05-11", "bar_shape"),
    ("0011.HK", "2022-05-11", "price_jump", {"status": "rejected"}),
    ("0012.HK", "2022-05-11", "price_jump", {"status": "released"}),
    ("0016.HK", "2022-05-11", "price_jump", {"status": "cured"}),
    ("1024.HK", "2022-05-17", "price_jump"),
]


def asked(symbol, day, asked_on, outcome="no data"):
    return [(symbol, when, day, day, outcome, {"run_id": f"run-{i}"}) for i, when in enumerate(asked_on)]


THREE_DAYS = ("2022-05-17", "2022-05-18", "2022-05-19")
ANSWERS = [
    *asked("0003.HK", "2022-05-11", THREE_DAYS),
    *asked("0005.HK", "2022-05-11", THREE_DAYS),
    *asked("0006.HK", "2022-05-11", ("2022-05-17", "2022-05-18", "2022-05-18")),
    *asked("0700.HK", "2022-05-11", THREE_DAYS, "transient"),
    *asked("0941.HK", "2022-05-12", THREE_DAYS),
    *asked("1347.HK", "2022-05-17", THREE_DAYS),
]
RUNS = [
    ("HK", "2022-05-10", "2022-05-17"),
    ("HK", "2022-05-18", "2022-05-18", {"ended_at": datetime(2022, 5, 18, 4, tzinfo=UTC)}),  # noon in Hong Kong
    ("CN", "2022-05-17", "2022-05-17"),
    ("CN", "2022-05-18", "2022-05-18", {"state": "failed"}),
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    folder = tmp_path_factory.mktemp("status")
    rows = {"stocks": STOCKS, "indices": INDICES, "quarantine": QUARANTINE, "answers": ANSWERS, "runs": RUNS}
    with warehouse_of(folder, BUILT_AT, **rows) as connection:
        yield connection


def status(warehouse, market, day):
    query = "select * from session_status where market = ? and trade_date = cast(? as date)"
    return row_of(warehouse, query, market, day)


def counts(row):
    return tuple(row[name] for name in FIRST_COUNTS)


def index_status(warehouse, index, day):
    query = "select * from index_status where index_symbol = ? and trade_date = cast(? as date)"
    return row_of(warehouse, query, index, day)


def test_breadth_counts_each_member_of_the_index_once(warehouse):
    query = "select * from breadth where index_symbol = 'HSTECH.HK' and trade_date = '2022-05-17'"
    assert row_of(warehouse, query) == {
        "index_symbol": "HSTECH.HK",
        "trade_date": date(2022, 5, 17),
        "member_count": 30,
        "advancers": 2,
        "decliners": 1,
        "unchanged": 1,
        "suspended": 1,
        "held": 1,
        "missing": 23,
        "no_reference": 1,
        "new_highs": 0,
        "new_lows": 0,
        "with_52w_history": 0,
        "limit_up": None,
        "limit_down": None,
        "with_limits": None,
        "turnover_estimate": None,
        "turnover_estimate_20d": None,
    }


def test_breadth_adds_up_to_the_member_count_everywhere(warehouse):
    query = """select count(*), count(*) filter (where member_count =
        advancers + decliners + unchanged + suspended + held + missing + no_reference) from breadth"""
    # seven Hong Kong sessions of two indices, three mainland sessions of one
    assert warehouse.execute(query).fetchone() == (17, 17)


def test_an_index_row_counts_its_own_members(warehouse):
    row = index_status(warehouse, "HSTECH.HK", "2022-05-17")
    names = ("state", "member_count", "priced", "suspended", "held", "missing", "unobtainable", "index_bar")
    assert tuple(row[name] for name in names) == ("partial", 30, 5, 1, 1, 23, 0, True)


def test_an_index_is_complete_by_its_own_members_while_its_market_is_not(tmp_path):
    days = {"2022-05-11": 10, "2022-05-12": 10.1}
    stocks = [bar for symbol in TECH for bar in closes(symbol, days)]
    runs = [("HK", "2022-05-12", "2022-05-12")]
    with warehouse_of(tmp_path, stocks=stocks, indices=closes("HSTECH.HK", days), runs=runs) as connection:
        tech = index_status(connection, "HSTECH.HK", "2022-05-12")
        assert (tech["state"], tech["priced"], tech["no_reference"], tech["reason"]) == ("complete", 30, 0, None)
        assert index_status(connection, "^HSI", "2022-05-12")["state"] == "partial"
        assert status(connection, "HK", "2022-05-12")["state"] == "partial"


def test_an_index_with_members_that_have_no_return_is_partial_while_its_session_is_complete(warehouse):
    # 05-13: every bar is there; of the members only those of Hang Seng TECH have one of the session before
    assert status(warehouse, "HK", "2022-05-13")["state"] == "complete"
    tech, hsi = (index_status(warehouse, index, "2022-05-13") for index in ("HSTECH.HK", "^HSI"))
    assert (tech["state"], tech["no_reference"], tech["reason"]) == ("complete", 0, None)
    without = 66 - 1 - sum(symbol in TECH for symbol in HSI)  # one is suspended
    assert (hsi["state"], hsi["missing"], hsi["no_reference"]) == ("partial", 0, without)
    assert hsi["reason"].startswith(f"{without} without a previous close: 0001.HK, ")


def test_an_index_of_which_the_vendor_keeps_five_sessions_is_missing_by_a_known_limit(warehouse):
    row = index_status(warehouse, "HSTECH.HK", "2022-05-10")
    assert (row["state"], row["index_bar"], row["missing"], row["known_limits"]) == ("partial", False, 30, 1)
    assert row["reason"].endswith("; 1 beyond the vendor's five sessions of history: HSTECH.HK")
    assert row["reason_zh"].endswith("；1項早於數據商所存的五個交易日：HSTECH.HK")


def test_the_missing_bar_of_one_index_is_no_fault_of_another(tmp_path):
    days = {"2022-05-11": 10, "2022-05-12": 10.1}
    stocks = [bar for symbol in HONG_KONG for bar in closes(symbol, days)]
    runs = [("HK", "2022-05-12", "2022-05-12")]
    with warehouse_of(tmp_path, stocks=stocks, indices=closes("^HSI", days), runs=runs) as connection:
        states = {index: index_status(connection, index, "2022-05-12")["state"] for index in ("^HSI", "HSTECH.HK")}
        assert states == {"^HSI": "complete", "HSTECH.HK": "partial"}
        assert status(connection, "HK", "2022-05-12")["state"] == "partial"
        query = "select headline from market_wrap where index_symbol = '^HSI'"
        assert row_of(connection, query)["headline"].startswith("The Hang Seng Index gained 1.0%, or 0.10 points")


def test_an_index_without_its_own_bar_is_partial(warehouse):
    row = index_status(warehouse, "^HSI", "2022-05-12")
    assert row["index_bar"] is False


def test_a_session_with_nothing_stored_misses_every_key(warehouse):
    row = status(warehouse, "HK", "2022-05-10")
    assert (row["state"], *counts(row)) == ("partial", 88, 0, 0, 0, 88, 0)
    assert row["reason"] == (
        "87 missing: 0001.HK, 0002.HK, 0003.HK (asked in vain since 2022-05-17),"
        " 0005.HK (asked in vain since 2022-05-17), 0006.HK (asked in vain since 2022-05-17) and 82 more;"
        " 1 beyond the vendor's five sessions of history: HSTECH.HK"
    )


def test_a_key_falls_in_the_first_state_that_applies(warehouse):
    # received 0001.HK and ^HSI; suspended 0002.HK; held 0003.HK, though also refused
    assert counts(status(warehouse, "HK", "2022-05-11")) == (88, 2, 1, 1, 84, 0)


def test_the_reason_names_the_rules_that_hold_and_what_is_missing(warehouse):
    # 0005.HK and 0006.HK were refused, 0011, 0012 and 0016 were decided and have no bar: all are missing.
    assert status(warehouse, "HK", "2022-05-11")["reason"] == (
        "1 held: 0003.HK bar_shape+price_jump; 83 missing: 0011.HK rejected, 0005.HK (asked in vain since 2022-05-17),"
        " 0006.HK (asked in vain since 2022-05-17), 0012.HK, 0016.HK and 78 more; 1 without a previous close: 0001.HK;"
        " 1 beyond the vendor's five sessions of history: HSTECH.HK"
    )


def test_the_reason_is_told_in_chinese_without_a_word_of_english(warehouse):
    row = status(warehouse, "HK", "2022-05-11")
    assert row["reason_zh"] == (
        "1項待查：0003.HK；83項欠缺：0011.HK、0005.HK（2022年5月17日起查詢均無數據）、0006.HK（2022年5月17日起查詢均無數據）、"
        "0012.HK、0016.HK等；1隻沒有前收市價：0001.HK；1項早於數據商所存的五個交易日：HSTECH.HK"
    )
    assert row["reason_zh_hans"].startswith("1项待查：0003.HK；83项缺失：0011.HK、")


def test_the_reason_counts_the_stocks_that_newly_turned_flat(tmp_path):
    flat = [(symbol, "2022-05-11", "newly_flat_market") for symbol in ("0001.HK", "0002.HK", "0003.HK", "0005.HK")]
    other = ("0006.HK", "2022-05-11", "beyond_limit")
    runs = [("HK", "2022-05-11", "2022-05-11")]
    with warehouse_of(tmp_path, quarantine=[*flat, other], runs=runs) as connection:
        reason = status(connection, "HK", "2022-05-11")["reason"]
    assert reason.startswith("4 stocks newly at zero volume, all held; 1 held: 0006.HK beyond_limit; 82 missing: ")


def test_one_stock_that_newly_turned_flat_is_counted_as_one(tmp_path):
    runs = [("HK", "2022-05-11", "2022-05-11")]
    flat = [("0001.HK", "2022-05-11", "newly_flat_market")]  # the others of its evening were filled
    with warehouse_of(tmp_path, quarantine=flat, runs=runs) as connection:
        reason = status(connection, "HK", "2022-05-11")["reason"]
    assert reason.startswith("1 stock newly at zero volume, held; 86 missing: ")


def test_a_half_day_that_the_vendor_does_not_fill_is_a_known_limit(tmp_path):
    flat = [(symbol, "2022-01-31", "newly_flat_market") for symbol in ("0001.HK", "0002.HK", "0003.HK", "0005.HK")]
    runs = [("HK", "2022-01-31", "2022-01-31")]
    with warehouse_of(tmp_path, quarantine=flat, runs=runs) as connection:
        row = status(connection, "HK", "2022-01-31")
    # and the Hang Seng TECH Index, of which the vendor has five sessions
    assert (row["held"], row["known_limits"]) == (4, 5)
    assert row["reason"].startswith(
        "4 stocks newly at zero volume, all held (a half day, which the vendor does not fill); "
    )


def test_refusals_however_many_make_no_live_member_unobtainable(warehouse):
    # 0941.HK was refused on three days
    assert counts(status(warehouse, "HK", "2022-05-12")) == (88, 31, 0, 0, 57, 0)
    query = "select state, no_data_since from base.keys where symbol = ? and trade_date = '2022-05-12'"
    assert row_of(warehouse, query, "0941.HK") == {"state": "missing", "no_data_since": date(2022, 5, 17)}
    # a failed request is no refusal
    assert row_of(warehouse, "select distinct no_data_since from base.keys where symbol = '0175.HK'") == {
        "no_data_since": None
    }


def test_a_session_is_complete_when_every_key_is_received_or_suspended(warehouse):
    row = status(warehouse, "HK", "2022-05-13")
    assert (row["state"], *counts(row)) == ("complete", 88, 87, 1, 0, 0, 0)
    # 85 stocks traded, and the 30 of the Hang Seng TECH Index have a bar of the session before
    assert row["no_reference"] == 55
    assert row["reason"].startswith("55 without a previous close: 0001.HK, 0002.HK, 0003.HK, 0006.HK, 0011.HK and ")


def test_stocks_that_the_vendor_has_removed_are_unobtainable_and_do_not_spoil_the_day(warehouse):
    row = status(warehouse, "CN", "2022-05-17")
    assert (row["state"], *counts(row)) == ("complete", 301, 299, 0, 0, 0, 2)
    assert row["reason"].endswith("; 2 that no vendor has: 600837.SS, 601989.SS")
    index = index_status(warehouse, "000300.SS", "2022-05-17")
    assert (index["unobtainable"], index["known_limits"]) == (2, 2)


def test_counts_add_up_to_what_was_expected_everywhere(warehouse):
    query = """select count(*), count(*) filter (where expected =
        received + suspended + held + missing + unobtainable) from session_status"""
    assert warehouse.execute(query).fetchone() == (10, 10)


def test_a_final_session_that_no_stored_run_covers_is_pending(warehouse):
    row = status(warehouse, "CN", "2022-05-18")
    assert (row["state"], row["reason"]) == ("pending", "no run has ended for it yet")
    assert counts(row) == (301, 0, 0, 0, 299, 2)
    assert index_status(warehouse, "000300.SS", "2022-05-18")["state"] == "pending"


def test_a_run_that_ended_before_the_session_was_final_leaves_it_pending(warehouse):
    assert status(warehouse, "HK", "2022-05-18")["state"] == "pending"


def test_sessions_before_the_first_day_that_a_run_covered_are_not_judged(warehouse):
    query = "select market, min(trade_date) from session_status group by market order by market"
    assert warehouse.execute(query).fetchall() == [("CN", date(2022, 5, 17)), ("HK", date(2022, 5, 10))]
    assert warehouse.execute("select count(*) from prices where trade_date = '2022-05-06'").fetchone() == (1,)


def test_a_session_is_judged_from_the_minute_that_it_is_final_and_settled(warehouse, tmp_path):
    query = "select market from session_status where trade_date = '2022-05-19' order by market"
    assert warehouse.execute(query).fetchall() == [("CN",)]
    lake = lake_of(tmp_path, runs=RUNS)
    build(lake, FACTS, tmp_path / "warehouse.duckdb", datetime(2022, 5, 19, 8, 40, tzinfo=UTC), 30)
    with open_read_only(tmp_path / "warehouse.duckdb") as minute_later:
        assert minute_later.execute(query).fetchall() == [("CN",), ("HK",)]


def test_members_past_the_next_review_are_said_to_be_not_confirmed(tmp_path):
    runs = [("HK", "2026-09-04", "2026-09-07")]
    with warehouse_of(tmp_path, datetime(2026, 9, 8, tzinfo=UTC), runs=runs) as warehouse:
        rows = rows_of(warehouse, "select trade_date, reason from session_status order by trade_date")
    assert [row["trade_date"] for row in rows] == [date(2026, 9, 4), date(2026, 9, 7)]
    assert "not confirmed" not in rows[0]["reason"]
    assert rows[1]["reason"].endswith(
        " more; members of HSTECH not confirmed since 2026-08-22; members of HSI not confirmed since 2026-08-18"
    )


def test_members_that_were_confirmed_after_a_review_are_said_to_be_not_confirmed_from_then_on(tmp_path):
    (tmp_path / "indices.csv").write_text("index_symbol,members_confirmed_to,source\n^HSI,2026-09-09,mine\n")
    days = dict.fromkeys(("2026-09-08", "2026-09-09", "2026-09-10"), 20000)
    with warehouse_of(
        tmp_path,
        datetime(2026, 9, 11, tzinfo=UTC),
        facts=Facts.load(tmp_path),
        indices=closes("^HSI", days),
        runs=[("HK", "2026-09-08", "2026-09-10")],
    ) as warehouse:
        query = (
            "select members_unconfirmed_since, reason from market_wrap where index_symbol = '^HSI' order by trade_date"
        )
        rows = rows_of(warehouse, query)
    assert [row["members_unconfirmed_since"] for row in rows] == [None, None, date(2026, 9, 9)]
    assert [row["reason"].endswith("not confirmed since 2026-09-09") for row in rows] == [False, False, True]


def test_an_announced_change_of_the_rule_is_told_from_its_announcement_on(tmp_path):
    runs = [("HK", "2026-10-06", "2026-10-07")]
    with warehouse_of(tmp_path, datetime(2026, 10, 8, tzinfo=UTC), runs=runs) as warehouse:
        before, after = (index_status(warehouse, "HSTECH.HK", day) for day in ("2026-10-06", "2026-10-07"))
        assert "announced" not in index_status(warehouse, "^HSI", "2026-10-07")["reason"]
    assert "announced" not in before["reason"]
    assert after["reason"].endswith("announced for 2026-12-07: HSTECH from 30 to 50 members")
    assert after["reason_zh"].endswith("已公布2026年12月7日起恒生科技指數成份股由30隻增至50隻")


def test_an_index_has_no_verdict_and_no_wrap_before_its_first_members(tmp_path):
    days = {"2020-07-23": 10, "2020-07-24": 10.1, "2020-07-27": 10.2}
    runs = [("HK", "2020-07-24", "2020-07-27")]
    indices = [*closes("HSTECH.HK", days), *closes("^HSI", days)]
    with warehouse_of(tmp_path, datetime(2020, 7, 28, tzinfo=UTC), indices=indices, runs=runs) as warehouse:
        query = "select index_code, cast(trade_date as varchar) as day from market_wrap order by all"
        assert [tuple(row.values()) for row in rows_of(warehouse, query)] == [
            ("HSI", "2020-07-24"),
            ("HSI", "2020-07-27"),
            ("HSTECH", "2020-07-27"),
        ]
        first = "select index_symbol, min(trade_date) as day from index_status group by 1 order by 1"
        assert [str(row["day"]) for row in rows_of(warehouse, first)] == ["2020-07-27", "2020-07-24"]


def test_a_day_that_a_correction_closes_says_why_and_by_whose_word(tmp_path):
    folder = tmp_path / "reference"
    folder.mkdir()
    head = "market,trade_date,kind,opens,closes,reason,source,confidence\n"
    (folder / "session_overlay.csv").write_text(head + "HK,2022-05-17,closed,,,typhoon,the notice,high\n")
    runs = [("HK", "2022-05-16", "2022-05-18")]
    with warehouse_of(tmp_path, facts=Facts.load(folder), runs=runs) as warehouse:
        assert status(warehouse, "HK", "2022-05-17")["reason"] == "closed: typhoon (local: the notice)"
        query = "select reason from sessions where market = 'HK' and trade_date between '2022-05-16' and '2022-05-17'"
        assert warehouse.execute(query + " order by trade_date").fetchall() == [(None,), ("typhoon",)]


def test_a_day_lost_to_weather_is_closed_and_owes_nothing(tmp_path):
    runs = [("HK", "2023-09-07", "2023-09-11")]
    with warehouse_of(tmp_path, datetime(2023, 9, 12, tzinfo=UTC), runs=runs) as warehouse:
        rows = rows_of(warehouse, "select trade_date, state, expected, reason from session_status order by trade_date")
    assert [(str(row["trade_date"]), row["state"]) for row in rows] == [
        ("2023-09-07", "partial"),
        ("2023-09-08", "closed"),
        ("2023-09-11", "partial"),
    ]
    assert rows[1]["expected"] == 0
    assert rows[1]["reason"].startswith("closed: black rainstorm, extreme conditions (HKEX 2309083news")


@pytest.fixture
def overlapping():
    """Facts with two more spells of Tencent in the Hang Seng TECH Index, within the one that it has."""
    (spell,) = (each for each in HK.spells if (each.index_symbol, each.symbol) == ("HSTECH.HK", "0700.HK"))
    within = replace(spell, valid_from=date(2022, 5, 12), valid_to=date(2022, 5, 13))
    spells = [*HK.spells, within, replace(spell, valid_from=DAY)]
    return replace(FACTS, markets=FACTS.markets | {"HK": replace(HK, spells=spells)})


def test_a_member_of_spells_that_overlap_is_one_mover_a_day_and_gives_its_points_once(tmp_path, overlapping):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "HSTECH.csv").write_text(
        "trade_date,symbol,weight,source\n2022-05-16,0700.HK,100,somebody\n", encoding="utf-8"
    )
    stocks = closes("0700.HK", {"2022-05-16": 400, "2022-05-17": 440})
    indices = closes("HSTECH.HK", {"2022-05-16": 4000, "2022-05-17": 4400})
    with warehouse_of(tmp_path, BUILT_AT, facts=overlapping, stocks=stocks, indices=indices) as warehouse:
        movers = rows_of(warehouse, "select rank from top_movers where index_symbol = 'HSTECH.HK'")
        points = rows_of(warehouse, "select points from contribution where index_symbol = 'HSTECH.HK'")
        members = rows_of(
            warehouse, "select valid_from from members_on('HSTECH.HK', '2022-05-17') where symbol = '0700.HK'"
        )
    assert movers == [{"rank": 1}]
    assert points == [{"points": pytest.approx(400)}]
    assert members == [{"valid_from": date(2020, 7, 27)}]


def test_a_member_of_spells_that_overlap_is_one_key_a_day(tmp_path, overlapping):
    runs = [("HK", "2022-05-11", "2022-05-17")]
    stocks = [("0700.HK", "2022-05-12", 350)]
    with warehouse_of(tmp_path, BUILT_AT, facts=overlapping, stocks=stocks, runs=runs) as warehouse:
        keys = rows_of(
            warehouse,
            "select cast(trade_date as varchar) as day, state, count(*) as keys from members_of_day"
            " where index_symbol = 'HSTECH.HK' and symbol = '0700.HK' and trade_date <= '2022-05-17'"
            " group by all order by day",
        )
    assert keys == [
        {"day": "2022-05-11", "state": "missing", "keys": 1},
        {"day": "2022-05-12", "state": "received", "keys": 1},
        {"day": "2022-05-13", "state": "missing", "keys": 1},
        {"day": "2022-05-16", "state": "missing", "keys": 1},
        {"day": "2022-05-17", "state": "missing", "keys": 1},
    ]
