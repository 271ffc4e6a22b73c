from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.shipped import CN, FACTS, HK
from warehouse.errors import UsageError

HONG_KONG, SHANGHAI = ZoneInfo("Asia/Hong_Kong"), ZoneInfo("Asia/Shanghai")
SETTLE = timedelta(minutes=30)


def test_a_full_hong_kong_day_is_final_ten_minutes_after_its_close():
    session = HK.sessions.on(date(2022, 5, 17))
    assert (session.kind, session.opens, session.closes) == ("full", time(9, 30), time(16, 0))
    assert session.final_from == datetime(2022, 5, 17, 16, 10, tzinfo=HONG_KONG)
    assert session.final_from.astimezone(UTC) == datetime(2022, 5, 17, 8, 10, tzinfo=UTC)


def test_a_mainland_day_is_final_half_an_hour_after_its_close():
    session = CN.sessions.on(date(2022, 5, 17))
    assert (session.kind, session.opens, session.closes) == ("full", time(9, 30), time(15, 0))
    assert session.final_from == datetime(2022, 5, 17, 15, 30, tzinfo=SHANGHAI)


def test_the_half_day_before_lunar_new_year_2022_closes_at_noon():
    session = HK.sessions.on(date(2022, 1, 31))
    assert (session.kind, session.closes) == ("half", time(12, 0))
    assert session.final_from == datetime(2022, 1, 31, 12, 10, tzinfo=HONG_KONG)


def test_typhoon_saola_closed_hong_kong_but_not_the_mainland():
    assert HK.sessions.on(date(2023, 9, 1)) is None
    assert CN.sessions.on(date(2023, 9, 1)).kind == "full"
    kinds = [session.kind for session in HK.sessions.days if session.trade_date == date(2023, 9, 1)]
    assert kinds == ["closed"]


def test_a_closed_day_has_no_hours_and_is_never_final():
    (closed,) = [session for session in HK.sessions.days if session.trade_date == date(2023, 9, 1)]
    assert (closed.opens, closed.closes, closed.final_from) == (None, None, None)
    assert not closed.is_final(datetime(2026, 1, 1, tzinfo=UTC), SETTLE)


def test_typhoon_vicente_delayed_the_open_of_2012_07_24():
    session = HK.sessions.on(date(2012, 7, 24))
    assert (session.kind, session.opens, session.closes) == ("late", time(13, 0), time(16, 0))


def test_storm_nalgae_ended_2022_11_02_early():
    session = HK.sessions.on(date(2022, 11, 2))
    assert (session.kind, session.closes) == ("early", time(13, 55))
    assert session.final_from == datetime(2022, 11, 2, 14, 5, tzinfo=HONG_KONG)


@pytest.mark.parametrize("day", [date(2022, 5, 2), date(2022, 5, 9), date(2022, 2, 1), date(2022, 5, 14)])
def test_hong_kong_has_no_session_on_holidays_and_weekends(day):
    assert HK.sessions.on(day) is None


@pytest.mark.parametrize("day", [date(2022, 5, 2), date(2022, 5, 3), date(2022, 5, 4), date(2022, 5, 1)])
def test_the_mainland_is_closed_around_labour_day_2022(day):
    assert CN.sessions.on(day) is None


def test_each_market_keeps_its_own_holidays():
    assert HK.sessions.on(date(2022, 5, 3)).kind == "full"
    assert CN.sessions.on(date(2022, 5, 9)).kind == "full"


def test_weekdays_past_the_mainland_calendar_are_provisional():
    last_known = CN.sessions.on(date(2026, 12, 31))
    assert (last_known.kind, last_known.source) == ("full", "exchange_calendars")
    first = CN.sessions.on(date(2027, 1, 1))
    assert (first.kind, first.opens, first.closes) == ("provisional", time(9, 30), time(15, 0))
    assert first.final_from == datetime(2027, 1, 1, 15, 30, tzinfo=SHANGHAI)
    assert CN.sessions.between(date(2026, 12, 31), date(2027, 1, 5)) == (
        date(2026, 12, 31),
        date(2027, 1, 1),
        date(2027, 1, 4),
        date(2027, 1, 5),
    )
    assert CN.sessions.days[-1].trade_date == date(2027, 12, 31)


