from datetime import UTC, date, datetime, timedelta
from functools import cache

import pandas as pd
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from tasks.collect import Terms, days_of_indices
from tasks.plan import Past, Window, past_of
from tasks.runs import Run
from tasks.store import store
from tasks.validate import Around, judge_symbols, seen_together
from tests.judging import judge_evening, validate
from tests.shipped import CN, HK
from warehouse.bars.answers import Answer, Event, Request
from warehouse.lake.lake import Lake
from warehouse.lake.schema import ACTIONS, STOCKS

FRIDAY, SATURDAY, MONDAY, TUESDAY = (date(2022, 5, day) for day in (13, 14, 16, 17))
WINDOW = Window(HK, MONDAY, TUESDAY)
EVENING = datetime(2022, 5, 17, 9, 0, tzinfo=UTC)  # 17:00 in Hong Kong, twenty minutes after the close is final
SETTLE = timedelta(minutes=30)


def answer(symbol="0700.HK", bars=None, **changes):
    """Bars are {day: close} or {day: (close, volume)}."""
    bars = bars or {MONDAY: 100.0, TUESDAY: 101.0}
    pairs = [value if isinstance(value, tuple) else (value, 1000) for value in bars.values()]
    closes = [close for close, _ in pairs]
    return Answer(
        **{
            "symbol": symbol,
            "outcome": "ok",
            "asked_at": EVENING,
            "currency": "HKD",
            "time_zone": "Asia/Hong_Kong",
            "trade_date": list(bars),
            "open": closes,
            "high": [close + 1 for close in closes],
            "low": [close - 1 for close in closes],
            "close": closes,
            "volume": [volume for _, volume in pairs],
        }
        | changes
    )


def nothing():
    return STOCKS.schema.empty_table().to_pandas()


def past(*bars):
    """Current stored bars as (symbol, day, close, volume)."""
    frame = pd.DataFrame(bars, columns=["symbol", "trade_date", "close", "volume"]).astype({"volume": "Int64"})
    prices = {"open": frame["close"], "high": frame["close"], "low": frame["close"]}
    kept = {"trading_state": "traded", "basis": "evening", "source": "yahoo", "fill_factor": float("nan")}
    return frame.assign(**prices, **kept, known_to=None)


def no_actions():
    return ACTIONS.schema.empty_table().to_pandas()


def checked(*answers, stored=None, actions=None, window=WINDOW, now=EVENING):
    known = Past(nothing() if stored is None else stored, no_actions() if actions is None else actions)
    return validate(list(answers), known, Terms(window, now, SETTLE, "yahoo"))


def passed(result):
    return sorted(zip(result.stocks["symbol"], result.stocks["trade_date"], strict=True))


def held(result, status="held"):
    rows = result.held[result.held["status"] == status]
    return sorted(zip(rows["symbol"], rows["trade_date"], rows["rule"], strict=True))


def warned(result):
    return held(result, "warned")


def test_good_bars_pass_with_all_that_the_lake_keeps():
    result = checked(answer())
    assert held(result) == []
    kept = result.stocks[["symbol", "trade_date", "close", "volume", "currency", "split_factor", "trading_state"]]
    assert kept.values.tolist() == [
        ["0700.HK", MONDAY, 100.0, 1000, "HKD", 1.0, "traded"],
        ["0700.HK", TUESDAY, 101.0, 1000, "HKD", 1.0, "traded"],
    ]
    assert result.stocks["source"].tolist() == ["yahoo", "yahoo"]
    assert result.stocks["asked_at"].tolist() == [EVENING, EVENING]
    assert set(STOCKS.schema.names) - set(result.stocks.columns) == {"known_from", "known_to", "run_id"}


def test_a_row_that_slipped_to_the_day_before_restates_nothing():
    # The stored bars are of one price each. The vendor has Tuesday's as Monday's, and none of Tuesday.
    stored = past(("^HSI", FRIDAY, 100.0, 900), ("^HSI", MONDAY, 104.0, 800), ("^HSI", TUESDAY, 101.0, 1000))
    slipped = answer("^HSI", {FRIDAY: (100.0, 900), MONDAY: (101.0, 1000)}, high=[100.0, 101.0], low=[100.0, 101.0])
    result = checked(slipped, stored=stored)
    assert held(result) == [("^HSI", MONDAY, "stale_repeat")]
    assert MONDAY not in result.indices["trade_date"].tolist()


