"""What is kept of an exchange's evening: the fields of its lines, of what is only counted, and of what was answered."""

import pyarrow as pa

# One row a line of the market, prices and money in `currency`, as printed: nothing is adjusted or filled in here.
LINES = pa.schema(
    [
        pa.field("symbol", pa.string(), nullable=False),  # ours: 0700.HK, 80700.HK, 600519.SS
        pa.field("trade_date", pa.date32(), nullable=False),
        pa.field("name", pa.string()),
        # 'share', 'structured product', 'bond', 'second counter', 'temporary counter', 'nil-paid rights'; null where
        # not told
        pa.field("kind", pa.string()),
        pa.field("parent", pa.string()),  # of a second counter: the line that it is another counter of
        pa.field("currency", pa.string()),
        # 'traded', 'no trade' (open all day, nobody dealt), 'suspended' or 'halted' (nothing is printed of its day)
        pa.field("state", pa.string(), nullable=False),
        pa.field("since_today", pa.bool_()),  # whether the suspension or halt is marked as new
        *(pa.field(name, pa.float64()) for name in ("open", "high", "low", "close", "previous_close")),
        # 'adjusted': the reference price; 'not given'; null: printed, and nobody has told whether it is adjusted
        pa.field("previous_basis", pa.string()),
        *(pa.field(name, pa.float64()) for name in ("bid", "ask")),
        pa.field("volume", pa.int64()),  # shares; 0 where nobody dealt, null where nothing is printed
        pa.field("turnover", pa.float64()),  # money, likewise
        pa.field("is_st", pa.bool_()),  # under risk warning; null where there is no such thing
        pa.field("doubt", pa.string()),  # how the printed values contradict each other
    ]
)

_BOARD = [
    pa.field("trade_date", pa.date32(), nullable=False),
    pa.field("board", pa.string(), nullable=False),  # 'Main Board', 'A shares'
]
LINE_FIELDS = [
    *LINES,
    _BOARD[1],
    pa.field("authority", pa.string(), nullable=False),  # an 'exchange' prints for itself, a 'vendor' repeats it
]
# Structured products and bonds have no rows: how many there were and what was dealt in them, a kind and currency.
TOTAL_FIELDS = [
    *_BOARD,
    pa.field("kind", pa.string(), nullable=False),
    pa.field("currency", pa.string(), nullable=False),
    pa.field("lines", pa.int32(), nullable=False),
    pa.field("traded", pa.int32(), nullable=False),
    pa.field("turnover", pa.float64(), nullable=False),
]
ANSWER_FIELDS = [
    *_BOARD,
    pa.field("source", pa.string(), nullable=False),
    pa.field("asked_at", pa.timestamp("us", tz="UTC"), nullable=False),
    pa.field("outcome", pa.string(), nullable=False),  # as `OfficialAnswer` has it
    pa.field("detail", pa.string()),
    pa.field("requests", pa.int32(), nullable=False),
    pa.field("lines", pa.int32(), nullable=False),
    pa.field("unread", pa.string()),  # the lines that could not be read, one below the other
    pa.field("turnover_total", pa.float64()),  # the source's own figure of the board, in the market's currency
    pa.field("run_id", pa.string(), nullable=False),
]
