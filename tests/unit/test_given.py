"""What a user keeps in the home: HKEX's list, industries, exchange rates; each whole, or refused by its line."""

from datetime import date, time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.shipped import FACTS
from warehouse.errors import UsageError
from warehouse.facts.exchange_rates import read_exchange_rates
from warehouse.facts.industries import read_industries
from warehouse.facts.securities import read_securities

DAY = date(2022, 5, 17)
HEAD = (
    "List of Securities,,,,\nUpdated as at 05/03/2026,,,,\n"
    '"Stock Code","Name of Securities",Category,Sub-Category,"Board Lot"\n'
)
LIST = HEAD + (
    '00700,TENCENT,Equity,Equity Securities (Main Board),"100"\n'
    "823,LINK REIT,Real Estate Investment Trusts,,100\n"
    "06288,FAST RETAIL-DRS,Equity,Depositary Receipts,50\n"
    "02800,TRACKER FUND,Exchange Traded Products,Exchange Traded Funds,500\n"
    "12345,XX@EC2606A,Derivative Warrants,,5000\n"
)


@pytest.fixture
def file(tmp_path):
    def write(text, name):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8-sig")
        return path

    return write


def test_hkexs_list_is_read_as_it_is_saved_by_its_own_day(file):
    rows = read_securities(file(LIST, "list.csv"), FACTS).to_pylist()
    assert {row["as_of"] for row in rows} == {date(2026, 3, 5)}
    assert {row["symbol"]: row["kind"] for row in rows} == {
        "0700.HK": "share",
        "0823.HK": "REIT",
        "6288.HK": "depositary receipt",
        "2800.HK": "ETF",
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (LIST.replace("Updated as at 05/03/2026", ""), "its head does not say 'Updated as at' a day"),
        (LIST.replace('"Stock Code"', "Code"), "no line begins with 'Stock Code'"),
        (LIST.replace("Sub-Category", "Sub"), "no column Sub-Category"),
        (LIST + "ABC,X,Equity,,1\n", "line 9: 'ABC' is no stock code"),
        (LIST + "700,TENCENT,Equity,,1\n", r"line 9: 0700\.HK stands twice"),
        (HEAD + "00700,TENCENT,Aktie,,1\n", "categories that are not known: Aktie"),
        (HEAD, "categories that are not known"),
        (LIST + '01,"A\n' + "02,B,Equity,,1\n", "unexpected end of data"),
    ],
)
def test_a_list_that_is_another_one_is_refused(file, text, problem):
    with pytest.raises(UsageError, match=problem):
        read_securities(file(text, "list.csv"), FACTS)


INDUSTRIES = "symbol,industry,valid_from,valid_to,source\n"


def test_a_stock_may_change_its_industry(file):
    text = INDUSTRIES + "0700.HK,Media,,2021-01-01,HSIL\n0700.HK,Software,2021-01-01,,HSIL\n"
    rows = read_industries(file(text, "HSICS.csv"), FACTS).to_pylist()
    assert [(row["scheme"], row["industry"], row["valid_from"]) for row in rows] == [
        ("HSICS", "Media", None),
        ("HSICS", "Software", date(2021, 1, 1)),
    ]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("700,Media,,,HSIL\n", "line 2: '700' is no symbol"),
        ("0700.HK,,,,HSIL\n", "line 2: no industry"),
        ("0700.HK,Media,,,\n", "line 2: no source"),
        ("0700.HK, ,,,HSIL\n", "line 2: no industry"),
        ("0700.HK,Media,,, \n", "line 2: no source"),
        ("0700.HK,Media,,,HSIL, May\n", "line 2: too many values: put one that holds a comma into double quotes"),
        (
            '0700.HK,Media,,,"HSIL\n0005.HK,Banks,,,HSIL\n',
            "line 2: unexpected end of data: is there a quotation mark that nobody closes",
        ),
        ("0700.HK,Media,2021-13-01,,HSIL\n", "line 2: '2021-13-01' is no date"),
        ("0700.HK,Media,2021-01-01,2021-01-01,HSIL\n", "line 2: valid_to 2021-01-01 is not after"),
        (
            "0700.HK,Media,,,HSIL\n0700.HK,Software,2021-01-01,,HSIL\n",
            r"0700\.HK has two industries from 2021-01-01 on",
        ),
        ("", "it has no stocks"),
    ],
)
def test_a_wrong_line_of_industries_is_told(file, lines, problem):
    path = file(INDUSTRIES + lines, "HSICS.csv")
    with pytest.raises(UsageError, match=f"^{path}: {problem}"):
        read_industries(path, FACTS)


