"""Spoiled answers of every vendor through decode, validate and store: nothing comes of them but outcomes.

    python -m tests.torture.fuzz [--answers 20000] [--evenings 20] [--vendors yahoo,...] [--seed 0]

First each vendor's answers are read alone. Then evenings of them go through the plain spine into a lake that keeps what
earlier ones left, and what is stored is held against the rules by checks of its own.
"""

import argparse
import logging
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np

from tasks.evening import fill
from tasks.job import new_job
from tasks.keep import keep_evenings
from tasks.plan import Window, nightly_requests
from tasks.publish import Published
from tasks.sources import FillSource, baostock, hkex
from tests import fake_baostock, fake_hkex
from tests.damage import damaged
from tests.faults.test_damaged_evenings import lines
from tests.shipped import CN, FACTS, HK
from tests.torture import vendors
from warehouse.audit import audit_lake
from warehouse.frames import KEY, PRICES
from warehouse.lake.lake import Lake
from warehouse.lake.schema import ACTIONS, ANSWERS, DATASETS, FILLS, INDICES, OFFICIAL, QUARANTINE, STOCKS
from warehouse.settings import Settings

TEXTS = ("currency", "detail", "note", "decided_by", "parts", "name", "doubt", "rule", "outcome", "events")
LOOKBACK = 12  # sessions before an evening that it asks for too
DAYS_TOGETHER = 20  # of an official source
LOG = logging.getLogger("afterclose")


class Spoiled:
    """A vendor that answers every symbol with something spoiled, the same again for the same seed."""

    address = "here"

    def __init__(self, name, market, now, last, seed, spoil, lacking=None):
        self.name, self.market, self.now, self.last, self.seed, self.spoil = name, market, now, last, seed, spoil
        self.lacking = lacking or {}  # days of which it has no bar of an index (True), of a stock (False)

    def ask(self, request):
        chance = Random(f"{self.seed} {self.name} {self.last} {request.symbol}")
        if not self.spoil:
            payload = vendors.chart(request.symbol, self.market, Random(1), self.last)
            answer = vendors.decoded(request.symbol, payload, self.now)
            return without(answer, self.lacking.get(request.symbol in self.market.index_symbols, ()))
        if self.name == "tencent":
            last = request.last or self.last
            return vendors.tencent_answer(request.symbol, self.market, chance, self.now, request.first, last)
        if self.name == "sina":
            return vendors.sina_answer(request.symbol, chance, self.now, self.last)
        return vendors.yahoo_answer(request.symbol, self.market, chance, self.now, self.last)


def without(answer, days):
    """The answer as of a vendor that lacks the bars of some days."""
    kept = [at for at, day in enumerate(answer.trade_date) if day not in days]
    names = ("trade_date", *PRICES, "volume")
    return replace(answer, **{name: [getattr(answer, name)[at] for at in kept] for name in names})


def evening(home, market, day, vendor, seed, symbols=None):
    """One evening through the spine, but for the database; how many answers had which outcome.

    What a vendor that fills is asked for is two sessions that the first one lacks.
    """
    now = datetime(day.year, day.month, day.day, 10, 30, tzinfo=UTC)
    settings = Settings(home=home, now=now, settle_minutes=30, fill_sources="")
    first = market.sessions.back(day, LOOKBACK)
    window = Window(market, first, day)
    requests = nightly_requests(Lake(settings.lake_path), window)
    requests = [request for request in requests if not symbols or request.symbol in symbols]
    job = new_job("nightly", window, requests, (day, day), FACTS, settings)
    is_filler = vendor in ("tencent", "sina")
    lacking = {vendor == "sina": market.sessions.between(market.sessions.back(day, 4), day)[:2]} if is_filler else None
    asked = Spoiled("yahoo", market, now, day, seed, not is_filler, lacking)
    fillers = [FillSource(Spoiled(vendor, market, now, day, seed, True), vendor == "tencent")] if is_filler else []
    job = replace(job, source=asked, fillers=fillers)
    fill(job, lambda name, do: Published([], {}) if name == "publish" else do())
    rows = Lake(settings.lake_path).read(FILLS if is_filler else ANSWERS, market.code)
    return Counter(rows.loc[rows["run_id"] == job.run_id, "outcome"])


