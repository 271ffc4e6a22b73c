"""The recorded market of January to June 2022 in `../shared`, recomputed with pandas from its bars."""

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_index_history import defined
from warehouse_of import warehouse_of

from tests.shipped import FACTS, HK

BARS = Path(__file__).parents[3] / "shared" / "yahoo" / "bars.parquet"
pytestmark = pytest.mark.skipif(not BARS.exists(), reason="the recorded market in ../shared is not here")

INDEX_SYMBOLS = [index.symbol for index in FACTS.indices]
RUNS = [("HK", "2022-01-10", "2022-06-30"), ("CN", "2022-01-10", "2022-06-30")]
HORIZONS = {"wtd": "W-SUN", "mtd": "M", "qtd": "Q", "ytd": "Y"}


@pytest.fixture(scope="module")
def recorded():
    bars = pd.read_parquet(BARS)
    bars["date"] = pd.to_datetime(bars["date"]).astype("datetime64[s]")
    return bars.sort_values(["symbol", "date"])


@pytest.fixture(scope="module")
def warehouse(recorded, tmp_path_factory):
    is_index = recorded["symbol"].isin(INDEX_SYMBOLS)
    stocks = recorded[~is_index]
    flat = (stocks["volume"] == 0) & (stocks["close"] == stocks.groupby("symbol")["close"].shift())
    rows = {
        "stocks": as_bars(stocks.assign(trading_state=np.where(flat, "suspended", "traded"))),
        "indices": as_bars(recorded[is_index].assign(trading_state="traded")),
        "actions": [
            (row.symbol, str(row.date.date()), kind, getattr(row, kind))
            for row in recorded.itertuples()
            for kind, nothing in (("split", 1), ("dividend", 0))
            if getattr(row, kind) != nothing
        ],
        "runs": RUNS,
    }
    folder = tmp_path_factory.mktemp("recorded")
    with warehouse_of(folder, datetime(2022, 6, 30, 12, tzinfo=UTC), **rows) as connection:
        yield connection


def as_bars(bars):
    names = ("open", "high", "low", "close", "volume", "trading_state")
    return [
        (row.symbol, str(row.date.date()), row.close, {name: getattr(row, name) for name in names})
        for row in bars.itertuples()
    ]


def frame(warehouse, query):
    found = warehouse.execute(query).df()
    found["trade_date"] = pd.to_datetime(found["trade_date"]).astype("datetime64[s]")
    return found


def test_index_returns_equal_a_recomputation_of_every_day(warehouse, recorded):
    ours = frame(warehouse, "select * from index_returns").set_index(["index_symbol", "trade_date"]).sort_index()
    assert len(ours) == recorded["symbol"].isin(INDEX_SYMBOLS).sum()
    for index in FACTS.indices:
        bars = recorded[recorded["symbol"] == index.symbol].set_index("date")["close"]
        if bars.empty:
            continue
        # the recording lacks one session of the Hang Seng TECH Index
        sessions = FACTS.market(index.market).sessions
        close = bars.reindex(pd.DatetimeIndex(sessions.between(bars.index[0].date(), date(2022, 6, 30))))
        mine, move = ours.loc[index.symbol], close.pct_change(fill_method=None)
        same(mine["return_1d"], move)
        same(mine["return_5d"], close / close.shift(5) - 1)
        for name, period in HORIZONS.items():
            periods = close.index.to_period(period)
            last = close.groupby(periods).agg(lambda part: part.iloc[-1]).shift()
            same(mine[f"return_{name}"], close / last.reindex(periods).to_numpy() - 1)
        month = move.groupby(move.index.to_period("M"))
        rank = month.transform(lambda part: part.expanding().rank(ascending=False, method="min"))
        same(mine["rank_in_month"], rank.where(~month.transform(lambda part: part.isna().cummax())))
        past = [None if np.isnan(level) else level for level in close]
        for at, day in enumerate(close.index):
            if past[at] is not None:
                expected = defined([moment.date() for moment in close.index[: at + 1]], past[: at + 1])
                found = {name: plain(mine.loc[day, name]) for name in expected}
                assert found == pytest.approx(expected), (index.symbol, day)