def test_a_bar_after_others_that_are_held_is_held_against_what_is_stored_of_their_days():
    # Five sessions of a limit of 10% each lead from 100 to 161, but the bars of those sessions are stored, at 100.
    days = CN.sessions.between(date(2022, 4, 26), TUESDAY)
    right, wrong = days[:-6], days[-6:]
    stored = past(*(("600519.SS", day, 100.0, 900) for day in days[:-1]))
    bars = dict.fromkeys(right, (100.0, 900)) | {day: (150.0, 800 + at) for at, day in enumerate(wrong)}
    prices = [close for close, _ in bars.values()]
    told = answer("600519.SS", bars, currency="CNY", time_zone="Asia/Shanghai", high=prices, low=prices)
    result = checked(told, stored=stored, window=Window(CN, days[0], TUESDAY))
    assert held(result) == [("600519.SS", day, "beyond_limit") for day in wrong]


def test_only_the_bar_of_the_evening_itself_has_that_basis():
    assert checked(answer()).stocks["basis"].tolist() == ["history", "evening"]


def test_today_s_bar_is_cut_before_it_is_final():
    early = datetime(2022, 5, 17, 8, 39, 59, tzinfo=UTC)
    result = checked(answer(), now=early)
    assert passed(result) == [("0700.HK", MONDAY)]
    assert held(result) == []


def test_today_s_bar_is_kept_once_it_is_final():
    result = checked(answer(), now=datetime(2022, 5, 17, 8, 40, tzinfo=UTC))
    assert passed(result) == [("0700.HK", MONDAY), ("0700.HK", TUESDAY)]


def test_a_half_day_s_bar_is_kept_from_the_afternoon_on():
    window = Window(HK, date(2022, 1, 31), date(2022, 1, 31))
    bars = answer(bars={date(2022, 1, 31): 100.0})
    assert passed(checked(bars, window=window, now=datetime(2022, 1, 31, 4, 39, tzinfo=UTC))) == []
    kept = checked(bars, window=window, now=datetime(2022, 1, 31, 4, 40, tzinfo=UTC))
    assert passed(kept) == [("0700.HK", date(2022, 1, 31))]


def test_bars_outside_the_window_and_its_ten_lead_sessions_are_cut():
    # The lead of Monday the 16th: 13 to 10, 6 to 3 (the 9th is a holiday), 29 and 28 April (so is the 2nd).
    bars = {date(2022, 4, 27): 99.0, date(2022, 4, 28): 99.0, MONDAY: 100.0, TUESDAY: 101.0, date(2022, 5, 18): 102.0}
    result = checked(answer(bars=bars), now=datetime(2022, 5, 18, 12, 0, tzinfo=UTC))
    assert passed(result) == [("0700.HK", date(2022, 4, 28)), ("0700.HK", MONDAY), ("0700.HK", TUESDAY)]
    assert held(result) == []


def test_a_bar_on_a_saturday_is_held():
    result = checked(answer(bars={FRIDAY: 99.0, SATURDAY: 99.5, MONDAY: 100.0, TUESDAY: 101.0}))
    assert held(result) == [("0700.HK", SATURDAY, "session_exists")]
    assert passed(result) == [("0700.HK", FRIDAY), ("0700.HK", MONDAY), ("0700.HK", TUESDAY)]


def test_a_bar_on_a_weekday_holiday_is_held():
    result = checked(answer(bars={date(2022, 5, 9): 99.0, MONDAY: 100.0}))
    assert held(result) == [("0700.HK", date(2022, 5, 9), "session_exists")]


def test_a_bar_of_no_session_after_the_window_is_held_and_not_cut():
    result = checked(answer(bars={TUESDAY: 101.0, date(2022, 5, 21): 101.0}))
    assert held(result) == [("0700.HK", date(2022, 5, 21), "session_exists")]


