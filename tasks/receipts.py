"""What was sent to whom: a row a session, channel and subject in the lake, first as an intent, then as a receipt."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from tasks.replica.writing import writing
from warehouse.facts.market import Facts
from warehouse.frames import is_among, together
from warehouse.lake.lake import Lake
from warehouse.lake.schema import SENT
from warehouse.settings import Settings

EVENING = "evening"
INTENDED, TAKEN, FAILED = "intended", "sent", "failed"
YEARS = 2  # of receipts that are looked at: this one and the one before


@dataclass(frozen=True)
class Receipt:
    """One session in one message to one channel; the columns of the dataset `sent`, with their market."""

    market: str
    trade_date: date
    channel: str
    subject: str
    number: int
    id: str
    state: str
    figures: str
    title: str
    text: str
    said_at: datetime | None
    at: datetime
    detail: str | None = None

    def ended(self, at: datetime, refusal: str | None) -> "Receipt":
        """The receipt of the same message once the channel has taken it, or refused."""
        return replace(self, state=FAILED if refusal else TAKEN, at=at, detail=refusal)


@dataclass(frozen=True)
class Receipts:
    """The receipts of this year and the one before."""

    rows: Sequence[Receipt]

    def of(self, channel: str, subject: str, market: str, day: date) -> list[Receipt]:
        """What was told of a session, oldest first: what the channel took."""
        found = (row for row in self.rows if (row.channel, row.subject) == (channel, subject) and row.state == TAKEN)
        return sorted(
            (row for row in found if (row.market, row.trade_date) == (market, day)), key=lambda row: row.number
        )

    def rows_told(self, channel: str, subject: str) -> dict[tuple[str, date], set[str]]:
        """The rows of an alert that the channel has taken, by session (market, day)."""
        told: dict[tuple[str, date], set[str]] = {}
        for row in self.rows:
            if (row.channel, row.subject) == (channel, subject) and row.state == TAKEN:
                told.setdefault((row.market, row.trade_date), set()).update(json.loads(row.figures))
        return told

    def known(self) -> dict[tuple[str, date], datetime]:
        """The sessions (market, day) that some channel has taken, and up to when what was said of them is known to all
        of these channels.
        """
        last: dict[tuple[str, str, date], datetime] = {}
        for row in self.rows:
            if row.subject == EVENING and row.state == TAKEN and row.said_at:
                key = (row.channel, row.market, row.trade_date)
                last[key] = max(row.said_at, last.get(key, row.said_at))
        found: dict[tuple[str, date], datetime] = {}
        for (_, market, day), said_at in last.items():
            found[market, day] = min(said_at, found.get((market, day), said_at))
        return found

    def under_way(self, channel: str) -> Iterator[list[Receipt]]:
        """The messages of which nobody knows whether the channel took them, each with its sessions."""
        found: dict[str, list[Receipt]] = {}
        for row in self.rows:
            if (row.channel, row.state) == (channel, INTENDED):
                found.setdefault(row.id, []).append(row)
        yield from found.values()


def read_receipts(lake: Lake, facts: Facts, now: datetime) -> Receipts:
    """The receipts of all markets."""
    years = range(now.year - YEARS + 1, now.year + 2)  # the local date may be a year ahead of UTC's
    rows: list[Receipt] = []
    for market in facts.markets:
        frame = lake.read(SENT, market, list(years))
        rows += [Receipt(market, **_plain(row)) for row in frame.to_dict("records")]
    return Receipts(rows)


def keep_receipts(lake: Lake, facts: Facts, settings: Settings, rows: Sequence[Receipt]) -> None:
    """One commit of these rows, each in the place of the one of its key before."""
    key = list(SENT.key)
    with writing(lake, facts, settings, "digest"):
        tables: dict[Path, pa.Table] = {}
        for market in sorted({row.market for row in rows}):
            mine = [asdict(row) for row in rows if row.market == market]
            fresh = pd.DataFrame(mine)[SENT.schema.names]
            kept = lake.read(SENT, market, {day.year for day in fresh["trade_date"]})
            tables |= lake.changes(SENT, market, together(kept[~is_among(kept, fresh, key)], fresh))
        lake.commit(tables)


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    """A row of the lake with what Python calls its values."""
    found: dict[str, Any] = {str(name): None if pd.isna(value) else value for name, value in row.items()}
    instants = {name: found[name].to_pydatetime() for name in ("said_at", "at") if found[name]}
    return found | instants | {"number": int(found["number"])}
