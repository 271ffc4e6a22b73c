"""The frame that the rules expect: column names and types, held before any rule is asked."""

import pandas as pd
import pyarrow as pa

from warehouse.errors import AftercloseError
from warehouse.frames import PRICES

BARS = pa.schema(
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


def check_frame(bars: pd.DataFrame) -> None:
    """Raise `AftercloseError` for a frame of another shape: that is an error of ours, no row can be blamed."""
    try:
        pa.Table.from_pandas(bars[BARS.names], BARS, preserve_index=False)
        problem = None if (bars["split_factor"] > 0).all() else "a split_factor is not above 0"
    except (pa.ArrowException, KeyError, ValueError) as other:
        problem = str(other).splitlines()[0]
    if problem:
        raise AftercloseError(f"bars have another shape than the rules expect: {problem}")