@pytest.mark.parametrize("currency", ["USD", "CNY", None])
def test_bars_in_a_wrong_currency_are_held(currency):
    result = checked(answer(currency=currency))
    assert held(result) == [("0700.HK", MONDAY, "right_currency"), ("0700.HK", TUESDAY, "right_currency")]
    assert passed(result) == []


def test_bars_of_a_wrong_time_zone_are_held():
    result = checked(answer(time_zone="America/New_York"))
    assert {rule for _, _, rule in held(result)} == {"right_time_zone"}
    assert passed(result) == []


def hundredfold(**changes):
    good = answer()
    return answer(close=[100.0, 10100.0], high=good.high, low=good.low, **changes)


def test_a_close_a_hundred_times_too_high_is_held_with_its_values():
    result = checked(hundredfold())
    assert held(result) == [("0700.HK", TUESDAY, "close_within_range")]
    assert passed(result) == [("0700.HK", MONDAY)]
    (row,) = result.held.to_dict("records")
    assert row["close"] == 10100.0
    assert "close 10100.0" in row["detail"]
    assert "high 102.0" in row["detail"]
    assert "HKD" in row["detail"]


def test_the_same_wrong_values_have_the_same_id_whenever_they_come():
    (first,) = checked(hundredfold()).held["id"]
    later = EVENING + timedelta(days=1)
    (second,) = checked(hundredfold(asked_at=later), now=later).held["id"]
    assert first == second
    assert len(first) == 12


def test_other_wrong_values_have_another_id():
    (first,) = checked(hundredfold()).held["id"]
    (other,) = checked(answer(close=[100.0, 10200.0], high=[101.0, 102.0])).held["id"]
    (elsewhere,) = checked(answer("0005.HK", close=[100.0, 10100.0], high=[101.0, 102.0])).held["id"]
    assert len({first, other, elsewhere}) == 3


def test_an_identical_copy_of_a_bar_is_held_and_the_bar_passes():
    twice = answer(
        trade_date=[TUESDAY, TUESDAY],
        open=[100.0] * 2,
        high=[101.0] * 2,
        low=[99.0] * 2,
        close=[100.0] * 2,
        volume=[7] * 2,
    )
    result = checked(twice)
    assert passed(result) == [("0700.HK", TUESDAY)]
    assert held(result) == [("0700.HK", TUESDAY, "one_row_a_day")]


def test_bars_of_one_day_that_disagree_are_all_held():
    twice = answer(
        trade_date=[TUESDAY, TUESDAY],
        open=[100.0] * 2,
        high=[101.0] * 2,
        low=[99.0] * 2,
        close=[100.0, 100.5],
        volume=[7] * 2,
    )
    result = checked(twice)
    assert passed(result) == []
    assert held(result) == [("0700.HK", TUESDAY, "one_row_a_day")] * 2


def test_a_last_trade_inside_the_session_holds_that_bar_only():
    result = checked(answer(traded_at=datetime(2022, 5, 17, 7, 59, 58, tzinfo=UTC)))
    assert held(result) == [("0700.HK", TUESDAY, "no_longer_trading")]
    assert passed(result) == [("0700.HK", MONDAY)]


@pytest.mark.parametrize("traded_at", [None, datetime(2022, 5, 17, 8, 8, 11, tzinfo=UTC)])
def test_a_last_trade_in_the_closing_auction_is_the_close(traded_at):
    result = checked(answer(traded_at=traded_at))
    assert held(result) == []
    assert passed(result) == [("0700.HK", MONDAY), ("0700.HK", TUESDAY)]


def test_a_last_trade_within_an_earlier_session_is_that_of_a_stock_halted_since():
    result = checked(answer(bars={MONDAY: (100.0, 1000)}, traded_at=datetime(2022, 5, 16, 3, 0, tzinfo=UTC)))
    assert held(result) == []
    assert result.stocks[["trade_date", "halted_at_close"]].values.tolist() == [[MONDAY, True]]


