"""baostock's day of all shares, to the field: layouts as recorded, invented numbers."""

import threading
import zlib
from datetime import UTC, date, datetime

import pytest

from tasks.sources import baostock
from tasks.sources._baostock_wire import LARGEST_BODY, LARGEST_FRAME, Conversation, WireError, frame, read
from tests import fake_baostock
from tests.fake_baostock import END, NAMES, whole_day
from tests.loopback import tcp_server
from tests.shipped import CN

DAY = date(2022, 5, 18)
NOW = datetime(2022, 5, 18, 10, tzinfo=UTC)
GOOD = {
    **{"date": "2022-05-18", "code": "sh.600519", "open": "10.0000", "high": "10.5000", "low": "9.9000"},
    **{"close": "10.2000", "preclose": "10.0000", "volume": "1000000", "amount": "10150000.5000", "adjustflag": "3"},
    **{"turn": "0.1", "tradestatus": "1", "pctChg": "2.000000", "peTTM": "", "isST": "0"},
}
OTHERS = [GOOD | {"code": f"sz.{digits:06d}"} for digits in range(1, 12)]
SUSPENDED = {
    "open": "10.0000",
    "high": "10.0000",
    "low": "10.0000",
    "close": "10.0000",
    "tradestatus": "0",
    "pctChg": "",
}


def read_rows(rows, names=NAMES):
    return decode(whole_day([list(row.values()) for row in rows], names))


def decode(raw):
    return baostock.decode(raw, DAY, "A shares", NOW)


def among(**changes):
    """That row, read among good ones; None when it is not read."""
    answer = read_rows([*OTHERS, GOOD | changes])
    found = {row["symbol"]: row for row in answer.lines.to_pylist()}.get("600519.SS")
    assert (answer.outcome, len(answer.unread)) == ("ok", found is None)
    return found


def test_a_row_is_as_printed_with_the_exchanges_reference_price():
    found = among()
    assert [found[name] for name in ("open", "high", "low", "close", "previous_close")] == [10.0, 10.5, 9.9, 10.2, 10.0]
    assert (found["volume"], found["turnover"], found["is_st"]) == (1_000_000, 10_150_000.5, False)
    assert (found["state"], found["previous_basis"], found["doubt"]) == ("traded", "adjusted", None)
    assert among(isST="1")["is_st"] is True
    assert among(isST="")["is_st"] is None


@pytest.mark.parametrize("nothing", [{"volume": "", "amount": ""}, {"volume": "0", "amount": "0.0000"}])
def test_a_suspended_share_keeps_its_price_and_has_dealt_in_nothing(nothing):
    found = among(**SUSPENDED, **nothing)
    assert (found["state"], found["close"], found["volume"], found["turnover"]) == ("suspended", 10.0, 0, 0.0)
    assert (found["open"], found["high"], found["low"]) == (None, None, None)


def test_a_share_that_nobody_dealt_in_is_no_suspended_one():
    assert among(**SUSPENDED | {"tradestatus": "1"}, volume="0", amount="0")["state"] == "no trade"


@pytest.mark.parametrize(
    "changes",
    [
        {"close": ""},
        {"open": "", "high": "", "low": "", "close": ""},
        {"close": "-10.2"},
        {"close": "NaN"},
        {"close": "1e3"},
        {"close": "0.0000"},
        {"close": "10000000"},
        {"close": "١٠"},
        {"volume": "-1"},
        {"volume": "1.5"},
        {"volume": "9" * 14},
        {"amount": ""},
        {"high": "9.8000"},
        {"tradestatus": "0"},
        {"tradestatus": "2"},
        {"adjustflag": "2"},
        {"code": "600519.SS"},
        {"code": "sh.60051"},
        {"date": "2022-05-17"},
        {"volume": "0", "amount": "0"},
    ],
)
def test_a_row_that_cannot_be_is_not_read(changes):
    assert among(**changes) is None


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        ({"close": "10.6000", "pctChg": "6.0"}, "open or close outside the range"),
        ({"open": "9.8000"}, "open or close outside the range"),
        ({"amount": "11150000.0000"}, "turnover and shares outside the range"),
        ({"pctChg": "2.01"}, "a change that the closes do not show"),
        ({"pctChg": ""}, "a change that the closes do not show"),
    ],
)
def test_what_contradicts_itself_is_given_with_a_doubt(changes, doubt):
    assert among(**changes)["doubt"] == doubt


def test_columns_are_found_by_their_names():
    order = [*reversed(NAMES.split(","))]
    again = read_rows([{name: row[name] for name in order} for row in [*OTHERS, GOOD]], ", ".join(order))
    assert again.lines.equals(read_rows([*OTHERS, GOOD]).lines)


@pytest.mark.parametrize(
    ("raw", "outcome"),
    [
        (whole_day([]), "no data"),
        (whole_day([["2022-05-18"]], "date"), "unknown shape"),
        (whole_day([list(GOOD.values())], NAMES.replace("turn", "close")), "unknown shape"),
        (whole_day([list(GOOD.values())[:-1]]), "unknown shape"),
        (whole_day([[None] * 15]), "unknown shape"),
        (whole_day(["2022-05-18", 3, {"date": "2022-05-18"}]), "unknown shape"),
        (fake_baostock.frame("99", "0", "success", "m", "u", "[1", NAMES, packed=True), "unknown shape"),
        (fake_baostock.frame("99", "0", "success", "m", "u", '{"records":[]}', NAMES, packed=True), "unknown shape"),
        (fake_baostock.frame("99", "0", packed=True), "unknown shape"),
        (fake_baostock.frame("34", "0", "success", "m", "u", "", NAMES), "unknown shape"),
        (fake_baostock.frame("04", "10001011", "黑名单用户"), "banned"),
        (fake_baostock.frame("04", "0", "success"), "unknown shape"),
        (b"", "transient"),
        (END, "transient"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "transient"),
    ],
)
def test_another_answer_is_told_by_what_it_says(raw, outcome):
    answer = decode(raw)
    assert (answer.outcome, len(answer.lines), bool(answer.detail), answer.raw) == (outcome, 0, True, raw)


