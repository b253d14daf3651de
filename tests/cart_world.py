"""Things to put into carts: rows of the catalogue, with no more in them than carts care about."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from club.carts.models import Cart, CartLine, Owner
from club.carts.service import Shopper, add
from club.catalogue.models import Price, Product, Stock, Variant
from club.catalogue.visitors import buyer_of
from club.clock import club_day
from club.database import transaction
from club.texts import Texts

ZONE = "Europe/Madrid"


@dataclass
class Shelf:
    """A shop with a few things in it."""

    db: Session
    now: datetime
    made: int = field(default=0)

    def thing(
        self, name: str = "Rioja", *, price: int = 2400, on_hand: int = 50, product_id: int | None = None, **other: Any
    ) -> int:
        """A live product with one variant, or one more variant of a product; the variant's id."""
        self.made += 1
        day = club_day(self.now, ZONE)
        slug = f"thing-{self.made}"
        sold_in = other.pop("sold_in", 1)
        with transaction(self.db) as tx:
            if product_id is None:
                values: dict[str, Any] = {
                    "name": Texts({"en": name}),
                    "short": Texts({}),
                    "description": Texts({}),
                    "slugs": Texts({"en": slug}),
                    "state": "live",
                    "live_since": self.now,
                    "tax_class": "standard",
                    "takes_tier_discount": True,
                    "options": [],
                    "version": 1,
                    "made_at": self.now,
                    "changed_at": self.now,
                    "visible_from": None,
                    "visible_until": None,
                    **other,
                }
                product_id = tx.execute(insert(Product).values(values).returning(Product.id)).scalar_one()
            variant_id = tx.execute(
                insert(Variant)
                .values(
                    product_id=product_id,
                    position=self.made,
                    sku=slug,
                    sku_key=slug.upper(),
                    choices={},
                    choice_key=slug,
                    content=0,
                    weight_grams=0,
                    sold_in=sold_in,
                    is_active=True,
                )
                .returning(Variant.id)
            ).scalar_one()
            tx.execute(
                insert(Stock).values(
                    variant_id=variant_id,
                    on_hand=on_hand,
                    reserved=0,
                    back_order_limit=0,
                    low_mark=0,
                    is_counted=True,
                    missing=0,
                )
            )
            tx.execute(
                insert(Price).values(
                    product_id=product_id,
                    variant_id=variant_id,
                    kind="base",
                    min_quantity=1,
                    amount=price,
                    from_on=day.replace(day=1),
                    set_at=self.now,
                )
            )
        return int(variant_id)

    def product_of(self, variant_id: int) -> int:
        """Which product a variant belongs to."""
        self.db.rollback()
        return self.db.get_one(Variant, variant_id).product_id

    def costs(self, variant_id: int, price: int, *, min_quantity: int = 1) -> None:
        """From today on it costs that."""
        with transaction(self.db) as tx:
            product_id = tx.get_one(Variant, variant_id).product_id
            tx.execute(
                insert(Price).values(
                    product_id=product_id,
                    variant_id=variant_id,
                    kind="base",
                    min_quantity=min_quantity,
                    amount=price,
                    from_on=club_day(self.now, ZONE),
                    set_at=self.now,
                )
            )

    def has(self, variant_id: int, on_hand: int) -> None:
        """So many are there."""
        with transaction(self.db) as tx:
            tx.execute(update(Stock).where(Stock.variant_id == variant_id).values(on_hand=on_hand))

    def withdraw(self, variant_id: int) -> None:
        """It is no longer sold."""
        with transaction(self.db) as tx:
            tx.execute(update(Variant).where(Variant.id == variant_id).values(is_active=False))

    def shopper(self, owner: Owner) -> Shopper:
        """Somebody who shops today."""
        day = club_day(self.now, ZONE)
        buyer = buyer_of(self.db, owner.person_id, day)
        self.db.rollback()
        return Shopper(owner=owner, buyer=buyer, day=day, address="192.0.2.1")

    def guest_with(self, *things: tuple[int, int]) -> Owner:
        """A browser with these things in its cart."""
        owner = Owner()
        for variant_id, quantity in things:
            token = add(self.db, self.shopper(owner), variant_id, quantity, self.now)
            owner = owner if token is None else Owner(token=token)
        return owner

    def in_carts(self) -> dict[int, dict[int, int]]:
        """What lies in every cart: cart → variant → pieces; what was taken out is left out."""
        self.db.rollback()
        rows = self.db.query(Cart.id).order_by(Cart.id).all()
        found: dict[int, dict[int, int]] = {row.id: {} for row in rows}
        for line in self.db.query(CartLine).filter(CartLine.removed_at.is_(None)):
            found[line.cart_id][line.variant_id] = line.quantity
        self.db.rollback()
        return found
