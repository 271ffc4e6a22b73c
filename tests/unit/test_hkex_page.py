"""HKEX's page, to the column: layouts as recorded, invented numbers."""

from datetime import UTC, date, datetime

import pytest

from tasks.sources import hkex
from tasks.sources._hkex_page import is_read_enough
from tests.fake_hkex import HEADS, MOVED, NOTHING, FakeHkex, entry, page
from tests.loopback import send
from tests.shipped import HK

DAY = date(2022, 5, 18)
NOW = datetime(2022, 5, 18, 10, tzinfo=UTC)


def row(symbol, **more):
    """A line that was dealt in."""
    values = {"previous_close": 10.0, "close": 10.1, "high": 10.2, "low": 9.9, "bid": 10.1, "ask": 10.12}
    values |= {"volume": 1_000_000, "turnover": 10_050_000, "state": "traded", "currency": "HKD", "name": "A COMPANY"}
    return {"symbol": symbol} | values | more


ROWS = [row(f"{code:04d}.HK") for code in range(1, 12)]


def read(content, board="Main Board"):
    return hkex.decode(content, DAY, board, NOW)


def lines(answer):
    return {line["symbol"]: line for line in answer.lines.to_pylist()}


def among(one):
    """That line, read among good ones."""
    return lines(read(page(DAY, [*ROWS, one])))[one["symbol"]]


def replaced(old, new, rows=ROWS):
    content = page(DAY, rows)
    assert old in content
    return read(content.replace(old, new, 1))


def test_prices_fill_their_columns_and_may_touch_each_other():
    wide = row("2840.HK", previous_close=10200.005, ask=10210.015, high=10220.125, close=10205.555, bid=10204.445)
    wide |= {"low": 10190.995, "volume": 10, "turnover": 102_055, "currency": "USD"}
    assert b"USD10200.00510210.01510220.125" in page(DAY, [wide])
    found = among(wide)
    assert (found["previous_close"], found["ask"], found["high"]) == (10200.005, 10210.015, 10220.125)
    assert (found["close"], found["bid"], found["low"]) == (10205.555, 10204.445, 10190.995)


@pytest.mark.parametrize("at", range(22))
def test_a_page_break_glued_to_a_line_changes_nothing(at):
    assert read(page(DAY, ROWS, broken_at=[at])).lines.equals(read(page(DAY, ROWS)).lines)


def test_an_ampersand_keeps_the_columns():
    assert among(row("0046.HK", name="COMPUTER & TECH"))["name"] == "COMPUTER & TECH"
    assert b"COMPUTER &amp; TECH " in page(DAY, [row("0046.HK", name="COMPUTER & TECH")])


def test_a_page_of_old_has_no_currency_and_none_is_assumed():
    old = (HEADS[0].replace(" CUR ", "     "), HEADS[1])
    answer = read(page(DAY, [one | {"currency": None} for one in ROWS], heads=old))
    assert (answer.outcome, set(answer.lines["currency"].to_pylist())) == ("ok", {None})


def test_a_stopped_line_has_nothing_but_its_state():
    halted = {"symbol": "0092.HK", "name": "CHAMPION TECH", "currency": "HKD", "state": "halted", "since_today": True}
    found = among(halted)
    assert (found["state"], found["since_today"], found["name"]) == ("halted", True, "CHAMPION TECH")
    assert {found[name] for name in ("close", "previous_close", "high", "volume", "turnover")} == {None}


def test_a_line_that_traded_and_is_marked_as_halted_stays_traded():
    found = among(row("0092.HK", since_today=True))
    assert (found["state"], found["since_today"], found["close"]) == ("traded", True, 10.1)


def test_a_mark_of_the_most_active_is_no_part_of_the_line():
    content = page(DAY, [*ROWS, row("0700.HK")]).replace(b"   700 A COMP", b"*  700 A COMP")
    assert lines(read(content))["0700.HK"]["close"] == 10.1


