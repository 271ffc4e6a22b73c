"""When things run: what `afterclose serve` and `afterclose schedule` run, the same as in `deployments/prefect.yaml`."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Planned:
    """One deployment: a flow by its module path, its parameters, and when it is due by the clock of its market.

    `command` is what does the same without a Prefect server.
    """

    name: str
    entrypoint: str
    command: str
    cron: str
    time_zone: str
    description: str
    parameters: dict[str, Any] = field(default_factory=dict)


# Prefect knows no trading days: the flows ask the calendar and end Closed. The minutes are the close, plus what it
# takes to be final, plus AFTERCLOSE_SETTLE_MINUTES (30), plus five.
PLANNED = (
    Planned(
        "hk-evening",
        "flows.nightly.nightly",
        "nightly --market HK --wait",
        "45 16 * * 1-5",
        "Asia/Hong_Kong",
        "Hong Kong after the close, and what earlier evenings still owe.",
        {"market": "HK", "wait": True},
    ),
    Planned(
        "cn-evening",
        "flows.nightly.nightly",
        "nightly --market CN --wait",
        "5 16 * * 1-5",
        "Asia/Shanghai",
        "The mainland after the close, and what earlier evenings still owe.",
        {"market": "CN", "wait": True},
    ),
    Planned(
        "morning-sweep",
        "flows.sweep.sweep",
        "nightly --market all --refetch",
        "30 7 * * 2-6",
        "Asia/Hong_Kong",
        "Late corrections and anything still owed, both markets.",
    ),
)
