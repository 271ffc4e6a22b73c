from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pyarrow as pa
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.shipped import HK
from warehouse.lake.schema import QUARANTINE, STOCKS
from warehouse.lake.versions import withdraw
from warehouse.rules.decisions import STORED, WITHDRAWN, as_bars, as_decided, put_in, same_values, withdrawal

START = datetime(2022, 5, 17, 9, 0, tzinfo=UTC)
DAY = date(2022, 5, 17)
SYMBOLS = ("0001.HK", "0002.HK", "0003.HK")
A_FEW = settings(deadline=None, max_examples=40, database=None, phases=[Phase.generate, Phase.shrink])

closes = st.dictionaries(st.sampled_from(SYMBOLS), st.integers(50, 54).map(float), min_size=1)
statuses = st.dictionaries(st.sampled_from(SYMBOLS), st.sampled_from(["held", "released", "rejected", "cured"]))


def bars(by_symbol):
    """Passed bars of one day at these closes."""
    rows = [
        {
            "symbol": symbol,
            "trade_date": DAY,
            **dict.fromkeys(("open", "high", "low", "close"), close),
            "volume": 1000,
            "currency": "HKD",
            "split_factor": 1.0,
            "trading_state": "traded",
            "basis": "evening",
            "source": "yahoo",
            "asked_at": START,
        }
        for symbol, close in by_symbol.items()
    ]
    return pd.DataFrame(rows, columns=STORED).astype({"volume": "Int64"})


def broken(by_symbol):
    """The same bars as a rule holds them."""
    rows = bars(by_symbol).drop(columns="trading_state")
    return rows.assign(rule="close_within_range", detail="", id=[f"{s} {c}" for s, c in by_symbol.items()])


def quarantine(rows, by_symbol):
    """Rows of the quarantine with the status of their symbol."""
    status = rows["symbol"].map(by_symbol)
    decided = rows.assign(status=status, held_at=START, decided_at=START, decided_by="ann", note=None, run_id="run")
    table = pa.Table.from_pandas(decided[status.notna()], QUARANTINE.schema, preserve_index=False)
    return table.to_pandas().astype({"volume": "Int64"})


def taken_back(by_symbol, by_status):
    rows = pd.DataFrame([withdrawal(bar) for _, bar in bars(by_symbol).assign(run_id="run").iterrows()])
    return quarantine(rows, by_status)


def seen(frame):
    return sorted(zip(frame["symbol"], frame["close"], strict=True))


def nothing():
    return STOCKS.schema.empty_table().to_pandas()


def known_at(rows, instant):
    visible = rows[(rows["known_from"] <= instant) & (rows["known_to"].isna() | (rows["known_to"] > instant))]
    assert visible["symbol"].is_unique
    return sorted(visible[["symbol", "close", "run_id"]].itertuples(index=False, name=None))


@A_FEW
@given(closes, statuses)
def test_a_decision_survives_however_often_the_same_values_come(found, by_status):
    held = broken(found)
    decided = quarantine(held, by_status)
    passed, still = as_decided(bars({}), held, decided, HK)
    released = {symbol for symbol, status in by_status.items() if status == "released"}
    assert seen(passed) == sorted((symbol, close) for symbol, close in found.items() if symbol in released)
    assert seen(still) == sorted((symbol, close) for symbol, close in found.items() if symbol not in released)


@A_FEW
@given(closes, closes, statuses)
def test_only_the_values_that_were_taken_back_stay_out_and_only_while_they_are(found, earlier, by_status):
    passed, held = as_decided(bars(found), broken({}), taken_back(earlier, by_status), HK)
    out = {
        symbol
        for symbol, close in found.items()
        if earlier.get(symbol) == close and by_status.get(symbol) in ("held", "rejected")
    }
    assert seen(passed) == sorted((symbol, close) for symbol, close in found.items() if symbol not in out)
    assert held.empty


@A_FEW
@given(closes, closes, statuses, statuses)
def test_settling_what_is_settled_changes_nothing_and_no_bar_comes_twice(good, bad, by_status, back):
    decided = pd.concat([quarantine(broken(bad), by_status), taken_back(good, back)], ignore_index=True)
    once = as_decided(bars(good), broken(bad), decided, HK)
    twice = as_decided(*once, decided, HK)
    assert [seen(frame) for frame in twice] == [seen(frame) for frame in once]
    assert once[0]["symbol"].is_unique
    assert set(once[0]["symbol"]) <= set(good) | set(bad)


@A_FEW
@given(closes)
def test_a_bar_has_the_values_of_its_own_withdrawal(found):
    every = dict.fromkeys(found, "held")
    assert same_values(bars(found), taken_back(found, every), HK).all()
    assert taken_back(found, every)["rule"].eq(WITHDRAWN).all()


steps = st.lists(st.tuples(st.sampled_from(["release", "withdraw"]), closes), max_size=5)


@A_FEW
@given(steps)
def test_what_was_known_stays_known_through_releases_and_withdrawals(decisions):
    stored, views = nothing(), []
    for turn, (kind, by_symbol) in enumerate(decisions):
        instant = START + timedelta(minutes=turn + 1)
        rows = as_bars(broken(by_symbol), HK)
        if kind == "release":
            stored = put_in(stored, rows, instant, f"decision {turn}")
            assert set(known_at(stored, instant)) >= {(s, c, f"decision {turn}") for s, c in by_symbol.items()}
        else:
            stored = withdraw(stored, rows[["symbol", "trade_date"]], instant)
            assert not {symbol for symbol, _, _ in known_at(stored, instant)} & set(by_symbol)
        views.append((instant, known_at(stored, instant)))
    for instant, view in views:
        assert known_at(stored, instant) == view


@A_FEW
@given(closes)
def test_withdrawing_twice_is_withdrawing_once(found):
    rows = as_bars(broken(found), HK)
    keys = rows[["symbol", "trade_date"]]
    once = withdraw(put_in(nothing(), rows, START, "decision"), keys, START + timedelta(minutes=1))
    pd.testing.assert_frame_equal(withdraw(once, keys, START + timedelta(minutes=2)), once)