def test_a_market_whose_last_trades_all_lie_within_a_session_of_before_has_a_vendor_that_stands_still():
    noon = datetime(2022, 5, 16, 4, 0, tzinfo=UTC)
    stuck = [answer(f"000{number}.HK", {MONDAY: 100.0}, traded_at=noon) for number in range(1, 6)]
    index = answer("^HSI", {MONDAY: (20000.0, 0)}, traded_at=noon)
    result = checked(*stuck, index)
    assert {rule for *_, rule in held(result)} == {"no_longer_trading"}
    assert len(held(result)) == 6
    # The vendor goes on: five have halted.
    others = [answer(symbol) for symbol in ("0011.HK", "0012.HK", "0016.HK", "0027.HK", "0066.HK", "0700.HK")]
    assert held(checked(*stuck, *others)) == []


@pytest.mark.parametrize("ahead", [date(2022, 5, 18), SATURDAY, date(2022, 5, 21)])
def test_a_row_of_no_session_that_is_over_makes_no_halt_of_an_answer_of_noon(ahead):
    bars = {MONDAY: 100.0, TUESDAY: 101.0, ahead: 102.0}
    result = checked(answer(bars=bars, traded_at=datetime(2022, 5, 17, 4, 0, tzinfo=UTC)))
    assert ("0700.HK", TUESDAY, "no_longer_trading") in held(result)
    assert ("0700.HK", TUESDAY) not in passed(result)


def newly_flat(count, monday=1000):
    symbols = [f"000{number}.HK" for number in range(1, count + 1)]
    return [answer(symbol, {MONDAY: (100.0, monday), TUESDAY: (100.0, 0)}) for symbol in symbols]


def test_five_stocks_newly_flat_are_all_held():
    result = checked(*newly_flat(5), answer("0700.HK"))
    assert held(result) == [(f"000{number}.HK", TUESDAY, "newly_flat_market") for number in range(1, 6)]
    assert passed(result) == [
        *((f"000{number}.HK", MONDAY) for number in range(1, 6)),
        ("0700.HK", MONDAY),
        ("0700.HK", TUESDAY),
    ]


def test_four_stocks_newly_flat_pass_as_suspended():
    result = checked(*newly_flat(4))
    assert held(result) == []
    states = result.stocks[result.stocks["trade_date"] == TUESDAY]
    assert states["trading_state"].tolist() == ["suspended"] * 4
    assert result.stocks.loc[result.stocks["trade_date"] == MONDAY, "trading_state"].tolist() == ["traded"] * 4


def test_zero_volume_at_a_changed_close_is_held():
    result = checked(answer(bars={MONDAY: (100.0, 1000), TUESDAY: (100.5, 0)}))
    assert held(result) == [("0700.HK", TUESDAY, "flat_at_changed_close")]
    assert passed(result) == [("0700.HK", MONDAY)]


def test_the_close_before_may_be_a_stored_one():
    flat = answer(bars={TUESDAY: (100.5, 0)})
    changed = checked(flat, stored=past(("0700.HK", MONDAY, 100.0, 1000)))
    assert held(changed) == [("0700.HK", TUESDAY, "flat_at_changed_close")]
    unchanged = checked(flat, stored=past(("0700.HK", MONDAY, 100.5, 1000), ("0005.HK", MONDAY, 50.0, 1000)))
    assert held(unchanged) == []
    assert unchanged.stocks["trading_state"].tolist() == ["suspended"]


def test_stocks_that_were_flat_in_the_lake_are_not_newly_flat():
    stored = past(*[(f"000{number}.HK", MONDAY, 100.0, 0) for number in range(1, 6)])
    result = checked(*[answer(f"000{number}.HK", {TUESDAY: (100.0, 0)}) for number in range(1, 6)], stored=stored)
    assert held(result) == []
    assert result.stocks["trading_state"].tolist() == ["suspended"] * 5


