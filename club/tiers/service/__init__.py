"""Use cases of the tiers: setting a ladder, looking at one member, looking at everybody, deciding by hand."""

from club.tiers.service.by_hand import end_by_hand, set_by_hand, set_in
from club.tiers.service.effect import Asked, Moved, looked_at, note_export
from club.tiers.service.everyone import Reassessment, night, reassess_all
from club.tiers.service.ladder import Plan, plan_ladder, set_ladder, withdraw_ladder
from club.tiers.service.one import TierChange, reassess, reassess_after_return
from club.tiers.service.preview import Preview, Step, preview, preview_rows
from club.tiers.service.returned import reassess_returned

__all__ = [
    "Asked",
    "Moved",
    "Plan",
    "Preview",
    "Reassessment",
    "Step",
    "TierChange",
    "end_by_hand",
    "looked_at",
    "night",
    "note_export",
    "plan_ladder",
    "preview",
    "preview_rows",
    "reassess",
    "reassess_after_return",
    "reassess_all",
    "reassess_returned",
    "set_by_hand",
    "set_in",
    "set_ladder",
    "withdraw_ladder",
]
