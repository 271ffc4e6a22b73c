"""However a vendor comes to tell of splits and dividends, in the end returns and adjusted closes are the true ones.

The truth is a plain model: prices as printed, and the events that there were. The vendor tells of them late, a session
off, twice, of another size, and of some that never were; at last it tells the truth on four evenings.
"""

import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from math import prod
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tasks.collect import Terms
from tasks.plan import Window, past_of
from tasks.runs import Run
from tasks.store import store
from tests.conftest import walk
from tests.judging import validate
from tests.shipped import CN, FACTS, HK
from warehouse.bars.answers import Answer, Event, Request
from warehouse.lake.lake import Lake
from warehouse.sql.build import build
from warehouse.sql.database import open_read_only

pytestmark = pytest.mark.slow

SYMBOLS = {"HK": "0700.HK", "CN": "600519.SS"}
MARKETS = {"HK": HK, "CN": CN}
FIRST, LAST = date(2022, 4, 11), date(2022, 5, 20)
QUIET = 10  # sessions before the first event
TRUTHFUL = 4  # evenings at the end
SETTLE = timedelta(minutes=30)


@dataclass(frozen=True)
class Told:
    """A split or dividend with ex-date on the session of that number, if it `is_true`, and how it is told at first.

    Of `late` evenings from the ex-date on nothing is said; on the next `odd` ones it stands `off` sessions away, with
    `times` its value, and is followed by a copy if it `is_double`. What is not true is told on the odd evenings only.
    """

    at: int
    kind: str
    value: float
    is_true: bool
    late: int
    odd: int
    off: int
    times: float
    is_double: bool

    def on(self, evening, days):
        """The bookings (ex-date, value) that the vendor has on the evening of a session's number."""
        since = evening - self.at - self.late
        if since < 0:
            return []
        if since >= self.odd or evening >= len(days) - TRUTHFUL:
            return [Event(days[self.at], self.value)] * self.is_true
        # A split that is told of another size or day is not in the prices so: only what is told is odd.
        at = min(self.at + self.off, evening)
        value = self.value * (self.times if self.kind == "dividend" else 1.0)
        again = [Event(days[at + 1], value)] if self.is_double and at < evening else []
        return [Event(days[at], value), *again]


def tellings(market):
    """One or two events, each on a day of its own: a dividend on the day of a split waits for a person."""
    sizes = st.one_of(
        st.tuples(st.just("split"), st.sampled_from([2.0, 1.5, 0.5] if market == "CN" else [2.0, 5.0, 0.1])),
        st.tuples(st.just("dividend"), st.sampled_from([0.5, 2.25])),
    )
    one = st.builds(
        lambda at, size, is_true, late, odd, off, times, is_double: Told(
            at, *size, is_true, late, odd, off, times, is_double
        ),
        st.integers(QUIET, QUIET + 3),
        sizes,
        st.booleans(),
        st.integers(0, 2),
        st.integers(0, 3),
        st.integers(-1, 1),
        st.sampled_from([1.0, 0.9, 3.0]),
        st.booleans(),
    )
    return st.lists(one, min_size=1, max_size=2, unique_by=(lambda told: told.kind, lambda told: told.at))


def printed(market, days, told):
    """Bars as traded: a walk in the shares of each day, lower by every dividend from its ex-date on."""
    bars, ratio, cash = {}, 1.0, 0.0
    base = walk(SYMBOLS[market], MARKETS[market], FIRST, LAST)
    for number, day in enumerate(days):
        for event in told:
            if event.is_true and event.at == number:
                ratio *= event.value if event.kind == "split" else 1.0
                cash += event.value if event.kind == "dividend" else 0.0
        *prices, volume = base[day]
        bars[day] = (*(round((price - cash) / ratio, 2) for price in prices), round(volume * ratio))
    return bars


def answer(market, days, bars, told, evening):
    """What the vendor says on an evening: its prices in the shares of that day, its bookings as they are."""
    done = [event for event in told if event.kind == "split" and event.is_true and event.at + event.late <= evening]
    rows = []
    for number, day in enumerate(days[: evening + 1]):
        ratio = prod(event.value for event in done if number < event.at)
        *prices, volume = bars[day]
        rows.append((day, *(round(price / ratio, 6) for price in prices), round(volume * ratio)))
    names = ("trade_date", "open", "high", "low", "close", "volume")
    columns = {name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}
    bookings = {
        kind: [booking for event in told if event.kind == kind for booking in event.on(evening, days)]
        for kind in ("split", "dividend")
    }
    # Money is told in the shares of that evening, as prices are.
    bookings["dividend"] = [
        replace(each, value=each.value / prod(split.value for split in done if days[split.at] > each.ex_date))
        for each in bookings["dividend"]
    ]
    return Answer(
        SYMBOLS[market],
        "ok",
        datetime.combine(days[evening], time(10, 30), UTC),
        currency=MARKETS[market].currency,
        time_zone=str(MARKETS[market].time_zone),
        splits=bookings["split"],
        dividends=bookings["dividend"],
        **columns,
    )