def official_evenings(home, source, market, days, seed):
    """Some evenings of an official source, damaged, into the lake; how many had which outcome."""
    chance, asked = Random(f"{seed} {source.__name__} {days[0]}"), []
    now = datetime(days[-1].year, days[-1].month, days[-1].day, 11, tzinfo=UTC)
    for day in days:
        if source is hkex:
            content = damaged(fake_hkex.page(day, list(lines(f"{code:04d}.HK" for code in range(1, 21)))), chance)
        else:
            rows = [fake_baostock.record(row, day) for row in lines(f"{600000 + at}.SS" for at in range(20))]
            body = "\1".join(vendors.read(fake_baostock.whole_day(rows)).fields).encode()
            content = vendors.as_frame(damaged(body, chance))
        asked.append((source.OFFICIAL, source.decode(content, day, source.OFFICIAL.boards[0], now)))
    settings = Settings(home=home, now=now)
    lake = Lake(settings.lake_path)
    keep_evenings(settings, FACTS, lake, market, asked, days, "run", LOG, is_due=lambda _: False)
    return Counter(answer.outcome for _, answer in asked)


def refuse_what_a_rule_forbids(lake, market):
    """Holds every stored row against what must be true of it, by checks that are not those of the rules."""
    assert list(audit_lake(lake)) == []
    sessions = set(market.sessions.between(vendors.FIRST - timedelta(days=400), vendors.DAY + timedelta(days=400)))
    for dataset in (STOCKS, INDICES):
        bars = lake.read(dataset, market.code)
        prices = bars[PRICES].to_numpy("float64")
        assert np.isfinite(prices).all()
        assert (prices > 0).all()
        assert (bars["high"] >= bars["low"] - 1e-6).all()
        plain = bars[bars["close_kind"] != "nominal"]
        assert ((plain["close"] <= plain["high"] + 1e-6) & (plain["close"] >= plain["low"] - 1e-6)).all()
        assert not (bars["volume"] < 0).fillna(False).any()
        assert set(bars["trade_date"]) <= sessions
        assert set(bars["currency"]) <= {market.currency}
        assert set(bars["symbol"]) <= set(market.index_symbols if dataset is INDICES else market.symbols)
        assert np.isfinite(bars["split_factor"]).all()
        assert (bars["split_factor"] > 0).all()
        assert not bars[bars["known_to"].isna()].duplicated(KEY).any()
    events = lake.read(ACTIONS, market.code)
    assert np.isfinite(events["value"].astype("float64")).all()
    assert (events["value"] > 0).all()
    assert set(events["kind"]) <= {"split", "dividend", "unlisted_adjustment"}
    printed = lake.read(OFFICIAL, market.code)
    assert ((printed["high"] >= printed["low"]) | printed["high"].isna()).all()
    for dataset in DATASETS:
        rows = lake.read(dataset, market.code)
        for name in set(TEXTS) & set(rows.columns):
            dirty = [text for text in rows[name].dropna() if not str(text).isprintable()]
            assert not dirty, (dataset.name, name, dirty[:2])
    assert set(lake.read(QUARANTINE, market.code)["status"]) <= {"held", "released", "rejected", "cured", "warned"}


def days_of(market, count):
    """So many sessions, the last of which is that of the answers."""
    return market.sessions.between(market.sessions.back(vendors.DAY, count - 1), vendors.DAY)


def evenings(vendor, count, seed, symbols=None, market=None):
    """So many evenings of a vendor into a lake of their own, checked at the end; how many answers had which outcome."""
    outcomes = Counter()
    market = market or (CN if vendor in ("baostock", "yahoo") else HK)
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "home"
        if vendor in ("hkex", "baostock"):
            source = {"hkex": hkex, "baostock": baostock}[vendor]
            days = days_of(market, DAYS_TOGETHER)
            for turn in range(count):
                outcomes += official_evenings(home, source, market, days, f"{seed} {turn}")
        else:
            days = days_of(market, 10)
            for turn in range(count):
                outcomes += evening(home, market, days[turn % len(days)], vendor, f"{seed} {turn}", symbols)
        refuse_what_a_rule_forbids(Lake(home / "lake"), market)
    return outcomes


THROUGH_THE_SPINE = ("yahoo", "tencent", "sina", "hkex", "baostock")


def run(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=20_000, help="of each vendor that are read")
    parser.add_argument("--evenings", type=int, default=20, help="of each vendor that are stored")
    parser.add_argument("--vendors", default=",".join(vendors.SPOILED), help="whose")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    for name in [name for name in os.environ if name.startswith("AFTERCLOSE_")]:
        del os.environ[name]
    LOG.setLevel(logging.CRITICAL)
    for vendor in given.vendors.split(","):
        began = time.monotonic()
        print(f"{vendor}: read {told(vendors.read_many(vendor, given.answers, given.seed))}", flush=True)
        if vendor in THROUGH_THE_SPINE and given.evenings:
            print(f"{vendor}: stored {told(evenings(vendor, given.evenings, given.seed))}", flush=True)
        print(f"{vendor}: {time.monotonic() - began:.0f} s", flush=True)


def told(outcomes):
    return f"{outcomes.total()}: " + ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())


if __name__ == "__main__":
    run(sys.argv[1:])
