"""Our closes beside the official ones: every kind of comparison once, and a count by other means over many."""

import random

import pytest
from warehouse_of import row_of, rows_of, warehouse_of

from tests.shipped import HK
from warehouse.facts.market import Facts

DAYS = [
    str(day) for day in HK.sessions.days and HK.sessions.between(HK.sessions.days[0].trade_date, HK.sessions.dates[-1])
]
DAYS = [day for day in DAYS if "2022-05-03" <= day <= "2022-06-10"]  # 28 sessions


def both(symbol, ours, theirs, **more):
    """Bars of ours and official rows on as many of the days; None is no row."""
    pairs = list(zip(DAYS, ours, theirs, strict=False))
    bars = [(symbol, day, mine, dict(more)) for day, mine, _ in pairs if mine is not None]
    return bars, [(symbol, day, close, None) for day, _, close in pairs if close is not None]


def built(folder, *cases, **more):
    bars = [bar for case in cases for bar in case[0]]
    return warehouse_of(folder, stocks=bars, official=[row for case in cases for row in case[1]], **more)


def findings(connection, symbol):
    query = "select finding from cross_checks where symbol = ? order by trade_date"
    return [row["finding"] for row in rows_of(connection, query, symbol)]


def test_half_a_tick_is_another_close_and_less_is_the_same(tmp_path):
    # The tick is 0.2 from 200 on and 0.1 below it: of two prices in two bands the smaller counts.
    near = both("0700.HK", [300.0, 300.0, 300.0, 200.0, 200.2], [300.09, 300.1, 299.91, 200.049, 200.149])
    with built(tmp_path, near) as found:
        assert findings(found, "0700.HK") == ["agrees", "differs", "agrees", "agrees", "agrees"]


def test_one_factor_on_five_sessions_explains_them_and_on_four_it_does_not(tmp_path):
    closes = [100.0, 103.0, 99.5, 101.2, 104.4]
    whole = both("0700.HK", [round(close * 0.95, 4) for close in closes], closes)
    short = both("0005.HK", [round(close * 0.95, 4) for close in closes[:4]] + [104.4], closes)
    drifting = both("0001.HK", [round(close * (0.95 + at / 500), 4) for at, close in enumerate(closes)], closes)
    with built(tmp_path, whole, short, drifting) as found:
        assert findings(found, "0700.HK") == ["explained: basis"] * 5
        assert findings(found, "0005.HK") == ["differs"] * 4 + ["agrees"]
        assert findings(found, "0001.HK") == ["differs"] * 5
        printed = rows_of(found, "select distinct printed, rebased_by from prices where symbol = '0700.HK'")
        assert printed == [{"printed": "rebased", "rebased_by": pytest.approx(0.95, abs=1e-5)}]


def test_one_close_that_is_a_tick_off_is_no_basis(tmp_path):
    with built(
        tmp_path, both("0700.HK", [300.0, 301.0, 310.2, 299.0, 305.0], [300.0, 301.0, 310.0, 299.0, 305.0])
    ) as found:
        assert findings(found, "0700.HK") == ["agrees", "agrees", "differs", "agrees", "agrees"]


def test_a_split_that_the_vendor_rounded_after_explains_up_to_its_rounding(tmp_path):
    # 5 for 1: the vendor states 80.02 with a tick of 0.05, so that 0.125 may be missing in the shares of the day.
    rounded = both("0700.HK", [400.1, 400.1], [400.2, 400.4], split_factor=5.0)
    with built(tmp_path, rounded) as found:
        assert findings(found, "0700.HK") == ["explained: coarse", "differs"]


def test_what_came_from_a_source_or_passed_by_it_is_never_equal_against_it(tmp_path):
    settled = ("0005.HK", DAYS[0], "newly_flat_market", {"status": "cured", "decided_by": "hkex", "close": 50.0})
    cured = ("0001.HK", DAYS[0], "newly_flat_market", {"status": "cured", "decided_by": "afterclose", "close": 50.0})
    cases = [both("0700.HK", [300.0], [300.0], source="hkex"), *(both(f"000{n}.HK", [50.0], [50.0]) for n in (1, 5))]
    with built(tmp_path, *cases, quarantine=[settled, cured]) as found:
        assert [findings(found, symbol) for symbol in ("0700.HK", "0005.HK", "0001.HK")] == [
            ["settled"],
            ["settled"],
            ["agrees"],
        ]
        row = row_of(found, "select compared, equal, settled, share from agreement")
        assert row == {"compared": 3, "equal": 1, "settled": 2, "share": pytest.approx(1 / 3)}


