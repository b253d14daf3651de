"""What several offers do together, in one table; and what they come to for the goods in a cart or of a sale. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations_with_replacement

from club.money import share_of, spread
from club.offers.rules import WHOLE, Kind, Offer


class Together(StrEnum):
    """What becomes of two offers that both hold."""

    BETTER = "better"
    """The one that takes more off; the other is left unused."""
    BOTH = "both"
    APART = "apart"
    """One of them is never used in a cart, so they do not meet."""


_PRICE, _ONE_OF = {Kind.PERCENT, Kind.AMOUNT}, {Kind.FREE_DELIVERY, Kind.MULTIPLIER}


def _together(one: Kind, other: Kind) -> Together:
    if Kind.PARTNER in {one, other}:
        return Together.APART
    if {one, other} <= _PRICE or (one is other and one in _ONE_OF):
        return Together.BETTER
    return Together.BOTH


STACKING: Mapping[tuple[Kind, Kind], Together] = {
    pair: _together(*pair) for pair in combinations_with_replacement(Kind, 2)
}
"""The one table: shown to staff, followed by `apply`. One reduction of the price, one free delivery, one multiplier of
points, and every gift; each beside the others."""


def together(one: Kind, other: Kind) -> Together:
    """The same whichever comes first."""
    return STACKING.get((one, other)) or STACKING[other, one]


@dataclass(frozen=True, kw_only=True)
class Line:
    """Goods as offers look at them: what they cost now, and what they are."""

    amount: int
    product_id: int = 0
    categories: frozenset[int] = frozenset()
    """Its category and all above it."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An offer that somebody may use now, by itself or with a voucher. `left` of its budget; None: no end."""

    offer_id: int
    offer: Offer
    voucher_id: int | None = None
    left: int | None = None


@dataclass(frozen=True, kw_only=True)
class Used:
    """An offer that counts. `saves` minor units; `cost` is what the club gives for it, where that is known already."""

    candidate: Candidate
    saves: int = 0
    cost: int = 0

    @property
    def offer(self) -> Offer:
        """What counts."""
        return self.candidate.offer


class Why(StrEnum):
    """Why one that somebody has does not count."""

    LEAST = "least"
    """More goods are needed."""
    GOODS = "goods"
    """None of the goods that it is for are there."""
    BETTER = "better"
    """Another one takes more off."""
    NO_GIFT = "no_gift"
    """The gift is sold out."""
    BUDGET = "budget"


