"""The gift of a voucher is handed over at the counter, without a sale; and taken back."""

from contextlib import suppress
from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from club.errors import NotFound, Refusal
from club.members.models import Known, the_member
from club.offers.goods import gifts_of
from club.offers.reading import VoucherView, the_voucher
from club.offers.rules import VoucherState
from club.offers.service import hand_over, take_back
from club.offers.service.counter import VOUCHER
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.forms import Form, Needed, TextField
from web.messages import words_for
from web.refusing import refused
from web.visitors import staff

LONGEST_CODE = 40


class GiftForm(Form):
    """The voucher that is shown."""

    code = TextField(
        _l("Voucher"),
        [Needed(_l("Scan the code of the voucher or type it."))],
        longest=LONGEST_CODE,
        render_kw={"autocomplete": "off", "spellcheck": "false", "autofocus": True},
    )


@admin.route("/counter/<int:member_id>/gift", methods=["GET", "POST"])
@staff_only(Permission.RECORD_PURCHASES)
def counter_gift(member_id: int) -> ResponseReturnValue:
    """One gift for one voucher; then what was handed over, with the way to take it back."""
    member, form, who = the_member(db(), member_id), GiftForm(code=code_asked_for(member_id)), staff()
    if not form.validate_on_submit():
        return _page(member, form, _handed_over(member_id)), 422 if form.errors else 200
    try:
        voucher = hand_over(db(), member_id, form.code.data or "", who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        form.refuse(refusal, form.code)
        return refused(_page(member, form, None), refusal)
    return redirect(url_for("admin.counter_gift", member_id=member_id, given=voucher.id), 303)


@admin.post("/counter/<int:member_id>/gift/<int:voucher_id>/undo")
@staff_only(Permission.CORRECT_PURCHASES)
def counter_gift_undo(member_id: int, voucher_id: int) -> ResponseReturnValue:
    """It was handed over by mistake: the voucher is good again."""
    who = staff()
    try:
        if take_back(db(), member_id, voucher_id, who.account_id, who.role, datetime.now(UTC)):
            flash(_("Undone: the voucher is good again."), "success")
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        flash(words_for(refusal), "danger")
    return redirect(url_for("admin.counter_gift", member_id=member_id), 303)


def code_asked_for(member_id: int) -> str:
    """The code of the voucher that the address names, if it is theirs: it was scanned before they were known."""
    named = request.args.get("voucher", 0, type=int)
    if request.method != "GET" or not 0 < named < 2**31:
        return ""
    with suppress(NotFound):
        return the_voucher(db(), named, member_id).shown_code
    return ""


def _handed_over(member_id: int) -> VoucherView | None:
    """The one that the address names, as long as its gift is out."""
    given = request.args.get("given", 0, type=int)
    if not 0 < given < 2**31:
        return None
    voucher = the_voucher(db(), given, member_id)
    is_out = voucher.stored is VoucherState.USED and voucher.cause_kind == VOUCHER
    return voucher if is_out else None


def _page(member: Known, form: GiftForm, given: VoucherView | None) -> str:
    return render_template(
        "admin/counter_gift.html",
        member=member,
        form=form,
        given=given,
        gifts=gifts_of(db(), [given.offer] if given else []),
    )
