"""Official evenings as a night takes them: asked when they are out, judged, kept, and asked no more than needed."""

import gzip
from contextlib import contextmanager
from datetime import date

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.schedules import PLANNED
from tasks.official import backfill_official, take_official
from tasks.publish import publish
from tasks.sources.registry import make_official, refuse_unknown
from tests.conftest import walk
from tests.fake_baostock import FakeBaostock
from tests.fake_hkex import FakeHkex
from tests.shipped import CN, FACTS, HK
from tests.sql.warehouse_of import bar, closes, keep, lake_of, run
from warehouse.errors import UsageError
from warehouse.lake.opening import open_lake
from warehouse.lake.schema import ACTIONS, OFFICIAL, OFFICIAL_ANSWERS, OFFICIAL_TOTALS, QUARANTINE, RUNS, STOCKS
from warehouse.settings import load_settings
from warehouse.sql.database import open_read_only

BEFORE, DAY, NEXT = date(2022, 5, 16), date(2022, 5, 17), date(2022, 5, 18)


@pytest.fixture
def hkex(home, monkeypatch):
    with asked_for(FakeHkex(), "hkex", "HKEX_URL", home, monkeypatch) as fake:
        yield fake


@pytest.fixture
def baostock(home, monkeypatch):
    with asked_for(FakeBaostock(), "baostock", "BAOSTOCK_ADDRESS", home, monkeypatch) as fake:
        yield fake


@contextmanager
def asked_for(fake, name, setting, home, monkeypatch):
    """The settings name the source and send it to the fake; a night has covered the three days."""
    monkeypatch.setattr(f"tasks.sources.{name}.ATTEMPTS", 1)
    monkeypatch.setenv(f"AFTERCLOSE_{setting}", fake.start())
    for more in ("OFFICIAL_SOURCES", "TERMS_ACCEPTED"):
        monkeypatch.setenv(f"AFTERCLOSE_{more}", name)
    monkeypatch.setenv("AFTERCLOSE_REQUESTS_PER_SECOND", "1000")
    home.mkdir(exist_ok=True)
    market = "HK" if name == "hkex" else "CN"
    keep(lake_of(home), RUNS, [run(market, f"{BEFORE}", f"{BEFORE}")])
    yield fake
    fake.stop()


@pytest.fixture
def at(monkeypatch):
    """The pass of a market at a local moment."""

    def ask(moment, market="HK", **more):
        monkeypatch.setenv("AFTERCLOSE_NOW", f"{moment}+08:00")
        return take_official(load_settings(), FACTS, market, "run-1", **more)

    return ask


def dealt(symbol, day, close=70.5, **more):
    """A row of a share that was dealt in; another on every day."""
    close = round(close + day.day / 10, 2)
    prices = {"open": close, "high": round(close + 1, 2), "low": round(close - 1, 2), "close": close}
    told = {"name": f"LINE {symbol[:4]}", "currency": "HKD", "state": "traded", "is_st": False, "since_today": False}
    money = {"volume": 1000 * day.day, "turnover": close * 1000 * day.day}
    quotes = {"previous_close": round(close - 0.1, 2), "bid": close, "ask": close}
    return {"symbol": symbol, **told, **prices, **money, **quotes, **more}


def page(day, **more):
    return [dealt(f"000{digit}.HK", day, **more) for digit in (1, 2, 3, 5, 6)]


def stored(dataset=OFFICIAL, market="HK"):
    return open_lake(load_settings()).read(dataset, market)


def outcomes(market="HK"):
    rows = stored(OFFICIAL_ANSWERS, market)
    return list(zip(rows["trade_date"], rows["outcome"], strict=True))


