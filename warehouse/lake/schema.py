"""The datasets of the lake: the Arrow schema of each, its key, and the column whose year or month names the file.

Prices are as traded, in the instrument's currency; dates are local trade dates; instants are UTC. `market` and `year`
(or `month`) are hive partitions and stand in the path, not in the files.
"""

import json
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from warehouse.lake.lines import ANSWER_FIELDS, LINE_FIELDS, TOTAL_FIELDS

INSTANT = pa.timestamp("us", tz="UTC")
# Number of the lake's commit that last changed a row in place; null if that was before commits had numbers.
COMMIT = pa.field("commit", pa.int64())

BAR_FIELDS = [
    pa.field("symbol", pa.string(), nullable=False),
    pa.field("trade_date", pa.date32(), nullable=False),
    pa.field("open", pa.float64()),
    pa.field("high", pa.float64()),
    pa.field("low", pa.float64()),
    pa.field("close", pa.float64()),
    pa.field("volume", pa.int64()),
    pa.field("currency", pa.string()),
]
# Of a bar that fills what the first vendor lacks: its printed prices x fill_factor are on the basis of the series
# around it. Null for the first vendor's own.
FILL_FACTOR = pa.field("fill_factor", pa.float64())
VERSION_FIELDS = [
    pa.field("source", pa.string(), nullable=False),  # the vendor; 'simulated' is no market
    pa.field("asked_at", INSTANT, nullable=False),  # when the vendor said so
    pa.field("known_from", INSTANT, nullable=False),
    pa.field("known_to", INSTANT),  # null while this is what we hold to be true
    pa.field("run_id", pa.string(), nullable=False),
]


@dataclass(frozen=True)
class Dataset:
    """One folder of the lake: `<name>/market=M/year=Y/<file>.parquet`, sorted by `key`.

    `schema` is of the rows as they are given and taken. Where rows change in place, their file also says which commit
    last changed each, see `file_schema`. A dataset of whole markets is cut by `month` (`month=2022-05`) instead of by
    `year`: an evening rewrites its month.
    """

    name: str
    file: str
    key: tuple[str, ...]
    year_of: str
    schema: pa.Schema
    is_changed_in_place: bool
    cut_by: str = "year"

    def cut_of(self, day: date) -> str:
        """The value of the partition that has the rows of a day: '2022', or '2022-05'."""
        return f"{day:%Y-%m}" if self.cut_by == "month" else f"{day:%Y}"

    @property
    def file_schema(self) -> pa.Schema:
        """The schema of its files."""
        return self.schema.append(COMMIT) if self.is_changed_in_place else self.schema


def _dataset(
    name: str, key: str, year_of: str, fields: list[pa.Field], file: str | None = None, cut_by: str = "year"
) -> Dataset:
    given = pa.schema([field for field in fields if field is not COMMIT])
    return Dataset(name, file or name, tuple(key.split()), year_of, given, COMMIT in fields, cut_by)


