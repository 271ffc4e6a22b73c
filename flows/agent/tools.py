"""The tools of an agent, as plain functions over a read-only connection: text in, text out, the verdict first."""

from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

import duckdb

from flows.agent.standing import (
    MARKETS,
    OWN_USE,
    Row,
    answer,
    is_judged,
    last_judged,
    left_out,
    sessions,
    why_not,
    why_withheld,
)
from flows.named import day_of, index_named
from warehouse.errors import AftercloseError, UsageError
from warehouse.shareable import withheld
from warehouse.sql.database import ask
from warehouse.wording.figures import stored

Connection = duckdb.DuckDBPyConnection
MOST_BARS, MOST_MOVERS = 250, 50
FROM_BEFORE = ("previous_close", "reference_price", "change_points", "return_")  # columns that show another bar too


def evening(connection: Connection, now: datetime, day: str | None = None) -> str:
    """Both markets of a date: each index with its sentence."""
    asked = _day(connection, now, day, MARKETS)
    rows = sessions(connection, [asked], MARKETS, now)
    refused = {row["market"]: why_not(row) or why_withheld(withheld(connection, [row["market"]])) for row in rows}
    found = [row for row in ask(connection, "agent_evening", day=asked) if not refused[row["market"]]]
    told = "; ".join(f"{market}: {why}" for market, why in refused.items() if why)
    return answer(rows, found, _of_indices(found), told or None)


def verdict(connection: Connection, now: datetime, day: str | None = None, market: str | None = None) -> str:
    """Whether the numbers of a session, and of each followed index by itself, can be trusted."""
    markets = _markets(market)
    asked = _day(connection, now, day, markets)
    rows = sessions(connection, [asked], markets, now)
    judged = [row["market"] for row in rows if is_judged(row)]
    return answer(rows, ask(connection, "agent_index_states", day=asked, markets=judged))


def movers(connection: Connection, now: datetime, index: str, day: str | None = None, count: int = 5) -> str:
    """The best and worst members of an index on a day, by the return that the market quotes."""
    symbol = index_named(connection, index)
    state, rows, asked = _index_on(connection, now, symbol, day)
    if state["role"] != "followed":
        return answer(rows, refused=f"the members of {state['index_code']} are not kept: only its level is")
    if refused := why_not(rows[0]) or why_withheld(withheld(connection, [state["market"]])):
        return answer(rows, refused=refused)
    unseen = state["held"] + state["missing"] + state["no_reference"] + state["unobtainable"]
    qualified = (
        [f"{unseen} members have no return: one of them may have moved more ({state['reason']})"] if unseen else []
    )
    found = ask(connection, "agent_movers", index=symbol, day=asked, count=min(max(count, 1), MOST_MOVERS))
    if any(row["resumed"] for row in found):
        qualified.append("rows with resumed moved since their last trade, over more than a session: they rank apart")
    return answer(rows, found, qualified)


def index(connection: Connection, now: datetime, index: str, day: str | None = None) -> str:
    """The level and the returns of an index on a day, its ranks and comparisons, and the sentence."""
    symbol = index_named(connection, index)
    state, rows, asked = _index_on(connection, now, symbol, day)
    if refused := why_not(rows[0]) or why_withheld(withheld(connection, [state["market"]])):
        return answer(rows, refused=refused)
    found = ask(connection, "agent_index", index=symbol, day=asked)
    if not found:
        return answer(rows, refused=f"there is no bar of {state['index_code']} on {asked}: ask `why`")
    (row,) = found
    qualified = _of_indices([row | {"state": state["state"], "reason": state["reason"]}])
    nulls = [name for name in row if name.startswith("return_") and row[name] is None]
    if nulls:
        qualified.append(f"not known, since the session of its base is not stored: {', '.join(nulls)}")
    return answer(rows, row, [*qualified, *_restated(connection, symbol, asked)])


