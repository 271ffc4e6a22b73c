"""The page of a date in a real browser: what it shows, that it asks for nothing, and that it fits."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tasks.publish import write_pages
from tests.shipped import CN, HK
from tests.sql.warehouse_of import closes, row_of, rows_of, suspended, warehouse_of
from warehouse.report.behind import BLOCKS
from warehouse.report.index import index_page
from warehouse.report.look import Look
from warehouse.report.page import report
from warehouse.settings import Settings
from warehouse.sql.database import ask

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no {CHROMIUM}: install the package chromium")

PATIENCE = 120_000  # milliseconds: other tests may keep every core busy
HOLIDAY, DAY = date(2022, 5, 4), date(2022, 5, 5)  # the mainland's Labour Day lasted until 4 May
VIEWS = [(width, scheme) for width in (320, 390, 768, 1280) for scheme in ("light", "dark")]
LANGUAGES = {"en": "", "zh": "_zh", "zh-hans": "_zh_hans"}
SPECIAL = {"0005.HK", "0011.HK", "1299.HK", "0700.HK", "2020.HK"}
HONG_KONG = sorted(HK.members_on(DAY) - SPECIAL)
MAINLAND = sorted(CN.members_on(DAY) - {"600837.SS", "601989.SS"})
INDUSTRIES = ("Banks", "Materials", "Information Technology", "Properties & Construction", "Consumer Discretionary")
LINES = ("a_return_1d", "h_return_1d")
DETAIL = "high 44.1 below low 45 <script>alert(1)</script>"


def walk(symbol, start, days):
    """Invented closes: each symbol moves by its own fixed step, up or down."""
    step = (sum(map(ord, symbol)) % 13 - 6) / 100
    return closes(symbol, {day: round(start * (1 + step) ** at, 2) for at, day in enumerate(days)})


HK_DAYS = ["2022-04-28", "2022-04-29", "2022-05-03", "2022-05-04", "2022-05-05"]
CN_DAYS = ["2022-04-28", "2022-04-29", "2022-05-05"]
STOCKS = [
    *(row for symbol in HONG_KONG for row in walk(symbol, 50, HK_DAYS)),
    *(row for symbol in MAINLAND for row in walk(symbol, 20, CN_DAYS)),
    *closes("0005.HK", dict.fromkeys(HK_DAYS[:4], 49)),  # held on 05-05
    *closes("0700.HK", dict.fromkeys(HK_DAYS[:4], 300)),  # missing on 05-05
    *(suspended("1299.HK", day, 80) for day in HK_DAYS),
    *closes("2020.HK", {"2022-05-03": 90}),
    suspended("2020.HK", "2022-05-04", 90),
    *closes("2020.HK", {"2022-05-05": 99}),
    *closes("0011.HK", dict.fromkeys(HK_DAYS, 140)),
]
INDICES = [
    *closes("^HSI", dict(zip(HK_DAYS, (20000, 20800, 20900, 20700, 20793.4), strict=True))),
    *closes("HSTECH.HK", dict(zip(HK_DAYS, (4000, 4400, 4450, 4300, 4100.5), strict=True))),
    *closes("^HSCE", dict(zip(HK_DAYS, (6800, 7000, 7100, 7050, 7051), strict=True))),
    *closes("000300.SS", dict(zip(CN_DAYS, (3900, 4000, 4010.25), strict=True))),
]
ROWS = {
    "stocks": STOCKS,
    "indices": INDICES,
    "quarantine": [("0005.HK", "2022-05-05", "high_not_below_low", {"detail": DETAIL})],
    "actions": [("0011.HK", "2022-05-05", "dividend", 2)],
    "runs": [("HK", "2022-05-03", "2022-05-05"), ("CN", "2022-05-05", "2022-05-05")],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="module")
def warehouse(folder):
    (folder / "weights").mkdir()
    weights = "".join(f"2022-04-29,{symbol},{100 / len(MAINLAND):.6f},handmade\n" for symbol in MAINLAND)
    (folder / "weights" / "CSI300.csv").write_text(f"trade_date,symbol,weight,source\n{weights}")
    (folder / "industries").mkdir()
    grouped = "".join(f"{symbol},{INDUSTRIES[sum(map(ord, symbol)) % 5]},,,handmade\n" for symbol in MAINLAND)
    (folder / "industries" / "MADE.csv").write_text(f"symbol,industry,valid_from,valid_to,source\n{grouped}")
    with warehouse_of(folder, datetime(2022, 5, 5, 12, tzinfo=UTC), **ROWS) as connection:
        yield connection


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated")
    invented = [(*row[:3], {"source": "simulated"}) for row in INDICES]
    with warehouse_of(folder, datetime(2022, 5, 5, 12, tzinfo=UTC), **ROWS | {"indices": invented}) as connection:
        yield written(connection, DAY, folder)


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=quiet)
        yield running
        running.close()


@pytest.fixture(scope="module")
def pages(folder, warehouse):
    """The path of the page of a date in a look; each is made once."""
    made = {}

    def page_of(day, look=None):
        if (day, look) not in made:
            made[day, look] = written(warehouse, day, folder / str(look), look)
        return made[day, look]

    return page_of


@pytest.fixture
def opened(browser, pages):
    """Open the page of a date in a window of a width and a colour scheme; its requests and messages beside it."""
    contexts = []

    def open_page(day=DAY, width=1280, scheme="light", path=None, language="en", look=None, **options):
        path = path or pages(day, look)
        size = {"width": width, "height": 664}  # of a small phone, less what its browser keeps
        context = browser.new_context(viewport=size, color_scheme=scheme, **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.requested, page.said = [], []
        page.on("request", lambda request: page.requested.append(request.url))
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(path.as_uri())
        page.locator(f"label[for=say-{language}]").click()
        return page

    yield open_page
    for context in contexts:
        context.close()


def written(connection, day, home, look=None):
    pages = {str(day): report(connection, day, look), "index": index_page(connection, [HOLIDAY, DAY])}
    path, _ = write_pages(Settings(home=home), pages)
    return path


def plain(text):
    return text.strip().replace("\N{MINUS SIGN}", "-")


def texts(page, selector):
    return [plain(text) for text in page.locator(selector).all_inner_texts()]


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
@pytest.mark.parametrize("day", [HOLIDAY, DAY])
def test_the_page_asks_for_nothing_says_nothing_to_the_console_and_fits(opened, day, width, scheme):
    page = opened(day, width, scheme)
    for language in LANGUAGES:
        page.locator(f"label[for=say-{language}]").click()
        assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.requested == [page.url]
    assert page.said == []


def test_a_phone_shows_both_verdicts_and_the_three_levels_before_anything_is_scrolled(opened):
    page = opened(width=390)
    boxes = [place.bounding_box() for place in page.locator(".verdict, .level").all()]
    assert len(boxes) == 5
    assert max(box["y"] + box["height"] for box in boxes) <= 664
    assert min(box["y"] for box in boxes) == page.locator(".verdict").first.bounding_box()["y"]


def test_the_verdict_comes_before_every_number(opened):
    page = opened()
    first = page.locator("main section").first
    assert first.get_attribute("class") == "verdicts"
    assert texts(page, ".verdict .state") == ["Partial", "Complete"]
    assert "1 held, 1 missing" in page.locator(".verdict[data-market=HK]").inner_text()
    assert texts(page, ".states td.state") == ["Partial", "Complete", "Partial", "Partial", "Complete"]


@pytest.mark.parametrize(("language", "suffix"), LANGUAGES.items())
def test_the_headlines_are_those_of_market_wrap_in_one_language_at_a_time(opened, warehouse, language, suffix):
    query = "select * from market_wrap where trade_date = ? and role = ? order by market desc, name"
    page = opened(language=language)
    rows = rows_of(warehouse, query, DAY, "followed")
    assert texts(page, ".headline") == [row[f"headline{suffix}"] for row in rows]
    others = rows_of(warehouse, query, DAY, "price_only")
    assert texts(page, ".other-headline") == [row[f"headline{suffix}"] for row in others]


def test_the_language_that_was_chosen_stays_on_the_next_page(opened, pages):
    page = opened(language="zh")
    page.goto(pages(HOLIDAY).as_uri())
    assert texts(page, ".verdict .state") == ["完整", "休市"]


def test_levels_and_returns_of_every_index_equal_sql(opened, warehouse):
    page = opened()
    rows = rows_of(warehouse, "select * from index_returns where trade_date = ?", DAY)
    assert len(rows) == 4
    for row in rows:
        (shown,) = texts(page, f".index[data-index={row['index_code']}], tr[data-index={row['index_code']}]")
        assert f"{row['close']:,.2f}" in shown
        assert f"{100 * row['return_1d']:+.2f}%" in shown
    assert "20,793.40" in page.locator(".index[data-index=HSI]").inner_text()
    assert "+0.45%" in page.locator(".index[data-index=HSI]").inner_text()  # 20793.4 / 20700


@pytest.mark.parametrize(("index", "symbol"), [("HSI", "^HSI"), ("HSTECH", "HSTECH.HK"), ("CSI300", "000300.SS")])
def test_breadth_movers_and_tiles_equal_sql(opened, warehouse, index, symbol):
    page = opened()
    section = f".members-of[data-index={index}]"
    crowd = row_of(warehouse, "select * from breadth where index_symbol = ? and trade_date = ?", symbol, DAY)
    said = page.locator(f"{section} .breadth").inner_text()
    assert f"{crowd['advancers']} rose · {crowd['unchanged']} unchanged · {crowd['decliners']} fell" in said
    if crowd["turnover_estimate"]:
        assert f"Estimated turnover {crowd['turnover_estimate'] / 1e6:,.1f} m" in said
    assert f"of {crowd['member_count']} members" in said
    if index == "CSI300":
        assert f"{crowd['limit_up']} closed limit up and {crowd['limit_down']} limit down" in said
    else:
        assert "limit" not in said
    movers = rows_of(
        warehouse,
        "select * from top_movers where index_symbol = ? and trade_date = ? and rank <= 5 order by side, resumed, rank",
        symbol,
        DAY,
    )
    wanted = [f"{100 * row['return_1d']:+.2f}%" for row in movers if not row["resumed"]]
    assert texts(page, f"{section} > .two .bars .num") == wanted
    assert page.locator(f"{section} .heat li:not(.group)").count() == crowd["member_count"]
    tiles = page.locator(f"{section} .map li:not(.group)").count()
    assert tiles == crowd["advancers"] + crowd["decliners"] + crowd["unchanged"]


def test_a_member_back_from_a_suspension_stands_apart(opened):
    page = opened()
    section = page.locator(".members-of[data-index=HSI] .card", has_text="Back from a suspension")
    assert "+10.00%" in section.inner_text()
    assert "resumed" in section.inner_text()


def test_points_by_member_equal_sql_and_an_index_without_weights_says_why(opened, warehouse):
    page = opened()
    query = "select points from contribution where trade_date = ? order by points desc, symbol limit 5"
    best = [f"{row['points']:+,.2f}" for row in rows_of(warehouse, query, DAY)]
    assert len(best) == 5
    assert texts(page, ".members-of[data-index=CSI300] .contribution .num.up") == best
    check = row_of(
        warehouse, "select * from contribution_check where index_symbol = '000300.SS' and trade_date = ?", DAY
    )
    (note,) = texts(page, ".members-of[data-index=CSI300] .contribution .note")
    assert f"give {check['points']:+,.2f} of {check['change_points']:+,.2f} points" in note
    assert f"{check['residual']:+,.2f} stay unexplained" in note
    assert "No points by member: no published weights" in page.locator(".members-of[data-index=HSI]").inner_text()


def test_both_lines_of_a_company_stand_side_by_side_with_their_close_times(opened, warehouse):
    query = """select * from ah_pairs where trade_date = ? and a_return_1d is not null and h_return_1d is not null
        order by abs(a_return_1d - h_return_1d) desc, a_symbol limit 8"""
    wanted = [f"{100 * row[name]:+.2f}%" for row in rows_of(warehouse, query, DAY) for name in LINES]
    assert len(wanted) == 16
    page = opened()
    assert texts(page, ".pairs tbody .num") == wanted
    said = page.locator("#pairs").inner_text()
    assert "The mainland closed at 15:00, Hong Kong at 16:00" in said


def test_what_was_held_is_told_with_its_rule_and_never_run_as_code(opened):
    page = opened()
    held = page.locator(".held").inner_text()
    for expected in ("0005.HK", "HSBC", "high not below low", DETAIL, "600837.SS", "merged into 601211.SS"):
        assert expected in held
    assert page.locator(".missing").inner_text() == "1 without a bar from the vendor: 0700.HK Tencent."
    assert page.locator("script").count() == 1


def test_a_market_on_holiday_has_no_session_and_the_other_its_page(opened):
    page = opened(HOLIDAY)
    assert texts(page, ".verdict .state") == ["Complete", "No session"]
    assert texts(page, ".index h2") == ["Hang Seng Index", "Hang Seng TECH Index"]


def test_invented_prices_are_labelled_at_the_top_and_in_the_title(opened, simulated):
    page = opened(path=simulated)
    assert page.locator("body > p").first.inner_text().startswith("SIMULATED")
    assert page.title().startswith("SIMULATED")
    assert page.locator("body").inner_text().upper().count("SIMULATED") == 2  # the banner, and who gave the prices
    assert opened().locator(".simulated").count() == 0


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_labels_of_a_curve_do_not_overlap(opened, width, scheme):
    overlaps = """() => [...document.querySelectorAll('svg')].flatMap(svg => {
        const boxes = [...svg.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()]);
        return boxes.flatMap(([a, p], at) => boxes.slice(at + 1).filter(([b, q]) =>
            p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 1 && q.top < p.bottom - 1
        ).map(([b]) => a + ' over ' + b)); })"""
    assert opened(width=width, scheme=scheme).evaluate(overlaps) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(opened, scheme):
    """WCAG's contrast of 4.5 to 1, of the colours as they are drawn."""
    faint = """() => {
        const rgb = text => text.match(/[\\d.]+/g).map(Number);
        const shade = ([r, g, b]) => [r, g, b].map(c => c / 255)
            .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
            .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
        const ground = node => {
            for (let at = node; at; at = at.parentElement) {
                const found = rgb(getComputedStyle(at).backgroundColor);
                if (found.length === 3 || found[3] === 1) return found;
            }
            return [255, 255, 255];
        };
        const through = node => {
            let all = 1;
            for (let at = node; at; at = at.parentElement) all *= Number(getComputedStyle(at).opacity);
            return all;
        };
        return [...document.querySelectorAll('body *')]
            .filter(node => [...node.childNodes].some(c => c.nodeType === 3 && c.textContent.trim()))
            .filter(node => node.tagName !== 'text' && node.tagName !== 'STYLE')
            .map(node => {
                const back = ground(node), share = through(node);
                const front = rgb(getComputedStyle(node).color).slice(0, 3)
                    .map((c, at) => c * share + back[at] * (1 - share));
                const [a, b] = [shade(front), shade(back)].sort((x, y) => y - x);
                return [(a + 0.05) / (b + 0.05), node.className + ': ' + node.textContent.trim().slice(0, 30)];
            })
            .filter(([contrast]) => contrast < 4.5).map(([contrast, text]) => contrast.toFixed(2) + ' ' + text);
    }"""
    assert opened(scheme=scheme).evaluate(faint) == []


