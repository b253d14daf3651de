"""Relatives of a member in words, and what is in the way of naming them."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from club import errors
from club.errors import Refusal
from club.family.rules import Relation

RELATIONS: dict[Relation, Any] = {
    Relation.PARTNER: _l("Partner"),
    Relation.CHILD: _l("Child"),
    Relation.PARENT: _l("Parent"),
    Relation.SIBLING: _l("Brother or sister"),
    Relation.OTHER: _l("Other relative"),
}


def words_about_family(refusal: Refusal) -> str:
    """What is in the way, and what to do; empty for refusals about something else."""
    match refusal:
        case errors.MinorsNotKept():
            return _("The club keeps nothing about people under 18. Of a grown child, enter the whole birthday.")
        case errors.GuardianNotAdult():
            return _("Minors are named by an adult: enter your own birthday with its year in your profile first.")
        case errors.NotAnsweredFor():
            return _("Tick the box: a minor is named by a parent or guardian.")
        case errors.FamilyFull(most=most):
            return ngettext("At most %(num)d person can be named.", "At most %(num)d people can be named.", most)
    return ""
