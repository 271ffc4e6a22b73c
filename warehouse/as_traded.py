"""Undo a vendor's split adjustment: prices, volumes and dividends as they were printed on their day."""

from collections.abc import Iterable
from datetime import date
from math import prod

import pandas as pd

from warehouse.answers import Answer, Event

PRICES = ["open", "high", "low", "close"]
DECIMALS = 4  # finer than any tick, coarser than the 32-bit floats that vendors widen


def factor_after(splits: Iterable[Event], day: date) -> float:
    """The product of the ratios of all splits with an ex-date after `day`."""
    return prod(split.value for split in splits if split.ex_date > day)


def bars_as_traded(answer: Answer) -> pd.DataFrame:
    """The answer's bars with `split_factor` undone; rows without any price are left out, they say nothing.

    A vendor shows every bar in today's shares, so a bar's prices are multiplied and its volume divided by the
    product of the splits that came after it.
    """
    bars = answer.bars().dropna(subset=PRICES, how="all")
    factor = pd.Series([factor_after(answer.splits, day) for day in bars["trade_date"]], bars.index, dtype="float64")
    for name in PRICES:
        bars[name] = (bars[name] * factor).round(DECIMALS)
    bars["volume"] = (bars["volume"].astype("Float64") / factor).round().astype("Int64")
    return bars.assign(split_factor=factor)


def actions_as_traded(answer: Answer) -> pd.DataFrame:
    """The answer's splits and dividends (symbol, ex_date, kind, value, currency), dividends per share as of their day.

    A dividend with the ex-date of a split is per share after that split, as the vendor states it.
    """
    rows: list[tuple[str, date, str, float, str | None]] = [
        (answer.symbol, event.ex_date, "split", round(event.value, 8), None)
        for event in answer.splits
        if event.value != 1
    ]
    rows += [
        (
            answer.symbol,
            event.ex_date,
            "dividend",
            round(event.value * factor_after(answer.splits, event.ex_date), 6),
            answer.currency,
        )
        for event in answer.dividends
    ]
    return pd.DataFrame(rows, columns=["symbol", "ex_date", "kind", "value", "currency"])
