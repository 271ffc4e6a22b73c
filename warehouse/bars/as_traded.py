"""Undo what a vendor did to history: prices, volumes and dividends as they were printed on their day."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import takewhile
from math import prod

import numpy as np
import pandas as pd

from warehouse.bars.answers import Answer, Event
from warehouse.bars.change import are_ticks, price_tolerances
from warehouse.bars.events import Told
from warehouse.bars.readings import LEAST_BARS, Overlap, among, best_reading, is_paid, is_plausible, without
from warehouse.facts.market import Market
from warehouse.frames import ACTION_KEY, DIVIDEND, KEY, PRICES, SPLIT, UNLISTED_ADJUSTMENT

UNDATED_REBASE = "undated_rebase"  # the warning of an answer that is rebased from first to last
SIGNS = {SPLIT: " x ", DIVIDEND: " + "}  # between the parts of an event
SAME_VOLUME = 0.02  # log; a vendor's volumes are its own stored ones but for its rounding, and smaller than any split
DECIMALS = 4  # finer than any tick, coarser than the 32-bit floats that vendors widen


@dataclass(frozen=True)
class Undone:
    """`bars` as traded; what was `found` and `withdrawn` (symbol, ex_date, kind, value of each unlisted adjustment).

    `undated` are the last bars (symbol, trade_date, detail) of answers that are rebased from first to last: no bar in
    them says from when on. `refused` are the symbols whose rebase is no adjustment, and whose answer is of no use.
    `in_prices` are, by symbol, the splits that the vendor's numbers are adjusted for.
    """

    bars: pd.DataFrame
    found: pd.DataFrame
    withdrawn: pd.DataFrame
    undated: pd.DataFrame
    refused: list[str]
    in_prices: dict[str, list[Event]]


def undo(
    bars: pd.DataFrame,
    stored: pd.DataFrame,
    actions: pd.DataFrame,
    told: Mapping[str, Told],
    market: Market,
    may_rebase: bool = True,
    proven_by: Collection[str] = (),
) -> Undone:
    """Undo what the vendor did to its history, seen against the `stored` current bars and `actions`.

    Symbol by symbol the reading is taken that leaves no whole stretch of differing bars, or the least, and that best
    explains the steps on the days of its splits; as a rule what the answer says. What is left is a new unlisted
    adjustment, unless it is implausible or of an index; it is refused where `may_rebase` is False, and where it is a
    known dividend, taken off the prices. Adjustments of the sources `proven_by` were not found in a vendor's prices:
    they are undone only where the overlap shows that they are in these.
    """
    bars = bars.reset_index(drop=True)
    past = bars[KEY].merge(stored[[*KEY, *PRICES, "volume", "basis"]], on=KEY, how="left")
    known = actions[actions["kind"].isin([SPLIT, UNLISTED_ADJUSTMENT])]
    days = bars["trade_date"].to_numpy()
    found, withdrawn, undated, refused = [], [], [], []
    in_prices: dict[str, list[Event]] = {}
    factor, volume_factor = np.ones(len(bars)), np.ones(len(bars))
    places = {str(name): np.asarray(at) for name, at in bars.groupby("symbol", sort=False).indices.items()}
    differing = _differing(bars, past, price_tolerances(bars.assign(split_factor=1.0), market)["close"].to_numpy())
    suspects = {symbol for symbol in places if told[symbol].splits} | set(known["symbol"]) | differing
    for symbol in sorted(suspects & set(places)):
        at = places[symbol][np.argsort(days[places[symbol]], kind="stable")]
        mine, was = bars.iloc[at, :], past.iloc[at, :]
        here = known[(known["symbol"] == symbol) & (known["asked_at"] <= mine["asked_at"].max())]
        adjustments, splits = (_events(here, kind) for kind in (UNLISTED_ADJUSTMENT, SPLIT))
        sources = here.loc[here["kind"] == UNLISTED_ADJUSTMENT, "source"]
        unsure = [event for event, source in zip(adjustments, sources, strict=True) if source in proven_by]
        overlap = _overlap(mine, was, told[symbol].splits, market)
        undone = best_reading(overlap, adjustments, splits, told[symbol], unsure)
        kept, gone = among(adjustments, undone), without(adjustments, undone)
        in_prices[symbol] = without(undone, adjustments)
        shift = overlap.shift(undone) if symbol not in market.index_symbols else None
        rebased = overlap.factor(kept)
        if shift and is_plausible(shift[0], told[symbol]):
            value, last = shift
            prices = overlap.prices * overlap.factor(undone)[:, None]
            is_rebased = are_ticks(mine, prices * value, market) & ~are_ticks(mine, prices, market)
            ex_date = _first_after(overlap, last, is_rebased)
            paid = [
                *_events(actions[actions["symbol"] == symbol], DIVIDEND),
                *(_as_paid(event, in_prices[symbol]) for event in told[symbol].dividends),
            ]
            close = overlap.stored[last, 3]
            if not may_rebase or (ex_date and any(is_paid(each, Event(ex_date, value), close) for each in paid)):
                refused.append(symbol)
            elif ex_date:
                rebased = rebased * overlap.factor([Event(ex_date, value)])
                # Where one of that day is known, its factor is another now.
                value *= prod(event.value for event in kept if event.ex_date == ex_date)
                found.append((symbol, ex_date, UNLISTED_ADJUSTMENT, round(value, 8)))
            else:
                rebased = rebased * value
                detail = f"all stored bars are {value:.6g} times those of the answer, and none says from when"
                undated.append((symbol, overlap.days[-1], detail))
        withdrawn += [(symbol, event.ex_date, UNLISTED_ADJUSTMENT, event.value) for event in gone]
        of_splits = overlap.factor(in_prices[symbol])
        factor[at] = of_splits * rebased
        volume_factor[at] = _volume_factor(mine["volume"], was["volume"], of_splits, factor[at])
    key = [*ACTION_KEY, "value"]
    return Undone(
        _multiplied(bars, factor, volume_factor),
        pd.DataFrame(found, columns=key),
        pd.DataFrame(withdrawn, columns=key),
        pd.DataFrame(undated, columns=[*KEY, "detail"]),
        refused,
        in_prices,
    )


def _events(actions: pd.DataFrame, kind: str) -> list[Event]:
    rows = actions[actions["kind"] == kind]
    return [Event(*pair) for pair in zip(rows["ex_date"], rows["value"], strict=True)]


def _overlap(mine: pd.DataFrame, was: pd.DataFrame, splits: Sequence[Event], market: Market) -> Overlap:
    """What counts as a difference is in the shares of the day, as far as the answer says them."""
    days = mine["trade_date"].tolist()
    factors = [np.prod([event.value for event in splits if event.ex_date > day]) for day in days]
    tolerance = price_tolerances(mine.assign(close=mine["close"] * factors, split_factor=factors), market)["close"]
    return Overlap(
        days,
        mine["is_session"].tolist(),
        mine[PRICES].to_numpy("float64"),
        was[PRICES].to_numpy("float64"),
        tolerance.to_numpy("float64"),
        (was["basis"] == "evening").to_numpy(),
    )


def _differing(bars: pd.DataFrame, past: pd.DataFrame, tolerance: np.ndarray) -> set[str]:
    """Symbols with `LEAST_BARS` or more closes that differ from the stored ones."""
    differs = np.abs(bars["close"].to_numpy("float64") - past["close"].to_numpy("float64")) > tolerance
    counts = bars.loc[differs, "symbol"].value_counts()
    return set(counts.index[counts >= LEAST_BARS])


def _first_after(overlap: Overlap, last: int, is_rebased: np.ndarray) -> date | None:
    """The first session after the `last` rebased bar that is stored: one that agrees with what is, or a new one.

    Of the new ones before that, the last whose prices are ticks only times the factor is rebased, and so are all before
    it: some prices of an earlier one may be ticks either way. The answer's last bar is not: its day may be the ex-date.
    """
    is_new = np.isnan(overlap.stored[:, 3])
    new = list(takewhile(lambda at: is_new[at], range(last + 1, len(overlap.days) - 1)))
    last = max([last, *(at for at in new if is_rebased[at])])
    days = zip(overlap.days[last + 1 :], overlap.is_session[last + 1 :], strict=True)
    return next((day for day, is_one in days if is_one), None)


def _volume_factor(stated: pd.Series, stored: pd.Series, of_splits: np.ndarray, of_prices: np.ndarray) -> np.ndarray:
    """What the vendor's volumes are to be divided by, as the stored ones show: as a rule its splits alone, as after a
    spin-off; all that was done to its prices, as before a split that it tells late; or one, where it left them.
    """
    volume, was = (column.to_numpy("float64", na_value=np.nan) for column in (stated, stored))
    at = ((of_splits != 1) | (of_prices != 1)) & (volume > 0) & (was > 0)
    if not at.any():
        return of_splits

    def apart(factor: np.ndarray) -> float:
        return float(abs(np.log(np.median(volume[at] / factor[at] / was[at]))))

    nearest = min((of_splits, of_prices, np.ones_like(of_splits)), key=apart)
    return nearest if apart(nearest) < SAME_VOLUME else of_splits


def _multiplied(bars: pd.DataFrame, factor: np.ndarray, volume_factor: np.ndarray) -> pd.DataFrame:
    bars = bars.assign(split_factor=factor)
    bars[PRICES] = bars[PRICES].mul(bars["split_factor"], axis="index").round(DECIMALS)
    bars["volume"] = (bars["volume"].astype("Float64") / volume_factor).round().astype("Int64")
    return bars


def factor_after(splits: Iterable[Event], day: date) -> float:
    """The product of the ratios of all splits with an ex-date after `day`."""
    return prod(split.value for split in splits if split.ex_date > day)


def ratios_after(bars: pd.DataFrame, actions: pd.DataFrame) -> pd.Series:
    """Beside each bar (symbol, trade_date) the product of the values of its symbol's `actions` with a later ex-date."""
    events: dict[str, list[Event]] = {}
    for symbol, ex_date, value in zip(actions["symbol"], actions["ex_date"], actions["value"], strict=True):
        events.setdefault(symbol, []).append(Event(ex_date, value))
    ratios = np.ones(len(bars))
    at = np.flatnonzero(bars["symbol"].isin(list(events)))
    mine = bars.iloc[at]
    ratios[at] = [
        factor_after(events[symbol], day) for symbol, day in zip(mine["symbol"], mine["trade_date"], strict=True)
    ]
    return pd.Series(ratios, bars.index)


