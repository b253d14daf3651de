"""What the catalogue says of things in a cart, as the rules of carts take it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from club.carts.models import CartView, LineView
from club.carts.rules import (
    MOST_PIECES,
    NO_POINTS,
    Goods,
    PointsTerms,
    PricedCart,
    PricedLine,
    Wanted,
    gift_line,
    price_cart,
)
from club.catalogue.buying import Offer, Trouble, offers_for
from club.catalogue.categories import Tree, tree
from club.catalogue.rules.pricing import Buyer
from club.errors import MembersOnly, NoLongerSold
from club.offers.counting import candidates_for
from club.offers.rules import Kind, Place
from club.offers.stacking import NONE_APPLIED, Applied, Candidate, Line, apply

NOT_FOR_SALE = (Trouble.GONE, Trouble.NO_PRICE, Trouble.MEMBERS_ONLY)


@dataclass(frozen=True)
class Looked:
    """A cart with its prices of this moment, and what is known of the things in it, taken out ones included."""

    priced: PricedCart
    offers: Mapping[int, Offer]
    applied: Applied = NONE_APPLIED
    """The club's offers that count."""


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
) -> Looked:
    """Price a cart with the offers that count; its tax follows where it goes (`orders.drafting.with_taxes`).

    Where fewer can be had than were put in, it is the price of so few.
    """
    candidates = candidates_for(db, buyer, day, Place.SHOP, cart.voucher_ids)
    quantities = {
        **gifts_in(candidates),
        **{line.variant_id: line.quantity for line in (*cart.removed, *cart.lines)},
    }
    stand = stand_of(db, quantities, buyer, day, counted={line.variant_id for line in cart.lines})
    goods: dict[int, Goods | None] = dict(stand.goods)
    plain = price_cart(_wanted(cart.lines, goods), points=NO_POINTS if candidates else points)
    fewer = {line.variant_id: line.quantity for line in plain.lines if line.is_fewer}
    if fewer:
        goods |= {variant_id: _goods(stand.offers[variant_id], count) for variant_id, count in fewer.items()}
        plain = price_cart(_wanted(cart.lines, goods), points=NO_POINTS if candidates else points)
    if not candidates:
        return Looked(plain, stand.offers)
    known = tree(db)
    lines = [_line_for_offers(line.amount, stand.offers[line.variant_id], known) for line in plain.lines]
    gifts = gifts_in(candidates)
    applied = apply(
        candidates, lines, gift_prices(gifts, stand.offers), gifts_left(gifts, stand.offers, _in_cart(plain))
    )
    off = {line.variant_id: part for line, part in zip(plain.lines, applied.per_line, strict=False)}
    priced = price_cart(_wanted(cart.lines, goods), points=points, discount=off)
    return Looked(replace(priced, gifts=_gifts(applied, stand.offers)), stand.offers, applied)


def gifts_in(candidates: Sequence[Candidate]) -> dict[int, int]:
    """What offers may give along: variant → pieces, all offers together."""
    found: dict[int, int] = {}
    for candidate in candidates:
        offer = candidate.offer
        if offer.kind is Kind.GIFT and offer.gift_variant_id is not None:
            found[offer.gift_variant_id] = found.get(offer.gift_variant_id, 0) + offer.gift_quantity
    return found


def gift_prices(gifts: Mapping[int, int], offers: Mapping[int, Offer]) -> dict[int, int]:
    """What a piece of each gift costs that the shop has."""
    found = {}
    for variant_id, pieces in gifts.items():
        offer = offers.get(variant_id)
        price = None if offer is None else offer.price_at(pieces)
        if offer is not None and price is not None and offer.trouble not in NOT_FOR_SALE:
            found[variant_id] = price.amount
    return found


def gifts_left(gifts: Collection[int], offers: Mapping[int, Offer], in_cart: Mapping[int, int]) -> dict[int, int]:
    """How many pieces of each gift are there beside what is bought of it; without an end it is left out."""
    levels = {variant_id: offers[variant_id].choice.level.left for variant_id in gifts if variant_id in offers}
    return {variant_id: left - in_cart.get(variant_id, 0) for variant_id, left in levels.items() if left is not None}


def _in_cart(priced: PricedCart) -> dict[int, int]:
    return {line.variant_id: line.quantity for line in priced.lines}


def _line_for_offers(amount: int, offer: Offer, known: Tree) -> Line:
    categories = frozenset(node.id for node in known.path(offer.category_id))
    return Line(amount=amount, product_id=offer.product_id, categories=categories)


def _gifts(applied: Applied, offers: Mapping[int, Offer]) -> tuple[PricedLine, ...]:
    found = []
    for used in applied.gifts:
        offer = offers[used.offer.gift_variant_id or 0]
        price = offer.price_at(used.offer.gift_quantity)
        usual = price.base if price else 0
        found.append(gift_line(offer.variant_id, used.offer.gift_quantity, usual, offer.purchase_category))
    return tuple(found)


def stand_of(
    db: Session, quantities: Mapping[int, int], buyer: Buyer, day: date, counted: Collection[int] | None = None
) -> Stand:
    """What there is to know of these variants in these quantities; `counted` as `offers_for` takes it."""
    offers = offers_for(db, quantities, buyer, day, counted)
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
