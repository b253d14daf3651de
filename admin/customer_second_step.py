"""A member lost phone and recovery codes: a colleague sees who asks, then takes the second step away."""

from datetime import datetime

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from admin import admin
from admin.confirming import ConfirmForm, confirmed
from admin.customer.words import CHECKED
from admin.customer_points import LONGEST_WORDS
from club.access.service.lost_step import Asked, Checked, help_with_second_step
from club.access.service.passkeys import passkeys_of
from club.accounts.models import staff_role
from club.accounts.second_factor import second_factor_of
from club.members.household import is_household
from club.members.models import the_person
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.forms import Needed, TextAreaField
from web.visitors import staff


class HelpForm(ConfirmForm):
    """How it was checked who asks, and what happened."""

    checked = RadioField(
        _l("How did you see who asks?"),
        [InputRequired(_l("Choose how you saw who asks."))],
        choices=[SelectChoice(way.value, CHECKED[way]) for way in Checked],
    )
    why = TextAreaField(_l("Reason"), [Needed(_l("Enter the reason."))], longest=LONGEST_WORDS, rows=2)
    with_passkeys = BooleanField(_l("Remove the passkeys too: the device is lost"))


@admin.route("/customers/<int:person_id>/second-step", methods=["GET", "POST"])
@staff_only(Permission.END_SESSIONS)
def customers_second_step(person_id: int) -> ResponseReturnValue:
    """What there is to take away, and taking it away."""

    def act(form: HelpForm, now: datetime) -> None:
        who = staff()
        asked = Asked(Checked(form.checked.data), form.why.data or "", bool(form.with_passkeys.data))
        help_with_second_step(db(), person_id, asked, by=who.account_id, role=who.role, now=now)
        flash(_("The second step is taken away. They are told by mail."), "success")

    def page(form: HelpForm) -> str:
        return _page(person_id, form)

    to = url_for("admin.customers_one", person_id=person_id)
    return confirmed(HelpForm(), 0, act, page, to)


def _page(person_id: int, form: HelpForm) -> str:
    person = the_person(db(), person_id)
    account_id = person.account_id
    return render_template(
        "admin/customers_second_step.html",
        person=person,
        form=form,
        is_own=is_household(db(), staff().account_id, person_id),
        works_here=account_id is not None and staff_role(db(), account_id) is not None,
        factor=None if account_id is None else second_factor_of(db(), account_id),
        passkeys=[] if account_id is None else passkeys_of(db(), account_id),
    )