def test_an_evening_is_asked_for_once_its_hour_has_come_and_never_again(hkex, at):
    hkex.serve(BEFORE, page(BEFORE))
    hkex.serve(DAY, page(DAY))
    at("2022-05-16T16:50:00")
    assert hkex.questions() == 0
    assert at("2022-05-16T17:45:00").is_news
    assert at("2022-05-17T18:30:00").evenings == 1
    assert not at("2022-05-18T07:30:00").is_news
    assert hkex.questions() == 2
    passes = stored(RUNS).query("scope == 'official'")
    assert set(zip(passes["first_date"], passes["last_date"], strict=True)) == {(BEFORE, BEFORE), (DAY, DAY)}
    rows = stored()
    assert set(rows["trade_date"]) == {BEFORE, DAY}
    row = rows[(rows["symbol"] == "0005.HK") & (rows["trade_date"] == DAY)].iloc[0]
    assert (row["close"], row["turnover"], row["authority"], row["source"]) == (72.2, 72.2 * 17_000, "exchange", "hkex")


def test_a_page_that_is_not_there_yet_is_asked_for_again_and_kept_as_an_outcome(hkex, at):
    hkex.serve(BEFORE, page(BEFORE))
    at("2022-05-17T17:45:00")
    assert outcomes() == [(BEFORE, "ok"), (DAY, "not published")]
    hkex.serve(DAY, page(DAY))
    at("2022-05-17T19:30:00")
    assert outcomes() == [(BEFORE, "ok"), (DAY, "not published"), (DAY, "ok")]


def full_page(day, lines):
    return [dealt(f"{digit:04d}.HK", day) for digit in range(1, lines + 1)]


def test_half_of_an_evening_is_cut_and_asked_for_until_it_is_whole_or_told_again_on_another_day(hkex, at):
    hkex.serve(BEFORE, full_page(BEFORE, 40))
    at("2022-05-16T18:00:00")
    hkex.serve(DAY, full_page(DAY, 20))
    assert at("2022-05-17T17:45:00").failed == ["hkex HK 2022-05-17: cut (20 lines, where 2022-05-16 had 40)"]
    at("2022-05-17T19:30:00")
    assert set(stored()["trade_date"]) == {BEFORE}
    hkex.serve(DAY, full_page(DAY, 39))
    assert at("2022-05-18T07:30:00").failed == []
    assert (stored()["trade_date"] == DAY).sum() == 39
    hkex.serve(NEXT, full_page(NEXT, 20))
    assert len(at("2022-05-18T18:00:00").failed) == 1
    at("2022-05-19T07:30:00")
    assert (stored()["trade_date"] == NEXT).sum() == 20


def products(day, count):
    """Lines that are only counted, measured from what nobody printed."""
    return [
        dealt(f"{28001 + at}.HK", day, 0.5, name=f"UB-TENCT@EC22{at}A", low=0.1, previous_close=2.0)
        for at in range(count)
    ]


def test_half_of_an_evening_is_cut_however_many_products_stand_beside(hkex, at):
    hkex.serve(BEFORE, full_page(BEFORE, 40) + products(BEFORE, 60))
    at("2022-05-16T18:00:00")
    hkex.serve(DAY, full_page(DAY, 20) + products(DAY, 60))
    assert at("2022-05-17T17:45:00").failed == ["hkex HK 2022-05-17: cut (20 lines, where 2022-05-16 had 40)"]


def test_two_evenings_of_one_pass_are_held_against_each_other_by_the_lines_that_are_kept(hkex, at):
    for day in (BEFORE, DAY):
        hkex.serve(day, full_page(day, 40) + products(day, 60))
    assert at("2022-05-17T18:00:00").failed == []
    assert outcomes() == [(BEFORE, "ok"), (DAY, "ok")]


def test_an_evening_that_a_person_asks_for_anew_is_asked_for_however_old_it_is(hkex, at):
    old = date(2022, 4, 20)
    hkex.serve(old, page(old))
    at("2022-05-17T17:00:00", again=[old])
    before = hkex.questions()
    assert {day for day, outcome in outcomes() if outcome == "ok"} == {old}
    hkex.serve(old, page(old))
    at("2022-05-17T17:05:00", again=[old])
    assert hkex.questions() > before


