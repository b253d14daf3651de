"""The counter begins: find the member, the purchase by its receipt, or whoever a voucher belongs to."""

from datetime import UTC, datetime

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from admin import admin
from club.errors import Refusal
from club.members.finding import search
from club.offers.codes import code_typed
from club.offers.service import needs_no_sale, shown_at_counter
from club.permissions import Permission
from club.purchases.models import find_bought, recorded_by
from club.purchases.rules import COUNTER, LONGEST_REFERENCE
from web.access import staff_only
from web.database import db
from web.forms import Form, Needed, TextField
from web.lists import asked_for
from web.refusing import refused
from web.visitors import staff

MOST_FOUND = 20
LAST_PURCHASES = 10
LONGEST_CODE = 40


class VoucherForm(Form):
    """A voucher that somebody shows."""

    code = TextField(
        _l("Voucher"),
        [Needed(_l("Scan the code of the voucher or type it."))],
        longest=LONGEST_CODE,
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )


@admin.get("/counter")
@staff_only(Permission.RECORD_PURCHASES)
def counter() -> ResponseReturnValue:
    """Find a member, or a purchase by its receipt; the last purchases of whoever asks."""
    words = asked_for("q", 200)
    receipt = asked_for("receipt", LONGEST_REFERENCE)
    found = search(db(), words, MOST_FOUND) if words else []
    if len(found) == 1:
        return redirect(url_for("admin.purchase", member_id=found[0].person_id), 303)
    bought = find_bought(db(), COUNTER, receipt) if receipt else None
    if bought is not None:
        return redirect(url_for("admin.recorded", purchase_id=bought.id), 303)
    is_voucher = not found and code_typed(words) is not None
    return _page(
        VoucherForm(formdata=None, code=words if is_voucher else ""),
        words="" if is_voucher else words, is_voucher=is_voucher, receipt=receipt, found=found,
    )  # fmt: skip


@admin.post("/counter/voucher")
@staff_only(Permission.RECORD_PURCHASES)
def counter_voucher() -> ResponseReturnValue:
    """To the sale of whoever has it, or to handing over the gift, with the code filled in."""
    form, who = VoucherForm(), staff()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        voucher = shown_at_counter(db(), form.code.data or "", who.account_id, who.role, datetime.now(UTC))
    except Refusal as refusal:
        form.refuse(refusal, form.code)
        return refused(_page(form), refusal)
    page = "admin.counter_gift" if needs_no_sale(voucher.offer) else "admin.purchase"
    return redirect(url_for(page, member_id=voucher.person_id, voucher=voucher.id), 303)


def _page(form: VoucherForm, **shown: object) -> str:
    last = recorded_by(db(), staff().account_id, COUNTER, LAST_PURCHASES)
    nothing = {"words": "", "is_voucher": False, "receipt": "", "found": []}
    return render_template("admin/counter.html", **{**nothing, **shown}, form=form, last=last, most=MOST_FOUND)