def test_a_bar_in_the_place_of_one_that_passed_is_compared_anew(tmp_path):
    rules = ("newly_flat_market", "close_within_range")
    passed = {"status": "cured", "decided_by": "hkex", "close": 50.15}
    held = [("0005.HK", DAYS[0], rule, passed) for rule in rules]
    with built(tmp_path, both("0005.HK", [55.15], [50.15]), quarantine=held) as found:
        assert findings(found, "0005.HK") == ["differs"]


def test_an_evening_that_is_not_there_has_no_share_and_one_in_doubt_is_not_compared(tmp_path):
    doubted = ("0700.HK", DAYS[0], 99.0, None, {"doubt": "close outside the range"})
    told = [("HK", DAYS[0], "ok"), ("HK", DAYS[1], "not published"), ("HK", "2022-05-08", "no trading")]
    bars = [("0700.HK", day, 300.0) for day in DAYS[:2]]
    with warehouse_of(tmp_path, stocks=bars, official=[doubted], told=told) as found:
        query = "select trade_date::text as day, compared, share, outcome from agreement order by day"
        assert rows_of(found, query) == [
            {"day": DAYS[0], "compared": 0, "share": None, "outcome": "ok"},
            {"day": DAYS[1], "compared": 0, "share": None, "outcome": "not published"},
        ]


def test_agreement_is_what_plain_python_counts_over_many_invented_days(tmp_path):
    """Fifty stocks with closes between 20 and 50 (a tick of 0.05), some off by chance, some by a factor for a while."""
    rnd = random.Random(5)
    symbols = [f"{number:04d}.HK" for number in range(1, 51)]
    cases, ours, theirs = [], {}, {}
    for symbol in symbols:
        closes = [round(rnd.randint(450, 950) * 0.05, 2) for _ in DAYS]
        begin, length = rnd.randint(0, 20), rnd.choice([0, 0, 3, 5, 8])
        factor = rnd.choice([0.97, 1.04, 0.9])
        mine = [
            round(close * factor, 4)
            if begin <= at < begin + length
            else round(close + rnd.choice([0.0] * 30 + [0.05, -0.1, 0.02, 5.0]), 2)
            for at, close in enumerate(closes)
        ]
        cases.append(both(symbol, mine, closes))
        ours[symbol], theirs[symbol] = mine, closes
    expected = {day: counted(at, symbols, ours, theirs) for at, day in enumerate(DAYS)}
    with built(tmp_path, *cases) as found:
        rows = rows_of(found, "from agreement order by trade_date")
    assert len(rows) == len(DAYS)
    names = ("compared", "equal", "explained", "unexplained", "worst_symbol")
    assert {str(row["trade_date"]): tuple(row[name] for name in names) for row in rows} == expected
    assert sum(row["explained"] for row in rows) > 50
    assert sum(row["unexplained"] for row in rows) > 30


def counted(at, symbols, ours, theirs):
    """By the words of the rule, of one day: five sessions in a row around it that one factor fits."""

    def fits(symbol, begin):
        span = range(begin, begin + 5)
        if begin < 0 or begin + 5 > len(DAYS):
            return False
        low = max((ours[symbol][day] - 0.025) / theirs[symbol][day] for day in span)
        far = sum(abs(ours[symbol][day] - theirs[symbol][day]) >= 0.025 - 1e-9 for day in span)
        return far >= 3 and low <= min((ours[symbol][day] + 0.025) / theirs[symbol][day] for day in span)

    apart = {symbol: abs(ours[symbol][at] - theirs[symbol][at]) for symbol in symbols}
    other = [symbol for symbol in symbols if apart[symbol] >= 0.025 - 1e-9]
    basis = [symbol for symbol in other if any(fits(symbol, begin) for begin in range(at - 4, at + 1))]
    unexplained = [symbol for symbol in other if symbol not in basis]
    worst = max(unexplained, key=lambda symbol: (apart[symbol] / theirs[symbol][at], symbol), default=None)
    return len(symbols), len(symbols) - len(other), len(basis), len(unexplained), worst


def test_a_day_that_is_corrected_to_be_no_session_is_compared_with_nothing(tmp_path):
    head = "market,trade_date,kind,opens,closes,reason,source,confidence\n"
    (tmp_path / "session_overlay.csv").write_text(f"{head}HK,{DAYS[1]},closed,,,typhoon,the notice,high\n")
    bars, official = both("0700.HK", [300.0, 301.0, 302.0], [300.0, 301.0, 302.0])
    with warehouse_of(tmp_path, stocks=bars, official=official, facts=Facts.load(tmp_path)) as found:
        for view in ("agreement", "cross_checks"):
            rows = rows_of(found, f"select trade_date from {view} order by trade_date")
            assert [str(row["trade_date"]) for row in rows] == [DAYS[0], DAYS[2]]
