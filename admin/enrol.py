"""A new member at the counter, in twenty seconds: a name, and a phone or an address."""

import logging
from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, RadioField
from wtforms.fields.choices import SelectChoice

from admin import admin
from club.errors import AlreadyKnown, BadEmail, BadPhone, NameMissing, NotJoinedFrom, OwnMembership, Refusal
from club.joining.service import enrol_at_counter
from club.members.rules import LONGEST_NAME, NewPerson, grouped
from club.permissions import Permission
from club.referrals.service import refuse_own_code, take_up
from club.texts import LANGUAGES
from web.access import staff_only
from web.database import db
from web.formats import points
from web.forms import EmailField, Needed, TextField
from web.languages import OWN_NAMES
from web.living import LivingForm
from web.navigation import may_do
from web.programme import programme
from web.visitors import staff

log = logging.getLogger("referrals")


class EnrolForm(LivingForm):
    """What the club has to know."""

    name = TextField(_l("Full name"), [Needed(_l("Enter the name."))], longest=LONGEST_NAME)
    phone = TextField(_l("Phone"), longest=40, render_kw={"type": "tel", "inputmode": "tel"})
    email = EmailField(_l("E-mail"))
    language = RadioField(_l("Language"), choices=[SelectChoice(code, OWN_NAMES[code]) for code in LANGUAGES])
    news = BooleanField(_l("Agreed to news by e-mail"))
    code = TextField(_l("Code of a friend"), longest=30, render_kw={"autocomplete": "off", "spellcheck": "false"})


@admin.route("/enrol", methods=["GET", "POST"])
@staff_only(Permission.ENROL_MEMBERS)
def enrol() -> ResponseReturnValue:
    """Somebody becomes a member here and now."""
    form = EnrolForm(language=programme().main_language)
    if not form.validate_on_submit():
        return render_template("admin/counter_enrol.html", form=form), 422 if form.errors else 200
    who = staff()
    newcomer = NewPerson(
        full_name=form.name.data,
        phone=form.phone.data or None,
        email=form.email.data or None,
        language=form.language.data,
        source="counter",
    )
    news = ("email",) if form.news.data else ()
    try:
        refuse_own_code(db(), form.code.data or "", who.account_id)
        enrolled = enrol_at_counter(
            db(), newcomer, news=news, lives_in=form.lives_in, code=form.code.data or "", by=who.account_id,
            role=who.role, now=datetime.now(UTC),
        )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal, _field_of(form, refusal))
        return render_template("admin/counter_enrol.html", form=form), 422
    number = grouped(enrolled.member_number)
    flash(_("%(name)s is a member now: %(number)s.", name=newcomer.full_name, number=number), "success")
    if enrolled.points:
        flash(_("%(points)s for joining.", points=points(enrolled.points)), "success")
    _say_who_brought(enrolled.person_id)
    if may_do(Permission.RECORD_PURCHASES):
        return redirect(url_for("admin.purchase", member_id=enrolled.person_id), 303)
    return redirect(url_for("admin.enrol"), 303)


def _say_who_brought(person_id: int) -> None:
    """Whatever goes wrong with it, the member is enrolled; the night tries it again."""
    try:
        brought = take_up(db(), person_id, None, datetime.now(UTC))
    except Exception:
        log.exception("the code of member %s is not taken up", person_id)
        return
    if brought is None:
        return
    if brought.referral_id is None:
        flash(_("No member has the code %(code)s, or it brings nothing at present.", code=brought.code), "warning")
    else:
        flash(_("The friend's code is noted."), "success")


def _field_of(form: EnrolForm, refusal: Refusal) -> Field | None:
    match refusal:
        case NotJoinedFrom():
            return form.country
        case OwnMembership():
            return form.code
        case NameMissing():
            return form.name
        case BadPhone():
            return form.phone
        case BadEmail():
            return form.email
        case AlreadyKnown():
            return form.email if form.email.data else form.phone
    return form.phone