@pytest.mark.parametrize(("scheme", "colours", "language"), [("light", "red-up", "en"), ("dark", "green-up", "zh")])
def test_axe_finds_nothing(opened, scheme, colours, language):
    page = opened(scheme=scheme, language=language, look=Look(language, colours), bypass_csp=True)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_paper_is_light_and_wide_enough_for_every_table(opened):
    page = opened(width=718, scheme="dark")  # A4 between its margins
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") == 718
    grounds = "names => names.map(name => getComputedStyle(document.querySelector(name)).backgroundColor)"
    assert page.evaluate(grounds, ["body", ".card"]) == ["rgb(255, 255, 255)"] * 2


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_the_index_asks_for_nothing_says_nothing_and_fits(opened, pages, width, scheme):
    page = opened(path=pages(DAY).with_name("index.html"), width=width, scheme=scheme, language="zh")
    assert page.requested == [page.url]
    assert page.said == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_axe_finds_nothing_in_the_index(opened, pages):
    page = opened(path=pages(DAY).with_name("index.html"), bypass_csp=True)
    assert [each["id"] for each in Axe().run(page).response["violations"]] == []


@pytest.mark.parametrize(("width", "language"), [(390, "zh"), (768, "zh-hans"), (1280, "en")])
def test_a_name_on_a_tile_is_whole_or_not_there(opened, width, language):
    cut = """() => [...document.querySelectorAll('.map li')].flatMap(tile => [...tile.children]
        .filter(label => label.offsetParent)
        .filter(label => {
            const [outer, inner] = [tile.getBoundingClientRect(), label.getBoundingClientRect()];
            return label.scrollWidth > label.clientWidth + 1 || inner.bottom > outer.bottom + 1
                || inner.right > outer.right + 1;
        }).map(label => tile.title + ': ' + label.textContent))"""
    page = opened(width=width, language=language)
    page.locator(".fold").evaluate("box => { box.checked = true; }")
    assert page.locator(".map .n:visible").count() > 5
    assert page.locator(".map .group > span:visible").count() >= (width > 390)
    assert page.evaluate(cut) == []


