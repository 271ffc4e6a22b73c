"""Builds a warehouse out of handmade rows: short tuples in, a read-only connection out.

Days are ISO dates. Every tuple may end in a dictionary that overrides any column of its dataset.
"""

from datetime import UTC, date, datetime, time

import pandas as pd

from tests.shipped import KNOWN
from warehouse.lake.lake import Lake
from warehouse.lake.schema import (
    ACTIONS,
    ANSWERS,
    INDICES,
    OFFICIAL,
    OFFICIAL_ANSWERS,
    OPINIONS,
    QUARANTINE,
    RUNS,
    STOCKS,
)
from warehouse.sql.build import build
from warehouse.sql.database import open_read_only

BUILT_AT = datetime(2022, 6, 20, 12, tzinfo=UTC)
SETTLE_MINUTES = 30
KNOWN_FROM = datetime(2022, 6, 1, tzinfo=UTC)


def warehouse_of(folder, built_at=BUILT_AT, settle_minutes=SETTLE_MINUTES, facts=KNOWN, **rows):
    """Keep the rows in a lake under `folder`, build the file by these facts, and open it read-only."""
    lake = lake_of(folder, **rows)
    build(lake, facts, folder / "warehouse.duckdb", built_at, settle_minutes)
    return open_read_only(folder / "warehouse.duckdb")


def lake_of(
    folder, stocks=(), indices=(), actions=(), quarantine=(), answers=(), opinions=(), runs=(), official=(), told=()
):
    """A lake that holds these rows and nothing else, of each dataset and market that is named."""
    lake = Lake(folder / "lake")
    lake.path.mkdir(parents=True, exist_ok=True)
    keep(lake, STOCKS, [bar(*row) for row in stocks])
    keep(lake, INDICES, [bar(*row) for row in indices])
    keep(lake, ACTIONS, [action(*row) for row in actions])
    keep(lake, QUARANTINE, [held(*row) for row in quarantine])
    keep(lake, ANSWERS, [answer(*row) for row in answers])
    keep(lake, OPINIONS, [opinion(*row) for row in opinions])
    keep(lake, RUNS, [run(*row) for row in runs])
    keep(lake, OFFICIAL, [official_line(*row) for row in official])
    keep(lake, OFFICIAL_ANSWERS, [official_answer(*row) for row in told])
    return lake


def keep(lake, dataset, rows):
    """Commit the rows, market by market."""
    tables = {}
    for market in sorted({row["market"] for row in rows}):
        mine = pd.DataFrame([row for row in rows if row["market"] == market], dtype=object)
        tables |= lake.changes(dataset, market, mine[dataset.schema.names])
    lake.commit(tables)


def closes(symbol, by_day):
    """Traded bars of one symbol: {day: close}."""
    return [(symbol, day, close) for day, close in by_day.items()]


def bar(symbol, day, close, more=None):
    """A stock or index bar that opened, rose and fell nowhere but at its close."""
    return versioned(symbol) | {
        "trade_date": date.fromisoformat(day),
        **dict.fromkeys(("open", "high", "low", "close"), float(close)),
        "volume": 1000,
        "currency": "HKD" if market_of(symbol) == "HK" else "CNY",
        "split_factor": 1.0,
        "trading_state": "traded",
        "basis": "history",
        "close_kind": None,
        "halted_at_close": None,
        "fill_factor": None,
        **(more or {}),
    }


def suspended(symbol, day, close):
    """A bar of a day on which the stock did not trade."""
    return (symbol, day, close, {"volume": 0, "trading_state": "suspended"})


def action(symbol, day, kind, value, more=None):
    """A corporate action with that ex-date."""
    return versioned(symbol) | {
        "ex_date": date.fromisoformat(day),
        "kind": kind,
        "value": float(value),
        "currency": None,
        "parts": None,
        "citation": None,
        **(more or {}),
    }


def held(symbol, day, rule, more=None):
    """A quarantine row, still held."""
    return {
        "market": market_of(symbol),
        "id": f"{symbol}-{day}-{rule}",
        "symbol": symbol,
        "trade_date": date.fromisoformat(day),
        **dict.fromkeys(("open", "high", "low", "close"), 1.0),
        "volume": 0,
        "currency": None,
        "rule": rule,
        "detail": "handmade",
        "status": "held",
        "held_at": KNOWN_FROM,
        "decided_at": None,
        "decided_by": None,
        "note": None,
        "source": "handmade",
        "run_id": "run-1",
        "asked_at": KNOWN_FROM,
        "split_factor": 1.0,
        "basis": "history",
        "fill_factor": None,
        **dict.fromkeys(("kind", "value", "parts")),
        **(more or {}),
    }