def test_a_line_without_a_trade_keeps_its_close_and_has_dealt_in_nothing():
    idle = {"high": None, "low": None, "volume": None, "turnover": None, "close": 10.0}
    found = among(row("0046.HK", **idle))
    assert (found["state"], found["close"], found["high"], found["volume"], found["turnover"]) == (
        *("no trade", 10.0, None),
        *(0, 0.0),
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("UB-TENCT@EC2212A", "structured product"),
        ("UB#TENCTRC2306B", "structured product"),
        ("SOMEBODY RTS", "nil-paid rights"),
        ("SUNSHINE-OLD", "temporary counter"),
        ("TENCENT", None),
        ("BABA-W", None),
        ("PRC B2802-R", "bond"),
        ("PRC B2710", "bond"),
        ("CB&T N2300-00", "bond"),
    ],
)
def test_a_kind_is_told_where_the_name_tells_it(name, kind):
    assert among(row("28001.HK", name=name))["kind"] == kind


@pytest.mark.parametrize(
    ("first", "second", "parent"),
    [
        (("0700.HK", "TENCENT", "HKD"), ("80700.HK", "TENCENT-R", "CNY"), "0700.HK"),
        (("9988.HK", "BABA-W", "HKD"), ("89988.HK", "BABA-WR", "CNY"), "9988.HK"),
        (("3008.HK", "BOS HSK BTC", "HKD"), ("9008.HK", "BOS HSK BTC-U", "USD"), "3008.HK"),
        (("0941.HK", "CHINA LONGNAME CO", "HKD"), ("80941.HK", "CHINA LONGNAM-R", "CNY"), "0941.HK"),
        (("9009.HK", "ANOTHER", "HKD"), ("89009.HK", "SOMEBODY-R", "CNY"), None),
        (("0701.HK", "TENCENT", "HKD"), ("80700.HK", "TENCENT-R", "CNY"), None),
        (("0700.HK", "TENCENT", "CNY"), ("80700.HK", "TENCENT-R", "CNY"), None),
    ],
)
def test_a_second_counter_is_one_when_its_first_stands_on_the_page(first, second, parent):
    both = [row(symbol, name=name[:16], currency=money) for symbol, name, money in (first, second)]
    found = lines(read(page(DAY, [*ROWS, *both])))[second[0]]
    assert (found["kind"], found["parent"]) == ("second counter" if parent else None, parent)


def test_the_turnover_of_the_market_is_the_pages_own_figure():
    assert read(page(DAY, ROWS, total=233_514_818_711)).turnover_total == 233_514_818_711.0
    assert replaced(b"Today's Turnover:", b"Turnover of yore:").turnover_total is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"   10.00    10.12    10.20            1,000,000", b"   10.00    10.12    10.20           #########"),
        (b"   10.00    10.12    10.20            1,000,000", b"   0.00    10.12    10.20            1,000,000"),
        (b"   10.00    10.12    10.20            1,000,000", b"    0.00    10.12    10.20            1,000,000"),
        (b"   10.00    10.12    10.20            1,000,000", b"  -10.00    10.12    10.20            1,000,000"),
        (b"   10.00    10.12    10.20            1,000,000", b"   10.00    10.12     9.80            1,000,000"),
        (b"   10.00    10.12    10.20            1,000,000", b"   10.00    10.12     -                1,000,000"),
        (b"   10.00    10.12    10.20            1,000,000", b"   10.00    10.12    10.20                    -"),
        (b"   10.00    10.12    10.20            1,000,000", b"   10.00    10.12    10.20            10,00,000"),
        (b"   10.00    10.12    10.20            1,000,000", b"   10.00    10.12    10.20             1,000,00"),
        (b"   10.00    10.12    10.20            1,000,000", b"   10.00    10.12    10.20          99999999999"),
        (b"   10.00    10.12    10.20            1,000,000", b"   10.00    10.12    10.20   99,000,000,000,000"),
        (b"   10.10    10.10     9.90           10,050,000", b"   10.10             9.90           10,050,000"),
        (b"   10.10    10.10     9.90           10,050,000", b"   10.10    10.10     9.90           10,050,00"),
        (b"   10.10    10.10     9.90           10,050,000", b"    N/A     10.10     9.90           10,050,000"),
    ],
)
def test_a_line_that_lost_gained_or_changed_a_sign_is_not_read(old, new):
    answer = replaced(old, new)
    assert (answer.outcome, len(answer.unread), len(answer.lines)) == ("ok", 1, len(ROWS) - 1)
    assert "0001.HK" not in lines(answer)


