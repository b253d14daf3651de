"""What stages, their rules, moves and next steps are called."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from club.pipeline.models.names import own_names
from club.pipeline.models.steps import LATER, NO_STEP, OVERDUE, TODAY
from club.pipeline.rules import REGULAR_DAYS, Boundaries, How, Stage
from web.database import db
from web.languages import language

USUAL: dict[Stage, Any] = {
    Stage.SUSPECT: _l("Suspects"),
    Stage.PROSPECT: _l("Prospects"),
    Stage.BUYER: _l("Buyers"),
    Stage.FREQUENT: _l("Frequent buyers"),
    Stage.LOYAL: _l("Loyal customers"),
    Stage.PROMOTER: _l("Promoters"),
}
_USUAL_ONE: dict[Stage, Any] = {
    Stage.SUSPECT: _l("suspect"),
    Stage.PROSPECT: _l("prospect"),
    Stage.BUYER: _l("buyer"),
    Stage.FREQUENT: _l("frequent buyer"),
    Stage.LOYAL: _l("loyal customer"),
    Stage.PROMOTER: _l("promoter"),
}


def _own(stage: Stage, usual: dict[Stage, Any]) -> str:
    names = own_names(db())
    return (names[stage].get(language()) if stage in names else None) or str(usual[stage])


STAGES: dict[Stage, Any] = {stage: LazyString(_own, stage, USUAL) for stage in Stage}
"""As the club calls them, else the usual names."""
ONE: dict[Stage, Any] = {stage: LazyString(_own, stage, _USUAL_ONE) for stage in Stage}
"""Of one person."""
HOWS: dict[How, Any] = {
    How.RULE: _l("by the rules"),
    How.HAND: _l("by hand"),
    How.LOST: _l("lost"),
    How.BACK: _l("taken up again"),
}
STEPS: dict[str, Any] = {
    NO_STEP: _l("No next step"),
    OVERDUE: _l("Overdue"),
    TODAY: _l("Due today"),
    LATER: _l("Planned"),
}
MARKS: dict[str, str] = {NO_STEP: "warning", OVERDUE: "danger", TODAY: "info", LATER: "success"}
"""The colour beside the words."""


def rule_words(stage: Stage, bounds: Boundaries) -> str:
    """The rule of a stage as people read it, with the boundary of the club's own figures."""
    match stage:
        case Stage.SUSPECT:
            return _("Known from a list or a note; nothing was heard of them yet.")
        case Stage.PROSPECT:
            return _("They asked, joined or answered, and have not bought yet.")
        case Stage.BUYER:
            return _("They have bought.")
        case Stage.FREQUENT:
            often = ngettext("every %(num)d day", "every %(num)d days", bounds.middle_gap)
            return _(
                "They bought on %(days)s days or more and at least as often as the middle of the club, %(often)s.",
                days=REGULAR_DAYS,
                often=often,
            )
        case Stage.LOYAL:
            return _(
                "They bought on %(days)s days or more, have been here for a year and are among its best fifth.",
                days=REGULAR_DAYS,
            )
        case Stage.PROMOTER:
            return _("They brought somebody who bought, and buy themselves.")
