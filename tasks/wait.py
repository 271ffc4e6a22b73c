"""Before the fetch: wait until the vendor has the evening, for a vendor is sometimes late."""

from collections.abc import Callable
from datetime import datetime

from tasks.fetch import ask
from tasks.sources import Source
from warehouse.bars.answers import Answer, Request
from warehouse.facts.market import Market
from warehouse.facts.sessions import Session

FIRST_PAUSE, LONGEST_PAUSE = 60.0, 600.0  # seconds between two questions; each pause is twice the one before


def wait_for_evening(
    source: Source,
    market: Market,
    session: Session,
    deadline: datetime,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    say: Callable[[str], None],
) -> bool:
    """Ask for the followed indices until each has its bar of `session`; False when `deadline` (UTC) came first.

    Asks at least once. An index that the vendor does not have at all is not waited for: the fetch will say so.
    """
    pause = FIRST_PAUSE
    while late := _late(source, market, session):
        left = (deadline - clock()).total_seconds()
        if left <= 0:
            say(f"{session.market} {session.trade_date}: {late} still not there, going on with what there is")
            return False
        say(f"{session.market} {session.trade_date}: {late} not there yet, asking again in {min(pause, left):.0f} s")
        sleep(min(pause, left))
        pause = min(2 * pause, LONGEST_PAUSE)
    return True


def _late(source: Source, market: Market, session: Session) -> str:
    """The followed indices without a bar of that session, in words; empty when all have one."""
    followed = [index for index in market.indices if index.is_followed]
    asked = (ask(source, Request(index.symbol, session.trade_date, index.is_short)) for index in followed)
    late = (answer for answer in asked if answer.outcome != "no data" and not _has_bar(answer, market, session))
    return ", ".join(answer.symbol for answer in late)


def _has_bar(answer: Answer, market: Market, session: Session) -> bool:
    closes = dict(zip(answer.trade_date, answer.close, strict=True))
    if closes.get(session.trade_date) is None or session.closes is None:
        return False
    closed_at = datetime.combine(session.trade_date, session.closes, market.time_zone)
    return answer.traded_at is None or answer.traded_at >= closed_at