def test_an_entry_that_lost_a_line_takes_no_other_with_it():
    texts = page(DAY, ROWS).split(b"\r\n")
    second = next(at for at, text in enumerate(texts) if text.startswith(b"     2 A COMPANY"))
    for lost in (second, second + 1):
        answer = read(b"\r\n".join(texts[:lost] + texts[lost + 1 :]))
        assert lines(answer).keys() == {f"{code:04d}.HK" for code in (1, *range(3, 12))}
        assert len(answer.unread) == 1


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        ({"close": 10.6, "ask": 10.6, "bid": 10.6}, "close outside the range"),
        ({"bid": 8.0, "ask": 8.05}, "close outside bid and ask"),
        ({"bid": 10.15}, "bid above ask"),
        ({"previous_close": 31.0}, "close far from the previous close"),
        ({"low": 3.0}, "high far from low"),
        ({"bid": 3.0}, "ask far from bid"),
        ({"turnover": 1_005_000}, "turnover and shares far from the range"),
        ({"volume": None, "turnover": None, "high": None, "low": None}, "a close that moved without a trade"),
        ({"close": 10.25, "ask": 10.27}, None),
        ({"turnover": 9_000_000}, None),
    ],
)
def test_what_contradicts_itself_is_given_with_a_doubt(changes, doubt):
    found = among(row("0046.HK", **changes))
    assert (found["doubt"], found["close"]) == (doubt, changes.get("close", 10.1))


@pytest.mark.parametrize(
    ("content", "outcome", "detail"),
    [
        (NOTHING, "no trading", "NO TRADING"),
        (MOVED, "no data", "moved or removed"),
        (b"<html>Access Denied</html>", "banned", "refuses us"),
        (b"<html>Back soon</html>", "transient", "another page"),
        (b"", "transient", "another page"),
        (page(date(2022, 5, 17), ROWS), "another day", "2022-05-17"),
        (page(DAY, ROWS, "GEM"), "unknown shape", "the page is of GEM"),
        (page(DAY, ROWS)[:150], "cut", "before its date"),
        (page(DAY, ROWS)[:900], "cut", "before its quotations do"),
        (page(DAY, ROWS).replace(b'"quotations"', b'"amendments"'), "unknown shape", "no section of quotations"),
        (page(DAY, ROWS).replace(b"DATE: 18 MAY", b"DATE: 18 MAI"), "unknown shape", "no date"),
        (page(DAY, ROWS).replace(b"DATE: 18 MAY", b"DATE: 31 FEB"), "unknown shape", "no date"),
        (page(DAY, []), "unknown shape", "0 of 0 lines"),
        (page(DAY, ROWS, heads=HEADS[::-1]), "unknown shape", "other columns"),
        (page(DAY, [one | {"close": 30.0} for one in ROWS]), "unknown shape", "do not fit each other"),
        (page(DAY, [one | {"turnover": 1_000_000} for one in ROWS]), "unknown shape", "do not fit each other"),
        (page(DAY, [one | {"bid": 10.15} for one in ROWS]), "unknown shape", "bids are above the asks"),
        (page(DAY, [one | {"high": 9.0} for one in ROWS]), "unknown shape", "11 of 11 lines"),
    ],
)
def test_another_page_is_told_by_what_it_says(content, outcome, detail):
    answer = read(content)
    assert (answer.outcome, len(answer.lines), answer.raw) == (outcome, 0, content), answer.detail
    assert detail in answer.detail


