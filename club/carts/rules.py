"""What a cart costs, how points pay part of it, and what may be in it. Money in minor units, tax inside the prices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from club.errors import LimitReached, NotInStep, OutOfStock, PointsOutOfStep, TooManyPieces
from club.money import share_of, spread
from club.purchases.rules import SHOP, NewLine, NewPurchase

KEPT = timedelta(days=30)
"""A cart that nobody touches for so long is forgotten."""

MOST_LINES = 100
MOST_PIECES = 999
"""Of one line."""

GIFT = "gift"
"""Why a piece costs nothing."""

TAX_WHOLE = 10_000
"""Tax rates are hundredths of a percent: 2100 is 21 %."""


@dataclass(frozen=True, kw_only=True)
class Goods:
    """What is known of a thing at this moment, for this shopper and this quantity."""

    unit_price: int
    usual_price: int
    reason: str
    """Why the unit costs what it costs: base, sale, tier, member."""
    most: int
    """The most pieces that can be ordered now; 0: sold out."""
    product_id: int = 0
    limit: int | None = None
    """The most pieces of this product, in all its variants, that this shopper may still order."""
    sold_in: int = 1
    """It is sold in sixes, say."""
    tax_class: str = ""
    category: str = ""
    earns_points: bool = True
    takes_points: bool = True


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A line as somebody put it into the cart. Without `goods` it is no longer sold."""

    variant_id: int
    quantity: int
    shown_price: int | None
    """The unit price that was shown last, to say what has changed; never what is charged."""
    goods: Goods | None


