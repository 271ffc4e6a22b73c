"""A database that is changed part by part is the one that is built anew, value by value, whatever the lake lives."""

import os
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tasks.publish import publish
from tests.shipped import FACTS
from warehouse.comparison import audit_database
from warehouse.facts.market import Facts
from warehouse.frames import together
from warehouse.lake.lake import Lake
from warehouse.lake.schema import (
    ACTIONS,
    ANSWERS,
    INDICES,
    OFFICIAL,
    OFFICIAL_ANSWERS,
    OFFICIAL_TOTALS,
    PUBLISHED,
    QUARANTINE,
    RUNS,
    STOCKS,
)
from warehouse.settings import Settings

pytestmark = pytest.mark.slow

STOCKS_OF = {"HK": ["0005.HK", "0700.HK", "0941.HK"], "CN": ["600519.SS", "000333.SZ"]}
INDICES_OF = {"HK": ["^HSI"], "CN": ["000300.SS"]}
# Lines of official evenings besides: a stock that may get bars some day, and one that never does.
LINES_OF = {"HK": [*STOCKS_OF["HK"], "0011.HK", "0002.HK"], "CN": [*STOCKS_OF["CN"], "000858.SZ", "600000.SS"]}
FIRST, LAST = date(2022, 3, 1), date(2022, 5, 31)
LONG_AGO = date(2019, 3, 1)


def small(facts):
    """The facts with the few members that the test has bars of."""
    markets = {
        code: replace(market, spells=[spell for spell in market.spells if spell.symbol in STOCKS_OF[code]])
        for code, market in facts.markets.items()
    }
    return replace(facts, markets=markets)


SMALL = small(FACTS)
SESSIONS = {code: SMALL.market(code).sessions.between(FIRST, LAST) for code in STOCKS_OF}

markets = st.sampled_from(sorted(STOCKS_OF))
places = st.integers(0, 2)  # of a symbol in its market
backs = st.integers(1, 30)  # sessions
nights = st.tuples(
    st.just("night"), markets, st.sets(places, max_size=2), st.sampled_from(["missing", "suspended", "held", "silent"])
)
changes = st.tuples(
    st.sampled_from(["correct", "correct index", "split", "dividend", "withdraw", "hold", "release", "rename", "fail"]),
    markets,
    places,
    backs,
)
prints = st.tuples(
    st.sampled_from(["print", "print", "print", "print one", "print long ago", "enter", "settle", "doubt"]),
    markets,
    places,
    st.tuples(st.integers(1, 8), st.integers(1, 8), st.sampled_from(["equal", "rebased", "odd", "st", "suspended"])),
)
others = st.tuples(st.sampled_from(["skip", "rebuild", "member", "struck"]), markets, places, backs)


