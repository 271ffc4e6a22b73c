"""What failed, what is held and what nobody explains show where people look: in reasons and in sentences."""

import pytest

from tests.shipped import HK
from tests.sql.warehouse_of import closes, warehouse_of
from warehouse.facts.universe import covers

DAY, BEFORE = "2022-05-12", "2022-05-11"
DIVIDEND = {"kind": "dividend", "value": 9.0, **dict.fromkeys(("open", "high", "low", "close", "volume"))}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    """0005.HK and 0006.HK failed, 0011.HK fell by 27% and has a held dividend; all other members rose one percent."""
    from datetime import date

    members = sorted({s.symbol for s in HK.spells if covers(s.valid_from, s.valid_to, date(2022, 5, 12))})
    whole = [symbol for symbol in members if symbol not in ("0005.HK", "0006.HK", "0011.HK")]
    stocks = [bar for symbol in whole for bar in closes(symbol, {BEFORE: 100, DAY: 101})]
    stocks += closes("0011.HK", {BEFORE: 100, DAY: 73})
    answers = [
        ("0005.HK", DAY, DAY, DAY, "unknown shape", {"detail": "KeyError: 'close'"}),
        ("0006.HK", DAY, DAY, DAY, "transient", {"detail": "HTTP 503"}),
        ("0011.HK", DAY, DAY, DAY, "ok"),
    ]
    quarantine = [
        ("0011.HK", DAY, "dividend_too_large", DIVIDEND),
        ("0011.HK", DAY, "fall_without_event", {"status": "warned"}),
    ]
    with warehouse_of(
        tmp_path_factory.mktemp("failed"),
        stocks=stocks,
        indices=closes("^HSI", {BEFORE: 20000, DAY: 20100}) + closes("HSTECH.HK", {BEFORE: 4000, DAY: 4010}),
        answers=answers,
        quarantine=quarantine,
        runs=[("HK", DAY, DAY)],
    ) as connection:
        yield connection


def test_the_reason_names_what_a_failed_answer_said_and_the_held_event(warehouse):
    query = "select reason from session_status where trade_date = ?"
    ((reason,),) = warehouse.execute(query, [DAY]).fetchall()
    assert reason == (
        "2 missing: 0005.HK (unknown shape: KeyError: 'close'), 0006.HK (transient: HTTP 503);"
        " 1 held event: 0011.HK dividend dividend_too_large"
    )


def test_the_reason_in_chinese_has_no_word_of_the_vendor_s(warehouse):
    query = "select reason_zh, reason_zh_hans from session_status where trade_date = ?"
    assert warehouse.execute(query, [DAY]).fetchall() == [
        (
            "2項欠缺：0005.HK（格式不明）、0006.HK（暫時未能取得）；1項公司行動待查：0011.HK",
            "2项缺失：0005.HK（格式不明）、0006.HK（暂时未能取得）；1项公司行动待查：0011.HK",
        )
    ]


def test_a_held_event_alone_leaves_the_bar_counted(warehouse):
    query = "select held, missing from session_status where trade_date = ?"
    assert warehouse.execute(query, [DAY]).fetchall() == [(0, 2)]


def test_a_fall_that_no_event_explains_is_marked_in_the_wrap_and_its_sentence(warehouse):
    query = (
        "select laggards_mark, headline, headline_zh from market_wrap where index_symbol = '^HSI' and trade_date = ?"
    )
    ((marks, english, chinese),) = warehouse.execute(query, [DAY]).fetchall()
    assert marks[0] == "unexplained"
    assert "one fell, Hang Seng Bank by 27.0% (unexplained)" in english
    assert "原因未明" in chinese


def test_an_index_bar_of_one_price_on_a_day_that_moved_has_no_range(warehouse):
    query = "select open, high, low, close from index_prices where index_symbol = '^HSI' order by trade_date"
    assert warehouse.execute(query).fetchall() == [(20000.0,) * 4, (None, None, None, 20100.0)]
