from datetime import UTC, date, datetime

from tasks.sources.simulated import INDEX_LEVELS, Simulated
from tests.shipped import CN, FACTS, HK
from tests.sql.warehouse_of import market_of
from warehouse.bars.answers import Request

NOW = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)


def ask(symbol, first, now=NOW):
    return Simulated(FACTS.market(market_of(symbol)), lambda: now).ask(Request(symbol, first))


def test_the_same_day_has_the_same_prices_whenever_and_from_whichever_day_on_it_is_asked():
    long = ask("0700.HK", date(2022, 1, 3), datetime(2022, 6, 30, 10, 30, tzinfo=UTC))
    short = ask("0700.HK", date(2022, 5, 10))
    at = long.trade_date.index(date(2022, 5, 10))
    assert short.trade_date == long.trade_date[at : at + len(short.trade_date)]
    for name in ("open", "high", "low", "close", "volume"):
        assert getattr(short, name) == getattr(long, name)[at : at + len(short.trade_date)]


def test_bars_are_on_real_sessions_and_plausible():
    answer = ask("600519.SS", date(2022, 4, 25))
    assert date(2022, 5, 3) not in answer.trade_date
    assert answer.trade_date[-1] == date(2022, 5, 17)
    bars = list(zip(answer.open, answer.high, answer.low, answer.close, answer.volume, strict=True))
    assert all(low <= min(opened, close) and max(opened, close) <= high for opened, high, low, close, _ in bars)
    assert all(volume > 0 for *_, volume in bars)
    assert len(set(answer.close)) > 5


def test_every_index_has_a_level_of_its_own():
    assert INDEX_LEVELS.keys() == {*HK.index_symbols, *CN.index_symbols}


def test_it_calls_itself_simulated():
    assert Simulated(HK, lambda: NOW).name == "simulated"
    assert "simulated" in ask("0700.HK", date(2022, 5, 10)).name


def evening_of(day):
    return datetime(day.year, day.month, day.day, 10, 30, tzinfo=UTC)


def closes(symbol, evening):
    answer = ask(symbol, date(2026, 5, 4), evening_of(evening))
    return dict(zip(answer.trade_date, answer.close, strict=True))


def test_a_split_halves_what_was_shown_before_it_from_its_ex_date_on():
    before, after = closes("1810.HK", date(2026, 5, 12)), closes("1810.HK", date(2026, 5, 13))
    assert after[date(2026, 5, 12)] == before[date(2026, 5, 12)] / 2
    assert ask("1810.HK", date(2026, 5, 4), evening_of(date(2026, 5, 12))).splits == []
    assert [event.value for event in ask("1810.HK", date(2026, 5, 4), evening_of(date(2026, 5, 13))).splits] == [2]


def test_a_slip_is_a_hundred_times_too_high_on_its_evening_and_right_on_the_next():
    day = date(2026, 5, 20)
    assert closes("0005.HK", day)[day] == 100 * closes("0005.HK", date(2026, 5, 21))[day]


def test_a_late_correction_comes_two_days_later():
    day = date(2026, 5, 19)
    first, second, third = (closes("0388.HK", date(2026, 5, evening))[day] for evening in (19, 20, 21))
    assert first == second == round(third * 1.01, 2)


def test_a_halted_stock_shows_no_volume_at_the_close_before():
    answer = ask("0066.HK", date(2026, 5, 15), evening_of(date(2026, 5, 20)))
    assert answer.close[1] == answer.close[2] == answer.close[0]
    assert [volume == 0 for volume in answer.volume] == [False, True, True, False]


def test_a_part_of_the_market_does_not_answer_on_its_evening_only():
    outcomes = {
        day: [
            ask(symbol, date(2026, 5, 4), evening_of(date(2026, 5, day))).outcome for symbol in ("0700.HK", "1810.HK")
        ]
        for day in (21, 22, 23)
    }
    assert outcomes == {21: ["ok", "ok"], 22: ["transient", "ok"], 23: ["ok", "ok"]}
