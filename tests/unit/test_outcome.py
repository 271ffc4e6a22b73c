"""How a run of several sessions ended, out of what was said of each."""

import json
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from tasks.verdict import outcome_of
from tests.shipped import HK
from warehouse.lake.lake import Lake
from warehouse.lake.schema import PUBLISHED

DAYS = [date(2022, 5, 13), date(2022, 5, 16), date(2022, 5, 17)]
SAID_AT = datetime(2022, 5, 17, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        ([None, None, None], None),
        ([None, None, "c"], "c"),
        (["c", "c", "c"], "c"),
        (["a", None, "c"], "c; and 1 other reason before"),
        (["a", "b", "c"], "c; and 2 other reasons before"),
    ],
)
def test_of_complete_sessions_the_last_reason_is_told_and_how_many_others_there_are(tmp_path, reasons, told):
    said = [json.dumps({"state": "complete", "reason": reason}) for reason in reasons]
    rows = {"trade_date": DAYS, "said": said, "published_at": [SAID_AT + timedelta(hours=at) for at in range(3)]}
    lake = Lake(tmp_path / "lake")
    lake.path.mkdir()
    published = pd.DataFrame(rows).assign(kind="session_status", subject="HK", run_id="one", warehouse_version=1)
    lake.commit(lake.changes(PUBLISHED, "HK", published))
    outcome = outcome_of(lake, HK, (DAYS[0], DAYS[-1]))
    assert (outcome.state, outcome.reason) == ("complete", told)
