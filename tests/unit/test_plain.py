"""Text of others: whatever a vendor puts into it, it stays one short line that shows itself."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.sources import hkex
from tasks.sources._yahoo_chart import decode
from tests.fake_hkex import page
from tests.unit.test_hkex_page import DAY, NOW, ROWS
from tests.unit.test_hkex_page import row as hkex_row
from tests.unit.test_yahoo_decode import ASKED_AT, chart
from warehouse.bars.answers import Answer, Malformed
from warehouse.bars.official import OfficialAnswer
from warehouse.plain import LONGEST, escaped, plain, plain_error, plain_lines, plain_within

# What a terminal obeys or a reader does not see, by Unicode's own categories and its list of bidi controls.
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
DIRTY = "Good\x1b[2J\x9b1mCo\r\nHK 2022-05-17: complete\u202eLtd\x00\u2028\ud800"


@given(st.text(st.characters()))
def test_plain_text_is_one_short_line_that_shows_all_of_itself(text):
    found = plain(text)
    assert len(found) <= LONGEST
    assert UNSAFE.search(found) is None
    assert found.encode().decode() == found
    assert plain(found) == found


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=LONGEST))
def test_text_without_such_signs_is_left_as_it_is(text):
    assert plain(text) == text


@pytest.mark.parametrize("name", ["貴州茅台", "Ping An Ins (Grp) Co", "Ａ股　Ｗ", "L'Oréal – «x» €"])
def test_names_of_companies_stay(name):
    assert plain(name) == name


def test_breaks_are_a_space_and_what_cannot_be_shown_is_seen_to_be_gone():
    assert plain("a\r\nb\tc\x1b[2Jd\u202e") == "a b c\ufffd[2Jd\ufffd"
    assert plain_lines("a\nb\x1b\n") == "a\nb\ufffd\n"
    assert plain("x" * 300) == "x" * (LONGEST - 1) + "…"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_json_that_shows_all_of_itself_reads_back_the_same(text):
    shown = escaped(json.dumps([text], indent=2, ensure_ascii=False))
    assert UNSAFE.search(shown.replace("\n", "")) is None
    assert json.loads(shown) == [text]


@pytest.mark.parametrize("name", ["detail", "currency", "time_zone", "name", "exchange", "instrument_type"])
def test_every_text_of_an_answer_is_plain_whoever_made_it(name):
    assert getattr(Answer("0700.HK", "ok", ASKED_AT, **{name: DIRTY}), name) == plain(DIRTY)


def test_what_an_event_could_not_be_is_plain_too():
    assert Malformed("split", None, DIRTY).problem == plain(DIRTY)


def test_a_chart_s_names_are_plain():
    meta = json.loads(chart())["chart"]["result"][0]["meta"]
    dirty = "Good\x1b[2J\nCo\u202e"
    changed = dict.fromkeys(("longName", "fullExchangeName", "instrumentType"), dirty)
    answer = decode("600519.SS", 200, chart(meta=meta | changed), ASKED_AT)
    assert answer.outcome == "ok"
    assert {answer.name, answer.exchange, answer.instrument_type} == {"Good\ufffd[2J Co\ufffd"}


def test_what_a_chart_says_of_its_error_is_plain_and_short():
    body = json.dumps({"chart": {"result": None, "error": {"code": "\x1b[2J", "description": "a\nb" * 500}}}).encode()
    answer = decode("600519.SS", 404, body, ASKED_AT)
    assert answer.detail.startswith("\ufffd[2J: a b")
    assert len(answer.detail) == LONGEST


def test_a_line_s_name_on_an_exchange_s_page_is_plain():
    content = page(DAY, [*ROWS, hkex_row("0700.HK", name="DIRTY COMPANY")]).replace(b"DIRTY C", b"DIR\x1b\x07 C")
    named = {line["symbol"]: line["name"] for line in hkex.decode(content, DAY, "Main Board", NOW).lines.to_pylist()}
    assert named["0700.HK"] == "DIR\ufffd\ufffd COMPANY"


def test_lines_that_were_not_read_are_plain_where_they_are_kept():
    answer = OfficialAnswer("hkex", "GEM", DAY, "ok", NOW, detail=DIRTY, unread=(DIRTY, "x" * 10_000))
    assert UNSAFE.search("".join((answer.detail, *answer.unread))) is None
    assert max(map(len, answer.unread)) == 400


@pytest.mark.parametrize("user", ["ann:secret", "secret", "a@b:secret", "secret:@"])
def test_an_error_names_no_user_and_no_password_of_an_address(user):
    said = plain_error(f"Unsupported proxy syntax in 'http://{user}@proxy:8080/x@y': no\nhttps://{user}@other")
    assert said == "Unsupported proxy syntax in 'http://proxy:8080/x@y': no\nhttps://other"
    problem = f"proxy http://{user}@proxy:8080 refused"
    assert Answer("0005.HK", "transient", ASKED_AT, problem).detail == "proxy http://proxy:8080 refused"


def test_texts_within_rows_are_plain_and_all_else_is_as_it_was():
    assert plain_within({"a": [DIRTY, 1, None], "b": {"c": "x" * 999}}) == {
        "a": [plain(DIRTY), 1, None],
        "b": {"c": "x" * 999},
    }
