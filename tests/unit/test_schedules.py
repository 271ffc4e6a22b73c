"""What `afterclose serve` serves and what `deployments/prefect.yaml` deploys are the same, and due after the close."""

from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from flows.commands.running import EXIT_CODES
from flows.running.serving import SERVER
from flows.schedules import PLANNED
from tests.shipped import FACTS
from warehouse.settings import Settings

DEPLOYMENTS = Path(__file__).parents[2] / "deployments"


@pytest.fixture
def deployed():
    return yaml.safe_load((DEPLOYMENTS / "prefect.yaml").read_text())


def test_the_file_and_the_served_schedules_are_the_same(deployed):
    assert [
        (entry["name"], entry["entrypoint"], entry["schedules"], entry.get("parameters", {}), entry["description"])
        for entry in deployed["deployments"]
    ] == [
        (
            planned.name,
            planned.entrypoint,
            [{"cron": planned.cron, "timezone": planned.time_zone}],
            planned.parameters,
            planned.description,
        )
        for planned in PLANNED
    ]


def test_every_deployment_runs_one_at_a_time_and_pulls_no_code(deployed):
    assert deployed["pull"] == []
    limits = [entry["concurrency_limit"] for entry in deployed["deployments"]]
    assert limits == [{"limit": 1, "collision_strategy": "ENQUEUE"}] * len(PLANNED)


@pytest.mark.parametrize("planned", PLANNED, ids=lambda planned: planned.name)
def test_an_entrypoint_is_a_flow_by_module_path(planned):
    module, name = planned.entrypoint.rsplit(".", 1)
    assert type(getattr(import_module(module), name)).__name__ == "Flow"


@pytest.mark.parametrize("planned", [planned for planned in PLANNED if planned.parameters], ids=lambda one: one.name)
def test_an_evening_is_due_after_every_close_of_its_market_is_final(planned):
    minute, hour, *rest = planned.cron.split()
    assert rest == ["*", "*", "1-5"]
    settle = timedelta(minutes=Settings.model_fields["settle_minutes"].default)
    sessions = FACTS.market(planned.parameters["market"]).sessions
    for day in sessions.between(date(2022, 1, 1), date(2026, 12, 31)):
        due = datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=ZoneInfo(planned.time_zone))
        session = sessions.on(day)
        assert session.is_final(due, settle), session


def test_cron_starts_the_same_runs_at_the_same_moments():
    text = (DEPLOYMENTS / "crontab.example").read_text()
    lines = [line.split() for line in text.splitlines() if line[:1].isdigit()]
    assert {(line[5], line[6]) for line in lines} == {("afterclose", "/opt/afterclose/.venv/bin/afterclose")}
    assert len(lines) == len(PLANNED)
    for line, planned in zip(lines, PLANNED, strict=True):
        assert weekly(" ".join(line[:5]), "UTC") == weekly(planned.cron, planned.time_zone)


def weekly(cron, time_zone):
    """The moments of a week at which a schedule is due, as weekday, hour and minute in UTC."""
    minute, hour, _, _, days = cron.split()
    first, last = map(int, days.split("-"))
    monday = datetime(2026, 5, 18, int(hour), int(minute), tzinfo=ZoneInfo(time_zone))
    moments = [(monday + timedelta(days=day - 1)).astimezone(UTC) for day in range(first, last + 1)]
    return {(moment.weekday(), moment.hour, moment.minute) for moment in moments}


def test_a_run_that_ended_in_any_way_is_not_taken_for_silent():
    silent, _ = yaml.safe_load((DEPLOYMENTS / "automations.yaml").read_text())["automations"]
    expected = {event.removeprefix("prefect.flow-run.") for event in silent["trigger"]["expect"]}
    ours = {state.capitalize() for state in EXIT_CODES}
    assert expected == ours | {"heartbeat", "Completed", "Failed", "Crashed", "Cancelled", silent["actions"][0]["name"]}


def test_the_server_in_the_containers_is_set_like_the_one_that_serve_starts():
    server = yaml.safe_load((DEPLOYMENTS / "compose.yaml").read_text())["services"]["server"]
    assert SERVER.items() <= server["environment"].items()
