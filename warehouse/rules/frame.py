"""The frame that the rules expect: the types of its columns, held before any rule is asked."""

import pandas as pd
import pyarrow as pa

from warehouse.frames import PRICES

MISSHAPEN = "misshapen"

SHAPE = pa.schema(
    [
        pa.field("symbol", pa.string(), nullable=False),
        pa.field("trade_date", pa.date32(), nullable=False),
        *((name, pa.float64()) for name in PRICES),
        ("volume", pa.int64()),
        pa.field("split_factor", pa.float64(), nullable=False),
        *((name, pa.string()) for name in ("currency", "time_zone")),
        *(
            pa.field(f"is_{name}", pa.bool_(), nullable=False)
            for name in ("session", "final", "still_trading", "known_symbol", "contrary", "index")
        ),
    ]
)


def hold_misshapen(bars: pd.DataFrame) -> pd.DataFrame:
    """Hold (`rule`, `detail`) the bars that are held by nothing yet of symbols whose rows no rule could read.

    What an answer holds is checked where it is asked for; this is for what comes of it, and ends no market.
    """
    judged = bars[bars["rule"].isna()]
    if not _problem(judged):
        return bars
    bars = bars.copy()
    for symbol, rows in judged.groupby("symbol"):
        if problem := _problem(rows):
            bars.loc[rows.index, ["rule", "detail"]] = [MISSHAPEN, f"{symbol} {MISSHAPEN}: {problem}"]
    return bars


def _problem(bars: pd.DataFrame) -> str | None:
    try:
        pa.Table.from_pandas(bars[SHAPE.names], SHAPE, preserve_index=False)
    except (pa.ArrowException, KeyError, ValueError, TypeError) as problem:
        return str(problem).splitlines()[0]
    return None if (bars["split_factor"] > 0).all() else "the splits around it are no number above 0"
