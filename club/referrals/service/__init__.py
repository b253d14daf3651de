"""Use cases of bringing friends: the code, joining with it, inviting, the night's rewards, deciding, the terms."""

from club.referrals.service.bringing import Brought, refuse_own_code, take_up
from club.referrals.service.codes import code_for, count_wrong_code, may_ask_for_a_code, show_name
from club.referrals.service.deciding import approve, note_export, put_on_hold, refuse
from club.referrals.service.inviting import invite
from club.referrals.service.nightly import night
from club.referrals.service.rewarding import reward_one, take_back_one
from club.referrals.service.terms import set_terms

__all__ = [
    "Brought",
    "approve",
    "code_for",
    "count_wrong_code",
    "invite",
    "may_ask_for_a_code",
    "night",
    "note_export",
    "put_on_hold",
    "refuse",
    "refuse_own_code",
    "reward_one",
    "set_terms",
    "show_name",
    "take_back_one",
    "take_up",
]
