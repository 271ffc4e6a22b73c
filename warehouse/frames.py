"""The one vocabulary of frames: names of columns, and the few moves that every step makes with frames."""

from collections.abc import Mapping, Sequence

import pandas as pd
import pyarrow as pa

KEY = ["symbol", "trade_date"]
ACTION_KEY = ["symbol", "ex_date", "kind"]
PRICES = ["open", "high", "low", "close"]
VALUES = [*PRICES, "volume"]
BAR = [*KEY, *VALUES, "currency"]
SPLIT, DIVIDEND = "split", "dividend"
UNLISTED_ADJUSTMENT = "unlisted_adjustment"  # the vendor rebased its history and named no event


def empty(schema: pa.Schema) -> pd.DataFrame:
    """No rows, with the columns of a schema."""
    frame: pd.DataFrame = schema.empty_table().to_pandas(date_as_object=True)
    return frame


def together(*frames: pd.DataFrame) -> pd.DataFrame:
    """The rows of all of them under a new index; empty ones lend neither rows nor types, unless all are empty."""
    return pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)


def is_among(rows: pd.DataFrame, others: pd.DataFrame, key: Sequence[str] = KEY) -> pd.Series:
    """Whether the key of each row is that of some row of `others`."""
    names = list(key)
    if rows.empty or others.empty:  # nearly always: to number the keys of the many would be all that it does
        return pd.Series(False, rows.index)
    among = pd.MultiIndex.from_frame(rows[names]).isin(pd.MultiIndex.from_frame(others[names]))
    return pd.Series(among, rows.index)


def beyond(rows: pd.DataFrame, others: pd.DataFrame, tolerance: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Whether each value is further from that of the same place in `others` than allowed; null where either is null.

    A column a name of `tolerance`, which gives the largest difference that is none, a row.
    """
    return pd.DataFrame(
        {
            name: (rows[name].astype("Float64") - others[name].astype("Float64")).abs() > allowed
            for name, allowed in tolerance.items()
        },
        rows.index,
    )
