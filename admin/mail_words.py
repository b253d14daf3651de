"""Messages in the words of the staff: what each is about, where it stands, why it did not arrive, what it can say."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from club.contact.rules import Waits
from club.messages.rules import Bounce, Cause, Happened, Standing
from web.formats import moment

ACTS: dict[str, Any] = {
    "join.confirm": _l("Joining: confirm the address"),
    "join.known": _l("Joining: is a member already"),
    "join.welcome": _l("Joining: welcome"),
    "signin.link": _l("Sign-in link"),
    "password.reset": _l("New password: the link"),
    "password.changed": _l("Password was changed"),
    "email.change": _l("New address: confirm it"),
    "email.changed": _l("Address was changed, to the old one"),
    "account.step_set": _l("Second step was set up"),
    "account.step_ended": _l("Second step was given up"),
    "account.step_helped": _l("Second step was taken away with the help of staff"),
    "account.passkey_added": _l("Passkey was added"),
    "account.passkey_removed": _l("Passkey was removed"),
    "account.phone_changed": _l("Phone number was changed"),
    "leaving.asked": _l("Leaving: asked for"),
    "leaving.undone": _l("Leaving: taken back"),
    "record.merged": _l("Two memberships became one, to the old address"),
    "claim.invitation": _l("Invitation to take one's place"),
    "staff.invitation": _l("Invitation to a colleague"),
    "tier.reached": _l("Tier reached"),
    "account.reminder1": _l("Invoice: first reminder"),
    "account.reminder2": _l("Invoice: second reminder"),
    "account.reminder3": _l("Invoice: third reminder"),
    "lead.received": _l("Request to be contacted has arrived"),
    "offer.new": _l("A new offer"),
    "news.digest": _l("Offers of a week or month in one mail"),
    "gift.reminder": _l("Gift: a choice is about to end"),
    "tier.at_risk": _l("Notice: the tier is about to be lost"),
    "points.expiring": _l("Notice: points end soon"),
    "points.activated": _l("Notice: points can be used"),
    "statement.ready": _l("Statement of the month"),
    "greeting.birthday": _l("Greeting: birthday"),
    "greeting.anniversary": _l("Greeting: the day of joining"),
    "greeting.profession": _l("Greeting: day of a profession"),
    "greeting.holiday": _l("Greeting: holiday"),
    "stock.confirm": _l("Product: a guest confirms the wish to hear of it"),
    "stock.back": _l("Product can be had again"),
    "order.placed": _l("Order: confirmation"),
    "order.cancelled": _l("Order was cancelled"),
    "order.refunded": _l("Order: money back"),
    "order.sent": _l("Order is on its way"),
    "order.ready": _l("Order can be picked up"),
    "return.received": _l("Return: asked for"),
    "return.withdrawn": _l("Withdrawal: it came in"),
    "return.approved": _l("Return: approved"),
    "return.refused": _l("Return: refused"),
    "return.refunded": _l("Return: refunded"),
    "event.invitation": _l("Event: invitation"),
    "event.reminder": _l("Event: reminder"),
    "event.going": _l("Event: the place is confirmed"),
    "event.offered": _l("Event: a freed place is offered"),
    "event.changed": _l("Event: it was changed"),
    "event.cancelled": _l("Event: it was called off"),
    "event.confirm": _l("Event: a guest from outside confirms"),
    "event.news": _l("Event: news of the next programme are confirmed"),
    "friend.invitation": _l("Friend: invitation by a member"),
    "referral.joined": _l("Friend: joined, to the member"),
    "referral.rewarded": _l("Friend: reward, to the member"),
    "friend.rewarded": _l("Friend: reward, to the friend"),
    "return.exchanged": _l("Return: exchanged"),
    "transfer.sent": _l("Points passed on, to whoever gave them"),
    "transfer.received": _l("Points passed on, to whoever got them"),
    "transfer.undone": _l("Points passed on: it was undone"),
    "household.invited": _l("Household: invitation by a member"),
    "household.ended": _l("Household: somebody is no longer in it"),
    "support.received": _l("Question: it has arrived"),
    "support.answer": _l("Question: the answer"),
    "support.solved": _l("Question: is it solved"),
    "suggestion.done": _l("Suggestion: done"),
    "suggestion.declined": _l("Suggestion: not done"),
    "support.letter": _l("Question: the answer to somebody without a page"),
    "personal.letter": _l("Personal letter"),
    "text.test": _l("Test of a text"),
}

STANDINGS: dict[str, Any] = {
    Standing.WAITING: _l("Waiting"),
    Standing.HELD: _l("Held back"),
    Standing.PUT_OFF: _l("Put off"),
    Standing.SENDING: _l("Being sent"),
    Standing.UNKNOWN: _l("Not known"),
    Standing.SENT: _l("Sent"),
    Standing.CAME_BACK: _l("Came back"),
    Standing.GIVEN_UP: _l("Given up"),
    Standing.CANCELLED: _l("Cancelled"),
    Standing.INBOX: _l("In the inbox only"),
}

CAUSES: dict[str, Any] = {
    Cause.ADDRESS: _l("The mail server of the recipient does not take mail for this address."),
    Cause.REFUSED: _l("The mail server does not take this mail."),
    Cause.TRIES: _l("It was put off too often: the other side did not take it for hours."),
    Cause.LATE: _l("Its link had ended before it could be sent."),
    Cause.WORDS: _l("It could not be put into words: something that it needs is missing."),
    Cause.DEADLY: _l("Sending it stopped the program several times, so it is left alone."),
    Cause.KNOWN: _l("The address was known to take no mail, so nothing was sent."),
    Cause.CANCELLED: _l("Somebody cancelled it before it was sent."),
    Cause.INBOX: _l("The reader wants no mail of this kind now, and finds it among their messages in the club."),
    Cause.CONSENT: _l("The reader withdrew their consent or objected before it went out."),
}

BOUNCES: dict[str, Any] = {
    Bounce.NO_MAILBOX: _l("There is no such mailbox"),
    Bounce.NO_HOST: _l("There is no such domain"),
    Bounce.FULL: _l("The mailbox is full"),
    Bounce.BLOCKED: _l("The other side does not want our mail"),
    Bounce.OTHER: _l("Another reason"),
}

HAPPENED: dict[str, Any] = {
    Happened.PUT_OFF: _l("Put off: it is tried again later"),
    Happened.GIVEN_UP: _l("Given up"),
    Happened.KEPT: _l("Put among the reader's messages, and not sent"),
    Happened.INTERRUPTED: _l("The sender stopped half way; taken up again, so it may arrive twice"),
    Happened.TRIED_AGAIN: _l("Put back to be sent"),
    Happened.CANCELLED: _l("Cancelled"),
    Happened.CAME_BACK: _l("Came back"),
}

FIELDS: dict[str, Any] = {
    "club": _l("the club's name"),
    "name": _l("how the reader is addressed"),
    "number": _l("the member number"),
    "points": _l("points, with the club's word for them"),
    "time": _l("how long the link works"),
    "tier": _l("the name of the tier"),
    "day": _l("the last day of the tier"),
    "times": _l("how much faster purchases earn"),
    "percent": _l("the discount"),
    "address": _l("the new address, shortened"),
    "product": _l("the name of the product"),
    "order": _l("the number of the order"),
    "before": _l("the number of the order whose goods came back"),
    "carrier": _l("who brings the parcel"),
    "tracking": _l("the parcel's tracking number"),
    "code": _l("the code to pick it up with"),
    "event": _l("the title of the event"),
    "gift": _l("what the gift is for"),
    "occasion": _l("the name of the day"),
    "month": _l("the month of the statement"),
    "years": _l("years since joining"),
    "money": _l("what the points are worth, or what was saved"),
    "when": _l("when the event begins"),
    "where": _l("where the event is"),
    "deadline": _l("the last day to answer"),
    "writer": _l("who wrote the answer"),
    "files": _l("names of files"),
    "member": _l("the other member"),
}

ONLY_WITH: dict[str, Any] = {
    "points": _l("Said only where there are points."),
    "multiplier_percent": _l("Said only where the tier earns faster."),
    "discount_percent": _l("Said only where the tier has a discount."),
    "until": _l("Said only where the tier has a last day."),
    "worth": _l("Said only where points pay for goods."),
    "more": _l("Said only where not all could be named."),
    "product": _l("Said only where the points would buy something."),
    "saved": _l("Said only where something was saved."),
    "carrier": _l("Said only where the carrier was written down."),
    "tracking": _l("Said only where there is a tracking number."),
    "where": _l("Said only where the event has a place."),
    "former_where": _l("Said only where the event had a place."),
    "answer_by": _l("Said only where there is a last day to answer."),
    "asks": _l("Said only where the answer also marks the question as solved."),
    "left_out": _l("Said only where files came by mail that could not be kept."),
    "to_card": _l("Said only where money goes back to a card."),
    "at_counter": _l("Said only where money goes back at the counter."),
    "to_account": _l("Said only where money is transferred back."),
    "carried": _l("Said only where the returned goods pay for it."),
    "to_pay": _l("Said only where a card has to pay the rest."),
    "less": _l("Said only where less is to be paid by invoice or at the counter."),
    "paper": _l("Said only where a paper was issued with it."),
    "follows": _l("Said only where a paper is issued soon."),
}

KINDS: dict[str, Any] = {"subject": _l("Subject"), "paragraph": _l("Paragraph"), "button": _l("Button")}


def act_name(act: str) -> str:
    """What a message is about; an act that is not known says its own name."""
    return str(ACTS.get(act, act))


def held_words(waits_for: str, until: datetime) -> str:
    """Until when a message waits, and why."""
    if waits_for == Waits.QUIET:
        return _("waits until %(moment)s: quiet hours", moment=moment(until))
    return _("waits until %(moment)s: enough contacts for now", moment=moment(until))


def bounce_name(cause: str) -> str:
    """Why mail to an address does not arrive."""
    return str(BOUNCES[Bounce(cause)]) if cause in set(Bounce) else cause
