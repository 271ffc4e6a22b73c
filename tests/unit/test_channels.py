"""Channels are told by their kind, take what fits, and give nothing away."""

from threading import Event

import pytest

from tasks.channels import channels_of
from tests.loopback import http_server, send
from warehouse.errors import UsageError
from warehouse.settings import load_settings
from warehouse.wording.digest import Message

TELEGRAM = "tgram://123456789:abcdefg_hijklmnop/12315544/"
LONG = Message("t", "x" * 5000)


@pytest.fixture
def channels(home, monkeypatch):
    def of(urls):
        monkeypatch.setenv("AFTERCLOSE_DIGEST_URLS", urls)
        return channels_of(load_settings())

    return of


def test_several_addresses_are_several_channels_with_names_that_give_nothing_away(channels):
    found = channels(f"{TELEGRAM} json://user:password@127.0.0.1:1/hook\nmailto://me:secret@example.com")
    assert [channel.name.partition("-")[0] for channel in found] == ["tgram", "json", "mailto"]
    shown = repr(found) + repr(load_settings())
    assert not any(secret in shown for secret in ("abcdefg", "password", "secret@", "hook"))


def test_a_channel_takes_what_its_kind_takes(channels):
    telegram, wecom, mail = channels(f"{TELEGRAM} wecombot://botkey12345 mailto://me:secret@example.com")
    assert (telegram.fits(LONG), mail.fits(LONG)) == (False, True)
    chinese = Message("收市", "升" * 700)  # three bytes each
    assert (wecom.fits(chinese), telegram.fits(chinese)) == (False, True)


@pytest.mark.parametrize(
    ("urls", "said"),
    [
        ("nosuch://token12345/x", "address 1 (nosuch://***) is none that apprise knows"),
        (f"{TELEGRAM} slack://onlytoken", "address 2 (slack://***) is none that apprise knows"),
        ("hello", "address 1 (?://***) is none that apprise knows"),
    ],
)
def test_an_address_that_is_none_is_refused_by_its_place(channels, urls, said):
    with pytest.raises(UsageError, match="AFTERCLOSE_DIGEST_URLS is not valid: ") as refused:
        channels(urls)
    assert str(refused.value).endswith(said)


def test_what_a_channel_says_when_it_refuses_is_told_without_the_address(channels, caplog):
    with http_server(lambda handler: send(handler, b"", 403)) as url:
        (channel,) = channels(url.replace("http://", "json://me:my-password@") + "/my-token?key=another")
        refusal = channel.take(Message("t", "x"), None)
    assert "error=403" in refusal
    assert caplog.text == ""
    (gone,) = channels("json://127.0.0.1:1/my-token")
    refusal = gone.take(Message("t", "x"), None)
    assert refusal
    assert "my-token" not in refusal


def test_a_channel_that_leads_elsewhere_has_not_taken_the_message(channels):
    asked = []

    def answer(handler):
        asked.append((handler.command, handler.path))
        if handler.command == "GET":  # as requests asks at the new place: without the message
            return send(handler, b"Please sign in", 200)
        handler.rfile.read(int(handler.headers["Content-Length"]))
        handler.send_response(302)
        handler.send_header("Location", "/sign-in")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with http_server(answer) as url:
        (channel,) = channels(url.replace("http://", "json://") + "/hook")
        refusal = channel.take(Message("t", "x"), None)
    assert asked == [("POST", "/hook")]
    assert "error=302" in refusal


def test_a_channel_is_given_half_a_minute_unless_its_address_says_otherwise(channels):
    given_up = Event()

    def answer(handler):
        handler.rfile.read(int(handler.headers["Content-Length"]))
        given_up.wait()
        send(handler, b"", 200)

    with http_server(answer) as url:
        address = url.replace("http://", "json://")
        patient, hasty = channels(f"{address}/hook {address}/hook?rto=0.2")
        assert patient.plugin.request_timeout == (30.0, 30.0)  # as apprise hands it to requests: to connect, to read
        assert "Connection error" in hasty.take(Message("t", "x"), None)
        given_up.set()
