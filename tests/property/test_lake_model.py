"""The lake against a plain dictionary: commits, restatements, withdrawals, crashes at any step, second writers."""

import os
import shutil
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.crash import PowerCutError, die_at
from tests.property.test_commit_crashes import bars
from warehouse.errors import AftercloseError
from warehouse.lake.lake import Lake
from warehouse.lake.schema import STOCKS
from warehouse.lake.versions import merge, next_instant, withdraw

DAYS = [date(2021, 12, 30), date(2021, 12, 31), date(2022, 1, 3)]  # two files
SYMBOLS = ["0001.HK", "0005.HK"]
EVENING = datetime(2022, 5, 17, 9, tzinfo=UTC)
TOLD = st.dictionaries(st.tuples(st.sampled_from(DAYS), st.sampled_from(SYMBOLS)), st.sampled_from([10.0, 20.0, 30.0]))


class AgainstADictionary(RuleBasedStateMachine):
    """`current` holds the close that is believed of a key, `known` every (key, close) that ever was."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.current, self.known, self.minutes, self.asked = {}, [], 0, 0

    def teardown(self):
        shutil.rmtree(self.folder)

    @property
    def lake(self):
        return Lake(self.folder / "lake")

    def tables(self, rows):
        return self.lake.changes(STOCKS, "HK", rows) if len(rows) else {}

    def told(self, closes):
        """All rows after an answer, and the model after it."""
        stored, now = self.lake.read(STOCKS, "HK"), EVENING + timedelta(minutes=self.minutes)
        rows = pd.DataFrame(
            [bars(close, day, symbol) for (day, symbol), close in closes.items()], columns=stored.columns
        )
        # Of two answers the later question counts, so these go on, whatever the clock of a commit does.
        rows = rows.assign(asked_at=pd.Timestamp(EVENING + timedelta(minutes=self.asked)))
        tolerance = {"close": pd.Series(0.001, rows.index)}
        instant = next_instant(now, stored)
        merged = merge(stored, rows, list(STOCKS.key), tolerance, instant, "run", lambda _: 1).rows
        fresh = [(key, close) for key, close in closes.items() if self.current.get(key) != close]
        return merged, self.current | closes, self.known + fresh

    @rule(closes=TOLD, step=st.none() | st.integers(1, 30), moment=st.sampled_from(["before", "after", "within"]))
    def answer(self, closes, step, moment):
        """A vendor's answer is committed; dead at a `step`, the next writer finds all of it or nothing."""
        self.minutes += 1
        self.asked += 1
        if not closes:
            return
        before = self.current, self.known
        with pytest.MonkeyPatch.context() as patched:
            try:
                with self.lake.writing(0, "answer"):
                    merged, *after = self.told(closes)
                    die_at(patched, step or 0, moment)
                    self.lake.commit(self.tables(merged))
                died = False
            except PowerCutError:
                died = True
        if died:
            with self.lake.writing(0, "next"):
                pass
            found = self.found()
            assert found in (before[0], after[0])
            after = after if found == after[0] and self.rows() == len(after[1]) else before
        self.current, self.known = after

    @rule(key=st.tuples(st.sampled_from(DAYS), st.sampled_from(SYMBOLS)))
    def take_back(self, key):
        """A person takes a bar back: its version is closed, and none opened."""
        self.minutes += 1
        stored = self.lake.read(STOCKS, "HK")
        keys = pd.DataFrame([key], columns=list(STOCKS.key))
        with self.lake.writing(0, "hold"):
            instant = next_instant(EVENING + timedelta(minutes=self.minutes), stored)
            self.lake.commit(self.tables(withdraw(stored, keys, instant)))
        self.current = {other: close for other, close in self.current.items() if other != key}

    @rule(hours=st.integers(1, 10_000))
    def the_clock_goes_back(self, hours):
        """Instants go on all the same."""
        self.minutes -= hours

    @rule(closes=TOLD)
    def second_writer(self, closes):
        """Whoever comes while another one writes is refused and changes nothing."""
        refused = pytest.raises(AftercloseError, match="is being written by first")
        with self.lake.writing(0, "first"), refused, self.lake.writing(0, "second"):
            self.lake.commit(self.tables(self.told(closes)[0]))

    def found(self):
        rows = self.lake.read(STOCKS, "HK")
        rows = rows[rows["known_to"].isna()]
        return dict(zip(zip(rows["trade_date"], rows["symbol"], strict=True), rows["close"], strict=True))

    def rows(self):
        return len(self.lake.read(STOCKS, "HK"))

    @invariant()
    def it_holds_what_the_dictionary_holds_and_every_version_that_ever_was(self):
        assert self.found() == self.current
        rows = self.lake.read(STOCKS, "HK")
        said = sorted(zip(rows["trade_date"], rows["symbol"], rows["close"], strict=True))
        assert said == sorted((*key, close) for key, close in self.known)
        assert (rows["known_to"].isna() | (rows["known_to"] > rows["known_from"])).all()

    @invariant()
    def its_manifest_is_true(self):
        assert self.lake.faults(deep=True) == []


TestAgainstADictionary = AgainstADictionary.TestCase
LONG = "TORTURE" in os.environ  # `make torture`
TestAgainstADictionary.settings = settings(
    max_examples=500 if LONG else 4,
    stateful_step_count=40 if LONG else 8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
