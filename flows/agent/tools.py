"""The tools of an agent, as plain functions over a read-only connection: text in, text out, the verdict first."""

from datetime import date, datetime, timedelta

from duckdb import DuckDBPyConnection as Connection

from flows.agent.meant import day_meant, is_index, markets_meant, moment_meant, stock_meant, symbol_meant
from flows.agent.qualified import of_events, of_indices, of_names, of_restated, to_show, why_no_bar
from flows.agent.standing import MARKETS, Row, answer, is_judged, left_out, sessions, why_not, why_withheld
from flows.named import day_of, index_named
from warehouse.shareable import withheld
from warehouse.sql.database import ask

MOST_BARS, MOST_MOVERS = 250, 50


def evening(connection: Connection, now: datetime, day: str | None = None) -> str:
    """Both markets of a date: each index with its sentence."""
    asked = day_meant(connection, now, day, MARKETS)
    rows = sessions(connection, [asked], MARKETS, now)
    refused = {row["market"]: why_not(row) or why_withheld(withheld(connection, [row["market"]])) for row in rows}
    found = [row for row in ask(connection, "agent_evening", day=asked) if not refused[row["market"]]]
    told = "; ".join(f"{market}: {why}" for market, why in refused.items() if why)
    return answer(rows, found, of_indices(found), told or None)


def verdict(connection: Connection, now: datetime, day: str | None = None, market: str | None = None) -> str:
    """Whether the numbers of a session, and of each followed index by itself, can be trusted."""
    markets = markets_meant(market)
    asked = day_meant(connection, now, day, markets)
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
    has = "1 member has" if unseen == 1 else f"{unseen} members have"
    qualified = [f"{has} no return, and may have moved more than these ({state['reason']})"] if unseen else []
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
    qualified = of_indices([row | {"state": state["state"], "reason": state["reason"]}])
    nulls = [name for name in row if name.startswith("return_") and name != "return_matched_on" and row[name] is None]
    if nulls:
        qualified.append(f"not known, since the session of its base is not stored: {', '.join(nulls)}")
    return answer(rows, row, [*qualified, *of_restated(connection, symbol, asked)])


def stock(connection: Connection, now: datetime, symbol: str, day: str | None = None, bars: int = 1) -> str:
    """The bar of a stock on a day, as traded, with the return that the market quotes; or its last `bars` up to it."""
    spells, code = stock_meant(connection, symbol)
    market = spells[-1]["market"]
    asked = day_meant(connection, now, day, [market])
    found = ask(connection, "agent_bars", symbol=code, day=asked, count=min(max(bars, 1), MOST_BARS))
    days = {row["trade_date"] for row in found if len(found) > 1} | {asked}
    rows = sessions(connection, days, [market], now)
    (of_day,) = [row for row in rows if row["trade_date"] == asked]
    own = left_out(withheld(connection, [market]))
    qualified = [*of_names(spells), *of_restated(connection, code, asked), *own]
    if len(found) > 1:
        qualified += of_events(connection, code, found[0]["trade_date"] + timedelta(days=1), asked)
    if not is_judged(of_day):
        return answer(rows, None, qualified, why_not(of_day))
    if not found or found[-1]["trade_date"] != asked:
        return answer(rows, found if bars > 1 else None, qualified, why_no_bar(connection, code, asked))
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
    code, market = symbol_meant(connection, symbol)
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
    asked, at = day_of(day), moment_meant(moment)
    code, market = symbol_meant(connection, symbol)
    rows = sessions(connection, [asked], [market], now)
    query = "agent_known_index" if is_index(connection, code) else "agent_known_bar"
    own = withheld(connection, [market])
    then = to_show(ask(connection, query, symbol=code, day=asked, moment=at), own)
    today = to_show(ask(connection, query, symbol=code, day=asked, moment=now), own)
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


def _index_on(connection: Connection, now: datetime, symbol: str, day: str | None) -> tuple[Row, list[Row], date]:
    (known,) = ask(connection, "agent_index_state", index=symbol, day=None)
    asked = day_meant(connection, now, day, [known["market"]])
    (state,) = ask(connection, "agent_index_state", index=symbol, day=asked)
    return state, sessions(connection, [asked], [known["market"]], now), asked
