"""Every rule that a bar can break, by name."""

from warehouse.rules.evening import EVENING_RULES
from warehouse.rules.history import HISTORY_RULES
from warehouse.rules.row import ROW_RULES
from warehouse.rules.rule import Severity
from warehouse.rules.trading_state import TRADING_RULES

SEVERITIES: dict[str, Severity] = {
    **{rule.name: rule.severity for rule in (*ROW_RULES, *HISTORY_RULES)},
    **{rule.name: rule.severity for rule in EVENING_RULES},
    **TRADING_RULES,
    "booked_twice": "warn",
    "undated_rebase": "warn",
}
