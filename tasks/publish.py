"""Step 5, publish: build the database, swap it in, and write down what was said."""

import json
from datetime import date, datetime
from pathlib import Path

import duckdb
import pandas as pd

from warehouse.build import build
from warehouse.database import ask, open_read_only
from warehouse.lake import Lake
from warehouse.schema import SAID

SAID_OF = ("session_status", "market_wrap", "breadth", "top_movers")


def publish(lake: Lake, database: Path, market: str, now: datetime, settle_minutes: int, run_id: str) -> None:
    """Build and swap in the database, then append to the lake what it says now and did not say before.

    The caller holds the lake's lock. The database's own `published` shows what was said up to the run before it.
    """
    build(lake, database, now, settle_minutes)
    before = lake.read(SAID, market)
    latest = before.sort_values("published_at").drop_duplicates(["trade_date", "kind", "subject"], keep="last")
    known = set(zip(latest["trade_date"], latest["kind"], latest["subject"], latest["said"], strict=True))
    with open_read_only(database) as connection:
        said = [row for row in _said(connection, market) if row not in known]
    if said:
        rows = pd.DataFrame(said, columns=["trade_date", "kind", "subject", "said"])
        rows = rows.assign(published_at=now, run_id=run_id)[before.columns]
        lake.commit(lake.changes(SAID, market, pd.concat([before, rows], ignore_index=True) if len(before) else rows))


def _said(connection: duckdb.DuckDBPyConnection, market: str) -> list[tuple[date, str, str, str]]:
    return [
        (row["trade_date"], kind, row["subject"], json.dumps(row["said"], default=str, ensure_ascii=False))
        for kind in SAID_OF
        for row in ask(connection, f"said_{kind}", market=market)
    ]