def stock(connection: Connection, now: datetime, symbol: str, day: str | None = None, bars: int = 1) -> str:
    """The bar of a stock on a day, as traded, with the return that the market quotes; or its last `bars` up to it."""
    spells, code = _stock_named(connection, symbol)
    market = spells[-1]["market"]
    asked = _day(connection, now, day, [market])
    found = ask(connection, "agent_bars", symbol=code, day=asked, count=min(max(bars, 1), MOST_BARS))
    days = {row["trade_date"] for row in found if len(found) > 1} | {asked}
    rows = sessions(connection, days, [market], now)
    (of_day,) = [row for row in rows if row["trade_date"] == asked]
    own = left_out(withheld(connection, [market]))
    qualified = [*_renamed(spells, asked), *_restated(connection, code, asked), *own]
    if len(found) > 1:
        qualified += _events(connection, code, found[0]["trade_date"] + timedelta(days=1), asked)
    if not is_judged(of_day):
        return answer(rows, None, qualified, why_not(of_day))
    if not found or found[-1]["trade_date"] != asked:
        return answer(rows, found if bars > 1 else None, qualified, _why_no_bar(connection, code, asked))
    if found[-1]["return_1d"] is None and found[-1]["trading_state"] == "traded":
        why_none = (
            "the bar of the session before is missing or held"
            if found[-1]["previous_close"] is None
            # Two accounts of what went ex, or more paid out than a share was worth.
            else "the price that it is measured from is not known: ask `why`"
        )
        qualified.append(f"no one-day return: {why_none}{', or what it shows is left out' if own else ''}")
    return answer(rows, found, qualified)


def why(connection: Connection, now: datetime, symbol: str, day: str) -> str:
    """All that is known of a stock or an index on a day beside its price: held, missing, released, restated, events."""
    asked = day_of(day)
    code, market = _any_named(connection, symbol)
    rows = sessions(connection, [asked], [market], now)
    found: Row = {
        "symbol": code,
        "as_member": ask(connection, "agent_key", symbol=code, day=asked),
        "as_index": ask(connection, "agent_index_state", index=code, day=asked),
        "quarantine": ask(connection, "agent_quarantine", symbol=code, day=asked),
        "restated": ask(connection, "agent_restated", symbol=code, day=asked),
        "events": ask(connection, "agent_events", symbol=code, first=asked, last=asked),
    }
    held = [row["rule"] for row in found["quarantine"] if row["status"] == "held"]
    qualified = [f"held by {', '.join(held)}: the values in quarantine are not to be used"] if held else []
    return answer(rows, found, [*qualified, *left_out(withheld(connection, [market]))])


def as_known_on(connection: Connection, now: datetime, symbol: str, day: str, moment: str) -> str:
    """A bar and its return as we held them at a moment, beside what we hold now, and the verdict that was said then."""
    asked, at = day_of(day), _moment(moment)
    code, market = _any_named(connection, symbol)
    rows = sessions(connection, [asked], [market], now)
    query = "agent_known_index" if _is_index(connection, code) else "agent_known_bar"
    own = withheld(connection, [market])
    then = _to_show(ask(connection, query, symbol=code, day=asked, moment=at), own)
    today = _to_show(ask(connection, query, symbol=code, day=asked, moment=now), own)
    said = ask(connection, "agent_said", market=market, day=asked, moment=at)
    qualified = [
        f"at {at:%Y-%m-%d %H:%M} UTC the verdict said was {said[0]['state']}"
        if said
        else f"at {at:%Y-%m-%d %H:%M} UTC no verdict of this session had been said"
    ]
    changed = sorted(name for name in (then[0] if then and today else {}) if then[0][name] != today[0][name])
    if changed:
        qualified.append(f"what we hold now differs in {', '.join(changed)}")
    qualified += left_out(own)
    refused = (
        None if then else f"at that moment we held no bar of {code} for {asked}{' that may be shown' if own else ''}"
    )
    found = {
        "then": then[0] if then else None,
        "now": today[0] if today else None,
        "said_then": said[0] if said else None,
    }
    return answer(rows, found, qualified, refused)


def _day(connection: Connection, now: datetime, day: str | None, markets: Any) -> date:
    """The day that is meant: without one, the last that is final, judged or not, so that a stale one is never told."""
    if day is not None:
        return day_of(day)
    known = last_judged(connection, now)
    days: list[date] = [known[market]["last_final"] for market in markets if market in known]
    if not days:
        raise AftercloseError("no session is known: run `afterclose rebuild`")
    return max(days)


def _index_on(connection: Connection, now: datetime, symbol: str, day: str | None) -> tuple[Row, list[Row], date]:
    (known,) = ask(connection, "agent_index_state", index=symbol, day=None)
    asked = _day(connection, now, day, [known["market"]])
    (state,) = ask(connection, "agent_index_state", index=symbol, day=asked)
    return state, sessions(connection, [asked], [known["market"]], now), asked


def _of_indices(rows: list[Row]) -> list[str]:
    """What qualifies the rows of indices: their own verdicts, and comparisons that do not reach back far enough."""
    partial = []
    for row in rows:
        if row["state"] not in (None, "complete"):
            reason = f": {row['reason']}" if row.get("reason") else ""
            partial.append(f"{row['index_code']} by itself is {row['state']}{reason}")
    short = [row["index_code"] for row in rows if row["since_status"] == "incomplete"]
    told = f"nothing is said of since when, a session before is not stored: {', '.join(short)}"
    return [*partial, *([told] if short else [])]


