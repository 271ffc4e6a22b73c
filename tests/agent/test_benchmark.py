"""Sixty calls of an agent on a home that fools people (planted.py): what every answer must say, and must not.

Figures are worked out by hand from what planted.py plants: 20,000 x 1.02^5 = 22,081.62 for the index on 8 February.
"""

# ruff: noqa: E501 (a call a line)
from datetime import timedelta
from pathlib import Path

import pytest

from flows.agent import tools
from flows.agent.query import sql
from tests.agent.planted import NOW, planted_home
from warehouse.errors import UsageError
from warehouse.sql.database import open_read_only

COMPLETE = "complete, 87 of 87 received"
PENDING = "VERDICT HK 2022-02-11: pending (no run has ended for this session"
HELD = "VERDICT HK 2022-02-07: partial, 86 of 87 received, 1 held; 1 held: 2382.HK unit_slip"
GONE = "VERDICT HK 2022-02-09: partial, 86 of 87 received, 1 missing; 1 missing: 1211.HK"
STALE = "VERDICT HK 2022-02-10: partial, 86 of 87 received, 1 held; 1 held: ^HSI stale_repeat"
NO_MAINLAND = "VERDICT CN 2022-02-08: not owed (no run was asked to fill this session)"

CALLS = [
    # The evening: what an agent asks first.
    ("evening", {}, [PENDING, "judged is 2022-02-10", "REFUSED HK: "], ["close", "22973"]),
    ("evening", {"day": "2022-02-08"}, [f"HK 2022-02-08: {COMPLETE}", NO_MAINLAND, "22,081.62", "REFUSED CN: "], []),
    ("evening", {"day": "2022-02-10"}, [STALE, "QUALIFIED HSI by itself is partial", "4,594.74"], ["22973", "22,973"]),
    ("evening", {"day": "2022-01-31"}, [COMPLETE, "half day", "CN 2022-01-31: no session"], []),
    ("evening", {"day": "2022-02-01"}, ["HK 2022-02-01: no session", "REFUSED"], ["close"]),
    ("evening", {"day": "2022-01-27"}, ["HK 2022-01-27: not owed", "covered from 2022-01-28", "REFUSED"], ["20000"]),
    ("evening", {"day": "2022-02-14"}, ["HK 2022-02-14: not over", "not final yet", "REFUSED"], ["close"]),
    ("evening", {"day": "2021-02-08"}, ["HK 2021-02-08: not owed", "REFUSED"], ["close"]),
    # The verdict by itself.
    ("verdict", {}, [PENDING, NO_MAINLAND.replace("08", "11")], ["index_code"]),
    ("verdict", {"day": "2022-02-07"}, [HELD, '"held": 1', "source handmade, known from 2022-02-07 10:30 UTC"], []),
    ("verdict", {"day": "2022-02-09", "market": "HK"}, [GONE, '"missing": 1'], ["CN"]),
    ("verdict", {"day": "2022-02-10", "market": "hk"}, [STALE, '"index_bar": false'], []),
    ("verdict", {"day": "2022-02-08", "market": "all"}, [COMPLETE, "4 values restated, last 2022-02-09 01:00 UTC"], []),
    ("verdict", {"day": "2022-02-08", "market": "CN"}, [NO_MAINLAND], ["HK", "index_code"]),
    ("verdict", {"day": "2022-01-31", "market": "HK"}, [COMPLETE, "half day", "HSTECH"], []),
    ("verdict", {"day": "2022-02-12", "market": "HK"}, ["no session (the market does not trade on this day)"], []),
    # Movers.
    ("movers", {"index": "HSI"}, [PENDING, "REFUSED"], ["rank"]),
    ("movers", {"index": "HSI", "day": "2022-02-04", "count": 2}, [COMPLETE, '"rank": 2', "0.0099"], ['"rank": 3', "-0.49"]),
    ("movers", {"index": "hstech", "day": "2022-02-07"}, [HELD, "QUALIFIED 1 member has no return, and may have moved more"], ["9034", "2382.HK\""]),
    ("movers", {"index": "HSI", "day": "2022-02-08"}, ["1 without a previous close: 2382.HK", "0.0099"], ['"2382.HK"']),
    ("movers", {"index": "HSTECH.HK", "day": "2022-02-10"}, [STALE, '"rank": 1'], []),
    ("movers", {"index": "CSI300", "day": "2022-02-08"}, [NO_MAINLAND, "REFUSED no run was asked"], ["rank"]),
    ("movers", {"index": "HSCEI", "day": "2022-02-08"}, ["REFUSED the members of HSCEI are not kept"], ["rank"]),
    ("movers", {"index": "HSI", "day": "2022-01-27"}, ["not owed", "REFUSED"], ["rank"]),
    # Indices.
    ("index", {"index": "HSI"}, [PENDING, "REFUSED"], ["close"]),
    ("index", {"index": "HSI", "day": "2022-02-08"}, ["22081.62", "432.98", "HSI by itself is partial: 1 without a previous close: 2382.HK"], []),
    ("index", {"index": "HSI", "day": "2022-02-09"}, [GONE, "QUALIFIED HSI by itself is partial: 1 missing: 1211.HK"], []),
    ("index", {"index": "^HSI", "day": "2022-02-10"}, [STALE, "REFUSED there is no bar of HSI on 2022-02-10"], ["22973"]),
    ("index", {"index": "HSTECH", "day": "2022-02-10"}, [STALE, "4594.74"], []),
    ("index", {"index": "HSI", "day": "2021-12-31"}, ["half day", "not owed", "REFUSED"], ["close"]),
    ("index", {"index": "CSI 300", "day": "2022-02-08"}, [NO_MAINLAND, "REFUSED"], ["close"]),
    ("index", {"index": "HSI", "day": "2022-02-08"}, ["not known, since the session of its base is not stored"], []),
    # Stocks.
    ("stock", {"symbol": "0700.HK"}, [PENDING, "REFUSED"], ["493"]),
    ("stock", {"symbol": "700.hk", "day": "2022-02-08"}, ["483.46", "restated on 2022-02-09 01:00 UTC: close from 480 to 483.46"], []),
    ("stock", {"symbol": "700", "day": "2022-02-07"}, [HELD, '"close": 478.68'], ["restated on"]),
    ("stock", {"symbol": "2382.HK", "day": "2022-02-07"}, [HELD, "REFUSED the bar of 2382.HK on 2022-02-07 is held by unit_slip"], ["9034"]),
    ("stock", {"symbol": "2382.HK", "day": "2022-02-08"}, ["QUALIFIED no one-day return", '"return_1d": null'], ["9034"]),
    ("stock", {"symbol": "1211.HK", "day": "2022-02-09"}, [GONE, "REFUSED 1211.HK has no bar on 2022-02-09: missing"], ["105.1"]),
    ("stock", {"symbol": "0669.HK", "day": "2022-02-04"}, [COMPLETE, '"return_1d": 0.01', '"ex": "XR"'], ["-0.49"]),
    ("stock", {"symbol": "0669.HK", "day": "2022-02-08", "bars": 4}, ["split of 2 with ex-date 2022-02-04 (accepted)", HELD], []),
    ("stock", {"symbol": "0001.HK", "day": "2022-02-08"}, ["the code 0001.HK has had other names: Cheung Kong (Holdings) Ltd"], []),
    ("stock", {"symbol": "Sunny Optical", "day": "2022-02-04"}, ['"2382.HK"', "103.03"], []),
    ("stock", {"symbol": "600519", "day": "2022-02-08"}, [NO_MAINLAND, "REFUSED"], ["close"]),
    ("stock", {"symbol": "0700.HK", "day": "2022-02-01"}, ["no session", "REFUSED"], ["close"]),
    ("stock", {"symbol": "0700.HK", "day": "2021-02-08"}, ["HK 2021-02-08: not owed", "REFUSED"], ["close"]),
    # Why.
    ("why", {"symbol": "2382.HK", "day": "2022-02-07"}, ["held by unit_slip: the values in quarantine are not to be used", "9034"], []),
    ("why", {"symbol": "HSI", "day": "2022-02-10"}, [STALE, "held by stale_repeat", "the bar of 2022-02-09 again"], []),
    ("why", {"symbol": "1211.HK", "day": "2022-02-09"}, ['"state": "missing"', GONE], []),
    ("why", {"symbol": "0700.HK", "day": "2022-02-08"}, ['"old_value": 480.0, "new_value": 483.46'], []),
    ("why", {"symbol": "0669.HK", "day": "2022-02-04"}, ['"kind": "split", "value": 2.0'], []),
    # As it was known.
    ("as_known_on", {"symbol": "0700.HK", "day": "2022-02-08", "moment": "2022-02-08T20:00:00+08:00"},
     ['"then": {"trade_date": "2022-02-08", "symbol": "0700.HK"', '"close": 480.0', "differs in close", "at 2022-02-08 12:00 UTC"], []),
    ("as_known_on", {"symbol": "700", "day": "2022-02-08", "moment": "2022-02-09T09:00"}, ['"close": 483.46'], ["480.0", "differs"]),
    ("as_known_on", {"symbol": "0700.HK", "day": "2022-02-08", "moment": "2022-02-08"}, ["REFUSED at that moment we held no bar"], []),
    ("as_known_on", {"symbol": "HSI", "day": "2022-02-08", "moment": "2022-02-08T12:00Z"}, ["22081.62", "no verdict"], ["differs"]),
    # Any query.
    ("sql", {"query": "select trade_date, close from prices where symbol = '2382.HK' and trade_date >= '2022-02-04'"},
     ["QUALIFIED sessions between these that the rows leave out and that are not complete: HK 2022-02-07", "103.03"], ["9034", "not determined"]),
    ("sql", {"query": "select max(close) as highest from prices"},
     ["QUALIFIED sessions not determined", "3 of HK, 0 of CN", PENDING, "493.18"], []),
    ("sql", {"query": "select trade_date as day, close from index_prices"}, ["QUALIFIED sessions not determined"], []),
    ("sql", {"query": "select trade_date, index_symbol, close from index_prices where trade_date = '2022-02-10'"},
     [STALE, "4594.74"], ["CN 2022-02-10"]),
    ("sql", {"query": "from prices"}, ["QUALIFIED only the first 500 rows are shown", "HK 2022-01-27: not owed"], []),
    ("sql", {"query": "select trade_date, close from flat.prices where symbol = '0700.HK' and trade_date = '2022-01-28'"},
     [f"HK 2022-01-28: {COMPLETE}", "464.6"], ["CN"]),
]  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return planted_home(tmp_path_factory.mktemp("planted"))


