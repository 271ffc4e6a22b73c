from datetime import UTC, date, datetime

from tasks.sources.simulated import Simulated
from warehouse.answers import Request

NOW = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)


def ask(symbol, first, now=NOW):
    return Simulated(lambda: now).ask(Request(symbol, first))


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


def test_it_calls_itself_simulated():
    assert Simulated(lambda: NOW).name == "simulated"
    assert "simulated" in ask("0700.HK", date(2022, 5, 10)).name
