"""Weekdays past a calendar's horizon: sessions until the indices show that they were none."""

from datetime import date

import pandas as pd

from warehouse.facts.market import Market


def confirmations(market: Market, index_bars: pd.DataFrame, answers: pd.DataFrame) -> dict[date, bool | None]:
    """What is known of each provisional session, in order: True once an index has a bar on it, None while nothing is.

    False, and the day is struck, once an index that was asked for it has a later bar and none on it. `index_bars` are
    current ones, `answers` what was asked (rows of that dataset); both may hold more than is needed.
    """
    days = [session.trade_date for session in market.sessions.days if session.kind == "provisional"]
    have = set(index_bars["trade_date"])
    last_bar = index_bars.groupby("symbol")["trade_date"].max()
    whole = [index.symbol for index in market.indices if not index.is_short and index.symbol in last_bar.index]
    asked = answers[(answers["outcome"] == "ok") & answers["symbol"].isin(whole)]
    spans = {
        (first, min(asked_on, last, last_bar[symbol]))
        for symbol, first, last, asked_on in zip(
            asked["symbol"], asked["first_date"], asked["last_date"], asked["asked_on"], strict=True
        )
    }
    spans = {(first, end) for first, end in spans if days and end > days[0]}
    return {
        day: True if day in have else False if any(first <= day < end for first, end in spans) else None for day in days
    }
