"""Use cases of four eyes: changing by hand within one's own limit, asking above it, deciding."""

from club.approvals.service.asking import (
    Outcome,
    PointsChange,
    PointsEffect,
    TierChange,
    TierEffect,
    VoucherGift,
    change_points,
    change_points_in,
    change_tier,
    give_back_tier,
    give_voucher_in,
    preview_back_to_rule,
    preview_points,
    preview_tier,
    refusing_repeats,
)
from club.approvals.service.deciding import approve, expire_old, refuse, take_note, withdraw

__all__ = [
    "Outcome",
    "PointsChange",
    "PointsEffect",
    "TierChange",
    "TierEffect",
    "VoucherGift",
    "approve",
    "change_points",
    "change_points_in",
    "change_tier",
    "expire_old",
    "give_back_tier",
    "give_voucher_in",
    "preview_back_to_rule",
    "preview_points",
    "preview_tier",
    "refuse",
    "refusing_repeats",
    "take_note",
    "withdraw",
]
