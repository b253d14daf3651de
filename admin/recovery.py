"""New recovery codes: for whoever used most of them up, or left the paper somewhere."""

from datetime import UTC, datetime

from flask import make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from admin import admin
from admin.signin import CodeForm
from club.accounts.recovery import renew_recovery_codes
from club.accounts.second_factor import second_factor_of
from club.accounts.service import Proof
from club.errors import TooManyTries, WrongCode
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.refusing import refused
from web.visitors import asking, seal, staff


@admin.route("/second-factor/recovery-codes", methods=["GET", "POST"])
@staff_only(Permission.SEE_ADMIN)
def new_recovery_codes() -> ResponseReturnValue:
    """A code of the app proves who asks; the new ones are shown once."""
    who, form = staff(), CodeForm()
    if not form.validate_on_submit():
        return _page(form), 422 if form.errors else 200
    proof = Proof(who.account_id, who.session_id, form.code.data, asking().address)
    try:
        codes = renew_recovery_codes(db(), proof, seal(), datetime.now(UTC))
    except (WrongCode, TooManyTries) as refusal:
        form.refuse(refusal, form.code if isinstance(refusal, WrongCode) else None)
        return refused(_page(form), refusal)
    onward = url_for("portal.security")
    answer = make_response(render_template("admin/recovery_codes.html", codes=codes, onward=onward))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _page(form: CodeForm) -> str:
    left = second_factor_of(db(), staff().account_id).codes_left
    return render_template("admin/new_recovery_codes.html", form=form, left=left)
