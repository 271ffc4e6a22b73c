"""Weekdays past the calendar's horizon (the mainland's ends on 2026-12-31): confirmed or struck by the index."""

from datetime import UTC, date, datetime, timedelta

import pytest
from warehouse_of import closes, row_of, rows_of, warehouse_of

from tests.shipped import FACTS
from warehouse.sql.database import ask

pytestmark = pytest.mark.slow

EVE, HOLIDAY, MONDAY, TUESDAY = (date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 4), date(2027, 1, 5))
RUNS = [("CN", "2026-12-31", "2026-12-31")]
CONFIRMED = """select trade_date, kind, confirmed from sessions
    where market = 'CN' and trade_date between '2026-12-31' and '2027-01-06' order by trade_date"""
STATUS = "select trade_date, state, expected, reason from session_status order by trade_date"


def asked(on):
    return ("000300.SS", on, "2026-12-24", on, "ok")


def night_of(folder, last, bars, answers):
    """The warehouse on the evening of `last`, with index bars and members' bars of those days."""
    stocks = closes("600519.SS", {day: 1400 + at for at, day in enumerate(bars)})
    indices = closes("000300.SS", {day: 4800 + at for at, day in enumerate(bars)})
    runs = [*RUNS, *([("CN", last, last)] if last > "2026-12-31" else [])]
    built_at = datetime.fromisoformat(f"{last}T12:00:00+00:00")
    return warehouse_of(folder, built_at, stocks=stocks, indices=indices, answers=answers, runs=runs)


@pytest.fixture
def friday(tmp_path):
    with night_of(tmp_path, "2027-01-01", ["2026-12-31"], [asked("2026-12-31"), asked("2027-01-01")]) as warehouse:
        yield warehouse


@pytest.fixture
def monday(tmp_path):
    answers = [asked("2026-12-31"), asked("2027-01-01"), asked("2027-01-04")]
    with night_of(tmp_path, "2027-01-04", ["2026-12-31", "2027-01-04"], answers) as warehouse:
        yield warehouse


def test_a_holiday_past_the_horizon_is_pending_on_its_own_evening_and_expects_nothing(friday):
    assert friday.execute(CONFIRMED).fetchall()[1] == (HOLIDAY, "provisional", None)
    rows = rows_of(friday, STATUS)
    assert [(row["trade_date"], row["state"]) for row in rows] == [(EVE, "partial"), (HOLIDAY, "pending")]
    assert rows[1]["expected"] == 0
    assert rows[1]["reason"].startswith("a weekday past the calendar's horizon")


def test_a_later_index_bar_strikes_the_holiday_and_confirms_its_own_day(monday):
    assert monday.execute(CONFIRMED).fetchall() == [
        (EVE, "full", None),
        (HOLIDAY, "provisional", False),
        (MONDAY, "provisional", True),
        (TUESDAY, "provisional", None),
        (date(2027, 1, 6), "provisional", None),
    ]


def test_a_struck_day_has_no_verdict_and_is_not_owed(monday):
    assert [row["trade_date"] for row in rows_of(monday, STATUS)] == [EVE, MONDAY]
    assert [row["trade_date"] for row in ask(monday, "owed", now=datetime(2027, 1, 4, 12, tzinfo=UTC))] == []


def test_a_struck_day_is_no_session_to_whoever_asks(monday):
    now = datetime(2027, 1, 4, 12, tzinfo=UTC)
    # Of the session before it the verdict is told, and not that nobody has judged a day that was none.
    overdue = ask(monday, "stale", now=datetime(2027, 1, 5, 1, 59, tzinfo=UTC), hours=18)
    assert [(row["trade_date"], row["state"]) for row in overdue] == [(EVE, "partial")]
    (asked_for,) = ask(monday, "agent_sessions", days=[HOLIDAY], markets=["CN"], now=now)
    assert asked_for["state"] == "no session"
    verdicts = {row["market"]: row["state"] for row in ask(monday, "day_verdicts", day=HOLIDAY)}
    assert verdicts["CN"] == "closed"


def test_an_average_of_turnover_passes_a_struck_day_by(tmp_path):
    days = [f"{day}" for day in FACTS.market("CN").sessions.between(EVE - timedelta(30), date(2027, 2, 5))]
    days.remove(f"{HOLIDAY}")
    with warehouse_of(
        tmp_path,
        datetime(2027, 2, 5, 12, tzinfo=UTC),
        stocks=closes("600519.SS", dict.fromkeys(days, 1400)),
        indices=closes("000300.SS", dict.fromkeys(days, 4800)),
        answers=[("000300.SS", day, "2026-12-01", day, "ok") for day in days],
        official=[("600519.SS", day, 1400, 1400, {"turnover": 1e9, "kind": "share"}) for day in days],
        runs=[("CN", days[0], days[-1])],
    ) as connection:
        query = "select turnover_equities_20d as average from market_breadth where trade_date > cast(? as date)"
        assert {row["average"] for row in rows_of(connection, query, HOLIDAY)} == {1e9}


def test_a_return_reaches_over_a_struck_day(monday):
    row = row_of(monday, "from prices where symbol = '600519.SS' and trade_date = '2027-01-04'")
    assert (row["previous_close"], row["close"]) == (1400, 1401)
    assert row["return_1d"] == pytest.approx(1 / 1400, abs=1e-12)
    row = row_of(monday, "from index_returns where index_symbol = '000300.SS' and trade_date = '2027-01-04'")
    assert row["return_1d"] == pytest.approx(1 / 4800, abs=1e-12)
    assert row["return_ytd"] == pytest.approx(1 / 4800, abs=1e-12)


def test_a_weekday_that_no_index_was_asked_for_is_not_struck_and_no_base_is_stepped_over(tmp_path):
    answers = [asked("2026-12-31"), ("000300.SS", "2027-03-02", "2027-03-01", "2027-03-02", "ok")]
    with night_of(tmp_path, "2027-03-02", ["2026-12-31", "2027-03-01", "2027-03-02"], answers) as warehouse:
        row = row_of(warehouse, "from sessions where market = 'CN' and trade_date = '2027-02-26'")
        assert row["confirmed"] is None
        row = row_of(warehouse, "from index_returns where index_symbol = '000300.SS' and trade_date = '2027-03-02'")
        assert (row["return_mtd"], row["return_ytd"] is None) == (None, False)


def test_an_index_that_only_answers_for_five_days_strikes_nothing(tmp_path):
    answers = [("HSTECH.HK", "2028-12-29", "2028-01-03", "2028-12-29", "ok")]
    indices = closes("HSTECH.HK", {"2028-12-29": 5000})
    with warehouse_of(tmp_path, datetime(2028, 12, 29, 12, tzinfo=UTC), indices=indices, answers=answers) as warehouse:
        query = "select count(*) as struck from sessions where market = 'HK' and confirmed = false"
        assert row_of(warehouse, query) == {"struck": 0}


@pytest.mark.parametrize(
    ("now", "markets"),
    [
        (datetime(2026, 10, 31, tzinfo=UTC), []),
        (datetime(2026, 11, 1, tzinfo=UTC), ["CN"]),
        (datetime(2027, 1, 4, tzinfo=UTC), ["CN"]),
    ],
)
def test_a_calendar_that_ends_soon_is_named(monday, now, markets):
    rows = ask(monday, "horizons", now=now)
    assert [row["market"] for row in rows] == markets
    assert {row["last_date"] for row in rows} <= {EVE}
