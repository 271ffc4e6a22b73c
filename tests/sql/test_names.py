"""`prices.name`: what a company was called that day, in English where that is known."""

import pytest
from warehouse_of import closes, rows_of, warehouse_of

from tests.shipped import known
from warehouse.facts.market import Facts

# Local facts: 600028.SS changed its name on 2022-05-17, and what it is called since is not in them.
RENAMED = """symbol,valid_from,valid_to,name,name_zh,listed_on,source,confidence
600028.SS,,2022-05-17,Petroleum & Chemical of Old,旧名,,handmade,high
"""
NAMED = """symbol,valid_from,valid_to,name,name_zh,name_zh_hans,source,confidence,confidence_en,confidence_zh,\
confidence_dates,note
600028.SS,,2022-05-17,Old Sinopec,舊名,旧名,handmade,high,high,high,high,
600028.SS,2022-05-17,,Sinopec,中國石化,中国石化,handmade,high,high,high,high,
"""
STOCKS = [
    *closes("0001.HK", {"2015-03-17": 150, "2015-03-18": 150, "2022-05-17": 50}),
    *closes("0013.HK", {"2015-05-26": 115, "2021-06-30": 60}),
    *closes("0267.HK", {"2014-08-29": 15, "2014-09-01": 15}),
    *closes("0700.HK", {"2022-05-17": 350}),
    *closes("600519.SS", {"2022-05-16": 1800, "2022-05-17": 1800}),
    *closes("600036.SS", {"2022-05-17": 40}),
    *closes("600028.SS", {"2022-05-16": 4, "2022-05-17": 4}),
    *closes("600001.SS", {"2009-05-18": 5}),
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
    (folder / "reference" / "names.csv").write_text(NAMED, encoding="utf-8")
    with warehouse_of(
        folder, facts=known(Facts.load(folder / "reference")), stocks=STOCKS, answers=ANSWERS
    ) as connection:
        yield connection


def names(warehouse, symbol):
    query = "select cast(trade_date as varchar) as day, name, name_zh from prices where symbol = ? order by trade_date"
    return {row["day"]: (row["name"], row["name_zh"]) for row in rows_of(warehouse, query, symbol)}


def house_names(warehouse, symbol, day):
    query = """select house_name, name_zh, name_zh_hans from base.dated_names
        where symbol = ? and valid_from <= cast(? as date) and valid_to > cast(? as date)"""
    (row,) = rows_of(warehouse, query, symbol, day, day)
    return tuple(row.values())


def test_a_code_that_changed_hands_has_the_company_of_each_day(warehouse):
    hutchison = ("CK Hutchison Holdings Ltd", "長和")
    assert names(warehouse, "0001.HK") == {
        "2015-03-17": ("Cheung Kong (Holdings) Ltd", "長江實業"),
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
    assert names(warehouse, "0700.HK") == {"2022-05-17": ("Tencent Holdings Ltd", "騰訊控股")}


def test_a_mainland_member_has_the_vendor_s_latest_english_name_and_a_traditional_one(warehouse):
    assert set(names(warehouse, "600519.SS").values()) == {("Kweichow Moutai Co., Ltd.", "貴州茅台")}
    assert house_names(warehouse, "600519.SS", "2022-05-17") == ("Kweichow Moutai", "貴州茅台", "贵州茅台")


def test_a_symbol_that_is_given_for_a_name_is_none(warehouse):
    assert names(warehouse, "600036.SS") == {"2022-05-17": ("China Merchants Bank", "招商銀行")}


def test_without_any_answer_a_member_has_the_house_name(warehouse):
    assert names(warehouse, "601398.SS") == {"2022-05-17": ("ICBC", "工商銀行")}


def test_without_any_english_name_the_list_s_chinese_one_is_shown(warehouse):
    assert names(warehouse, "600001.SS") == {"2009-05-18": ("邯郸钢铁", None)}
    assert house_names(warehouse, "600001.SS", "2009-05-18") == (None, None, "邯郸钢铁")


def test_a_house_name_is_of_the_day(warehouse):
    assert names(warehouse, "603185.SS") == {"2022-05-17": ("Wuxi Shangji Automation", "上機數控")}
    assert house_names(warehouse, "603185.SS", "2024-05-17") == ("Hoyuan Green Energy", "弘元綠能", "弘元绿能")
    for day, name in (("2021-05-31", "Koolearn"), ("2024-05-31", "East Buy")):
        assert house_names(warehouse, "1797.HK", day)[0] == name


def test_a_name_of_today_is_not_put_on_days_before_the_company_took_it(warehouse):
    assert names(warehouse, "603501.SS") == {"2022-05-17": ("Will Semiconductor Co Ltd Shanghai", "韋爾股份")}


def test_the_vendor_s_name_of_today_is_not_put_on_days_before_a_known_change(warehouse):
    assert names(warehouse, "600028.SS") == {
        "2022-05-16": ("Petroleum & Chemical of Old", "舊名"),
        "2022-05-17": ("China Petroleum & Chemical Corporation", "中國石化"),
    }


def test_a_stored_stock_that_is_no_member_has_the_vendor_s_name(warehouse):
    assert names(warehouse, "605999.SS") == {"2022-05-17": ("Stored And No Member Co., Ltd.", None)}


def test_every_member_since_2020_has_a_house_name_in_three_scripts_on_every_day(warehouse):
    query = """select m.symbol, n.valid_from from base.members as m join base.dated_names as n
        on n.symbol = m.symbol and n.valid_from < coalesce(m.valid_to, date '9999-01-01') and n.valid_to > m.valid_from
        where coalesce(m.valid_to, date '9999-01-01') > date '2020-01-01' and n.valid_to > date '2020-01-01'
            and (n.house_name is null or n.name_zh is null or n.name_zh_hans is null
                or regexp_matches(n.house_name, '\\p{Han}') or not regexp_matches(n.name_zh, '\\p{Han}|^[A-Z ]+$'))"""
    assert rows_of(warehouse, query) == []


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


@pytest.mark.parametrize("view", ["prices", "stock_returns"])
def test_who_asks_for_no_name_waits_for_none(warehouse, view):
    def looks_up(column):
        (plan,) = rows_of(warehouse, f"explain select max({column}) from {view}")
        return "dated_names" in plan["explain_value"]

    assert looks_up("name")
    assert not looks_up("return_1d")


def test_a_stock_that_a_person_renames_has_one_name_a_day_and_the_new_one_since(tmp_path):
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "instruments.csv").write_text(
        "symbol,valid_from,name,source\n0001.HK,2022-05-17,CK New Name,a notice\n", encoding="utf-8"
    )
    facts = known(Facts.load(tmp_path / "reference"))
    stocks = closes("0001.HK", {"2015-03-17": 150, "2022-05-16": 50, "2022-05-17": 50})
    with warehouse_of(tmp_path, facts=facts, stocks=stocks) as connection:
        query = "select cast(trade_date as varchar) as day, name from prices order by trade_date"
        assert [tuple(row.values()) for row in rows_of(connection, query)] == [
            ("2015-03-17", "Cheung Kong (Holdings) Ltd"),
            ("2022-05-16", "CK Hutchison Holdings Ltd"),
            ("2022-05-17", "CK New Name"),
        ]
        twice = "select symbol, valid_from from base.dated_names group by all having count(*) > 1"
        assert rows_of(connection, twice) == []


@pytest.mark.parametrize("order", [1, -1])
def test_before_its_first_spell_a_member_has_the_name_of_that_one(tmp_path, order):
    spells = ["2618.HK,First Name,2021-03-15,2021-06-07,a list", "2618.HK,Second Name,2021-12-06,,a list"][::order]
    members = tmp_path / "reference" / "members" / "hstech.csv"
    members.parent.mkdir(parents=True)
    members.write_text("\n".join(["symbol,name,valid_from,valid_to,source", *spells, ""]), encoding="utf-8")
    stocks = closes("2618.HK", {"2021-03-12": 50, "2021-06-08": 51, "2021-12-07": 52})
    with warehouse_of(tmp_path, facts=known(Facts.load(tmp_path / "reference")), stocks=stocks) as connection:
        query = "select name from prices where symbol = '2618.HK' order by trade_date"
        assert [row["name"] for row in rows_of(connection, query)] == ["First Name", "First Name", "Second Name"]
