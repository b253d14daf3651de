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
from web.database import db
from web.forms import Form
from web.leads import KINDS
from web.visitors import staff

PURPOSES = {
    "news": _l("News"),
    "terms": _l("Terms"),
    "privacy": _l("Privacy notice"),
    "request": _l("Answer to a request"),
}
WAYS = {"email": _l("by e-mail"), "phone": _l("by phone"), "post": _l("by post"), "web": _l("on the web")}
HEARD = {
    "phone": _l("They said so on the phone"),
    "paper": _l("They signed a paper"),
    "counter": _l("They said so at the counter"),
    "mail": _l("They wrote it in a mail or letter"),
}
FORMS = {
    "join": _l("Join page"),
    "claim": _l("Invitation to their account"),
    "counter": _l("At the counter"),
    "lead": _l("Form of the club"),
    "contact": _l("Page “Talk to us”"),
    **{f"lead:{kind.value}": words for kind, words in KINDS.items()},
    **{f"staff:{how}": words for how, words in HEARD.items()},
}
"""Source → words, without the account behind it. Others, such as a file's name, are shown as they are."""


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
        came_by=_came_by,
        own_words=SAID,
    )
    return page, 422 if form.errors else 200


def _came_by(source: str) -> str:
    return str(FORMS.get(source.partition(" ")[0], source))
