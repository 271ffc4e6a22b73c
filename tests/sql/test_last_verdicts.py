import duckdb
import pytest

from warehouse.sql.database import ask

STATES = ["partial", "complete", "pending", "closed", "partial", "partial", "complete", "pending", "complete"]


@pytest.fixture(scope="module")
def judged():
    """A session of Hong Kong on each of the first days of a month, with these states."""
    with duckdb.connect() as connection:
        connection.execute(
            """create view session_status as
            select 'HK' as market, date '2022-03-01' + cast(place - 1 as integer) as trade_date, state,
                0 as expected, 0 as received, 0 as suspended, 0 as held, 0 as missing, 0 as unobtainable, '' as reason
            from (select unnest($states) as state, generate_subscripts($states, 1) as place)""".replace(
                "$states", str(STATES)
            )
        )
        yield connection


def told(judged, count):
    return [(row["trade_date"].day, row["state"]) for row in ask(judged, "last_verdicts", count=count)]


def test_the_last_sessions_come_last_whatever_they_are(judged):
    assert told(judged, 3)[-3:] == [(7, "complete"), (8, "pending"), (9, "complete")]


def test_before_them_as_many_are_told_that_are_not_complete_and_how_many_there_are(judged):
    assert told(judged, 3)[:-3] == [(3, "pending"), (5, "partial"), (6, "partial")]
    assert ask(judged, "last_verdicts", count=3)[0]["earlier_incomplete"] == 4


def test_a_session_is_told_once(judged):
    assert told(judged, 100) == list(enumerate(STATES, start=1))
