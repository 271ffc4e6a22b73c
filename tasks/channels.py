"""Where a message goes: each address of AFTERCLOSE_DIGEST_URLS is a channel, by the library apprise."""

import hashlib
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import apprise
from apprise.utils.parse import parse_urls

from warehouse.errors import UsageError
from warehouse.plain import plain
from warehouse.settings import PREFIX, Settings
from warehouse.wording.digest import Message

# Bytes that a channel takes where apprise, which counts characters, knows a larger room or none:
# https://developer.work.weixin.qq.com/document/path/91770 (a group's robot; general knowledge, not tried live).
BYTES = {"wecombot": 2048}
PATIENCE = 30.0  # seconds: who gives up on a slow channel sends it again what it has taken; ?rto= says otherwise
SECRET = 4  # a piece of an address of so many characters is never repeated


@dataclass(frozen=True)
class Channel:
    """One address: `name` tells it from others and gives nothing away; whether it takes a page beside the text."""

    name: str
    takes_pages: bool
    plugin: Any = field(repr=False)
    address: str = field(repr=False)

    def fits(self, message: Message) -> bool:
        """Whether the channel takes a message of that length in one piece."""
        kind = self.name.partition("-")[0]
        return len(message) <= self.plugin.body_maxlen and message.size <= BYTES.get(kind, message.size)

    def take(self, message: Message, page: Path | None) -> str | None:
        """Hand a message over, with a page where one is given: why the channel did not take it, None if it did."""
        courier = apprise.Apprise(asset=_asset())
        courier.add(self.plugin)
        with _overheard() as said:
            try:
                taken = courier.notify(
                    title=message.title,
                    body=message.text,
                    body_format=apprise.NotifyFormat.TEXT,
                    attach=str(page) if page else None,
                )
            except Exception as problem:  # whatever a plugin of somebody else's does, it is the channel that failed
                return f"{type(problem).__name__}: {self._masked(str(problem))}"
        return None if taken else self._masked("; ".join(said)) or "it did not take the message"

    def _masked(self, text: str) -> str:
        """The text without any piece of the address, which may be a token."""
        _, _, rest = self.address.partition("://")
        for piece in sorted({*re.split(r"[/:@?&=,#]+", rest), *re.split(r"[/:@?&=,#]+", unquote(rest))}, key=len)[::-1]:
            if len(piece) >= SECRET:
                text = text.replace(piece, "***")
        return plain(text)


def channels_of(settings: Settings) -> list[Channel]:
    """The channels of the settings; raises `UsageError` for an address that apprise does not know, by its place."""
    found: dict[str, Channel] = {}
    for place, address in enumerate(_addresses(settings), start=1):
        with _overheard():
            plugin = apprise.Apprise.instantiate(address, asset=_asset())
        kind, is_address, _ = address.lower().partition("://")
        if plugin is None:
            kind = kind if is_address and kind.isalnum() else "?"
            raise UsageError(
                f"{PREFIX}DIGEST_URLS is not valid: address {place} ({kind}://***) is none that apprise knows"
            )
        _wait_for(plugin)
        name = f"{kind}-{hashlib.sha256(address.encode()).hexdigest()[:8]}"
        found[name] = Channel(name, bool(plugin.attachment_support), plugin, address)
    return list(found.values())


def _wait_for(plugin: Any) -> None:
    """Give a channel time to answer, unless its address says how much; of e-mail that is the whole conversation."""
    for name in ("socket_read_timeout", "socket_connect_timeout"):
        if (given := getattr(plugin, name)) == getattr(type(plugin), name):
            setattr(plugin, name, max(given, PATIENCE))


def _addresses(settings: Settings) -> list[str]:
    """Several are told apart as apprise does it: by blanks, line ends or commas before the next kind://."""
    return list(parse_urls(settings.digest_urls.get_secret_value()))  # type: ignore[no-untyped-call]  # apprise has no types here


def _asset() -> Any:
    """How we show ourselves to a channel: by our name, without pictures from elsewhere.

    A redirection is a refusal, unless the address says ?redirect=yes: what is asked for there is asked for without the
    message, and an answer to that is no receipt.
    """
    return apprise.AppriseAsset(
        app_id="Afterclose",
        app_desc="Afterclose",
        app_url="",
        image_url_mask=None,
        image_url_logo=None,
        http_redirects=False,
    )


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """What apprise warns of meanwhile; it reaches no log, for it may repeat an address."""
    said: list[str] = []
    listener = logging.Handler(logging.WARNING)
    listener.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]  # of one use
    theirs = logging.getLogger("apprise")
    propagates = theirs.propagate
    theirs.addHandler(listener)
    theirs.propagate = False
    try:
        yield said
    finally:
        theirs.propagate = propagates
        theirs.removeHandler(listener)
