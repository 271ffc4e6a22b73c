"""The frame that the rules expect: column names and types, held before any rule is asked."""

import pandas as pd
import pandera.pandas as pandera
from pandera.errors import SchemaErrors

from warehouse.errors import AftercloseError

_TEXT = pandera.Column(nullable=True)  # str or object, as pandas has it
_FLAG = pandera.Column(bool)
BARS = pandera.DataFrameSchema(
    {
        "symbol": pandera.Column(),
        "trade_date": pandera.Column("object"),
        **dict.fromkeys(("open", "high", "low", "close"), pandera.Column("float64", nullable=True)),
        "volume": pandera.Column("Int64", nullable=True),
        "split_factor": pandera.Column("float64", pandera.Check.gt(0)),
        "currency": _TEXT,
        "time_zone": _TEXT,
        **dict.fromkeys(
            ("is_session", "is_final", "is_still_trading", "is_known_symbol", "is_contrary", "is_index"), _FLAG
        ),
    },
    index=pandera.Index(int, unique=True),
)


def check_frame(bars: pd.DataFrame) -> None:
    """Raise `AftercloseError` for a frame of another shape: that is an error of ours, no row can be blamed."""
    try:
        BARS.validate(bars, lazy=True)
    except SchemaErrors as problem:
        first = problem.failure_cases.iloc[0]
        raise AftercloseError(
            f"bars have another shape than the rules expect: {first['column']} breaks {first['check']}"
        ) from problem