def test_between_includes_both_ends_and_skips_days_without_session():
    assert HK.sessions.between(date(2022, 4, 29), date(2022, 5, 10)) == (
        date(2022, 4, 29),
        date(2022, 5, 3),
        date(2022, 5, 4),
        date(2022, 5, 5),
        date(2022, 5, 6),
        date(2022, 5, 10),
    )
    assert CN.sessions.between(date(2022, 4, 29), date(2022, 5, 5)) == (date(2022, 4, 29), date(2022, 5, 5))


def test_between_is_empty_over_a_holiday_and_for_ends_the_wrong_way_round():
    assert HK.sessions.between(date(2022, 5, 7), date(2022, 5, 9)) == ()
    assert HK.sessions.between(date(2022, 5, 17), date(2022, 5, 16)) == ()


def test_back_counts_sessions_and_not_days():
    assert HK.sessions.back(date(2022, 5, 10), 0) == date(2022, 5, 10)
    assert HK.sessions.back(date(2022, 5, 10), 1) == date(2022, 5, 6)
    assert HK.sessions.back(date(2022, 5, 10), 5) == date(2022, 4, 29)
    assert CN.sessions.back(date(2022, 5, 5), 1) == date(2022, 4, 29)


def test_back_from_a_day_without_session_starts_at_the_session_after_it():
    assert HK.sessions.back(date(2022, 5, 9), 1) == date(2022, 5, 6)


def test_back_stops_at_the_first_known_session():
    assert HK.sessions.back(date(2008, 1, 4), 100) == date(2008, 1, 2)


def test_a_close_is_final_from_the_settle_time_on_and_not_a_second_before():
    session = HK.sessions.on(date(2022, 5, 17))
    assert not session.is_final(datetime(2022, 5, 17, 8, 39, 59, tzinfo=UTC), SETTLE)
    assert session.is_final(datetime(2022, 5, 17, 8, 40, tzinfo=UTC), SETTLE)


def test_the_last_final_session_changes_at_the_settle_time():
    assert HK.sessions.last_final(datetime(2022, 5, 17, 8, 39, 59, tzinfo=UTC), SETTLE) == date(2022, 5, 16)
    assert HK.sessions.last_final(datetime(2022, 5, 17, 8, 40, tzinfo=UTC), SETTLE) == date(2022, 5, 17)
    assert CN.sessions.last_final(datetime(2022, 5, 17, 7, 59, 59, tzinfo=UTC), SETTLE) == date(2022, 5, 16)
    assert CN.sessions.last_final(datetime(2022, 5, 17, 8, 0, tzinfo=UTC), SETTLE) == date(2022, 5, 17)


def test_the_last_final_session_of_a_half_day_comes_after_noon():
    assert HK.sessions.last_final(datetime(2022, 1, 31, 4, 39, tzinfo=UTC), SETTLE) == date(2022, 1, 28)
    assert HK.sessions.last_final(datetime(2022, 1, 31, 4, 40, tzinfo=UTC), SETTLE) == date(2022, 1, 31)


def test_the_last_final_session_on_a_closed_day_is_the_one_before():
    assert HK.sessions.last_final(datetime(2023, 9, 1, 12, 0, tzinfo=UTC), SETTLE) == date(2023, 8, 31)
    assert HK.sessions.last_final(datetime(2022, 5, 9, 12, 0, tzinfo=UTC), SETTLE) == date(2022, 5, 6)


def test_a_moment_before_all_sessions_is_refused():
    with pytest.raises(UsageError, match="HK has no session that is final"):
        HK.sessions.last_final(datetime(2008, 1, 1, tzinfo=UTC), SETTLE)


def test_an_unknown_market_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match=r"'US'.*HK, CN"):
        FACTS.market("US")


def test_every_overlay_row_has_a_source_and_wins_over_the_calendar():
    rows = FACTS.tables["session_overlay.csv"]
    by_day = {session.trade_date: session for session in HK.sessions.days}
    assert len(rows) == 30
    for row in rows:
        session = by_day[row["trade_date"]]
        assert row["source"].strip()
        assert (session.kind, session.source) == (row["kind"], row["source"])


def test_every_day_appears_once_and_in_order():
    for market in FACTS.markets.values():
        dates = [session.trade_date for session in market.sessions.days]
        assert dates == sorted(set(dates))