_BARS = [
    *BAR_FIELDS,
    pa.field("split_factor", pa.float64(), nullable=False),  # vendor price x split_factor = price as traded
    pa.field("trading_state", pa.string(), nullable=False),  # 'traded', 'suspended'; an index is always 'traded'
    pa.field("basis", pa.string(), nullable=False),  # 'evening': captured on its own evening; 'history': later
    pa.field("close_kind", pa.string()),  # 'nominal': the exchange's, without a trade; null is a trade's
    pa.field("halted_at_close", pa.bool_()),  # true where trading stopped for good within the session
    FILL_FACTOR,
    *VERSION_FIELDS,
]
STOCKS = _dataset("stocks", "trade_date symbol", "trade_date", _BARS, "prices")
INDICES = _dataset("indices", "trade_date symbol", "trade_date", _BARS, "prices")
ACTIONS = _dataset(
    "actions",
    "ex_date symbol kind",
    "ex_date",
    [
        pa.field("symbol", pa.string(), nullable=False),
        pa.field("ex_date", pa.date32(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),  # 'split', 'dividend', 'unlisted_adjustment'
        pa.field("value", pa.float64(), nullable=False),  # new shares per old; money per share as of the ex-date
        pa.field("currency", pa.string()),  # of a dividend: not always that of the prices
        pa.field("parts", pa.string()),  # what the value is made of, where it is more than one amount
        pa.field("citation", pa.string()),  # of an event that a person gave: where it is from
        *VERSION_FIELDS,
    ],
)
QUARANTINE = _dataset(
    "quarantine",
    "trade_date symbol id",
    "trade_date",
    [
        pa.field("id", pa.string(), nullable=False),  # hash of what was wrong
        *BAR_FIELDS,
        pa.field("rule", pa.string(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
        # 'held', 'released', 'rejected', 'cured'; 'warned': stored all the same
        pa.field("status", pa.string(), nullable=False),
        pa.field("held_at", INSTANT, nullable=False),
        pa.field("decided_at", INSTANT),
        pa.field("decided_by", pa.string()),
        pa.field("note", pa.string()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("run_id", pa.string(), nullable=False),
        # What a version needs besides, should a person release the row; null in rows from before these were kept.
        pa.field("asked_at", INSTANT),
        pa.field("split_factor", pa.float64()),
        pa.field("basis", pa.string()),
        FILL_FACTOR,
        # Of an event: 'split' and so on, and its value, null where it has none; `trade_date` is then its ex-date.
        pa.field("kind", pa.string()),
        pa.field("value", pa.float64()),
        pa.field("parts", pa.string()),
        COMMIT,
    ],
)
DECISIONS = _dataset(
    "decisions",
    "trade_date symbol id decided_at",
    "trade_date",
    [
        pa.field("id", pa.string(), nullable=False),  # the quarantine's row
        pa.field("symbol", pa.string(), nullable=False),
        pa.field("trade_date", pa.date32(), nullable=False),
        # 'released', 'rejected', 'held' (a stored bar, withdrawn)
        pa.field("decision", pa.string(), nullable=False),
        pa.field("decided_at", INSTANT, nullable=False),
        pa.field("decided_by", pa.string(), nullable=False),
        pa.field("note", pa.string()),
        pa.field("run_id", pa.string(), nullable=False),  # of the versions that it made
    ],
)
ANSWERS = _dataset(
    "answers",
    "asked_on symbol run_id",
    "asked_on",
    [
        pa.field("run_id", pa.string(), nullable=False),
        pa.field("symbol", pa.string(), nullable=False),
        pa.field("asked_on", pa.date32(), nullable=False),  # local date of the market
        pa.field("asked_at", INSTANT, nullable=False),
        pa.field("first_date", pa.date32(), nullable=False),  # the window that was asked for
        pa.field("last_date", pa.date32(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),  # 'ok', 'no data', 'transient', 'unknown shape'
        pa.field("detail", pa.string()),
        pa.field("bars", pa.int32(), nullable=False),
        pa.field("null_bars", pa.int32(), nullable=False),  # rows in which the vendor gave no price at all
        pa.field("name", pa.string()),  # what the vendor calls it
        pa.field("currency", pa.string()),
        pa.field("exchange", pa.string()),  # the vendor's name or code of it
        pa.field("instrument_type", pa.string()),  # 'EQUITY', 'INDEX' and so on, in the vendor's words
        pa.field("first_trade_date", pa.date32()),  # where the vendor's history begins: no listing date
        # Ex-dates and kinds of the events that it named, '' for none; null where the answer was not believed.
        pa.field("events", pa.string()),
    ],
)
PUBLISHED = _dataset(
    "published",
    "trade_date kind subject published_at",
    "trade_date",
    [
        pa.field("trade_date", pa.date32(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),  # the view that it was read from
        pa.field("subject", pa.string(), nullable=False),  # index or market
        pa.field("said", pa.string(), nullable=False),  # the row as JSON
        pa.field("published_at", INSTANT, nullable=False),
        pa.field("run_id", pa.string(), nullable=False),
        pa.field("warehouse_version", pa.int32()),  # of the view that it was read from; null for the first one's rows
    ],
)
OPINIONS = _dataset(
    "opinions",
    "trade_date symbol source",
    "trade_date",
    [
        pa.field("symbol", pa.string(), nullable=False),
        pa.field("trade_date", pa.date32(), nullable=False),
        pa.field("first_source", pa.string()),
        pa.field("first_close", pa.float64()),  # null where the first vendor has no bar
        pa.field("source", pa.string(), nullable=False),  # the second vendor
        pa.field("second_close", pa.float64()),  # null where the second vendor has no bar
        pa.field("finding", pa.string(), nullable=False),  # 'agrees', 'differs', 'only first', 'only second'
        pa.field("asked_at", INSTANT, nullable=False),
        pa.field("run_id", pa.string(), nullable=False),
        COMMIT,
    ],
)
FILLS = _dataset(
    "fills",
    "asked_on symbol source run_id",
    "asked_on",
    [
        pa.field("run_id", pa.string(), nullable=False),
        pa.field("symbol", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),  # who was asked for what the first vendor lacks
        pa.field("asked_on", pa.date32(), nullable=False),  # local date of the market
        pa.field("asked_at", INSTANT, nullable=False),
        pa.field("first_owed", pa.date32(), nullable=False),
        pa.field("last_owed", pa.date32(), nullable=False),
        pa.field("owed", pa.int32(), nullable=False),  # sessions
        pa.field("filled", pa.int32(), nullable=False),  # of these
        # as of an answer; 'not asked': nothing could prove it
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("detail", pa.string()),  # why it was not asked, did not answer, or was not believed
    ],
)
RUNS = _dataset(
    "runs",
    "started_at run_id",
    "started_on",
    [
        pa.field("run_id", pa.string(), nullable=False),
        pa.field("flow", pa.string(), nullable=False),
        pa.field("started_on", pa.date32(), nullable=False),
        pa.field("started_at", INSTANT, nullable=False),
        pa.field("ended_at", INSTANT, nullable=False),
        pa.field("first_date", pa.date32(), nullable=False),  # the days it was asked to answer for
        pa.field("last_date", pa.date32(), nullable=False),
        pa.field("state", pa.string(), nullable=False),  # 'stored', 'failed'
        pa.field("source", pa.string(), nullable=False),
        pa.field("requests", pa.int32(), nullable=False),
        pa.field("new_rows", pa.int32(), nullable=False),
        pa.field("restated_rows", pa.int32(), nullable=False),
        pa.field("held_rows", pa.int32(), nullable=False),
        pa.field("detail", pa.string()),
        # 'index': asked for indices alone, 'official': for what exchanges printed; they owe no member. Else 'members',
        # as are runs from before (null).
        pa.field("scope", pa.string()),
    ],
)
SENT = _dataset(
    "sent",
    "trade_date channel subject number",
    "trade_date",
    [
        pa.field("trade_date", pa.date32(), nullable=False),
        pa.field("channel", pa.string(), nullable=False),  # kind and digest of an address, never the address
        pa.field("subject", pa.string(), nullable=False),  # 'evening', or 'alert ' and the name of its file
        pa.field("number", pa.int32(), nullable=False),  # 1: the evening itself; more: what changed since
        pa.field("id", pa.string(), nullable=False),  # of the message: sessions that go together share it
        # 'intended': it may be under way; 'sent': the channel took it; 'failed': it did not
        pa.field("state", pa.string(), nullable=False),
        pa.field("figures", pa.string(), nullable=False),  # what is printed, as JSON; of an alert its rows
        pa.field("title", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("said_at", INSTANT),  # when anything of the session had last been said; null for an alert
        pa.field("at", INSTANT, nullable=False),  # of the state
        pa.field("detail", pa.string()),  # why the channel did not take it
        COMMIT,
    ],
)
OFFICIAL = _dataset(
    "official", "trade_date symbol source", "trade_date", [*LINE_FIELDS, *VERSION_FIELDS], cut_by="month"
)
OFFICIAL_TOTALS = _dataset(
    "official_totals", "trade_date board source kind currency", "trade_date", [*TOTAL_FIELDS, *VERSION_FIELDS]
)
OFFICIAL_ANSWERS = _dataset("official_answers", "trade_date source board asked_at", "trade_date", ANSWER_FIELDS)
DATASETS = (
    *(STOCKS, INDICES, ACTIONS, QUARANTINE, DECISIONS, ANSWERS, PUBLISHED, OPINIONS, FILLS, RUNS, SENT),
    *(OFFICIAL, OFFICIAL_TOTALS, OFFICIAL_ANSWERS),
)

# 1: the first. 2: columns that may be null were added, and pages carry checksums. 3: more such columns, for events.
# 4: it has a manifest, and rows that change in place the commit that changed them; runs have a scope. 5: bars say on
# which basis they fill. 6: what was said says of which version of the views it is.
VERSION_WITH_CHECKSUMS, VERSION_WITH_MANIFEST = 2, 4
LAKE_VERSION = 6
STAMP = json.dumps({"version": LAKE_VERSION}).encode()


def place_of(dataset: Dataset, market: str, cut: object) -> str:
    """Where a file of the dataset is, below the lake; `*` for any market, year or month."""
    return f"{dataset.name}/market={market}/{dataset.cut_by}={cut}/{dataset.file}.parquet"
