"""How the channels of the digest stand: by the receipts in the lake, which no database is made anew for."""

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import AftercloseError
from warehouse.sql.database import CONFIG, ask

LATELY = timedelta(days=7)
RECEIPTS = "sent/*/*/*.parquet"  # where the lake has them; its schemas, being Arrow's, would be a long import


def channels_lately(lake: Path, now: datetime) -> list[dict[str, Any]]:
    """A row a channel that anything was sent to, or should have been, in the last seven days."""
    files = [str(path) for path in sorted(lake.glob(RECEIPTS))]
    if not files:
        return []
    with duckdb.connect(config=CONFIG) as connection, suppress(AftercloseError, duckdb.Error):
        connection.execute("set TimeZone = 'UTC'")
        return ask(connection, "channels", files=files, since=now - LATELY)
    return []  # a file that cannot be read is told of by whoever looks for lost ones
