"""Goods come back at the counter: what they take from points and tier is shown before it is saved."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, HiddenField

from admin import admin
from club.accrual.service import Returned, preview_return
from club.errors import DateInFuture, DateTooOld, MoreUnitsThanBought, ReferenceTaken, Refusal
from club.members.models import the_member
from club.offers.goods import gifts_of
from club.offers.overview import uses_for
from club.offers.rules import Kind
from club.offers.service import give_back_at_counter
from club.offers.service.counter import PURCHASE
from club.permissions import Permission
from club.purchases.models import bought_by_id, lines_of, was_given_back_by
from club.purchases.rules import LONGEST_REFERENCE, Bought, BoughtLine, ReturnOf
from web.access import staff_only
from web.database import db
from web.formats import points
from web.forms import DayField, Form, MoneyField, Needed, OnceKeyField, TextField, WholeNumberField, once
from web.movements import rung_name
from web.programme import today
from web.visitors import staff


class ReturnForm(Form):
    """What comes back. One field a line is added by `for_lines`."""

    whole = BooleanField(_l("Everything that is left of it"))
    corrected_on = DayField(_l("Date of the return"), [Needed(_l("Enter the day of the return."))])
    reference = TextField(_l("Number of the return slip"), longest=LONGEST_REFERENCE, render_kw={"autocomplete": "off"})
    key = OnceKeyField()
    shown = HiddenField()

    positions: tuple[int, ...] = ()

    def unit(self, position: int) -> Field:
        """How many pieces of one line come back."""
        return self[f"units_{position}"]

    def validate(self, extra_validators: Any = None) -> bool:
        """Something has to come back."""
        is_right = super().validate(extra_validators)
        if self.whole.data or any(self.unit(position).data for position in self.positions):
            return is_right
        if self.positions:
            first = self.unit(self.positions[0])
            first.errors = [*first.errors, _("Enter how many pieces come back, or tick the box.")]
            return False
        if self["amount"].data is None and not self["amount"].errors:
            self["amount"].errors = [_("Enter the amount that goes back, or tick the box.")]
            return False
        return is_right

    def wanted(self, bought: Bought, account_id: int) -> ReturnOf:
        """What was typed, as a value."""
        assert self.corrected_on.data is not None  # validated
        units = tuple((position, self.unit(position).data) for position in self.positions if self.unit(position).data)
        is_whole = bool(self.whole.data)
        return ReturnOf(
            channel=bought.channel,
            reference=bought.reference,
            own_reference=self.reference.data or None,
            corrected_on=self.corrected_on.data,
            amount=None if is_whole or self.positions else self["amount"].data,
            lines=() if is_whole else units,
            content=once(self.key.data or "", account_id),
        )


def for_lines(lines: list[BoughtLine]) -> type[ReturnForm]:
    """The form for a purchase: pieces of its lines, or an amount where it has none."""
    if not lines:
        return type("AmountBackForm", (ReturnForm,), {"amount": MoneyField(_l("Amount that goes back"), least=1)})
    fields: dict[str, object] = {"positions": tuple(line.position for line in lines)}
    for line in lines:
        left = line.quantity - line.returned_quantity
        fields[f"units_{line.position}"] = WholeNumberField(_l("Pieces that come back"), least=0, most=left)
    return type("UnitsBackForm", (ReturnForm,), fields)


@admin.route("/counter/purchases/<int:purchase_id>/return", methods=["GET", "POST"])
@staff_only(Permission.CORRECT_PURCHASES)
def give_back(purchase_id: int) -> ResponseReturnValue:
    """Part of a purchase or all of it: first what it takes, then the button that saves it."""
    bought, lines = bought_by_id(db(), purchase_id), lines_of(db(), purchase_id)
    form = for_lines(lines)(corrected_on=today())
    if not form.validate_on_submit():
        return _page(bought, lines, form, None), 422 if form.errors else 200
    wanted = form.wanted(bought, staff().account_id)
    try:
        return _shown_or_saved(bought, lines, form, wanted)
    except Refusal as refusal:
        if _is_saved(bought, wanted):
            return _already_saved(bought)
        form.refuse(refusal, _field_of(form, refusal))
        return _page(bought, lines, form, None), 422


def _shown_or_saved(bought: Bought, lines: list[BoughtLine], form: ReturnForm, wanted: ReturnOf) -> ResponseReturnValue:
    who, now = staff(), datetime.now(UTC)
    if _is_saved(bought, wanted):
        return _already_saved(bought)
    effect = preview_return(db(), wanted, who.account_id, who.role, now)
    fingerprint = _fingerprint(form, effect)
    wants_to_save = request.form.get("do") == "save"
    if not wants_to_save or form.shown.data != fingerprint:
        form.shown.data = fingerprint
        return _page(bought, lines, form, effect, has_changed=wants_to_save)
    result = give_back_at_counter(db(), wanted, bought.member_id, who.account_id, who.role, now)
    name = the_member(db(), bought.member_id).full_name
    flash(_("Saved: %(points)s taken back from %(name)s.", points=points(result.points), name=name), "success")
    if result.points_back:
        flash(_("%(points)s that paid for it are there again.", points=points(result.points_back)), "success")
    if result.tier_after != result.tier_before:
        flash(_("%(name)s is now %(tier)s.", name=name, tier=rung_name(result.tier_after)), "info")
    return redirect(url_for("admin.recorded", purchase_id=bought.id), 303)


def _page(
    bought: Bought, lines: list[BoughtLine], form: ReturnForm, effect: Returned | None, *, has_changed: bool = False
) -> str:
    offers = [one for one in uses_for(db(), PURCHASE, bought.id) if one[1].kind is Kind.GIFT]
    return render_template(
        "admin/counter_return.html",
        bought=bought,
        member=the_member(db(), bought.member_id),
        lines=lines,
        form=form,
        effect=effect,
        has_changed=has_changed,
        offers=offers,
        gifts=gifts_of(db(), [offer for _use, offer in offers]),
    )


def _fingerprint(form: ReturnForm, effect: Returned) -> str:
    typed = (form.corrected_on.data, form.reference.data, effect.amount, effect.points, effect.points_back)
    return sha256(repr((*typed, effect.tier_before, effect.tier_after)).encode()).hexdigest()[:32]


def _is_saved(bought: Bought, wanted: ReturnOf) -> bool:
    assert wanted.content is not None
    return was_given_back_by(db(), bought.id, wanted.content)


def _already_saved(bought: Bought) -> ResponseReturnValue:
    flash(_("This return was saved already. It counts once."), "info")
    return redirect(url_for("admin.recorded", purchase_id=bought.id), 303)


def _field_of(form: ReturnForm, refusal: Refusal) -> Field | None:
    match refusal:
        case ReferenceTaken():
            return form.reference
        case DateInFuture() | DateTooOld():
            return form.corrected_on
        case MoreUnitsThanBought(position=position) if position in form.positions:
            return form.unit(position)
    return None if form.positions else form["amount"]
