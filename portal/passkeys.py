"""Passkeys: added, named, removed, and signed in with. Browsers without JavaScript keep to the password."""

from datetime import UTC, datetime

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from club.access.service.passkeys import (
    LONGEST_NAME,
    MOST_PASSKEYS,
    add_passkey,
    begin_adding,
    begin_signing_in,
    passkeys_of,
    remove_passkey,
    rename_passkey,
    sign_in_with_passkey,
)
from club.errors import PasskeyNameMissing, PasskeyRefused, Refusal, TooManyTries, WrongCredentials
from portal import portal
from portal.signin import ButtonForm, SignInForm, let_in
from web.access import account_owner_only, open_to_all
from web.database import db
from web.forms import Form, Needed, PasswordField, TextField
from web.messages import words_for
from web.passkeys import new_place, place_of, sent_options, site, this_place
from web.refusing import refused
from web.visitors import Visitor, asking, visitor


class AnswerForm(Form):
    """What a device answered, as JSON."""

    answer = HiddenField()
    next = HiddenField()


class NameForm(Form):
    """How its owner knows the device."""

    name = TextField(
        _l("Name of the device"),
        [Needed(_l("Enter a name by which you know the device."))],
        longest=LONGEST_NAME,
        render_kw={"autocomplete": "off"},
    )


class AddForm(NameForm):
    """The password, before anything about signing in changes; then what the device made."""

    current = PasswordField(_l("Current password"), [Needed(_l("Enter the password that you use now."))])
    answer = HiddenField()


@portal.get("/me/passkeys")
@account_owner_only
def passkeys() -> ResponseReturnValue:
    """The list, and the form to add one."""
    return _page(AddForm(formdata=None))


@portal.post("/me/passkeys/begin")
@account_owner_only
def passkeys_begin() -> ResponseReturnValue:
    """What the device is to make; the page itself says what was wrong when its form arrives without an answer."""
    form, who = AddForm(), _owner()
    if not form.validate_on_submit():
        abort(422)
    try:
        password, now = form.current.data or "", datetime.now(UTC)
        return sent_options(begin_adding(db(), site(), who.account_id, place_of(who), password, asking(), now))
    except Refusal:
        abort(422)


@portal.post("/me/passkeys")
@account_owner_only
def passkeys_add() -> ResponseReturnValue:
    """Keep what the device made."""
    form, who, now = AddForm(), _owner(), datetime.now(UTC)
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        if not form.answer.data:
            begin_adding(db(), site(), who.account_id, place_of(who), form.current.data or "", asking(), now)
            raise PasskeyRefused
        add_passkey(db(), site(), who.account_id, place_of(who), form.name.data or "", form.answer.data, now)
    except WrongCredentials as refusal:
        form.current.errors = [_("This is not the password that you use now.")]
        return refused(_page(form), refusal)
    except PasskeyRefused as refusal:
        form.form_errors.append(
            _("Your browser made no passkey. That takes JavaScript and a device that you unlock. The password stays.")
        )
        return refused(_page(form), refusal)
    except Refusal as refusal:
        form.refuse(refusal, form.name if isinstance(refusal, PasskeyNameMissing) else None)
        return refused(_page(form), refusal)
    flash(_("The passkey opens the way in from now on."), "success")
    return redirect(url_for("portal.passkeys"), 303)


@portal.post("/me/passkeys/<int:passkey_id>/name")
@account_owner_only
def passkeys_name(passkey_id: int) -> ResponseReturnValue:
    """Call it something else."""
    form = NameForm()
    try:
        rename_passkey(db(), _owner().account_id, passkey_id, form.name.data or "" if form.validate() else "")
    except PasskeyNameMissing as refusal:
        flash(words_for(refusal), "danger")
    else:
        flash(_("Saved."), "success")
    return redirect(url_for("portal.passkeys"), 303)


@portal.post("/me/passkeys/<int:passkey_id>/remove")
@account_owner_only
def passkeys_remove(passkey_id: int) -> ResponseReturnValue:
    """It opens nothing any more."""
    if ButtonForm().validate_on_submit():
        remove_passkey(db(), _owner().account_id, passkey_id, datetime.now(UTC))
        flash(_("The passkey is removed. It opens nothing any more."), "success")
    return redirect(url_for("portal.passkeys"), 303)


@portal.post("/sign-in/passkey/begin")
@open_to_all
def sign_in_passkey_begin() -> ResponseReturnValue:
    """What the device is to answer; the same for everybody."""
    try:
        return sent_options(begin_signing_in(db(), site(), new_place(), asking(), datetime.now(UTC)))
    except TooManyTries:
        abort(429)


@portal.post("/sign-in/passkey")
@open_to_all
def sign_in_passkey() -> ResponseReturnValue:
    """Sign in with what the device answered."""
    form = AnswerForm()
    if not form.validate_on_submit():
        return redirect(url_for("portal.sign_in"), 303)
    try:
        answer, now = form.answer.data or "", datetime.now(UTC)
        return let_in(sign_in_with_passkey(db(), site(), this_place(), answer, asking(), now), form.next.data)
    except (PasskeyRefused, TooManyTries) as refusal:
        again = SignInForm(formdata=None, next=form.next.data)
        again.refuse(refusal)
        return refused(render_template("portal/sign_in.html", form=again), refusal)


def _page(form: AddForm) -> str:
    form.answer.data = ""  # a device answers anew
    return render_template(
        "portal/passkeys.html", form=form, listed=passkeys_of(db(), _owner().account_id), most=MOST_PASSKEYS
    )


def _owner() -> Visitor:
    who = visitor()
    assert who is not None, "the route is for whoever is signed in"
    return who
