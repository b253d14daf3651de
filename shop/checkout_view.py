"""What the checkout shows: who orders, what it costs to this place in this way, and how it can be paid."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from club.carts.models import CartView
from club.delivery.countries import countries_to_buy
from club.delivery.quoting import ways
from club.delivery.rules import Kind, Quote, Saved
from club.errors import AccountOverdue, AgeNotConfirmed, BadPhone, CreditExceeded, PhoneNeeded
from club.members.models import Known
from club.members.rules import phone_typed
from club.orders.credit import CreditOffer, at_the_till
from club.orders.drafting import Draft, Reckoned, draft
from club.orders.rules import Contact, Delivery, PayBy
from club.payments.rules import least_by_card
from club.programme.legal import Legal, Published, in_force
from shop.buyers import buyer_today, member_or_none
from shop.cart_view import chosen, gifts_named, gone_of
from shop.checkout_forms import CheckoutForm
from shop.offer_view import offers_shown
from web.carts import cart_count_is
from web.database import db
from web.delivery_words import country_name
from web.forms import Needed
from web.gateway import takes_cards
from web.languages import in_language
from web.messages import words_for
from web.programme import programme, today

SHIPPED = {
    "address": lambda: Needed(_("Enter the street and the number.")),
    "postcode": lambda: Needed(_("Enter the postcode.")),
    "city": lambda: Needed(_("Enter the town or city.")),
}
"""What an address needs as soon as something is sent there."""


@dataclass(frozen=True)
class Desk:
    """One cart before the till."""

    cart: CartView
    draft: Draft
    member: Known | None
    saved: Saved | None
    credit: CreditOffer | None
    terms: Published | None
    reckoned: Reckoned
    """The draft as an order takes it."""

    @property
    def quote(self) -> Quote | None:
        """The way that is chosen, or the first that is open."""
        return self.draft.quote

    @property
    def delivery(self) -> Delivery:
        """Sent, or picked up."""
        return Delivery(self.quote.kind.value) if self.quote else Delivery.SHIP

    @property
    def pay_ways(self) -> tuple[PayBy, ...]:
        """How an order of this total can be paid, whatever the way of delivery."""
        if self.quote is not None and not self.draft.total:
            return (PayBy.NOTHING,)
        has_pickup = any(quote.kind is Kind.PICKUP for quote in self.draft.quotes)
        open_ways = {
            PayBy.CARD: takes_cards() and not self.card_from,
            PayBy.PICKUP: has_pickup,
            PayBy.ACCOUNT: self.credit is not None and 0 < self.draft.total <= self.credit.left,
        }
        return tuple(way for way, is_open in open_ways.items() if is_open)

    @property
    def card_from(self) -> int:
        """The least that a card pays, where this order lies below it; 0 otherwise."""
        least = least_by_card(programme().currency)
        return least if takes_cards() and self.quote is not None and 0 < self.draft.total < least else 0

    @property
    def pay_ways_here(self) -> tuple[PayBy, ...]:
        """Those that go with the way of delivery that is chosen."""
        return tuple(way for way in self.pay_ways if way is not PayBy.PICKUP or self.delivery is Delivery.PICKUP)

    @property
    def is_less(self) -> bool:
        """Whether fewer can be had than lie in the cart: then nothing is ordered before the buyer has seen it."""
        return bool(self.draft.priced.gone) or any(line.is_fewer for line in self.draft.priced.lines)

    @property
    def as_it_is(self) -> dict[int, tuple[int, int]]:
        """Quantity and unit price of everything in the cart as it can be had now."""
        had = {line.variant_id: (line.quantity, line.unit_price) for line in self.draft.priced.lines}
        return {**{line.variant_id: (0, 0) for line in self.draft.priced.gone}, **had}

    @property
    def email(self) -> str:
        """Where a member is written to; empty for guests."""
        return (self.member.email or "") if self.member else ""


def desk_of(cart: CartView, form: CheckoutForm, *, is_sent: bool) -> Desk:
    """Look at everything once, and prepare the form for it; what was sent stays in it."""
    who = member_or_none()
    member, saved, credit = (None, None, None) if who is None else at_the_till(db(), who, today())
    cart_count_is(cart.pieces)
    form.country.choices = [SelectChoice(code, country_name(code)) for code in _countries()]
    if not is_sent:
        _fill_in(form, member, saved)
    if member is not None and member.email:
        del form.email
    reckoned = _draft(cart, form, is_paid_later=takes_cards() or (credit is not None and credit.left > 0))
    desk = Desk(
        cart=cart,
        draft=reckoned.draft,
        member=member,
        saved=saved,
        credit=credit,
        terms=in_force(db(), Legal.TERMS),
        reckoned=reckoned,
    )
    if desk.draft.min_age:
        form.age.label.text = _("I am %(age)s years old or older.", age=desk.draft.min_age)
    return desk


def is_in_order(form: CheckoutForm, desk: Desk) -> bool:
    """Whether everything is there that can be seen without trying; what is not is said beside its field."""
    needed = {} if desk.delivery is Delivery.PICKUP else {name: [make()] for name, make in SHIPPED.items()}
    is_right = form.validate_on_submit(extra_validators=needed)
    if desk.is_less:
        form.form_errors.append(_("Not everything in the cart can be had now. Look at the sum, then go on."))
    if desk.quote is None or form.method_id != desk.quote.method_id:
        form.method.errors = [_("Choose how to get the goods: what was chosen is not open for this place.")]
    if form.pays_by not in desk.pay_ways_here:
        form.pay_by.errors = [_why_not(form.pays_by, desk.credit)]
    _check_phone(form, desk)
    if desk.draft.min_age and not form.age.data:
        form.refuse(AgeNotConfirmed(age=desk.draft.min_age), form.age)
    if form.terms_version.data != version_of(desk.terms):
        form.terms.errors = [_("The terms are new since this page was opened. Read them and tick the box again.")]
        form.terms.data = False
    elif not form.terms.data:
        form.terms.errors = [_("Tick the box to accept the terms.")]
    return is_right and not form.errors


def _why_not(way: PayBy | None, credit: CreditOffer | None) -> str:
    """What speaks against the way to pay that was chosen."""
    if way is PayBy.ACCOUNT and credit is not None and credit.is_open:
        return words_for(AccountOverdue() if credit.is_overdue else CreditExceeded(max(credit.left, 0)))
    return _("Choose how to pay: this is not open for this way of delivery.")


def contact_of(form: CheckoutForm, desk: Desk) -> Contact:
    """Who orders and where to, from the form and from what is known of a member."""
    return form.contact(desk.email or (form.email.data if form.email else ""), desk.delivery)


def version_of(terms: Published | None) -> int:
    """Which terms the page shows; 0: those that come with the program."""
    return terms.version if terms else 0


def shown(form: CheckoutForm, desk: Desk) -> dict[str, Any]:
    """Everything that the template asks for. What the page compares later stands in its hidden fields."""
    form.cart.data, form.expected.data = desk.cart.id, desk.draft.total
    form.terms_version.data = version_of(desk.terms)
    if desk.quote is not None:
        form.method.data = desk.quote.method_id
    if form.pays_by not in desk.pay_ways_here:
        form.pay_by.data = desk.pay_ways_here[0].value if desk.pay_ways_here else None
    rows = [
        (line, desk.draft.looked.offers[line.variant_id], in_language(desk.draft.looked.offers[line.variant_id].name))
        for line in desk.draft.priced.lines
    ]
    return {
        "form": form,
        "desk": desk,
        "draft": desk.draft,
        "priced": desk.draft.priced,
        "offers": offers_shown(desk.draft.applied, desk.cart.voucher_ids),
        "gifts": gifts_named(desk.draft.looked),
        "is_cut": desk.member is not None and desk.draft.priced.points < desk.cart.points_wanted,
        "rows": rows,
        "chosen": chosen,
        "gone": [gone_of(desk.draft.looked.offers.get(line.variant_id)) for line in desk.draft.priced.gone],
        "is_member": desk.member is not None,
        "is_address_open": desk.saved is None or bool(_address_errors(form)),
        "country_name": country_name,
    }


def _countries() -> list[str]:
    """Where one may buy, by name, the club's own first."""
    own, *others = countries_to_buy(db()) or [programme().country]
    return [own, *sorted(others, key=lambda code: country_name(code).casefold())]


