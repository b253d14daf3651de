"""Prices of a product: who pays what on which day and why, what a price not yet set would do, and every price set."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField
from wtforms.fields.choices import SelectChoice

from admin import admin
from admin.products.words import LOOKS, PRICE_KINDS, STATES, variant_words, why_words
from club.catalogue.priced import Entry, agreed_with, agreed_with_members, entries_of, is_agreed, when
from club.catalogue.reading import Page, product_for_staff
from club.catalogue.rules.faults import Fault
from club.catalogue.rules.pricing import GUEST, MOST_QUANTITY, Buyer, Kind, PriceRow, Shown, check_price, price_for
from club.catalogue.service.prices import end_member_price, end_price, set_member_price, set_price
from club.catalogue.visitors import buyer_of
from club.errors import BadPrice, NotFound, Refusal, UnknownMember
from club.members.models import find_member, names_of
from club.permissions import Permission
from club.tiers.models import ladder_on
from web.access import staff_only
from web.database import db
from web.forms import DayField, Form, MoneyField, TextField, WholeNumberField
from web.languages import in_language
from web.messages import words_for
from web.programme import today
from web.visitors import staff

ALL_VARIANTS = ""
NOT_SET_YET = 2**62
"""The number of a row that is only tried: later than all that were set."""


class PriceForm(Form):
    """A price, from a day on."""

    kind = SelectField(
        _l("Which price"), choices=[SelectChoice(kind.value, words) for kind, words in PRICE_KINDS.items()]
    )
    variant = SelectField(_l("Variant"))
    rung_key = SelectField(_l("Tier"))
    member = TextField(_l("Member"), render_kw={"autocomplete": "off"})
    amount = MoneyField(_l("Price of one, tax included"))
    percent = WholeNumberField(_l("Or percent off the usual price"), least=1, most=100)
    min_quantity = WholeNumberField(_l("From so many of one on"), least=1, most=MOST_QUANTITY, default=1)
    from_on = DayField(_l("From"))
    until_on = DayField(_l("Until"))

    def offer(self, page: Page) -> None:
        """The variants and tiers that there are."""
        active = [one.choice for one in page.variants if one.choice.is_active]
        self.variant.choices = [
            SelectChoice(ALL_VARIANTS, _("All variants")),
            *(SelectChoice(str(one.id), _named(page, one.id)) for one in active),
        ]
        rungs = ladder_on(db(), today()).ladder.rungs
        self.rung_key.choices = [SelectChoice(rung.key, in_language(rung.name)) for rung in rungs]

    def row(self) -> PriceRow:
        """What was typed, as a value."""
        kind = Kind(self.kind.data)
        return PriceRow(
            kind=kind,
            from_on=self.from_on.data or today(),
            until_on=self.until_on.data,
            amount=self.amount.data,
            percent=self.percent.data,
            variant_id=int(self.variant.data) if self.variant.data else None,
            rung_key=self.rung_key.data if kind is Kind.TIER else None,
            min_quantity=self.min_quantity.data or 1,
        )


class LookForm(Form):
    """For which variant, quantity and day prices are shown."""

    class Meta:
        """A question that changes nothing needs no key."""

        csrf = False

    look = SelectField(_l("Variant"))
    quantity = WholeNumberField(_l("Quantity"), least=1, most=MOST_QUANTITY)
    on = DateField(_l("Day"))


@dataclass(frozen=True)
class Paying:
    """Somebody, what they pay, and what they would pay."""

    who: str
    now: Shown | None
    then: Shown | None

    @property
    def is_other(self) -> bool:
        """Whether the price that is tried changes what they pay."""
        return (self.now and self.now.amount) != (self.then and self.then.amount)


@admin.route("/products/<int:product_id>/prices", methods=["GET", "POST"])
@staff_only(Permission.EDIT_PRODUCTS)
def products_prices(product_id: int) -> ResponseReturnValue:
    """Every price of a product, with a form for one more and what it would change."""
    page = product_for_staff(db(), product_id, today())
    form = PriceForm(from_on=today())
    form.offer(page)
    if not form.validate_on_submit():
        return _page(page, form), 422 if form.errors else 200
    try:
        row, member_id = _asked(form)
        check_price(row)
    except Refusal as refusal:
        form.refuse(refusal, form.member if isinstance(refusal, UnknownMember) else None)
        return _page(page, form), 422
    if request.form.get("do") != "save":
        return _page(page, form, row, member_id)
    try:
        _set(product_id, row, member_id)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(page, form, row, member_id), 422
    flash(_("The price is set."), "success")
    return redirect(url_for("admin.products_prices", product_id=product_id), 303)


@admin.post("/products/<int:product_id>/prices/<int:price_id>/<any(end, leave):act>")
@staff_only(Permission.EDIT_PRODUCTS)
def products_price(product_id: int, price_id: int, act: str) -> ResponseReturnValue:
    """End a sale's or a tier's price (`end`), or one that was agreed with a member (`leave`)."""
    who, now = staff(), datetime.now(UTC)
    assert who.role is not None  # the door let nobody else in
    if act == "leave":
        is_own = is_agreed(db(), product_id, price_id, today())
    else:
        is_own = price_id in {entry.row.id for entry in entries_of(db(), product_id)}
    if not is_own:
        raise NotFound
    try:
        (end_member_price if act == "leave" else end_price)(db(), price_id, who.account_id, who.role, now)
    except Refusal as refusal:
        flash(words_for(refusal), "danger")
    else:
        flash(_("It holds no longer, from today on."), "success")
    return redirect(url_for("admin.products_prices", product_id=product_id), 303)


def _asked(form: PriceForm) -> tuple[PriceRow, int | None]:
    """The price that was typed, and for whom if it is for one member."""
    row = form.row()
    if row.amount is None and row.percent is None:
        raise BadPrice(Fault.AMOUNT_OR_PERCENT)
    if row.kind is not Kind.MEMBER:
        return row, None
    return row, find_member(db(), form.member.data or "")


def _set(product_id: int, row: PriceRow, member_id: int | None) -> None:
    who, now = staff(), datetime.now(UTC)
    assert who.role is not None  # the door let nobody else in
    if member_id is None:
        set_price(db(), product_id, row, who.account_id, who.role, now)
    else:
        set_member_price(db(), product_id, member_id, row, who.account_id, who.role, now)


def _page(page: Page, form: PriceForm, tried: PriceRow | None = None, member_id: int | None = None) -> str:
    entries = entries_of(db(), page.id)
    look, variant_id, quantity, day = _look(page, tried)
    return render_template(
        "admin/products_prices.html",
        page=page,
        form=form,
        look=look,
        entries=[(entry, when(entry, entries, today())) for entry in entries],
        agreed=agreed_with_members(db(), page.id, today()),
        paying=_paying(page, entries, tried, member_id, (variant_id, quantity, day)),
        public=price_for([entry.row for entry in entries], variant_id, GUEST, day, quantity),
        tried=tried,
        day=day,
        quantity=quantity,
        kinds=PRICE_KINDS,
        why_words=why_words,
        named=lambda variant_id: _named(page, variant_id) if variant_id else _("all"),
        has_variants=len(page.variants) > 1,
        states=STATES,
        looks=LOOKS,
    )


def _look(page: Page, tried: PriceRow | None) -> tuple[LookForm, int, int, date]:
    """For what prices are shown: as asked, or as suits the price that is tried."""
    form = LookForm(request.args, data={"quantity": 1, "on": today()})
    active = [one.choice.id for one in page.variants if one.choice.is_active] or [page.variants[0].choice.id]
    form.look.choices = [SelectChoice(str(one), _named(page, one)) for one in active]
    asked = form.look.data if form.look.data in {str(one) for one in active} else str(active[0])
    variant_id, quantity, day = int(asked), form.quantity.data or 1, form.on.data or today()
    if tried is not None:
        variant_id, quantity = tried.variant_id or variant_id, max(quantity, tried.min_quantity)
        day = max(day, tried.from_on)
    form.look.data, form.quantity.data, form.on.data = str(variant_id), quantity, day
    form.look.raw_data = form.quantity.raw_data = form.on.raw_data = None
    return form, variant_id, quantity, day


def _paying(
    page: Page, entries: Sequence[Entry], tried: PriceRow | None, member_id: int | None, at: tuple[int, int, date],
) -> list[Paying]:  # fmt: skip
    """What a guest, each tier and the member of the price that is tried pay, and would pay."""
    variant_id, quantity, day = at
    added = [] if tried is None else [replace(tried, id=NOT_SET_YET)]

    def paying(who: str, buyer: Buyer, rows: list[PriceRow], *, is_for_them: bool) -> Paying:
        before = price_for(rows, variant_id, buyer, day, quantity)
        return Paying(who, before, price_for(rows + added, variant_id, buyer, day, quantity) if is_for_them else before)

    rows, is_for_all = [entry.row for entry in entries], member_id is None
    found = [paying(_("A guest"), GUEST, rows, is_for_them=is_for_all)]
    for name, buyer in _buyers(page.takes_tier_discount):
        found.append(paying(_("Tier %(tier)s", tier=name), buyer, rows, is_for_them=is_for_all))
    if member_id is not None:
        buyer = buyer_of(db(), member_id, day)
        if not page.takes_tier_discount:
            buyer = replace(buyer, discount_percent=0)
        theirs = [entry.row for entry in agreed_with(db(), page.id, member_id, today())]
        found.append(paying(names_of(db(), [member_id])[member_id], buyer, rows + theirs, is_for_them=True))
    return found


def _buyers(takes_tier_discount: bool) -> list[tuple[str, Buyer]]:
    """A member of each tier."""
    rungs = ladder_on(db(), today()).ladder.rungs
    found: list[tuple[str, Buyer]] = []
    for place, rung in enumerate(rungs, start=1):
        keys = frozenset(one.key for one in rungs[:place])
        discount = rung.discount_percent if takes_tier_discount else 0
        found.append((in_language(rung.name), Buyer(0, rung.key, keys, discount)))
    return found


def _named(page: Page, variant_id: int) -> str:
    choice = page.variant(variant_id).choice
    words = variant_words(choice.choices, page.options)
    return f"{choice.sku} · {words}" if words else choice.sku
