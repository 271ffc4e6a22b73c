"""Answers as bars as traded, with nothing stored to hold them against."""

from datetime import date

from tests.shipped import HK
from warehouse.bars.answers import bars_of, repeated
from warehouse.bars.as_traded import actions_as_traded, undo
from warehouse.bars.events import told_by
from warehouse.frames import PRICES, empty
from warehouse.lake.schema import ACTIONS, STOCKS


def bars_as_traded(answers, market=HK):
    """The bars with a price, in the vendor's order."""
    return _undone(answers, market)[1].bars


def events_as_traded(answers, market=HK):
    """The splits and dividends that are in no doubt."""
    told, undone = _undone(answers, market)
    return actions_as_traded(answers, told, undone)


def _undone(answers, market):
    told = {answer.symbol: told_by(answer, date.max, False, ()) for answer in answers}
    stated = bars_of(answers).assign(is_session=True, asked_at=repeated(answers, "asked_at"))
    stated = stated.dropna(subset=PRICES, how="all")
    return told, undo(stated, empty(STOCKS.schema), empty(ACTIONS.schema), told, market)
