"""What steps and causes are called."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.fields.choices import SelectChoice

from admin.mail_words import act_name
from club.lost.evidence import Evidence, Incident
from club.lost.rules import Branch, Cause, Step
from web.formats import money, points
from web.movements import rung_name

STEPS: dict[Step, Any] = {
    Step.SUSPECTED: _l("Suspected"),
    Step.VERIFIED: _l("Verified"),
    Step.CONTACTED: _l("Contacted"),
    Step.CAUSE_KNOWN: _l("Cause known"),
    Step.WON_BACK: _l("Won back"),
    Step.CLOSED: _l("Closed"),
}

BRANCHES: dict[Branch, Any] = {
    Branch.OURS: _l("Our fault"),
    Branch.COMPETITOR: _l("A competitor"),
    Branch.THEIRS: _l("Their own life"),
    Branch.UNKNOWN: _l("Not known"),
}

CAUSES: dict[Cause, Any] = {
    Cause.QUALITY: _l("Quality"),
    Cause.DELIVERY: _l("Delivery"),
    Cause.PRICE: _l("Price"),
    Cause.SERVICE: _l("Service"),
    Cause.PROMISE: _l("A promise was not kept"),
    Cause.COMPETITOR: _l("They buy from a competitor"),
    Cause.NEED_ENDED: _l("They no longer need it"),
    Cause.MOVED: _l("They moved away"),
    Cause.UNKNOWN: _l("Not known"),
}


def cause_choices(blank: Any = None) -> list[SelectChoice]:
    """Every cause under its branch, our own faults first."""
    tree = [SelectChoice(cause.value, words, optgroup=str(BRANCHES[cause.branch])) for cause, words in CAUSES.items()]
    return tree if blank is None else [SelectChoice("", blank), *tree]


INCIDENTS: dict[Incident, Any] = {
    Incident.RETURNED: _l("Something was given back"),
    Incident.CANCELLED: _l("A purchase was cancelled"),
    Incident.PROMISE_BROKEN: _l("A promise was not kept"),
    Incident.PROMISE_LATE: _l("A promise was late"),
    Incident.TASK_UNDONE: _l("A task was late or left undone"),
    Incident.UNANSWERED: _l("They waited for an answer"),
    Incident.MAIL_CAME_BACK: _l("A mail did not arrive"),
    Incident.TIER_LOST: _l("They fell to a lower tier"),
    Incident.POINTS_EXPIRED: _l("Points expired"),
    Incident.PRICE_RISEN: _l("Prices went up"),
}


def incident_words(one: Evidence) -> str:
    """What it was, in the words or the number that its row keeps."""
    match one.kind:
        case Incident.RETURNED | Incident.CANCELLED:
            return money(one.number or 0)
        case Incident.POINTS_EXPIRED:
            return points(one.number or 0)
        case Incident.MAIL_CAME_BACK:
            return act_name(one.words)
        case Incident.PRICE_RISEN:
            before, after = money(one.before or 0), money(one.number or 0)
            return _("%(name)s: %(before)s → %(after)s", name=one.words, before=before, after=after)
        case Incident.TIER_LOST:
            return rung_name(one.words)
    return one.words
