"""Every name that a row of the quarantine can have for a rule."""

from warehouse.bars.as_traded import UNDATED_REBASE
from warehouse.rules.decisions import WITHDRAWN
from warehouse.rules.evening import EVENING_RULES
from warehouse.rules.events import EVENT_RULES
from warehouse.rules.frame import MISSHAPEN
from warehouse.rules.history import HISTORY_RULES
from warehouse.rules.official import OFFICIAL_RULES
from warehouse.rules.row import ROW_RULES
from warehouse.rules.rule import Severity
from warehouse.rules.trading_state import TRADING_RULES

SEVERITIES: dict[str, Severity] = {
    **{rule.name: rule.severity for rule in (*ROW_RULES, *HISTORY_RULES)},
    **{rule.name: rule.severity for rule in EVENING_RULES},
    **TRADING_RULES,
    **EVENT_RULES,
    **OFFICIAL_RULES,
    MISSHAPEN: "hold",
    UNDATED_REBASE: "warn",
    WITHDRAWN: "hold",
}