def test_a_suspension_over_a_split_is_no_changed_close():
    # Stored at 100 as traded; the vendor now shows both days in halved shares.
    split = {"splits": [Event(TUESDAY, 2.0)]}
    stored = past(("0700.HK", MONDAY, 100.0, 1000))
    result = checked(answer(bars={TUESDAY: (50.0, 0)}, **split), stored=stored)
    assert held(result) == []
    moved = checked(answer(bars={TUESDAY: (100.0, 0)}, **split), stored=stored)
    assert held(moved) == [("0700.HK", TUESDAY, "flat_at_changed_close")]


def test_flat_bars_that_the_lake_already_took_are_not_held_again():
    symbols = [f"000{number}.HK" for number in range(1, 6)]
    stored = past(*[(s, MONDAY, 100.0, 1000) for s in symbols], *[(s, TUESDAY, 100.0, 0) for s in symbols])
    result = checked(*newly_flat(5), stored=stored)
    assert held(result) == []
    assert len(result.stocks) == 10


def test_a_stored_bar_with_volume_is_not_replaced_by_a_flat_one_at_a_changed_close():
    stored = past(("0700.HK", MONDAY, 100.0, 1000), ("0700.HK", TUESDAY, 100.5, 1000))
    result = checked(answer(bars={MONDAY: (100.0, 1000), TUESDAY: (100.5, 0)}), stored=stored)
    assert held(result) == [("0700.HK", TUESDAY, "flat_at_changed_close")]
    assert passed(result) == [("0700.HK", MONDAY)]


def test_five_stored_bars_with_volume_are_not_replaced_by_newly_flat_ones():
    stored = past(*[(f"000{number}.HK", day, 100.0, 1000) for number in range(1, 6) for day in (MONDAY, TUESDAY)])
    result = checked(*newly_flat(5), stored=stored)
    assert held(result) == [(f"000{number}.HK", TUESDAY, "newly_flat_market") for number in range(1, 6)]


def test_index_bars_go_apart_and_may_have_no_volume():
    result = checked(answer("^HSI", {MONDAY: (20000.0, 0), TUESDAY: (20100.0, 0)}), answer())
    assert result.indices[["symbol", "trade_date", "trading_state"]].values.tolist() == [
        ["^HSI", MONDAY, "traded"],
        ["^HSI", TUESDAY, "traded"],
    ]
    assert held(result) == []
    assert set(result.stocks["symbol"]) == {"0700.HK"}


def test_a_split_is_undone_and_kept_with_the_dividends_of_the_window():
    events = {
        "splits": [Event(TUESDAY, 2.0)],
        "dividends": [Event(MONDAY, 0.25), Event(TUESDAY, 0.3), Event(date(2022, 4, 1), 1.0)],
    }
    mainland = {"currency": "CNY", "time_zone": "Asia/Shanghai"}
    bars = {MONDAY: (50.0, 2000), TUESDAY: (50.5, 1000)}
    result = checked(answer("600519.SS", bars, **events, **mainland), window=Window(CN, TUESDAY, TUESDAY))
    assert held(result) == []
    assert result.stocks[["close", "volume", "split_factor"]].values.tolist() == [[100.0, 1000, 2.0], [50.5, 1000, 1.0]]
    actions = result.actions.sort_values(["kind", "ex_date"])[["ex_date", "kind", "value", "source"]]
    assert actions.values.tolist() == [
        [MONDAY, "dividend", 0.5, "yahoo"],
        [TUESDAY, "dividend", 0.3, "yahoo"],
        [TUESDAY, "split", 2.0, "yahoo"],
    ]


def test_a_bar_without_any_price_is_left_out_and_one_with_a_gap_is_held():
    gone = answer(open=[None, 101.0], high=[None, 102.0], low=[None, 100.0], close=[None, 101.0])
    assert passed(checked(gone)) == [("0700.HK", TUESDAY)]
    assert held(checked(gone)) == []
    gap = checked(answer(open=[None, 101.0]))
    assert held(gap) == [("0700.HK", MONDAY, "prices_finite_and_positive")]


def test_a_row_is_held_under_the_first_rule_that_it_breaks():
    result = checked(answer(bars={SATURDAY: (-1.0, -5)}, currency="USD"))
    assert held(result) == [("0700.HK", SATURDAY, "session_exists")]


