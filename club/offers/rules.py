"""An offer as staff write it, when it holds, and for whom; what several do together is in `stacking.py`. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from club.errors import BadOffer
from club.money import LARGEST_AMOUNT
from club.texts import Texts

LONGEST_TITLE, LONGEST_WORDS, LONGEST_NOTE = 120, 1000, 500
HIGHEST_MULTIPLIER = 1000
MOST_GIFTS = 12
MOST_OF_LIMIT = 10**9
MOST_DAYS = 3650
NO_TEXTS = Texts({})
WHOLE = 100
MOST_HELD_BACK = 50


class Kind(StrEnum):
    """What an offer gives."""

    PERCENT = "percent"
    AMOUNT = "amount"
    GIFT = "gift"
    FREE_DELIVERY = "free_delivery"
    MULTIPLIER = "multiplier"
    PARTNER = "partner"
    """A code of somebody else's, from a pool."""


REDUCES = frozenset({Kind.PERCENT, Kind.AMOUNT})
"""These lower the prices of what is bought."""


class Who(StrEnum):
    """Which members it is for."""

    ALL = "all"
    RUNG = "rung"
    """Those of a tier and of every higher one."""
    PICKED = "picked"


class Way(StrEnum):
    """How somebody comes by it."""

    AUTOMATIC = "automatic"
    ACTIVATE = "activate"
    REDEEM = "redeem"
    """For points."""


class Place(StrEnum):
    """Where it is used."""

    SHOP = "shop"
    COUNTER = "counter"
    BOTH = "both"


class Phase(StrEnum):
    """Where it stands today."""

    DRAFT = "draft"
    PLANNED = "planned"
    LIVE = "live"
    ENDED = "ended"


class VoucherState(StrEnum):
    """What became of a voucher."""

    ACTIVE = "active"
    HELD = "held"
    """An order that is not settled yet has it."""
    USED = "used"
    UNDONE = "undone"
    """Its member took it back within minutes."""
    EXPIRED = "expired"
    ENDED = "ended"
    """The club ended the offer; points came back."""


class UseState(StrEnum):
    """What became of a use."""

    HELD = "held"
    USED = "used"
    GIVEN_BACK = "given_back"


class Fault(StrEnum):
    """What speaks against an offer as it is written."""

    TITLE = "title"
    PERCENT = "percent"
    AMOUNT = "amount"
    GIFT = "gift"
    MULTIPLIER = "multiplier"
    RUNG = "rung"
    DATES = "dates"
    POINTS = "points"
    """An offer for points needs its price, every other one has none."""
    LEAST = "least"
    LIMITS = "limits"
    BUDGET = "budget"
    DAYS = "days"
    GOODS = "goods"
    """Points are not multiplied by product, and delivery, partner and gift offers take no narrowing to nothing."""
    PLACE = "place"
    """There is no delivery at the counter."""
    WAY = "way"
    """A partner's code goes to whoever asks for it, never by itself."""
    GIVEN = "given"
    """What comes as a gift alone is for whomever a rule of gifts says, as often as it says."""
    HELD_BACK = "held_back"