def play(folder, market, told, reach):
    """Every evening from the quiet sessions on, each with a window of so many sessions; the prices and the database."""
    code, market = market, MARKETS[market]
    days = list(market.sessions.between(FIRST, LAST)[: QUIET + 10])
    bars = printed(code, days, told)
    lake = Lake(folder / "lake")
    for evening in range(QUIET - 1, len(days)):
        said = answer(code, days, bars, told, evening)
        first = days[max(evening - reach[evening % len(reach)], 0)] if evening >= QUIET else days[0]
        window = Window(market, first, days[evening])
        checked = validate([said], past_of(lake, window), Terms(window, said.asked_at, SETTLE, "yahoo"))
        run = Run(f"run {evening}", "nightly", "yahoo", said.asked_at, window, [Request(said.symbol, window.bars_from)])
        store(lake, run, [said], checked, said.asked_at)
    path = folder / "warehouse.duckdb"
    build(lake, FACTS, path, datetime(2022, 6, 1, tzinfo=UTC), 30)
    return days, bars, path


def model(market, days, bars, told):
    """The truth worked out plainly: for each day its close, return_1d and total-return close."""
    closes, true = [bars[day][3] for day in days], [event for event in told if event.is_true]
    factors, rows = [1.0] * len(days), []
    for number in range(1, len(days)):
        reference = closes[number - 1]
        after = reference
        for event in sorted((e for e in true if e.at == number), key=lambda e: e.kind == "dividend"):
            after = after / event.value if event.kind == "split" else after - event.value
            if event.kind == "split" or market == "CN":
                reference = reference / event.value if event.kind == "split" else reference - event.value
        for earlier in range(number):
            factors[earlier] *= after / closes[number - 1]
        reference = round(reference + 1e-9, 2) if market == "CN" else reference
        rows.append(closes[number] / reference - 1)
    return closes, rows, [close * factor for close, factor in zip(closes, factors, strict=True)]


@pytest.mark.parametrize("market", ["HK", "CN"])
@settings(
    deadline=None,
    max_examples=3,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.data())
def test_in_the_end_returns_and_adjusted_closes_are_those_of_what_there_was(market, data):
    told = data.draw(tellings(market))
    reach = data.draw(st.lists(st.sampled_from([0, 2, 9]), min_size=1, max_size=3))
    check(market, told, reach)


def check(market, told, reach):
    with tempfile.TemporaryDirectory() as folder:
        days, bars, path = play(Path(folder), market, told, reach)
        closes, returns, adjusted = model(market, days, bars, told)
        with open_read_only(path) as connection:
            prices = connection.execute(
                "select trade_date, close, return_1d from prices order by trade_date"
            ).fetchall()
            total = connection.execute("select close_total_return from prices_adjusted order by trade_date").fetchall()
    assert [day for day, _, _ in prices] == days
    assert [close for _, close, _ in prices] == pytest.approx(closes, abs=0.006)
    assert [change for _, _, change in prices[1:]] == pytest.approx(returns, abs=3e-4)
    assert [close for (close,) in total] == pytest.approx(adjusted, rel=1e-3)


def test_a_dividend_before_a_split_stays_what_was_paid_for_a_share_of_its_day():
    told = [
        Told(at, kind, value, is_true=True, late=0, odd=0, off=0, times=1.0, is_double=False)
        for at, kind, value in ((QUIET, "dividend", 0.5), (QUIET + 1, "split", 2.0))
    ]
    check("HK", told, [0])


def test_a_dividend_that_never_was_goes_though_no_night_s_window_reaches_back_to_it():
    # Told on two evenings, then not on three; each night answers for its own day, with ten sessions before it.
    never = Told(QUIET + 2, "dividend", 2.25, is_true=False, late=1, odd=2, off=0, times=1.0, is_double=False)
    check("CN", [never], [0])
