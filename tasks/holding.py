"""What a commit does to the quarantine: a person's decisions are heeded, what is held is put in, and some is cured."""

from dataclasses import replace
from datetime import datetime

import pandas as pd

from tasks.quarantine import newly_held
from tasks.runs import Run
from tasks.validate import Checked
from warehouse.frames import ACTION_KEY, KEY, is_among, together
from warehouse.lake.lake import Lake
from warehouse.lake.schema import INDICES, QUARANTINE, STOCKS
from warehouse.rules.decisions import NO_SESSION, TOLD_OTHERWISE, WITHDRAWN, as_decided, mark
from warehouse.rules.official import OF_PRINTS
from warehouse.rules.row import OF_AN_ANSWER, session_exists

FILLED = "another vendor's bar was proven and taken"


def heeding_decisions(lake: Lake, run: Run, checked: Checked) -> Checked:
    """What was checked, after what a person has decided about the same values."""
    market = run.window.market
    passed = pd.concat([checked.stocks, checked.indices], ignore_index=True)
    decided = lake.read(QUARANTINE, market.code, _held_years(lake, run, checked) | _years(checked.actions["ex_date"]))
    passed, actions, held = as_decided(passed, checked.actions, checked.held, decided, market)
    is_index = passed["symbol"].isin(market.index_symbols)
    return replace(checked, stocks=passed[~is_index], indices=passed[is_index], actions=actions, held=held)


def held_after(lake: Lake, run: Run, checked: Checked, now: datetime) -> tuple[pd.DataFrame, int]:
    """The quarantine with the rows newly held, and those cured whose day has passed since; and how many are new."""
    kept = lake.read(QUARANTINE, run.window.market.code, _held_years(lake, run, checked))
    fresh = newly_held(checked.held, kept, now, run.run_id)
    passed = together(checked.stocks[[*KEY, "fill_factor"]], checked.indices[[*KEY, "fill_factor"]])
    filled = passed[passed["fill_factor"].notna()]
    fresh = mark(fresh, _is_filled(fresh, filled), "cured", now, "afterclose", FILLED)
    kept = mark(kept, _is_filled(kept, filled), "cured", now, "afterclose", FILLED)
    is_open = (kept["status"] == "held") & ~kept["id"].isin(checked.held["id"])
    is_event = kept["kind"].notna()
    cured = is_open & ~is_event & is_among(kept, passed)
    # No later bar can pass on a day without a session: the vendor corrects it by giving it no more.
    is_near = (kept["trade_date"] >= run.window.bars_from) & (kept["trade_date"] <= run.window.last)
    is_gone = kept["symbol"].isin(checked.passed.union(passed["symbol"].unique())) & (
        kept["trade_date"] >= run.window.bars_from
    )
    cured |= is_open & (kept["rule"] == session_exists.__name__) & is_gone
    kept = mark(kept, cured, "cured", now, "afterclose", "a later answer passed")
    # Of a day that was found to be none only that is asked of anybody: whether it was one.
    sessions = run.window.market.sessions
    is_off = (kept["trade_date"] >= sessions.dates[0]) & ~kept["trade_date"].isin(sessions.planned.keys())
    is_off &= is_open & ~is_event & ~kept["rule"].isin([session_exists.__name__, WITHDRAWN])
    kept = mark(kept, is_off, "cured", now, "afterclose", NO_SESSION)
    # What was wrong with an answer is over where a later one has a bar of the day, for whatever that is held; and of a
    # day that is stored, with the next that is believed: nights look back no further, and nobody would ask again.
    now_held = checked.held[(checked.held["status"] == "held") & checked.held["kind"].isna()]
    of_bars = now_held[~now_held["rule"].isin(OF_AN_ANSWER)]
    of_answer = is_open & ~is_event & kept["rule"].isin(OF_AN_ANSWER)
    is_over = of_answer & is_among(kept, of_bars, [*KEY, "source"])
    is_believed = of_answer & kept["symbol"].isin(list(checked.named)) & ~is_among(kept, now_held)
    is_over |= is_believed & is_among(kept, _stored(lake, run.window.market.code, kept[is_believed]))
    kept = mark(kept, is_over, "cured", now, "afterclose", TOLD_OTHERWISE)
    # Of an event a believed answer says that it is right, or no more.
    settled = is_open & is_event & is_near & kept["symbol"].isin(list(checked.named))
    settled &= ~kept["rule"].isin(OF_PRINTS)  # no vendor's answer speaks of what an exchange printed
    # What a person took back stays so while the vendor tells it, or nothing: only another value takes its place.
    events = kept.rename(columns={"trade_date": "ex_date"})
    settled &= (kept["rule"] != WITHDRAWN) | is_among(events, checked.actions, ACTION_KEY)
    kept = mark(kept, settled, "cured", now, "afterclose", TOLD_OTHERWISE)
    return together(kept, fresh), int((fresh["status"] == "held").sum())


def _stored(lake: Lake, code: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The current bars of the years of these rows."""
    years = _years(rows["trade_date"])
    bars = together(*(lake.read(dataset, code, years)[[*KEY, "known_to"]] for dataset in (STOCKS, INDICES)))
    return bars[bars["known_to"].isna()]


def _is_filled(rows: pd.DataFrame, filled: pd.DataFrame) -> pd.Series:
    """Whether a held bar, of this run or an earlier one, is one that another vendor's takes the place of."""
    return (rows["status"] == "held") & rows["kind"].isna() & is_among(rows, filled)


def _held_years(lake: Lake, run: Run, checked: Checked) -> set[int]:
    """The years of the quarantine that what was checked may change: of its window, and of its own rows."""
    first, last = max(checked.span[0], min(run.window.bars_from, run.window.first)), checked.span[1]
    years = {year for year in lake.years(QUARANTINE, run.window.market.code) if first.year <= year <= last.year}
    return years.union(*(_years(rows["trade_date"]) for rows in (checked.stocks, checked.indices, checked.held)))


def _years(days: pd.Series) -> set[int]:
    return {day.year for day in days.unique()}
