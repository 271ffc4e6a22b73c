"""What Yahoo leaves owed is filled by Tencent, through the spine: look-alikes of both, invented prices."""

import logging
from datetime import date
from itertools import pairwise

import pytest

from tasks.evening import fill
from tasks.job import new_job
from tasks.plan import Window, nightly_window
from tests.conftest import walk
from tests.fake_tencent import CHECK
from tests.shipped import FACTS, HK
from tests.sql.warehouse_of import keep, official_line
from warehouse.bars.answers import Request
from warehouse.lake.opening import open_lake
from warehouse.lake.schema import OFFICIAL
from warehouse.settings import load_settings
from warehouse.sql.database import open_read_only

FIRST, FRIDAY, HALF_DAY, NEXT, AFTER = (date(2022, *day) for day in ((1, 3), (1, 28), (1, 31), (2, 4), (2, 7)))
STOCKS = ["0001.HK", "0005.HK", "0388.HK", "0700.HK", "0941.HK", "1299.HK", "2318.HK"]


def tencent_of(symbol):
    return {"^HSI": "hkHSI", "HSTECH.HK": "hkHSTECH"}.get(symbol) or f"hk{symbol[:-3]:0>5}"


@pytest.fixture
def both(vendor, tencent, evening):
    """Both vendors have the same bars, but Yahoo has every stock flat on the half day."""
    for symbol in ("^HSI", *STOCKS):
        bars = walk(symbol, HK, FIRST, AFTER)
        tencent.bars[tencent_of(symbol)] = dict(bars)
        if symbol in STOCKS:
            bars[HALF_DAY] = (*[bars[FRIDAY][3]] * 4, 0)
        vendor.bars[symbol] = bars
    return vendor


@pytest.fixture
def night(both, evening):
    """Fill the evening of a day, all of its window asked anew."""

    def run(day, symbols=("^HSI", *STOCKS)):
        evening(day)
        both.today = day
        settings = load_settings()
        window = nightly_window(open_lake(settings), HK, day, 60)
        requests = [Request(symbol, window.bars_from, symbol == "HSTECH.HK") for symbol in symbols]
        return fill(new_job("nightly", window, requests, (day, day), FACTS, settings))

    return run


def rows(query):
    with open_read_only(load_settings().database_path) as connection:
        return connection.execute(query).fetchall()


def stored(day, symbols=STOCKS):
    """Symbols that have a bar of the day, and by whom."""
    found = rows(f"select symbol, source from prices where trade_date = '{day}' order by symbol")
    return [(symbol, source) for symbol, source in found if symbol in symbols]


def refused():
    return rows("select symbol, detail from fills where outcome = 'ok' and filled = 0 order by symbol")


def test_the_half_day_is_filled_and_the_next_session_has_its_returns(night, tencent):
    night(FRIDAY)
    assert tencent.asked == []
    night(HALF_DAY)
    assert stored(HALF_DAY) == [(symbol, "tencent") for symbol in STOCKS]
    assert rows("select distinct rule, status, note from quarantine") == [
        ("newly_flat_market", "cured", "another vendor's bar was proven and taken")
    ]
    night(NEXT)
    bars = tencent.bars["hk00700"]
    (half, after) = rows(
        "select close, volume, fill_factor, return_1d from prices where symbol = '0700.HK' "
        f"and trade_date in ('{HALF_DAY}', '{NEXT}') order by trade_date"
    )
    assert half == (bars[HALF_DAY][3], bars[HALF_DAY][4], 1.0, pytest.approx(bars[HALF_DAY][3] / bars[FRIDAY][3] - 1))
    assert after[2:] == (None, pytest.approx(bars[NEXT][3] / bars[HALF_DAY][3] - 1))


def test_one_request_a_symbol_that_owes_and_none_for_what_is_filled(night, tencent):
    night(FRIDAY)
    night(HALF_DAY)
    assert sorted(tencent.asked) == sorted(map(tencent_of, STOCKS))
    night(NEXT)
    night(NEXT)
    assert len(tencent.asked) == len(STOCKS)
    assert rows(f"select count(*) from prices where trade_date = '{HALF_DAY}' and source = 'tencent'") == [(7,)]


