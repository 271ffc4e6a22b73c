"""The evening as a message, word for word: one query, three languages, as long as the channel takes."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from warehouse_of import KNOWN_FROM, closes, warehouse_of

from tasks.alerts import ask_alerts
from tests.shipped import KNOWN
from warehouse.sql.database import ask
from warehouse.wording.digest import Change, Message, changes, evening
from warehouse.wording.printed import differs, printed

ROOT = Path(__file__).parents[2]
DAY = date(2022, 5, 17)
BEFORE = "2022-05-16"
MEMBERS = sorted(KNOWN.market("HK").members_on(DAY))
UP, DOWN = ["0700.HK", "2382.HK", "9988.HK"], ["0005.HK", "0941.HK", "1299.HK"]


def bars(symbol):
    move = {**dict.fromkeys(UP, 1.1), **dict.fromkeys(DOWN, 0.96)}.get(symbol, 1.01)
    return closes(symbol, {BEFORE: 100, str(DAY): round(100 * move + MEMBERS.index(symbol) / 100, 2)})


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    indices = [
        *closes("^HSI", {"2022-05-13": 19900, BEFORE: 20000, str(DAY): 20654.5}),
        *closes("HSTECH.HK", {"2022-05-13": 3900, BEFORE: 4000, str(DAY): 3990}),
    ]
    stocks = [bar for symbol in MEMBERS for bar in bars(symbol)]
    official = [(symbol, str(DAY), 100.0, 100.0, {"turnover": 2.5e8}) for symbol in MEMBERS]
    with warehouse_of(
        tmp_path_factory.mktemp("digest"),
        stocks=stocks,
        indices=indices,
        official=official,
        runs=[("HK", BEFORE, str(DAY))],
    ) as connection:
        yield connection


def rows(warehouse, shared=()):
    return ask(warehouse, "digest", day=DAY, market="HK", shared=list(shared))


def told(warehouse, language="en", room=10_000, shared=(), ends=()):
    return evening(rows(warehouse, shared), language, ends, lambda message: len(message) <= room)


def test_an_evening_in_english(warehouse):
    assert told(warehouse, ends=["id 0123456789ab"]) == Message(
        "Hong Kong complete – 17 May 2022",
        "Hong Kong complete, 88 of 88 priced\n"
        "Hang Seng Index 20,654.50 +3.27% (+654.50 points)\n"
        "led by Alibaba +10.8%, Sunny Optical +10.6%, Tencent +10.3%\n"
        "weakest HSBC −4.0%, China Mobile −3.7%, AIA −3.5%\n"
        "63 rose, 3 fell\n"
        "Hang Seng TECH Index 3,990.00 −0.25% (−10.00 points)\n"
        "led by Alibaba +10.8%, Sunny Optical +10.6%, Tencent +10.3%\n"
        "30 rose, 0 fell\n"
        "\n"
        "id 0123456789ab",
    )


def test_an_evening_in_both_scripts(warehouse):
    assert told(warehouse, "zh").text.split("\n")[:5] == [
        "香港完整，88項中88項有價",
        "恒生指數 20,654.50 +3.27%（+654.50點）",
        "領先：阿里巴巴 +10.8%、舜宇光學科技 +10.6%、騰訊控股 +10.3%",
        "落後：滙豐控股 −4.0%、中國移動 −3.7%、友邦保險 −3.5%",
        "63隻升，3隻跌",
    ]
    assert told(warehouse, "zh-hans").title == "2022年5月17日收盘：香港完整"
    assert "领先：阿里巴巴 +10.8%、舜宇光学科技 +10.6%、腾讯控股 +10.3%" in told(warehouse, "zh-hans").text


@pytest.mark.parametrize("language", ["en", "zh", "zh-hans"])
@pytest.mark.parametrize("room", [60, 100, 150, 300, 420])
def test_a_message_fits_where_it_goes_and_keeps_verdict_and_id(warehouse, language, room):
    message = told(warehouse, language, room, ends=["id 0123456789ab"])
    assert len(message) <= room
    assert message.title == told(warehouse, language).title
    assert message.text.endswith("\nid 0123456789ab")


def test_a_shorter_message_still_has_every_level_and_move(warehouse):
    assert told(warehouse, room=120).text == (
        "Hong Kong complete, 88 of 88 priced\nHSI 20,654.50 +3.27%\nHSTECH 3,990.00 −0.25%"
    )
    assert told(warehouse, room=90).text == "Hong Kong complete: HSI +3.27%, HSTECH −0.25%"


def test_the_exchanges_own_amount_is_told_where_it_may_be_shared_and_is_not_called_an_estimate(warehouse):
    assert "dealt" not in told(warehouse).text
    assert "63 rose, 3 fell, HK$16.5 billion dealt in its members\n" in told(warehouse, shared=["hkex"]).text
    assert "63隻升，3隻跌，成份股成交165億港元\n" in told(warehouse, "zh", shared=["hkex"]).text


def test_the_whole_market_is_told_where_it_may_be_shared_and_not_in_a_short_message(warehouse):
    line = "whole market: the Main Board by HKEX: 86 lines; turnover in them HK$21.5 billion"
    assert line in told(warehouse, shared=["hkex"]).text.split("\n")
    assert "whole market" not in told(warehouse, shared=["hkex"], room=400).text
    assert "whole market" not in told(warehouse).text


def test_a_whole_market_that_was_printed_is_told_again_when_a_count_of_it_changes(warehouse):
    now = rows(warehouse, ["hkex"])
    without, before, after = printed(now), printed(now), printed(now)
    del without[""]["whole"]
    before[""]["whole"][1] += 1
    assert not differs(without, after)  # what is told for the first time is no change
    assert differs(before, after)
    message = changes([Change(now, before, after, [])], "zh", [], lambda _: True)
    assert "全市場：主板（HKEX）：86隻" in message.text


def test_what_explains_a_member_s_move_stands_beside_it(warehouse):
    marks = {"leaders_mark": [None, "limit-up", None], "laggards_mark": ["ex-dividend", None, "unexplained"]}
    marked = [row | marks for row in rows(warehouse) if row["index_symbol"] == "^HSI"]

    def lines(language):
        return evening(marked, language, [], lambda _: True).text.split("\n")[2:4]

    assert lines("en") == [
        "led by Alibaba +10.8%, Sunny Optical +10.6% (limit-up), Tencent +10.3%",
        "weakest HSBC −4.0% (ex-dividend), China Mobile −3.7%, AIA −3.5% (unexplained)",
    ]
    assert lines("zh")[1] == "落後：滙豐控股 −4.0%（除淨）、中國移動 −3.7%、友邦保險 −3.5%（原因未明）"
    assert lines("zh-hans")[0] == "领先：阿里巴巴 +10.8%、舜宇光学科技 +10.6%（涨停）、腾讯控股 +10.3%"


def test_while_a_member_was_not_seen_nobody_leads(warehouse):
    unseen = [row | {"without_return": 2, "session_state": "partial"} for row in rows(warehouse)]
    text = evening(unseen, "en", [], lambda _: True).text
    assert "up: Alibaba +10.8%" in text
    assert "63 rose, 3 fell, 2 not seen" in text
    assert "led by" not in text


def test_a_figure_that_was_printed_is_told_with_what_was_told_before(warehouse):
    now = printed(rows(warehouse))
    before = {name: dict(values) for name, values in now.items()}
    assert not differs(before, now)
    before["^HSI"] |= {"close": "20654.00", "move": "3.26", "breadth": [62, 4]}
    before[""] |= {"state": "partial", "counts": [87, 88]}
    assert differs(before, now)
    corrected = [
        {"name": "Xiaomi", "name_zh": "小米集團", "name_zh_hans": "小米集团", "old_value": 12.1, "new_value": 12.345}
    ]
    change = Change(rows(warehouse), before, now, corrected)
    assert changes([change], "en", ["id 0"], lambda _: True) == Message(
        "Changed since it was told: 17 May 2022",
        "Hong Kong 17 May 2022: now complete; 88 of 88 priced; Xiaomi's close corrected from 12.10 to 12.345\n"
        "Hang Seng Index: 20,654.50 (told: 20,654.00); +3.27% (told: +3.26%); 63 rose, 3 fell (told: 62 rose, 4 fell)\n"
        "id 0",
    )
    assert changes([change], "zh", [], lambda _: True).text.split("\n")[0] == (
        "香港2022年5月17日：現已完整；88項中88項有價；小米集團收市價由12.10更正為12.345"
    )


def test_a_close_that_was_corrected_and_came_back_is_no_correction(tmp_path):
    second, third = (datetime(2022, 6, day, tzinfo=UTC) for day in (2, 3))
    versions = [
        ("0005.HK", str(DAY), 50.0, {"known_to": second}),
        ("0005.HK", str(DAY), 51.0, {"known_from": second, "known_to": third}),
        ("0005.HK", str(DAY), 50.0, {"known_from": third}),
        ("0700.HK", str(DAY), 330.0, {"known_to": second}),
        ("0700.HK", str(DAY), 331.0, {"known_from": second}),
    ]
    with warehouse_of(tmp_path, stocks=versions) as connection:
        found = ask(connection, "digest_corrected", market="HK", day=DAY, since=KNOWN_FROM)
    assert [(row["symbol"], row["old_value"], row["new_value"]) for row in found] == [("0700.HK", 330.0, 331.0)]


def test_an_official_amount_in_the_place_of_an_estimate_is_no_change_and_another_official_one_is(warehouse):
    now = printed(rows(warehouse, ["hkex"]))
    before = {name: dict(values) for name, values in now.items()}
    before["^HSI"]["dealt"] = ["estimated", "170"]
    assert not differs(before, now)
    before["^HSI"]["dealt"] = ["official", "170"]
    assert differs(before, now)


def test_what_a_newer_release_prints_besides_is_no_change(warehouse):
    now = printed(rows(warehouse))
    before = {name: dict(values) for name, values in now.items() if name != "HSTECH.HK"}
    del before["^HSI"]["dealt"]
    assert not differs(before, now)


@pytest.mark.parametrize("name", ["limit_up", "index_52w_low", "event_held"])
def test_the_alerts_that_are_shipped_can_be_asked_and_are_those_of_the_docs(warehouse, name):
    query = (ROOT / "warehouse" / "alerts" / f"{name}.sql").read_text()
    warehouse.execute(query, {"market": "HK", "trade_date": DAY}).fetchall()
    assert f"`alerts/{name}.sql`\n\n```sql\n{query}```" in (ROOT / "docs" / "digest.md").read_text()


def test_alerts_that_cannot_be_read_are_no_good_news(tmp_path):
    (tmp_path / "alerts").symlink_to("a disk that is not mounted")
    (found,) = ask_alerts(tmp_path / "alerts", tmp_path / "warehouse.duckdb", [("HK", DAY)])
    assert found.rows == [f"{tmp_path / 'alerts'} cannot be read: No such file or directory"]


def test_an_alert_changes_nothing_for_the_next_one(tmp_path):
    with warehouse_of(tmp_path, stocks=closes("0700.HK", {str(DAY): 300.0}), runs=[("HK", str(DAY), str(DAY))]):
        pass
    alerts = {"a": "begin", "b": "select nothing from nowhere", "c": "create temp table prices as select 1 as evil"}
    (tmp_path / "alerts").mkdir()
    for name, query in (alerts | {"d": "select symbol from prices where trade_date = $trade_date"}).items():
        (tmp_path / "alerts" / f"{name}.sql").write_text(query)
    found = ask_alerts(tmp_path / "alerts", tmp_path / "warehouse.duckdb", [("HK", DAY)])
    assert [alert.rows for alert in found if alert.name == "d"] == [["0700.HK"]]
