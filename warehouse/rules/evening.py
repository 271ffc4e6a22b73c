"""Rules that look across a whole evening: each a query, in the file of its name, that returns what breaks it.

A query reads `bars` (the cross-section of what was judged and of the stored bars around it), `owed` (symbol,
trade_date of every member that answered) and `members` (index_symbol, symbol, valid_from, valid_to), and answers
symbol, trade_date and detail. A symbol that is a market's code means the session itself.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from warehouse.facts.market import Market
from warehouse.frames import KEY
from warehouse.rules.rule import Severity


@dataclass(frozen=True)
class EveningRule:
    """A query by its file's name; its first lines say what it catches and why."""

    name: str
    severity: Severity
    query: str


def _rule(name: str, severity: Severity) -> EveningRule:
    return EveningRule(name, severity, Path(__file__).with_name(f"{name}.sql").read_text(encoding="utf-8"))


EVENING_RULES = (
    _rule("index_against_members", "hold"),
    _rule("session_covered", "warn"),
    _rule("row_count_jump", "warn"),
    _rule("fall_without_event", "warn"),
)
# A row a bar: what is judged (`is_new`) and what is stored beside it, with what its move is measured from.
SECTION = pa.schema(
    [
        *((name, pa.string()) for name in ("symbol", "trading_state")),
        ("trade_date", pa.date32()),
        *((name, pa.float64()) for name in ("open", "close", "reference_price", "sessions_since")),
        *((name, pa.bool_()) for name in ("is_index", "is_new", "is_ex")),
    ]
)
_MEMBERS = pa.schema(
    [
        *((name, pa.string()) for name in ("index_symbol", "symbol")),
        *((name, pa.date32()) for name in ("valid_from", "valid_to")),
    ]
)


_DAYS = pa.schema([("trade_date", pa.date32())])
_ASKED = pa.schema([("market", pa.string()), ("symbol", pa.string())])
# In SQL, for of a long window they are many more than there are rows to look at in Python.
_VIEWS = """
create temp view bars as select * from section cross join (select any_value(market) as market from asked);
create temp view owed as
select distinct a.market, a.symbol, d.trade_date
from asked as a
join members as m on m.symbol = a.symbol
join days as d on m.valid_from <= d.trade_date and (m.valid_to is null or m.valid_to > d.trade_date);
"""


def broken(section: pa.Table, asked: Collection[str], market: Market, days: Sequence[date]) -> pd.DataFrame:
    """What breaks each rule: symbol, trade_date, detail, rule and severity.

    `section` has the columns `SECTION`, `asked` are the symbols that answered, `days` the sessions that they owe.
    """
    # The market itself stands among the symbols, so that there is always a row that names it.
    symbols = [{"market": market.code, "symbol": symbol} for symbol in sorted({*asked, market.code})]
    found = []
    with duckdb.connect() as connection:
        connection.register("section", section)
        connection.register("asked", pa.Table.from_pylist(symbols, _ASKED))
        connection.register("days", pa.table([pa.array(days, pa.date32())], _DAYS))
        connection.register("members", pa.Table.from_pylist([vars(spell) for spell in market.spells], _MEMBERS))
        connection.execute(_VIEWS)
        for rule in EVENING_RULES:
            rows = connection.execute(rule.query).fetchall()
            found += [(*row, rule.name, rule.severity) for row in rows]
    return pd.DataFrame(found, columns=[*KEY, "detail", "rule", "severity"])
