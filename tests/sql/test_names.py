"""`prices.name`: what a company was called that day, in English where that is known."""

import pytest
from warehouse_of import closes, rows_of, warehouse_of

from warehouse.facts.market import Facts

# Local facts: 600028.SS changed its name on 2022-05-17, and what it is called since is not in them.
RENAMED = """symbol,valid_from,valid_to,name,name_zh,listed_on,source,confidence
600028.SS,,2022-05-17,Petroleum & Chemical of Old,旧名,,handmade,high
"""
STOCKS = [
    *closes("0001.HK", {"2015-03-17": 150, "2015-03-18": 150, "2022-05-17": 50}),
    *closes("0013.HK", {"2015-05-26": 115, "2021-06-30": 60}),
    *closes("0267.HK", {"2014-08-29": 15, "2014-09-01": 15}),
    *closes("0700.HK", {"2022-05-17": 350}),
    *closes("600519.SS", {"2022-05-16": 1800, "2022-05-17": 1800}),
    *closes("600036.SS", {"2022-05-17": 40}),
    *closes("600028.SS", {"2022-05-16": 4, "2022-05-17": 4}),
    *closes("601398.SS", {"2022-05-17": 5}),
    *closes("603185.SS", {"2022-05-17": 100}),
    *closes("603501.SS", {"2022-05-17": 150}),
    *closes("605999.SS", {"2022-05-17": 5}),
]


def named(symbol, name, asked_on="2022-05-17", more=None):
    return (symbol, asked_on, "2022-05-17", "2022-05-17", "ok", {"name": name, **(more or {})})


ANSWERS = [
    named("0001.HK", "CK Hutchison Holdings Limited"),
    named("0013.HK", "HUTCHMED (China) Limited"),
    named("0700.HK", "Tencent Holdings Limited"),
    named("600519.SS", "Moutai as it was called", "2022-05-16"),
    named("600519.SS", "Kweichow Moutai Co., Ltd."),
    named("600519.SS", None, "2022-05-18", {"outcome": "no data"}),
    named("600036.SS", "600036.SS (simulated)"),
    named("600028.SS", "China Petroleum & Chemical Corporation"),
    named("605999.SS", "Stored And No Member Co., Ltd."),
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    folder = tmp_path_factory.mktemp("names")
    (folder / "reference").mkdir()
    (folder / "reference" / "instruments.csv").write_text(RENAMED, encoding="utf-8")
    with warehouse_of(folder, facts=Facts.load(folder / "reference"), stocks=STOCKS, answers=ANSWERS) as connection:
        yield connection


def names(warehouse, symbol):
    query = "select cast(trade_date as varchar) as day, name, name_zh from prices where symbol = ? order by trade_date"
    return {row["day"]: (row["name"], row["name_zh"]) for row in rows_of(warehouse, query, symbol)}


def test_a_code_that_changed_hands_has_the_company_of_each_day(warehouse):
    hutchison = ("CK Hutchison Holdings Ltd", "長江和記實業有限公司")
    assert names(warehouse, "0001.HK") == {
        "2015-03-17": ("Cheung Kong (Holdings) Ltd", "長江實業(集團)有限公司"),
        "2015-03-18": hutchison,
        "2022-05-17": hutchison,
    }


def test_a_code_that_was_given_to_another_company_has_its_name_only_since(warehouse):
    assert [name for name, _ in names(warehouse, "0013.HK").values()] == [
        "Hutchison Whampoa Ltd",
        "HUTCHMED (China) Ltd",
    ]


def test_a_company_that_was_renamed_has_the_name_under_which_it_traded_that_day(warehouse):
    assert [name for name, _ in names(warehouse, "0267.HK").values()] == ["CITIC Pacific Ltd", "CITIC Ltd"]


def test_the_english_name_of_a_list_goes_before_the_vendor_s(warehouse):
    assert names(warehouse, "0700.HK") == {"2022-05-17": ("Tencent Holdings Ltd", None)}


def test_a_mainland_member_has_the_vendor_s_latest_english_name_and_the_list_s_chinese_one(warehouse):
    assert set(names(warehouse, "600519.SS").values()) == {("Kweichow Moutai Co., Ltd.", "贵州茅台")}


def test_a_symbol_that_is_given_for_a_name_is_none(warehouse):
    assert names(warehouse, "600036.SS") == {"2022-05-17": ("China Merchants Bank", "招商银行")}


def test_without_any_answer_a_member_has_the_english_name_in_common_use(warehouse):
    assert names(warehouse, "601398.SS") == {"2022-05-17": ("Industrial and Commercial Bank of China", "工商银行")}


def test_without_any_english_name_the_list_s_chinese_one_is_shown(warehouse):
    assert names(warehouse, "603185.SS") == {"2022-05-17": ("弘元绿能", "弘元绿能")}


def test_a_name_of_today_is_not_put_on_days_before_the_company_took_it(warehouse):
    assert names(warehouse, "603501.SS") == {"2022-05-17": ("Will Semiconductor Co Ltd Shanghai", "韦尔股份")}


def test_the_vendor_s_name_of_today_is_not_put_on_days_before_a_known_change(warehouse):
    assert names(warehouse, "600028.SS") == {
        "2022-05-16": ("Petroleum & Chemical of Old", "旧名"),
        "2022-05-17": ("China Petroleum & Chemical Corporation", "中国石化"),
    }


def test_a_stored_stock_that_is_no_member_has_the_vendor_s_name(warehouse):
    assert names(warehouse, "605999.SS") == {"2022-05-17": ("Stored And No Member Co., Ltd.", None)}


def test_every_name_holds_from_its_day_to_the_next_one_s(warehouse):
    query = """select count(*) as holes from (
        select valid_to, lead(valid_from) over (partition by symbol order by valid_from) as next from base.dated_names
    ) where next is not null and next <> valid_to"""
    assert rows_of(warehouse, query) == [{"holes": 0}]


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Kweichow Moutai Co., Ltd.", "Kweichow Moutai"),
        ("Wuliangye Yibin Co.,Ltd.", "Wuliangye Yibin"),
        ("Contemporary Amperex Technology Co., Limited", "Contemporary Amperex Technology"),
        ("OmniVision Integrated Circuits Group, Inc.", "OmniVision Integrated Circuits"),
        ("Midea Group Co., Ltd.", "Midea"),
        ("BYD Company Limited", "BYD"),
        ("Tencent Holdings Limited", "Tencent"),
        ("Swire Pacific Ltd A", "Swire Pacific"),
        ("Bank of China Ltd", "Bank of China"),
        ("Meituan", "Meituan"),
        ("ASMPT Ltd (formerly ASM Pacific Technology)", "ASMPT"),
        ("Tongcheng Travel Holdings (formerly Tongcheng-Elong)", "Tongcheng Travel Holdings"),
        ("Will Semiconductor Co Ltd Shanghai", "Will Semiconductor"),
        ("ACM Research (Shanghai)", "ACM Research (Shanghai)"),
    ],
)
def test_sentences_leave_out_the_form_of_a_company_however_the_vendor_spells_it(warehouse, name, short):
    assert rows_of(warehouse, "select base.short_name(?) as short", name) == [{"short": short}]
