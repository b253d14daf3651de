"""Where goods go, what that costs, and which tax is inside, as values. Money in minor units, weights in grams."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from club.catalogue.rules.products import TaxClass
from club.errors import AgeNotConfirmed, NotSentThere, NotSoldThere, PhoneNeeded, ValueTooHigh
from club.texts import Texts

EU_MEMBERS = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
"""The 27 countries of the European Union (european-union.europa.eu, "EU countries")."""


class Kind(StrEnum):
    """How goods come to people."""

    SHIP = "ship"
    PICKUP = "pickup"


@dataclass(frozen=True, kw_only=True)
class Zone:
    """Places that cost the same. Beginnings of postcodes are kept as `plain` gives them."""

    id: int = 0
    name: str
    countries: tuple[str, ...]
    postcodes: tuple[str, ...] = ()
    not_postcodes: tuple[str, ...] = ()
    version: int = 1

    def nearness(self, country: str, postcode: str) -> int | None:
        """How many signs of the postcode speak for it; 0: only the country does; None: the place is not in it."""
        if country not in self.countries or longest_beginning(postcode, self.not_postcodes) is not None:
            return None
        return longest_beginning(postcode, self.postcodes) if self.postcodes else 0


@dataclass(frozen=True, kw_only=True)
class PriceRow:
    """What a way costs into a zone, up to a weight and a value of the goods; a pick-up has no zone."""

    zone_id: int | None
    price: int
    up_to_grams: int | None = None
    up_to_value: int | None = None

    def holds(self, zone_id: int | None, grams: int, value: int) -> bool:
        """Whether it is the price for goods of this weight and value into this zone."""
        return (
            self.zone_id == zone_id
            and (self.up_to_grams is None or grams <= self.up_to_grams)
            and (self.up_to_value is None or value <= self.up_to_value)
        )


@dataclass(frozen=True, kw_only=True)
class Method:
    """One way to get the goods, with its prices."""

    id: int = 0
    kind: Kind
    name: Texts
    words: Texts
    tax_class: TaxClass = TaxClass.STANDARD
    free_from: int | None = None
    days_from: int = 0
    days_to: int = 0
    needs_phone: bool = False
    is_active: bool = True
    prices: tuple[PriceRow, ...] = ()
    version: int = 1

    def price_for(self, zone_id: int | None, grams: int, value: int) -> int | None:
        """The cheapest of the rows that hold, nothing from `free_from` on; None: it does not go there so."""
        place = None if self.kind is Kind.PICKUP else zone_id
        held = [row.price for row in self.prices if row.holds(place, grams, value)]
        if not held or (self.kind is Kind.SHIP and zone_id is None):
            return None
        return 0 if self.free_from is not None and value >= self.free_from else min(held)


@dataclass(frozen=True, kw_only=True)
class Quote:
    """A way that is open for these goods to this place, and what it costs, tax inside."""

    method_id: int
    kind: Kind
    name: Texts
    words: Texts
    price: int
    tax_class: TaxClass
    free_from: int | None
    days_from: int
    days_to: int
    needs_phone: bool


@dataclass(frozen=True, kw_only=True)
class Rate:
    """The tax of a class in a country, or where its postcodes begin so, from a day on; hundredths of a percent."""

    id: int = 0
    country: str
    postcodes: tuple[str, ...] = ()
    tax_class: TaxClass
    rate: int
    from_on: date


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What holds for people and parcels of a country."""

    country: str
    may_buy: bool = True
    may_receive: bool = True
    may_join: bool = True
    may_spend_points: bool = True
    min_age: int | None = None
    most_value: int | None = None
    needs_phone: bool = False
    version: int = 0
    """0: nobody has written it down; it follows from the club's own country."""


@dataclass(frozen=True, kw_only=True)
class Saved:
    """Where a member's goods go unless they say otherwise."""

    full_name: str
    country: str
    address: str = ""
    postcode: str = ""
    city: str = ""
    phone: str = ""
    address_more: str = ""
    company: str = ""
    tax_number: str = ""
    method_id: int | None = None
    """The way they chose last."""


def plain(postcode: str) -> str:
    """A postcode, or the beginning of one, as it is compared: capital letters and digits alone."""
    return re.sub(r"[^A-Z0-9]", "", postcode.upper())


