"""What is due to which channel, as messages: by what was said and what was sent.

The unit is (market, session, channel). Due are the sessions that were final within 36 hours and that the channel has
taken no message of, those of which a printed figure is another one since, and the rows of alerts that it was not told.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb

from tasks.alerts import MORE, ROWS, Alert, ask_alerts
from tasks.channels import Channel
from tasks.publish import page_path
from tasks.receipts import EVENING, INTENDED, Receipt, Receipts
from warehouse.errors import AftercloseError
from warehouse.settings import Settings, names_in
from warehouse.sql.database import ask, open_read_only
from warehouse.wording import digest as wording
from warehouse.wording.digest import Change, Message
from warehouse.wording.digest_words import WORDS
from warehouse.wording.printed import Figures, differs, printed

FRESH = timedelta(hours=36)  # how long after it was final a session is news
Row = dict[str, Any]
Session = tuple[str, date]


@dataclass(frozen=True)
class Due:
    """What is to go to a channel in one message: the receipts that it will have, the words at a length, its page."""

    channel: Channel
    receipts: list[Receipt]
    message: Message
    page: Path | None


@dataclass(frozen=True)
class _Told:
    """A judged session: when it was final (None: it was found to be none), when anything of it was last said, its rows
    and the figures they print.
    """

    final_at: datetime | None
    said_at: datetime
    rows: list[Row]
    figures: Figures


def messages_due(
    settings: Settings, receipts: Receipts, channels: Sequence[Channel], only: date | None = None
) -> list[Due]:
    """The messages that are due to the channels, the oldest evening first; nothing is sent."""
    now = settings.clock()
    with open_read_only(settings.database_path) as connection:
        told = _sessions(connection, settings, receipts, only)
    fresh = [key for key, session in told.items() if session.final_at and (only or _is_fresh(session.final_at, now))]
    # On a connection of their own and alone: its bounds would be those of every other in this process.
    found = list(ask_alerts(settings.alerts_path, settings.database_path, fresh)) if only is None else []
    due = []
    with open_read_only(settings.database_path) as connection:
        for channel in channels:
            sender = _Sender(settings, connection, channel, receipts, told, now)
            due += [*sender.evenings(fresh), *sender.changes(), *sender.alerts(found)]
    return due


def evening_message(settings: Settings, day: date, fits: Callable[[Message], bool] = lambda _: True) -> Message:
    """The message of a date, as long as fits; raises `AftercloseError` where neither market has a judged session."""
    with open_read_only(settings.database_path) as connection:
        judged = _rows(connection, settings, day, None)
    rows = [row for row in judged if row["session_state"] != "closed"]
    if not rows:
        unjudged = f"no session of {day} is judged: run `afterclose nightly --date {day}` first"
        raise AftercloseError(f"{day} was no session: nothing is told of it" if judged else unjudged)
    return wording.evening(rows, settings.language, _ends(settings, [day], None, None), fits)


def page_for(settings: Settings, channel: Channel, days: Sequence[date]) -> Path | None:
    """The page that goes with a message of one day, where the channel takes one, nothing links to it, and all official
    figures on it may leave this machine.
    """
    path = page_path(settings, days[0])
    if len(set(days)) != 1 or not channel.takes_pages or settings.pages_url or not path.exists():
        return None
    with open_read_only(settings.database_path) as connection:
        shown = {row["source"] for row in ask(connection, "official_sources", day=days[0])}
    return path if shown <= set(names_in(settings.share)) else None


@dataclass(frozen=True)
class _Sender:
    """Finds what is due to one channel."""

    settings: Settings
    connection: duckdb.DuckDBPyConnection
    channel: Channel
    receipts: Receipts
    told: dict[Session, _Told]
    now: datetime

    def evenings(self, fresh: Sequence[Session]) -> Iterator[Due]:
        """A message a date of which the channel has taken none."""
        new = [key for key in fresh if not self._last(key)]
        for day, keys in groupby(sorted(new, key=lambda key: key[1]), key=lambda key: key[1]):
            some = list(keys)
            rows = [row for key in self.told for row in self.told[key].rows if key in some]
            page = page_for(self.settings, self.channel, [day])
            name = uuid4().hex[:12]
            ends = _ends(self.settings, [day], page, name)
            message = wording.evening(rows, self.settings.language, ends, self.channel.fits)
            yield Due(self.channel, [self._intent(key, name, message) for key in some], message, page)

    def changes(self) -> Iterator[Due]:
        """One message of all that is another figure now than the channel was told."""
        changed = {}
        for key, session in self.told.items():
            last = self._last(key)
            if last and last.said_at and session.said_at > last.said_at:
                before = json.loads(last.figures)
                if differs(before, json.loads(json.dumps(session.figures))):
                    given = {"market": key[0], "day": key[1], "since": last.said_at}
                    corrected = ask(self.connection, "digest_corrected", **given)
                    changed[key] = Change(session.rows, before, session.figures, corrected)
        if changed:
            name, days = uuid4().hex[:12], sorted({day for _, day in changed})
            page = page_for(self.settings, self.channel, days)
            ends = _ends(self.settings, days, page, name)
            message = wording.changes(list(changed.values()), self.settings.language, ends, self.channel.fits)
            yield Due(self.channel, [self._intent(key, name, message) for key in changed], message, page)

    def alerts(self, found: Sequence[Alert]) -> Iterator[Due]:
        """One message of the rows that the channel was not told before."""
        new: list[tuple[Alert, list[str]]] = []
        for alert in found:
            told = self.receipts.rows_told(self.channel.name, _subject(alert))
            seen = {row for rows in told.values() for row in rows}
            seen |= {row for other, rows in new if other.name == alert.name for row in rows}
            # Which ones come first may be another matter at each asking.
            left = max(0, ROWS - len(told.get((alert.market, alert.trade_date), ())))
            if rows := [row for row in alert.rows if row not in seen][:left]:
                new.append((alert, rows))
        if not new:
            return
        said: dict[str, list[str]] = {}
        for alert, rows in new:
            said.setdefault(alert.name, []).extend([*rows, MORE] if alert.is_cut else rows)
        name = uuid4().hex[:12]
        message = wording.alerts(said, self.settings.language, [_id(self.settings, name)], self.channel.fits)
        receipts = [
            self._receipt((alert.market, alert.trade_date), _subject(alert), name, message, json.dumps(rows), None)
            for alert, rows in new
        ]
        yield Due(self.channel, receipts, message, None)

    def _last(self, key: Session) -> Receipt | None:
        found = self.receipts.of(self.channel.name, EVENING, *key)
        return found[-1] if found else None

    def _intent(self, key: Session, name: str, message: Message) -> Receipt:
        session = self.told[key]
        return self._receipt(key, EVENING, name, message, json.dumps(session.figures), session.said_at)

    def _receipt(
        self, key: Session, subject: str, name: str, message: Message, figures: str, said_at: datetime | None
    ) -> Receipt:
        number = 1 + len(self.receipts.of(self.channel.name, subject, *key))
        return Receipt(
            *key, self.channel.name, subject, number, name, INTENDED, figures, *(message.title, message.text),
            said_at=said_at, at=self.now,
        )  # fmt: skip


def _sessions(
    connection: duckdb.DuckDBPyConnection, settings: Settings, receipts: Receipts, only: date | None
) -> dict[Session, _Told]:
    """The judged sessions that may be news to somebody: the last ones, and those of which more was said since."""
    now = settings.clock()
    known = receipts.known()
    first = only or min([day for _, day in known] + [(now - FRESH).date() - timedelta(days=1)])
    told = {}
    for session in ask(connection, "digest_due", first=first):
        key = (session["market"], session["trade_date"])
        is_wanted = key[1] == only if only else session["final_at"] and _is_fresh(session["final_at"], now)
        if is_wanted or (only is None and key in known and session["said_at"] > known[key]):
            rows = _rows(connection, settings, key[1], key[0])
            told[key] = _Told(session["final_at"], session["said_at"], rows, printed(rows))
    return told


def _is_fresh(final_at: datetime, now: datetime) -> bool:
    """Whether a session is news. To a clock that was set back one that is still ahead is none."""
    return timedelta(0) <= now - final_at <= FRESH


def _rows(connection: duckdb.DuckDBPyConnection, settings: Settings, day: date, market: str | None) -> list[Row]:
    return ask(connection, "digest", day=day, market=market, shared=names_in(settings.share))


def _ends(settings: Settings, days: Sequence[date], page: Path | None, name: str | None) -> list[str]:
    """The lines at the end: where the page is, and the id of the message."""
    words = WORDS[settings.language]
    ends = []
    if settings.pages_url and len(days) == 1:
        ends.append(words["page"].format(f"{str(settings.pages_url).rstrip('/')}/{days[0]}.html"))
    elif page:
        ends.append(words["attached"])
    return [*ends, *([_id(settings, name)] if name else [])]


def _id(settings: Settings, name: str) -> str:
    return str(WORDS[settings.language]["id"].format(name))


def _subject(alert: Alert) -> str:
    return f"alert {alert.name}"
