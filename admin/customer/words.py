"""What stands in care's columns, in the reader's language."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms.fields.choices import SelectChoice

from club.access.service.lost_step import Checked
from club.care.models import Item
from club.care.rules import (
    Direction,
    Kind,
    Liking,
    Outcome,
    PromiseState,
    Source,
    TaskState,
    ToDo,
)
from club.contact.rules import Blocked, Channel, Wait, Waits
from web.formats import moment
from web.programme import programme

KINDS: dict[str, Any] = {
    Kind.NOTE: _l("Note"),
    Kind.CALL: _l("Call"),
    Kind.VISIT: _l("Visit"),
    Kind.LETTER: _l("Letter"),
    Kind.MAIL: _l("Mail"),
    Kind.CHAT: _l("Chat"),
}
DIRECTIONS: dict[str, Any] = {Direction.IN: _l("They came to us"), Direction.OUT: _l("We went to them")}
OUTCOMES: dict[str, Any] = {
    Outcome.REACHED: _l("We spoke"),
    Outcome.NOT_REACHED: _l("Not reached"),
    Outcome.MESSAGE_LEFT: _l("Message left"),
    Outcome.CALL_BACK: _l("To be called back"),
    Outcome.REFUSED: _l("Did not want to"),
}
STATES: dict[str, Any] = {
    TaskState.OPEN: _l("open"),
    TaskState.DONE: _l("done"),
    TaskState.DROPPED: _l("dropped"),
    PromiseState.KEPT: _l("kept"),
    PromiseState.BROKEN: _l("broken"),
}
TO_DO: dict[str, Any] = {ToDo.TASK: _l("Task"), ToDo.PROMISE: _l("Promise")}
LIKINGS: dict[str, Any] = {
    Liking.LIKE: _l("Likes"),
    Liking.DISLIKE: _l("Dislikes"),
    Liking.NEED: _l("Needs"),
    Liking.WANT: _l("Wants"),
    Liking.GIVE: _l("Would give"),
}
SOURCES: dict[str, Any] = {
    Source.SAID: _l("said so"),
    Source.SEEN: _l("we noticed"),
    Source.OTHERS: _l("others told us"),
}
CHANNELS: dict[str, Any] = {Channel.EMAIL: _l("E-mail"), Channel.PHONE: _l("Phone"), Channel.POST: _l("Post")}
CHECKED: dict[str, Any] = {
    Checked.IN_PERSON: _l("In person, with an identity document"),
    Checked.CALLED_BACK: _l("Called back on the phone number that stands here"),
    Checked.VIDEO: _l("By video, with an identity document"),
}
"""How staff saw who asks for help with getting in."""
LANGUAGES: dict[str, Any] = {"en": _l("English"), "es": _l("Spanish"), "ru": _l("Russian")}
MARKS = {
    TaskState.DONE: "success",
    TaskState.DROPPED: "",
    PromiseState.KEPT: "success",
    PromiseState.BROKEN: "danger",
}


def choices(words: dict[str, Any]) -> list[SelectChoice]:
    """For a field that offers all of them."""
    return [SelectChoice(str(value), label) for value, label in words.items()]


def why_blocked(reason: Blocked) -> str:
    """Why a way to the customer is closed."""
    match reason:
        case Blocked.NO_ADDRESS:
            return _("nothing is known to use")
        case Blocked.NO_CONSENT:
            return _("no consent")
        case Blocked.OBJECTED:
            return _("they asked not to be contacted")


def why_it_waits(wait: Wait) -> str:
    """Until when a mail to the customer will wait, and why."""
    until = moment(wait.until)
    if wait.because is Waits.QUIET:
        return _("It will wait until %(moment)s, because these are quiet hours.", moment=until)
    return _(
        "It will wait until %(moment)s, because the limit is reached: %(limit)s.", moment=until, limit=limit_words()
    )


def limit_words() -> str:
    """How often the club turns to one customer."""
    club = programme()
    return _(
        "at most %(contacts)s within %(days)s",
        contacts=ngettext("%(num)d contact", "%(num)d contacts", club.contact_most),
        days=ngettext("%(num)d day", "%(num)d days", club.contact_days),
    )


def how_late(days: int) -> str:
    """For something whose day is over."""
    return ngettext("%(num)d day late", "%(num)d days late", days)


def state_of(item: Item) -> str:
    """Of a task or promise that is closed."""
    return str(STATES[item.state])
