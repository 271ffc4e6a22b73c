"""What a rule is: a name, how much it matters, and the question it asks of every row of a frame."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

Severity = Literal["reject", "hold", "warn"]


@dataclass(frozen=True)
class Rule:
    """`check` takes bars and says, a row, whether the rule is broken; its docstring says what it catches and why.

    A row that breaks a 'hold' rule waits in quarantine for a later answer or a person; one that breaks a 'reject' rule
    waits for a later answer only, since it can never be a price. One that breaks a 'warn' rule is stored, and the
    warning is kept beside it.
    """

    severity: Severity
    check: Callable[[pd.DataFrame], pd.Series]

    @property
    def name(self) -> str:
        """The name of its function, which the lake keeps: it never changes."""
        return self.check.__name__
