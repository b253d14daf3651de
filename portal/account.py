"""One's own account: where one is signed in, password, e-mail address."""

from datetime import UTC, datetime

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField
from wtforms.validators import InputRequired

from club.access.service import ask_to_change_email, change_password, confirm_email
from club.access.service.passkeys import passkeys_of
from club.accounts import service as accounts
from club.accounts.browsers import sessions_of
from club.accounts.links import find_link
from club.accounts.models import the_login
from club.accounts.rules import LEAST_PASSWORD
from club.accounts.second_factor import second_factor_of
from club.errors import BadEmail, EmailTaken, LinkExpired, NotFound, TooManyTries, WrongCredentials
from portal import portal
from portal.signin import WEAK, ButtonForm, expired, private
from web.access import account_owner_only, open_to_all
from web.database import db
from web.forms import EmailField, Form, Needed, PasswordField
from web.refusing import refused
from web.visitors import Visitor, asking, renew_cookie, visitor


class EndForm(Form):
    """Which session to end."""

    session_id = IntegerField(validators=[InputRequired()])


class PasswordForm(Form):
    """The one that counts now, and the new one."""

    current = PasswordField(_l("Current password"), [Needed(_l("Enter the password that you use now."))])
    password = PasswordField(_l("New password"), [Needed(_l("Choose a password."))], is_new=True)


class EmailForm(Form):
    """The new address, and the password as proof."""

    email = EmailField(_l("New e-mail address"), [Needed(_l("Enter your e-mail address."))])
    current = PasswordField(_l("Current password"), [Needed(_l("Enter the password that you use now."))])


@portal.get("/me/security")
@account_owner_only
def security() -> ResponseReturnValue:
    """Where one is signed in."""
    who = _owner()
    listed = sessions_of(db(), who.account_id, datetime.now(UTC))
    login = the_login(db(), who.account_id)
    factor = second_factor_of(db(), who.account_id)
    return render_template(
        "portal/security.html",
        sessions=listed,
        this_one=who.session_id,
        email=login.email,
        factor=factor,
        passkeys=len(passkeys_of(db(), who.account_id)),
    )


@portal.post("/me/security/end")
@account_owner_only
def end_session() -> ResponseReturnValue:
    """End one of one's sessions."""
    form = EndForm()
    if not form.validate_on_submit():
        raise NotFound
    accounts.end_own_session(db(), _owner().account_id, form.session_id.data)
    flash(_("That device is signed out."), "success")
    return redirect(url_for("portal.security"), 303)


@portal.post("/me/security/end-others")
@account_owner_only
def end_other_sessions() -> ResponseReturnValue:
    """Sign out everywhere but here."""
    who = _owner()
    accounts.sign_out_everywhere(db(), who.account_id, but=who.session_id)
    flash(_("All other devices are signed out."), "success")
    return redirect(url_for("portal.security"), 303)


@portal.route("/me/password", methods=["GET", "POST"])
@account_owner_only
def password() -> ResponseReturnValue:
    """Change the password; other devices are signed out."""
    who, form = _owner(), PasswordForm()
    if form.validate_on_submit():
        try:
            cookie = change_password(
                db(),
                who.account_id,
                who.session_id,
                current=form.current.data,
                new=form.password.data,
                asking=asking(),
                now=datetime.now(UTC),
            )
        except WEAK as refusal:
            form.refuse(refusal, form.password)
            return refused(_password_page(form), refusal)
        except WrongCredentials as refusal:
            form.current.errors = [_("This is not the password that you use now.")]
            return refused(_password_page(form), refusal)
        except TooManyTries as refusal:
            form.refuse(refusal)
            return refused(_password_page(form), refusal)
        flash(_("The new password counts from now on. All other devices are signed out."), "success")
        return renew_cookie(make_response(redirect(url_for("portal.security"), 303)), cookie)
    return _password_page(form), 422 if form.errors else 200


@portal.route("/me/email", methods=["GET", "POST"])
@account_owner_only
def email() -> ResponseReturnValue:
    """Ask for another address; the answer does not say whether somebody has it."""
    who, form = _owner(), EmailForm()
    if form.validate_on_submit():
        try:
            ask_to_change_email(
                db(),
                who.account_id,
                new=form.email.data,
                password=form.current.data,
                asking=asking(),
                now=datetime.now(UTC),
            )
        except BadEmail as refusal:
            form.refuse(refusal, form.email)
            return refused(render_template("portal/email.html", form=form), refusal)
        except WrongCredentials as refusal:
            form.current.errors = [_("This is not the password that you use now.")]
            return refused(render_template("portal/email.html", form=form), refusal)
        except TooManyTries as refusal:
            form.refuse(refusal)
            return refused(render_template("portal/email.html", form=form), refusal)
        flash(_("We have mailed a link to the new address. It counts once you have opened the link."), "success")
        return redirect(url_for("portal.security"), 303)
    return render_template("portal/email.html", form=form), 422 if form.errors else 200


@portal.route("/me/email/confirm/<token>", methods=["GET", "POST"])
@open_to_all
def email_confirm(token: str) -> ResponseReturnValue:
    """The link in the mail to the new address opens a ready page; its button changes the address."""
    now, form = datetime.now(UTC), ButtonForm()
    link = find_link(db(), token, "email", now)
    if link is None or not link.is_open:
        return private(expired("portal.email"), 410)
    if form.validate_on_submit():
        try:
            confirm_email(db(), token, asking(), now)
        except (LinkExpired, EmailTaken):
            return private(expired("portal.email"), 410)
        flash(_("The new address counts from now on."), "success")
        return redirect(url_for("portal.security" if visitor() else "portal.sign_in"), 303)
    return private(render_template("portal/email_ready.html", form=form))


def _password_page(form: PasswordForm) -> str:
    return render_template("portal/password.html", form=form, least=LEAST_PASSWORD)


def _owner() -> Visitor:
    who = visitor()
    assert who is not None, "the route is for whoever is signed in"
    return who
