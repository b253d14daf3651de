"""What a cart would cost as an order: goods, delivery, tax. The page of the checkout and the order ask the same."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from club.carts.goods import Looked, look
from club.carts.models import CartView
from club.carts.rules import NO_POINTS, PointsTerms, PricedCart, tax_inside
from club.catalogue.buying import Offer
from club.catalogue.rules.pricing import Buyer
from club.delivery.countries import rule_for
from club.delivery.quoting import quotes
from club.delivery.rules import Kind, Quote, Rule, age_to_confirm
from club.delivery.taxes import rates_for
from club.offers.stacking import Applied
from club.orders.marks import Mark, mark_of
from club.points.pool import may_spend
from club.programme.models import the_club
from club.programme.rules import Club


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An order that is not placed yet. Minor units, tax inside."""

    looked: Looked
    rule: Rule
    """What holds in the country of the buyer."""
    quotes: tuple[Quote, ...]
    quote: Quote | None
    """The way that was chosen, if it is offered."""
    country: str
    """Whose taxes are inside: where it goes, or the club's own for what is picked up."""
    tax_rates: Mapping[str, int]
    value: int
    """What the goods are worth to whoever brings them: before points, so that these make no delivery dearer."""
    weight_grams: int
    delivery_price: int
    delivery_tax: int
    delivery_tax_rate: int
    applied: Applied
    """The club's offers that count, free delivery included where there is something to pay for."""
    min_age: int | None
    """To be confirmed before it is ordered."""
    mark: Mark
    """Of what it was reckoned from."""

    @property
    def priced(self) -> PricedCart:
        """The goods."""
        return self.looked.priced

    @property
    def tax(self) -> int:
        """All of it, delivery included."""
        return self.priced.tax + self.delivery_tax

    @property
    def total(self) -> int:
        """What is to be paid in money."""
        return self.priced.paid + self.delivery_price


@dataclass(frozen=True, kw_only=True)
class Reckoned:
    """A draft with the cart, the day and the place that it was made for."""

    cart: CartView
    draft: Draft
    day: date
    country: str
    postcode: str
    method_id: int | None


def draft(
    db: Session, cart: CartView, buyer: Buyer, *, country: str, postcode: str, method_id: int | None, day: date
) -> Draft:
    """Price a cart for a place and a way of delivery; without a way, the goods alone."""
    club = the_club(db)
    rule = rule_for(db, country)
    looked = look(
        db, cart, buyer, day, points=_terms(db, cart, buyer, club, day) if rule.may_spend_points else NO_POINTS
    )
    priced = looked.priced
    value = priced.goods - priced.discount
    weight = sum(looked.offers[line.variant_id].weight_grams * line.quantity for line in priced.all_lines)
    usual = quotes(db, country, postcode, weight, value)
    applied = {quote.method_id: looked.applied.with_delivery(quote.price) for quote in usual}
    offered = tuple(replace(quote, price=0) if applied[quote.method_id].delivery else quote for quote in usual)
    quote = next((quote for quote in offered if quote.method_id == method_id), None)
    is_picked_up = quote is not None and quote.kind is Kind.PICKUP
    taxed_in = club.country if is_picked_up else country
    rates = rates_for(db, taxed_in, "" if is_picked_up else postcode, day)
    rate = rates.get(quote.tax_class, 0) if quote else 0
    price = quote.price if quote else 0
    return Draft(
        looked=with_taxes(looked, rates, taxed_in),
        rule=rule,
        quotes=offered,
        quote=quote,
        country=taxed_in,
        tax_rates=rates,
        value=value,
        weight_grams=weight,
        delivery_price=price,
        delivery_tax=tax_inside(price, rate),
        delivery_tax_rate=rate,
        applied=looked.applied if quote is None else applied[quote.method_id],
        min_age=age_to_confirm(rule, (looked.offers[line.variant_id].min_age for line in priced.all_lines)),
        mark=mark_of(club.stamp, cart, looked),
    )


def tax_rate_of(offer: Offer, rates: Mapping[str, int], country: str) -> int:
    """Hundredths of a percent of its class in that country; a class without a rate has no tax inside."""
    return rates.get(offer.tax_class_in(country).value, 0)


def _terms(db: Session, cart: CartView, buyer: Buyer, club: Club, day: date) -> PointsTerms:
    if not cart.points_wanted or not buyer.member_id:
        return NO_POINTS
    return PointsTerms(
        wanted=cart.points_wanted,
        spendable=may_spend(db, buyer.member_id, day),
        step=club.spend_step,
        per_points=club.point_value_points,
        per_minor=club.point_value_minor,
    )


def with_taxes(looked: Looked, rates: Mapping[str, int], country: str) -> Looked:
    """The same with the tax of a country inside.

    The rates depend on the way of delivery, and the ways on what the goods weigh: so tax comes last.
    """
    lines = tuple(
        replace(line, tax=tax_inside(line.paid, tax_rate_of(looked.offers[line.variant_id], rates, country)))
        for line in looked.priced.lines
    )
    return replace(looked, priced=replace(looked.priced, lines=lines, tax=sum(line.tax for line in lines)))
