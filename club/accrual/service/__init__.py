"""The one way in for every purchase and every return, whatever the channel; and changing the earning rules."""

from club.accrual.models import rules_on
from club.accrual.service.changes import Changed, add_rule, default_rules, end_rule, set_rules, withdraw_rule
from club.accrual.service.paying import (
    SalePreview,
    UsedPoints,
    record_sale_in,
    used_points_of,
)
from club.accrual.service.purchase import Preview, Recorded, record_purchase, record_purchase_in
from club.accrual.service.returns import Returned, preview_return, record_return, record_return_in

__all__ = [
    "Changed",
    "Preview",
    "Recorded",
    "Returned",
    "SalePreview",
    "UsedPoints",
    "add_rule",
    "default_rules",
    "end_rule",
    "preview_return",
    "record_purchase",
    "record_purchase_in",
    "record_return",
    "record_return_in",
    "record_sale_in",
    "rules_on",
    "set_rules",
    "used_points_of",
    "withdraw_rule",
]
