"""What a product costs somebody: which price holds, why, and what it is compared with. See docs/decisions/0015.

Every kind of price offers at most one amount; the lowest that is offered is paid, and of equals the most specific is
named. So nobody ever pays more than somebody of whom the club knows less.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from club.catalogue.rules.faults import Fault
from club.clock import ONE_DAY
from club.errors import BadPrice
from club.money import LARGEST_AMOUNT, share_of

BEFORE_A_SALE = timedelta(days=30)
"""Directive 98/6/EC, article 6a: the prior price is the lowest of the 30 days before a reduction."""
LONGEST_SALE = timedelta(days=366)
MOST_QUANTITY = 100_000


class Kind(StrEnum):
    """Whose price it is, from everybody's to one member's."""

    BASE = "base"
    SALE = "sale"
    TIER = "tier"
    MEMBER = "member"


SPECIFIC = (Kind.MEMBER, Kind.TIER, Kind.SALE, Kind.BASE)
"""The most specific first."""


@dataclass(frozen=True)
class PriceRow:
    """A price that somebody set: an amount in minor units, or so many percent off the base price, or neither.

    A row with neither ends earlier ones of its kind, place and quantity while it holds.
    """

    kind: Kind
    from_on: date
    until_on: date | None = None
    amount: int | None = None
    percent: int | None = None
    variant_id: int | None = None
    """None: of every variant of the product."""
    rung_key: str | None = None
    min_quantity: int = 1
    id: int = 0

    @property
    def speaks(self) -> bool:
        """Whether it says a price; if not, it ends earlier ones."""
        return self.amount is not None or self.percent is not None

    def holds_on(self, day: date) -> bool:
        """Whether the row is in force on a day."""
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True)
class Buyer:
    """Who looks at a price, as far as prices care. A guest has no tier."""

    member_id: int | None = None
    rung_key: str | None = None
    rung_keys: frozenset[str] = frozenset()
    """Their own tier and every one below it."""
    discount_percent: int = 0
    """What their tier takes off the base price."""

    @property
    def is_member(self) -> bool:
        """Whether this is a member of the club."""
        return self.member_id is not None

    def without_discount(self) -> "Buyer":
        """The same for a product that the tier's percentage does not come off."""
        return replace(self, discount_percent=0)


GUEST = Buyer()


@dataclass(frozen=True)
class Shown:
    """The price of one unit for one buyer, and how to explain it. Minor units, tax included."""

    amount: int
    kind: Kind
    """Which price it is."""
    public: int
    """What everybody pays today."""
    base: int
    """The usual price."""
    lowest_before: int | None = None
    """The lowest public price of the 30 days before the running public reduction; to be shown beside it."""
    rung_key: str | None = None
    """Of a tier's price: whose."""
    percent: int | None = None
    """Where it is a percentage off the base price."""
    until_on: date | None = None
    """The last day of this price, where it has one."""

    @property
    def is_reduced(self) -> bool:
        """Whether the buyer pays less than the usual price."""
        return self.amount < self.base

    @property
    def saving(self) -> int:
        """How much less than everybody."""
        return self.public - self.amount


def price_for(rows: Sequence[PriceRow], variant_id: int, buyer: Buyer, day: date, quantity: int = 1) -> Shown | None:
    """What this buyer pays for one unit when they take so many; None where the variant has no base price that day.

    `rows` are those of the variant's product; others of it do no harm. Rows of the kind `member` are the buyer's own.
    """
    own = [row for row in rows if row.variant_id in (None, variant_id)]
    base_row = _chosen(own, Kind.BASE, day, quantity)
    if base_row is None or base_row.amount is None:
        return None
    base = base_row.amount
    sale_row = _chosen(own, Kind.SALE, day, quantity)
    offers = [(Kind.BASE, base, base_row)]
    offers += [(row.kind, _amount(row, base), row) for row in (sale_row,) if row is not None]
    public = min(amount for _, amount, _ in offers)
    offers += [(Kind.TIER, _amount(row, base), row) for row in _of_tiers(own, buyer, day, quantity)]
    if buyer.is_member:
        member_row = _chosen(own, Kind.MEMBER, day, quantity)
        offers += [(row.kind, _amount(row, base), row) for row in (member_row,) if row is not None]
    kind, amount, row = min(offers, key=lambda offer: (offer[1], SPECIFIC.index(offer[0])))
    is_public_sale = sale_row is not None and _amount(sale_row, base) < base
    return Shown(
        amount=amount,
        kind=kind,
        public=public,
        base=base,
        lowest_before=lowest_before(own, variant_id, sale_row.from_on) if sale_row and is_public_sale else None,
        rung_key=row.rung_key,
        percent=row.percent,
        until_on=row.until_on,
    )


