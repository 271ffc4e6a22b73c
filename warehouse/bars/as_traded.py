"""Undo a vendor's split adjustment: prices, volumes and dividends as they were printed on their day."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from math import prod

import pandas as pd

from warehouse.bars.answers import Answer, Event, bars_of
from warehouse.frames import ACTION_KEY, DIVIDEND, PRICES, SPLIT

DECIMALS = 4  # finer than any tick, coarser than the 32-bit floats that vendors widen


def factor_after(splits: Iterable[Event], day: date) -> float:
    """The product of the ratios of all splits with an ex-date after `day`."""
    return prod(split.value for split in splits if split.ex_date > day)


def ratios_after(bars: pd.DataFrame, actions: pd.DataFrame) -> pd.Series:
    """Beside each bar (symbol, trade_date) the product of the values of its symbol's `actions` with a later ex-date."""
    events: dict[str, list[Event]] = {}
    for symbol, ex_date, value in zip(actions["symbol"], actions["ex_date"], actions["value"], strict=True):
        events.setdefault(symbol, []).append(Event(ex_date, value))
    keys = zip(bars["symbol"], bars["trade_date"], strict=True)
    return pd.Series([factor_after(events.get(symbol, []), day) for symbol, day in keys], bars.index, dtype="float64")


def bars_as_traded(answers: Sequence[Answer]) -> pd.DataFrame:
    """The answers' bars with `split_factor` undone; rows without any price are left out, they say nothing.

    A vendor shows every bar in today's shares, so a bar's prices are multiplied and its volume divided by the
    product of the splits that came after it.
    """
    factors = [factor_after(answer.splits, day) for answer in answers for day in answer.trade_date]
    bars = bars_of(answers).assign(split_factor=pd.Series(factors, dtype="float64"))
    bars = bars.dropna(subset=PRICES, how="all")
    bars[PRICES] = bars[PRICES].mul(bars["split_factor"], axis="index").round(DECIMALS)
    bars["volume"] = (bars["volume"].astype("Float64") / bars["split_factor"]).round().astype("Int64")
    return bars


def actions_as_traded(answers: Sequence[Answer]) -> pd.DataFrame:
    """The answers' splits and dividends (symbol, ex_date, kind, value, currency, asked_at), per share as of their day.

    A dividend with the ex-date of a split is per share after that split, as the vendor states it.
    """
    rows: list[tuple[str, date, str, float, str | None, datetime]] = []
    for answer in answers:
        rows += [
            (answer.symbol, event.ex_date, SPLIT, round(event.value, 8), None, answer.asked_at)
            for event in answer.splits
            if event.value != 1
        ]
        for event in answer.dividends:
            amount = round(event.value * factor_after(answer.splits, event.ex_date), 6)
            rows.append((answer.symbol, event.ex_date, DIVIDEND, amount, answer.currency, answer.asked_at))
    actions = pd.DataFrame(rows, columns=[*ACTION_KEY, "value", "currency", "asked_at"])
    actions["asked_at"] = pd.to_datetime(actions["asked_at"], utc=True)
    return actions.astype({"ex_date": "object"}).drop_duplicates(ACTION_KEY, keep="last")
