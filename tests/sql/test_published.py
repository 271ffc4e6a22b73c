"""`published`: what was said, in the file that says it, and never changed afterwards."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from warehouse_of import answer, bar, keep, lake_of, official_line, rows_of

from tasks.publish import publish, write_pages
from tests.shipped import FACTS
from warehouse.comparison import audit_database
from warehouse.errors import AftercloseError
from warehouse.lake.schema import ANSWERS, INDICES, OFFICIAL, PUBLISHED, STOCKS
from warehouse.settings import Settings
from warehouse.sql.build import build
from warehouse.sql.database import ask, open_read_only

pytestmark = pytest.mark.slow

EVENING = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)
KNOWN = {"known_from": EVENING - timedelta(minutes=5)}
STOCK_BARS = [("0700.HK", "2022-05-16", 100, KNOWN), ("0700.HK", "2022-05-17", 110, KNOWN)]
CN_DAYS = ("2022-05-16", "2022-05-17")
INDEX_BARS = [("^HSI", "2022-05-16", 20000, KNOWN), ("^HSI", "2022-05-17", 21000, KNOWN)]


@pytest.fixture
def lake(tmp_path):
    run = ("HK", "2022-05-17", "2022-05-17", {"ended_at": EVENING})
    return lake_of(tmp_path, stocks=STOCK_BARS, indices=INDEX_BARS, runs=[run])


@pytest.fixture
def say(lake, tmp_path):
    """Publish, and return what the file says was said: {(kind, subject): [(said, run), ...]} in order."""

    def publish_and_read(at=EVENING, run_id="tonight"):
        publish(lake, FACTS, Settings(home=tmp_path, now=at, settle_minutes=30), run_id)
        with open_read_only(tmp_path / "warehouse.duckdb") as connection:
            rows = rows_of(connection, "from published where trade_date = '2022-05-17' order by published_at")
        found = {}
        for row in rows:
            found.setdefault((row["kind"], row["subject"]), []).append((json.loads(row["said"]), row["run_id"]))
        return found

    return publish_and_read


def test_the_file_holds_what_this_very_run_says(say, lake):
    said = say()
    ((wrap, run_id),) = said["market_wrap", "^HSI"]
    assert run_id == "tonight"
    assert wrap["return_1d"] == pytest.approx(0.05)
    ((leader, _),) = said["top_movers", "^HSI gainer 1"]
    assert (leader["symbol"], leader["close"]) == ("0700.HK", 110)
    assert len(lake.read(PUBLISHED, "HK")) == sum(len(rows) for rows in said.values())


def test_a_row_keeps_the_version_of_the_views_that_said_it_and_one_of_before_is_of_the_first(say, lake, tmp_path):
    say()
    said = lake.read(PUBLISHED, "HK")
    assert set(said["warehouse_version"]) == {1}
    row = said.iloc[:1].assign(kind="breadth", subject="of a later version", warehouse_version=2)
    older = said.iloc[:1].assign(kind="breadth", subject="of a lake before version 6", warehouse_version=None)
    lake.commit(lake.with_more(PUBLISHED, "HK", pd.concat([row, older])))
    build(lake, FACTS, tmp_path / "warehouse.duckdb", EVENING, 30)
    with open_read_only(tmp_path / "warehouse.duckdb") as connection:
        found = rows_of(connection, "select subject, warehouse_version from published where subject like 'of a%'")
    assert {row["subject"]: row["warehouse_version"] for row in found} == {
        "of a later version": 2,
        "of a lake before version 6": 1,
    }


def test_a_rebuild_from_the_lake_says_the_same(say, lake, tmp_path):
    say()
    every = "from published order by all"
    with open_read_only(tmp_path / "warehouse.duckdb") as connection:
        before = rows_of(connection, every)
    build(lake, FACTS, tmp_path / "warehouse.duckdb", EVENING, 30)
    with open_read_only(tmp_path / "warehouse.duckdb") as connection:
        assert rows_of(connection, every) == before
    assert before


def test_a_long_text_is_said_as_it_was_and_packed(lake, tmp_path):
    said = json.dumps(
        {"headline": '恒生指數 says "so, "', "more": ["x, ", '"'], **{f"column_{at}": at for at in range(400)}}
    )
    assert len(said) > 4096  # DuckDB packs no column that has a longer text
    row = {
        "market": "HK",
        "trade_date": date(2022, 5, 17),
        "kind": "market_wrap",
        "published_at": EVENING,
        "run_id": "one",
        "warehouse_version": 1,
    }
    # Many times: of a few rows DuckDB takes a sample by chance, and packs them or not.
    subjects = [f"{number:04}.HK" for number in range(1, 41)]
    rows = [row | {"subject": subject, "said": said} for subject in subjects]
    keep(lake, PUBLISHED, [*rows, row | {"subject": "HSTECH.HK", "said": ""}])
    build(lake, FACTS, tmp_path / "warehouse.duckdb", EVENING, 30)
    kinds = """
        select distinct compression from pragma_storage_info('base.said')
        where column_name = 'said' and segment_type = 'VARCHAR'
    """
    with open_read_only(tmp_path / "warehouse.duckdb") as connection:
        assert sorted(row["said"] for row in rows_of(connection, "from published")) == ["", *[said] * len(subjects)]
        assert rows_of(connection, kinds) in ([{"compression": "FSST"}], [{"compression": "Dictionary"}])


def test_what_was_last_said_just_so_is_not_looked_at_again(say, lake, tmp_path):
    say()
    build(lake, FACTS, tmp_path / "warehouse.duckdb", EVENING, 30)
    with open_read_only(tmp_path / "warehouse.duckdb") as connection:
        connection.execute("set variable first_day = date '2022-01-01'")
        connection.execute("create temp table dirty_markets as select 'HK' as market, date '2022-01-01' as from_day")
        assert ask(connection, "news", market="HK", year=2022) == []


def test_saying_the_same_again_adds_nothing_and_leaves_the_file(say, tmp_path):
    first, made = say(), (tmp_path / "warehouse.duckdb").stat().st_ino
    assert say(EVENING + timedelta(hours=1), "later") == first
    assert (tmp_path / "warehouse.duckdb").stat().st_ino == made


def test_chinese_is_written_down_as_it_is_read(say, lake):
    say()
    assert "恒生指數" in "".join(lake.read(PUBLISHED, "HK")["said"])


def test_new_columns_other_words_and_a_column_less_are_no_news(say, lake):
    say()
    said = lake.read(PUBLISHED, "HK")
    older = [json.loads(text) for text in said["said"]]
    for row in older:
        row |= {name: "in older words" for name in row if name.startswith(("headline", "reason_"))}
        if row.get("reason"):
            row["reason"] = row["reason"].replace(" missing: ", " lacking, namely ")
        row["a_column_that_went"] = 1
        row.pop("name", None)
    lake.commit(lake.changes(PUBLISHED, "HK", said.assign(said=[json.dumps(row, ensure_ascii=False) for row in older])))
    say(EVENING + timedelta(hours=1), "newer code")
    assert set(lake.read(PUBLISHED, "HK")["run_id"]) == {"tonight"}


def test_what_other_code_alone_tells_otherwise_is_not_said_anew_also_not_by_what_is_made_whole_later(
    say, lake, tmp_path, monkeypatch
):
    said_otherwise(say, lake, tmp_path)
    settings = Settings(home=tmp_path, now=EVENING + timedelta(hours=1), settle_minutes=30)
    pages = publish(lake, FACTS, settings, "pages").pages
    assert write_pages(settings, pages)
    monkeypatch.setattr("warehouse.sql.build._digest_of_code", lambda: "newer")
    for is_anew in (False, True):
        made = publish(lake, FACTS, settings, "newer code", anew=is_anew)
        assert (made.judged, made.pages) == ([], {})
    assert set(lake.read(PUBLISHED, "HK")["run_id"]) == {"tonight"}


# What older code derived otherwise of the same lake and facts: which names, how far back five sessions are, which
# sessions end a period; and what it lacked.
OTHERWISE = [
    "update base.dated_names set name = 'Another'",
    "update base.session_grid set seq_5d = seq",
    "delete from base.period_ends where period = 'week'",
    "drop macro table base.doubted_references_as_known_on",
]


@pytest.mark.parametrize("older", OTHERWISE)
def test_small_tables_that_other_code_alone_derives_otherwise_say_nothing_anew(say, lake, tmp_path, monkeypatch, older):
    said_otherwise(say, lake, tmp_path, older)
    monkeypatch.setattr("warehouse.sql.build._digest_of_code", lambda: "newer")
    say(EVENING + timedelta(hours=1), "newer code")
    assert set(lake.read(PUBLISHED, "HK")["run_id"]) == {"tonight"}


def test_of_a_day_that_was_said_other_code_says_nothing_besides(say, lake, tmp_path, monkeypatch):
    said_otherwise(say, lake, tmp_path)
    said = lake.read(PUBLISHED, "HK")
    lake.commit(lake.changes(PUBLISHED, "HK", said[said["kind"] != "top_movers"]))
    build(lake, FACTS, tmp_path / "warehouse.duckdb", EVENING, 30)
    monkeypatch.setattr("warehouse.sql.build._digest_of_code", lambda: "newer")
    say(EVENING + timedelta(hours=1), "newer code")
    assert set(lake.read(PUBLISHED, "HK")["kind"]) == {"session_status", "market_wrap", "breadth"}


def without_answers(lake):
    """A file of the lake is lost that the last database has the rows of."""
    (path,) = lake.files(ANSWERS, "HK")
    path.unlink()


def with_an_evening_of_long_ago(lake):
    """An official evening comes from before those that the file holds whole, of a line without bars."""
    keep(lake, OFFICIAL, [official_line("0002.HK", "2019-05-16", 60, 60)])


@pytest.mark.parametrize("then", [without_answers, with_an_evening_of_long_ago])
def test_what_other_code_told_otherwise_is_not_said_either_where_the_file_is_made_whole_later(
    say, lake, tmp_path, monkeypatch, then
):
    keep(lake, ANSWERS, [answer("0700.HK", "2022-05-17", "2022-05-17", "2022-05-17", "ok")])
    said_otherwise(say, lake, tmp_path)
    monkeypatch.setattr("warehouse.sql.build._digest_of_code", lambda: "newer")
    say(EVENING + timedelta(hours=1), "newer code")
    then(lake)
    say(EVENING + timedelta(hours=2), "later")
    assert set(lake.read(PUBLISHED, "HK")["run_id"]) == {"tonight"}


def test_what_the_lake_changes_is_said_by_other_code_too_and_days_before_it_are_not(say, lake, tmp_path, monkeypatch):
    said_otherwise(say, lake, tmp_path)
    later = EVENING + timedelta(hours=1)
    closed = {**KNOWN, "known_to": later}
    corrected = ("0700.HK", "2022-05-17", 105, {"known_from": later})
    keep_bars(lake, STOCKS, [STOCK_BARS[0], (*STOCK_BARS[1][:3], closed), corrected])
    monkeypatch.setattr("warehouse.sql.build._digest_of_code", lambda: "newer")
    say(later, "newer code")
    said = lake.read(PUBLISHED, "HK")
    assert set(said.loc[said["run_id"] == "newer code", "trade_date"]) == {date(2022, 5, 17)}
    assert 105 in [json.loads(row).get("close") for row in said.loc[said["run_id"] == "newer code", "said"]]


@pytest.mark.parametrize(("ends", "is_said"), [(date(2022, 5, 18), False), (date(2022, 5, 17), True)])
def test_facts_that_come_with_other_code_say_anew_the_days_from_which_they_are_other_ones(
    say, lake, tmp_path, monkeypatch, ends, is_said
):
    said_otherwise(say, lake, tmp_path)
    monkeypatch.setattr("warehouse.sql.build._digest_of_code", lambda: "newer")
    markets = FACTS.markets | {"HK": without_hsbc_from(ends)}
    later = Settings(home=tmp_path, now=EVENING + timedelta(hours=1), settle_minutes=30)
    publish(lake, replace(FACTS, markets=markets), later, "newer facts")
    said = lake.read(PUBLISHED, "HK")
    assert set(said.loc[said["run_id"] == "newer facts", "trade_date"]) == ({date(2022, 5, 17)} if is_said else set())


NO_SUCH_TABLE = "drop table base.comparisons"
# A type that has not got what stands in the rows of now.
OTHER_TYPE = """
    create table narrow as
        select * replace (cast(kind as enum ('full')) as kind) from base.sessions where kind = 'full';
    drop table base.sessions;
    create table base.sessions as from narrow