def test_where_nothing_could_prove_an_answer_nobody_is_asked(night, tencent):
    night(HALF_DAY, ("^HSI", "0700.HK"))
    assert set(tencent.asked) <= {"hk00700"}
    said = "select distinct detail from fills where symbol = '0016.HK'"
    assert rows(said) == [("not asked: fewer than 5 bars of the first vendor to prove one by",)]


@pytest.mark.parametrize("teller", ["the first vendor", "a person"])
def test_a_fill_proven_before_a_split_that_is_told_later_is_taken_back_and_proven_anew_after_it(
    night, tencent, both, home, teller
):
    last = date(2022, 2, 11)
    true = {
        day: (*(price / 2 for price in bar[:4]), bar[4] * 2) if day >= HALF_DAY else bar
        for day, bar in walk("0700.HK", HK, FIRST, last).items()
    }
    # On the ex-date the filling vendor has halved what was before it; the first vendor tells the split a session later.
    tencent.bars["hk00700"] = {
        day: (*(price / 2 for price in bar[:4]), bar[4] * 2) if day < HALF_DAY else bar for day, bar in true.items()
    }
    both.bars["0700.HK"] = true | {HALF_DAY: (*[true[FRIDAY][3]] * 4, 0)}
    both.bars["^HSI"] = walk("^HSI", HK, FIRST, last)
    for day in (FRIDAY, HALF_DAY):
        night(day)
    query = "select close, fill_factor, round(return_1d, 6) from prices where symbol = '0700.HK' and trade_date {}"
    assert rows(query.format(f"= '{HALF_DAY}'"))[0][:2] == (true[HALF_DAY][3], 2.0)
    if teller == "a person":
        row = f"0700.HK,{HALF_DAY},split,2,,an announcement"
        (home / "actions.csv").write_text(f"symbol,ex_date,kind,value,currency,source\n{row}\n", encoding="utf-8")
        night(NEXT)
    else:
        both.splits["0700.HK"] = {HALF_DAY: 2}
    night(NEXT)
    # It was no 2 any more: a double and a half would be told as moves.
    assert rows(query.format(f"in ('{HALF_DAY}', '{NEXT}')")) == [(true[NEXT][3], None, None)]
    night(last)
    closes = [true[FRIDAY][3] / 2, true[HALF_DAY][3], true[NEXT][3]]
    assert rows(query.format(f"in ('{HALF_DAY}', '{NEXT}') order by trade_date")) == [
        (closes[1], 1.0, pytest.approx(closes[1] / closes[0] - 1, abs=1e-4)),
        (closes[2], None, pytest.approx(closes[2] / closes[1] - 1, abs=1e-4)),
    ]


def test_a_steady_other_basis_gets_in_with_its_factor_and_the_right_returns(night, tencent, both):
    true = dict(tencent.bars["hk00700"])
    tencent.bars["hk00700"] = {
        day: (*[round(price * 1.25, 3) for price in bar[:4]], round(bar[4] / 1.25)) for day, bar in true.items()
    }
    for day in (FRIDAY, HALF_DAY, NEXT):
        night(day)
    query = (
        "select close, round(fill_factor, 6), previous_close, reference_price, return_1d from prices "
        f"where symbol = '0700.HK' and trade_date in ('{HALF_DAY}', '{NEXT}') order by trade_date"
    )
    half, after = rows(query)
    assert half[:3] == (tencent.bars["hk00700"][HALF_DAY][3], 0.8, true[FRIDAY][3])
    assert half[3:] == pytest.approx((true[FRIDAY][3] * 1.25, true[HALF_DAY][3] / true[FRIDAY][3] - 1), abs=1e-4)
    assert after[:3] == (true[NEXT][3], None, half[0])
    assert after[3:] == pytest.approx((true[HALF_DAY][3], true[NEXT][3] / true[HALF_DAY][3] - 1), abs=1e-4)


def shifted(bars):
    days = sorted(bars)
    return {day: bars[before] for before, day in pairwise(days)}


def repeated(bars):
    return bars | {HALF_DAY: bars[FRIDAY]}


