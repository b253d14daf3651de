"""Use cases of the tiers: setting a ladder, looking at one member, looking at everybody, deciding by hand."""

from club.tiers.service.by_hand import set_by_hand
from club.tiers.service.everyone import Reassessment, night, reassess_all
from club.tiers.service.ladder import set_ladder
from club.tiers.service.one import TierChange, reassess, reassess_after_return
from club.tiers.service.preview import Preview, Step, preview, preview_rows
from club.tiers.service.returned import reassess_returned

__all__ = [
    "Preview",
    "Reassessment",
    "Step",
    "TierChange",
    "night",
    "preview",
    "preview_rows",
    "reassess",
    "reassess_after_return",
    "reassess_all",
    "reassess_returned",
    "set_by_hand",
    "set_ladder",
]
