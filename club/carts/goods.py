"""What the catalogue says of things in a cart, as the rules of carts take it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from club.carts.models import CartView, LineView
from club.carts.rules import MOST_PIECES, NO_POINTS, Goods, PointsTerms, PricedCart, Wanted, price_cart
from club.catalogue.buying import Offer, Trouble, offers_for
from club.catalogue.rules.pricing import Buyer
from club.errors import MembersOnly, NoLongerSold

NOT_FOR_SALE = (Trouble.GONE, Trouble.NO_PRICE, Trouble.MEMBERS_ONLY)


@dataclass(frozen=True)
class Looked:
    """A cart with its prices of this moment, and what is known of the things in it, taken out ones included."""

    priced: PricedCart
    offers: Mapping[int, Offer]


@dataclass(frozen=True)
class Stand:
    """Things in certain quantities: what the catalogue says of each, and what of that can be bought."""

    offers: Mapping[int, Offer]
    goods: Mapping[int, Goods]

    def of(self, variant_id: int) -> Goods:
        """One that can be bought. Raises `MembersOnly` or `NoLongerSold`."""
        if variant_id in self.goods:
            return self.goods[variant_id]
        if variant_id in self.offers and self.offers[variant_id].trouble is Trouble.MEMBERS_ONLY:
            raise MembersOnly
        raise NoLongerSold


def look(
    db: Session,
    cart: CartView,
    buyer: Buyer,
    day: date,
    *,
    points: PointsTerms = NO_POINTS,
    tax_rates: Mapping[str, int] | None = None,
) -> Looked:
    """Price a cart. Where fewer can be had than were put in, it is the price of so few."""
    quantities = {line.variant_id: line.quantity for line in (*cart.removed, *cart.lines)}
    stand = stand_of(db, quantities, buyer, day)
    priced = price_cart(_wanted(cart.lines, stand.goods), points=points, tax_rates=tax_rates)
    fewer = {line.variant_id: line.quantity for line in priced.lines if line.is_fewer}
    if fewer:
        of_fewer = {variant_id: _goods(stand.offers[variant_id], count) for variant_id, count in fewer.items()}
        priced = price_cart(_wanted(cart.lines, {**stand.goods, **of_fewer}), points=points, tax_rates=tax_rates)
    return Looked(priced, stand.offers)


def stand_of(db: Session, quantities: Mapping[int, int], buyer: Buyer, day: date) -> Stand:
    """What there is to know of these variants in these quantities."""
    offers = offers_for(db, quantities, buyer, day)
    goods = {variant_id: _goods(offer, offer.quantity) for variant_id, offer in offers.items()}
    return Stand(offers, {variant_id: known for variant_id, known in goods.items() if known is not None})


def _goods(offer: Offer, quantity: int) -> Goods | None:
    price = offer.price_at(quantity)
    if price is None or offer.trouble in NOT_FOR_SALE:
        return None
    left = offer.choice.level.left
    return Goods(
        unit_price=price.amount,
        usual_price=price.base,
        reason=price.kind.value,
        most=MOST_PIECES if left is None else max(0, left),
        product_id=offer.product_id,
        limit=offer.limit_left,
        sold_in=offer.sold_in,
        tax_class=offer.tax_class.value,
        category=offer.purchase_category,
        earns_points=offer.earns_points,
        takes_points=offer.takes_points,
    )


def _wanted(lines: Sequence[LineView], goods: Mapping[int, Goods | None]) -> list[Wanted]:
    return [
        Wanted(
            variant_id=line.variant_id,
            quantity=line.quantity,
            shown_price=line.shown_price,
            goods=goods.get(line.variant_id),
        )
        for line in lines
    ]
