"""What lists about customers who leave are narrowed by: the cause, and whose it is."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from admin.lost.words import CAUSES, cause_choices
from club.lost.rules import Cause
from web.forms import Form
from web.lists import Asked
from web.visitors import staff

FILTERS = ("state", "cause", "owner")


class CauseAndOwnerFilter(Form):
    """What narrows the list."""

    class Meta:
        """A question that changes nothing needs no key."""

        csrf = False

    cause = SelectField(_l("Cause"))
    owner = SelectField(_l("Whose"), choices=[SelectChoice("", _l("Everybody’s")), SelectChoice("mine", _l("Mine"))])

    @classmethod
    def of(cls, this: Asked) -> "CauseAndOwnerFilter":
        """The filter as it is asked for."""
        form = cls(data=dict(this.filters))
        form.cause.choices = cause_choices(_("All causes"))
        return form


def wanted_cause(this: Asked) -> str:
    """The cause that is asked for; empty for none, and for one that does not exist."""
    cause = this.filters.get("cause", "")
    return cause if cause in set(Cause) else ""


def wanted_owner(this: Asked) -> int | None:
    """Whose are asked for: one's own, or everybody's."""
    return staff().account_id if this.filters.get("owner") == "mine" else None


def applied_of(this: Asked) -> list[tuple[str, Any]]:
    """The filters that are on, in words."""
    shown: list[tuple[str, Any]] = []
    if wanted_cause(this):
        shown.append(("cause", CAUSES[Cause(wanted_cause(this))]))
    if this.filters.get("owner") == "mine":
        shown.append(("owner", _("Mine")))
    return shown
