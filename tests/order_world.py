"""A small shop that sends and hands over: ways of delivery, tax rates, things on a shelf, carts, orders."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from club.carts.models import Owner, cart_of, cart_with
from club.carts.service import add, use_points
from club.catalogue.visitors import buyer_of
from club.clock import club_day
from club.database import transaction
from club.delivery.models import DeliveryMethod, DeliveryPrice, DeliveryZone, TaxRate
from club.orders.drafting import Draft, draft
from club.orders.rules import Contact, PayBy
from club.orders.service import Placed, Wanted, place_order
from club.permissions import Role
from club.points.service import adjust_by_hand
from club.programme.service import touch
from club.texts import Texts
from tests.cart_world import ZONE, Shelf

CONTACT = Contact(
    email="ana@example.org", full_name="Ana García", country="ES", address="Calle Mayor 1", postcode="26001",
    city="Logroño",
)  # fmt: skip
POST, COUNTER = 1, 2
"""Ids of the two ways of delivery."""
POSTAGE = 490


def open_shop(db: Session, *, postage: int = POSTAGE, rate: int = 2100) -> None:
    """Parcels within Spain for one price, or the counter for nothing; one rate for all goods."""
    day = date(2026, 1, 1)
    with transaction(db) as tx:
        touch(tx)
        zone = {"name": "Spain", "countries": ["ES"], "postcodes": [], "not_postcodes": []}
        zone_id = tx.execute(insert(DeliveryZone).values(zone).returning(DeliveryZone.id)).scalar_one()
        for position, (kind, name) in enumerate((("ship", "Parcel"), ("pickup", "Counter")), start=1):
            way = {
                "kind": kind, "name": Texts({"en": name}), "words": Texts({}), "position": position, "is_active": True,
                "tax_class": "standard", "days_from": 1, "days_to": 3, "needs_phone": False,
            }  # fmt: skip
            method_id = tx.execute(insert(DeliveryMethod).values(way).returning(DeliveryMethod.id)).scalar_one()
            price = {"method_id": method_id, "zone_id": zone_id, "price": postage}
            tx.execute(insert(DeliveryPrice).values(price if kind == "ship" else price | {"zone_id": None, "price": 0}))
        tx.execute(insert(TaxRate).values(country="ES", tax_class="standard", rate=rate, from_on=day))


@dataclass
class Till:
    """Somebody at the checkout."""

    db: Session
    now: datetime
    shelf: Shelf = field(init=False)

    def __post_init__(self) -> None:
        self.shelf = Shelf(self.db, self.now)

    def cart(self, owner: Owner, *things: tuple[int, int], points: int = 0) -> int:
        """Put these things in and choose so many points; the cart's id."""
        for variant_id, quantity in things:
            token = add(self.db, self.shelf.shopper(owner), variant_id, quantity, self.now)
            owner = owner if token is None else Owner(token=token)
        if points:
            use_points(self.db, owner, points, 1, self.now)
        cart = cart_of(self.db, owner, self.now)
        self.db.rollback()
        assert cart is not None
        return cart.id

    def wanted(self, cart_id: int, person_id: int | None = None, **other: Any) -> Wanted:
        """What the checkout sends when nothing is changed by hand: the total is the one that the page shows."""
        wanted = Wanted(
            cart_id=cart_id,
            person_id=person_id,
            buyer=buyer_of(self.db, person_id, club_day(self.now, ZONE)),
            contact=CONTACT,
            method_id=POST,
            pay_by=PayBy.CARD,
            expected_total=0,
            language="en",
        )
        wanted = replace(wanted, **other)
        return wanted if "expected_total" in other else replace(wanted, expected_total=self.draft(wanted).total)

    def draft(self, wanted: Wanted) -> Draft:
        """What the page shows."""
        from_cart = cart_with(self.db, wanted.cart_id)
        assert from_cart is not None
        found = draft(
            self.db, from_cart, wanted.buyer, country=wanted.contact.country, postcode=wanted.contact.postcode,
            method_id=wanted.method_id, day=club_day(self.now, ZONE),
        )  # fmt: skip
        self.db.rollback()
        return found

    def order(self, owner: Owner, *things: tuple[int, int], points: int = 0, **other: Any) -> Placed:
        """Put it all in, and press the button."""
        cart_id = self.cart(owner, *things, points=points)
        return place_order(self.db, self.wanted(cart_id, owner.person_id, **other), self.now)

    def give_points(self, person_id: int, points: int) -> None:
        """Points that can be spent today."""
        adjust_by_hand(self.db, person_id, points, "a present", None, Role.OWNER, self.now)