def drifting(bars):
    return {
        day: (*[round(price * (1 + at % 7 / 1000), 3) for price in bar[:4]], round(bar[4] / (1 + at % 7 / 1000)))
        for at, (day, bar) in enumerate(sorted(bars.items()))
    }


def swapped(bars):
    return {day: (bar[3], bar[1], bar[2], bar[0], bar[4]) for day, bar in bars.items()}


SPOILT = {
    "0001.HK": (shifted, "no one factor"),
    "0005.HK": (drifting, "no one factor"),
    "0388.HK": (swapped, "no one factor"),
    "0700.HK": (repeated, "it is the bar of the day before"),
    "0941.HK": (lambda bars: bars | {HALF_DAY: (*bars[HALF_DAY][:4], 0)}, "nothing was dealt in it"),
    "1299.HK": (lambda bars: {day: bar for day, bar in bars.items() if day != HALF_DAY}, "it has no bar of the day"),
    "2318.HK": (lambda bars: dict(list(bars.items())[-6:]), "are needed"),
}


def test_a_vendor_that_proves_nothing_gets_nothing_in_and_the_reason_is_said(night, tencent):
    night(FRIDAY)
    for symbol, (spoil, _) in SPOILT.items():
        tencent.bars[tencent_of(symbol)] = spoil(tencent.bars[tencent_of(symbol)])
    night(HALF_DAY)
    assert stored(HALF_DAY) == []
    said = dict(refused())
    assert said.keys() == SPOILT.keys()
    assert [symbol for symbol, (_, reason) in SPOILT.items() if reason not in said[symbol]] == []
    held = rows("select symbol, rule from quarantine where status = 'held' order by symbol")
    assert held == [(symbol, "newly_flat_market") for symbol in STOCKS]


def test_prices_of_the_day_before_with_another_volume_fill_nothing_unless_they_span_a_few_ticks(night, tencent, both):
    close = both.bars["0941.HK"][FRIDAY][3]
    narrow = (close, round(close + 0.05, 2), round(close - 0.05, 2), close, both.bars["0941.HK"][FRIDAY][4])
    both.bars["0941.HK"][FRIDAY] = tencent.bars["hk00941"][FRIDAY] = narrow
    both.bars["0941.HK"][HALF_DAY] = (*[close] * 4, 0)
    night(FRIDAY)
    for name in ("hk00700", "hk00941"):
        bars = tencent.bars[name]
        bars[HALF_DAY] = (*bars[FRIDAY][:4], bars[HALF_DAY][4])
    night(HALF_DAY)
    assert refused() == [("0700.HK", "it is the bar of the day before")]
    assert dict(stored(HALF_DAY))["0941.HK"] == "tencent"


def test_a_proven_bar_that_breaks_a_rule_is_held_under_its_own_name(night, tencent):
    night(FRIDAY)
    opened, high, low, close, volume = tencent.bars["hk00700"][HALF_DAY]
    tencent.bars["hk00700"][HALF_DAY] = (opened, high, low, close * 100, volume)
    night(HALF_DAY)
    assert "0700.HK" not in dict(stored(HALF_DAY))
    held = rows("select source, rule from quarantine where status = 'held' order by source")
    assert held == [("tencent", "close_within_range"), ("yahoo", "newly_flat_market")]
    tencent.bars["hk00700"][HALF_DAY] = (opened, high, low, close, volume)
    night(NEXT)
    assert dict(stored(HALF_DAY))["0700.HK"] == "tencent"
    assert rows("select count(*) from quarantine where status = 'held'") == [(0,)]


def test_what_is_held_for_a_person_is_asked_of_nobody(night, tencent, both):
    night(FRIDAY)
    both.bars["0700.HK"][HALF_DAY] = tuple(100 * price for price in tencent.bars["hk00700"][HALF_DAY])
    night(HALF_DAY)
    assert "hk00700" not in tencent.asked
    assert rows("select symbol, rule from quarantine where status = 'held'") == [("0700.HK", "unit_slip")]


