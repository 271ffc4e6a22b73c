"""What a run has to do: one window of one market, and where its pieces are judged."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from tasks.collect import Terms
from tasks.pieces import Piece
from tasks.plan import Window
from tasks.runs import Run
from tasks.sources import FillSource, Source
from tasks.sources.registry import make_fill_sources, make_source
from warehouse.bars.answers import Request
from warehouse.facts.market import Facts
from warehouse.lake.lake import Lake
from warehouse.lake.opening import open_lake
from warehouse.settings import Settings

Result = TypeVar("Result")
Step = Callable[[str, Callable[[], Any]], Any]
Log = logging.Logger | logging.LoggerAdapter[Any]


def call(_: str, function: Callable[[], Result]) -> Result:
    """The plain step: do it."""
    return function()


@dataclass(frozen=True)
class Spread:
    """Where pieces are judged: `hand_over(name, function)` gives what waits for the function's result.

    At most `ahead` pieces are under way while more is fetched.
    """

    hand_over: Callable[[str, Callable[[], Piece]], Callable[[], Piece]]
    ahead: int


def here(step: Step) -> Spread:
    """Where nothing else is said: in this process, a step a piece, one after the other."""

    def hand_over(name: str, function: Callable[[], Piece]) -> Callable[[], Piece]:
        piece: Piece = step(name, function)
        return lambda: piece

    return Spread(hand_over, 0)


@dataclass(frozen=True)
class Job:
    """One window of one market to be filled: what to ask, of whom, and the lake that it goes into.

    `answers_for` are the first and last day that decide how the run ends. With `staging` the answers are kept there
    until all is committed. `fillers` are asked in turn for what the source lacks.
    """

    flow: str
    window: Window
    requests: Sequence[Request]
    answers_for: tuple[date, date]
    facts: Facts
    settings: Settings
    lake: Lake
    source: Source
    fillers: Sequence[FillSource]
    run_id: str
    started_at: datetime
    staging: Path | None = None
    scope: str = "members"

    @property
    def terms(self) -> Terms:
        """What the answers are judged by."""
        rates = self.facts.tables["currency_rates.csv"]
        return Terms(self.window, self.started_at, self.settings.settling_time, self.source.name, rates)

    @property
    def run(self) -> Run:
        """Who is writing."""
        return Run(self.run_id, self.flow, self.source.name, self.started_at, self.window, self.requests, self.scope)


def new_job(
    flow: str,
    window: Window,
    requests: Sequence[Request],
    answers_for: tuple[date, date],
    facts: Facts,
    settings: Settings,
    staging: Path | None = None,
    scope: str = "members",
) -> Job:
    """A job that begins now and asks the vendors that the settings name; raises `UsageError` for one that is none."""
    source = make_source(settings, window.market)
    fillers = make_fill_sources(settings, window.market, source)
    lake, run_id, now = open_lake(settings), uuid4().hex[:12], settings.clock()
    return Job(flow, window, requests, answers_for, facts, settings, lake, source, fillers, run_id, now, staging, scope)
