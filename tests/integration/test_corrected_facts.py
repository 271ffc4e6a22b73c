"""A corrected fact changes what is said now, never what was said then."""

from datetime import UTC, date, datetime

from tasks.publish import publish
from tasks.verdict import evening_to_fill
from tests.faults.played import MONDAY, TUESDAY, at_home, night
from tests.shipped import FACTS, HK
from tests.sql.warehouse_of import closes, lake_of, rows_of
from warehouse.facts.market import Facts
from warehouse.lake.opening import open_lake
from warehouse.lake.schema import PUBLISHED
from warehouse.settings import Settings, load_settings
from warehouse.sql.build import build
from warehouse.sql.database import open_read_only

EVENING, LATER = datetime(2022, 5, 17, 12, tzinfo=UTC), datetime(2022, 5, 20, 12, tzinfo=UTC)
FRIDAY = date(2022, 5, 13)
HELD = "select distinct rule from quarantine where status = 'held'"
CORRECTION = """symbol,name,valid_from,valid_to,source,confidence,note
2382.HK,Sunny Optical Technology,2020-07-27,2022-05-17,invented notice,high,
"""


def ask(query):
    with open_read_only(load_settings().database_path) as connection:
        return rows_of(connection, query)


def test_a_spell_that_is_closed_locally_leaves_published_as_it_was(home):
    settings = Settings(now=EVENING, settle_minutes=30)
    lake = lake_of(
        home,
        stocks=[
            *closes("2382.HK", {"2022-05-16": 100, "2022-05-17": 110}),
            *closes("2015.HK", {"2022-05-16": 50, "2022-05-17": 51}),
        ],
        indices=closes("HSTECH.HK", {"2022-05-16": 4000, "2022-05-17": 4200}),
        runs=[("HK", "2022-05-17", "2022-05-17")],
    )
    publish(lake, FACTS, settings, "run-1")
    said = lake.read(PUBLISHED, "HK").to_dict("records")
    assert said
    leader = "select symbol from top_movers where index_symbol = 'HSTECH.HK' and side = 'gainer' and rank = 1"
    breadth = (
        "select advancers, member_count from breadth where index_symbol = 'HSTECH.HK' and trade_date = '2022-05-17'"
    )
    assert ask(leader) == [{"symbol": "2382.HK"}]
    assert ask(breadth) == [{"advancers": 2, "member_count": 30}]

    correction = settings.reference_path / "members" / "hstech.csv"
    correction.parent.mkdir(parents=True)
    correction.write_text(CORRECTION, encoding="utf-8")
    build(lake, Facts.load(settings.reference_path), settings.database_path, LATER, 30)
    assert ask(leader) == [{"symbol": "2015.HK"}]
    assert ask(breadth) == [{"advancers": 1, "member_count": 29}]
    assert lake.read(PUBLISHED, "HK").to_dict("records") == said
    (row,) = ask("select said from published where kind = 'breadth' and subject = 'HSTECH.HK'")
    assert '"advancers": 2' in row["said"]
    (row,) = ask("select source from members where symbol = '2382.HK' and index_symbol = 'HSTECH.HK'")
    assert row["source"] == "local: invented notice"


def test_an_evening_that_was_complete_is_filled_again_when_a_fact_adds_a_member_that_nobody_asked_for(tmp_path):
    with at_home(tmp_path) as alike:
        assert night(alike, MONDAY).state == "complete"
        settings, lake = load_settings(), open_lake(load_settings())
        assert evening_to_fill(lake, FACTS.market("HK"), settings, MONDAY, refetch=False).state == "complete"
        correction = settings.reference_path / "members" / "hstech.csv"
        correction.parent.mkdir(parents=True)
        correction.write_text(
            CORRECTION.replace("2382.HK,Sunny Optical", "4999.HK,Invented").replace("2022-05-17,", ",")
        )
        added = Facts.load(settings.reference_path).market("HK")
        assert evening_to_fill(lake, added, settings, MONDAY, refetch=False) == MONDAY


def test_what_is_held_of_a_day_that_is_corrected_to_be_no_session_waits_for_nobody(tmp_path):
    with at_home(tmp_path) as alike:
        for symbol, bars in alike.bars.items():
            if symbol in HK.index_symbols:
                del bars[MONDAY]
            elif MONDAY in bars:
                close = bars[FRIDAY][3]
                bars[MONDAY] = (close, close, close, close, 0)  # as the vendor prints days of a typhoon
        night(alike, MONDAY)
        assert {row["rule"] for row in ask(HELD)} == {"newly_flat_market"}
        overlay = load_settings().reference_path / "session_overlay.csv"
        overlay.parent.mkdir()
        overlay.write_text(
            "market,trade_date,kind,opens,closes,reason,source,confidence\nHK,2022-05-16,closed,,,typhoon,read,high\n"
        )
        facts = Facts.load(load_settings().reference_path)
        assert night(alike, TUESDAY, facts=facts).state == "complete"
        assert {row["rule"] for row in ask(HELD)} == {"session_exists"}
        printed = {symbol: bars.pop(MONDAY) for symbol, bars in alike.bars.items() if MONDAY in bars}
        assert night(alike, TUESDAY, refetch=True, facts=facts).state == "complete"
        assert ask(HELD) == []
        overlay.unlink()
        for symbol, bar in printed.items():
            alike.bars[symbol][MONDAY] = bar
        night(alike, TUESDAY, refetch=True)
        assert {row["rule"] for row in ask(HELD)} == {"newly_flat_market"}