def longest_beginning(postcode: str, beginnings: Iterable[str]) -> int | None:
    """The length of the longest of these with which the postcode begins; None where none fits."""
    typed = plain(postcode)
    return max((len(one) for one in beginnings if typed.startswith(one)), default=None)


def zone_of(zones: Iterable[Zone], country: str, postcode: str) -> Zone | None:
    """The one zone of a place: the most signs of its postcode, of equal ones the fewest countries, then the oldest."""
    near = [(zone.nearness(country, postcode), zone) for zone in zones]
    fitting = [(-signs, len(zone.countries), zone.id, zone) for signs, zone in near if signs is not None]
    return min(fitting, key=lambda one: one[:3])[3] if fitting else None


def quotes_for(
    methods: Sequence[Method], zones: Iterable[Zone], rule: Rule, postcode: str, grams: int, value: int
) -> list[Quote]:
    """The ways that are open, in their order. Into a country that receives nothing, only those that are picked up."""
    zone = zone_of(zones, rule.country, postcode)
    found = []
    for method in methods:
        if not method.is_active or (method.kind is Kind.SHIP and not rule.may_receive):
            continue
        price = method.price_for(zone.id if zone else None, grams, value)
        if price is not None:
            found.append(_quote(method, price, rule))
    return found


def rates_in(rates: Iterable[Rate], country: str, postcode: str, day: date) -> dict[TaxClass, int]:
    """The rate of every class on a day: the longest beginning of the postcode wins, of equal ones the newest."""
    best: dict[TaxClass, tuple[int, date, int]] = {}
    for one in rates:
        if one.country != country or one.from_on > day:
            continue
        signs = longest_beginning(postcode, one.postcodes) if one.postcodes else 0
        if signs is not None:
            best[one.tax_class] = max(best.get(one.tax_class, (-1, date.min, 0)), (signs, one.from_on, one.rate))
    return {tax_class: best[tax_class][2] if tax_class in best else 0 for tax_class in TaxClass}


def default_rule(country: str, own_country: str) -> Rule:
    """Where nothing is written down the club's own country may do all, others nothing."""
    may = country == own_country
    return Rule(country=country, may_buy=may, may_receive=may, may_join=may, may_spend_points=may)


def age_to_confirm(rule: Rule, ages: Iterable[int | None]) -> int | None:
    """The age that a buyer has to confirm, given the ages that the goods ask for; None: none of them asks."""
    asked = [age for age in ages if age is not None]
    return max(*asked, rule.min_age or 0) if asked else None


def check_order(
    rule: Rule, kind: Kind, *, value: int, phone: str, method_needs_phone: bool, age: int | None, confirms_age: bool
) -> None:
    """Raise what a country's rule says against an order.

    `value` is that of the goods, `age` what `age_to_confirm` gave. Raises `NotSoldThere`, `NotSentThere`,
    `ValueTooHigh`, `PhoneNeeded`, `AgeNotConfirmed`.
    """
    if not rule.may_buy:
        raise NotSoldThere(country=rule.country)
    if kind is Kind.SHIP:
        if not rule.may_receive:
            raise NotSentThere(country=rule.country)
        if rule.most_value is not None and value > rule.most_value:
            raise ValueTooHigh(most=rule.most_value)
    if not phone.strip() and (method_needs_phone or (rule.needs_phone and kind is Kind.SHIP)):
        raise PhoneNeeded
    if age is not None and not confirms_age:
        raise AgeNotConfirmed(age=age)


def missing_to_free(quotes: Iterable[Quote], value: int) -> int | None:
    """How much more in goods the nearest free sending asks for; None: there is none, or it is reached."""
    left = [quote.free_from - value for quote in quotes if quote.kind is Kind.SHIP and quote.free_from is not None]
    return min(left) if left and min(left) > 0 else None


def _quote(method: Method, price: int, rule: Rule) -> Quote:
    return Quote(
        method_id=method.id,
        kind=method.kind,
        name=method.name,
        words=method.words,
        price=price,
        tax_class=method.tax_class,
        free_from=method.free_from,
        days_from=method.days_from,
        days_to=method.days_to,
        needs_phone=method.needs_phone or (rule.needs_phone and method.kind is Kind.SHIP),
    )
