"""The page as a file: written whole, the same for the same data, and made of itself alone."""

import re
from datetime import UTC, date, datetime, timedelta
from shutil import copyfile

import duckdb
import pytest
from markupsafe import escape

from tasks.publish import page_path, publish, write_pages
from tasks.undone import finish_if_undone
from tests.shipped import FACTS, HK
from tests.sql.warehouse_of import closes, lake_of, warehouse_of
from warehouse.errors import AftercloseError
from warehouse.report.charts import month_bars, sparkline, year_chart
from warehouse.report.index import index_page
from warehouse.report.look import Look, csp, heat
from warehouse.report.members import map_of
from warehouse.report.numbers import change, percent, points, price, whole
from warehouse.report.page import last_day, report
from warehouse.report.words import house_name, money
from warehouse.settings import load_settings
from warehouse.sql.database import ask, open_read_only

pytestmark = pytest.mark.slow

DAY = date(2022, 5, 4)
HOSTILE = "a slip</td></table><script>alert(1)</script>"
FLAT = ["0001.HK", "0002.HK", "0003.HK", "0005.HK", "0011.HK", "0016.HK"]
CURED = {"status": "cured", "decided_by": "afterclose", "note": "another bar was taken"}


@pytest.fixture(scope="module")
def first_evening(tmp_path_factory):
    """A database of one evening with a single close of one index, and a bar that a person refused."""
    folder = tmp_path_factory.mktemp("first")
    rows = {
        "indices": closes("^HSI", {"2022-05-04": 20869.52}),
        "quarantine": [
            ("0700.HK", "2022-05-04", "price_jump", {"status": "rejected", "decided_by": "ann", "note": HOSTILE}),
            *((symbol, "2022-05-04", "newly_flat_market", CURED) for symbol in FLAT),
        ],
        "runs": [("HK", "2022-05-04", "2022-05-04")],
    }
    warehouse_of(folder, datetime(2022, 5, 4, 12, tzinfo=UTC), **rows).close()
    return folder / "warehouse.duckdb"


@pytest.fixture
def write_report(first_evening, home):
    """Write the page of a day of that evening under a home of the test's own, and return its path."""

    def write(day):
        with open_read_only(first_evening) as connection:
            (path,) = write_pages(load_settings(), {str(day): report(connection, day)})
        return path

    return write


def test_a_first_evening_has_a_page_that_says_what_it_cannot_know(write_report):
    text = write_report(DAY).read_text(encoding="utf-8")
    assert "20,869.52" in text
    assert "its move is not known" in text
    assert "Only one close is stored." in text
    assert text.count("No return over a year yet: Hang Seng Index stored from 2022-05-04.") == 1


def test_of_members_that_were_not_seen_the_page_says_neither_that_none_rose_nor_who_was_best(write_report):
    text = write_report(DAY).read_text(encoding="utf-8")
    cards = [re.search(rf'<div class="card {side}">.*?</div>', text)[0] for side in ("best", "worst")]
    assert [re.findall(r'lang="en">([^<]*)<', card) for card in cards] == [
        ["Best of those seen", "none of those seen"],
        ["Worst of those seen", "none of those seen"],
    ]


def test_a_text_of_somebody_s_is_no_part_of_the_page(write_report):
    text = write_report(DAY).read_text(encoding="utf-8")
    assert HOSTILE not in text
    assert text.count(str(escape(HOSTILE))) >= 1


