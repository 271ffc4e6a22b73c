"""What the stored official evenings say of bars: some that are held pass, some of no volume that pass are refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from tasks.pieces import Piece, flat_bars, with_held
from tasks.plan import Past
from tasks.quarantine import held_rows
from tasks.validate import Checked
from warehouse.bars.evenings import official_rows
from warehouse.facts.market import Market
from warehouse.frames import KEY, is_among, together
from warehouse.lake.lake import Lake
from warehouse.lake.schema import QUARANTINE, STOCKS
from warehouse.rules.decisions import as_bars, mark, same_values
from warehouse.rules.judge import describe
from warehouse.rules.official import OFFICIAL_SAYS_TRADED, nominal_closes, untraded
from warehouse.rules.row import close_within_range
from warehouse.rules.trading_state import TRADING_RULES


@dataclass(frozen=True)
class Heeded:
    """`passing` are the rows of the quarantine that pass, with `decided_by` and `note`; `bars` are those bars,
    'suspended' or with a nominal close; `refused` are rows for the quarantine, of bars that passed so far.
    """

    passing: pd.DataFrame
    bars: pd.DataFrame
    refused: pd.DataFrame


def hear(lake: Lake, market: Market, held: pd.DataFrame, passed: pd.DataFrame, source: str) -> Heeded | None:
    """What is said of held rows and of stock bars that passed; None where nothing is. `source` is who gave the bars.

    What a person has decided of a row, or of another of the same bar, stands.
    """
    held = held[(held["status"] == "held") & held["kind"].isna()]
    outside = held[(held["rule"] == close_within_range.__name__) & (held["volume"] > 0).fillna(False)]
    held = held[held["rule"].isin(list(TRADING_RULES))]
    held, passed = (rows[(rows["volume"] == 0).fillna(False).astype(bool)] for rows in (held, passed))
    keys = together(held[KEY], outside[KEY], passed[KEY])
    official = official_rows(lake, market, set(keys["trade_date"]), set(keys["symbol"])) if len(keys) else keys
    if official.empty:
        return None
    years = {day.year for day in keys["trade_date"]}
    kept = lake.read(QUARANTINE, market.code, years)
    rejected = kept[(kept["status"] == "rejected") & kept["kind"].isna()]
    held, outside = (rows[~same_values(rows, rejected, market)] for rows in (held, outside))
    passed = passed[~is_among(passed, kept[(kept["status"] == "released") & kept["kind"].isna()])]
    stored = lake.read(STOCKS, market.code, years | {year - 1 for year in years})
    closes = together(stored.loc[stored["known_to"].isna(), [*KEY, "close"]], passed[[*KEY, "close"]])
    said = untraded(held, _closes_before(held, closes), official)
    idle = _settled(held, said["says"].where(said["says"] != "traded"), said["official_source"])
    nominal = _settled(outside, *nominal_closes(outside, official, market))
    bars = together(
        as_bars(idle, market).assign(trading_state="suspended"), as_bars(nominal, market).assign(close_kind="nominal")
    )
    # Two evenings may have held one bar by two rules.
    bars = bars.sort_values("asked_at", kind="stable").drop_duplicates(KEY, keep="last")
    said = untraded(passed, _closes_before(passed, closes), official)
    refused = passed[said["says"] == "traded"]
    refused = _refused(refused, official, source, market) if len(refused) else kept[:0]
    return Heeded(together(idle, nominal), bars, refused)


def _settled(rows: pd.DataFrame, says: pd.Series, sources: pd.Series) -> pd.DataFrame:
    """The rows of which something is said, closed by who says so."""
    said = list(zip(says[says.notna()], sources[says.notna()], strict=True))
    notes = [f"{source}: {text} at the same close" for text, source in said]
    return rows[says.notna()].assign(status="cured", decided_by=[source for _, source in said], note=notes)


def with_dealt_held(lake: Lake, market: Market, piece: Piece, past: Past, source: str) -> Piece:
    """The piece with new bars of no volume held where the stored official evenings saw trades: others may fill them."""
    flat = flat_bars(piece)
    flat = flat[~flat["is_index"] & ~is_among(flat, past.bars)]
    nothing_held = QUARANTINE.schema.empty_table().to_pandas()
    heard = hear(lake, market, nothing_held, flat, source) if len(flat) else None
    return piece if heard is None or heard.refused.empty else with_held(piece, heard.refused)


def heeding_official(lake: Lake, market: Market, checked: Checked, source: str) -> tuple[Checked, Heeded | None]:
    """What was checked, after what the stored official evenings say of it."""
    heard = hear(lake, market, checked.held, checked.stocks, source)
    if heard is None:
        return checked, None
    stocks = checked.stocks[~is_among(checked.stocks, heard.refused)]
    held = checked.held[~checked.held["id"].isin(heard.passing["id"])]
    stocks = together(stocks, heard.bars).drop_duplicates(KEY)
    return Checked(**(vars(checked) | {"stocks": stocks, "held": together(held, heard.refused)})), heard


def with_settled(kept: pd.DataFrame, passing: pd.DataFrame, now: datetime, run_id: str) -> pd.DataFrame:
    """The quarantine with the rows that pass closed, each by the source that said so; those that are new are added."""
    fresh = passing[~passing["id"].isin(kept["id"])]
    kept = together(kept, fresh.assign(held_at=now, decided_at=None, run_id=run_id)[kept.columns])
    for (source, note), rows in passing.groupby(["decided_by", "note"]):
        kept = mark(kept, kept["id"].isin(rows["id"]), "cured", now, str(source), str(note))
    return kept


def _closes_before(bars: pd.DataFrame, closes: pd.DataFrame) -> pd.Series:
    """The last close before each bar."""
    by_symbol = {symbol: rows.sort_values("trade_date") for symbol, rows in closes.groupby("symbol")}
    found: list[float | None] = []
    for symbol, day in zip(bars["symbol"], bars["trade_date"], strict=True):
        rows = by_symbol.get(symbol, closes[:0])
        earlier: Sequence[float] = rows.loc[rows["trade_date"] < day, "close"].tolist()
        found.append(earlier[-1] if earlier else None)
    return pd.Series(found, bars.index, dtype="float64")


def _refused(bars: pd.DataFrame, official: pd.DataFrame, source: str, market: Market) -> pd.DataFrame:
    prints = {(row["symbol"], row["trade_date"]): row for row in official.to_dict("records")}
    rows = bars.assign(rule=OFFICIAL_SAYS_TRADED, time_zone=str(market.time_zone), kind=None, value=None, parts=None)
    details = []
    for bar in (bar for _, bar in rows.iterrows()):
        row = prints[bar["symbol"], bar["trade_date"]]
        said = f"{row['source']} has a close of {row['close']:g} and {row['volume']:,.0f} shares"
        details.append(f"{describe(bar, OFFICIAL_SAYS_TRADED)}; {said}")
    return held_rows([rows.assign(detail=details)], [rows[:0]], source)
