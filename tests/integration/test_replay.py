"""The recorded market of January to June 2022, served by the look-alike of `../shared`."""

import json
import subprocess
import sys
import urllib.request
from datetime import date
from pathlib import Path

import pytest

from tasks.evening import fill
from tasks.job import new_job
from tasks.plan import backfill_requests, backfill_window, nightly_requests, nightly_window
from tasks.sources.yahoo import Yahoo, YahooSettings
from tasks.verdict import Outcome, evening_to_fill
from tests.property.test_sentence_laws import strange_numbers
from tests.shipped import KNOWN
from warehouse.bars.answers import Request
from warehouse.lake.lake import Lake
from warehouse.settings import load_settings
from warehouse.sql.database import ask, open_read_only
from warehouse.wording.sentences import headlines

MARKETS = KNOWN.market("HK"), KNOWN.market("CN")
REPLAY = Path(__file__).parents[3] / "shared" / "yahoo" / "replay.py"
pytestmark = pytest.mark.skipif(not REPLAY.exists(), reason="the recorded market in ../shared is not here")


@pytest.fixture
def replay(home, monkeypatch):
    """A running look-alike; call it with a moment to set its clock and ours."""
    with subprocess.Popen([sys.executable, str(REPLAY)], stdout=subprocess.PIPE, text=True) as server:
        url = server.stdout.readline().strip()
        monkeypatch.setenv("AFTERCLOSE_YAHOO_URL", url)
        monkeypatch.setenv("AFTERCLOSE_REQUESTS_PER_SECOND", "1000")

        def move(moment):
            monkeypatch.setenv("AFTERCLOSE_NOW", moment)
            body = json.dumps({"now": moment}).encode()
            urllib.request.urlopen(urllib.request.Request(f"{url}/_control", body)).close()

        yield move
        server.terminate()


def query(text):
    with open_read_only(load_settings().database_path) as connection:
        return connection.execute(text).fetchall()


def backfill_april(market):
    settings = load_settings()
    window = backfill_window(market, date(2022, 4, 1), date(2022, 4, 30), settings.clock(), settings.settling_time)
    fill(new_job("backfill", window, backfill_requests(window), (window.first, window.last), KNOWN, settings))


def state_of_night(market, day):
    settings = load_settings()
    lake = Lake(settings.lake_path)
    due = evening_to_fill(lake, market, settings, day, refetch=False)
    if isinstance(due, Outcome):
        return due.state
    window = nightly_window(lake, market, due, settings.lookback)
    return fill(new_job("nightly", window, nightly_requests(lake, window), (due, due), KNOWN, settings)).outcome.state


def test_ten_evenings_say_what_the_market_did_on_17_may_2022(replay):
    replay("2022-04-29T18:30:00+08:00")
    for market in MARKETS:
        backfill_april(market)
    ended = {}
    for day in (3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17):
        replay(f"2022-05-{day:02}T18:30:00+08:00")
        for market in MARKETS:
            ended[market.code, day] = state_of_night(market, date(2022, 5, day))
    closed = {("HK", 9), ("CN", 3), ("CN", 4)}
    assert {key for key, state in ended.items() if state == "closed"} == closed
    assert {state for key, state in ended.items() if key not in closed} == {"complete"}

    returns = dict(query("select index_symbol, return_1d from index_returns where trade_date = '2022-05-17'"))
    assert returns["^HSI"] == pytest.approx(0.032697, abs=1e-5)
    assert returns["HSTECH.HK"] == pytest.approx(0.057828, abs=1e-5)
    assert returns["000300.SS"] == pytest.approx(0.012473, abs=1e-5)
    best = query(
        "select symbol from top_movers where index_symbol = 'HSTECH.HK' and trade_date = '2022-05-17' "
        "and side = 'gainer' order by rank limit 2"
    )
    assert best == [("2382.HK",), ("2015.HK",)]
    with open_read_only(load_settings().database_path) as connection:
        rows = ask(connection, "wrap", first="2022-05-17", last="2022-05-17", market=None, index=None)
    wrap = {row["index_code"]: row["headline"] for row in rows}
    assert wrap["HSTECH"].startswith(
        "The Hang Seng TECH Index rallied 5.8%, the most this month, adding 233.59 points to close at 4,272.95, with"
        " Sunny Optical and Li Auto the top performers."
    )
    assert wrap["HSI"].startswith("The Hang Seng Index rose 3.3%")
    assert wrap["CSI300"].startswith("The CSI 300 Index gained 1.2%")
    with open_read_only(load_settings().database_path) as connection:
        found = connection.execute("select * from market_wrap")
        names = [column[0] for column in found.description]
        said = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    assert len(said) > 70
    for row in said:
        assert [row["headline"], row["headline_zh"], row["headline_zh_hans"]] == list(headlines(row).values())
        assert strange_numbers(row) == set(), row["headline"]
    assert (load_settings().reports_path / "2022-05-17.html").exists()
    assert query("select symbol, trade_date, rule from quarantine where status = 'held'") == []
    # The mainland quotes a return from the ex-rights reference: 300059.SZ went ex 0.08 and 2 for 10 from 25.94.
    ((reference,),) = query(
        "select reference_price from prices where symbol = '300059.SZ' and trade_date = '2022-04-20'"
    )
    assert reference == pytest.approx((25.94 - 0.08) / 1.2, abs=0.005)


def test_every_decoded_value_equals_that_of_yfinance(replay, tmp_path):
    import yfinance

    replay("2022-06-30T18:30:00+08:00")
    settings = load_settings()
    url = str(YahooSettings().yahoo_url.get_secret_value())
    source = Yahoo(tmp_path / "yfinance", url, 1000, settings.clock)
    symbols = recorded_symbols()
    events = 0
    for symbol in symbols:
        answer = source.ask(Request(symbol, date(2022, 1, 1), short=symbol == "HSTECH.HK"))
        assert answer.outcome == "ok", answer
        period = {"period": "5d"} if symbol == "HSTECH.HK" else {"start": "2022-01-01", "end": "2022-07-01"}
        history = yfinance.Ticker(symbol).history(auto_adjust=False, actions=True, **period)
        assert answer.trade_date == [stamp.date() for stamp in history.index], symbol
        for name in ("open", "high", "low", "close", "volume"):
            assert getattr(answer, name) == history[name.capitalize()].tolist(), (symbol, name)
        for name, column in (("dividends", "Dividends"), ("splits", "Stock Splits")):
            expected = [(stamp.date(), value) for stamp, value in history[column].items() if value]
            found = [(event.ex_date, event.value) for event in getattr(answer, name)]
            assert found == expected, (symbol, name)
            events += len(found)
    assert (len(symbols), events) == (392, 228)


def recorded_symbols():
    import pyarrow.parquet as pq

    table = pq.read_table(REPLAY.with_name("bars.parquet"), columns=["symbol"])
    return sorted(set(table["symbol"].to_pylist()))


def test_a_bar_that_still_moves_is_not_stored(replay, prefect_server):
    from flows.nightly import nightly

    replay("2022-05-17T15:30:00+08:00")
    state = nightly("HK", date(2022, 5, 17), return_state=True)
    assert state.is_failed()
    assert "not final yet" in state.message
    assert not load_settings().database_path.exists()