def answer(symbol, asked_on, first, last, outcome="no data", more=None):
    """What the vendor said on `asked_on` to a question for `first` to `last`."""
    return {
        "market": market_of(symbol),
        "run_id": "run-1",
        "symbol": symbol,
        "asked_on": date.fromisoformat(asked_on),
        "asked_at": evening_of(asked_on),
        "first_date": date.fromisoformat(first),
        "last_date": date.fromisoformat(last),
        "outcome": outcome,
        "detail": None,
        "bars": 0,
        "null_bars": 0,
        **dict.fromkeys(("name", "currency", "exchange", "instrument_type", "first_trade_date", "events")),
        **(more or {}),
    }


def opinion(symbol, day, first_close, second_close, finding, more=None):
    """What a second vendor said of an index's close."""
    return {
        "market": market_of(symbol),
        "symbol": symbol,
        "trade_date": date.fromisoformat(day),
        "first_source": None if first_close is None else "handmade",
        "first_close": first_close,
        "source": "second",
        "second_close": second_close,
        "finding": finding,
        "asked_at": KNOWN_FROM,
        "run_id": "run-1",
        **(more or {}),
    }


def official_line(symbol, day, close, previous_close, more=None):
    """What an official source printed of a line that was dealt in, of the source that the market has."""
    is_hk = market_of(symbol) == "HK"
    return versioned(symbol) | {
        "trade_date": date.fromisoformat(day),
        **dict.fromkeys(("name", "kind", "parent", "since_today", "open", "bid", "ask", "is_st", "doubt")),
        "currency": "HKD" if is_hk else "CNY",
        "state": "traded",
        **dict.fromkeys(("high", "low", "close"), close),
        "previous_close": previous_close,
        "previous_basis": None if is_hk else "adjusted",
        "volume": 1000,
        "turnover": None if close is None else 1000.0 * close,
        "board": "Main Board" if is_hk else "A shares",
        "authority": "exchange" if is_hk else "vendor",
        "source": "hkex" if is_hk else "baostock",
        **(more or {}),
    }


def official_answer(market, day, outcome, more=None):
    """What came of asking the market's official source for an evening."""
    return {
        "market": market,
        "trade_date": date.fromisoformat(day),
        "board": "Main Board" if market == "HK" else "A shares",
        "source": "hkex" if market == "HK" else "baostock",
        "asked_at": evening_of(day),
        "outcome": outcome,
        "requests": 1,
        "lines": 0,
        "run_id": "run-1",
        **dict.fromkeys(("detail", "unread", "turnover_total")),
        **(more or {}),
    }


def run(market, first, last, more=None):
    """A run that stored what it was asked for, on the evening of its last day."""
    return {
        "market": market,
        "run_id": f"{market}-{first}-{last}",
        "flow": "nightly",
        "started_on": date.fromisoformat(last),
        "started_at": evening_of(last),
        "ended_at": evening_of(last),
        "first_date": date.fromisoformat(first),
        "last_date": date.fromisoformat(last),
        "state": "stored",
        "source": "handmade",
        "requests": 0,
        "new_rows": 0,
        "restated_rows": 0,
        "held_rows": 0,
        "detail": None,
        "scope": "members",
        **(more or {}),
    }


def versioned(symbol):
    """The columns that every version has, of one that is current."""
    return {
        "market": market_of(symbol),
        "symbol": symbol,
        "source": "handmade",
        "asked_at": KNOWN_FROM,
        "known_from": KNOWN_FROM,
        "known_to": None,
        "run_id": "run-1",
    }


def market_of(symbol):
    """HK for Hong Kong's symbols and the indices that begin with a caret, else CN."""
    return "HK" if symbol.endswith(".HK") or symbol.startswith("^") else "CN"


def evening_of(day):
    """Noon UTC: the evening of that day in both markets."""
    return datetime.combine(date.fromisoformat(day), time(12), UTC)


def rows_of(connection, query, *parameters):
    """The answer as dictionaries."""
    found = connection.execute(query, list(parameters))
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def row_of(connection, query, *parameters):
    """The one row of the answer."""
    (found,) = rows_of(connection, query, *parameters)
    return found
