"""Buying on account: what is open by age, invoices to be ticked off, how much each member may owe."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField

from admin import admin
from club.errors import ChangedMeanwhile, CreditInUse, Refusal
from club.members.models import the_person
from club.orders import credit
from club.orders.credit.models import ageing, lines, open_dues
from club.orders.credit.rules import DAYS_TO_PAY, MOST_DAYS_TO_PAY, days_overdue
from club.orders.credit.service import MOST_CREDIT
from club.permissions import Permission
from web.access import staff_only
from web.database import db
from web.forms import Form, MoneyField, Needed, WholeNumberField
from web.lists import PAGE, asked, page_of
from web.programme import today
from web.refusing import refused
from web.visitors import staff

MOST_LINES = 200


class LimitForm(Form):
    """How much a member may owe, and for how long."""

    most = MoneyField(_l("Limit"), [Needed(_l("Enter how much may be open at a time."))], most=MOST_CREDIT)
    days = WholeNumberField(
        _l("Days to pay"), [Needed(_l("Enter how many days there are to pay."))], least=1, most=MOST_DAYS_TO_PAY
    )
    is_open = BooleanField(_l("New orders may be put on account"))
    seen = HiddenField()


@admin.get("/money/credit")
@staff_only(Permission.MANAGE_ORDERS)
def money_credit() -> ResponseReturnValue:
    """Open invoices, the oldest first, with their sums by age."""
    this, day = asked((), (), ""), today()
    return render_template(
        "admin/money_credit.html",
        page=page_of(open_dues(db(), PAGE + 1, this.offset), this),
        ageing=ageing(db(), day),
        lines=lines(db(), day, MOST_LINES),
        days_overdue=days_overdue,
        day=day,
    )


@admin.route("/money/credit/<int:person_id>", methods=["GET", "POST"])
@staff_only(Permission.SET_CREDIT)
def money_credit_of(person_id: int) -> ResponseReturnValue:
    """One member's limit."""
    person = the_person(db(), person_id)
    line, form, who = credit.offer_of(db(), person_id, today()), LimitForm(), staff()
    if not form.is_submitted():
        form.most.data = None if line is None else line.most
        form.days.data = DAYS_TO_PAY if line is None else line.days_to_pay
        form.is_open.data = line is None or line.is_open
        form.seen.data = _seen(line)
    page = {"form": form, "person": person, "line": line}
    if not form.validate_on_submit():
        return render_template("admin/money_credit_of.html", **page), 422 if form.errors else 200
    seen = form.seen.data or ""
    try:
        credit.set_limit(
            db(), person_id, form.most.data or 0, form.days.data or 0, bool(form.is_open.data),
            int(seen) if seen.isdigit() and len(seen) < 10 else -1, who.account_id, who.role, datetime.now(UTC),
        )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal, None if isinstance(refusal, ChangedMeanwhile) else form.most)
        if not isinstance(refusal, CreditInUse):
            page["line"] = line = credit.offer_of(db(), person_id, today())
        if isinstance(refusal, ChangedMeanwhile):
            form.seen.data = _seen(line)
        return refused(render_template("admin/money_credit_of.html", **page), refusal)
    flash(_("The limit holds from now on."), "success")
    return redirect(url_for("admin.money_credit"), 303)


def _seen(line: credit.CreditOffer | None) -> str:
    """Which version of the line the page shows."""
    return "0" if line is None else str(line.version)
