"""The evening as a message: the sending of what is due.

An intent is committed before a message goes out and becomes its receipt after; a run that dies in between leaves the
intent, and the next one sends that message again with the same id.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from tasks.channels import channels_of
from tasks.messages import FRESH, Due, messages_due, page_for
from tasks.receipts import keep_receipts, read_receipts
from warehouse.errors import AftercloseError
from warehouse.facts.market import Facts
from warehouse.facts.opening import load_facts
from warehouse.lake.lake import Lake
from warehouse.lake.lock import locked
from warehouse.lake.opening import open_lake
from warehouse.settings import Settings
from warehouse.wording.digest import Message
from warehouse.wording.digest_words import WORDS

LOG = logging.getLogger("afterclose")


@dataclass(frozen=True)
class Sent:
    """What became of a message: why the channel did not take it, None if it did."""

    channel: str
    title: str
    refusal: str | None

    def __str__(self) -> str:
        """In one line."""
        return f"digest to {self.channel}: {self.title}: " + (f"not taken ({self.refusal})" if self.refusal else "sent")


def send_digest(settings: Settings, say: Callable[[int, str], object] = LOG.log) -> None:
    """Send what is due to every channel, and `say` what became of it (level, line).

    Whatever fails is a warning: the evening is stored and published.
    """
    if not settings.digest_urls.get_secret_value():
        return
    try:
        for sent in send_due(settings, load_facts(settings)):
            say(logging.WARNING if sent.refusal else logging.INFO, str(sent))
    except Exception as problem:  # no message is worth a night
        told = str(problem) if isinstance(problem, AftercloseError) else f"{type(problem).__name__}: {problem}"
        say(logging.WARNING, f"digest: {told}")


def send_due(settings: Settings, facts: Facts, only: date | None = None) -> "Iterator[Sent]":
    """Send what is due and tell of each message what became of it.

    With `only` it is the session of that day, however old. One process sends at a time: two would send the same.
    """
    lake, now = open_lake(settings), settings.clock()
    channels = channels_of(settings)
    folder = settings.home.expanduser() / "digest"
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder, settings.lock_wait, "digest"):
        receipts = read_receipts(lake, facts, now)
        for channel in channels:
            for rows in receipts.under_way(channel.name):
                is_wanted = only in [row.trade_date for row in rows] if only else now - rows[0].at <= FRESH
                if is_wanted:
                    message = Message(rows[0].title, rows[0].text)
                    is_attached = WORDS[settings.language]["attached"] in message.text.split("\n")
                    page = page_for(settings, channel, [row.trade_date for row in rows]) if is_attached else None
                    yield _send(settings, facts, lake, Due(channel, rows, message, page))
        receipts = read_receipts(lake, facts, now)
        for due in messages_due(settings, receipts, channels, only):
            keep_receipts(lake, facts, settings, due.receipts)
            yield _send(settings, facts, lake, due)


def _send(settings: Settings, facts: Facts, lake: Lake, due: Due) -> Sent:
    """Send a message whose intent is kept, keep the receipt, and tell what became of it."""
    refusal = due.channel.take(due.message, due.page)
    keep_receipts(lake, facts, settings, [row.ended(settings.clock(), refusal) for row in due.receipts])
    return Sent(due.channel.name, due.message.title, refusal)
