"""Limits and limit states of the recorded mainland market of January to June 2022 in `../shared`."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from warehouse_of import rows_of, warehouse_of

BARS = Path(__file__).parents[3] / "shared" / "yahoo" / "bars.parquet"
pytestmark = pytest.mark.skipif(not BARS.exists(), reason="the recorded market in ../shared is not here")

PRICES = ("open", "high", "low", "close")


@pytest.fixture(scope="module")
def recorded():
    bars = pd.read_parquet(BARS)
    stocks = bars[bars["symbol"].str.match(r"(60|68)\d{4}\.SS|(00|30)\d{4}\.SZ")]
    return stocks.sort_values(["symbol", "date"]).reset_index(drop=True)


@pytest.fixture(scope="module")
def warehouse(recorded, tmp_path_factory):
    halted = (recorded["volume"] == 0) & (recorded["close"] == recorded.groupby("symbol")["close"].shift())
    states = np.where(halted, "suspended", "traded")
    stocks = [
        (
            bar.symbol,
            str(bar.date),
            bar.close,
            {name: getattr(bar, name) for name in (*PRICES, "volume")} | {"trading_state": state},
        )
        for bar, state in zip(recorded.itertuples(), states, strict=True)
    ]
    actions = [(bar.symbol, str(bar.date), "dividend", bar.dividend) for bar in recorded.itertuples() if bar.dividend]
    actions += [(bar.symbol, str(bar.date), "split", bar.split) for bar in recorded.itertuples() if bar.split != 1]
    with warehouse_of(tmp_path_factory.mktemp("recorded"), stocks=stocks, actions=actions) as connection:
        yield connection


def test_no_recorded_price_of_a_member_is_beyond_the_limit_of_its_day(warehouse):
    query = """select symbol, trade_date, low, high, limit_down, limit_up from prices
        where high > limit_up + 0.001 or low < limit_down - 0.001"""
    assert rows_of(warehouse, query) == []
    query = "select count(limit_up) as known, count(distinct symbol) as stocks from prices where limit_up is not null"
    assert rows_of(warehouse, query) == [{"known": 34176, "stocks": 298}]


def test_recorded_closes_at_the_limit_are_those_of_a_recomputation(warehouse, recorded):
    """From the bars alone, on days without an action: ten, twenty, and five percent of 002024.SZ from 2022-05-06 on."""
    bars = recorded.assign(before=recorded.groupby("symbol")["close"].shift())
    bars = bars[bars["before"].notna() & (bars["dividend"] == 0) & (bars["split"] == 1) & (bars["volume"] > 0)]
    percent = np.where(bars["symbol"].str.match(r"68|30"), 20, 10)
    percent[(bars["symbol"] == "002024.SZ") & (bars["date"].astype(str) >= "2022-05-06")] = 5
    fen, close = ((bars[name] * 100).round().astype("int64") for name in ("before", "close"))
    expected = {
        (symbol, str(day), state)
        for state, limit in (
            ("closed_up", (fen * (100 + percent) + 50) // 100),
            ("closed_down", (fen * (100 - percent) + 50) // 100),
        )
        for symbol, day in bars.loc[close == limit, ["symbol", "date"]].itertuples(index=False)
    }
    query = """select symbol, cast(trade_date as varchar) as day, limit_state from prices
        where limit_state like 'closed%' and ex is null"""
    found = {tuple(row.values()) for row in rows_of(warehouse, query)}
    unknown = {
        tuple(row.values())
        for row in rows_of(warehouse, "select symbol, cast(trade_date as varchar) from prices where limit_up is null")
    }
    assert found == {key for key in expected if key[:2] not in unknown}
    assert len(found) == 230
