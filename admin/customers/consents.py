"""What somebody agreed to, and what they told the staff about it."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from admin import admin
from club.members.editing import CHANNELS, HOW, SAID, consents_of, note_consent, standing
from club.members.models import the_person
from club.permissions import Permission
from web.access import staff_only
from web.consent_words import HEARD, PURPOSES, WAYS, came_by
from web.database import db
from web.forms import Form
from web.visitors import staff


class ConsentForm(Form):
    """A yes or a no, about what, and how it came."""

    channel = SelectField(_l("News"), choices=[SelectChoice(way, WAYS[way]) for way in CHANNELS])
    answer = RadioField(
        _l("Answer"),
        [InputRequired(_l("Choose yes or no."))],
        choices=[SelectChoice("yes", _l("Yes")), SelectChoice("no", _l("No"))],
    )
    how = RadioField(
        _l("How they said so"),
        [InputRequired(_l("Choose how they said so."))],
        choices=[SelectChoice(how, HEARD[how]) for how in HOW],
    )


@admin.route("/customers/<int:person_id>/consents", methods=["GET", "POST"])
@staff_only(Permission.EDIT_MEMBERS)
def customers_consents(person_id: int) -> ResponseReturnValue:
    """What holds now, every answer before it, and a new one."""
    person, form, who = the_person(db(), person_id), ConsentForm(), staff()
    if form.validate_on_submit():
        note_consent(
            db(), person_id, form.channel.data, is_given=form.answer.data == "yes", how=form.how.data,
            by=who.account_id, role=who.role, now=datetime.now(UTC),
        )  # fmt: skip
        flash(_("Kept. It holds from now on."), "success")
        return redirect(url_for("admin.customers_consents", person_id=person_id), 303)
    said = consents_of(db(), person_id)
    page = render_template(
        "admin/customers_consents.html",
        person=person,
        form=form,
        standing=standing(said),
        said=said,
        purposes=PURPOSES,
        ways=WAYS,
        came_by=came_by,
        own_words=SAID,
    )
    return page, 422 if form.errors else 200