"""


@pytest.mark.parametrize("older", [NO_SUCH_TABLE, OTHER_TYPE], ids=["table", "type"])
def test_nobody_can_tell_what_a_file_of_other_tables_would_have_said(say, lake, tmp_path, monkeypatch, older):
    said_otherwise(say, lake, tmp_path, older)
    monkeypatch.setattr("warehouse.sql.build._digest_of_code", lambda: "newer")
    say(EVENING + timedelta(hours=1), "newer code")
    assert set(lake.read(PUBLISHED, "HK")["run_id"]) == {"tonight", "newer code"}


def test_a_reason_that_names_another_symbol_is_news_though_all_counts_are_the_same(say, lake):
    say()
    said = lake.read(PUBLISHED, "HK")
    was = said.loc[said["kind"] == "session_status", "said"].item()
    assert "0001.HK" in json.loads(was)["reason"]
    lake.commit(lake.changes(PUBLISHED, "HK", said.assign(said=said["said"].str.replace("0001.HK", "0700.HK"))))
    say(EVENING + timedelta(hours=1), "later")
    rows = lake.read(PUBLISHED, "HK")
    assert "session_status" in set(rows.loc[rows["run_id"] == "later", "kind"])


def test_of_a_session_that_its_market_has_not_asked_for_yet_nothing_is_said(tmp_path):
    hong_kong = ("HK", "2022-05-17", "2022-05-17", {"ended_at": EVENING})
    before, after = (("CN", day, day, {"ended_at": EVENING - timedelta(days=17 - int(day[-2:]))}) for day in CN_DAYS)
    lake = lake_of(tmp_path, stocks=STOCK_BARS, indices=INDEX_BARS, runs=[hong_kong, before])
    settings = Settings(home=tmp_path, now=EVENING, settle_minutes=30)
    publish(lake, FACTS, settings, "tonight")
    assert set(map(str, lake.read(PUBLISHED, "CN")["trade_date"])) == {CN_DAYS[0]}
    lake_of(tmp_path, stocks=STOCK_BARS, indices=INDEX_BARS, runs=[hong_kong, before, after])
    publish(lake, FACTS, settings, "later", anew=True)
    said = lake.read(PUBLISHED, "CN")
    assert set(said.loc[said["run_id"] == "later", "trade_date"].map(str)) == {CN_DAYS[1]}


def test_a_corrected_close_changes_the_answer_and_not_what_was_said(say, lake):
    before = say()
    later = EVENING + timedelta(days=1)
    closed = {**KNOWN, "known_to": later}
    keep_bars(
        lake,
        STOCKS,
        [STOCK_BARS[0], (*STOCK_BARS[1][:3], closed), ("0700.HK", "2022-05-17", 105, {"known_from": later})],
    )
    after = say(later, "correction")
    key = ("top_movers", "^HSI gainer 1")
    assert after[key][0] == before[key][0]
    assert [(row["close"], run) for row, run in after[key]] == [(110, "tonight"), (105, "correction")]
    # what the correction did not touch was not said again
    assert after["session_status", "HK"] == before["session_status", "HK"]


def test_a_late_price_changes_the_answer_and_not_what_was_said(say, lake):
    before = say()
    later = EVENING + timedelta(days=1)
    late = {"known_from": later}
    keep_bars(lake, STOCKS, [*STOCK_BARS, ("0005.HK", "2022-05-16", 50, late), ("0005.HK", "2022-05-17", 60, late)])
    after = say(later, "late")
    assert after["top_movers", "^HSI gainer 1"][0] == before["top_movers", "^HSI gainer 1"][0]
    assert [row["symbol"] for row, _ in after["top_movers", "^HSI gainer 1"]] == ["0700.HK", "0005.HK"]
    assert [row["advancers"] for row, _ in after["breadth", "^HSI"]] == [1, 2]


def test_corrections_under_a_frozen_clock_follow_what_was_said_before(say, lake):
    say()
    keep_bars(lake, INDICES, [INDEX_BARS[0], ("^HSI", "2022-05-17", 20400, KNOWN)])
    said = say(run_id="second")["market_wrap", "^HSI"]
    assert [(row["close"], run) for row, run in said] == [(21000, "tonight"), (20400, "second")]
    assert say(run_id="third")["market_wrap", "^HSI"] == said


def test_what_was_written_down_before_a_crash_is_not_said_twice(say, lake, monkeypatch):
    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.replace", replacing_all_but("warehouse.duckdb.next", dies))
        with pytest.raises(KeyboardInterrupt):
            say()
    written = lake.read(PUBLISHED, "HK")
    assert len(written)
    assert say(EVENING + timedelta(hours=1), "after the crash")["market_wrap", "^HSI"][0][1] == "tonight"
    assert len(lake.read(PUBLISHED, "HK")) == len(written)


def test_a_file_that_an_audit_refuses_says_nothing(say, lake):
    keep_bars(lake, STOCKS, [*STOCK_BARS, STOCK_BARS[1]])
    with pytest.raises(AftercloseError, match="one_current_version"):
        say()
    assert lake.read(PUBLISHED, "HK").empty


def test_the_file_has_every_line_of_the_market_for_as_many_years_as_is_set(lake, tmp_path):
    keep(lake, OFFICIAL, [official_line("0002.HK", day, 60, 60) for day in ("2020-05-18", "2022-05-16")])
    publish(lake, FACTS, Settings(home=tmp_path, now=EVENING, settle_minutes=30, market_years=1), "tonight")
    with open_read_only(tmp_path / "warehouse.duckdb") as connection:
        days = rows_of(connection, "select cast(trade_date as varchar) as day from official_prices")
    assert days == [{"day": "2022-05-16"}]
    assert list(audit_database(lake, FACTS, tmp_path / "warehouse.duckdb")) == []


def said_otherwise(say, lake, home, change=""):
    """A home in which older code has said other closes, and the file that it made, with a change to it."""
    say()
    said = lake.read(PUBLISHED, "HK")
    older = [json.dumps(json.loads(row) | {"close": 1.0}) for row in said["said"]]
    assert "close" in json.loads(said.loc[said["kind"] == "market_wrap", "said"].item())
    lake.commit(lake.changes(PUBLISHED, "HK", said.assign(said=older)))
    build(lake, FACTS, home / "warehouse.duckdb", EVENING, 30, lambda connection: connection.execute(change))


def without_hsbc_from(day):
    hong_kong = FACTS.market("HK")
    spells = [
        replace(spell, valid_to=day) if (spell.index_symbol, spell.symbol) == ("^HSI", "0005.HK") else spell
        for spell in hong_kong.spells
    ]
    assert spells != hong_kong.spells
    return replace(hong_kong, spells=spells)


def replacing_all_but(name, instead):
    real = Path.replace
    return lambda path, target: instead() if path.name == name else real(path, target)


def keep_bars(lake, dataset, bars):
    keep(lake, dataset, [bar(*row) for row in bars])