def test_a_stock_that_the_exchange_saw_dealt_in_and_the_first_vendor_repeats_flat_is_filled(night, tencent, both):
    for day in (FRIDAY, HALF_DAY, NEXT):
        night(day)
    dealt = tencent.bars["hk00700"][AFTER]
    both.bars["0700.HK"][AFTER] = (*[both.bars["0700.HK"][NEXT][3]] * 4, 0)
    lake = open_lake(load_settings())
    keep(lake, OFFICIAL, [official_line("0700.HK", f"{AFTER}", dealt[3], both.bars["0700.HK"][NEXT][3])])
    night(AFTER)
    assert dict(stored(AFTER))["0700.HK"] == "tencent"
    assert rows("select rule, status from quarantine where symbol = '0700.HK' and trade_date = '2022-02-07'") == [
        ("official_says_traded", "cured")
    ]


def test_lots_for_shares_give_a_price_and_no_volume(night, tencent):
    night(FRIDAY)
    bars = tencent.bars["hk00700"]
    tencent.bars["hk00700"] = {day: (*bar[:4], bar[4] // 100) for day, bar in bars.items()}
    night(HALF_DAY)
    query = (
        f"select close, volume, turnover_estimate from prices where symbol = '0700.HK' and trade_date = '{HALF_DAY}'"
    )
    assert rows(query) == [(bars[HALF_DAY][3], None, None)]


def test_the_first_vendor_takes_its_place_back_only_with_a_bar_that_traded(night, tencent, both):
    night(FRIDAY)
    night(HALF_DAY)
    night(NEXT)  # Yahoo tells the flat bars again
    assert stored(HALF_DAY) == [(symbol, "tencent") for symbol in STOCKS]
    for symbol in STOCKS[:3]:  # fewer flat ones than would be held for their number
        both.bars[symbol][HALF_DAY] = tencent.bars[tencent_of(symbol)][HALF_DAY]
    bars = tencent.bars["hk00700"][HALF_DAY]
    both.bars["0700.HK"][HALF_DAY] = (bars[0], bars[1] + 0.1, bars[2], round(bars[3] + 0.05, 2), bars[4])
    night(AFTER)
    assert dict(stored(HALF_DAY))["0700.HK"] == "yahoo"
    assert dict(stored(HALF_DAY))["0941.HK"] == "tencent"
    held = rows("select distinct symbol, rule from quarantine where status = 'held' order by symbol")
    assert held == [(symbol, "flat_against_fill") for symbol in ("0941.HK", "1299.HK", "2318.HK")]


def test_a_fill_on_another_basis_gives_way_to_the_first_vendors_bar_though_it_prints_the_same(night, tencent, both):
    true = tencent.bars["hk00700"]
    # All but the day itself on another basis: the factor that they prove is not the day's.
    tencent.bars["hk00700"] = {
        day: bar if day == HALF_DAY else (*(round(price * 1.04, 3) for price in bar[:4]), round(bar[4] / 1.04))
        for day, bar in true.items()
    }
    night(FRIDAY)
    night(HALF_DAY)
    of_the_day = f"symbol = '0700.HK' and trade_date = '{HALF_DAY}'"
    query = f"select source, close, fill_factor, return_1d from prices where {of_the_day}"
    assert rows(query)[0][:3] == ("tencent", true[HALF_DAY][3], pytest.approx(1 / 1.04, abs=1e-4))
    both.bars["0700.HK"][HALF_DAY] = true[HALF_DAY]
    night(NEXT)
    move = pytest.approx(true[HALF_DAY][3] / true[FRIDAY][3] - 1)
    assert rows(query) == [("yahoo", true[HALF_DAY][3], None, move)]


def test_an_index_is_filled_from_the_five_sessions_that_the_first_vendor_has(night, tencent, both):
    bars = walk("HSTECH.HK", HK, FIRST, AFTER, 5000.0)
    both.bars["HSTECH.HK"], tencent.bars["hkHSTECH"] = bars, bars
    day = date(2022, 1, 14)
    both.today = AFTER
    night(FRIDAY, ("^HSI", "HSTECH.HK"))
    found = rows(
        "select source, count(*) from index_prices where index_code = 'HSTECH' group by source order by source"
    )
    assert found == [("yahoo", 5)]
    window = Window(HK, day, FRIDAY)
    requests = [Request("^HSI", window.bars_from), Request("HSTECH.HK", window.bars_from, short=True)]
    fill(new_job("backfill", window, requests, (day, FRIDAY), FACTS, load_settings()))
    query = "select trade_date, close from index_prices where source = 'tencent' order by trade_date"
    assert rows(query) == [(each, bars[each][3]) for each in HK.sessions.between(day, date(2022, 1, 21))]
    assert tencent.asked.count("hkHSTECH") == 1


@pytest.mark.parametrize(("fault", "requests"), [(CHECK, 1), (500, 9)])
def test_a_vendor_that_bans_or_is_down_costs_a_line_and_a_few_requests(
    night, tencent, caplog, monkeypatch, fault, requests
):
    monkeypatch.setattr("tasks.sources.tencent.Tencent.__init__.__defaults__", (0.001, 2.0))
    night(FRIDAY)
    tencent.faults = dict.fromkeys(map(tencent_of, STOCKS), fault)
    with caplog.at_level(logging.INFO, "afterclose"):
        evening = night(HALF_DAY)
    assert evening.outcome.state == "partial"
    assert len(tencent.asked) == requests
    assert stored(HALF_DAY) == []
    lines = [record.message for record in caplog.records if "tencent" in record.message]
    assert len(lines) <= 3
    assert rows("select distinct outcome from fills where detail like 'not asked any more%'") == [("transient",)]


def test_a_vendor_that_refused_is_asked_by_no_night_until_a_person_has_asked(night, tencent, both, caplog):
    night(FRIDAY)
    tencent.faults = dict.fromkeys(map(tencent_of, STOCKS), CHECK)
    night(HALF_DAY)
    tencent.faults = {}
    night(NEXT)
    assert len(tencent.asked) == 1
    assert "tencent: not asked, since it refused us (2022-01-31" in caplog.text
    window = Window(HK, HALF_DAY, NEXT)
    requests = [Request(symbol, window.bars_from) for symbol in ("^HSI", *STOCKS)]
    fill(new_job("backfill", window, requests, (HALF_DAY, NEXT), FACTS, load_settings()))
    assert stored(HALF_DAY) == [(symbol, "tencent") for symbol in STOCKS]
    asked = len(tencent.asked)
    del both.bars["0700.HK"][AFTER]
    night(AFTER)
    assert tencent.asked[asked:] == ["hk00700"]
    assert caplog.text.count("tencent: not asked") == 1


def test_a_symbol_that_yahoo_has_no_more_is_filled_while_it_is_proven(night, tencent, both):
    night(FRIDAY)
    both.bars["0700.HK"] = {}
    night(HALF_DAY)
    night(NEXT)
    assert dict(stored(NEXT))["0700.HK"] == "tencent"
    query = f"select return_1d from prices where symbol = '0700.HK' and trade_date = '{NEXT}'"
    bars = tencent.bars["hk00700"]
    assert rows(query) == [(pytest.approx(bars[NEXT][3] / bars[HALF_DAY][3] - 1),)]


def test_every_common_close_is_kept_beside_the_other(night, tencent, both):
    night(FRIDAY)
    night(HALF_DAY)
    query = "select finding, count(*) from base.opinions where symbol = '0700.HK' group by finding order by finding"
    assert rows(query) == [("agrees", 10), ("only second", 1)]  # as many before it as are asked for


@pytest.mark.parametrize("spoilt", ["currency", "history"])
def test_an_answer_that_was_not_believed_keeps_nobody_from_filling_what_the_next_one_tells_flat(
    night, tencent, both, spoilt
):
    night(FRIDAY)
    tencent.faults = dict.fromkeys(map(tencent_of, STOCKS), 404)
    night(HALF_DAY)
    good = both.bars["0700.HK"]
    if spoilt == "currency":
        both.faults["0700.HK"] = ["currency"]
    else:
        both.bars["0700.HK"] = {day: good[before] for before, day in pairwise(good)}  # its days have slipped
    night(NEXT)
    both.faults, both.bars["0700.HK"] = {}, good
    tencent.faults = {}
    night(AFTER)
    assert stored(HALF_DAY) == [(symbol, "tencent") for symbol in STOCKS]
    assert rows("select symbol, trade_date, rule from quarantine where status = 'held'") == []
