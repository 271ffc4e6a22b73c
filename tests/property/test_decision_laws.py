from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.shipped import HK
from warehouse.frames import KEY
from warehouse.lake.schema import QUARANTINE, STOCKS
from warehouse.lake.versions import withdraw
from warehouse.rules.decisions import EVENT, STORED, WITHDRAWN, as_bars, as_decided, put_in, same_values, withdrawal

pytestmark = pytest.mark.slow

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
            "close_kind": None,
            "halted_at_close": None,
            "fill_factor": None,
            "source": "yahoo",
            "asked_at": START,
        }
        for symbol, close in by_symbol.items()
    ]
    return pd.DataFrame(rows, columns=STORED).astype({"volume": "Int64"})


def broken(by_symbol):
    """The same bars as a rule holds them."""
    rows = bars(by_symbol).drop(columns=["trading_state", "close_kind", "halted_at_close"])
    return rows.assign(rule="close_within_range", detail="", id=ids(by_symbol), kind=None, value=None, parts=None)


def ids(by_symbol):
    return pd.Series([f"{symbol} {value}" for symbol, value in by_symbol.items()], dtype="object")


def quarantine(rows, by_symbol):
    """Rows of the quarantine with the status of their symbol."""
    status = rows["symbol"].map(by_symbol)
    decided = rows.assign(status=status, held_at=START, decided_at=START, decided_by="ann", note=None, run_id="run")
    decided = decided.reindex(columns=QUARANTINE.schema.names)[status.notna()]
    table = pa.Table.from_pandas(decided, QUARANTINE.schema, preserve_index=False)
    return table.to_pandas().astype({"volume": "Int64"})


def taken_back(by_symbol, by_status):
    rows = pd.DataFrame([withdrawal(bar) for _, bar in bars(by_symbol).assign(run_id="run").iterrows()])
    return quarantine(rows, by_status)


def events(by_symbol):
    """Passed dividends of one day of these amounts."""
    rows = [
        {"symbol": symbol, "ex_date": DAY, "kind": "dividend", "value": value, "source": "yahoo", "asked_at": START}
        for symbol, value in by_symbol.items()
    ]
    return pd.DataFrame(rows, columns=EVENT)


def broken_events(by_symbol):
    """The same dividends as a rule holds them."""
    rows = events(by_symbol).rename(columns={"ex_date": "trade_date"})
    rows = rows.assign(rule="dividend_too_large", detail="", id=ids(by_symbol))
    return rows.reindex(columns=["id", *QUARANTINE.schema.names[1:]])


def events_taken_back(by_symbol, by_status):
    rows = [withdrawal(event) for _, event in events(by_symbol).assign(run_id="run").iterrows()]
    return quarantine(pd.DataFrame(rows), by_status)


def decide(good=(), bad=(), decided=None):
    """What passes and what is held of bars that pass or are held, at these closes."""
    return as_decided(bars(dict(good)), events({}), broken(dict(bad)), decided, HK)


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
    passed, _, still = decide(bad=found, decided=quarantine(broken(found), by_status))
    released = {symbol for symbol, status in by_status.items() if status == "released"}
    assert seen(passed) == sorted((symbol, close) for symbol, close in found.items() if symbol in released)
    assert seen(still) == sorted((symbol, close) for symbol, close in found.items() if symbol not in released)


@A_FEW
@given(closes, closes, statuses)
def test_only_the_values_that_were_taken_back_stay_out_and_only_while_they_are(found, earlier, by_status):
    passed, _, held = decide(good=found, decided=taken_back(earlier, by_status))
    out = {
        symbol
        for symbol, close in found.items()
        if earlier.get(symbol) == close and by_status.get(symbol) in ("held", "rejected")
    }
    assert seen(passed) == sorted((symbol, close) for symbol, close in found.items() if symbol not in out)
    assert held.empty


@A_FEW
@given(closes, closes, statuses, statuses)
def test_deciding_what_is_decided_changes_nothing_and_no_bar_comes_twice(good, bad, by_status, back):
    decided = pd.concat([quarantine(broken(bad), by_status), taken_back(good, back)], ignore_index=True)
    once = as_decided(bars(good), events({}), broken(bad), decided, HK)
    twice = as_decided(*once, decided, HK)
    assert [seen(frame) for frame in (twice[0], twice[2])] == [seen(frame) for frame in (once[0], once[2])]
    assert once[0]["symbol"].is_unique
    assert set(once[0]["symbol"]) <= set(good) | set(bad)


@A_FEW
@given(closes, statuses, closes, statuses)
def test_events_are_released_and_taken_back_as_bars_are(found, by_status, earlier, back):
    decided = pd.concat([quarantine(broken_events(found), by_status), events_taken_back(earlier, back)])
    bad = broken_events(found)
    _, passed, still = as_decided(bars({}), events(earlier), bad, decided, HK)
    released = {symbol: value for symbol, value in found.items() if by_status.get(symbol) == "released"}
    stays_out = {symbol for symbol in earlier if back.get(symbol) in ("held", "rejected")}
    # An event that passes every rule is before a released one of its day.
    told = released | earlier
    gone = {symbol for symbol in stays_out if told[symbol] == earlier[symbol]}
    rejected = {symbol for symbol in found if by_status.get(symbol) == "rejected"}
    gone |= {symbol for symbol in rejected & set(told) if abs(told[symbol] - found[symbol]) <= 1e-4}
    assert dict(zip(passed["symbol"], passed["value"], strict=True)) == {
        symbol: value for symbol, value in told.items() if symbol not in gone
    }
    assert set(still["symbol"]) == set(found) - set(released)


@A_FEW
@given(closes, closes, statuses)
def test_what_is_held_again_with_other_decimals_has_the_id_and_the_decision_that_it_had(bad, amounts, by_status):
    decided = pd.concat([quarantine(broken(bad), by_status), quarantine(broken_events(amounts), by_status)])
    a_little = 1e-5
    again = pd.concat([broken(bad), broken_events(amounts)], ignore_index=True)
    again = again.assign(id=[f"another {at}" for at in again.index], value=again["value"] + a_little)
    again[["open", "high", "low", "close"]] += a_little
    _, _, still = as_decided(bars({}), events({}), again, decided, HK)
    assert set(still.loc[still["symbol"].isin(by_status.keys()), "id"]) <= set(decided["id"])
    released = {symbol for symbol, status in by_status.items() if status == "released"}
    assert not released & set(still["symbol"])


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
            stored = put_in(stored, rows, KEY, instant, f"decision {turn}")
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
    once = withdraw(put_in(nothing(), rows, KEY, START, "decision"), keys, START + timedelta(minutes=1))
    pd.testing.assert_frame_equal(withdraw(once, keys, START + timedelta(minutes=2)), once)
