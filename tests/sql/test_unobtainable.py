"""What is owed by date: nothing of a code that passed to another company, nothing of an index that is not there yet."""

from datetime import UTC, datetime

from warehouse_of import rows_of, warehouse_of


def test_the_codes_of_vanished_members_are_unobtainable_on_their_days_only(tmp_path):
    runs = [("HK", "2015-05-26", "2015-05-27"), ("HK", "2017-07-18", "2017-07-19")]
    with warehouse_of(tmp_path, datetime(2017, 7, 20, tzinfo=UTC), runs=runs) as warehouse:
        query = """select trade_date, unobtainable, expected from session_status
            where trade_date in ('2015-05-26', '2015-05-27', '2017-07-18', '2017-07-19') order by trade_date"""
        rows = rows_of(warehouse, query)
    # Hutchison Whampoa (0013.HK) and Belle (1880.HK); the Hang Seng Index itself and its 50 or 49 members.
    assert [(str(row["trade_date"]), row["unobtainable"], row["expected"]) for row in rows] == [
        ("2015-05-26", 2, 51),
        ("2015-05-27", 1, 50),
        ("2017-07-18", 1, 51),
        ("2017-07-19", 0, 50),
    ]


def test_an_index_is_not_expected_before_its_first_members(tmp_path):
    runs = [("HK", "2020-07-24", "2020-07-27")]
    with warehouse_of(tmp_path, datetime(2020, 7, 28, tzinfo=UTC), runs=runs) as warehouse:
        rows = rows_of(warehouse, "select trade_date, index_symbol from index_status order by all")
    assert [(str(row["trade_date"]), row["index_symbol"]) for row in rows] == [
        ("2020-07-24", "^HSI"),
        ("2020-07-27", "HSTECH.HK"),
        ("2020-07-27", "^HSI"),
    ]
