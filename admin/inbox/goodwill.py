"""Signs of goodwill out of a conversation: points and vouchers, at once within one's own limit."""

from datetime import UTC, datetime

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from admin import admin
from admin.inbox.forms import GrantForm, VoucherForm
from admin.inbox.one import case_page, forms_with, once_of, to_case, vouchers_to_give
from club.approvals.service import Outcome
from club.errors import AlreadyPosted, Refusal
from club.permissions import Permission
from club.support import service
from club.support.reading import CaseRow, the_case
from club.support.service import Told
from web.access import staff_only
from web.database import db
from web.formats import points
from web.forms import Form
from web.languages import locale_of
from web.programme import programme
from web.refusing import refused
from web.visitors import staff

GOODWILL = _l("Goodwill")


@admin.post("/inbox/<int:case_id>/points")
@staff_only(Permission.ADJUST_POINTS)
def inbox_points(case_id: int) -> ResponseReturnValue:
    """A sign of goodwill, at once within one's own limit."""
    case, who, form = the_case(db(), case_id), staff(), GrantForm(prefix="grant")
    if not form.validate_on_submit():
        return case_page(case, forms_with(case, grant=form)), 422
    given = points(form.points.data or 0)
    told = Told(
        _("Given: %(points)s. %(why)s", points=given, why=form.why.data),
        _("Asked a second person for %(points)s. %(why)s", points=given, why=form.why.data),
    )
    try:
        outcome = service.grant(
            db(), case_id, form.points.data or 0, _why(case, form), who.account_id, who.role, datetime.now(UTC),
            form_key=once_of(form, who), told=told,
        )  # fmt: skip
    except AlreadyPosted:
        return _came_before(case_id)
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(case_page(case, forms_with(case, grant=form)), refusal)
    return _given(case_id, _("The points are given."), outcome)


@admin.post("/inbox/<int:case_id>/voucher")
@staff_only(Permission.ADJUST_POINTS)
def inbox_voucher(case_id: int) -> ResponseReturnValue:
    """The same with a voucher."""
    case, who, form = the_case(db(), case_id), staff(), VoucherForm(prefix="voucher")
    vouchers = dict(vouchers_to_give())
    form.offer_these(list(vouchers.items()))
    if not form.validate_on_submit():
        return case_page(case, forms_with(case, voucher=form)), 422
    offer_id = int(form.offer.data)
    told = Told(
        _("Given: voucher %(offer)s. %(why)s", offer=vouchers[offer_id], why=form.why.data),
        _("Asked a second person for a voucher: %(offer)s. %(why)s", offer=vouchers[offer_id], why=form.why.data),
    )
    try:
        outcome = service.give_voucher(
            db(), case_id, offer_id, _why(case, form), who.account_id, who.role, datetime.now(UTC),
            form_key=once_of(form, who), told=told,
        )  # fmt: skip
    except AlreadyPosted:
        return _came_before(case_id)
    except Refusal as refusal:
        form.refuse(refusal, form.offer)
        return refused(case_page(case, forms_with(case, voucher=form)), refusal)
    return _given(case_id, _("The voucher is given; it stands in the member's offers."), outcome)


def _why(case: CaseRow, form: Form) -> str:
    """As the customer reads it, in their language."""
    with force_locale(str(locale_of(case.language, programme().country))):
        return f"{GOODWILL}: {form['why'].data}"


def _came_before(case_id: int) -> ResponseReturnValue:
    flash(_("This was saved already. It counts once."), "info")
    return to_case(case_id)


def _given(case_id: int, done: str, outcome: Outcome) -> ResponseReturnValue:
    if outcome.is_done:
        flash(done, "success")
    else:
        flash(_("Asked. A second person has to say yes; until then nothing changes."), "info")
    return to_case(case_id)