def _as_paid(dividend: Event, in_prices: Sequence[Event]) -> Event:
    return replace(dividend, value=value_as_traded(DIVIDEND, dividend.value, dividend.ex_date, in_prices))


def value_as_traded(kind: str, value: float, ex_date: date, in_prices: Sequence[Event]) -> float:
    """What was told of an event, per share as of its day: a dividend without the splits after it."""
    return round(value * factor_after(in_prices, ex_date), 6) if kind == DIVIDEND else round(value, 8)


def actions_as_traded(answers: Sequence[Answer], told: Mapping[str, Told], undone: Undone) -> pd.DataFrame:
    """What was told, per share as of its day: symbol, ex_date, kind, value, currency, parts, asked_at.

    A dividend with the ex-date of a split is per share after that split, as the vendor states it.
    """
    rows: list[tuple[object, ...]] = []
    for answer in answers:
        mine = told[answer.symbol]
        for kind, events in ((SPLIT, mine.splits), (DIVIDEND, mine.dividends)):
            for event in events:
                currency = (event.currency or answer.currency) if kind == DIVIDEND else None
                value, *of_it = (
                    value_as_traded(kind, each, event.ex_date, undone.in_prices.get(answer.symbol, ()))
                    for each in (event.value, *mine.parts.get((kind, event.ex_date), ()))
                )
                parts = SIGNS[kind].join(f"{each:g}" for each in of_it) or None
                rows.append((answer.symbol, event.ex_date, kind, value, currency, parts, answer.asked_at))
    actions = pd.DataFrame(rows, columns=[*ACTION_KEY, "value", "currency", "parts", "asked_at"])
    actions["asked_at"] = pd.to_datetime(actions["asked_at"], utc=True)
    return actions[(actions["kind"] == DIVIDEND) | (actions["value"] != 1)].astype({"ex_date": "object"})
