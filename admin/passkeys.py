"""A passkey in place of the code: for staff who added one to their account, after the password."""

from datetime import UTC, datetime

from flask import abort, make_response, redirect, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from admin import admin
from admin.signin import CodeForm, after, code_page, staff_at_door
from club.access.service.passkeys import begin_second_factor, show_second_factor
from club.accounts.second_factor import second_factor_of
from club.errors import PasskeyRefused
from web.access import staff_at_the_door
from web.database import db
from web.forms import Form
from web.passkeys import place_of, sent_options, site
from web.refusing import refused
from web.visitors import renew_cookie


class AnswerForm(Form):
    """What a device answered, as JSON."""

    answer = HiddenField()
    next = HiddenField()


@admin.post("/second-factor/passkey/begin")
@staff_at_the_door
def second_factor_passkey_begin() -> ResponseReturnValue:
    """What the device is to answer: with one of one's own keys."""
    who = staff_at_door()
    if not second_factor_of(db(), who.account_id).is_confirmed:
        abort(422)  # an invitation is taken up with the app first
    return sent_options(begin_second_factor(db(), site(), who.account_id, place_of(who), datetime.now(UTC)))


@admin.post("/second-factor/passkey")
@staff_at_the_door
def second_factor_passkey() -> ResponseReturnValue:
    """The second factor is shown by the device."""
    who, form = staff_at_door(), AnswerForm()
    known = second_factor_of(db(), who.account_id)
    if not known.is_confirmed or not form.validate_on_submit():
        return redirect(url_for("admin.second_factor"), 303)
    try:
        answer, now = form.answer.data or "", datetime.now(UTC)
        cookie = show_second_factor(db(), site(), who.account_id, who.session_id, place_of(who), answer, now)
    except PasskeyRefused as refusal:
        again = CodeForm(formdata=None, next=form.next.data)
        again.refuse(refusal)
        return refused(code_page(again, known.codes_left), refusal)
    return renew_cookie(make_response(redirect(after(form.next.data), 303)), cookie)
