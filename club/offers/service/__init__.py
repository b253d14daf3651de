"""Use cases of offers. Locks: the member's balance first, then lots, then offers by id, then vouchers."""

from club.offers.earning import campaigns_with
from club.offers.service.counter import (
    CounterPreview,
    CounterSale,
    give_back_at_counter,
    hand_over,
    needs_no_sale,
    preview_at_counter,
    record_at_counter,
    shown_at_counter,
    take_back,
    undo_at_counter,
)
from club.offers.service.editing import add_codes, add_offer, change_offer, copy_offer, pick, publish, unpick
from club.offers.service.ending import end_offer, night
from club.offers.service.giving import activate, redeem, undo
from club.offers.service.granting import grant, take_back_grant
from club.offers.service.telling import cancel_notice, test_notice, write_notices
from club.offers.service.typing import voucher_typed
from club.offers.service.using import (
    Cause,
    campaigns_in,
    give_back_in,
    note_extra_in,
    settle_in,
    take_again_in,
    take_in,
)

__all__ = [
    "Cause",
    "CounterPreview",
    "CounterSale",
    "activate",
    "add_codes",
    "add_offer",
    "campaigns_in",
    "campaigns_with",
    "cancel_notice",
    "change_offer",
    "copy_offer",
    "end_offer",
    "give_back_at_counter",
    "give_back_in",
    "grant",
    "hand_over",
    "needs_no_sale",
    "night",
    "note_extra_in",
    "pick",
    "preview_at_counter",
    "publish",
    "record_at_counter",
    "redeem",
    "settle_in",
    "shown_at_counter",
    "take_again_in",
    "take_back",
    "take_back_grant",
    "take_in",
    "test_notice",
    "undo",
    "undo_at_counter",
    "unpick",
    "voucher_typed",
    "write_notices",
]