def test_a_column_that_stands_twice_is_refused(file):
    path = file("symbol,industry,industry,valid_from,valid_to,source\n0700.HK,Media,Software,,,HSIL\n", "HSICS.csv")
    with pytest.raises(UsageError, match=f"^{path}: column industry stands twice: leave one of them out"):
        read_industries(path, FACTS)


RATES = "trade_date,from_currency,to_currency,rate,fixed_at,source\n"


def test_a_rate_keeps_the_hour_of_its_fixing(file, tmp_path):
    wanted = [
        {
            **{"fixing": "PBOC", "trade_date": date(2022, 5, 17), "from_currency": "HKD", "to_currency": "CNY"},
            **{"rate": 0.8642, "fixed_at": time(9, 15), "source": "CFETS"},
        }
    ]
    path = file(RATES + "2022-05-17,HKD,CNY,0.8642,09:15,CFETS\n", "PBOC.csv")
    assert read_exchange_rates(path, FACTS).to_pylist() == wanted
    row = {name: value for name, value in wanted[0].items() if name != "fixing"}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "PBOC.parquet")
    assert read_exchange_rates(tmp_path / "PBOC.parquet", FACTS).to_pylist() == wanted


def test_a_rate_of_another_type_is_told_as_a_wrong_one_is(tmp_path):
    row = dict(zip(RATES.strip().split(","), [DAY, "HKD", "CNY", DAY, "09:15", "CFETS"], strict=True))
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "PBOC.parquet")
    with pytest.raises(UsageError, match=r"PBOC\.parquet: line 1: "):
        read_exchange_rates(tmp_path / "PBOC.parquet", FACTS)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            "2022-05-17,HKD,CNY,1.16,09:15,CFETS",
            "line 2: one HKD was never 1.16 CNY on 2022-05-17: is it the other way",
        ),
        ("2022-05-17,CNY,HKD,0.86,09:15,CFETS", "line 2: one CNY was never 0.86 HKD on 2022-05-17"),
        ("2022-05-17,HKD,CNY,-1,09:15,CFETS", "line 2: -1.0 is no rate"),
        ("2022-05-17,HKD,CNY,nan,09:15,CFETS", "line 2: nan is no rate"),
        ("2022-05-17,hkd,CNY,0.86,09:15,CFETS", "line 2: 'hkd' is no currency"),
        ("2022-05-17,HKD,RMB,0.86,09:15,CFETS", "line 2: 'RMB' is no currency: write it as HKD, CNY or USD"),
        ("2022-05-17,HKD,CNY,0.86,quarter past nine,CFETS", "line 2: "),
        ("2022-05-17,HKD,CNY,0.86,,CFETS", "line 2: no fixed_at"),
        ("2022-05-17,HKD,CNY,0.86,01:15Z,CFETS", "line 2: 01:15Z has a zone: write the hour in the time of both"),
        ("2022-05-17,HKD,CNY,0.86,09:15,CFETS\n2022-05-17,HKD,CNY,0.87,11:00,HKAB", "line 3: HKD to CNY has two rates"),
    ],
)
def test_a_wrong_rate_is_told(file, line, problem):
    path = file(RATES + line + "\n", "PBOC.csv")
    with pytest.raises(UsageError, match=f"^{path}: {problem}"):
        read_exchange_rates(path, FACTS)
