"""An official source that another package brings: whatever it does is the outcome of that evening."""

import sys
from datetime import date

import pytest

from tasks.official import backfill_official, take_official
from tests.shipped import FACTS
from tests.sql.warehouse_of import keep, lake_of, run
from warehouse.lake.opening import open_lake
from warehouse.lake.schema import OFFICIAL, OFFICIAL_ANSWERS, RUNS
from warehouse.settings import load_settings

BEFORE, DAY = date(2022, 5, 16), date(2022, 5, 17)
THEIRS = """
from dataclasses import replace
from datetime import UTC, date, datetime, time

from tasks.sources import OfficialVendor
from warehouse.bars.official import OfficialAnswer, lines_of
from warehouse.settings import FromEnvironment

NOW = datetime(2022, 5, 17, 10, tzinfo=UTC)


class Tape:
    name = "tape"
    address = "here"
    stopped = None

    def __init__(self, settings, market):
        pass

    def evening(self, day, board):
        if day == date(2022, 5, 16):
            return self.good(day, board)
        return eval(FAULT)

    def good(self, day, board, **more):
        row = {"symbol": "0700.HK", "trade_date": day, "state": "traded", "close": 300.0, "volume": 100}
        return OfficialAnswer("tape", board, day, "ok", NOW, lines=lines_of([row | {"turnover": 3e4} | more]))

    def twice(self, day, board):
        return lines_of(2 * self.good(day, board).lines.to_pylist())


EXCHANGE = OfficialVendor("tape", "HK", ("all",), "exchange", time(16), Tape, None, "here", FromEnvironment)
"""
FAULTS = {
    "it raises": "int('x')",
    "it answers nothing": "None",
    "in the name of another": "replace(self.good(day, board), source='hkex')",
    "of another board": "replace(self.good(day, board), board='GEM')",
    "of another day": "self.good(date(2022, 5, 16), board)",
    "with lines of another day": "replace(self.good(day, board), lines=self.good(date(2022, 5, 16), board).lines)",
    "with a symbol twice": "replace(self.good(day, board), lines=self.twice(day, board))",
    "with columns of its own": "replace(self.good(day, board), lines=self.good(day, board).lines.drop(['close']))",
    "at a moment of no zone": "replace(self.good(day, board), asked_at=datetime(2022, 5, 17, 18))",
    "with a price that is no number": "self.good(day, board, close=float('nan'))",
    "with a turnover beyond all": "self.good(day, board, turnover=1e40)",
    "with a total beyond all": "replace(self.good(day, board), turnover_total=float('inf'))",
    "with no line": "replace(self.good(day, board), lines=lines_of([]))",
}


@pytest.fixture
def tape(tmp_path, home, monkeypatch):
    """The package is installed and its source named; gives how to choose what it does on the second day."""
    found = tmp_path / "site"
    information = found / "tape-1.0.dist-info"
    information.mkdir(parents=True)
    (found / "tape_of_theirs.py").write_text(THEIRS)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: tape\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[afterclose.official_sources]\ntape = tape_of_theirs:EXCHANGE\n")
    monkeypatch.syspath_prepend(str(found))
    for name, value in {"OFFICIAL_SOURCES": "tape", "TERMS_ACCEPTED": "tape", "NOW": f"{DAY}T19:30:00+08:00"}.items():
        monkeypatch.setenv(f"AFTERCLOSE_{name}", value)
    home.mkdir()
    keep(lake_of(home), RUNS, [run("HK", f"{BEFORE}", f"{BEFORE}")])

    def choose(fault):
        import tape_of_theirs

        tape_of_theirs.FAULT = fault

    yield choose
    sys.modules.pop("tape_of_theirs", None)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_an_evening_that_it_should_not_answer_so_is_of_unknown_shape_and_ends_nothing(tape, fault):
    tape(fault)
    passed = take_official(load_settings(), FACTS, "HK", "run-1")
    lake = open_lake(load_settings())
    answers = lake.read(OFFICIAL_ANSWERS, "HK")
    told = dict(zip(answers["trade_date"], zip(answers["source"], answers["outcome"], strict=True), strict=True))
    assert told == {BEFORE: ("tape", "ok"), DAY: ("tape", "unknown shape")}
    assert (passed.evenings, len(passed.failed)) == (1, 1)
    lines = lake.read(OFFICIAL, "HK")
    assert list(zip(lines["source"], lines["trade_date"], lines["symbol"], strict=True)) == [
        ("tape", BEFORE, "0700.HK")
    ]
    assert backfill_official(load_settings(), FACTS, "HK", BEFORE, DAY, "run-2").evenings == 0


def test_an_evening_that_is_as_it_should_be_is_kept(tape):
    tape("self.good(day, board, close=301.0)")
    assert take_official(load_settings(), FACTS, "HK", "run-1").evenings == 2
    assert list(open_lake(load_settings()).read(OFFICIAL, "HK")["close"]) == [300.0, 301.0]
