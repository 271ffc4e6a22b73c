"""What Prefect is told of a night: artifacts, events, and one message when it matters."""

import logging
from datetime import date

import pytest

from flows.running.preparing import STEPS, _is_news
from tests.conftest import walk
from tests.shipped import HK

DAY = date(2022, 5, 17)


@pytest.fixture
def night(vendor, evening, prefect_server):
    from flows.nightly import nightly

    symbols = HK.members_on(DAY) | {index.symbol for index in HK.indices}
    vendor.bars |= {symbol: walk(symbol, HK, date(2022, 5, 5), DAY) for symbol in symbols}

    def run(day):
        vendor.today = day
        evening(day)
        return nightly("HK", day, return_state=True)

    return run


@pytest.fixture
def messages(monkeypatch):
    """What the notification block `slack-webhook/desk` was given."""
    from prefect.blocks.core import Block

    sent = []

    class Desk:
        def notify(self, body, subject=None):
            sent.append((subject, body))

    monkeypatch.setenv("AFTERCLOSE_NOTIFY_BLOCK", "slack-webhook/desk")
    monkeypatch.setattr(Block, "load", lambda name: {"slack-webhook/desk": Desk()}[name])
    return sent


@pytest.fixture
def grave():
    """What Prefect's own loggers say of steps and runs that is graver than news, where a command has begun the run."""
    heard = logging.Handler(logging.ERROR)
    found = []
    heard.emit = found.append
    loggers = [logging.getLogger(name) for name in (STEPS, "prefect.flow_runs")]
    for logger in loggers:
        logger.addFilter(_is_news)
        logger.addHandler(heard)
    yield found
    for logger in loggers:
        logger.removeFilter(_is_news)
        logger.removeHandler(heard)


def test_a_step_that_cannot_write_is_told_by_how_its_run_ends_and_not_by_a_trace(night, home, grave):
    (home / "lake").mkdir(parents=True)
    (home / "lake" / "stocks").write_text("a file where a folder should be")
    state = night(DAY)
    assert state.is_failed()
    assert state.message.endswith("/lake/stocks/market=HK/year=2022: Not a directory")
    assert [(record.getMessage(), record.exc_info) for record in grave] == []


def test_a_published_session_is_an_event_and_a_night_that_changes_nothing_is_none(night, monkeypatch):
    from flows.running import telling

    events = []
    monkeypatch.setattr(telling, "emit_event", lambda *event, **more: events.append((*event, more["payload"])))
    night(date(2022, 5, 13))
    night(DAY)
    night(DAY)
    assert [(name, resource["prefect.resource.id"], resource["afterclose.state"]) for name, resource, _ in events] == [
        ("afterclose.session.published", f"afterclose.session.hk.2022-05-{day}", "complete") for day in (13, 16, 17)
    ]
    assert events[-1][2]["expected"] == events[-1][2]["received"]


def test_the_evening_is_shown_in_artifacts(night, vendor):
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey

    vendor.faults["0700.HK"] = ["x100"]
    night(DAY)
    with get_client(sync_client=True) as client:
        key = ArtifactFilterKey(any_=["wrap-hk", "movers-hk", "verdicts-hk", "held-hk"])
        found = client.read_artifacts(artifact_filter=ArtifactFilter(key=key))
    data = {artifact.key: str(artifact.data) for artifact in sorted(found, key=lambda artifact: artifact.created)}
    assert data["wrap-hk"].startswith("# HK 2022-05-17: partial")
    assert "close_within_range" in data["held-hk"]
    assert "partial" in data["verdicts-hk"]
    assert "loser" in data["movers-hk"]  # every invented bar of that day falls


def test_a_night_does_not_fail_because_prefect_could_not_be_told(night, monkeypatch):
    from flows.running import telling

    def fail(*_, **__):
        raise RuntimeError("the server is away")

    monkeypatch.setattr(telling, "create_markdown_artifact", fail)
    monkeypatch.setattr(telling, "emit_event", fail)
    assert night(DAY).name == "Complete"


def test_one_message_when_it_matters_and_none_when_all_is_well(night, vendor, messages, monkeypatch):
    assert night(date(2022, 5, 13)).name == "Complete"
    assert night(date(2022, 5, 14)).name == "Closed"
    assert messages == []
    vendor.faults["0700.HK"] = ["x100"]
    night(date(2022, 5, 16))
    assert messages == [
        ("Afterclose: HK 2022-05-16 Partial", "HK 2022-05-16: Partial\n1 held: 0700.HK close_within_range")
    ]
    monkeypatch.setattr("tasks.sources.yahoo.ATTEMPTS", 2)
    vendor.faults = {symbol: [500] for symbol in vendor.bars}
    night(DAY)
    assert len(messages) == 2
    assert messages[1][0] == "Afterclose: HK 2022-05-17 Failed"
    assert "none of" in messages[1][1]


def test_a_message_that_cannot_be_sent_leaves_the_night_as_it_was(night, vendor, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_NOTIFY_BLOCK", "slack-webhook/nowhere")
    vendor.faults["0700.HK"] = ["x100"]
    assert night(DAY).name == "Partial"
