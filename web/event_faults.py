"""What the club says no to about events, in words."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from club import errors
from club.errors import Refusal
from club.events.rules import Fault, State
from web.formats import moment
from web.movements import rung_name

FAULTS: Mapping[str, Any] = {
    Fault.TITLE: _l("Enter a title of at most 120 characters."),
    Fault.WORDS: _l("This text is too long."),
    Fault.TIMES: _l("The event ends after it begins, and within 31 days."),
    Fault.PLACE: _l("Place and address have at most 200 characters each."),
    Fault.LINKS: _l("Enter links in full, beginning with https://."),
    Fault.SEATS: _l("Enter how many seats there are, from 1 to 100,000."),
    Fault.GUESTS: _l("Enter 0 to 20 guests for each answer, and fewer than there are seats."),
    Fault.ANSWER_BY: _l("The answers end before the event begins."),
    Fault.POINTS: _l("Enter whole points from 0 to 1,000,000."),
    Fault.RUNG: _l("Choose the tier from which on the event is open."),
    Fault.WINDOWS: _l("A tier books earlier only where a day is set for everybody, and before answers end."),
    Fault.QUOTAS: _l("Enter whole numbers of seats for the tiers."),
    Fault.PUBLIC: _l("An event that is open to everybody has no price in points and no tier."),
    Fault.HOURS: _l("A freed place is held for 1 to 336 hours."),
    Fault.COST: _l("Enter a cost of zero or more, or leave it empty."),
}


def words_about_events(refusal: Refusal) -> str:
    """One or two sentences for a person; empty for what is not about events."""
    return _about_answers(refusal) or _about_staff_acts(refusal)


def _about_answers(refusal: Refusal) -> str:  # noqa: C901, PLR0911 - one answer a refusal
    match refusal:
        case errors.EventNotOpen(state=state):
            return _not_open(state)
        case errors.AnswersClosed():
            return _("The time to answer is over. Ask the club whether there is still a place.")
        case errors.EventNotForYou(rung_key=None):
            return _("This event is for people whom the club invited.")
        case errors.EventNotForYou(rung_key=key):
            return _("This event is for the tier %(tier)s and above.", tier=rung_name(str(key)))
        case errors.EventOpensLater(at=at):
            return _("Places can be taken from this moment on: %(moment)s", moment=moment(at))
        case errors.EventFull(left=0):
            return _("All places are taken. You can wait in line: whoever is next hears of a freed place.")
        case errors.EventFull(left=left):
            return ngettext(
                "%(num)d place is left. Come with fewer guests, or wait in line.",
                "%(num)d places are left. Come with fewer guests, or wait in line.",
                left,
            )
        case errors.TooManyGuests(most=0):
            return _("This event is for members alone, without guests.")
        case errors.TooManyGuests(most=most):
            return ngettext("%(num)d guest may come along.", "%(num)d guests may come along.", most)
        case errors.NeedTooLong(most=most):
            return ngettext("Use at most %(num)d character.", "Use at most %(num)d characters.", most)
        case errors.NoOfferedPlace():
            return _("The time to take this place is over. It went to whoever was next.")
        case errors.GuestIsIn():
            return _("This ticket was used at the door: the place cannot be given back.")
    return ""


def _about_staff_acts(refusal: Refusal) -> str:  # noqa: PLR0911 - one answer a refusal
    match refusal:
        case errors.BadEvent(fault=fault):
            return str(FAULTS[fault])
        case errors.SeatsBelowTaken(taken=taken):
            return ngettext(
                "%(num)d seat is taken. Ask somebody to give theirs back first, or keep more seats.",
                "%(num)d seats are taken. Ask somebody to give theirs back first, or keep more seats.",
                taken,
            )
        case errors.EventIsPublished():
            return _("Members have seen what a place costs: the price stays as it is.")
        case errors.NoGuestsLeft():
            return _("All guests of this party are in.")
        case errors.NotInYet():
            return _("Nobody was let in with this ticket.")
        case errors.NobodyToInvite():
            return _("There is nobody whom this would reach.")
        case errors.TooManyPictures(most=most):
            return ngettext(
                "An event has %(num)d picture at most. Remove one first.",
                "An event has %(num)d pictures at most. Remove one first.",
                most,
            )
        case errors.WaveIsWritten():
            return _("These invitations are on their way already.")
    return ""


def _not_open(state: str) -> str:
    match State(state):
        case State.CANCELLED:
            return _("This event was called off.")
        case State.DRAFT:
            return _("This event is not published yet.")
        case State.PUBLISHED:
            return _("This event has begun: answers are closed.")
    return _("This event is over.")
