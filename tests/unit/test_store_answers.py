"""What is kept of each answer."""

from datetime import UTC, date, datetime

import pandas as pd

from tasks.plan import Window
from tasks.store import Run, record_failure
from tests.shipped import HK
from warehouse.bars.answers import Answer, Request
from warehouse.lake.lake import Lake
from warehouse.lake.schema import ANSWERS

DAY = date(2022, 5, 17)
NOW = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)


def test_what_the_vendor_says_of_an_instrument_is_kept_with_its_answer(tmp_path):
    lake = Lake(tmp_path)
    said = {
        "name": "Tencent Holdings Limited",
        "currency": "HKD",
        "exchange": "HKSE",
        "instrument_type": "EQUITY",
        "first_trade_date": date(2004, 6, 16),
    }
    answers = [Answer("0700.HK", "ok", NOW, **said), Answer("0001.HK", "transient", NOW, "HTTP 500")]
    requests = [Request(answer.symbol, DAY) for answer in answers]
    run = Run("run-1", "nightly", "yahoo", NOW, Window(HK, DAY, DAY), requests)
    record_failure(lake, run, answers, NOW, "handmade")
    failed, tencent = lake.read(ANSWERS, "HK").sort_values("symbol")[list(said)].to_dict("records")
    assert tencent == said
    assert all(pd.isna(value) for value in failed.values())