@dataclass(frozen=True, kw_only=True)
class PointsTerms:
    """What points could pay: the wish, what there is to spend now, and so many points for so many minor units."""

    wanted: int = 0
    spendable: int = 0
    step: int = 1
    per_points: int = 1
    per_minor: int = 1

    def worth(self, points: int) -> int:
        """Minor units, rounded down in the club's favour."""
        return points * self.per_minor // self.per_points

    def most_for(self, amount: int) -> int:
        """The most points that can pay towards an amount: whole steps, never worth more than it."""
        return min(max(0, self.spendable), amount * self.per_points // self.per_minor) // self.step * self.step

    def presets(self, most: int) -> tuple[int, ...]:
        """None, a round number up to about half, the most; fewer where they are the same."""
        return tuple(sorted({0, _round_half(most, self.step), most}))


NO_POINTS = PointsTerms()


@dataclass(frozen=True, kw_only=True)
class PricedLine:
    """A line as it would be ordered now. `amount` less `discount` less `points_value` is `paid`, tax inside."""

    variant_id: int
    wanted_quantity: int
    quantity: int
    unit_price: int
    usual_price: int
    reason: str
    shown_price: int | None
    amount: int
    discount: int
    points: int
    points_value: int
    paid: int
    tax: int
    category: str
    earns_points: bool

    @property
    def saving(self) -> int:
        """What the line costs less than usual."""
        return max(0, self.usual_price - self.unit_price) * self.quantity

    @property
    def is_other_price(self) -> bool:
        """Whether the unit costs something else than what was shown last."""
        return self.shown_price is not None and self.shown_price != self.unit_price

    @property
    def is_fewer(self) -> bool:
        """Whether fewer can be had than were put in."""
        return self.quantity < self.wanted_quantity


@dataclass(frozen=True, kw_only=True)
class PricedCart:
    """A cart at this moment. `gone`: what was in it and is sold out or sold no longer."""

    lines: tuple[PricedLine, ...]
    gone: tuple[Wanted, ...]
    gifts: tuple[PricedLine, ...] = ()
    """What comes along for nothing."""
    goods: int
    saving: int
    discount: int
    points: int
    points_value: int
    most_points: int
    presets: tuple[int, ...]
    paid: int
    tax: int

    @property
    def usual(self) -> int:
        """What the same goods usually cost."""
        return self.goods + self.saving

    @property
    def all_lines(self) -> tuple[PricedLine, ...]:
        """What is bought, then what comes along for nothing."""
        return (*self.lines, *self.gifts)

    @property
    def pieces(self) -> int:
        """How many are bought in all."""
        return sum(line.quantity for line in self.lines)

    @property
    def differs(self) -> bool:
        """Whether something is not as it was shown last."""
        return bool(self.gone) or any(line.is_other_price or line.is_fewer for line in self.lines)


def price_cart(
    wanted: Sequence[Wanted],
    *,
    points: PointsTerms = NO_POINTS,
    discount: int | Mapping[int, int] = 0,
    tax_rates: Mapping[str, int] | None = None,
) -> PricedCart:
    """What the lines cost now.

    `discount` comes off the whole order and is spread over the lines by largest remainder, or is known by variant;
    points after it are spread likewise: they lower the price, and the tax inside it. Every part is stored with its
    line; of its units the first ones carry what does not divide. `tax_rates` by tax class in hundredths of a percent;
    a class without a rate has no tax inside.
    """
    sold = _can_be_had(wanted)
    amounts = [goods.unit_price * quantity for _, goods, quantity in sold]
    discounts = _discounts(discount, sold, amounts)
    left = [amount - less for amount, less in zip(amounts, discounts, strict=True)]
    payable = [rest if goods.takes_points else 0 for rest, (_, goods, _) in zip(left, sold, strict=True)]
    most = points.most_for(sum(payable))
    used = min(points.wanted, most) // points.step * points.step
    values, used_parts = spread(points.worth(used), payable), spread(used, payable)
    lines = tuple(
        _line(line, goods, quantity, discounts[i], used_parts[i], values[i], tax_rates or {})
        for i, (line, goods, quantity) in enumerate(sold)
    )
    had = {line.variant_id for line in lines}
    return PricedCart(
        lines=lines,
        gone=tuple(line for line in wanted if line.variant_id not in had),
        goods=sum(amounts),
        saving=sum(line.saving for line in lines),
        discount=sum(discounts),
        points=used,
        points_value=sum(values),
        most_points=most,
        presets=points.presets(most),
        paid=sum(line.paid for line in lines),
        tax=sum(line.tax for line in lines),
    )


def earning_part(cart: PricedCart, member_id: int, day: date) -> NewPurchase:
    """The part of the cart that earns, as a purchase: the same rules as everywhere say what it brings."""
    lines = tuple(
        NewLine(amount=line.paid, category=line.category, quantity=line.quantity, tax=line.tax)
        for line in cart.lines
        if line.earns_points
    )
    amount = sum(line.amount for line in lines)
    return NewPurchase(member_id=member_id, channel=SHOP, bought_on=day, amount=amount, lines=lines)


def tax_inside(amount: int, rate: int) -> int:
    """The tax in an amount that includes it, rounded half up. 2100 is 21 %."""
    return share_of(amount, rate, TAX_WHOLE + rate)


def check_quantity(variant_id: int, quantity: int, goods: Goods, others_of_product: int = 0) -> None:
    """Raise what speaks against so many pieces of a line.

    `others_of_product` are in other lines of the same product. Raises `NotInStep`, `LimitReached` with what this
    shopper may still have in this line, `OutOfStock` with what there is, `TooManyPieces`.
    """
    there = goods.most // goods.sold_in * goods.sold_in
    if there > 0 and quantity % goods.sold_in:
        raise NotInStep(step=goods.sold_in)
    if goods.limit is not None:
        allowed = goods.limit - others_of_product
        if quantity > allowed and allowed < there:
            raise LimitReached(product_id=goods.product_id, left=max(0, allowed))
    if quantity > there:
        raise OutOfStock(variant_id=variant_id, left=max(0, there))
    if quantity > MOST_PIECES:
        raise TooManyPieces(most=MOST_PIECES)


def check_points(points: int, step: int) -> None:
    """Raise `PointsOutOfStep` for points between two steps."""
    if points % step:
        raise PointsOutOfStep(step=step)


def merged_quantity(one: int, other: int) -> int:
    """Of two carts that become one: the larger quantity. What was put into both is neither lost nor doubled."""
    return max(one, other)


def _can_be_had(wanted: Sequence[Wanted]) -> list[tuple[Wanted, Goods, int]]:
    """What is sold, with the quantity that stock and the limit of its product leave; earlier lines come first."""
    left: dict[int, int] = {}
    sold = []
    for line in wanted:
        goods = line.goods
        if goods is None:
            continue
        quantity = min(line.quantity, goods.most)
        if goods.limit is not None:
            quantity = min(quantity, left.setdefault(goods.product_id, goods.limit))
        quantity = quantity // goods.sold_in * goods.sold_in
        if goods.limit is not None:
            left[goods.product_id] -= max(0, quantity)
        if quantity > 0:
            sold.append((line, goods, quantity))
    return sold


def _discounts(
    discount: int | Mapping[int, int], sold: Sequence[tuple[Wanted, Goods, int]], amounts: Sequence[int]
) -> list[int]:
    if isinstance(discount, int):
        return spread(min(discount, sum(amounts)), amounts)
    return [min(discount.get(line.variant_id, 0), amount) for (line, _, _), amount in zip(sold, amounts, strict=True)]


def gift_line(variant_id: int, quantity: int, usual_price: int, category: str) -> PricedLine:
    """What an offer gives along: it costs nothing, earns nothing, and no points go into it."""
    return PricedLine(
        variant_id=variant_id,
        wanted_quantity=quantity,
        quantity=quantity,
        unit_price=0,
        usual_price=usual_price,
        reason=GIFT,
        shown_price=None,
        amount=0,
        discount=0,
        points=0,
        points_value=0,
        paid=0,
        tax=0,
        category=category,
        earns_points=False,
    )


def _line(
    line: Wanted, goods: Goods, quantity: int, discount: int, points: int, value: int, tax_rates: Mapping[str, int]
) -> PricedLine:
    amount = goods.unit_price * quantity
    paid = amount - discount - value
    return PricedLine(
        variant_id=line.variant_id,
        wanted_quantity=line.quantity,
        quantity=quantity,
        unit_price=goods.unit_price,
        usual_price=goods.usual_price,
        reason=goods.reason,
        shown_price=line.shown_price,
        amount=amount,
        discount=discount,
        points=points,
        points_value=value,
        paid=paid,
        tax=tax_inside(paid, tax_rates.get(goods.tax_class, 0)),
        category=goods.category,
        earns_points=goods.earns_points,
    )


def _round_half(most: int, step: int) -> int:
    """The largest of 1, 2, 5, 10, 20, 50 … that is at most half, in whole steps."""
    half, best, tens = most // 2, 0, 1
    while tens <= half:
        best = max(best, *(tens * digit for digit in (1, 2, 5) if tens * digit <= half))
        tens *= 10
    return best // step * step
