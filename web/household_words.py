"""Words for refusals about households."""

from flask_babel import gettext as _

from club import errors
from club.errors import Refusal
from web.formats import number


def words_about_households(refusal: Refusal) -> str:
    """What is in the way, and what to do; empty for refusals about something else."""
    match refusal:
        case errors.HouseholdsClosed():
            return _("The club has no households now.")
        case errors.SoughtMissing():
            return _("Enter the e-mail address or the member number.")
        case errors.OwnInvitation():
            return _("This is you. Enter the address or number of somebody else.")
        case errors.NoHousehold():
            return _("This household is no more.")
        case errors.AlreadyInHousehold():
            return _("You belong to a household already. Leave that one first.")
        case errors.InvitationGone():
            return _("This invitation is no longer open. Ask for a new one.")
        case errors.HouseholdFull(most=most):
            return _("A household has %(most)s adults at most, those who are invited among them.", most=number(most))
    return ""