def test_the_largest_tile_is_that_of_the_most_active_member(opened, warehouse):
    page = opened()
    area = "(tiles) => tiles.map(tile => [tile.offsetWidth * tile.offsetHeight, tile.title.split(' ')[0]])"
    tiles = page.locator(".members-of[data-index=HSI] .map li").evaluate_all(area)
    query = """select arg_max(symbol, turnover_estimate) as most from members_of_day
        where index_symbol = ? and trade_date = ?"""
    row = row_of(warehouse, query, "^HSI", DAY)
    assert max(tiles)[1] == row["most"]


def test_a_phone_folds_the_long_list_away_until_it_is_asked_for(opened):
    page = opened(width=390)
    of = page.locator(".members-of[data-index=CSI300]")
    assert not of.locator(".map").is_visible()
    of.get_by_label("Show all 300 members").check()
    assert of.locator(".map").is_visible()
    assert page.locator(".members-of[data-index=HSI] .map").is_visible()


def sorts(page, act):
    """Acts, and waits for the rows: the header says the order before they have it."""
    page.evaluate(
        "() => { window.sorted = new Promise(done => addEventListener('sort-end', () => done(), { once: true })) }"
    )
    act()
    page.evaluate("window.sorted")


def test_the_table_of_members_equals_sql_and_is_sorted_by_pointer_and_by_keyboard(opened, warehouse):
    page = opened()
    query = """select * from members_of_day where index_symbol = '^HSI' and trade_date = ?
        order by return_1d desc nulls last, symbol"""
    rows = rows_of(warehouse, query, DAY)
    of = ".members-of[data-index=HSI] .all tbody tr"
    assert texts(page, f"{of} td:first-child") == [row["symbol"] for row in rows]
    shown = texts(page, f"{of} td:nth-child(4)")
    moves = [row["return_1d"] for row in rows]
    assert shown == ["" if move is None else f"{100 * move:+.2f}%".replace("+0.00%", "0.00%") for move in moves]
    sorts(page, page.locator(".members-of[data-index=HSI] .all th button").nth(2).click)
    assert page.locator("th[aria-sort=descending]").count() == 1
    closes_shown = [float(text.replace(",", "")) for text in texts(page, f"{of} td:nth-child(3)") if text != "–"]
    assert closes_shown == sorted((row["close"] for row in rows if row["close"] is not None), reverse=True)
    sorts(page, lambda: page.keyboard.press("Enter"))
    assert page.locator("th[aria-sort=ascending]").count() == 1
    assert [float(text.replace(",", "")) for text in texts(page, f"{of} td:nth-child(3)") if text != "–"] == sorted(
        closes_shown
    )