UNDO = timedelta(minutes=10)
"""So long something that was activated can be taken back."""
MOST_CODES = 3
"""In one cart."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """An offer as it is written. Amounts in minor units; days of the club, both included."""

    kind: Kind
    title: Texts
    words: Texts = NO_TEXTS
    condition: Texts = NO_TEXTS
    who: Who = Who.ALL
    rung_key: str | None = None
    way: Way = Way.AUTOMATIC
    place: Place = Place.BOTH
    percent: int = 0
    """percent: so much off; multiplier: 200 doubles."""
    amount: int = 0
    gift_variant_id: int | None = None
    gift_quantity: int = 1
    points: int = 0
    """What it costs to redeem."""
    least_goods: int = 0
    """So much of the goods that it is for must be there."""
    products: tuple[int, ...] = ()
    categories: tuple[int, ...] = ()
    """With all below them. Neither products nor categories: all goods."""
    starts_on: date
    ends_on: date | None = None
    voucher_days: int | None = None
    """How long a voucher is good; none: as long as the offer runs."""
    limit_all: int | None = None
    limit_member: int | None = None
    budget: int | None = None
    """Minor units; for a multiplier points. When it is spent the offer stops."""
    note: str = ""
    only_given: bool = False
    """It comes as a gift of the club alone: nobody sees, activates or redeems it."""
    held_back_percent: int = 0
    """So many members get none of it, so that what it brings can be told."""

    @property
    def has_vouchers(self) -> bool:
        """Whether somebody has to do something to get it."""
        return self.way is not Way.AUTOMATIC

    @property
    def is_narrow(self) -> bool:
        """Whether it is for certain goods alone."""
        return bool(self.products or self.categories)

    def holds_back(self, offer_id: int, person_id: int) -> bool:
        """Whether this member is one of those who get none of it."""
        return self.held_back_percent > 0 and is_held_back(offer_id, person_id, self.held_back_percent)

    def is_for(self, place: Place) -> bool:
        """Whether it is used there."""
        return self.place in {place, Place.BOTH}

    def runs_on(self, day: date) -> bool:
        """Whether its days include this one."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def good_until(self, day: date) -> date | None:
        """The last day of a voucher that is made on a day. What was paid for with points may outlive its offer."""
        if self.voucher_days is None:
            return self.ends_on
        last = day + timedelta(days=self.voucher_days)
        return last if self.way is Way.REDEEM or self.ends_on is None else min(last, self.ends_on)

    @property
    def is_for_good(self) -> bool:
        """Whether it can be promised for a day to come: it comes as a gift alone, and nothing uses it up or ends it."""
        limits = (self.limit_all, self.limit_member, self.budget, self.ends_on)
        return self.only_given and all(limit is None for limit in limits)

    def check(self) -> None:
        """Raise `BadOffer` with the first thing that cannot be meant."""
        for fault, is_wrong in (
            (Fault.TITLE, not self.title or any(len(text) > LONGEST_TITLE for text in self.title.values())),
            (Fault.PERCENT, self.kind is Kind.PERCENT and not 1 <= self.percent <= WHOLE),
            (Fault.AMOUNT, self.kind is Kind.AMOUNT and not 1 <= self.amount <= LARGEST_AMOUNT),
            (Fault.GIFT, self.kind is Kind.GIFT and not _is_gift(self)),
            (Fault.MULTIPLIER, self.kind is Kind.MULTIPLIER and not WHOLE < self.percent <= HIGHEST_MULTIPLIER),
            (Fault.RUNG, (self.who is Who.RUNG) != bool(self.rung_key)),
            (Fault.DATES, self.ends_on is not None and self.ends_on < self.starts_on),
            (Fault.POINTS, not _right_points(self)),
            (Fault.LEAST, not 0 <= self.least_goods <= LARGEST_AMOUNT),
            (Fault.LIMITS, not all(_is_limit(limit) for limit in (self.limit_all, self.limit_member))),
            (Fault.BUDGET, self.budget is not None and not 1 <= self.budget <= LARGEST_AMOUNT),
            (Fault.DAYS, self.voucher_days is not None and not 0 <= self.voucher_days <= MOST_DAYS),
            (Fault.GOODS, self.kind is Kind.MULTIPLIER and bool(self.products)),
            (Fault.PLACE, self.kind is Kind.FREE_DELIVERY and self.place is not Place.SHOP),
            (Fault.WAY, self.kind is Kind.PARTNER and self.way is Way.AUTOMATIC),
            (Fault.GIVEN, self.only_given and not _is_gift_alone(self)),
            (Fault.HELD_BACK, not 0 <= self.held_back_percent <= MOST_HELD_BACK),
        ):  # fmt: skip
            if is_wrong:
                raise BadOffer(fault.value)


def phase(offer: Offer, *, is_published: bool, is_ended: bool, day: date) -> Phase:
    """Where an offer stands on a day."""
    if is_ended or (is_published and offer.ends_on is not None and offer.ends_on < day):
        return Phase.ENDED
    if not is_published:
        return Phase.DRAFT
    return Phase.PLANNED if day < offer.starts_on else Phase.LIVE


def is_held_back(offer_id: int, person_id: int, percent: int) -> bool:
    """Whether a member gets none of an offer: by a number that stays, another one for each offer.

    Multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4); `counting.held_back` says the same in SQL.
    """
    return person_id * multiplier_of(offer_id) % 2**32 // 2**16 % WHOLE < percent


def multiplier_of(offer_id: int) -> int:
    """An odd number of 32 bits for each offer: two offers hold back members that have nothing to do with each other."""
    return (2_654_435_761 + offer_id * 2_027_808_446) % 2**32 | 1


def _right_points(offer: Offer) -> bool:
    if offer.way is Way.REDEEM:
        return 1 <= offer.points <= MOST_OF_LIMIT
    return offer.points == 0


def _is_gift(offer: Offer) -> bool:
    return offer.gift_variant_id is not None and 1 <= offer.gift_quantity <= MOST_GIFTS


def _is_gift_alone(offer: Offer) -> bool:
    is_free = offer.way is Way.ACTIVATE and offer.who is Who.ALL and offer.kind is not Kind.PARTNER
    has_bounds = any(bound is not None for bound in (offer.limit_all, offer.limit_member, offer.budget))
    return is_free and not has_bounds and not offer.held_back_percent


def _is_limit(limit: int | None) -> bool:
    return limit is None or 1 <= limit <= MOST_OF_LIMIT