def test_answers_that_are_not_ok_give_no_rows():
    result = checked(Answer("0700.HK", "no data", EVENING), Answer("0005.HK", "transient", EVENING), answer("0001.HK"))
    assert passed(result) == [("0001.HK", MONDAY), ("0001.HK", TUESDAY)]


def test_no_answers_give_empty_frames_that_the_lake_takes(tmp_path):
    result = checked()
    assert [len(frame) for frame in (result.stocks, result.indices, result.actions, result.held)] == [0, 0, 0, 0]
    assert Lake(tmp_path).changes(STOCKS, "HK", result.stocks) == {}


def test_bars_under_the_code_of_a_vanished_member_are_not_taken_for_it():
    before, after = date(2015, 5, 26), date(2015, 5, 27)  # Hutchison Whampoa's last day in the index, and the next
    window = Window(HK, before, after)
    result = checked(answer("0013.HK", {before: 30.0, after: 31.0}), answer(bars={before: 150.0}), window=window)
    assert passed(result) == [("0013.HK", after), ("0700.HK", before)]
    assert held(result) == []


def test_bars_of_a_provisional_day_are_held_until_an_index_has_one_too():
    holiday, monday = date(2027, 1, 1), date(2027, 1, 4)
    window = Window(CN, holiday, monday)
    evening = datetime(2027, 1, 4, 10, tzinfo=UTC)
    mainland = {"currency": "CNY", "time_zone": "Asia/Shanghai", "asked_at": evening}
    stock = answer("600519.SS", {holiday: (1500.0, 0), monday: 1510.0}, **mainland)
    index = answer("000300.SS", {monday: 4800.0}, **mainland)
    result = checked(stock, index, window=window, now=evening)
    assert passed(result) == [("600519.SS", monday)]
    assert held(result) == [("600519.SS", holiday, "session_exists")]
    alone = checked(stock, window=window, now=evening, stored=past(("000300.SS", monday, 4800.0, 0)))
    assert passed(alone) == [("600519.SS", monday)]


NEW_YEAR, FIRST, SECOND = (date(2027, 1, day) for day in (1, 4, 5))  # past the calendar's horizon, the first a holiday
NIGHT = datetime(2027, 1, 5, 10, tzinfo=UTC)


def mainland(symbol, bars, **changes):
    return answer(symbol, bars, **{"currency": "CNY", "time_zone": "Asia/Shanghai", "asked_at": NIGHT} | changes)


ODD_EVENING = [
    mainland("000300.SS", {FIRST: 4800.0, SECOND: 4810.0}),
    *(
        mainland(symbol, {FIRST: (100.0, 1000), SECOND: (100.0, 0)})
        for symbol in ("000333.SZ", "000858.SZ", "600036.SS", "601318.SS", "601398.SS")
    ),
    mainland("600519.SS", {FIRST: 100.0, SECOND: 101.0}, close=[100.0, 10100.0]),
    mainland("300750.SZ", {NEW_YEAR: 100.0, FIRST: 100.0, SECOND: 101.0}),
    mainland(
        "601012.SS",
        {FIRST: 50.0, SECOND: 50.5},
        splits=[Event(SECOND, 2.0)],
        dividends=[Event(FIRST, 0.25), Event(SECOND, 0.25)],
    ),
    mainland("600276.SS", {FIRST: 100.0, SECOND: 101.0}, dividends=[Event(SECOND, 0.5)]),
    mainland("600900.SS", {FIRST: 100.0}, open=[101.5]),
    Answer("600030.SS", "no data", NIGHT),
]

BEFORE = date(2026, 12, 31)
ODD_PAST = Past(
    past(("000300.SS", BEFORE, 4790.0, 1000), ("600036.SS", BEFORE, 100.0, 1000), ("601012.SS", BEFORE, 99.0, 1000)),
    pd.DataFrame(
        [("600276.SS", FIRST, "dividend", 0.5, "CNY", "yahoo", NIGHT - timedelta(days=1))],
        columns=["symbol", "ex_date", "kind", "value", "currency", "source", "asked_at"],
    ),
)
ODD_TERMS = Terms(Window(CN, FIRST, SECOND), NIGHT, SETTLE, "yahoo")


