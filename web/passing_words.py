"""Words for refusals about points that go from member to member."""

from flask_babel import gettext as _
from flask_babel import pgettext

from club import errors
from club.errors import Refusal
from web.formats import day, moment, points


def words_about_passing(refusal: Refusal) -> str:
    """What is in the way, and what to do; empty for refusals about something else."""
    match refusal:
        case errors.TransfersClosed():
            return _("Points cannot be passed on here now.")
        case errors.TransferTooEarly(first_day=first_day):
            return _("New members can pass points on from %(day)s.", day=day(first_day))
        case errors.TransferPaused(until=until):
            return _(
                "Password or address of this account were changed lately. Points can leave it again from %(moment)s.",
                moment=moment(until),
            )
        case errors.TransferTooMuch(left=0):
            return _("You have passed on as much as a month or a year allows.")
        case errors.TransferTooMuch(left=left):
            return _("At most %(points)s can be passed on now.", points=points(left))
        case errors.UnknownReceiver():
            return pgettext(
                "receiver",
                "No other member with this number and this name can get so many points now. "
                "Look at their card: both have to be right.",
            )
        case errors.TransferUndone():
            return _("This cannot be undone any more: the points are back, or both memberships became one.")
    return ""
