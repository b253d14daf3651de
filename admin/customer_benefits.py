"""What a member's tier gets, how much of it is used this year, and writing down one more use."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from club.benefits.models import Line, all_benefits
from club.benefits.rules import cost_of_use
from club.benefits.uses import left_in_year, used_in_year, uses_of
from club.benefits.using import NewUse, record_use, undo_use
from club.errors import BenefitNotTheirs, BenefitUsedUp, DateInFuture, DateTooOld, NotFound, OwnMembership, Refusal
from club.members.models import Known, the_member
from club.permissions import Permission
from club.tiers.models import status_of
from web.access import staff_only
from web.benefits import cell_in_words
from web.database import db
from web.formats import number
from web.forms import DayField, Form, Needed, OnceKeyField, once
from web.languages import in_language
from web.messages import words_for
from web.programme import today
from web.refusing import refused
from web.visitors import staff

MOST_SHOWN = 50


class UseForm(Form):
    """Which benefit, and when."""

    benefit = SelectField(_l("Benefit"), coerce=int)
    used_on = DayField(_l("Used on"), [Needed(_l("Enter the day on which it was used."))])
    key = OnceKeyField()


@admin.route("/customers/<int:person_id>/benefits", methods=["GET", "POST"])
@staff_only(Permission.RECORD_PURCHASES)
def customers_benefits(person_id: int) -> ResponseReturnValue:
    """What is left of the year, and the form for one more use."""
    member = the_member(db(), person_id)
    form = UseForm(used_on=today())
    key = status_of(db(), person_id, today()).key
    theirs = [line for line in all_benefits(db()) if not line.is_archived and key in line.benefit.cells]
    form.benefit.choices = [SelectChoice(line.id, in_language(line.benefit.name)) for line in theirs]
    if not form.validate_on_submit():
        return _page(member, form, theirs, key), 422 if form.errors else 200
    assert form.used_on.data is not None  # validated
    who = staff()
    new = NewUse(form.benefit.data, person_id, form.used_on.data, once(form.key.data or "", who.account_id))
    try:
        record_use(db(), new, who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        field = {DateInFuture: form.used_on, DateTooOld: form.used_on}.get(type(refusal))
        if isinstance(refusal, BenefitUsedUp | BenefitNotTheirs):
            field = form.benefit
        form.refuse(refusal, field)
        return refused(_page(member, form, theirs, key), refusal)
    flash(_("The use is written down."), "success")
    return redirect(url_for("admin.customers_benefits", person_id=person_id), 303)


@admin.post("/customers/<int:person_id>/benefits/<int:use_id>/undo")
@staff_only(Permission.RECORD_PURCHASES)
def customers_benefits_undo(person_id: int, use_id: int) -> ResponseReturnValue:
    """Take back what was written down by mistake."""
    who = staff()
    try:
        undo_use(db(), use_id, person_id, who.account_id, who.role, datetime.now(UTC))
    except (NotFound, OwnMembership) as refusal:
        flash(words_for(refusal), "danger")
    else:
        flash(_("The use is taken back and counts no more."), "success")
    return redirect(url_for("admin.customers_benefits", person_id=person_id), 303)


def _page(member: Known, form: UseForm, theirs: list[Line], rung_key: str) -> str:
    used = used_in_year(db(), member.person_id, today())
    return render_template(
        "admin/customers_benefits.html",
        member=member,
        form=form,
        rung_key=rung_key,
        lines=[
            (
                line,
                cell_in_words(line.benefit.cells[rung_key]),
                _left(line, rung_key, used.get(line.id, 0)),
                cost_of_use(line.benefit, line.benefit.cells[rung_key]),
            )
            for line in theirs
        ],
        uses=uses_of(db(), member.person_id, MOST_SHOWN),
        names={line.id: line.benefit.name for line in all_benefits(db())},
        year=str(today().year),
    )


def _left(line: Line, rung_key: str, used: int) -> str:
    left = left_in_year(line.benefit.cells.get(rung_key), used)
    if left is None:
        return ngettext("%(num)d time", "%(num)d times", used) if used else _("not yet")
    return _("%(used)s of %(all)s", used=number(used), all=number(used + left))