@cache
def in_one_piece():
    return validate(ODD_EVENING, ODD_PAST, ODD_TERMS)


@pytest.mark.slow
@settings(deadline=None, max_examples=6, database=None, phases=[Phase.explicit, Phase.generate, Phase.shrink])
@given(st.lists(st.integers(0, 2), min_size=len(ODD_EVENING), max_size=len(ODD_EVENING)))
@example(list(range(len(ODD_EVENING))))
def test_answers_judged_in_pieces_and_put_together_are_judged_as_in_one(places):
    whole = in_one_piece()
    assert held(whole) == [
        *((symbol, SECOND, "newly_flat_market") for symbol in ("000333.SZ", "000858.SZ")),
        ("300750.SZ", NEW_YEAR, "session_exists"),
        ("600036.SS", SECOND, "newly_flat_market"),
        ("600519.SS", SECOND, "close_within_range"),
        *((symbol, SECOND, "newly_flat_market") for symbol in ("601318.SS", "601398.SS")),
    ]
    assert warned(whole) == [
        ("600900.SS", FIRST, "open_within_range"),
        ("601012.SS", SECOND, "booked_twice"),
        ("CN", SECOND, "session_covered"),
    ]
    assert whole.withdrawn.values.tolist() == [["600276.SS", FIRST, "dividend"]]
    assert whole.indices["close"].tolist() == [4800.0, 4810.0]
    index_days = days_of_indices(ODD_EVENING, ODD_PAST.bars, CN)
    around = Around(index_days)
    parts = [[one for one, at in zip(ODD_EVENING, places, strict=True) if at == place] for place in set(places)]
    pieces = [judge_symbols(part, ODD_PAST, ODD_TERMS, around) for part in parts]
    after = seen_together(pieces, around)
    assert after.flat_days == {SECOND}
    pieces = [judge_symbols(part, ODD_PAST, ODD_TERMS, after) for part in parts]
    result = judge_evening(pieces, ODD_TERMS)
    keys = {
        "stocks": ["symbol", "trade_date"],
        "indices": ["symbol", "trade_date"],
        "actions": ["symbol", "ex_date", "kind"],
        "withdrawn": ["symbol", "ex_date", "kind"],
        "held": ["id"],
    }
    for name, key in keys.items():
        found, expected = (getattr(each, name).sort_values(key, ignore_index=True) for each in (result, whole))
        pd.testing.assert_frame_equal(found, expected, obj=name)


@pytest.mark.parametrize("confirmed", [datetime(2021, 12, 30, 10, tzinfo=UTC), datetime(2022, 1, 5, 10, tzinfo=UTC)])
def test_an_answer_from_before_the_last_one_is_late_over_the_turn_of_the_year_too(tmp_path, confirmed):
    lake = Lake(tmp_path / "lake")
    lake.path.mkdir()
    days = HK.sessions.between(date(2021, 11, 22), date(2021, 12, 1))
    window = Window(HK, days[0], days[-1])

    def keep(asked_at, close, now):
        bars = {day: 100.0 + at for at, day in enumerate(days)} | {days[-1]: close}
        answers = [answer(bars=bars, asked_at=asked_at)]
        checked = validate(answers, past_of(lake, window), Terms(window, now, SETTLE, "yahoo"))
        run = Run(f"{now}", "backfill", "yahoo", now, window, [Request("0700.HK", days[0])])
        store(lake, run, answers, checked, now)

    for moment in (datetime(2021, 12, 1, 10, tzinfo=UTC), confirmed):
        keep(moment, 107.0, moment)
    # Staged in December, and committed in January.
    keep(datetime(2021, 12, 20, 10, tzinfo=UTC), 109.0, datetime(2022, 1, 6, 10, tzinfo=UTC))
    stored = lake.read(STOCKS, "HK")
    assert list(stored.loc[stored["known_to"].isna() & (stored["trade_date"] == days[-1]), "close"]) == [107.0]
