"""Step 3, validate: bars pass, or are held with the rule's name and the offending values. Nothing is repaired."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd

from tasks.plan import Window
from warehouse.answers import Answer
from warehouse.as_traded import PRICES, actions_as_traded, bars_as_traded, factor_after
from warehouse.rules.row import ROW_RULES
from warehouse.rules.trading_state import with_trading_state
from warehouse.sessions import Session, is_final, market_named, session_on
from warehouse.universe import indices, unobtainable

KEY = ["symbol", "trade_date"]


@dataclass(frozen=True)
class Checked:
    """What passed and what is held: frames with the lake's columns, versions apart."""

    stocks: pd.DataFrame
    indices: pd.DataFrame
    actions: pd.DataFrame
    held: pd.DataFrame


def validate(
    answers: list[Answer], stored: pd.DataFrame, window: Window, now: datetime, settle: timedelta, source: str
) -> Checked:
    """Judge every bar of the window; `stored` are the market's current bars, which give a bar its past."""
    good = [answer for answer in answers if answer.outcome == "ok"]
    bars = _collect(good, window, now, settle, _index_days(good, stored, window.market)).assign(source=source)
    bars = _hold_broken_rows(bars)
    is_index = bars["symbol"].isin([index.symbol for index in indices(window.market)])
    stock_bars = _judge_trading(bars[~is_index & bars["rule"].isna()], stored, good)
    index_bars = bars[is_index & bars["rule"].isna()].assign(trading_state="traded")
    held = [bars[bars["rule"].notna()], stock_bars[stock_bars["rule"].notna()]]
    actions = _actions(good, window).assign(source=source)
    return Checked(stock_bars[stock_bars["rule"].isna()], index_bars, actions, _with_ids(pd.concat(held)))


def _index_days(answers: list[Answer], stored: pd.DataFrame, market: str) -> set[date]:
    """The days on which an index has a bar: they tell which provisional sessions took place."""
    symbols = {index.symbol for index in indices(market)}
    said = {
        day
        for answer in answers
        if answer.symbol in symbols
        for day, close in zip(answer.trade_date, answer.close, strict=True)
        if close is not None
    }
    return said | set(stored.loc[stored["symbol"].isin(symbols), "trade_date"])


def _collect(
    answers: list[Answer], window: Window, now: datetime, settle: timedelta, index_days: set[date]
) -> pd.DataFrame:
    """All bars as traded with what the rules need beside them. Bars that are not final or not asked for are cut."""
    market = market_named(window.market)
    today = now.astimezone(market.time_zone).date()
    frames = []
    for answer in answers:
        bars = bars_as_traded(answer)
        sessions = [
            session if session is None or session.kind != "provisional" or day in index_days else None
            for day in bars["trade_date"]
            for session in (session_on(window.market, day),)
        ]
        wanted = [
            (window.bars_from <= day <= window.last and (session is None or is_final(session, now, settle)))
            # A day that is no session is never cut: no clock makes it one.
            or (session is None and day > window.last)
            for day, session in zip(bars["trade_date"], sessions, strict=True)
        ]
        # Bars of the days on which the code was another company's are nobody's that we hold.
        ours = [answer.symbol not in unobtainable(day) for day in bars["trade_date"]]
        frames.append(
            bars.assign(
                is_session=[session is not None for session in sessions],
                is_still_trading=[_was_trading(answer, session) for session in sessions],
                time_zone=answer.time_zone,
                asked_at=answer.asked_at,
                basis=["evening" if day == today else "history" for day in bars["trade_date"]],
            )[[a and b for a, b in zip(wanted, ours, strict=True)]]
        )
    kept = [frame for frame in frames if len(frame)]
    columns = [*KEY, *PRICES, "volume", "currency", "split_factor"]
    columns += ["is_session", "is_still_trading", "time_zone", "asked_at", "basis"]
    bars = pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=columns)
    return bars.assign(market_currency=market.currency, market_time_zone=str(market.time_zone))


def _was_trading(answer: Answer, session: Session | None) -> bool:
    """Whether the vendor's last trade lies inside that session, before its close."""
    if session is None or session.closes is None or session.final_from is None or answer.traded_at is None:
        return False
    traded = answer.traded_at.astimezone(session.final_from.tzinfo)
    return traded.date() == session.trade_date and traded.time() < session.closes


def _hold_broken_rows(bars: pd.DataFrame) -> pd.DataFrame:
    """Name the first rule that a row breaks, in `rule`, and what it saw, in `detail`."""
    bars = bars.assign(rule=None, detail=None)
    if bars.empty:
        return bars
    for rule in ROW_RULES:
        broken = rule(bars).fillna(True).astype(bool) & bars["rule"].isna()
        bars.loc[broken, "rule"] = rule.__name__
        for at in bars.index[broken]:
            bars.loc[at, "detail"] = _describe(bars.loc[at])
    return bars


def _describe(bar: pd.Series) -> str:
    values = " ".join(f"{name} {bar[name]}" for name in [*PRICES, "volume"])
    return f"{values} {bar['currency']} {bar['time_zone']}"


def _judge_trading(bars: pd.DataFrame, stored: pd.DataFrame, answers: list[Answer]) -> pd.DataFrame:
    """Give each stock bar its trading state, seen after the stored bars before it; hold those in doubt."""
    if bars.empty:
        return bars.assign(trading_state=None)
    splits = {answer.symbol: answer.splits for answer in answers}
    known = bars.set_index(KEY).index
    context = stored[stored["symbol"].isin(bars["symbol"].unique())].set_index(KEY)
    is_stored_flat = known.isin(context.index[context["volume"] == 0])
    context = context[~context.index.isin(known)].reset_index()
    together = pd.concat(
        [bars.assign(at=bars.index), context[[*KEY, *PRICES, "volume"]]]
        if len(context)
        else [bars.assign(at=bars.index)]
    )
    factor = [
        factor_after(splits[symbol], day)
        for symbol, day in zip(together["symbol"], together["trade_date"], strict=True)
    ]
    together = with_trading_state(together.assign(close_adjusted=together["close"] / factor).sort_values(KEY))
    judged = together[together["at"].notna()].set_index("at").sort_index()
    judged.index = judged.index.astype("int64")
    in_doubt = judged["flat_problem"].notna() & ~pd.Series(is_stored_flat, bars.index)
    result = bars.assign(trading_state=judged["trading_state"])
    result.loc[in_doubt, "rule"] = judged.loc[in_doubt, "flat_problem"]
    result.loc[in_doubt, "detail"] = [_describe(result.loc[at]) for at in result.index[in_doubt]]
    return result


def _actions(answers: list[Answer], window: Window) -> pd.DataFrame:
    frames = [actions_as_traded(answer).assign(asked_at=answer.asked_at) for answer in answers]
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return pd.DataFrame(columns=["symbol", "ex_date", "kind", "value", "currency", "asked_at"])
    actions = pd.concat(frames, ignore_index=True)
    actions = actions[(actions["ex_date"] >= window.bars_from) & (actions["ex_date"] <= window.last)]
    return actions.drop_duplicates(["symbol", "ex_date", "kind"], keep="last")


def _with_ids(held: pd.DataFrame) -> pd.DataFrame:
    """Add `id`: a hash of what was wrong, so that the same values make the same row."""
    ids = [
        hashlib.sha256(f"{bar.symbol} {bar.trade_date} {bar.rule} {bar.detail}".encode()).hexdigest()[:12]
        for bar in held.itertuples()
    ]
    return held.assign(id=ids).drop_duplicates("id")