def same(ours, theirs):
    theirs = theirs[theirs.index.isin(ours.index)]
    pd.testing.assert_series_equal(ours.astype(float), theirs.astype(float), check_names=False, check_index_type=False)


def plain(value):
    """As plain Python has it: a date, a number or text, None for nothing."""
    return None if pd.isna(value) else value.date() if isinstance(value, pd.Timestamp) else value


def test_stock_months_and_quarters_equal_a_recomputation_of_every_day(warehouse, recorded):
    ours = frame(warehouse, "select * from stock_returns").set_index(["symbol", "trade_date"]).sort_index()
    stocks = recorded[~recorded["symbol"].isin(INDEX_SYMBOLS)]
    assert len(ours) == len(stocks)
    compared = 0
    for symbol, bars in stocks.groupby("symbol"):
        bars, mine, is_mainland = bars.set_index("date"), ours.loc[symbol], not symbol.endswith(".HK")
        if (bars["volume"] == 0).any():
            continue
        for name in ("mtd", "qtd"):
            gap = (bars["close"] / (1 + mine[f"return_{name}"]) - walked(bars, HORIZONS[name], is_mainland)).dropna()
            # the mainland's reference is a price of whole fen
            assert (gap.abs() < (0.0051 if is_mainland else 1e-6)).all(), (symbol, name)
            compared += len(gap)
    assert compared > 40_000


def walked(bars, period, is_mainland):
    """The base close of each day, taken through every action since, one day after the other."""
    periods = bars.index.to_period(period)
    references, reference = [], None
    for at, bar in enumerate(bars.itertuples()):
        if at and periods[at] != periods[at - 1]:
            reference = bars["close"].iloc[at - 1]
        if reference is not None:
            reference = reference / bar.split - (bar.dividend if is_mainland else 0)
        references.append(reference)
    return pd.Series(references, bars.index, dtype=float)


def test_the_market_wrap_of_17_may_2022_is_there_in_rows(warehouse):
    rows = frame(warehouse, "select * from index_returns where trade_date = '2022-05-17'").set_index("index_code")
    assert rows["return_1d"].round(3)[["HSTECH", "HSI", "CSI300"]].tolist() == [0.058, 0.033, 0.012]
    tech = rows.loc["HSTECH"]
    assert (tech["rank_in_month"], tech["since_status"]) == (1, "since")
    assert tech["month_sessions"] >= 3
    assert str(tech["best_since"])[:10] == "2022-04-29"
    leaders = warehouse.execute(
        "select symbol from top_movers where index_symbol = 'HSTECH.HK' and trade_date = '2022-05-17' "
        "and side = 'gainer' and not resumed order by rank limit 2"
    )
    assert leaders.fetchall() == [("2382.HK",), ("2015.HK",)]


def test_turnover_and_breadth_equal_a_recomputation_of_one_evening(warehouse, recorded):
    day = date(2022, 5, 17)
    members = {spell.symbol for spell in HK.spells if spell.index_symbol == "HSTECH.HK" and spell.covers(day)}
    bars = recorded[recorded["symbol"].isin(members)]
    closes = bars.pivot(index="date", columns="symbol", values="close")
    move = (closes.loc["2022-05-17"] / closes.loc["2022-05-16"] - 1).round(12)
    typical = bars["volume"] * (bars["high"] + bars["low"] + bars["close"]) / 3
    turnover = typical.groupby(bars["date"]).sum()
    query = "select * from breadth where index_symbol = 'HSTECH.HK' and trade_date = '2022-05-17'"
    (row,) = frame(warehouse, query).to_dict("records")
    assert (row["advancers"], row["decliners"], row["unchanged"]) == ((move > 0).sum(), (move < 0).sum(), 0)
    assert row["turnover_estimate"] == pytest.approx(turnover["2022-05-17"])
    # no member changed in those 20 sessions
    assert row["turnover_estimate_20d"] == pytest.approx(turnover[:"2022-05-16"][-20:].mean())
    assert (row["new_highs"], row["with_52w_history"]) == (0, 0)