def test_rows_whose_columns_are_exchanged_are_none():
    swapped = [row | {"volume": row["amount"].partition(".")[0], "amount": row["volume"]} for row in OTHERS]
    assert read_rows(swapped).outcome == "unknown shape"
    upside_down = [row | {"high": row["low"], "low": row["high"]} for row in OTHERS]
    assert read_rows(upside_down).outcome == "unknown shape"


def test_a_request_has_a_head_its_length_in_characters_and_a_checksum():
    body = "login\1anonymous\x01123456\x010"
    text = f"00.9.40\x0100\x01{len(body):010d}{body}"
    assert frame("00", "login", "anonymous", "123456", "0") == f"{text}\1{zlib.crc32(text.encode())}\n".encode()


def test_the_length_of_a_text_counts_characters_and_that_of_a_compressed_one_bytes():
    message = read(fake_baostock.frame("04", "10001011", "黑名单用户"))
    assert (message.kind, message.fields) == ("04", ("10001011", "黑名单用户"))
    assert read(fake_baostock.frame("99", "0", "成功", packed=True)).fields == ("0", "成功")
    with pytest.raises(WireError, match="18 characters of 99"):
        read(fake_baostock.frame("03", "0", "short", length=99))


def test_an_answer_that_unpacks_without_end_is_not_unpacked():
    bomb = zlib.compress(b"0" * (LARGEST_BODY + 1), 9)
    with pytest.raises(WireError, match=f"more than {LARGEST_BODY} bytes"):
        read(f"00.9.00\x0199\x01{len(bomb):010d}".encode() + bomb + END)


def told(talk, seconds=10):
    """What comes of one question to a server that talks like that."""
    with tcp_server(talk) as address:
        host, _, port = address.rpartition(":")
        try:
            with Conversation(host, int(port), seconds) as line:
                return line.ask("00", "login")
        except WireError as problem:
            return problem


def test_an_end_mark_by_chance_within_what_is_compressed_ends_nothing():
    data = zlib.compress(b"0\1ok", 0)
    data = data[:7] + END + data[7:]  # no good zlib: the length alone must keep it together
    sent = b"00.9.00\x0199\x01%010d" % len(data) + data + END

    def talk(handler):
        handler.wfile.write(sent[: 21 + 7 + len(END)])
        handler.wfile.flush()
        handler.wfile.write(sent[21 + 7 + len(END) :])

    assert "damaged answer" in str(told(talk))


def test_no_server_keeps_it_waiting():
    stopped = threading.Event()

    def drip(handler):
        handler.wfile.write(b"00.9.00\x0101\x010000000043")
        while not stopped.wait(0.02):
            handler.wfile.write(b"x")

    def silent(handler):
        handler.rfile.read()

    assert [told(talk, seconds=0.4).outcome for talk in (drip, silent)] == ["transient", "transient"]
    stopped.set()


def test_an_answer_without_end_is_given_up():
    def endless(handler):
        handler.wfile.write(b"00.9.00\x0101\x010000000043")
        while True:
            handler.wfile.write(b"0" * 2**16)

    problem = told(endless, seconds=20)
    assert (problem.outcome, f"more than {LARGEST_FRAME} bytes" in str(problem)) == ("unknown shape", True)


@pytest.mark.parametrize("host", ["127.0.0.1", "no such host", "a..b", "\0"])
def test_a_server_that_is_not_there_is_a_passing_failure(host):
    with pytest.raises(WireError) as failed:
        Conversation(host, 9, 0.4)
    assert failed.value.outcome == "transient"


def test_the_connection_is_hung_up_whatever_happens():
    heard, hung_up = [], threading.Event()

    def talk(handler):
        handler.wfile.write(b"<html>no frame at all, but a page</html>")
        heard.append(handler.rfile.read())  # to the end of the stream: the other side has hung up
        hung_up.set()

    assert told(talk).outcome == "transient"
    assert hung_up.wait(10)
    assert heard == [frame("00", "login")]


def test_a_setting_that_is_no_address_is_refused(home, monkeypatch):
    from tasks.sources.registry import official_named
    from warehouse.errors import UsageError
    from warehouse.settings import load_settings

    monkeypatch.setenv("AFTERCLOSE_TERMS_ACCEPTED", "baostock")
    for text in ("127.0.0.1", "127.0.0.1:x", ":10030", "127.0.0.1:99999", "http://127.0.0.1"):
        monkeypatch.setenv("AFTERCLOSE_BAOSTOCK_ADDRESS", text)
        with pytest.raises(UsageError, match=r"^AFTERCLOSE_BAOSTOCK_ADDRESS is not valid: .*HOST:PORT"):
            official_named("baostock").make(load_settings(), CN)


def test_a_conversation_ends_in_its_time_however_many_questions(monkeypatch):
    with tcp_server(lambda handler: [handler.wfile.write(fake_baostock.frame("01", "0")) for _ in handler.rfile]) as at:
        host, _, port = at.rpartition(":")
        with Conversation(host, int(port), 5.0) as line:
            assert line.ask("00", "login").fields == ("0",)
            monkeypatch.setattr("time.monotonic", lambda: float(2**40))
            with pytest.raises(WireError, match="no time left"):
                line.ask("00", "login")
