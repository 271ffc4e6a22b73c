"""Asking one host: every wait and every answer has an end, and none leads to another host."""

import gzip
import os
import threading

import pytest

from tasks.web import Host
from tests.loopback import http_server, send
from warehouse.plain import without_password

LARGEST = 100_000
BOMB = gzip.compress(b"0" * 100 * LARGEST)


@pytest.fixture
def stopped():
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def host(stopped):
    def answer(handler):
        asked.append((handler.path, handler.headers["User-Agent"], handler.headers["Cookie"]))
        pages[handler.path](handler)

    def drip(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        while not stopped.wait(0.02):
            handler.wfile.write(b"x")
            handler.wfile.flush()

    def endless(handler):
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        while not stopped.is_set():
            handler.wfile.write(b"x" * 2**16)

    def reset(handler):
        handler.close_connection = True
        handler.connection.close()

    def packed(handler):
        send(handler, BOMB, headers=[("Content-Encoding", "gzip")])

    def sent_on(to):
        return lambda handler: send(handler, b"", 302, [("Location", to)])

    asked = []
    pages = {
        "/ok": lambda handler: send(handler, b"hello", headers=[("Set-Cookie", "a=b")]),
        "/gzip": lambda handler: send(handler, gzip.compress(b"hello"), headers=[("Content-Encoding", "gzip")]),
        "/404": lambda handler: send(handler, b"no", 404),
        "/cut": lambda handler: send(handler, b"hello", promised=500),
        "/random": lambda handler: send(handler, os.urandom(50_000)),
        "/bomb": packed,
        "/hang": lambda handler: stopped.wait(30),
        "/drip": drip,
        "/endless": endless,
        "/reset": reset,
        "/on": sent_on("/ok"),
        "/loop": sent_on("/loop"),
        "/away": sent_on("http://localhost:9/ok"),
        "/file": sent_on("file:///etc/passwd"),
        "/nowhere": sent_on("http://[half"),
    }
    with http_server(answer) as url:
        host = Host(url + "/", 2.0, LARGEST)
        host.asked, host.url = asked, url
        yield host


def test_a_whole_answer_has_status_headers_and_body(host):
    reply = host.get("/ok")
    assert (reply.status, reply.body, reply.fault) == (200, b"hello", None)
    assert reply.headers["content-length"] == "5"
    assert host.get("/gzip").body == b"hello"
    assert (host.get("/404").status, host.get("/404").fault) == (404, None)


def test_it_says_who_asks_and_keeps_no_cookie(host):
    host.get("/ok")
    host.get("/ok")
    assert {(agent.partition("/")[0], cookie) for _, agent, cookie in host.asked} == {("Afterclose", None)}


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/cut", "cut"),
        ("/reset", "unreachable"),
        ("/hang", "late"),
        ("/drip", "late"),
        ("/endless", "too long"),
        ("/bomb", "too long"),
        ("/loop", "elsewhere"),
        ("/away", "elsewhere"),
        ("/file", "elsewhere"),
        ("/nowhere", "elsewhere"),
    ],
)
def test_what_goes_wrong_is_said_in_a_word_and_a_line(host, path, fault):
    reply = host.get(path)
    assert reply.fault == fault
    assert reply.detail
    assert len(reply.body) <= LARGEST


def test_a_host_that_is_not_there_is_unreachable():
    assert Host("http://127.0.0.1:9", 0.4, 10).get("/").fault == "unreachable"
    assert Host("http://[half", 0.4, 10).get("/").fault == "unreachable"


def test_it_is_sent_on_within_its_own_host_alone(host):
    assert host.get("/on").body == b"hello"
    assert [path for path, _, _ in host.asked] == ["/on", "/ok"]


def test_reading_stops_where_there_is_enough(host):
    reply = host.get("/endless", until=lambda body, begin: len(body) > 20_000)
    assert (reply.status, reply.fault) == (200, None)
    assert 20_000 < len(reply.body) < LARGEST


def test_until_is_told_where_each_piece_begins(host):
    begins, lengths = [], []
    reply = host.get("/random", until=lambda body, begin: begins.append(begin) or lengths.append(len(body)))
    assert (reply.fault, lengths[-1]) == (None, 50_000)
    assert begins == [0, *lengths[:-1]]


def test_a_password_is_in_no_address_and_no_detail():
    host = Host("http://me:secret@127.0.0.1:9/base/", 0.4, 10)
    assert host.address == "http://127.0.0.1:9/base"
    assert "secret" not in host.get("/").detail
    assert without_password("https://127.0.0.1/x?y=1") == "https://127.0.0.1/x?y=1"
