"""Facts are objects: a test invents a market that no file knows."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tasks.collect import Terms
from tasks.plan import Past, Window, backfill_requests
from tests.judging import validate
from warehouse.bars.answers import Answer
from warehouse.facts.market import Market
from warehouse.facts.sessions import Session, Sessions
from warehouse.facts.universe import Index, Spell
from warehouse.frames import empty
from warehouse.lake.schema import ACTIONS, STOCKS

ZONE = ZoneInfo("Asia/Tokyo")
DAYS = [date(2030, 1, 7) + timedelta(days=at) for at in range(19) if at % 7 < 5]
HOURS = (time(9), time(11, 30), time(12, 30), time(15))
SESSIONS = [Session("XX", d, "full", *HOURS, datetime.combine(d, time(15, 10), ZONE), "invented") for d in DAYS]
SYMBOLS = [f"{number}.XX" for number in range(1, 6)]
INDEX = Index("^XX", "XX", "Invented Index", "XX", "followed", "max")
MARKET = Market("XX", "JPY", Sessions(SESSIONS, ZONE), [INDEX], [Spell("^XX", s, s, DAYS[0], None) for s in SYMBOLS])


def test_its_window_asks_for_its_index_and_its_members():
    window = Window(MARKET, DAYS[5], DAYS[-1])
    assert [request.symbol for request in backfill_requests(window)] == ["^XX", *SYMBOLS]
    assert len(window.sessions) == 10
    assert window.bars_from == DAYS[0]


def test_its_bars_are_judged_by_its_own_sessions_and_currency():
    window, closes = Window(MARKET, DAYS[0], DAYS[-1]), [100.0 + at for at in range(len(DAYS))]
    good = Answer(
        "1.XX", "ok", datetime(2030, 1, 25, 12, tzinfo=UTC), currency="JPY", time_zone="Asia/Tokyo", trade_date=DAYS,
        open=closes, high=closes, low=closes, close=closes, volume=[1000] * len(DAYS),
    )  # fmt: skip
    past = Past(empty(STOCKS.schema), empty(ACTIONS.schema))
    checked = validate([good], past, Terms(window, datetime(2030, 1, 25, 12, tzinfo=UTC), timedelta(0), "invented"))
    assert checked.stocks["trade_date"].tolist() == DAYS
    assert checked.held[checked.held["status"] == "held"].empty