@pytest.fixture
def call(path):
    def answer(tool, clock=NOW, **arguments):
        with open_read_only(path) as connection:
            return (sql if tool == "sql" else getattr(tools, tool))(connection, clock, **arguments)

    return answer


def test_there_are_sixty():
    assert len(CALLS) == 60


@pytest.mark.parametrize(
    ("tool", "arguments", "says", "never"), CALLS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_an_answer_says_what_its_figures_are_worth(call, tool, arguments, says, never):
    text = call(tool, **arguments)
    assert text.startswith("VERDICT "), text
    for words in says:
        assert words in text, text
    for words in never:
        assert words not in text, text


@pytest.mark.parametrize(
    ("tool", "arguments", "says", "never"), CALLS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_figures_come_after_every_verdict_and_qualification(call, tool, arguments, says, never):
    kinds = [
        line.split(" ", 1)[0] if not line.startswith("{") else "{" for line in call(tool, **arguments).splitlines()
    ]
    order = ["VERDICT", "QUALIFIED", "REFUSED", "{"]
    assert set(kinds) <= set(order)
    assert kinds == sorted(kinds, key=order.index)


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("stock", {"symbol": "Tencent"}, "one of 0700.HK Tencent Holdings Ltd, 1698.HK"),
        ("stock", {"symbol": "nobody"}, "codes are like 0700.HK"),
        ("index", {"index": "DAX"}, "use one of"),
        ("evening", {"day": "yesterday"}, "is no date"),
        ("verdict", {"market": "US"}, "HK or CN"),
        ("as_known_on", {"symbol": "700", "day": "2022-02-08", "moment": "noon"}, "is no moment"),
        ("as_known_on", {"symbol": "700", "day": "2022-02-08", "moment": "0001-01-01T00:00+08:00"}, "is no moment"),
        ("as_known_on", {"symbol": "700", "day": "2022-02-08", "moment": "9999-12-31T23:59-08:00"}, "is no moment"),
        ("sql", {"query": "select nothing"}, "nothing"),
        ("sql", {"query": "create table mine as select 1"}, "read-only"),
        ("sql", {"query": "select * from read_csv('/etc/passwd')"}, "file system operations are disabled"),
        ("sql", {"query": "set memory_limit = '900GB'"}, "locked"),
        ("sql", {"query": ""}, "no query"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_what_can(call, tool, arguments, words):
    with pytest.raises(UsageError, match=words):
        call(tool, **arguments)


def test_a_session_is_not_told_while_it_is_not_final(call):
    at_noon = NOW - timedelta(hours=8)
    text = call("index", clock=at_noon, index="HSI", day="2022-02-11")
    assert text.startswith("VERDICT HK 2022-02-11: not over")
    assert "REFUSED" in text
    assert call("verdict", clock=at_noon).startswith(STALE)


@pytest.mark.parametrize("day", ["2007-10-30", "2035-06-06"])  # a Tuesday on which Hong Kong traded, and a Wednesday
def test_a_day_beyond_the_calendar_is_not_said_to_be_without_trading(call, day):
    text = call("index", index="HSI", day=day)
    assert text.startswith(f"VERDICT HK {day}: not known (the calendar that is stored does not reach this day")
    assert "REFUSED the calendar that is stored does not reach this day" in text
    assert "does not trade" not in text


def test_why_tells_what_an_index_without_a_bar_lacks(call):
    text = call("why", symbol="HSI", day="2022-02-10")
    assert '"as_index": [{"index_symbol": "^HSI", "index_code": "HSI", ' in text
    assert '"has_bar": false' in text
    assert '"state": "partial"' in text
    assert '"reason": "1 held: ^HSI stale_repeat' in text


@pytest.mark.parametrize(
    ("tool", "arguments"), [("stock", {"symbol": "2382.HK", "day": "2022-02-08"}), ("index", {"index": "HSI"})]
)
def test_the_answers_on_the_page_are_those(call, tool, arguments):
    page = (Path(__file__).parents[2] / "docs" / "connect.md").read_text(encoding="utf-8")
    verdict, qualified_or_refused, *_ = call(tool, **arguments).splitlines()
    assert f"```\n{verdict}\n{qualified_or_refused}\n" in page
