"""A market counted from every line that was printed: kinds, breadth, movers, listings; numbers worked out by hand."""

from datetime import date, timedelta

import pytest
from warehouse_of import row_of, rows_of, warehouse_of

from tests.shipped import CN, HK

D1, D2, D3, D4 = "2022-05-16", "2022-05-17", "2022-05-18", "2022-05-19"
BIG, SMALL = {"turnover": 50e6}, {"turnover": 9_999_999.0}
STOPPED = {"state": "suspended", "previous_basis": "not given", "volume": None, "turnover": None}
IDLE = {"state": "no trade", "volume": 0, "turnover": 0.0}
HONG_KONG = [
    *[("0700.HK", D1, 300.0, 299.0, {"name": "TENCENT"}), ("0700.HK", D2, 330.0, 300.0, {"name": "TENCENT", **BIG})],
    *[("0005.HK", D1, 50.0, 50.0), ("0005.HK", D2, 45.0, 50.0, BIG)],
    *[("0006.HK", D1, 10.0, 10.0), ("0006.HK", D2, 10.0, 10.0, BIG)],
    *[("0008.HK", D1, 4.0, 4.0), ("0008.HK", D2, 5.0, 4.0, SMALL)],  # +25%, and hardly any money
    *[("0009.HK", D1, 1.0, 1.0), ("0009.HK", D2, 1.0, 1.0, IDLE)],
    *[("0010.HK", D1, 1.0, 1.0), ("0010.HK", D2, None, None, STOPPED)],
    *[("0011.HK", D1, None, None, STOPPED), ("0011.HK", D2, 8.0, 8.0, BIG)],  # it resumes, with nothing stored before
    *[("0012.HK", D1, 2.0, 2.0), ("0012.HK", D2, 1.0, 1.5, BIG)],  # another previous close, and no event
    ("6999.HK", D2, 20.0, None, {"previous_basis": "not given", **BIG}),  # was not there the evening before
    *[("0823.HK", D1, 40.0, 40.0, {"name": "LINK REIT"}), ("0823.HK", D2, 41.0, 40.0, {"name": "LINK REIT", **BIG})],
    *[("2638.HK", D1, 5.0, 5.0, {"name": "HKELECTRIC-SS"}), ("2638.HK", D2, 5.5, 5.0, {"name": "HKELECTRIC-SS"})],
    # None of these is an equity that is counted.
    *[("2800.HK", D1, 20.0, 20.0), ("2800.HK", D2, 22.0, 20.0, BIG)],
    *[
        ("80700.HK", day, close, 250.0, {"currency": "CNY", "kind": "second counter"})
        for day, close in ((D1, 250.0), (D2, 275.0))
    ],
    *[("2901.HK", D1, 1.0, 1.0), ("2901.HK", D2, 2.0, 1.0, BIG)],
    *[("4332.HK", D1, 1.0, 1.0), ("4332.HK", D2, 2.0, 1.0, BIG)],
    *[("1001.HK", D1, 1.0, 1.0, {"name": "AN OLD-PF"}), ("1001.HK", D2, 2.0, 1.0, {"name": "AN OLD-PF"})],
    # A trust in renminbi is counted, and its money stands apart.
    *[
        ("87001.HK", D1, 3.0, 3.0, {"currency": "CNY"}),
        ("87001.HK", D2, 2.9, 3.0, {"currency": "CNY", "turnover": 5e6}),
    ],
    # What it was called, and when it went.
    *[("0013.HK", day, 9.0, 9.0, {"name": "OLD NAME"}) for day in (D1, D2)],
    *[("0013.HK", day, 9.0, 9.0, {"name": "NEW NAME"}) for day in (D3, D4)],
    *[(symbol, D4, 1.0, 1.0) for symbol in ("0700.HK", "0823.HK")],
]
SHARE, WARNED = {"kind": "share", "is_st": False}, {"kind": "share", "is_st": True}
MAINLAND = [
    *[("600001.SS", D1, 10.0, 10.0, SHARE), ("600001.SS", D2, 11.0, 10.0, SHARE)],
    *[("600002.SS", D1, 10.0, 10.0, WARNED), ("600002.SS", D2, 10.5, 10.0, WARNED)],
    *[("600003.SS", D1, 10.0, 10.0, SHARE), ("600003.SS", D2, 9.5, 10.0, SHARE | {"low": 9.0})],
    *[("600004.SS", D1, 10.0, 10.0, SHARE), ("600004.SS", D2, 9.0, 10.0, SHARE)],
    *[("600005.SS", D1, 10.0, 10.0, SHARE), ("600005.SS", D2, 10.0, 10.0, SHARE | IDLE | {"state": "suspended"})],
    # A name that now ends so has another limit on this day.
    ("600006.SS", D1, 10.0, 10.0, SHARE | {"name": "某某"}),
    ("600006.SS", D2, 11.0, 10.0, SHARE | {"name": "某某退"}),
    ("688999.SS", D2, 40.0, 20.0, SHARE),  # its first session: from the issue price
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    with warehouse_of(
        tmp_path_factory.mktemp("market"),
        official=HONG_KONG + MAINLAND,
        told=[("HK", D2, "ok", {"turnover_total": 1.5e9}), ("CN", D2, "ok")],
        runs=[("HK", D1, D2), ("CN", D1, D2)],
    ) as connection:
        yield connection


def breadth(warehouse, market, *names, day=D2):
    query = f"select {', '.join(names)} from market_breadth where market = ? and trade_date = ?"
    return tuple(row_of(warehouse, query, market, day).values())


def test_only_equities_are_counted_and_each_once(warehouse):
    names = ("advancers", "decliners", "unchanged", "no_trade", "suspended", "new_listings", "no_reference", "lines")
    assert breadth(warehouse, "HK", *names) == (4, 2, 2, 1, 1, 1, 2, 13)
    assert breadth(warehouse, "CN", *names) == (3, 2, 0, 0, 1, 1, 0, 7)


def test_counts_add_up_to_the_lines_on_every_day(warehouse):
    wrong = (
        "select * from market_breadth where advancers + decliners + unchanged + no_trade + suspended + new_listings"
        " + no_reference <> lines"
    )
    assert rows_of(warehouse, wrong) == []


def test_on_the_first_stored_evening_nothing_is_compared_in_hong_kong(warehouse):
    assert breadth(warehouse, "HK", "advancers", "new_listings", "no_reference", day=D1) == (0, 0, 11)


@pytest.mark.parametrize(
    ("symbol", "kind", "kind_from"),
    [
        ("0700.HK", "share", "code"),
        ("0823.HK", "REIT", "name"),
        ("2638.HK", "stapled unit", "name"),
        ("2800.HK", "ETF", "code"),
        ("80700.HK", "second counter", "source"),
        ("2901.HK", "temporary counter", "code"),
        ("4332.HK", "trading-only stock", "code"),
        ("1001.HK", "preference share", "name"),
        ("87001.HK", "REIT", "code"),
    ],
)
def test_a_kind_says_what_told_it(warehouse, symbol, kind, kind_from):
    query = "select kind, kind_from from official_prices where symbol = ? and trade_date = ?"
    assert row_of(warehouse, query, symbol, D2) == {"kind": kind, "kind_from": kind_from}


def test_limits_count_closes_and_leave_st_and_touches_apart(warehouse):
    names = ("limit_up", "limit_down", "touched_up", "touched_down", "st_limit_up", "st_limit_down", "with_limits")
    assert breadth(warehouse, "CN", *names) == (1, 1, 0, 1, 1, 0, 4)
    assert set(breadth(warehouse, "HK", *names)) == {None}


def test_money_is_the_pages_own_figure_and_ours_of_one_currency(warehouse):
    names = ("turnover_total", "turnover_equities", "turnover_other_currencies", "currency")
    ours = 7 * 50e6 + 9_999_999 + 5500 + 9000
    assert breadth(warehouse, "HK", *names) == (1.5e9, ours, "CNY 5000000", "HKD")
    assert breadth(warehouse, "CN", "turnover_total") == (None,)


def movers(warehouse, side, market="HK", day=D2):
    query = (
        "select symbol, rank from market_movers where market = ? and trade_date = ? and side = ?"
        " order by rank nulls last, symbol"
    )
    return [tuple(row.values()) for row in rows_of(warehouse, query, market, day, side)]


def test_movers_are_ranked_above_a_floor_that_stands_beside_them(warehouse):
    assert movers(warehouse, "gainer") == [("0700.HK", 1), ("0823.HK", 2), ("0008.HK", None), ("2638.HK", None)]
    assert movers(warehouse, "loser") == [("0005.HK", 1), ("87001.HK", None)]
    floors = rows_of(warehouse, "select distinct turnover_floor from market_movers where market = 'HK'")
    assert floors == [{"turnover_floor": 10_000_000.0}]


def test_a_line_in_its_first_sessions_or_with_an_unexplained_close_is_no_mover(warehouse):
    sides = rows_of(
        warehouse, "select symbol, side from market_movers where symbol in ('6999.HK', '0012.HK', '688999.SS')"
    )
    assert {row["side"] for row in sides} == {"most active"}


def test_the_most_active_are_by_money_of_the_markets_currency(warehouse):
    found = movers(warehouse, "most active")
    assert [symbol for symbol, rank in found if rank] == [
        *("0005.HK", "0006.HK", "0011.HK", "0012.HK", "0700.HK", "0823.HK", "6999.HK")
    ]
    assert "87001.HK" not in dict(found)


def test_a_listing_says_its_names_by_date_and_when_it_went(warehouse):
    query = "select first_session, last_session, is_listed, is_first_known, name, names from listings where symbol = ?"
    assert row_of(warehouse, query, "0013.HK") == {
        "first_session": day(D1),
        "last_session": day(D4),
        "is_listed": True,
        "is_first_known": False,
        "name": "NEW NAME",
        "names": [
            {"name": "OLD NAME", "first_session": day(D1), "last_session": day(D2)},
            {"name": "NEW NAME", "first_session": day(D3), "last_session": day(D4)},
        ],
    }
    gone = row_of(
        warehouse,
        "select first_session, last_session, is_listed, is_first_known from listings where symbol = '6999.HK'",
    )
    assert gone == {"first_session": day(D2), "last_session": day(D2), "is_listed": False, "is_first_known": True}


def test_a_listing_of_a_source_that_prints_no_names_has_our_name_and_no_spells_of_it(tmp_path):
    evenings = [("600519.SS", "2019-06-03", 900.0, 900.0, SHARE), ("600519.SS", D1, 1800.0, 1790.0, SHARE)]
    with warehouse_of(tmp_path, official=evenings, stocks=[("600519.SS", D1, 1800.0)]) as connection:
        found = row_of(connection, "select first_session, name, names from listings where symbol = '600519.SS'")
    assert found == {"first_session": day("2019-06-03"), "name": "Kweichow Moutai", "names": None}


def day(text):
    return date.fromisoformat(text)


def test_without_official_rows_nothing_is_said(tmp_path):
    with warehouse_of(tmp_path, stocks=[("0700.HK", D1, 300.0)]) as connection:
        for view in ("market_breadth", "market_movers", "listings"):
            assert rows_of(connection, f"from {view}") == []


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """Three lines over fourteen months of sessions: one always rises, one always falls, one rises and has a hole."""
    days = HK.sessions.between(date(2021, 4, 1), date(2022, 5, 18))
    rows = []
    for at, session in enumerate(days):
        rows.append(("0700.HK", f"{session}", 300.0 + at, 299.0 + at))
        rows.append(("0005.HK", f"{session}", 900.0 - at, 901.0 - at))
        if at != 200:
            rows.append(("0006.HK", f"{session}", 50.0 + at, 49.0 + at))
    told = [("HK", f"{session}", "ok", {"turnover_total": 1000.0 + at}) for at, session in enumerate(days)]
    with warehouse_of(tmp_path_factory.mktemp("year"), official=rows, told=told) as connection:
        yield connection, days


def test_highs_and_lows_are_of_lines_with_a_whole_year(year):
    connection, days = year
    assert breadth(connection, "HK", "new_highs", "new_lows", "with_52w_history", day=days[-1]) == (1, 1, 2)
    early = max(session for session in days if session < days[0] + timedelta(days=364))
    assert breadth(connection, "HK", "new_highs", "new_lows", "with_52w_history", day=early) == (0, 0, 0)


def test_a_nominal_close_that_nobody_dealt_at_is_no_step_down_to_a_high(tmp_path):
    days = HK.sessions.between(date(2021, 4, 1), date(2022, 5, 18))
    *_, idle, last = days
    closes = dict.fromkeys(days, 10.0) | {idle: 8.0, last: 8.1}  # bid and ask fell, and then somebody dealt
    rows = [
        ("0009.HK", f"{day}", closes[day], closes.get(before, 10.0), IDLE if day == idle else {})
        for before, day in zip([None, *days], days, strict=False)
    ]
    with warehouse_of(tmp_path, official=rows) as connection:
        assert breadth(connection, "HK", "new_highs", "new_lows", "with_52w_history", day=last) == (0, 0, 1)
        assert breadth(connection, "HK", "advancers", "no_trade", day=idle) == (0, 1)


def test_an_average_is_of_twenty_full_sessions_before_and_leaves_half_days_out(year):
    connection, days = year
    half = date(2022, 1, 31)
    after = next(session for session in days if session > half)
    at = days.index(after)
    full = [
        1000.0 + place
        for place, session in enumerate(days[:at])
        if session not in (half, date(2021, 12, 31), date(2021, 12, 24))
    ]
    assert breadth(connection, "HK", "turnover_total_20d", day=after) == (round(sum(full[-20:]) / 20),)
    assert breadth(connection, "HK", "turnover_total_20d", day=days[19]) == (None,)


@pytest.mark.parametrize(("main", "gem", "both"), [(1.5e9, 2e8, 1.7e9), (1.5e9, None, None), (None, 2e8, None)])
def test_a_market_of_two_boards_has_a_total_where_both_print_one(tmp_path, main, gem, both):
    lines = [("0700.HK", D1, 300.0, 300.0), ("8001.HK", D1, 1.0, 1.0, {"board": "GEM"})]
    told = [
        ("HK", D1, "ok", {"turnover_total": main}),
        ("HK", D1, "ok", {"turnover_total": gem, "board": "GEM"}),
    ]
    with warehouse_of(tmp_path, official=lines, told=told) as connection:
        assert breadth(connection, "HK", "boards", "turnover_total", day=D1) == ("Main Board, GEM", both)


@pytest.fixture(scope="module")
def limits(tmp_path_factory):
    """Lines over 140 sessions, two suspended for a while, one away for an evening; then all rise to the limit."""
    days = [f"{day}" for day in CN.sessions.between(date(2021, 11, 1), date(2022, 5, 31))]
    last, rows = days[-1], []
    for at, session in enumerate(days[:-1]):
        rows.append(("600001.SS", session, 10.0, 10.0, SHARE))
        rows.append(("600002.SS", session, 10.0, 10.0, SHARE if at < 5 else SHARE | IDLE | {"state": "suspended"}))
        rows.append(("600003.SS", session, 10.0, 10.0, SHARE if at < 100 else SHARE | IDLE | {"state": "suspended"}))
        rows += [] if at == len(days) - 2 else [("600004.SS", session, 10.0, 10.0, SHARE)]
    rows += [(f"60000{at}.SS", last, 11.0, 10.0, SHARE) for at in range(1, 5)]
    with warehouse_of(tmp_path_factory.mktemp("limits"), official=rows) as connection:
        query = "select symbol, limit_state, resumed from official_prices where trade_date = ?"
        yield {row["symbol"]: (row["limit_state"], row["resumed"]) for row in rows_of(connection, query, last)}


def test_a_return_after_half_a_year_or_to_the_list_has_no_known_limit(limits):
    assert limits == {
        "600001.SS": ("closed_up", False),
        "600002.SS": (None, True),  # as after a suspended listing
        "600003.SS": ("closed_up", True),
        "600004.SS": (None, False),  # it was not among the lines of the evening before
    }


def test_the_turnover_of_a_market_is_the_same_whichever_line_dealt_most(tmp_path):
    lines = ["0700.HK", "0005.HK", "0006.HK", "0008.HK", "0009.HK"]
    found = set()
    for most in (lines[0], lines[2], lines[-1]):
        rows = [(line, D2, 10.0, 10.0, {"turnover": 2.0**53 if line == most else 1.0}) for line in lines]
        with warehouse_of(tmp_path / most, official=rows, runs=[("HK", D2, D2)]) as connection:
            found.add(breadth(connection, "HK", "turnover_equities"))
    assert found == {(float(2**53 + 4),)}


def test_a_turnover_that_is_no_number_is_left_out_of_the_markets(tmp_path):
    rows = [("0700.HK", D2, 10.0, 10.0, {"turnover": float("nan")}), ("0005.HK", D2, 10.0, 10.0, {"turnover": 7.0})]
    with warehouse_of(tmp_path, official=rows, runs=[("HK", D2, D2)]) as connection:
        assert breadth(connection, "HK", "turnover_equities") == (7.0,)
