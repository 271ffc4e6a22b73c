"""How the channels of the digest stand: by the receipts in the lake, which no database is made anew for."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from warehouse.lake.schema import SENT, place_of
from warehouse.sql.database import CONFIG, ask

LATELY = timedelta(days=7)


def channels_lately(lake: Path, now: datetime) -> list[dict[str, Any]]:
    """A row a channel that anything was sent to, or should have been, in the last seven days."""
    files = [str(path) for path in sorted(lake.glob(place_of(SENT, "*", "*")))]
    if not files:
        return []
    with duckdb.connect(config=CONFIG) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return ask(connection, "channels", files=files, since=now - LATELY)
