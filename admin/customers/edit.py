"""Changing what is kept about somebody: name, contact, birthday, old cards, and an invitation to their own account."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from club.errors import (
    AlreadyKnown,
    BadBirthday,
    BadEmail,
    BadPhone,
    ChangedMeanwhile,
    EmailTaken,
    IdentifierMissing,
    NameMissing,
    Refusal,
    SignsInWithAddress,
)
from club.joining.service import invite_to_claim
from club.members.editing import (
    PersonData,
    data_of,
    edit_person,
    forget_identifier,
    identifiers_of,
    know_by,
    last_edit,
)
from club.members.models import person_named_by_email, the_person
from club.members.rules import LONGEST_CALL_NAME, LONGEST_IDENTIFIER, LONGEST_NAME
from club.permissions import Permission
from club.texts import LANGUAGES
from web.access import staff_only
from web.database import db
from web.forms import EmailField, Form, Needed, TextField, WholeNumberField
from web.languages import OWN_NAMES
from web.messages import words_for
from web.navigation import may_do
from web.visitors import staff

KINDS = {"card": _l("Old card"), "external": _l("Id in another system")}


class EditForm(Form):
    """What is kept. `seen` is what the form was filled with, to notice a colleague's change meanwhile."""

    name = TextField(_l("Full name"), [Needed(_l("Enter the name."))], longest=LONGEST_NAME)
    call_name = TextField(_l("How to address"), longest=LONGEST_CALL_NAME)
    email = EmailField(_l("E-mail"), render_kw={"autocomplete": "off"})
    phone = TextField(_l("Phone"), longest=40, render_kw={"type": "tel", "autocomplete": "off"})
    language = SelectField(_l("Language"), choices=[SelectChoice(code, OWN_NAMES[code]) for code in LANGUAGES])
    birth_day = WholeNumberField(_l("Day"), least=1, most=31, render_kw={"class": "form-control num digits-2"})
    birth_month = WholeNumberField(_l("Month"), least=1, most=12, render_kw={"class": "form-control num digits-2"})
    birth_year = WholeNumberField(_l("Year"), least=1900, most=2200, render_kw={"class": "form-control num digits-4"})
    seen = HiddenField()

    def data_typed(self) -> PersonData:
        """What was typed, as a value."""
        return PersonData(
            full_name=self.name.data or "",
            call_name=self.call_name.data or "",
            email=self.email.data or None,
            phone=self.phone.data or None,
            language=self.language.data,
            birth_year=self.birth_year.data,
            birth_month=self.birth_month.data,
            birth_day=self.birth_day.data,
        )


class KnownByForm(Form):
    """One more number by which others know this person."""

    kind = SelectField(_l("Kind"), choices=[SelectChoice(kind, words) for kind, words in KINDS.items()])
    value = TextField(_l("Number"), longest=LONGEST_IDENTIFIER, render_kw={"autocomplete": "off"})


@admin.route("/customers/<int:person_id>/edit", methods=["GET", "POST"])
@staff_only(Permission.EDIT_MEMBERS)
def customers_edit(person_id: int) -> ResponseReturnValue:
    """What is kept about somebody, to change it."""
    now_kept = data_of(db(), person_id, with_contact=may_do(Permission.SEE_CONTACT))
    form = EditForm(name=now_kept.full_name, seen=json.dumps(asdict(now_kept)), **_filled(now_kept))
    if not form.validate_on_submit():
        return _page(person_id, form), 422 if form.errors else 200
    who = staff()
    try:
        changed = edit_person(
            db(), person_id, _seen(form, now_kept), form.data_typed(), by=who.account_id, role=who.role,
            now=datetime.now(UTC),
        )  # fmt: skip
    except ChangedMeanwhile as refusal:
        return _page(person_id, form, stale=_stale(form, refusal, person_id)), 409
    except Refusal as refusal:
        form.refuse(refusal, _field_of(form, refusal))
        other = _other_owner(form) if isinstance(refusal, EmailTaken) else None
        return _page(person_id, form, other=other), 422
    flash(_("Saved.") if changed else _("Nothing was changed."), "success" if changed else "info")
    return redirect(url_for("admin.customers_one", person_id=person_id), 303)