@dataclass
class World:
    """A home whose lake is written row by row, at an instant that goes on."""

    home: Path
    facts: Facts = SMALL
    at: int = 20  # the number of the session that comes next
    now: datetime = datetime(2022, 4, 1, tzinfo=UTC)
    done: int = 0

    @property
    def lake(self):
        return Lake(self.home / "lake")

    def begin(self):
        """A first fill of both markets, of twenty sessions."""
        for code, symbols in STOCKS_OF.items():
            days = SESSIONS[code][: self.at]
            self.keep(STOCKS, code, [bar(code, symbol, day) for symbol in symbols for day in days])
            self.keep(INDICES, code, [bar(code, symbol, day) for symbol in INDICES_OF[code] for day in days])
            self.keep(RUNS, code, [self.run(days[0], days[-1])])
        self.publish()

    def keep(self, dataset, code, rows):
        stored = self.lake.read(dataset, code)
        rows = [dict.fromkeys(stored.columns) | self.seen | row for row in rows]
        self.put(dataset, code, together(stored, pd.DataFrame(rows, columns=stored.columns, dtype=object)))

    def put(self, dataset, code, rows):
        with self.lake.writing(10, "test"):
            self.lake.commit(self.lake.changes(dataset, code, rows))

    @property
    def seen(self):
        self.done += 1
        run = f"run-{self.done * 7919 % 10_000:04}"  # ids of runs tell nothing of their order
        return {
            "source": "invented", "asked_at": self.now, "known_from": self.now, "run_id": run,
            "held_at": self.now, "asked_on": self.now.date(), "started_at": self.now, "ended_at": self.now,
            "started_on": self.now.date(),
        }  # fmt: skip

    def run(self, first, last):
        counts = dict.fromkeys(("requests", "new_rows", "restated_rows", "held_rows"), 0)
        said = {"flow": "nightly", "state": "stored", "scope": "members"}
        return said | counts | {"first_date": first, "last_date": last}

    def publish(self, **how):
        return publish(self.lake, self.facts, Settings(home=self.home, now=self.now, settle_minutes=30), "run", **how)

    def do(self, what, code, which, more):
        """One thing that happens, and what a run does after it."""
        self.now += timedelta(minutes=1)
        days = SESSIONS[code]
        if what == "night":
            self.night(code, which, more)
        elif what == "skip":
            self.at += 1
        elif what == "rebuild":
            self.publish(anew=True)
        elif what in ("print", "print one", "print long ago"):
            self.print(what, code, which, *more)
        elif what == "enter":
            symbol, stored = LINES_OF[code][-2], self.lake.read(STOCKS, code)
            known = set(stored.loc[stored["symbol"] == symbol, "trade_date"])
            new = [day for day in days[self.at - more[0] : self.at] if day not in known]
            self.keep(STOCKS, code, [bar(code, symbol, day) for day in new])
        elif what in ("settle", "doubt"):
            symbol, day = STOCKS_OF[code][which % len(STOCKS_OF[code])], days[self.at - more[0]]
            ways = {"settle": ("cured", "newly_flat_market"), "doubt": ("held", "official_reference_differs")}
            status, rule = ways[what]
            settled = {"id": f"{what}{symbol}{day}{self.done}", "status": status, "rule": rule, "decided_by": "hkex"}
            settled |= {"close": bar(code, symbol, day)["close"]}
            self.keep(QUARANTINE, code, [quarantined(symbol, day) | settled])
        elif what == "member":
            spells = [replace(spell, valid_to=days[10]) if spell.symbol == STOCKS_OF[code][0] else spell
                      for spell in self.facts.market(code).spells]  # fmt: skip
            self.with_market(code, spells=spells)
        elif what == "struck":
            sessions = self.facts.market(code).sessions
            kept = [day for day in sessions.days if day.trade_date != days[self.at - more % 15]]
            self.with_market(code, sessions=replace(sessions, days=kept))
        else:
            symbols = INDICES_OF[code] if what == "correct index" else STOCKS_OF[code]
            self.change(what, code, symbols[which % len(symbols)], days[max(self.at - more, 0)])
        self.publish()

    def with_market(self, code, **what):
        markets = self.facts.markets | {code: replace(self.facts.market(code), **what)}
        self.facts = replace(self.facts, markets=markets)

    def night(self, code, odd, how):
        """The next session of one market: bars of all its symbols, but of the odd ones."""
        day = SESSIONS[code][self.at]
        self.at += 1
        self.now = max(self.now, datetime(day.year, day.month, day.day, 10, tzinfo=UTC)) + timedelta(minutes=1)
        rows, held, answers = [], [], []
        for place, symbol in enumerate(STOCKS_OF[code]):
            is_odd = place in odd
            if is_odd and how == "held":
                held.append(quarantined(symbol, day))
            elif is_odd and how == "suspended":
                rows.append(bar(code, symbol, day) | {"volume": 0, "trading_state": "suspended"})
            elif not is_odd:
                rows.append(bar(code, symbol, day))
            outcome = "no data" if is_odd and how == "silent" else "transient" if is_odd and how == "missing" else "ok"
            answers.append(answer(symbol, SESSIONS[code][self.at - 10], day, outcome))
        self.keep(STOCKS, code, rows)
        self.keep(INDICES, code, [bar(code, symbol, day) for symbol in INDICES_OF[code]])
        self.keep(QUARANTINE, code, held)
        self.keep(ANSWERS, code, answers)
        self.keep(RUNS, code, [self.run(day, day)])

    def print(self, what, code, which, back, count, how):
        """Official evenings, or some lines of them, that were not printed or were printed otherwise."""
        days = SESSIONS[code][max(self.at - back, 0) : self.at][:count]
        if what == "print long ago":
            days = self.facts.market(code).sessions.between(LONG_AGO, LAST)[:count]
        symbols = LINES_OF[code][which : which + 1] if what == "print one" else LINES_OF[code]
        rows = [line(code, symbol, day, how, at) for day in days for at, symbol in enumerate(symbols)]
        stored = self.lake.read(OFFICIAL, code)
        keys = {(row["symbol"], row["trade_date"]) for row in rows}
        is_other = [key in keys for key in zip(stored["symbol"], stored["trade_date"], strict=True)]
        stored.loc[pd.Series(is_other, stored.index, dtype=bool) & stored["known_to"].isna(), "known_to"] = self.now
        self.put(OFFICIAL, code, stored)
        self.keep(OFFICIAL, code, rows)
        board = {"board": "all", "requests": 1, "lines": len(rows), "outcome": "ok"}
        self.keep(OFFICIAL_ANSWERS, code, [board | {"trade_date": day} for day in days])
        total = {
            "board": "all",
            "kind": "bond",
            "currency": "HKD",
            "lines": 3,
            "traded": 2,
            "turnover": 1000.0 + self.done,
        }
        self.keep(OFFICIAL_TOTALS, code, [total | {"trade_date": day} for day in days])

    def change(self, what, code, symbol, day):
        dataset = INDICES if what == "correct index" else STOCKS
        if what in ("correct", "correct index", "hold"):
            stored = self.lake.read(dataset, code)
            is_it = (stored["symbol"] == symbol) & (stored["trade_date"] == day) & stored["known_to"].isna()
            now = stored[is_it]
            stored.loc[is_it, "known_to"] = self.now
            self.put(dataset, code, stored)
            if what == "hold":
                self.keep(QUARANTINE, code, [quarantined(symbol, day)])
            elif not now.empty:
                self.keep(dataset, code, [now.iloc[0].to_dict() | bar(code, symbol, day, 0.5) | self.seen])
        elif what == "split":
            self.keep(ACTIONS, code, [{"symbol": symbol, "ex_date": day, "kind": "split", "value": 2.0}])
        elif what == "dividend":
            self.keep(ACTIONS, code, [{"symbol": symbol, "ex_date": day, "kind": "dividend", "value": 0.3}])
        elif what == "withdraw":
            stored = self.lake.read(ACTIONS, code)
            stored.loc[stored["known_to"].isna(), "known_to"] = self.now
            self.put(ACTIONS, code, stored)
        elif what == "release":
            stored = self.lake.read(QUARANTINE, code)
            rows = stored[stored["status"] == "held"]
            stored["status"] = "rejected"
            self.put(QUARANTINE, code, stored)
            self.keep(STOCKS, code, [bar(code, row.symbol, row.trade_date) for row in rows.itertuples()][:1])
        else:
            last = SESSIONS[code][self.at - 1]
            outcome, name = ("ok", f"{symbol} renamed {self.done}") if what == "rename" else ("transient", None)
            # All of a day are of one moment, as those of a clock that stands.
            at = self.now.replace(hour=23, minute=59)
            told = {"name": name, "detail": f"time {self.done}", "asked_at": at}
            self.keep(ANSWERS, code, [answer(symbol, day, last, outcome) | told])
            self.keep(RUNS, code, [self.run(day, last)])