@dataclass(frozen=True, kw_only=True)
class Unused:
    """One that does not count, and why; `missing` minor units of goods."""

    candidate: Candidate
    why: Why
    missing: int = 0

    @property
    def offer(self) -> Offer:
        """What does not count."""
        return self.candidate.offer


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What the offers come to. `per_line` sums to `discount`; delivery counts where there is something to pay for."""

    price: Used | None = None
    per_line: tuple[int, ...] = ()
    delivery: Used | None = None
    other_deliveries: tuple[Used, ...] = ()
    """Free deliveries behind the first: one of them counts where the budget of the first is too small."""
    multiplier: Used | None = None
    gifts: tuple[Used, ...] = ()
    unused: tuple[Unused, ...] = ()

    @property
    def discount(self) -> int:
        """Minor units off the goods."""
        return sum(self.per_line)

    @property
    def all(self) -> tuple[Used, ...]:
        """Everything that counts."""
        ones = (self.price, self.delivery, self.multiplier)
        return (*(used for used in ones if used is not None), *self.gifts)

    def with_delivery(self, price: int) -> "Applied":
        """Free delivery saves what delivery would cost: the first one for which so much is left; for nothing, none."""
        if self.delivery is None:
            return self
        if not price:
            return replace(self, delivery=None, other_deliveries=())
        every = [one.candidate for one in (self.delivery, *self.other_deliveries)]
        chosen = next((one for one in every if _is_left(one, price)), None)
        passed = [
            Unused(candidate=one, why=Why.BETTER if _is_left(one, price) else Why.BUDGET)
            for one in every
            if one is not chosen
        ]
        return replace(
            self,
            delivery=None if chosen is None else Used(candidate=chosen, saves=price, cost=price),
            other_deliveries=(),
            unused=(*(one for one in self.unused if one.candidate not in every), *passed),
        )


NONE_APPLIED = Applied()


def apply(
    candidates: Sequence[Candidate],
    lines: Sequence[Line],
    gift_prices: Mapping[int, int],
    gifts_left: Mapping[int, int] | None = None,
) -> Applied:
    """Which offers count for these goods. `gift_prices`: what a gift costs, by variant, for those that are there.

    `gifts_left`: how many pieces of a gift there are; as many as wanted where it says nothing.
    Of several reductions the one that takes most off, of equals one without a voucher; it is spread over the goods
    that it is for by largest remainder and never takes more off than they cost.
    """
    looked_at = [_one(candidate, lines, gift_prices) for candidate in sorted(candidates, key=_order)]
    found = _handed_out(looked_at, gifts_left or {})
    useful = [one for one in found if isinstance(one, Used)]
    unused = [one for one in found if isinstance(one, Unused)]
    prices = sorted((one for one in useful if one.offer.kind in _PRICE), key=lambda one: -one.saves)
    deliveries = [one for one in useful if one.offer.kind is Kind.FREE_DELIVERY]
    multipliers = sorted(
        (one for one in useful if one.offer.kind is Kind.MULTIPLIER),
        key=lambda one: -(one.offer.percent - WHOLE) * sum(eligible(one.offer, lines)),
    )
    beaten = [*prices[1:], *deliveries[1:], *multipliers[1:]]
    price = prices[0] if prices else None
    return Applied(
        price=price,
        per_line=_per_line(price, lines) if price else tuple(0 for _ in lines),
        delivery=deliveries[0] if deliveries else None,
        other_deliveries=tuple(deliveries[1:]),
        multiplier=multipliers[0] if multipliers else None,
        gifts=tuple(one for one in useful if one.offer.kind is Kind.GIFT),
        unused=(*unused, *(Unused(candidate=one.candidate, why=Why.BETTER) for one in beaten)),
    )


def eligible(offer: Offer, lines: Sequence[Line]) -> list[int]:
    """What of each line the offer is for."""
    return [line.amount if _is_for(offer, line) else 0 for line in lines]


def reduction(offer: Offer, goods: int) -> int:
    """What it takes off goods of this price, never more than they cost."""
    if offer.kind is Kind.PERCENT:
        return share_of(goods, offer.percent, WHOLE)
    return min(offer.amount, goods) if offer.kind is Kind.AMOUNT else 0


def _order(candidate: Candidate) -> tuple[bool, int, int]:
    """What needs no voucher comes first, so that of equals no voucher is spent."""
    return candidate.voucher_id is not None, candidate.offer_id, candidate.voucher_id or 0


def _one(candidate: Candidate, lines: Sequence[Line], gift_prices: Mapping[int, int]) -> Used | Unused:
    offer = candidate.offer
    goods = sum(eligible(offer, lines))
    narrow = bool(offer.products or offer.categories)
    if narrow and not goods:
        return Unused(candidate=candidate, why=Why.GOODS)
    if goods < offer.least_goods:
        return Unused(candidate=candidate, why=Why.LEAST, missing=offer.least_goods - goods)
    if offer.kind in _PRICE and not goods:
        return Unused(candidate=candidate, why=Why.GOODS)
    saves = reduction(offer, goods)
    cost = saves
    if offer.kind is Kind.GIFT:
        price = gift_prices.get(offer.gift_variant_id or 0)
        if price is None:
            return Unused(candidate=candidate, why=Why.NO_GIFT)
        cost = price * offer.gift_quantity
    if not _is_left(candidate, cost):
        return Unused(candidate=candidate, why=Why.BUDGET)
    if offer.kind in _PRICE and not saves:
        return Unused(candidate=candidate, why=Why.GOODS)
    return Used(candidate=candidate, saves=saves, cost=cost)


def _handed_out(found: Sequence[Used | Unused], gifts_left: Mapping[int, int]) -> list[Used | Unused]:
    """Gifts are given one offer after the other, as long as pieces are there."""
    left, given = dict(gifts_left), list[Used | Unused]()
    for one in found:
        variant_id = one.offer.gift_variant_id or 0
        if isinstance(one, Unused) or one.offer.kind is not Kind.GIFT or variant_id not in left:
            given.append(one)
        elif left[variant_id] < one.offer.gift_quantity:
            given.append(Unused(candidate=one.candidate, why=Why.NO_GIFT))
        else:
            left[variant_id] -= one.offer.gift_quantity
            given.append(one)
    return given


def _is_left(candidate: Candidate, cost: int) -> bool:
    """Whether the budget is enough; what somebody holds a voucher for is kept whatever is left."""
    if candidate.left is None or candidate.voucher_id is not None:
        return True
    return candidate.left > 0 and cost <= candidate.left


def _per_line(price: Used, lines: Sequence[Line]) -> tuple[int, ...]:
    return tuple(spread(price.saves, eligible(price.offer, lines)))


def _is_for(offer: Offer, line: Line) -> bool:
    if not offer.products and not offer.categories:
        return True
    return line.product_id in offer.products or not line.categories.isdisjoint(offer.categories)