@admin.post("/customers/<int:person_id>/known-by")
@staff_only(Permission.EDIT_MEMBERS)
def customers_known_by(person_id: int) -> ResponseReturnValue:
    """Add an old card or an id of another system, or take one away."""
    form, who, now = KnownByForm(), staff(), datetime.now(UTC)
    try:
        if request.form.get("do") == "forget":
            kind, _colon, value = request.form.get("known_by", "").partition(":")
            forget_identifier(db(), person_id, kind, value, by=who.account_id, role=who.role, now=now)
            flash(_("%(number)s leads here no more.", number=value), "success")
        else:
            value = (form.value.data or "").replace("\0", "")
            know_by(db(), person_id, str(form.kind.data), value, by=who.account_id, role=who.role, now=now)
            flash(_("%(number)s leads here now.", number=value), "success")
    except (IdentifierMissing, AlreadyKnown) as refusal:
        flash(words_for(refusal), "danger")
    return redirect(url_for("admin.customers_edit", person_id=person_id) + "#known-by", 303)


@admin.post("/customers/<int:person_id>/invite")
@staff_only(Permission.ENROL_MEMBERS)
def customers_invite(person_id: int) -> ResponseReturnValue:
    """Mail somebody who has no account an invitation to it."""
    who = staff()
    invite_to_claim(db(), person_id, who.account_id, who.role, datetime.now(UTC))
    flash(_("The invitation is on its way. Its link works for 14 days."), "success")
    return redirect(url_for("admin.customers_one", person_id=person_id), 303)


def _page(person_id: int, form: EditForm, *, stale: dict[str, str] | None = None, other: int | None = None) -> str:
    with_contact = may_do(Permission.SEE_CONTACT)
    return render_template(
        "admin/customers_edit.html",
        person=the_person(db(), person_id),
        form=form,
        known_by=identifiers_of(db(), person_id),
        known_by_form=KnownByForm(formdata=None),
        kinds=KINDS,
        with_contact=with_contact,
        stale=stale or {},
        changed_at=last_edit(db(), person_id) if stale else None,
        other=other,
        merge_address=_merge_address(person_id, other),
    )


def _merge_address(person_id: int, other: int | None) -> str | None:
    """Where two records of one person are put together."""
    if other is None or "admin.customers_merge" not in current_app.view_functions:
        return None
    return url_for("admin.customers_merge", person_id=person_id, other=other)


def _filled(data: PersonData) -> dict[str, Any]:
    return {name: value for name, value in asdict(data).items() if name != "full_name"}


def _seen(form: EditForm, now_kept: PersonData) -> PersonData:
    """What the form was filled with; of a form that was tampered with, what is kept now."""
    try:
        return PersonData(**json.loads(form.seen.data or ""))
    except (TypeError, ValueError):
        return now_kept


def _stale(form: EditForm, refusal: ChangedMeanwhile, person_id: int) -> dict[str, str]:
    """What a colleague wrote meanwhile, by field; saving once more puts what was typed in its place."""
    kept = data_of(db(), person_id, with_contact=may_do(Permission.SEE_CONTACT))
    form.seen.data = json.dumps(asdict(kept))
    values = asdict(kept)
    names = {"full_name": "name"}
    return {names.get(name, name): str(values[name] or "–") for name in refusal.fields}


def _other_owner(form: EditForm) -> int | None:
    """Whose address it is, for who may see addresses."""
    if not may_do(Permission.SEE_CONTACT):
        return None
    found = person_named_by_email(db(), form.email.data or "")
    return None if found is None else found.person_id


def _field_of(form: EditForm, refusal: Refusal) -> Field | None:
    match refusal:
        case NameMissing():
            return form.name
        case BadPhone():
            return form.phone
        case BadEmail() | EmailTaken() | SignsInWithAddress():
            return form.email
        case BadBirthday():
            return form.birth_day
    return None
