"""Rules that hold an event against the bars around its day; those that need no prices are in `bars/events.py`.

An event is held like a bar: with the rule's name and what it saw, until the prices carry it or a person decides.
"""

from collections.abc import Hashable, Sequence
from datetime import date
from math import log, prod
from typing import Any

import pandas as pd

from warehouse.bars.events import BOOKED_TWICE, EVENT_OF_AN_INDEX, MALFORMED_EVENT, OTHER_CURRENCY, TOLD_TWICE
from warehouse.facts.limits import limit_prices
from warehouse.facts.market import Market
from warehouse.frames import DIVIDEND, SPLIT
from warehouse.rules.past import referenced
from warehouse.rules.rule import Severity

SPLIT_WITHOUT_STEP = "split_without_step"
DIVIDEND_TOO_LARGE = "dividend_too_large"
DIVIDEND_BESIDE_SPLIT = "dividend_beside_split"
OF_A_HELD_ANSWER = "of_a_held_answer"
EVENT_WITHDRAWN = "event_withdrawn"
EVENT_RULES: dict[str, Severity] = {
    **dict.fromkeys((MALFORMED_EVENT, EVENT_OF_AN_INDEX, TOLD_TWICE, OF_A_HELD_ANSWER), "hold"),
    **dict.fromkeys((SPLIT_WITHOUT_STEP, DIVIDEND_TOO_LARGE, DIVIDEND_BESIDE_SPLIT), "hold"),
    **dict.fromkeys((BOOKED_TWICE, OTHER_CURRENCY, EVENT_WITHDRAWN), "warn"),
}
LEAST_SPLIT = 0.09  # log; a smaller bonus issue cannot be told from a day's move
LARGEST_DIVIDEND = 0.5  # of the close before; whoever pays more has been read about

Row = dict[Hashable, Any]


def judge_events(events: pd.DataFrame, bars: pd.DataFrame, market: Market) -> pd.DataFrame:
    """The events with `rule` and `detail` where one is held, and `is_proven` where the prices show a split's step.

    `events` have symbol, ex_date, kind, value and currency and are judged with the others of their symbol and day;
    `bars` are those that passed so far and the stored ones, as traded. A split that has no bar before it and no traded
    one after it is believed, and so is the size of a dividend that has none before.
    """
    near = bars[bars["symbol"].isin(events["symbol"])].sort_values("trade_date")
    by_symbol = {str(symbol): rows.to_dict("records") for symbol, rows in near.groupby("symbol")}
    records = events.to_dict("records")
    judged = []
    for event in records:
        group = [one for one in records if (one["symbol"], one["ex_date"]) == (event["symbol"], event["ex_date"])]
        around = _bars_around(by_symbol.get(event["symbol"], []), event["ex_date"])
        judge = {SPLIT: _judge_split, DIVIDEND: _judge_dividend}.get(event["kind"])
        judged.append(judge(event, group, *around, market) if judge else BELIEVED)
    return events.join(pd.DataFrame(judged, events.index, ["rule", "detail", "is_proven"], dtype="object"))


def _bars_around(bars: Sequence[Row], day: date) -> tuple[Row | None, Row | None]:
    """The last bar before a day, and the first on it or after it that traded."""
    before = [bar for bar in bars if bar["trade_date"] < day]
    after = [bar for bar in bars if bar["trade_date"] >= day and pd.notna(bar["volume"]) and bar["volume"] > 0]
    return before[-1] if before else None, after[0] if after else None


Judgement = tuple[str | None, str | None, bool]
BELIEVED: Judgement = (None, None, False)


def _judge_split(split: Row, group: Sequence[Row], before: Row | None, after: Row | None, market: Market) -> Judgement:
    """Held where open and close lie where they would if it had not happened, had happened twice, or upside down.

    A close at the day's limit from the price that the day's events leave is where trading stopped, not where the price
    was. A split that is too small to be told from a day's move is believed.
    """
    size = log(split["value"])
    if abs(size) <= LEAST_SPLIT or not before or not after:
        return BELIEVED
    steps = [log(after[name] / before["close"]) for name in ("open", "close")]

    def is_at(place: float) -> bool:
        return all(abs(step - place) < abs(size) / 3 for step in steps)

    if is_at(-size) or _is_at_limit(group, before, after, market):
        return None, None, is_at(-size)
    if not any(map(is_at, (0.0, -2 * size, size))):
        return BELIEVED
    detail = (
        f"opens at {after['open']:g} and closes at {after['close']:g} on {after['trade_date']}, after a close of "
        f"{before['close']:g} on {before['trade_date']}"
    )
    return SPLIT_WITHOUT_STEP, detail, False


def _is_at_limit(group: Sequence[Row], before: Row, after: Row, market: Market) -> bool:
    percent = market.limit_percent(after["symbol"], after["trade_date"])
    if not percent:
        return False
    events = [(event["ex_date"], event["kind"], event["value"]) for event in group]
    reference = referenced(before["close"], events, market.code)[0]
    return round(after["close"], 2) in limit_prices(reference, percent)


def _judge_dividend(
    dividend: Row, group: Sequence[Row], before: Row | None, _: Row | None, market: Market
) -> Judgement:
    """Held where it takes half of the price or more, and in Hong Kong beside a split: per which share?

    Neither asks what was dealt in since: a stock may be halted on its ex-date, or its bar of the day held.
    """
    splits = [event["value"] for event in group if event["kind"] == SPLIT]
    if market.code == "HK" and splits:
        return DIVIDEND_BESIDE_SPLIT, "on the day of a split: is it per old share or per new one?", False
    if not before or dividend["currency"] not in (None, market.currency):
        return BELIEVED
    close = before["close"] / prod(splits)
    if dividend["value"] >= LARGEST_DIVIDEND * close:
        return DIVIDEND_TOO_LARGE, f"after a close of {close:g} on {before['trade_date']}", False
    return BELIEVED
