"""Levels and histories in another unit, everybody rebased at once, a return from a long halt: through validate."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from tasks.collect import Terms
from tasks.plan import Past, Window
from tests.judging import validate
from tests.shipped import CN, HK
from warehouse.bars.answers import Answer
from warehouse.lake.schema import ACTIONS

pytestmark = pytest.mark.slow

DAYS = HK.sessions.between(date(2022, 4, 20), date(2022, 5, 17))
EVENING = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)


def answer(symbol, closes, market=HK, days=DAYS, volumes=None):
    """Bars that rise and fall by a hundredth around their closes."""
    return Answer(
        symbol,
        "ok",
        EVENING,
        currency=market.currency,
        time_zone=str(market.time_zone),
        trade_date=list(days),
        open=list(closes),
        high=[close * 1.01 for close in closes],
        low=[close * 0.99 for close in closes],
        close=list(closes),
        volume=volumes or [1000] * len(closes),
    )


def walk(level):
    return [level * (1 + 0.002 * (at % 3)) for at in range(len(DAYS))]


def stored(*answers):
    """The same bars as the lake has them, but the last day's."""
    rows = [
        {
            "symbol": one.symbol,
            "trade_date": day,
            **{name: getattr(one, name)[at] for name in ("open", "high", "low", "close", "volume")},
            "trading_state": "traded",
            "basis": "evening",
            "known_to": None,
            "fill_factor": float("nan"),
        }
        for one in answers
        for at, day in enumerate(one.trade_date[:-1])
    ]
    return pd.DataFrame(rows).astype({"volume": "Int64"})


def evening(answers, past, market=HK, days=DAYS):
    known = Past(past, ACTIONS.schema.empty_table().to_pandas())
    terms = Terms(Window(market, days[-1], days[-1]), EVENING, timedelta(minutes=30), "yahoo")
    return validate(answers, known, terms)


def held(result):
    rows = result.held[result.held["status"] == "held"]
    return set(zip(rows["symbol"], rows["trade_date"], strict=True))


def passed(result):
    return {*result.stocks["symbol"], *result.indices["symbol"]} if len(result.actions) == 0 else "an action"


@pytest.mark.parametrize("symbol", ["^HSI", "0700.HK"])
@pytest.mark.parametrize("times", [0.001, 0.01, 0.1, 10.0, 1000.0, 1e6, 1e9])
def test_one_bar_at_a_power_of_ten_times_its_level_is_held(symbol, times):
    right = answer(symbol, walk(500.0))
    wrong = answer(symbol, [*walk(500.0)[:-1], walk(500.0)[-1] * times])
    result = evening([wrong], stored(right))
    assert (symbol, DAYS[-1]) in held(result)
    assert result.actions.empty


@pytest.mark.parametrize("symbol", ["^HSI", "0700.HK"])
@pytest.mark.parametrize("times", [0.001, 0.01, 0.1, 10.0, 1000.0, 1e9])
def test_a_whole_history_at_a_power_of_ten_times_its_level_is_no_adjustment(symbol, times):
    right = answer(symbol, walk(500.0))
    wrong = answer(symbol, [close * times for close in walk(500.0)])
    result = evening([wrong], stored(right))
    assert (symbol, DAYS[-1]) in held(result)
    assert result.actions.empty
    assert passed(result) == set()


def test_a_rebase_of_one_stock_is_an_adjustment_and_of_five_at_once_it_is_none():
    symbols = sorted(spell.symbol for spell in HK.spells if spell.index_symbol == "^HSI" and spell.covers(DAYS[-1]))[:5]
    right = [answer(symbol, walk(50.0)) for symbol in symbols]
    rebased = [answer(symbol, [close * 0.9 for close in walk(50.0)]) for symbol in symbols]
    one = evening([rebased[0], *right[1:]], stored(*right))
    assert one.actions[["symbol", "ex_date", "kind"]].values.tolist() == [[symbols[0], DAYS[-1], "unlisted_adjustment"]]
    assert held(one) == set()
    everybody = evening(rebased, stored(*right))
    assert everybody.actions.empty
    assert held(everybody) >= {(symbol, DAYS[-1]) for symbol in symbols}


def test_nothing_is_taken_of_five_at_once_whose_first_days_alone_are_rebased():
    symbols = sorted(spell.symbol for spell in HK.spells if spell.index_symbol == "^HSI" and spell.covers(DAYS[-1]))[:5]
    right = [answer(symbol, walk(50.0)) for symbol in symbols]
    some = [
        answer(symbol, [close * (0.9 if at < 5 else 1) for at, close in enumerate(walk(50.0))]) for symbol in symbols
    ]
    known = Past(stored(*right), ACTIONS.schema.empty_table().to_pandas())
    terms = Terms(Window(HK, DAYS[0], DAYS[-1]), EVENING, timedelta(minutes=30), "yahoo")
    result = validate(some, known, terms)
    assert result.actions.empty
    assert held(result) >= {(symbol, day) for symbol in symbols for day in [*DAYS[:5], DAYS[-1]]}
    assert not result.stocks["trade_date"].isin([*DAYS[:5], DAYS[-1]]).any()


def test_an_answer_of_negative_prices_is_held_and_the_others_pass():
    right = [answer(symbol, walk(50.0)) for symbol in ("0001.HK", "0700.HK")]
    wrong = answer("0001.HK", [-close for close in walk(50.0)])
    result = evening([wrong, right[1]], stored(*right))
    assert ("0001.HK", DAYS[-1]) in held(result)
    assert result.stocks["symbol"].unique().tolist() == ["0700.HK"]


MAINLAND = CN.sessions.between(date(2022, 4, 11), date(2022, 5, 17))


@pytest.mark.parametrize(("later", "is_believed"), [(0, False), (1, False), (2, True)])
def test_a_stock_that_comes_back_at_four_times_its_price_is_believed_once_two_bars_agree(later, is_believed):
    # As 000792.SZ did after 311 sessions: its first day back has no limit.
    back = len(MAINLAND) - 1 - later
    closes = [10.0] * back + [40.0, 40.4, 39.8][: later + 1]
    volumes = [1000] * 3 + [0] * (back - 3) + [90_000] * (later + 1)
    one = answer("000792.SZ", closes, CN, MAINLAND, volumes)
    result = evening(
        [one], stored(answer("000792.SZ", closes[:back], CN, MAINLAND[:back], volumes[:back])), CN, MAINLAND
    )
    assert (MAINLAND[back] in set(result.stocks["trade_date"])) is is_believed
    assert (("000792.SZ", MAINLAND[back]) in held(result)) is not is_believed