def test_what_an_old_evening_that_is_asked_for_anew_says_counts_as_of_a_new_one(baostock, at, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_LOOKBACK", "5")
    keep(open_lake(load_settings()), STOCKS, [bar("600519.SS", f"{BEFORE}", 10.0), bar("600519.SS", f"{DAY}", 9.6)])
    for day, close in ((BEFORE, 10.0), (DAY, 9.6)):
        told = dict.fromkeys(("open", "high", "low", "close"), close) | {"volume": 1000, "turnover": 1000 * close}
        baostock.serve(day, [dealt("600519.SS", day, currency="CNY") | told | {"previous_close": 10.0}])
    at("2022-05-17T18:00:00", "CN")
    assert stored(ACTIONS, "CN").empty
    baostock.serve(DAY, [dealt("600519.SS", DAY, currency="CNY") | told | {"previous_close": 9.5}])
    at("2022-06-20T18:00:00", "CN", again=[DAY])
    # Half a yuan off 10.00 that no event explains.
    assert stored(ACTIONS, "CN")[["ex_date", "value"]].to_numpy().tolist() == [[DAY, round(10 / 9.5, 8)]]


def test_nobody_is_asked_anew_for_a_day_that_was_no_session(hkex, at):
    at("2022-05-17T17:00:00")
    before = hkex.questions()
    at("2022-05-17T17:05:00", again=[date(2022, 5, 9)])  # Monday, for Buddha's birthday on the Sunday
    assert not any("220509" in path for path, _ in hkex.asked[before:])


def test_yesterdays_page_under_todays_name_is_not_stored_whichever_way_it_says_so(hkex, at):
    hkex.serve(BEFORE, page(BEFORE))
    at("2022-05-16T18:00:00")
    hkex.serve(DAY, page(BEFORE))  # today's date, yesterday's rows
    at("2022-05-17T18:00:00")
    hkex.serve(BEFORE, page(BEFORE), named=DAY)
    at("2022-05-17T19:30:00")
    assert [outcome for _, outcome in outcomes()] == ["ok", "another day", "another day"]
    assert set(stored()["trade_date"]) == {BEFORE}


def test_of_two_evenings_asked_for_at_once_the_later_is_held_against_the_earlier(hkex, at):
    hkex.serve(BEFORE, page(BEFORE))
    hkex.serve(DAY, page(BEFORE))
    at("2022-05-17T18:00:00")
    assert outcomes() == [(BEFORE, "ok"), (DAY, "another day")]


def test_who_was_refused_asks_no_more_until_a_person_does(hkex, at, caplog):
    hkex.show(403)
    assert at("2022-05-16T18:00:00").failed == ["hkex HK 2022-05-16: banned (HTTP 403)"]
    hkex.show(None)
    hkex.serve(BEFORE, page(BEFORE))
    at("2022-05-17T18:00:00")
    assert hkex.questions() == 1
    assert "hkex: not asked, since it refused us (2022-05-16 10:00 UTC: HTTP 403)" in caplog.text
    assert backfill_official(load_settings(), FACTS, "HK", BEFORE, BEFORE, "run-2").evenings == 1
    hkex.serve(DAY, page(DAY))
    assert at("2022-05-17T19:30:00").evenings == 1


def test_what_is_gone_or_no_session_is_asked_for_on_three_days_and_no_more(hkex, at):
    hkex.close(BEFORE)
    at("2022-05-17T16:00:00")
    for day in (19, 20, 23):
        at(f"2022-05-{day}T13:00:00")
        at(f"2022-05-{day}T14:00:00")
    said = [outcome for day, outcome in outcomes() if day in (BEFORE, DAY)]
    assert said.count("no trading") == 4  # on the 17th, the 19th twice, and the 20th
    assert said.count("no data") == 5  # on the 19th and 20th twice, on the 23rd once
    hkex.serve(BEFORE, page(BEFORE))
    at("2022-05-23T18:00:00")
    assert (BEFORE, "ok") not in outcomes()


def test_a_source_that_had_nothing_for_a_day_and_is_well_again_is_heard(hkex, at):
    at("2022-05-17T13:00:00")
    assert outcomes() == [(BEFORE, "no data")]
    hkex.serve(BEFORE, page(BEFORE))
    at("2022-05-18T07:00:00")
    assert (BEFORE, "ok") in outcomes()


def test_yesterdays_rows_are_known_by_our_own_bars_where_yesterdays_page_was_lost(hkex, at):
    lake = open_lake(load_settings())
    mine = [row for row in page(BEFORE) if row["symbol"] != "0006.HK"]
    more = [bar(row["symbol"], f"{BEFORE}", row["close"], {"volume": row["volume"] + 100}) for row in mine]
    keep(lake, STOCKS, more)
    hkex.serve(DAY, page(BEFORE))
    at("2022-05-17T18:00:00")
    assert dict(outcomes())[DAY] == "another day"
    hkex.serve(DAY, page(DAY))
    at("2022-05-17T19:30:00")
    assert set(stored()["trade_date"]) == {DAY}


@pytest.mark.parametrize("code", ["HK", "CN"])
def test_previous_closes_of_another_session_say_nothing_of_events_and_the_evening_is_asked_for_again(code, request, at):
    name = {"HK": "hkex", "CN": "baostock"}[code]
    source = request.getfixturevalue(name)
    market, friday = FACTS.market(code), date(2022, 5, 13)
    symbols = sorted(market.members_on(DAY))[:24]
    steps = {friday: 9.9, BEFORE: 10.0, DAY: 9.6}

    def serve(day, previous):
        told = [dealt(symbol, day, currency=market.currency) for symbol in symbols]
        source.serve(
            day, [at_price(line, steps[day] + count, steps[previous] + count) for count, line in enumerate(told)]
        )

    def at_price(line, close, previous):
        return (
            line
            | dict.fromkeys(("open", "high", "low", "close", "bid", "ask"), close)
            | {
                "previous_close": previous,
                "turnover": close * line["volume"],
            }
        )

    days = [(day, count, symbol) for day in (BEFORE, DAY) for count, symbol in enumerate(symbols)]
    keep(open_lake(load_settings()), STOCKS, [bar(symbol, f"{day}", steps[day] + count) for day, count, symbol in days])
    serve(BEFORE, friday)
    at("2022-05-16T18:00:00", code)
    serve(DAY, friday)
    passed = at("2022-05-17T18:00:00", code)
    assert (stored(ACTIONS, code).empty, stored(QUARANTINE, code).empty) == (True, True)
    told = f"{name} {code} 2022-05-17: another day (24 of 24 previous closes are not the closes of 2022-05-16)"
    assert passed.failed == [told]
    serve(DAY, BEFORE)
    at("2022-05-18T07:30:00", code)
    assert (stored(OFFICIAL, code)["trade_date"] == DAY).sum() == 24
    assert (stored(ACTIONS, code).empty, stored(QUARANTINE, code).empty) == (True, True)


def test_an_evening_that_was_stored_wrong_is_asked_for_again_once_the_one_after_it_contradicts_it(hkex, at):
    lines = full_page(BEFORE, 30)
    hkex.serve(BEFORE, [line | dict.fromkeys(("open", "high", "low", "close", "bid", "ask"), 50.0) for line in lines])
    at("2022-05-16T18:00:00")
    hkex.serve(BEFORE, lines)
    hkex.serve(DAY, [dealt(line["symbol"], DAY, previous_close=line["close"]) for line in lines])
    told = "30 of 30 previous closes are not the closes of 2022-05-16"
    assert at("2022-05-17T18:00:00").failed == [f"hkex HK 2022-05-17: another day ({told})"]
    assert at("2022-05-18T07:30:00").failed == []
    rows = stored().query("known_to.isna()").set_index(["trade_date", "symbol"])
    assert (rows.loc[(BEFORE, "0005.HK"), "close"], rows.loc[(DAY, "0005.HK"), "close"]) == (72.1, 72.2)
    asked = hkex.questions()
    at("2022-05-18T07:40:00")
    assert hkex.questions() == asked


def test_a_line_of_ours_in_another_currency_is_kept_in_doubt_and_a_second_counter_is_not(hkex, at):
    others = [dealt("0388.HK", BEFORE, currency="USD"), dealt("80388.HK", BEFORE, currency="CNY")]
    hkex.serve(BEFORE, page(BEFORE) + others)
    at("2022-05-16T18:00:00")
    doubts = stored().set_index("symbol")["doubt"]
    assert doubts.dropna().to_dict() == {"0388.HK": "in another currency than HKD"}


def test_a_line_of_the_evening_before_among_those_of_this_one_is_kept_in_doubt(hkex, at):
    still = dict.fromkeys(("previous_close", "close"), 70.5)
    before = [*page(BEFORE), dealt("0388.HK", BEFORE) | still]
    hkex.serve(BEFORE, before)
    at("2022-05-16T18:00:00")
    hkex.serve(DAY, [*page(DAY)[:4], *before[4:]])
    at("2022-05-17T18:00:00")
    doubts = stored().query("trade_date == @DAY").set_index("symbol")["doubt"]
    assert doubts.dropna().to_dict() == {"0006.HK": "the line of 2022-05-16 once more"}
    assert len(doubts) == 6


def test_products_and_bonds_are_counted_and_are_no_rows(hkex, at):
    more = [
        dealt("28001.HK", BEFORE, 0.5, name="UB-TENCT@EC2212A", low=0.1),
        dealt("28002.HK", BEFORE, 0.7, name="UB#TENCTRC2306B", low=0.1),
        dealt("89009.HK", BEFORE, 99.0, name="PRC B2802-R", currency="CNY"),
    ]
    hkex.serve(BEFORE, page(BEFORE) + more)
    at("2022-05-16T18:00:00")
    assert set(stored()["symbol"]) == {row["symbol"] for row in page(BEFORE)}
    totals = stored(OFFICIAL_TOTALS)[["kind", "currency", "lines", "traded", "turnover"]]
    assert totals.to_dict("records") == [
        {"kind": "bond", "currency": "CNY", "lines": 1, "traded": 1, "turnover": 100.6 * 16_000},
        {
            "kind": "structured product",
            "currency": "HKD",
            "lines": 2,
            "traded": 2,
            "turnover": 2.1 * 16_000 + 2.3 * 16_000,
        },
    ]
    assert stored(OFFICIAL_ANSWERS)["turnover_total"].tolist() == [1_234_567.0]


def test_other_values_are_a_new_version_and_the_same_are_none(hkex, at):
    hkex.serve(BEFORE, page(BEFORE))
    at("2022-05-16T18:00:00")
    corrected = page(BEFORE)
    corrected[0] |= {"turnover": 5_000_000.0}
    hkex.serve(BEFORE, corrected)
    at("2022-05-17T08:00:00", again=[BEFORE])
    at("2022-05-17T09:00:00", again=[BEFORE])
    rows = stored()
    assert rows["symbol"].value_counts().to_dict() == {"0001.HK": 2} | dict.fromkeys(
        ("0002.HK", "0003.HK", "0005.HK", "0006.HK"), 1
    )
    assert rows.loc[(rows["symbol"] == "0001.HK") & rows["known_to"].isna(), "turnover"].tolist() == [5_000_000.0]


def test_raw_answers_are_kept_for_this_machine_and_for_a_while(hkex, at, home):
    hkex.serve(BEFORE, page(BEFORE))
    at("2022-05-16T18:00:00")
    (path,) = (home / "raw" / "hkex").iterdir()
    assert path.name == "2022-05-16-main-board-20220516T100000Z.gz"
    assert b"LINE 0005" in gzip.decompress(path.read_bytes())
    assert (home / "raw").stat().st_mode & 0o777 == (home / "raw" / "hkex").stat().st_mode & 0o777 == 0o700
    at("2022-06-15T10:00:00")
    assert path.exists()
    at("2022-06-16T10:00:00")
    assert not path.exists()


def test_a_source_that_is_down_fails_nothing_and_is_given_up_soon(hkex, at):
    hkex.show(503)
    passed = at("2022-05-24T18:00:00")
    assert (passed.evenings, len(passed.failed), hkex.questions()) == (0, 3, 3)
    hkex.show(None)
    for day in HK.sessions.between(BEFORE, date(2022, 5, 24)):
        hkex.serve(day, page(day))
    assert at("2022-05-24T19:30:00").evenings == 7


def test_a_backfill_goes_on_after_what_it_had_and_says_how_far_it_is(baostock, at, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-18T18:00:00+08:00")
    monkeypatch.setattr("tasks.official.AT_ONCE", 2)
    days = CN.sessions.between(date(2022, 5, 10), NEXT)
    for day in days:
        baostock.serve(day, [dealt(f"60000{digit}.SS", day, 7.0, currency="CNY") for digit in range(5)])
    seen = []
    backfill_official(load_settings(), FACTS, "CN", days[0], days[2], "run-2")
    asked = baostock.questions()
    backfill_official(load_settings(), FACTS, "CN", days[0], NEXT, "run-3", progress=lambda *so: seen.append(so))
    assert baostock.questions() == asked + len(days) - 3
    assert seen == [(2, 4), (4, 4)]
    assert set(stored(market="CN")["trade_date"]) == set(days)
    with open_read_only(load_settings().database_path) as connection:
        ((count,),) = connection.execute("select count(*) from official_prices where is_st = false").fetchall()
    assert count == 5 * len(days)


def test_a_source_whose_terms_nobody_accepted_or_that_is_none_stops_a_run_at_its_start(hkex, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_TERMS_ACCEPTED", "baostock")
    with pytest.raises(UsageError, match="add hkex to AFTERCLOSE_TERMS_ACCEPTED"):
        refuse_unknown(load_settings())
    monkeypatch.setenv("AFTERCLOSE_OFFICIAL_SOURCES", "hkex, nyse")
    with pytest.raises(
        UsageError, match="AFTERCLOSE_OFFICIAL_SOURCES: no official source 'nyse': use one of baostock, hkex"
    ):
        refuse_unknown(load_settings())


def test_a_replay_and_the_simulated_market_ask_nobody_outside(hkex, monkeypatch):
    assert [vendor.name for vendor, _ in make_official(load_settings(), HK)] == ["hkex"]
    assert make_official(load_settings(), CN) == []
    monkeypatch.setenv("AFTERCLOSE_YAHOO_URL", "http://127.0.0.1:9")
    assert [vendor.name for vendor, _ in make_official(load_settings(), HK)] == ["hkex"]
    monkeypatch.delenv("AFTERCLOSE_HKEX_URL")
    assert make_official(load_settings(), HK) == []
    monkeypatch.delenv("AFTERCLOSE_YAHOO_URL")
    monkeypatch.setenv("AFTERCLOSE_SOURCE", "simulated")
    assert make_official(load_settings(), HK) == []


def test_the_command_asks_for_what_a_night_owes_or_for_the_days_that_are_said(hkex, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-17T18:00:00+08:00")
    for day in (BEFORE, DAY):
        hkex.serve(day, page(day))
    owed = CliRunner().invoke(
        app, ["backfill", "--official", "--market", "HK", "--from", "2022-05-17", "--to", "2022-06-30"]
    )
    assert (owed.exit_code, owed.stdout) == (0, "HK: official evenings that came: 1, questions that failed: 0\n")
    assert "HK: 1 of 1 evenings, " in owed.stderr
    said = CliRunner().invoke(app, ["backfill", "--official"])
    assert said.stdout == (
        "HK: official evenings that came: 1, questions that failed: 0\nCN: no official source of it is named\n"
    )
    hkex.show(418)
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-18T18:00:00+08:00")
    assert CliRunner().invoke(app, ["backfill", "--official", "--market", "HK"]).exit_code == 3


@pytest.mark.parametrize(
    ("setting", "more", "says"),
    [
        ("", ["--from", "2022-05-17"], "set AFTERCLOSE_OFFICIAL_SOURCES"),
        ("hkex", ["--index", "HSI"], "--official asks for whole markets"),
        ("hkex", ["--to", "2022-05-17"], "--to needs --from"),
        ("hkex", ["--from", "2022-05-17", "--to", "2022-05-16"], "--from 2022-05-17 is after --to 2022-05-16"),
    ],
)
def test_the_command_says_what_is_missing(hkex, monkeypatch, setting, more, says):
    monkeypatch.setenv("AFTERCLOSE_OFFICIAL_SOURCES", setting)
    found = CliRunner().invoke(app, ["backfill", "--official", *more])
    assert isinstance(found.exception, UsageError)
    assert says in str(found.exception)


def test_a_scheduled_run_fails_on_no_evening_where_no_official_source_is_named(hkex, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_OFFICIAL_SOURCES", "")
    commands = {planned.command for planned in PLANNED if planned.entrypoint.startswith("flows.official")}
    for command in commands:
        done = CliRunner().invoke(app, command.split())
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout == "no official source is named: set AFTERCLOSE_OFFICIAL_SOURCES, see docs/sources.md\n"
    assert commands == {"backfill --official"}
    assert hkex.questions() == 0


def test_who_asks_for_the_days_that_he_names_has_looked_at_a_refusal_and_who_asks_for_what_is_owed_has_not(
    hkex, monkeypatch
):
    hkex.show(403)
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-17T18:00:00+08:00")
    command = ["backfill", "--official", "--market", "HK"]
    assert CliRunner().invoke(app, command).exit_code == 3
    asked = hkex.questions()
    CliRunner().invoke(app, command)
    assert hkex.questions() == asked
    CliRunner().invoke(app, [*command, "--from", "2022-05-17", "--to", "2022-05-17"])
    assert hkex.questions() == asked + 1


def test_a_night_asks_the_exchange_after_its_wrap_and_a_schedule_what_was_not_out(
    hkex, vendor, prefect_server, monkeypatch
):
    from flows.nightly import nightly
    from flows.official import official

    symbols = HK.members_on(NEXT) | {index.symbol for index in HK.indices}
    vendor.bars |= {symbol: walk(symbol, HK, date(2022, 5, 3), NEXT) for symbol in symbols}
    close = vendor.bars["0005.HK"][NEXT][3]
    lines = page(NEXT)
    lines[3] |= {"high": close, "low": close, "close": close, "bid": close, "ask": close, "previous_close": close}
    vendor.today = NEXT
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-18T16:45:00+08:00")
    assert nightly("HK", return_state=True).name == "Complete"
    assert hkex.questions() == 2  # of the days before, whose hour has come
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-18T17:45:00+08:00")
    assert official(return_state=True).name == "Closed"
    hkex.serve(NEXT, lines)
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-18T19:30:00+08:00")
    assert official(return_state=True).message == "HK: evenings that came: 1"
    with open_read_only(load_settings().database_path) as connection:
        query = "select official_close from prices where symbol = '0005.HK' and trade_date = '2022-05-18'"
        assert connection.execute(query).fetchall() == [(close,)]
    asked = hkex.questions()
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-19T07:30:00+08:00")
    hkex.show(503)
    assert nightly("HK", refetch=True, return_state=True).name == "Complete"
    assert hkex.questions() == asked + 2  # the evening is there, those before are gone since this morning


def test_an_old_evening_and_what_follows_from_it_are_one_commit_since_a_backfill_asks_for_neither_again(
    baostock, monkeypatch
):
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-09-20T18:00:00+08:00")
    lake = open_lake(load_settings())
    keep(lake, STOCKS, [bar("600519.SS", f"{BEFORE}", 10.0), bar("600519.SS", f"{DAY}", 9.6)])
    for day, close, previous in ((BEFORE, 10.0, 10.0), (DAY, 9.6, 9.5)):
        told = dict.fromkeys(("open", "high", "low", "close"), close) | {"volume": 1000, "turnover": 1000 * close}
        baostock.serve(day, [dealt("600519.SS", day, currency="CNY") | told | {"previous_close": previous}])
    backfill_official(load_settings(), FACTS, "CN", BEFORE, DAY, "run-2")
    files = lake.manifest().files
    commits = [entry.commit for name, entry in files.items() if name.startswith(("actions/", "official"))]
    assert len(commits) == 3
    assert len(set(commits)) == 1


def test_a_backfill_whose_last_evenings_bring_nothing_publishes_those_before_them(baostock, at, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-18T18:00:00+08:00")
    monkeypatch.setattr("tasks.official.AT_ONCE", 2)
    days = CN.sessions.between(date(2022, 5, 10), NEXT)
    for day in days[:2]:
        baostock.serve(day, [dealt(f"60000{digit}.SS", day, 7.0, currency="CNY") for digit in range(5)])
    assert backfill_official(load_settings(), FACTS, "CN", days[0], days[3], "run-2").evenings == 2
    with open_read_only(load_settings().database_path) as connection:
        found = connection.execute("select distinct trade_date from official_prices order by 1").fetchall()
    assert found == [(day,) for day in days[:2]]


@pytest.fixture
def damaged(hkex, baostock, home, monkeypatch):
    """Both markets have a source, and a file of Hong Kong's is not what was committed."""
    for name in ("OFFICIAL_SOURCES", "TERMS_ACCEPTED"):
        monkeypatch.setenv(f"AFTERCLOSE_{name}", "hkex,baostock")
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-18T18:00:00+08:00")
    days = [f"{BEFORE}", f"{DAY}"]
    lake = lake_of(
        home,
        stocks=closes("0005.HK", dict.fromkeys(days, 70.0)),
        runs=[(code, days[0], days[0]) for code in ("HK", "CN")],
    )
    hkex.serve(DAY, page(DAY))
    baostock.serve(DAY, [dealt(f"60000{digit}.SS", DAY, 7.0, currency="CNY") for digit in range(5)])
    with lake.writing(0, "a test"):
        publish(lake, FACTS, load_settings(), "run-0")  # what is lost stands in it
    (file,) = lake.path.glob("stocks/market=HK/*/*.parquet")
    file.write_bytes(b"PAR1")
    return file


def test_a_damaged_file_of_one_market_is_told_and_the_other_is_asked_by_schedule(damaged, prefect_server):
    from flows.official import official

    state = official(return_state=True)
    assert (state.name, state.is_completed()) == ("Partial", True)
    assert f"HK: {damaged}" in state.message
    assert "CN: evenings that came: 1" in state.message


def test_a_damaged_file_of_one_market_is_told_and_the_other_is_asked_by_the_command(damaged):
    found = CliRunner().invoke(app, ["backfill", "--official"])
    assert found.exit_code == 1
    assert f"afterclose: {damaged}" in found.stderr
    assert "CN: official evenings that came: 1" in found.stdout
    assert f"CN: {damaged}" in found.stderr  # the database that it made stands in for it
