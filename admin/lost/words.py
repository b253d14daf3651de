"""What steps and causes are called."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.fields.choices import SelectChoice

from club.lost.rules import Branch, Cause, Step

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
