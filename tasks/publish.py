"""Step 5, publish: build the database, write down what it says, and swap it in."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from warehouse.build import build
from warehouse.database import ask
from warehouse.lake import Lake
from warehouse.schema import SAID
from warehouse.versions import next_instant

SAID_OF = ("session_status", "market_wrap", "breadth", "top_movers")


def publish(
    lake: Lake, database: Path, markets: Sequence[str], now: datetime, settle_minutes: int, run_id: str
) -> list[date]:
    """Build and swap in the database; what it says of the markets and was not said before goes into `published`.

    That is committed to the lake before the swap: nobody reads what is not written down. Returns the sessions whose
    verdict is new or has changed. The caller holds the lock.
    """
    judged: list[date] = []

    def say(connection: duckdb.DuckDBPyConnection) -> None:
        tables: dict[Path, pa.Table] = {}
        for market in markets:
            before = lake.read(SAID, market)
            latest = before.sort_values("published_at").drop_duplicates(["trade_date", "kind", "subject"], keep="last")
            known = set(zip(latest["trade_date"], latest["kind"], latest["subject"], latest["said"], strict=True))
            said = [row for row in _said(connection, market) if row not in known]
            if not said:
                continue
            judged.extend(day for day, kind, _, _ in said if kind == "session_status")
            rows = pd.DataFrame(said, columns=["trade_date", "kind", "subject", "said"])
            at = next_instant(now, before.rename(columns={"published_at": "known_from"}))
            rows = rows.assign(published_at=at, run_id=run_id)[before.columns]
            every = pd.concat([before, rows], ignore_index=True) if len(before) else rows
            tables |= lake.changes(SAID, market, every)
            connection.register("said_now", rows.assign(market=market))
            connection.execute("insert into base.published by name from said_now")
        lake.commit(tables)

    build(lake, database, now, settle_minutes, say)
    return judged


def _said(connection: duckdb.DuckDBPyConnection, market: str) -> list[tuple[date, str, str, str]]:
    return [
        (row["trade_date"], kind, row["subject"], json.dumps(row["said"], default=str, ensure_ascii=False))
        for kind in SAID_OF
        for row in ask(connection, f"said_{kind}", market=market)
    ]