def test_the_values_of_a_day_stand_under_the_pointer_and_come_by_keyboard_in_all_charts_at_once(opened, warehouse):
    page = opened()
    chart = page.locator("figure.year[data-index=HSI] svg")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] * (292 - 288 * 2 / 365) / 340, box["y"] + 20)  # two days before the end
    rows = rows_of(warehouse, "select * from index_returns where index_code = 'HSI' order by trade_date")

    def shown(index="HSI"):
        return plain(page.locator(f"figure.year[data-index={index}] output").inner_text())

    def told(row):
        return f"{row['trade_date']}  {row['close']:,.2f}  {100 * row['return_1d']:+.2f}%"

    assert shown().startswith(told(rows[-3]))
    assert shown("HSTECH").startswith("2022-05-03")
    assert shown("CSI300").startswith("2022-04-29")  # that day was a holiday there
    chart.focus()
    page.keyboard.press("ArrowRight")
    assert shown().startswith(told(rows[-2]))
    assert plain(chart.get_attribute("aria-valuetext")).startswith(told(rows[-2]))
    page.keyboard.press("End")
    assert shown().startswith(told(rows[-1]))
    assert page.said == []


def test_previous_and_next_lead_to_the_pages_that_there_are(opened, pages):
    pages(HOLIDAY)
    page = opened()
    page.get_by_text("Previous").click()
    page.wait_for_url(f"**/{HOLIDAY}.html")
    page.get_by_text("Next").click()
    page.wait_for_url(f"**/{DAY}.html")
    page.get_by_text("Next").click()
    page.wait_for_url("**/index.html#after-2022-05-05")
    assert texts(page, ".evenings tbody th") == ["2022-05-05", "2022-05-04", "2022-05-03"]
    assert page.said == []


