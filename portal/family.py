"""Whom a member names as their family."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, SelectField
from wtforms.fields.choices import SelectChoice

from club.errors import BadBirthday, GuardianNotAdult, MinorsNotKept, NameMissing, NotAnsweredFor, Refusal
from club.family.models import family_of
from club.family.rules import LONGEST_NAME, MOST_FAMILY, Relation, Relative
from club.family.service import name_relative, take_off
from portal import portal
from web.access import members_only
from web.database import db
from web.family_words import RELATIONS
from web.forms import Form, Needed, TextField, WholeNumberField
from web.programme import programme, today
from web.refusing import refused
from web.visitors import member_id, visitor


class RelativeForm(Form):
    """Name, relation, birthday if wanted."""

    name = TextField(_l("Name"), [Needed(_l("Enter the name."))], longest=LONGEST_NAME)
    relation = SelectField(_l("Relation"), choices=[SelectChoice(one.value, words) for one, words in RELATIONS.items()])
    day = WholeNumberField(_l("Day"), least=1, most=31, render_kw={"class": "form-control num digits-2"})
    month = WholeNumberField(_l("Month"), least=1, most=12, render_kw={"class": "form-control num digits-2"})
    year = WholeNumberField(_l("Year"), least=1900, most=2200, render_kw={"class": "form-control num digits-4"})
    answers = BooleanField(_l("This is a minor, and I answer for them as a parent or guardian"))

    def relative(self) -> Relative:
        """What was typed."""
        return Relative(
            name=self.name.data or "",
            relation=Relation(self.relation.data),
            year=self.year.data,
            month=self.month.data,
            day=self.day.data,
        )


@portal.route("/me/family", methods=["GET", "POST"])
@members_only
def family() -> ResponseReturnValue:
    """Who is there, and one more."""
    form = RelativeForm()
    if not form.validate_on_submit():
        return _page(form), 422 if form.errors else 200
    try:
        is_sure, now = bool(form.answers.data), datetime.now(UTC)
        name_relative(db(), member_id(), form.relative(), is_sure, by=_account_id(), now=now)
    except Refusal as refusal:
        form.refuse(refusal, _field_of(form, refusal))
        return refused(_page(form), refusal)
    flash(_("Saved."), "success")
    return redirect(url_for("portal.family"), 303)


@portal.post("/me/family/<int:family_id>/remove")
@members_only
def family_remove(family_id: int) -> ResponseReturnValue:
    """Nothing of them is kept."""
    take_off(db(), member_id(), family_id, by=_account_id(), now=datetime.now(UTC))
    flash(_("Removed."), "success")
    return redirect(url_for("portal.family"), 303)


def _page(form: RelativeForm) -> str:
    return render_template(
        "portal/family.html",
        form=form,
        family=family_of(db(), member_id(), today()),
        relations=RELATIONS,
        keeps_minors=programme().minors_kept,
        most=MOST_FAMILY,
        has_households=programme().households_allowed,
    )


def _field_of(form: RelativeForm, refusal: Refusal) -> Field | None:
    match refusal:
        case NameMissing():
            return form.name
        case BadBirthday():
            return form.day
        case MinorsNotKept() | GuardianNotAdult():
            return form.relation
        case NotAnsweredFor():
            return form.answers
    return None


def _account_id() -> int:
    who = visitor()
    assert who is not None, "the route is for members"
    return who.account_id