def public_price(rows: Sequence[PriceRow], variant_id: int, day: date) -> int | None:
    """What everybody pays for one unit on a day: the base price, or the sale's where that is lower."""
    own = [row for row in rows if row.variant_id in (None, variant_id)]
    base = _chosen(own, Kind.BASE, day, 1)
    if base is None or base.amount is None:
        return None
    sale = _chosen(own, Kind.SALE, day, 1)
    return base.amount if sale is None else min(base.amount, _amount(sale, base.amount))


def lowest_before(rows: Sequence[PriceRow], variant_id: int, start: date) -> int | None:
    """The lowest public price of the 30 days before a reduction starts; None where it was not for sale then."""
    first = start - BEFORE_A_SALE
    public = [row for row in rows if row.kind in (Kind.BASE, Kind.SALE)]
    turns = {row.from_on for row in public} | {row.until_on + ONE_DAY for row in public if row.until_on}
    days = {first} | {day for day in turns if first < day < start}
    amounts = [public_price(public, variant_id, day) for day in days]
    return min((amount for amount in amounts if amount is not None), default=None)


def unit_price(amount: int, content: int) -> int:
    """The price of one whole unit from a price and its contents in thousandths of that unit, rounded half up once."""
    return share_of(amount, 1000, content)


def check_price(row: PriceRow) -> None:
    """Raise `BadPrice` unless the row can hold."""
    if row.amount is not None and row.percent is not None:
        raise BadPrice(Fault.AMOUNT_OR_PERCENT)
    if row.amount is not None and not 0 <= row.amount <= LARGEST_AMOUNT:
        raise BadPrice(Fault.OUT_OF_RANGE, f"0–{LARGEST_AMOUNT}")
    if row.percent is not None and not 1 <= row.percent <= 100:
        raise BadPrice(Fault.OUT_OF_RANGE, "1–100 %")
    if not 1 <= row.min_quantity <= MOST_QUANTITY:
        raise BadPrice(Fault.OUT_OF_RANGE, f"1–{MOST_QUANTITY}")
    if row.kind is Kind.BASE and (row.percent is not None or row.until_on is not None):
        raise BadPrice(Fault.BASE_SHAPE)
    if row.until_on is not None and row.until_on < row.from_on:
        raise BadPrice(Fault.DAYS_REVERSED)
    if row.kind is Kind.SALE and (row.until_on is None or row.until_on - row.from_on > LONGEST_SALE):
        raise BadPrice(Fault.SALE_NEEDS_END)
    if (row.kind is Kind.TIER) != (row.rung_key is not None):
        raise BadPrice(Fault.TIER_NAMED)


def _chosen(
    rows: Iterable[PriceRow], kind: Kind, day: date, quantity: int, rung_key: str | None = None
) -> PriceRow | None:
    """The one row of a kind that speaks: the variant's own before the product's, the largest quantity that is reached,
    the latest start, the latest entry. One that says nothing leaves the word to wider ones.
    """
    found = [
        row
        for row in rows
        if row.kind is kind and row.rung_key == rung_key and row.holds_on(day) and row.min_quantity <= quantity
    ]
    places: dict[tuple[bool, int], PriceRow] = {}
    for row in sorted(found, key=lambda row: (row.from_on, row.id)):
        places[row.variant_id is not None, row.min_quantity] = row
    speaking = [place for place, row in places.items() if row.speaks]
    return places[max(speaking)] if speaking else None


def _of_tiers(rows: Sequence[PriceRow], buyer: Buyer, day: date, quantity: int) -> list[PriceRow]:
    """What the buyer's tier and those below it offer; the tier's own discount where it has no price of its own."""
    found = {key: _chosen(rows, Kind.TIER, day, quantity, key) for key in buyer.rung_keys}
    offers = [row for row in found.values() if row is not None]
    if buyer.discount_percent and found.get(buyer.rung_key or "") is None:
        offers.append(PriceRow(Kind.TIER, date.min, percent=buyer.discount_percent, rung_key=buyer.rung_key))
    return sorted(offers, key=lambda row: row.rung_key != buyer.rung_key)


def _amount(row: PriceRow, base: int) -> int:
    if row.amount is not None:
        return row.amount
    return share_of(base, 100 - (row.percent or 0), 100)
