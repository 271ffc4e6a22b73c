"""What asking costs: in an open connection beside the same rows in a table, and from cold beside `import duckdb`."""

import sys
import time
from datetime import date
from pathlib import Path
from statistics import median

import duckdb

from tests.bench.process import run
from warehouse.sql.database import open_read_only

TIMES = 7
BAR = "trade_date, open, high, low, close, volume, return_1d"
# Of each question the view, the rows of it that are wanted, and the columns where not all are.
QUESTIONS = {
    "movers of a day": ("top_movers", "index_symbol = '000300.SS' and trade_date = $day"),
    "returns of an index, all dates": ("index_returns", "index_symbol = '^HSI'", "trade_date, columns('^return_')"),
    "every column of an index, all dates": ("index_returns", "index_symbol = '^HSI'"),
    "a symbol's bars and daily returns, all dates": ("prices", "symbol = '600519.SS'", BAR),
    "every column of a symbol, all dates": ("prices", "symbol = '600519.SS'"),
    "members of a date": ("members_on('CSI300', $day)", "true"),
    "wrap": ("market_wrap", "trade_date = $day"),
    "evening": ("evening", "trade_date = $day"),
    "breadth": ("breadth", "trade_date = $day"),
    "verdict": ("session_status", "trade_date = $day"),
    "A and H pairs of a day": ("ah_pairs", "trade_date = $day"),
    "everything of a day": ("members_of_day", "trade_date = $day"),
}
SCAN = "select count(return_1y), avg(return_1y) from stock_returns"


def milliseconds(connection: duckdb.DuckDBPyConnection, query: str, day: date) -> float:
    """The median of so many times."""
    given = {"day": day} if "$day" in query else None
    taken = []
    for _ in range(TIMES):
        start = time.perf_counter()
        connection.execute(query, given).fetchall()
        taken.append(1000 * (time.perf_counter() - start))
    return median(taken)


def warm(database: Path, day: date) -> dict[str, tuple[float, float]]:
    """Milliseconds of each question, and of the same rows alone in a native table that is sorted for it."""
    found = {}
    with open_read_only(database) as warehouse, duckdb.connect() as ideal:
        for name, (view, rows, *columns) in QUESTIONS.items():
            query = f"select {', '.join(columns) or '*'} from {view} where {rows}"
            table = warehouse.sql(query, params={"day": day} if "$day" in query else None).to_arrow_table()
            ideal.register("found", table)
            ideal.execute("create or replace table wanted as select * from found")
            found[name] = (milliseconds(warehouse, query, day), milliseconds(ideal, "select * from wanted", day))
        found["whole history of stock_returns"] = (milliseconds(warehouse, SCAN, day), float("nan"))
    return found


def cold(day: date) -> dict[str, float]:
    """CPU seconds of a command from nothing, and of `import duckdb`."""
    python, afterclose = sys.executable, str(Path(sys.executable).with_name("afterclose"))
    commands = {
        "import duckdb": [python, "-c", "import duckdb"],
        "wrap": [afterclose, "wrap", str(day)],
        "status": [afterclose, "status"],
        "sql": [afterclose, "sql", "select 1"],
    }
    return {name: median(run(command)["cpu"] for _ in range(5)) for name, command in commands.items()}