def bar(code, symbol, day, off=0.0):
    """A bar whose close tells its symbol and day."""
    close = round(20 + (day.toordinal() * 7 + sum(map(ord, symbol))) % 50 / 10 + off, 2)
    return {
        "symbol": symbol, "trade_date": day, "open": close, "high": close + 0.2, "low": close - 0.2, "close": close,
        "volume": 1000, "currency": "HKD" if code == "HK" else "CNY", "split_factor": 1.0, "trading_state": "traded",
        "basis": "evening", "known_to": None,
    }  # fmt: skip


def line(code, symbol, day, how, at):
    """An official line beside that bar: its close once more, another by a factor or by chance, or none."""
    close = bar(code, symbol, day)["close"]
    printed = {"rebased": round(close / 0.95, 2), "odd": close + at / 10, "suspended": close if at else None}.get(
        how, close
    )
    return {
        "symbol": symbol, "trade_date": day, "currency": "HKD" if code == "HK" else "CNY", "close": printed,
        "state": "suspended" if how == "suspended" and at == 0 else "traded", "previous_close": round(close - 0.1, 2),
        "previous_basis": "adjusted" if code == "CN" else None, "volume": 1000, "turnover": 1000 * close,
        "is_st": (how == "st" and at == 1) if code == "CN" else None, "board": "all", "authority": "exchange",
        "source": "hkex" if code == "HK" else "baostock", "doubt": "invented" if how == "odd" and at == 2 else None,
    }  # fmt: skip


def quarantined(symbol, day):
    return {
        "id": f"{symbol}{day}", "symbol": symbol, "trade_date": day, "rule": "price_spike", "detail": "invented",
        "status": "held", "volume": 1,
    }  # fmt: skip


def answer(symbol, first, last, outcome):
    return {"symbol": symbol, "first_date": first, "last_date": last, "outcome": outcome, "bars": 0, "null_bars": 0}


LONG = "TORTURE" in os.environ  # `make torture`


@settings(
    max_examples=200 if LONG else 5,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(
    st.lists(
        st.one_of(nights, nights, changes, changes, prints, prints, others), min_size=2, max_size=20 if LONG else 6
    )
)
@example([("night", "HK", {0}, "missing"), *[("fail", "HK", 0, 1)] * 12])
@example([("night", "HK", set(), "missing"), *[("rename", "HK", 0, 1)] * 12])
def test_part_by_part_is_whole(events):
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.begin()
        for event in events:
            world.do(*event)
        assert list(audit_database(world.lake, world.facts, world.home / "warehouse.duckdb")) == []
        said = {code: len(world.lake.read(PUBLISHED, code)) for code in STOCKS_OF}
        world.publish(anew=True)
        assert {code: len(world.lake.read(PUBLISHED, code)) for code in STOCKS_OF} == said
