"""What one answer tells of splits and dividends, put in order before anything is believed of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations, pairwise
from math import isclose, prod

import pandas as pd

from warehouse.bars.answers import Answer, Event
from warehouse.facts.files import Row
from warehouse.facts.universe import covers
from warehouse.frames import ACTION_KEY, DIVIDEND, SPLIT, UNLISTED_ADJUSTMENT, is_among

# Rules of events that need no prices; `rules/events.py` has those that do.
MALFORMED_EVENT = "malformed_event"
EVENT_OF_AN_INDEX = "event_of_an_index"
TOLD_TWICE = "told_twice"
BOOKED_TWICE = "booked_twice"  # the warning of a second booking that is left out
OTHER_CURRENCY = "dividend_in_another_currency"  # the warning of one whose amount is used for nothing

NEIGHBOURS = timedelta(days=4)  # neighbouring sessions, a weekend or a holiday between them
SAME_VALUE = 1e-3  # relative; a vendor's roundings of one amount
NET_OF_TAX = (0.8, 0.9)  # of the gross amount, as dividends from the mainland and elsewhere are told


@dataclass(frozen=True)
class Doubt:
    """An event that is held, or warned of, before a price is looked at: the rule, and what it saw."""

    kind: str
    ex_date: date
    value: float | None
    currency: str | None
    rule: str
    detail: str


@dataclass(frozen=True)
class Told:
    """One answer's events: one each of `splits` and `dividends` a day.

    `parts` says of what a value is the sum or product, by kind and day. `second` are bookings of splits that repeat an
    earlier one, and may be in the vendor's prices all the same. What is in doubt is in none of them.
    """

    splits: list[Event]
    dividends: list[Event]
    parts: dict[tuple[str, date], list[float]]
    second: list[Event]
    doubts: list[Doubt]
    warnings: list[Doubt]


def told_by(answer: Answer, today: date, is_index: bool, rates: Sequence[Row]) -> Told:
    """Put an answer's events in order; `rates` are the rows of `currency_rates.csv`."""
    malformed = [
        Doubt(odd.kind, odd.ex_date or today, None, None, MALFORMED_EVENT, odd.problem) for odd in answer.malformed
    ]
    kinds = [(SPLIT, event) for event in answer.splits] + [(DIVIDEND, event) for event in answer.dividends]
    malformed += [
        Doubt(kind, event.ex_date, None, None, MALFORMED_EVENT, f"{kind} of {event.value:g}")
        for kind, event in kinds
        if not event.is_possible
    ]
    possible = [(kind, event) for kind, event in kinds if event.is_possible]
    if is_index:
        of_index = [
            _doubt(kind, event, EVENT_OF_AN_INDEX, "an index has no corporate actions") for kind, event in possible
        ]
        return Told([], [], {}, [], malformed + of_index, [])
    parts: dict[tuple[str, date], list[float]] = {}
    splits = _one_a_day([event for kind, event in possible if kind == SPLIT], SPLIT, prod, parts)
    sure, twice = _told_once([event for kind, event in possible if kind == DIVIDEND], answer.currency, rates)
    dividends = _one_a_day(sure, DIVIDEND, sum, parts)
    second = second_bookings(splits)
    again = [(SPLIT, event) for event in second] + [(DIVIDEND, event) for event in second_bookings(dividends)]
    once = [event for event in dividends if (DIVIDEND, event) not in again]
    warnings = [_doubt(kind, event, BOOKED_TWICE, f"{event.value:g} booked again, left out") for kind, event in again]
    warnings += [
        _doubt(
            DIVIDEND, event, OTHER_CURRENCY, f"{event.value:g} {event.currency}, where prices are in {answer.currency}"
        )
        for event in once
        if event.currency not in (None, answer.currency)
    ]
    return Told([event for event in splits if event not in second], once, parts, second, malformed + twice, warnings)


def _doubt(kind: str, event: Event, rule: str, detail: str) -> Doubt:
    return Doubt(kind, event.ex_date, event.value, event.currency, rule, detail)


