"""Following one more index is a row in indices.csv and a file of its members: everything else follows."""

from datetime import date
from pathlib import Path

import pytest
from warehouse_of import closes, rows_of, warehouse_of

from tasks.plan import Window, backfill_requests
from tests.shipped import FACTS
from warehouse.facts.market import Facts

INDICES = (
    "index_symbol,index_code,name,name_zh,name_zh_hans,market,currency,role,history,launched_on,decimals,"
    "members_confirmed_to,next_review,review_months,review_friday,source\n^INV,INV,Invented Index,虛構指數,虚构指数,"
    "HK,HKD,followed,max,2020-01-02,2,2026-12-31,2027-03-08,3 9,1,made up\n"
)
MEMBERS = (
    "symbol,name,valid_from,valid_to,source\n"
    "0008.HK,PCCW Ltd,2020-01-02,,made up\n0700.HK,Tencent,2020-01-02,,made up\n"
)
MONDAY, TUESDAY = "2022-05-16", "2022-05-17"


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    (folder / "members").mkdir()
    (folder / "indices.csv").write_text(INDICES, encoding="utf-8")
    (folder / "members" / "inv.csv").write_text(MEMBERS, encoding="utf-8")
    return Facts.load(folder)


@pytest.fixture(scope="module")
def warehouse(facts, tmp_path_factory):
    stocks = closes("0008.HK", {MONDAY: 4.0, TUESDAY: 4.1}) + closes("0700.HK", {MONDAY: 350.0, TUESDAY: 343.0})
    return warehouse_of(
        tmp_path_factory.mktemp("warehouse"),
        facts=facts,
        stocks=stocks,
        indices=closes("^INV", {MONDAY: 1000.0, TUESDAY: 1010.0}),
        runs=[("HK", TUESDAY, TUESDAY)],
    )


def test_the_page_shows_this_very_index():
    page = (Path(__file__).parents[2] / "docs" / "reference.md").read_text(encoding="utf-8")
    assert f"```csv\n{INDICES}```" in page
    assert f"```csv\n{MEMBERS}```" in page
    assert INDICES.split("\n")[0].split(",") == list(FACTS.tables["indices.csv"][0]), "it is to be the whole row"


def test_a_run_asks_for_it_and_for_its_members(facts):
    window = Window(facts.market("HK"), date(2022, 5, 17), date(2022, 5, 17))
    assert [request.symbol for request in backfill_requests(window, "^INV")] == ["^INV", "0008.HK", "0700.HK"]


def test_it_has_a_verdict_breadth_movers_and_sentences(warehouse):
    columns, day = "state, member_count, priced, index_bar", f"index_symbol = '^INV' and trade_date = '{TUESDAY}'"
    assert rows_of(warehouse, f"select {columns} from index_status where {day}") == [
        {"state": "complete", "member_count": 2, "priced": 2, "index_bar": True}
    ]
    movers = (
        "select side, symbol, round(return_1d, 4) as move from top_movers where index_symbol = '^INV' order by side"
    )
    assert rows_of(warehouse, movers) == [
        {"side": "gainer", "symbol": "0008.HK", "move": 0.025},
        {"side": "loser", "symbol": "0700.HK", "move": -0.02},
    ]
    ((headline,),) = warehouse.execute(f"select headline from market_wrap where {day}").fetchall()
    assert headline == (
        "The Invented Index gained 1.0%, or 10.00 points, to 1,010.00, with PCCW up 2.5%."
        " 1 of 2 members rose and one fell, Tencent by 2.0%."
    )


def test_the_evening_tells_it_after_the_older_ones(facts, tmp_path):
    levels = {MONDAY: 1000.0, TUESDAY: 1010.0}
    bars = [*closes("^INV", levels), *closes("^HSI", levels)]
    with warehouse_of(tmp_path, facts=facts, indices=bars, runs=[("HK", TUESDAY, TUESDAY)]) as warehouse:
        ((text,),) = [
            row.values() for row in rows_of(warehouse, f"select text from evening where trade_date = '{TUESDAY}'")
        ]
    assert 0 <= text.index("Hang Seng Index") < text.index("Invented Index")
