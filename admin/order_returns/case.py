"""One return: yes or no, what arrived, what goes back, each with its effect before the button."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, HiddenField

from admin import admin
from club.errors import Refusal, ReturnMovedOn
from club.orders.rules import PayBy
from club.permissions import Permission
from club.returns import service
from club.returns.reading import CaseView, LineView, case_with
from club.returns.rules import LONGEST_COMMENT, State
from club.returns.service import Arrived, Counted, Refunded, Swapped
from club.returns.service.photos import photos_of
from web.access import staff_only
from web.database import db
from web.formats import money
from web.forms import Form, Needed, TextAreaField, WholeNumberField
from web.gateway import takes_cards
from web.messages import words_for
from web.movements import rung_name
from web.refusing import refused
from web.returning import ASKED_BY, MARKS, REASONS, STATES
from web.visitors import staff


class YesForm(Form):
    """The goods can come."""


class WhyForm(Form):
    """No, or never: and why."""

    why = TextAreaField(_l("Why"), [Needed(_l("Say why in a few words."))], longest=LONGEST_COMMENT)


class RefundForm(Form):
    """What arrived, what can be sold again, and whether the price of delivery goes back as well."""

    with_delivery = BooleanField(_l("The price of delivery goes back as well"))
    money_only = BooleanField(_l("Give money and points back instead"))
    shown = HiddenField()
    """What the effect was worked out from; saving something else shows the effect again."""

    lines: tuple[LineView, ...] = ()

    def part(self, name: str, line_id: int) -> Field:
        """A field of one line."""
        return self[f"{name}_{line_id}"]

    def arrived(self) -> dict[int, int]:
        """Line id → how many are here."""
        return {line.line_id: self.part("came", line.line_id).data or 0 for line in self.lines}

    def restocked(self) -> dict[int, int]:
        """Line id → how many of them can be sold again."""
        return {line.line_id: self.part("shelf", line.line_id).data or 0 for line in self.lines}

    def validate(self, extra_validators: Any = None) -> bool:
        """No more on the shelf than arrived."""
        is_right = super().validate(extra_validators)
        for line in self.lines:
            came, shelf = self.part("came", line.line_id), self.part("shelf", line.line_id)
            if (shelf.data or 0) > (came.data or 0) and not shelf.errors:
                shelf.errors = [_("No more can be sold again than arrived.")]
                is_right = False
        return is_right

    def counted(self) -> Counted:
        """What was typed, as a value."""
        arrived = self.arrived() if self.lines else None
        return Counted(arrived=arrived, with_delivery=bool(self.with_delivery.data))

    def came(self) -> Arrived:
        """The same for an exchange."""
        return Arrived(
            pieces=self.arrived() if self.lines else None,
            restocked=self.restocked() if self.lines else None,
            with_delivery=bool(self.with_delivery.data),
            takes_cards=takes_cards(),
        )

    def fingerprint(self, effect: Refunded | Swapped) -> str:
        """What was shown: another count or another effect is shown again before it is saved."""
        seen = (sorted(self.arrived().items()), sorted(self.restocked().items()), self.with_delivery.data, effect)
        return sha256(repr(seen).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Forms:
    """The forms of the page; one of them may have been sent."""

    yes: YesForm
    no: WhyForm
    never: WhyForm
    refund: RefundForm


def refund_form_for(lines: Sequence[LineView]) -> type[RefundForm]:
    """The form for a case: its lines are counted while its goods are awaited."""
    fields: dict[str, object] = {"lines": tuple(lines)}
    for line in lines:
        for name, words in (("came", _l("Arrived")), ("shelf", _l("Can be sold again"))):
            fields[f"{name}_{line.line_id}"] = WholeNumberField(words, most=line.quantity, default=line.quantity)
    return type("CaseRefundForm", (RefundForm,), fields)


@admin.get("/returns/<int:case_id>")
@staff_only(Permission.MANAGE_ORDERS)
def return_case(case_id: int) -> ResponseReturnValue:
    """Where it stands, what is in it, and the next step."""
    case = case_with(db(), case_id)
    return _page(case, _forms(case), None)


@admin.post("/returns/<int:case_id>/approve")
@staff_only(Permission.REFUND_ORDERS)
def return_approve(case_id: int) -> ResponseReturnValue:
    """Yes: the buyer is told where to send it."""
    case, who = case_with(db(), case_id), staff()
    forms = _forms(case, yes=YesForm())
    if not forms.yes.validate_on_submit():
        return _page(case, forms, None), 422
    try:
        service.approve(
            db(), case_id, who.account_id, who.role, datetime.now(UTC), money_only=request.form.get("do") == "money"
        )  # fmt: skip
    except ReturnMovedOn as refusal:
        return _overtaken(case_id, refusal)
    except Refusal as refusal:
        forms.yes.refuse(refusal)
        return refused(_page(case_with(db(), case_id), forms, None), refusal)
    flash(_("Approved. A mail tells the buyer where to send it."), "success")
    return redirect(url_for("admin.return_case", case_id=case_id), 303)


@admin.post("/returns/<int:case_id>/<any(refuse, close):act>")
@staff_only(Permission.REFUND_ORDERS)
def return_end(case_id: int, act: str) -> ResponseReturnValue:
    """No, or the goods never came: and why."""
    case, who, form = case_with(db(), case_id), staff(), WhyForm(prefix=act)
    forms = _forms(case, no=form) if act == "refuse" else _forms(case, never=form)
    if not form.validate_on_submit():
        return _page(case, forms, None), 422
    do = service.refuse if act == "refuse" else service.close
    try:
        do(db(), case_id, form.why.data or "", who.account_id, who.role, datetime.now(UTC))
    except ReturnMovedOn as refusal:
        return _overtaken(case_id, refusal)
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(_page(case_with(db(), case_id), forms, None), refusal)
    flash(_("Refused. A mail tells the buyer why.") if act == "refuse" else _("Closed. Nothing goes back."), "success")
    return redirect(url_for("admin.return_case", case_id=case_id), 303)


@admin.post("/returns/<int:case_id>/refund")
@staff_only(Permission.REFUND_ORDERS)
def return_refund(case_id: int) -> ResponseReturnValue:
    """What arrived is counted; the effect is shown; then money and points go back, or later."""
    case = case_with(db(), case_id)
    form = refund_form_for(case.lines if case.state == State.APPROVED else ())()
    forms = _forms(case, refund=form)
    if not form.validate_on_submit():
        return _page(case, forms, None), 422
    try:
        return _shown_or_done(case, forms)
    except ReturnMovedOn as refusal:
        return _overtaken(case_id, refusal)
    except Refusal as refusal:
        form.refuse(refusal)
        return refused(_page(case_with(db(), case_id), forms, None), refusal)


def _shown_or_done(case: CaseView, forms: Forms) -> ResponseReturnValue:
    who, now, form = staff(), datetime.now(UTC), forms.refund
    counts = (form.arrived(), form.restocked())
    if request.form.get("do") == "receive" and form.lines:
        service.receive(db(), case.id, *counts, who.account_id, who.role, now)
        flash(_("Counted. The money can go back later."), "success")
        return redirect(url_for("admin.return_case", case_id=case.id), 303)
    is_exchange = case.is_exchange and not form.money_only.data
    effect: Refunded | Swapped = (
        service.effect_of_exchange(db(), case.id, form.came(), who.account_id, who.role, now)
        if is_exchange
        else service.effect_of_refund(db(), case.id, form.counted(), who.account_id, who.role, now)
    )
    fingerprint = form.fingerprint(effect)
    wants_to_save = request.form.get("do") == "send"
    if not wants_to_save or form.shown.data != fingerprint:
        form.shown.data = fingerprint
        return _page(case, forms, effect, has_changed=wants_to_save)
    if is_exchange:
        _say_exchanged(service.exchange(db(), case.id, form.came(), who.account_id, who.role, now))
    else:
        _refunded(case, form, now)
    return redirect(url_for("admin.return_case", case_id=case.id), 303)


def _say_exchanged(done: Swapped) -> None:
    flash(_("Order %(number)s goes out for it.", number=done.order.number), "success")
    if done.order.to_pay and done.order.pay_by is PayBy.CARD:
        flash(_("It waits until %(money)s is paid by card; a mail says so.", money=money(done.order.to_pay)), "info")
    if done.back:
        flash(_("%(money)s goes back.", money=money(done.back)), "success")


def _refunded(case: CaseView, form: RefundForm, now: datetime) -> None:
    who, counts, delivery = staff(), (form.arrived(), form.restocked()), bool(form.with_delivery.data)
    if form.lines:
        done = service.receive_and_refund(
            db(), case.id, *counts, who.account_id, who.role, now, with_delivery=delivery
        )  # fmt: skip
    else:
        done = service.refund(
            db(), case.id, with_delivery=delivery, by=who.account_id, role=who.role, now=now
        )  # fmt: skip
    flash(_("%(money)s goes back.", money=money(done.money)), "success")
    if done.tier_after != done.tier_before:
        flash(_("The buyer is now %(tier)s.", tier=rung_name(done.tier_after)), "info")


def _overtaken(case_id: int, refusal: Refusal) -> ResponseReturnValue:
    """A colleague, or the first of two clicks, was faster: the form is not on the page any more."""
    flash(words_for(refusal), "danger")
    return redirect(url_for("admin.return_case", case_id=case_id), 303)


def _forms(
    case: CaseView, yes: YesForm | None = None, no: WhyForm | None = None, never: WhyForm | None = None,
    refund: RefundForm | None = None,
) -> Forms:  # fmt: skip
    return Forms(
        yes=yes or YesForm(formdata=None),
        no=no or WhyForm(formdata=None, prefix="refuse"),
        never=never or WhyForm(formdata=None, prefix="close"),
        refund=refund or refund_form_for(case.lines if case.state == State.APPROVED else ())(formdata=None),
    )


def _page(case: CaseView, forms: Forms, effect: Refunded | Swapped | None, *, has_changed: bool = False) -> str:
    return render_template(
        "admin/order_returns_one.html",
        case=case,
        forms_of=forms,
        effect=effect.returned if isinstance(effect, Swapped) else effect,
        swap=effect if isinstance(effect, Swapped) else None,
        has_changed=has_changed,
        states=STATES,
        marks=MARKS,
        reasons=REASONS,
        asked_by=ASKED_BY,
        photos=photos_of(db(), case.id),
    )
