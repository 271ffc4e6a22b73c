"""What a run leaves of itself: who wrote and for what, when, what was asked, and what that changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa

from tasks.plan import Window
from tasks.sources.registry import LOCAL
from warehouse.bars.answers import Answer, Heard, Request, heard
from warehouse.errors import AftercloseError
from warehouse.frames import together
from warehouse.lake.lake import Lake
from warehouse.lake.schema import ACTIONS, ANSWERS, DECISIONS, RUNS
from warehouse.lake.versions import next_instant


@dataclass(frozen=True)
class Run:
    """Who is writing, and for what; the scope 'index' asked for indices alone, and owes no member."""

    run_id: str
    flow: str
    source: str
    started_at: datetime
    window: Window
    requests: Sequence[Request]
    scope: str = "members"


@dataclass(frozen=True)
class Stored:
    """What a commit changed."""

    new_rows: int
    restated_rows: int
    held_rows: int

    def __add__(self, other: "Stored") -> "Stored":
        """What two commits changed together."""
        return Stored(*map(sum, zip(astuple(self), astuple(other), strict=True)))


NOTHING = Stored(0, 0, 0)


def commit_instant(lake: Lake, market_code: str, now: datetime, versions: Iterable[pd.DataFrame] = ()) -> datetime:
    """The instant of the next commit: `now`, or just after a run, decision or own event where the clock went back.

    It is after those of the `versions` that it may close, too: a run that died between its commits has left versions,
    and no record of itself, as whoever takes in `actions.csv` leaves none. Raises `AftercloseError` where the clock is
    further ahead than the lake may have rested: all that came after a commit of 2099 would be dated 2099.
    """
    ended = lake.read_what_is_left(RUNS, market_code)["ended_at"]
    decided = lake.read_what_is_left(DECISIONS, market_code)["decided_at"]
    events = lake.read_what_is_left(ACTIONS, market_code)
    given = events[events["source"] == LOCAL]
    said = [ended, decided, given["known_from"], given["known_to"]]
    before = pd.DataFrame({"known_from": pd.concat(said, ignore_index=True)})
    if lake.rest and now - lake.rest > before["known_from"].max():
        raise AftercloseError(
            f"the clock says {now:%Y-%m-%d}, years after the last run and decision of {market_code}: set the clock, or "
            "say AFTERCLOSE_LONG_REST=true"
        )
    return next_instant(now, together(before, *(rows[["known_from"]] for rows in versions)))


def record_failure(lake: Lake, run: Run, answers: Sequence[Answer | Heard], now: datetime, detail: str) -> None:
    """Keep what was asked and that nothing came of it; the caller holds the lake's lock."""
    now = commit_instant(lake, run.window.market.code, now)
    lake.commit(record(lake, run, answers, {}, NOTHING, now, "failed", detail))


def record(
    lake: Lake,
    run: Run,
    answers: Sequence[Answer | Heard],
    named: Mapping[str, str],
    stored: Stored,
    now: datetime,
    state: str,
    detail: str | None,
) -> dict[Path, pa.Table]:
    """What was asked, and the run itself."""
    ran = {
        "run_id": run.run_id,
        "flow": run.flow,
        "started_on": run.started_at.date(),
        "started_at": run.started_at,
        "ended_at": now,
        "first_date": run.window.first,
        "last_date": run.window.last,
        "state": state,
        "source": run.source,
        "requests": len(run.requests),
        "detail": detail,
        "scope": run.scope,
    }
    first = {request.symbol: request.first for request in run.requests}
    slim = [answer if isinstance(answer, Heard) else heard(answer) for answer in answers]
    asked = [_asked(run, answer, first[answer.symbol], named.get(answer.symbol)) for answer in slim]
    tables: dict[Path, pa.Table] = {}
    for dataset, rows in ((ANSWERS, asked), (RUNS, [ran | vars(stored)])):
        new = pd.DataFrame(rows, columns=dataset.schema.names)
        tables |= lake.with_more(dataset, run.window.market.code, new)
    return tables


def _asked(run: Run, answer: Heard, first: object, events: str | None) -> dict[str, object]:
    """A row of the dataset of answers."""
    asked = {"asked_on": run.window.market.today(answer.asked_at), "first_date": first, "last_date": run.window.last}
    return {"run_id": run.run_id, **vars(answer), **asked, "events": events}
