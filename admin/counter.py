"""A sale at the counter: type the amount, see what it brings, save it."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField

from admin import admin
from admin.counter_gift import code_asked_for
from club.accrual.paying import pay_with
from club.accrual.service import used_points_of
from club.errors import (
    DateInFuture,
    DateTooOld,
    MorePointsThanSale,
    NotEnoughPoints,
    NotForThatDay,
    NotUsedHere,
    PointsOutOfStep,
    ReferenceTaken,
    Refusal,
    SavedAlready,
    UnknownVoucher,
    VoucherNotOpen,
)
from club.members.models import Known, the_member
from club.members.rules import grouped
from club.offers.goods import gifts_of
from club.offers.overview import uses_for
from club.offers.service import CounterPreview, preview_at_counter, record_at_counter
from club.offers.service.counter import PURCHASE as COUNTER_PURCHASE
from club.permissions import Permission
from club.points.models import balance_of
from club.points.pool import may_spend
from club.points.rules import MOST_POINTS
from club.purchases.models import (
    bought_by_id,
    came_by,
    categories_known,
)
from club.purchases.rules import COUNTER, LARGEST_QUANTITY, LONGEST_REFERENCE, NewLine, NewPurchase
from club.tiers.models import status_of
from web import offers as offer_words
from web.access import staff_only
from web.database import db
from web.formats import money, points
from web.forms import DayField, Form, MoneyField, Needed, OnceKeyField, TextField, WholeNumberField, once
from web.movements import earned_by_purchase, rung_name
from web.programme import programme, today
from web.refusing import refused
from web.standing import missing_in_words
from web.visitors import staff

MOST_LINES = 20
LONGEST_CODE = 40
LOOKED_BACK = 50
"""Among so many of their last purchases a form that was sent twice is recognised."""

admin.add_app_template_filter(grouped, "member_number")
admin.add_app_template_filter(rung_name, "rung_name")
admin.add_app_template_filter(earned_by_purchase, "sum_in_words")
admin.add_app_template_filter(missing_in_words, "missing_in_words")


class PurchaseForm(Form):
    """What was bought. Lines are added by `with_lines`."""

    bought_on = DayField(_l("Date"), [Needed(_l("Enter the day of the purchase."))])
    reference = TextField(_l("Receipt number"), longest=LONGEST_REFERENCE, render_kw={"autocomplete": "off"})
    use_points = WholeNumberField(_l("Points to use"), most=MOST_POINTS)
    code = TextField(_l("Voucher"), longest=LONGEST_CODE, render_kw={"autocomplete": "off", "spellcheck": "false"})
    key = OnceKeyField()
    shown = HiddenField()
    """What the effect was worked out from; saving something else shows the effect again."""

    lines = 0

    def part(self, name: str, number: int) -> Field:
        """A field of one line."""
        return self[f"{name}_{number}"]

    def validate(self, extra_validators: Any = None) -> bool:
        """A line needs its amount, and one line at least is there."""
        is_right = super().validate(extra_validators)
        for number in range(1, self.lines + 1):
            amount = self.part("amount", number)
            is_used = any(self.part(name, number).data for name in ("category", "quantity"))
            if amount.data is None and not amount.errors and (is_used or number == 1):
                amount.errors = [_("Enter the amount of this line.")]
                is_right = False
        return is_right

    def purchase(self, member_id: int, account_id: int) -> NewPurchase:
        """What was typed, as a value: the sale before any points."""
        assert self.bought_on.data is not None  # validated
        lines = tuple(
            NewLine(
                amount=self.part("amount", number).data,
                category=self.part("category", number).data or "",
                quantity=self.part("quantity", number).data or 1,
            )
            for number in range(1, self.lines + 1)
            if self.part("amount", number).data is not None
        )
        return NewPurchase(
            member_id=member_id,
            channel=COUNTER,
            bought_on=self.bought_on.data,
            reference=self.reference.data or None,
            amount=sum(line.amount for line in lines) if self.lines else self["amount"].data,
            lines=lines,
            content=once(self.key.data or "", account_id),
        )


@cache
def with_lines(lines: int) -> type[PurchaseForm]:
    """The form for one amount (0 lines), or for so many lines."""
    if lines == 0:
        needed = Needed(_l("Enter the amount of the sale."))
        amount = MoneyField(_l("Amount of the sale"), [needed], render_kw={"autofocus": True})
        return type("AmountForm", (PurchaseForm,), {"amount": amount})
    fields: dict[str, object] = {"lines": lines}
    for number in range(1, lines + 1):
        listed = {"list": "categories", "autocomplete": "off"}
        fields[f"category_{number}"] = TextField(_l("Category"), longest=80, render_kw=listed)
        fields[f"quantity_{number}"] = WholeNumberField(_l("Quantity"), least=1, most=LARGEST_QUANTITY)
        fields[f"amount_{number}"] = MoneyField(_l("Amount"))
    return type("LinesForm", (PurchaseForm,), fields)


@admin.route("/counter/<int:member_id>", methods=["GET", "POST"])
@staff_only(Permission.RECORD_PURCHASES)
def purchase(member_id: int) -> ResponseReturnValue:
    """One purchase of one member: first its effect, then the button that saves it.

    `voucher`: one of theirs that was scanned first.
    """
    member = the_member(db(), member_id)
    lines = min(max(request.args.get("lines", 0, type=int), 0), MOST_LINES)
    if request.form.get("do") == "more" and lines < MOST_LINES:
        return _page(member, with_lines(lines + 1)(bought_on=today()), None)
    form = with_lines(lines)(bought_on=today(), code=code_asked_for(member_id))
    if not form.validate_on_submit():
        return _page(member, form, None), 422 if form.errors else 200
    new = form.purchase(member_id, staff().account_id)
    try:
        return _shown_or_saved(member, form, new)
    except Refusal as refusal:
        saved = _saved_by(new)
        if saved is not None and _is_the_same(saved, new, form):
            return _already_saved(saved)
        if isinstance(refusal, SavedAlready):
            form.key.renew()
        form.refuse(refusal, _field_of(form, refusal))
        return refused(_page(member, form, None), refusal)


def _shown_or_saved(member: Known, form: PurchaseForm, new: NewPurchase) -> ResponseReturnValue:
    """The effect, until the button under the effect of this very purchase is pressed."""
    who, now = staff(), datetime.now(UTC)
    saved = _saved_by(new)
    if saved is not None:
        if not _is_the_same(saved, new, form):
            raise SavedAlready
        return _already_saved(saved)
    use_points = form.use_points.data or 0
    code = form.code.data or None
    effect = preview_at_counter(db(), new, use_points, code, who.account_id, who.role, now)
    fingerprint = _fingerprint(new, effect)
    wants_to_save = request.form.get("do") == "save"
    if not wants_to_save or form.shown.data != fingerprint:
        form.shown.data = fingerprint
        return _page(member, form, effect, has_changed=wants_to_save)
    result = record_at_counter(db(), new, use_points, code, who.account_id, who.role, now).recorded
    flash(_("Saved: %(points)s for %(name)s.", points=points(result.points), name=member.full_name), "success")
    if use_points:
        told = {"points": points(use_points), "money": money(effect.sale.paid.purchase.amount)}
        flash(_("%(points)s are used, %(money)s is to be paid.", **told), "info")
    if result.tier_after != result.tier_before:
        flash(_("%(name)s is now %(tier)s.", name=member.full_name, tier=rung_name(result.tier_after)), "success")
    return redirect(url_for("admin.recorded", purchase_id=result.purchase_id), 303)


def _page(member: Known, form: PurchaseForm, shown: CounterPreview | None, *, has_changed: bool = False) -> str:
    day, effect = today(), shown.sale if shown else None
    return render_template(
        "admin/counter_member.html",
        member=member,
        form=form,
        effect=effect.preview.brings if effect else None,
        then=effect.preview.then if effect else None,
        paid=effect.paid if effect else None,
        applied=shown.applied if shown else None,
        gifts=gifts_of(db(), [one.offer for one in shown.applied.all] if shown else []),
        words=offer_words,
        most_points=effect.most if effect else None,
        step=programme().spend_step,
        has_changed=has_changed,
        tier=status_of(db(), member.person_id, day).key,
        balance=balance_of(db(), member.person_id, day),
        spendable=may_spend(db(), member.person_id, day),
        categories=categories_known(db(), 50) if form.lines else [],
        most_lines=MOST_LINES,
    )


def _fingerprint(new: NewPurchase, effect: CounterPreview) -> str:
    brings, paid = effect.sale.preview.brings, effect.sale.paid
    offers = [(used.candidate.offer_id, used.candidate.voucher_id, used.saves) for used in effect.applied.all]
    seen = (
        replace(new, content=None),
        paid.points,
        paid.worth,
        offers,
        brings.points,
        brings.tier_before,
        brings.tier_after,
    )
    return sha256(repr(seen).encode()).hexdigest()[:32]


def _saved_by(new: NewPurchase) -> int | None:
    assert new.content is not None
    return came_by(db(), staff().account_id, COUNTER, new.content, LOOKED_BACK)


def _is_the_same(purchase_id: int, sale: NewPurchase, form: PurchaseForm) -> bool:
    bought, used = bought_by_id(db(), purchase_id), used_points_of(db(), purchase_id)
    use_points = form.use_points.data or 0
    try:
        new = pay_with(programme(), sale, use_points).purchase
    except Refusal:
        return False
    if use_points != (used.points if used else 0):
        return False
    saved = sum(use.saves for use, _offer in uses_for(db(), COUNTER_PURCHASE, purchase_id))
    before = (bought.member_id, bought.amount + saved, bought.bought_on, bought.reference if new.reference else None)
    return before == (new.member_id, new.amount, new.bought_on, new.reference)


def _already_saved(purchase_id: int) -> ResponseReturnValue:
    flash(_("This purchase was saved already. It counts once."), "info")
    return redirect(url_for("admin.recorded", purchase_id=purchase_id), 303)


def _field_of(form: PurchaseForm, refusal: Refusal) -> Field | None:
    match refusal:
        case ReferenceTaken():
            return form.reference
        case DateInFuture() | DateTooOld():
            return form.bought_on
        case UnknownVoucher() | VoucherNotOpen() | NotUsedHere() | NotForThatDay():
            return form.code
        case NotEnoughPoints() | MorePointsThanSale() | PointsOutOfStep():
            return form.use_points
    return None if form.lines else form["amount"]