def _one_a_day(
    events: Sequence[Event],
    kind: str,
    combine: Callable[[Iterable[float]], float],
    parts: dict[tuple[str, date], list[float]],
) -> list[Event]:
    """Equal events of one day are one; different ones are its parts, an ordinary and a special dividend say."""
    days: dict[date, list[Event]] = {}
    for event in sorted(events, key=lambda event: event.ex_date):
        mine = days.setdefault(event.ex_date, [])
        if not any(isclose(event.value, other.value, rel_tol=SAME_VALUE) for other in mine):
            mine.append(event)
    for day, mine in days.items():
        if len(mine) > 1:
            parts[kind, day] = [event.value for event in mine]
    return [replace(mine[0], value=combine(event.value for event in mine)) for mine in days.values()]


def _told_once(dividends: list[Event], currency: str | None, rates: Sequence[Row]) -> tuple[list[Event], list[Doubt]]:
    """The dividends but those of days on which one seems to be told in two currencies, or gross and net of tax."""
    doubts = []
    for one, other in combinations(dividends, 2):
        if one.ex_date == other.ex_date and _is_told_twice(one, other, rates):
            # Whichever is in the currency of the prices is the one that a person would release.
            first, second = sorted((one, other), key=lambda event: (event.currency or currency) != currency)
            detail = f"{first.value:g} {first.currency or ''} and {second.value:g} {second.currency or ''}: one or two?"
            doubts.append(_doubt(DIVIDEND, first, TOLD_TWICE, " ".join(detail.split())))
    in_doubt = {doubt.ex_date for doubt in doubts}
    return [event for event in dividends if event.ex_date not in in_doubt], doubts


def _is_told_twice(one: Event, other: Event, rates: Sequence[Row]) -> bool:
    low, high = sorted((one.value, other.value))
    if isclose(low, high, rel_tol=SAME_VALUE):
        return (one.currency or other.currency) != (other.currency or one.currency)
    in_two_currencies = one.currency and other.currency and one.currency != other.currency
    of_the_day = [row for row in rates if covers(row["valid_from"], row["valid_to"], one.ex_date)]
    is_rate = any(row["lowest"] <= ratio <= row["highest"] for row in of_the_day for ratio in (low / high, high / low))
    is_net = any(isclose(low / high, share, rel_tol=SAME_VALUE) for share in NET_OF_TAX)
    return bool(in_two_currencies or is_rate or is_net)


def second_bookings(events: Sequence[Event]) -> list[Event]:
    """The events that repeat an earlier one of the same value on a neighbouring day."""
    ordered = sorted(events, key=lambda event: event.ex_date)
    return [
        later
        for earlier, later in pairwise(ordered)
        if later.ex_date - earlier.ex_date <= NEIGHBOURS and isclose(later.value, earlier.value, rel_tol=SAME_VALUE)
    ]


def moved(stored: pd.DataFrame, actions: pd.DataFrame) -> pd.DataFrame:
    """The stored current splits and dividends (symbol, ex_date, kind) that `actions` now has on a neighbouring day.

    Such an action was never two: the vendor has booked it anew, and the old booking is withdrawn.
    """
    pairs = stored.merge(actions, on=["symbol", "kind"], suffixes=("", "_new"))
    gap = pd.to_datetime(pairs["ex_date_new"]) - pd.to_datetime(pairs["ex_date"])
    is_near = (gap != pd.Timedelta(0)) & (gap.abs() <= NEIGHBOURS) & (pairs["kind"] != UNLISTED_ADJUSTMENT)
    is_same = (pairs["value"] / pairs["value_new"] - 1).abs() < SAME_VALUE
    # Two that both stand in the answer are two: only far apart, or of different values, do they get this far.
    still = is_among(pairs, actions, ACTION_KEY)
    return pairs.loc[is_near & is_same & ~still, ACTION_KEY].drop_duplicates()