def _fill_in(form: CheckoutForm, member: Known | None, saved: Saved | None) -> None:
    if saved is not None:
        form.fill_in(saved)
    elif member is not None:
        form.full_name.data, form.phone.data = member.full_name, member.phone or ""
    if not form.country.data:
        form.country.data = programme().country


def _draft(cart: CartView, form: CheckoutForm, *, is_paid_later: bool) -> Reckoned:
    """With the way that was chosen, else with the first that is open; where only the counter takes money, a pick-up."""
    known = [choice.value for choice in form.country.choices]
    country = form.country.data if form.country.data in known else programme().country
    postcode = form.postcode.data or ""

    def with_way(method_id: int | None) -> Reckoned:
        where, day = {"country": country, "postcode": postcode}, today()
        drafted = draft(db(), cart, buyer_today(), **where, method_id=method_id, day=day)
        return Reckoned(cart=cart, draft=drafted, day=day, **where, method_id=method_id)

    def first(open_ways: Iterable[tuple[int, Kind]]) -> int | None:
        sorted_ways = sorted(open_ways, key=lambda way: not is_paid_later and way[1] is Kind.SHIP)
        return next((method_id for method_id, _kind in sorted_ways), None)

    guess = first((method.id, method.kind) for method in ways(db()).methods if method.is_active)
    drafted = with_way(form.method_id or guess)
    if drafted.draft.quote is None and drafted.draft.quotes:
        drafted = with_way(first((quote.method_id, quote.kind) for quote in drafted.draft.quotes))
    return drafted


def _check_phone(form: CheckoutForm, desk: Desk) -> None:
    typed = form.phone.data or ""
    if not typed:
        if desk.quote is not None and desk.quote.needs_phone:
            form.refuse(PhoneNeeded(), form.phone)
        return
    try:
        form.phone.data = phone_typed(typed, form.country.data)
    except BadPhone as refusal:
        form.refuse(refusal, form.phone)


def _address_errors(form: CheckoutForm) -> list[str]:
    names = ("email", "full_name", "country", "address", "address_more", "postcode", "city", "phone", "company")
    return [name for name in (*names, "tax_number") if name in form and form[name].errors]