def test_the_page_forbids_everything_but_its_own_style_script_and_icon(write_report):
    text = write_report(DAY).read_text(encoding="utf-8")
    (policy,) = re.findall('<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)
    (style,), (script,) = (
        re.findall("<style>(.*?)</style>", text, re.S),
        re.findall("<script>(.*?)</script>", text, re.S),
    )
    assert set(policy.replace("&#39;", "'").split("; ")) == {
        "default-src 'none'",
        f"style-src {csp(style)}",
        f"script-src {csp(script)}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    }
    assert text.index(policy) < text.index("<link") < text.index("<style")
    assert re.findall(r" (?:style|on[a-z]+)=", text) == []  # which that policy would refuse


def test_a_page_names_no_address_of_the_outside(write_report):
    assert re.findall(r"[a-z]+://[^\s<]+", write_report(DAY).read_text(encoding="utf-8")) == []


def test_what_a_person_decided_of_the_evening_stands_on_its_page_with_who_and_why(write_report):
    text = re.sub(r"\s+", " ", write_report(DAY).read_text(encoding="utf-8"))
    row = text[text.index("price jump</td>") :]
    assert row.index(">rejected<") < row.index(f"ann: {escape(HOSTILE)} <code>0700.HK-2022-05-04-price_jump</code>")
    assert "every expected bar passed" not in text


def test_what_became_of_many_for_one_reason_is_said_once(write_report):
    text = re.sub(r"\s+", " ", write_report(DAY).read_text(encoding="utf-8"))
    assert text.count("afterclose: another bar was taken") == 1
    assert "6 symbols" in text
    assert " ".join(FLAT) in text
    assert '<span lang="zh-Hant">多隻股票同時零成交</span>' in text


@pytest.mark.parametrize(
    "given",
    [
        """insert into base.official_answers by name select date '2022-05-04' as trade_date, 'HK' as market,
            'main' as board, 'hkex' as source, timestamptz '2022-05-04 12:00:00+00' as asked_at, 'ok' as outcome""",
        """insert into base.weights by name select '^HSI' as index_symbol, date '2022-04-29' as as_of,
            '0700.HK' as symbol, 10.0 as weight, 'made' as source""",
        """insert into base.industries by name select 'MADE' as scheme, '0700.HK' as symbol, 'Media' as industry,
            'made' as source""",
    ],
)
def test_a_page_is_written_again_when_an_official_evening_or_a_file_of_a_persons_comes_after_it(
    first_evening, tmp_path, given
):
    file = tmp_path / "later.duckdb"
    copyfile(first_evening, file)

    def known():
        with open_read_only(file) as connection:
            return ask(connection, "page_knows", days=[DAY])

    before = known()
    with duckdb.connect(str(file)) as connection:
        connection.execute(given)
    assert known() != before


def test_writing_again_gives_the_same_bytes_and_leaves_nothing_beside(write_report, home):
    first = write_report(DAY).read_bytes()
    assert write_report(DAY).read_bytes() == first
    assert [path.name for path in (home / "reports").iterdir()] == ["2022-05-04.html"]


def test_a_day_without_a_judged_session_is_refused_and_writes_nothing(write_report, home):
    with pytest.raises(AftercloseError, match="nothing is stored for 2022-05-03"):
        write_report(date(2022, 5, 3))
    assert list(home.rglob("*")) == []


def test_only_pages_that_there_are_are_written_anew(home, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-04T20:00:00+08:00")
    rows = closes("^HSI", {"2022-05-03": 21101.89, "2022-05-04": 20869.52})
    lake = lake_of(home, indices=rows, runs=[("HK", "2022-05-03", "2022-05-04")])
    settings = load_settings()
    page = page_path(settings, DAY)
    page.parent.mkdir()
    page.write_text("what was said before")
    published = publish(lake, FACTS, settings, "run-1")
    assert sorted(published.judged) == [("HK", date(2022, 5, 3)), ("HK", DAY)]
    assert write_pages(settings, published.pages) == [page, page_path(settings, "index")]
    assert "20,869.52" in page.read_text(encoding="utf-8")
    assert sorted(path.name for path in page.parent.iterdir()) == ["2022-05-04.html", "index.html"]


def test_the_last_day_is_the_last_judged_one(first_evening):
    with open_read_only(first_evening) as connection:
        assert last_day(connection) == DAY


DAYS = [date(2022, 5, day) for day in (3, 4, 5, 6)]


def year_of(closes, days=DAYS):
    nothing = [None] * len(days)
    return {"trade_dates": days, "closes": closes, "highs": nothing, "lows": nothing, "drawdowns": nothing}


def places(path):
    """The points of a path, and -1 where a new stretch begins."""
    return [stretch.count("L") + 1 for stretch in path.split("M")[1:]]


def test_a_session_that_is_not_stored_breaks_the_curve():
    days = [*DAYS, date(2022, 5, 9)]
    assert places(year_chart(year_of([1.0, 2.0, None, 3.0, 4.0], days), days[-1])["line"]) == [2, 2]
    assert places(year_chart(year_of([1.0, 2.0, 2.5, 3.0, 4.0], days), days[-1])["line"]) == [5]


def test_a_curve_that_ends_in_a_hole_is_drawn_as_far_as_it_goes():
    chart = year_chart(year_of([1.0, 2.0, 3.0, None]), DAYS[-1])
    assert places(chart["line"]) == [3]
    assert places(sparkline(DAYS, [1.0, 2.0, 3.0, None], DAYS[-1])["line"]) == [3]


def test_every_chart_has_a_year_for_its_axis_however_young_its_index_is():
    """A fortnight takes the last 14 of 365 days, not the whole width."""
    days = [date(2022, 5, 3) + timedelta(days=at) for at in range(14)]
    chart = year_chart(year_of([float(at) for at in range(14)], days), days[-1])
    first, *_, last = [float(point.split(",")[0]) for point in chart["line"][1:].split("L")]
    assert last == 292
    assert last - first == pytest.approx(288 * 13 / 365, abs=0.1)


def test_the_highest_and_lowest_close_are_marked():
    marks = year_chart(year_of([20100.0, 23456.0, 18123.0, 20200.0]), DAYS[-1])["marks"]
    assert [mark["value"] for mark in marks] == [23456.0, 18123.0]


def test_one_close_is_no_curve():
    assert sparkline(DAYS[:2], [None, 20000.0], DAYS[1]) is None
    assert year_chart(year_of([None, 20000.0], DAYS[:2]), DAYS[1]) is None


def test_a_day_of_the_month_without_a_move_has_no_bar_and_the_largest_the_longest():
    bars = month_bars([date(2022, 4, 29), *DAYS], [0.01, 0.02, None, -0.04, 0.001], DAYS[-1], 0.04)
    assert [bar["day"].day for bar in bars] == [3, 4, 5, 6]
    assert [bar["height"] for bar in bars] == [16.5, 0.0, 33.0, 0.8]
    assert bars[0]["y"] < bars[2]["y"] == 35


def test_the_first_session_of_each_week_is_dated_and_of_the_last_week_the_day():
    days = [date(2022, 4, 29), *DAYS, *(date(2022, 5, day) for day in (10, 11, 12, 16, 17))]
    bars = month_bars(days, [0.01] * len(days), days[-1], 0.01)
    assert [bar["day"].day for bar in bars if bar["is_dated"]] == [3, 10, 17]


def test_numbers_have_a_real_minus_and_nothing_has_no_sign():
    assert (percent(-0.01234), percent(0.01234, 1), percent(-0.00001), percent(None)) == (
        "−1.23%",
        "+1.2%",
        "0.00%",
        "–",
    )
    assert (points(20602.519), points(None)) == ("20,602.52", "–")
    assert [change(-1652.306), change(0.6), change(-0.001), change(None)] == ["−1,652.31", "+0.60", "0.00", "–"]


def test_numbers_of_tables_are_rounded_half_up_from_decimals_as_those_of_sentences():
    assert (percent(0.01715), percent(-0.01715), percent(0.0125, 1)) == ("+1.72%", "−1.72%", "+1.3%")
    assert (points(20000.125), change(-3.125), change(1.005)) == ("20,000.13", "−3.13", "+1.01")
    assert (price(1.0125), whole(2.5), whole(1234567)) == ("1.013", "3", "1,234,567")


@pytest.mark.parametrize(
    ("move", "style"), [(0.0, "u0"), (-0.0004, "u0"), (0.0006, "u1"), (-0.012, "d2"), (0.049, "u3"), (-0.2, "d4")]
)
def test_a_larger_move_has_a_stronger_colour(move, style):
    assert heat(move) == style


def test_a_price_has_as_many_decimals_as_it_was_printed_with():
    assert [price(4.27), price(0.245), price(1234.5), price(None)] == ["4.27", "0.245", "1,234.50", "–"]


def test_a_page_opens_in_the_language_and_colours_that_are_set(first_evening):
    with open_read_only(first_evening) as connection:
        text = report(connection, DAY, Look("zh", "green-up"))
        index = index_page(connection, [DAY], Look("zh", "green-up"))
    for page in (text, index):
        assert '<html lang="zh-Hant" data-up="green-up">' in page
        assert 'value="zh" checked>' in page


def test_the_index_leads_to_the_pages_beside_each(first_evening):
    days = [date(2022, 4, 29), date(2022, 5, 4), date(2022, 5, 5)]
    with open_read_only(first_evening) as connection:
        text = index_page(connection, days)
    (link,) = re.findall('<a href="2022-05-04.html" id="of-2022-05-04".*?</a>', text)
    assert 'id="after-2022-04-29"' in link
    assert 'id="before-2022-05-05"' in link
    assert "after-2022-05-05" not in text


def test_the_index_is_written_again_only_when_there_is_another_page_or_verdict(home, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-04T20:00:00+08:00")
    rows = closes("^HSI", {"2022-05-03": 21101.89, "2022-05-04": 20869.52})
    lake = lake_of(home, indices=rows, runs=[("HK", "2022-05-03", "2022-05-04")])
    settings = load_settings()
    write_pages(settings, publish(lake, FACTS, settings, "run-1").pages)
    assert publish(lake, FACTS, settings, "run-2").pages == {}
    page_path(settings, date(2022, 5, 3)).write_text("<html>a page of before</html>")
    index = publish(lake, FACTS, settings, "run-3").pages["index"]
    assert set(re.findall('id="of-(....-..-..)"', index)) == {"2022-05-03", "2022-05-04"}


def test_the_page_that_a_run_asks_for_is_made_where_there_is_none(home, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-04T20:00:00+08:00")
    rows = closes("^HSI", {"2022-05-03": 21101.89, "2022-05-04": 20869.52})
    lake = lake_of(home, indices=rows, runs=[("HK", "2022-05-03", "2022-05-04")])
    settings, asked = load_settings(), date(2022, 5, 3)
    pages = publish(lake, FACTS, settings, "run-1", asked).pages
    assert list(pages) == ["2022-05-03", "2022-05-04", "index"]
    write_pages(settings, pages)
    assert publish(lake, FACTS, settings, "run-2", asked).pages == {}


def test_pages_that_a_pull_did_not_bring_are_written_without_a_word_of_a_run_that_died(home, monkeypatch, caplog):
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-04T20:00:00+08:00")
    lake = lake_of(home, indices=closes("^HSI", {"2022-05-04": 20869.52}), runs=[("HK", "2022-05-04", "2022-05-04")])
    publish(lake, FACTS, load_settings(), "run-1")
    finish_if_undone(lake, FACTS, load_settings(), "nightly HK")
    assert {path.name for path in load_settings().reports_path.iterdir()} == {"2022-05-04.html", "index.html"}
    assert [record.getMessage() for record in caplog.records] == ["not all of the lake was published: that is done now"]


MARKET = """
create or replace view market_breadth as select 'HK' as market, date '2022-05-04' as trade_date, 'Main Board' as boards,
    2210 as lines, 1201 as advancers, 702 as decliners, 203 as unchanged, 51 as no_trade, 44 as suspended,
    3 as new_listings, 6 as no_reference, null as limit_up, null as limit_down, null as with_limits,
    123456789012e0 as turnover_total, 1e11 as turnover_total_20d, 9e10 as turnover_equities,
    null as turnover_equities_20d, 'HKD' as currency, 'hkex' as source;
create or replace view market_movers as select 'HK' as market, date '2022-05-04' as trade_date, side, rank, symbol,
    null as name, move as return_1d, 2e7 as turnover, 1e7 as turnover_floor, 'HKD' as currency, null as limit_state,
    false as resumed
    from (values ('gainer', 1, '0099.HK', 1234e-4), ('loser', 1, '0005.HK', -5e-2), ('loser', 2, '0098.HK', -4e-2))
        as m (side, rank, symbol, move);
insert into base.prices by name
    select 'HK' as market, '0005.HK' as symbol, date '2022-05-04' as trade_date, 'XD' as ex, 'yahoo' as source;
create or replace view industries as select 'made' as scheme, '0700.HK' as symbol, 'Media' as industry,
    null::date as valid_from, null::date as valid_to;
"""


def test_whole_markets_stand_on_the_page_where_an_official_evening_is(first_evening, tmp_path):
    file = tmp_path / "official.duckdb"
    copyfile(first_evening, file)
    with duckdb.connect(str(file)) as connection:
        connection.execute(MARKET)
    with open_read_only(file) as connection:
        text = report(connection, DAY)
    (block,) = re.findall('<section id="market">.*?</section>', text, re.S)
    for shown in (
        "1,201 rose",
        "702 fell",
        "95 did not trade",
        "0099.HK",
        "of 2,210 lines",
        "123.5 bn HKD",
        "1.23 times",
        "+12.34%",
    ):
        assert shown in block
    assert "not for redistribution" in block
    assert re.findall(r"<abbr>(\w+)<", block) == ["XD"]  # of the loser that is followed and was ex-dividend
    assert "of other lines no dividend is known to us" in block
    assert "The whole market</span>" not in text[text.index("What this page does not know") :]
    with open_read_only(first_evening) as connection:
        assert '<section id="market">' not in report(connection, DAY)


@pytest.mark.parametrize(
    ("states", "mark"),
    [
        (["complete", "closed"], "●"),
        (["complete", "partial"], "◐"),
        (["complete", "pending"], "○"),
        (["pending", "partial"], "◐"),
    ],
)
def test_a_day_of_the_calendar_has_the_mark_of_the_worst_of_its_verdicts(first_evening, tmp_path, states, mark):
    file = tmp_path / "judged.duckdb"
    copyfile(first_evening, file)
    with duckdb.connect(str(file)) as connection:
        rows = ", ".join(f"('{market}', '{state}')" for market, state in zip(("HK", "CN"), states, strict=True))
        connection.execute(
            "create or replace view session_status as select *, date '2022-05-04' as trade_date, 1 as expected, "
            "1 as received, 0 as suspended, 0 as held, 0 as missing, 0 as unobtainable "
            f"from (values {rows}) as v (market, state)"
        )
    with open_read_only(file) as connection:
        text = index_page(connection, [DAY])
    assert re.findall('id="of-2022-05-04"[^>]*>4 (.)</a>', text) == [mark]


def member(symbol, estimate, **more):
    row = {"symbol": symbol, "name": f"Company {symbol}", "name_zh": None, "name_zh_hans": None, "state": "received"}
    return row | {"return_1d": 0.01, "turnover": None, "turnover_estimate": estimate} | more


def areas(map_):
    """How much of the box each tile takes, by its id, in percent."""
    found = re.findall(r"#([\w-]+)\{left:[\d.]+%;top:[\d.]+%;width:([\d.]+)%;height:([\d.]+)%\}", map_["rules"]["wide"])
    return {name: float(width) * float(height) / 100 for name, width, height in found}


def test_tiles_are_as_large_as_the_turnover_of_their_members():
    map_ = map_of("X", [member("A.HK", 600.0), member("B.HK", 300.0), member("C.HK", 100.0)])
    sizes = areas(map_)
    shares = {tile["symbol"]: sizes[tile["id"]] for tile in map_["tiles"]}
    assert shares == pytest.approx({"A.HK": 60, "B.HK": 30, "C.HK": 10}, abs=1)
    assert [row["symbol"] for row in map_["active"]] == ["A.HK", "B.HK", "C.HK"]


def test_a_tooltip_has_a_name_in_every_script_that_it_is_written_in():
    names = {"name": "Tencent", "name_zh": "騰訊控股", "name_zh_hans": "腾讯控股"}
    (tile,) = map_of("X", [member("A.HK", 600.0, **names)])["tiles"]
    assert tile["names"] == "Tencent 騰訊控股 腾讯控股"
    (tile,) = map_of("X", [member("A.HK", 600.0)])["tiles"]
    assert tile["names"] == "Company A.HK"


def test_official_turnover_counts_where_every_member_that_traded_has_one_and_is_never_mixed_with_estimates():
    whole = [member("A.HK", 600.0, turnover=10.0), member("B.HK", 300.0, turnover=30.0)]
    assert (map_of("X", whole)["size"], map_of("X", whole)["turnover"]) == ("turnover", 40.0)
    mixed = [member("A.HK", 600.0, turnover=10.0), member("B.HK", 300.0)]
    assert (map_of("X", mixed)["size"], map_of("X", mixed)["is_official"]) == ("turnover_estimate", False)


@pytest.mark.parametrize("state", ["held", "missing", "unobtainable"])
def test_the_turnover_of_an_index_is_not_told_without_that_of_a_member_that_was_not_seen(state):
    seen = [member("A.HK", 600.0, turnover=10.0), member("B.HK", 300.0, turnover=30.0)]
    map_ = map_of("X", [*seen, member("C.HK", None, return_1d=None, state=state)])
    assert (map_["size"], map_["turnover"]) == ("turnover", None)
    assert map_of("X", [*seen, member("C.HK", None, return_1d=None, state="suspended")])["turnover"] == 40.0


def test_a_member_without_a_trade_has_no_tile_and_is_named_beside_the_map():
    idle = member("B.HK", None, return_1d=None, state="suspended")
    map_ = map_of("X", [member("A.HK", 600.0), idle])
    assert [tile["symbol"] for tile in map_["tiles"]] == ["A.HK"]
    assert [tile["symbol"] for tile in map_["rest"]] == ["B.HK"]
    assert map_of("X", [idle])["tiles"] == []


def test_members_of_one_industry_lie_together_under_its_name():
    rows = [
        member("A.HK", 600.0, industry="Banks"),
        member("B.HK", 300.0, industry=None),
        member("C.HK", 90.0, industry="Banks"),
    ]
    map_ = map_of("X", rows)
    sizes = areas(map_)
    groups = {group["name"]: sizes[group["id"]] for group in map_["groups"]}
    assert groups == pytest.approx({"Banks": 69.7, "": 30.3}, abs=1)
    assert len(map_["tiles"]) == 3


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("騰訊控股", "騰訊控股"),
        ("舜宇光學科技", "舜宇光學"),
        ("新鴻基地產", "新鴻基"),
        ("中國石油化工股份", "中國石油化工"),
        ("AIA", "AIA"),
    ],
)
def test_a_long_chinese_name_loses_what_it_can_do_without_and_is_never_cut(name, shown):
    assert house_name(name) == shown


def test_a_followed_index_without_a_close_has_a_card_that_says_so(write_report):
    text = write_report(DAY).read_text(encoding="utf-8")
    (card,) = re.findall('<article class="card index" data-index="HSTECH">.*?</article>', text, re.S)
    assert "the index has no bar" in card


def test_a_52_week_range_with_a_hole_in_it_is_not_shown_as_one(tmp_path):
    days = HK.sessions.between(date(2021, 5, 4), DAY)
    levels = {str(day): 20000.0 + at for at, day in enumerate(days)}

    def card_without(folder, *lost):
        stored = closes("^HSI", {day: level for day, level in levels.items() if day not in lost})
        with warehouse_of(tmp_path / folder, indices=stored, runs=[("HK", str(DAY), str(DAY))]) as connection:
            text = report(connection, DAY)
        (card,) = re.findall('<article class="card index" data-index="HSI">.*?</article>', text, re.S)
        return card

    assert "at the high" in card_without("whole")
    holed = card_without("holed", "2022-03-16")  # it may have closed above all that is stored
    assert "at the high" not in holed
    assert "52 weeks" not in holed


def test_a_fall_that_is_in_doubt_and_stored_does_not_stand_on_the_page_as_held_missing_or_gone_alone(tmp_path):
    doubted = [("0020.HK", str(DAY), "fall_without_event", {"status": "warned", "detail": "fell 46.8%"})]
    levels = closes("^HSI", {"2022-05-03": 20000.0, str(DAY): 19900.0})
    runs = [("HK", "2022-05-03", str(DAY))]
    with warehouse_of(tmp_path, indices=levels, quarantine=doubted, runs=runs) as connection:
        text = report(connection, DAY)
    truth = text[text.index('<section id="truth">') :]
    headings = [(at.start(), at[1]) for at in re.finditer('<h3><span lang="en">([^<]*)<', truth)]
    (heading,) = [name for at, name in headings if at < truth.index("fell 46.8%")][-1:]
    assert heading == "Held back, missing, gone or in doubt"


def test_where_a_fall_is_the_widest_bar_of_the_month_the_page_says_a_fall(tmp_path):
    levels = {"2022-04-29": 20000.0, "2022-05-03": 19000.0, str(DAY): 19380.0}  # a fall of 5%, and a gain of 2%
    with warehouse_of(tmp_path, indices=closes("^HSI", levels), runs=[("HK", "2022-04-29", str(DAY))]) as connection:
        assert "the widest bar is −5.0%." in report(connection, DAY)


def test_the_turnover_of_a_half_day_is_held_against_no_average(tmp_path):
    half, before = date(2022, 1, 31), date(2022, 1, 28)
    days = [str(day) for day in HK.sessions.between(date(2021, 12, 28), half)]
    members = HK.members_on(half, "HSTECH.HK")
    stored = [bar for symbol in members for bar in closes(symbol, dict.fromkeys(days, 10.0))]
    with warehouse_of(
        tmp_path,
        stocks=stored,
        indices=closes("HSTECH.HK", dict.fromkeys(days, 4000.0)),
        runs=[("HK", days[0], days[-1])],
    ) as connection:
        assert "times its 20-day average" in report(connection, before)
        assert "times its 20-day average" not in report(connection, half)


def test_a_member_that_traded_without_a_close_before_is_not_said_to_have_had_no_trade_or_turnover(tmp_path):
    members = sorted(HK.members_on(DAY, "HSTECH.HK"))
    young, *others = members
    stored = [bar for symbol in members for bar in closes(symbol, {str(DAY): 10.0})]
    base = [bar for symbol in others for bar in closes(symbol, {"2022-05-03": 9.0})]
    levels = closes("HSTECH.HK", {"2022-05-03": 4000.0, str(DAY): 4100.0})
    runs = [("HK", "2022-05-03", str(DAY))]

    def members_in(folder, stocks):
        with warehouse_of(tmp_path / folder, stocks=stocks, indices=levels, runs=runs) as connection:
            text = report(connection, DAY)
        return re.search('<section class="members-of" id="members-HSTECH".*?</section>', text, re.S)[0]

    one, none = members_in("one", [*base, *stored]), members_in("none", stored)
    (listed,) = re.findall('<li class="none".*?</li>', one, re.S)
    assert f"{young} " in listed
    assert 'lang="en">no close before<' in listed
    assert "1 without" not in listed
    for text in (one, none):
        assert 'lang="en">Not drawn: without a trade, a bar or a close before<' in text
    assert "Most active" in none
    assert "No member has a turnover" not in none
    assert none.count('<li class="none"') == len(members)


def test_an_amount_is_told_in_the_unit_of_its_language_and_size():
    text = re.sub("<[^>]*>", " ", f"{money(123456789012.0, 'HKD')} {money(9876543.0, 'CNY')}").split()
    assert " ".join(text) == "123.5 bn HKD 1,234.6億港元 1,234.6亿港元 9.9 m CNY 988萬元人民幣 988万元人民币"


def test_an_amount_is_rounded_half_up_as_the_digest_rounds_it():
    text = re.sub("<[^>]*>", " ", f"{money(16.25e9, 'HKD')} {money(7.25e6, 'HKD')} {money(12_345_000.0, 'HKD')}")
    assert [part for part in text.split() if part[0].isdigit()] == [
        *("16.3", "162.5億港元", "162.5亿港元"),
        *("7.3", "725萬港元", "725万港元"),
        *("12.3", "1,235萬港元", "1,235万港元"),
    ]
