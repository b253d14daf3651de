"""An order as the buyer wants it and as it is written: values, and the rows that they become."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from club.carts.rules import GIFT
from club.catalogue.buying import Offer
from club.catalogue.rules.pricing import Buyer
from club.delivery.rules import Kind, Saved
from club.members.rules import email_key
from club.orders.drafting import Draft, tax_rate_of
from club.orders.rules import Contact, PayBy, State
from club.orders.service.numbers import new_pickup_code
from club.orders.service.steps import Held
from club.programme.rules import Club
from club.texts import LANGUAGES, Texts

PAYMENT_BEGINS_WITHIN = timedelta(minutes=30)
"""A payment that nobody begins in this time is waited for no longer."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the buyer pressed the button for. `expected_total` is what the page showed."""

    cart_id: int
    person_id: int | None
    buyer: Buyer
    contact: Contact
    method_id: int
    pay_by: PayBy
    expected_total: int
    language: str
    note: str = ""
    terms_id: int | None = None
    confirms_age: bool = False
    saves_address: bool = False
    saved: Saved | None = None
    """The address that is saved already."""


@dataclass(frozen=True)
class Placed:
    """The order of a cart: made now, or by an earlier press of the button."""

    order_id: int
    number: str
    key: str
    state: State
    total: int
    pay_by: PayBy
    is_new: bool


@dataclass(frozen=True)
class Ready:
    """All that is known before anything is locked."""

    club: Club
    today: date
    draft: Draft
    pay_by: PayBy


def order_row(wanted: Wanted, ready: Ready, number: str, key: str, now: datetime) -> dict[str, Any]:
    """Of `shop_order`."""
    reckoned, priced, quote = ready.draft, ready.draft.priced, ready.draft.quote
    assert quote is not None
    is_picked_up = quote.kind is Kind.PICKUP
    return {
        "number": number,
        "key": key,
        "state": State.PENDING.value,
        "person_id": wanted.person_id,
        "cart_id": wanted.cart_id,
        "language": wanted.language,
        "currency": ready.club.currency,
        "pay_by": ready.pay_by.value,
        "delivery": quote.kind.value,
        "method_id": quote.method_id,
        "method_name": quote.name,
        "country": reckoned.country,
        "goods": priced.goods,
        "discount": priced.discount,
        "points": priced.points,
        "points_value": priced.points_value,
        "delivery_price": reckoned.delivery_price,
        "delivery_tax": reckoned.delivery_tax,
        "delivery_tax_rate": reckoned.delivery_tax_rate,
        "tax": reckoned.tax,
        "total": reckoned.total,
        "paid": 0,
        "refunded": 0,
        "offers": len(reckoned.applied.all),
        "terms_id": wanted.terms_id,
        "placed_at": now,
        "expires_at": now + PAYMENT_BEGINS_WITHIN if ready.pay_by is PayBy.CARD else None,
        "pickup_code": new_pickup_code() if is_picked_up else None,
    }


def line_rows(order_id: int, ready: Ready) -> list[dict[str, Any]]:
    """Of `order_line`, gifts included."""
    sold, rates, country = ready.draft.looked.offers, ready.draft.tax_rates, ready.draft.country
    return [
        {
            "order_id": order_id,
            "position": position,
            "variant_id": line.variant_id,
            "product_id": (offer := sold[line.variant_id]).product_id,
            "sku": offer.sku,
            "name": name_of(offer),
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "usual_price": line.usual_price,
            "reason": line.reason,
            "amount": line.amount,
            "discount": line.discount,
            "points": line.points,
            "points_value": line.points_value,
            "paid": line.paid,
            "tax": line.tax,
            "tax_rate": tax_rate_of(offer, rates, country),
            "tax_class": offer.tax_class_in(country).value,
            "category": line.category,
            "earns_points": line.earns_points,
            "is_limited": offer.limit_per_member is not None and line.reason != GIFT,
            "weight_grams": offer.weight_grams or None,
            "no_return": offer.no_return.value if offer.no_return else None,
        }
        for position, line in enumerate(ready.draft.priced.all_lines, start=1)
    ]


def held_of(order_id: int, row: Mapping[str, Any], hold_id: int | None) -> Held:
    """The order that was written a moment ago in this transaction, as it would be read."""
    nothing_yet = {"purchase_id": None, "settled_at": None, "cause": "", "exchange_of": None}
    known = {**row, **nothing_yet, "id": order_id, "hold_id": hold_id}
    return Held(**{name: known[name] for name in Held._fields})


def name_of(offer: Offer) -> Texts:
    """What it is called with what was chosen, in every language that it has a name in."""
    return named(offer.name, offer.choices)


def named(name: Texts, choices: Sequence[tuple[Texts, Texts]]) -> Texts:
    """A name with the values of its options behind."""
    said: Mapping[str, str] = {
        language: ", ".join([name.into(language), *(value.into(language) for _, value in choices)])
        for language in LANGUAGES
        if language in name
    }
    return Texts(said)


def contact_row(order_id: int, wanted: Wanted) -> dict[str, Any]:
    """Of `order_contact`."""
    contact = wanted.contact
    return {"order_id": order_id, "email_key": email_key(contact.email), "note": wanted.note, **asdict(contact)}


def saved_place(wanted: Wanted) -> Saved:
    """Where it goes, to be offered next time."""
    known = asdict(wanted.contact)
    del known["email"]
    return Saved(**known, method_id=wanted.method_id)