def test_the_page_of_gem_is_one_when_gem_was_asked_for():
    answer = read(page(DAY, ROWS, "GEM"), "GEM")
    assert (answer.outcome, answer.board, len(answer.lines)) == ("ok", "GEM", len(ROWS))


def test_it_is_enough_when_a_section_behind_the_quotations_begins():
    content = page(DAY, ROWS)
    end = content.index(b'<a name = "sales_all">')
    assert not is_read_enough(content[:end])
    assert is_read_enough(content[: end + 22])
    assert is_read_enough(content, end)


@pytest.fixture
def vendor():
    fake = FakeHkex()
    fake.url = fake.start()
    yield fake
    fake.stop()


def ask(vendor):
    return hkex.Hkex(HK, vendor.url, 1000.0, lambda: NOW, back_off=0.001, timeout=2.0).evening(DAY)


def test_a_page_longer_than_a_piece_is_read_on_until_its_quotations_end(vendor, monkeypatch):
    monkeypatch.setattr(hkex, "PIECE", 500)
    content = page(DAY, ROWS)
    vendor.serve(DAY, ROWS)
    answer = ask(vendor)
    assert (answer.outcome, answer.lines.equals(read(content).lines)) == ("ok", True)
    assert answer.requests == len(vendor.asked) == content.index(b'<a name = "sales_all">') // 500 + 1
    assert vendor.asked[1] == ("/eng/stat/smstat/dayquot/d220518e.htm", "bytes=500-999")


def test_a_page_that_changed_between_two_pieces_is_cut(vendor, monkeypatch):
    monkeypatch.setattr(hkex, "PIECE", 500)
    vendor.serve(DAY, ROWS)
    good = vendor.piece

    def gone_after_the_first(handler, found):
        return good(handler, found) if handler.headers["Range"] == "bytes=0-499" else send(handler, b"", 404)

    monkeypatch.setattr(vendor, "piece", gone_after_the_first)
    answer = ask(vendor)
    assert (answer.outcome, answer.requests) == ("cut", 2 * hkex.ATTEMPTS)


def test_a_page_that_is_another_one_behind_its_first_piece_is_cut(vendor, monkeypatch):
    monkeypatch.setattr(hkex, "PIECE", 500)
    vendor.serve(DAY, ROWS)
    good, other = vendor.piece, page(DAY, ROWS[:-1])

    def replaced_after_the_first(handler, found):
        return good(handler, found if handler.headers["Range"] == "bytes=0-499" else other)

    monkeypatch.setattr(vendor, "piece", replaced_after_the_first)
    assert ask(vendor).outcome == "cut"


def test_a_page_without_an_end_of_its_quotations_is_given_up(vendor, monkeypatch):
    monkeypatch.setattr(hkex, "PIECE", 500)
    monkeypatch.setattr(hkex, "LARGEST", 1500)
    vendor.serve(DAY, ROWS)
    assert (ask(vendor).outcome, len(vendor.asked)) == ("unknown shape", 3)


def test_a_server_that_knows_no_ranges_is_read_no_further_than_needed(vendor, monkeypatch):
    content = page(DAY, ROWS)
    rest = b"x" * 2**24

    def whole(handler, found):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content) + len(rest)))
        handler.end_headers()
        handler.wfile.write(content + rest)

    monkeypatch.setattr(vendor, "piece", whole)
    vendor.serve(DAY, ROWS)
    answer = ask(vendor)
    assert (answer.outcome, answer.requests) == ("ok", 1)
    assert len(answer.raw) < 2**20


def test_what_an_entry_looks_like_here_is_what_was_recorded():
    tencent = row("0700.HK", name="TENCENT", previous_close=453.0, ask=441.6, high=447.6, close=441.4, bid=441.4)
    tencent |= {"low": 440.6, "volume": 20_289_781, "turnover": 8_990_301_596}
    assert entry(tencent, "*") == [
        "*  700 TENCENT          HKD  453.00   441.60   447.60           20,289,781",
        "                             441.40   441.40   440.60        8,990,301,596",
    ]