def _restated(connection: Connection, symbol: str, day: date) -> list[str]:
    """A line for each correction of a bar, with every value that it changed."""
    rows = ask(connection, "agent_restated", symbol=symbol, day=day)
    lines = []
    for moment, changes in groupby(rows, key=itemgetter("known_from")):
        told = ", ".join(
            f"{row['field']} from {stored(row['old_value'])} to {stored(row['new_value'])}" for row in changes
        )
        lines.append(f"restated on {moment:%Y-%m-%d %H:%M} UTC: {told}")
    return lines


def _renamed(spells: list[Row], day: date) -> list[str]:
    """Whom a code meant, where it has meant more than one name."""
    if len({spell["name"] for spell in spells}) < 2:
        return []
    told = ", ".join(
        f"{spell['name']} ({spell['valid_from'] or 'the beginning'} to {spell['valid_to'] or 'now'})"
        for spell in spells
    )
    return [f"the code {spells[0]['symbol']} has had other names: {told}"]


def _events(connection: Connection, symbol: str, first: date, last: date) -> list[str]:
    rows = ask(connection, "agent_events", symbol=symbol, first=first, last=last)
    return [
        f"{row['kind']} of {stored(row['value'])} with ex-date {row['ex_date']} ({row['state']}): closes before it are "
        "as traded, compare them by return_1d or in prices_adjusted"
        for row in rows
        if row["value"] is not None
    ]


def _to_show(rows: list[Row], own: list[str]) -> list[Row]:
    """The bars that may be shown, without what they show of bars before them; all, where nothing is withheld."""
    if not own:
        return rows
    return [
        {name: value for name, value in row.items() if not name.startswith(FROM_BEFORE)}
        for row in rows
        if row["source"] not in own
    ]


def _why_no_bar(connection: Connection, symbol: str, day: date) -> str:
    for bar in ask(connection, "agent_bar_source", symbol=symbol, day=day):
        return f"the bar of {symbol} on {day} is of {bar['source']}: {OWN_USE}"
    held = [row for row in ask(connection, "agent_quarantine", symbol=symbol, day=day) if row["status"] == "held"]
    if held:
        return f"the bar of {symbol} on {day} is held by {held[0]['rule']}: ask `why`"
    states = {row["state"] for row in ask(connection, "agent_key", symbol=symbol, day=day)}
    if states:
        return f"{symbol} has no bar on {day}: {', '.join(sorted(states))}"
    return f"{symbol} was no member of a followed index on {day}, and nobody was asked for it"


def _stock_named(connection: Connection, name: str) -> tuple[list[Row], str]:
    """The spells of a code, and the code as the warehouse writes it; raises `UsageError` with what may be meant."""
    code = name.strip().upper()
    if code.isdigit():
        code += ".HK" if len(code) < 6 else ".SS" if code.startswith("6") else ".SZ"
    if code.endswith(".HK"):
        code = f"{code.removesuffix('.HK').lstrip('0').zfill(4)}.HK"
    if spells := ask(connection, "agent_stock", symbol=code):
        return spells, code
    like = ask(connection, "agent_named", words=name.strip())
    if len(like) == 1:
        return ask(connection, "agent_stock", symbol=like[0]["symbol"]), str(like[0]["symbol"])
    meant = ", ".join(f"{row['symbol']} {row['name']}" for row in like)
    raise UsageError(
        f"no stock {name!r}: {f'one of {meant}?' if like else 'codes are like 0700.HK, 600519.SS, 000001.SZ'}"
    )


def _any_named(connection: Connection, name: str) -> tuple[str, str]:
    """The symbol and the market of a stock or an index."""
    try:
        symbol = index_named(connection, name)
    except UsageError:
        spells, code = _stock_named(connection, name)
        return code, str(spells[-1]["market"])
    (state,) = ask(connection, "agent_index_state", index=symbol, day=None)
    return symbol, str(state["market"])


def _is_index(connection: Connection, symbol: str) -> bool:
    return bool(ask(connection, "agent_index_state", index=symbol, day=None))


def _markets(market: str | None) -> tuple[str, ...]:
    if market is None or market.lower() == "all":
        return MARKETS
    if market.upper() not in MARKETS:
        raise UsageError(f"no market {market!r}: HK or CN")
    return (market.upper(),)


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # of the first and the last day of all, UTC may have none
        raise UsageError(f"{text!r} is no moment: write it as 2022-05-17T20:00:00+08:00") from None