def test_without_a_script_the_page_has_its_numbers_curves_and_languages(opened):
    page = opened(java_script_enabled=False, language="zh")
    assert texts(page, ".level") == ["20,793.40", "4,100.50", "4,010.25"]
    assert texts(page, ".verdict .state") == ["不完整", "完整"]
    assert page.locator("figure.year svg path.close").count() == 4
    assert page.locator(".scripted:visible").count() == 0


def test_the_sql_behind_every_block_gives_what_the_block_shows(opened, warehouse):
    page = opened()
    shown = page.locator("#sql pre").evaluate_all("all => all.map(one => one.textContent)")
    queries = dict(zip(BLOCKS, shown, strict=True))
    for block, (query, values) in BLOCKS.items():
        given = {"first": DAY, "last": DAY, **values} if values else {"day": DAY}
        assert str(rows_of(warehouse, queries[block])) == str(ask(warehouse, query, **given)), block
    assert page.locator(".to-sql").first.get_attribute("href") == "#sql-indices"


@pytest.mark.parametrize(("colours", "rise"), [("red-up", (179, 38, 30)), ("green-up", (0, 107, 71))])
def test_a_rise_has_the_colour_that_is_set(opened, colours, rise):
    page = opened(look=Look("en", colours))
    style = page.locator(".index[data-index=HSI] .change").evaluate("node => getComputedStyle(node).color")
    assert style == f"rgb{rise}"
