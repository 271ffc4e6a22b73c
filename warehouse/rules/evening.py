"""Rules that look across a whole evening: each a query, in the file of its name, that returns what breaks it.

A query reads `bars` (what passed so far and the stored bars around it, with their past; `is_new` marks what is
judged), `owed` (symbol, trade_date of every member that was asked) and `members` (index_symbol, symbol, valid_from,
valid_to), and answers symbol, trade_date and detail. A symbol that is a market's code means the session itself.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from warehouse.rules.rule import Severity


@dataclass(frozen=True)
class EveningRule:
    """A query by its file's name; its first lines say what it catches and why."""

    name: str
    severity: Severity

    @property
    def query(self) -> str:
        """The SQL that returns what breaks the rule."""
        return Path(__file__).with_name(f"{self.name}.sql").read_text(encoding="utf-8")


EVENING_RULES = (
    EveningRule("index_against_members", "hold"),
    EveningRule("session_covered", "warn"),
    EveningRule("row_count_jump", "warn"),
)
_BARS = pa.schema(
    [
        *((name, pa.string()) for name in ("symbol", "market", "trading_state")),
        ("trade_date", pa.date32()),
        *((name, pa.float64()) for name in ("close", "reference_price", "sessions_since")),
        *((name, pa.bool_()) for name in ("is_index", "is_new")),
    ]
)


def broken(bars: pd.DataFrame, owed: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """What breaks each rule: symbol, trade_date, detail, rule and severity."""
    found = []
    with duckdb.connect() as connection:
        connection.register("bars", pa.Table.from_pandas(bars[_BARS.names], _BARS, preserve_index=False))
        connection.register("owed", pa.Table.from_pandas(owed, preserve_index=False))
        connection.register("members", pa.Table.from_pandas(members, preserve_index=False))
        for rule in EVENING_RULES:
            rows = connection.execute(rule.query).fetchall()
            found += [(*row, rule.name, rule.severity) for row in rows]
    return pd.DataFrame(found, columns=["symbol", "trade_date", "detail", "rule", "severity"])
