"""Use cases of getting in, by what somebody wants to do."""

from club.access.service.address import ask_to_change_email, confirm_email
from club.access.service.links import ask_for_link, enter_by_link, set_new_password
from club.access.service.passwords import change_password, check_new_password
from club.access.service.signing_in import Asking, Entered, SignInTry, enter, sign_in
from club.access.service.staff import accept_invitation, add_staff, invite_again, reset_second_factor

__all__ = [
    "Asking",
    "Entered",
    "SignInTry",
    "accept_invitation",
    "add_staff",
    "ask_for_link",
    "ask_to_change_email",
    "change_password",
    "check_new_password",
    "confirm_email",
    "enter",
    "enter_by_link",
    "invite_again",
    "reset_second_factor",
    "set_new_password",
    "sign_in",
]
