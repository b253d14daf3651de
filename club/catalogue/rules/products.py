"""What a product, its variants and its category are made of. Each value checks itself: `BadProduct` names the place."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from club.catalogue.rules.faults import Fault, Place
from club.countries import is_country
from club.errors import BadProduct
from club.texts import Texts

LONGEST_NAME = 120
LONGEST_SHORT = 300
LONGEST_DESCRIPTION = 20_000
LONGEST_SLUG = 80
LONGEST_SKU = 40
LONGEST_KEY = 40
LONGEST_FILE = 80
LONGEST_ALT = 250
MOST_OPTIONS = 3
MOST_VARIANTS = 200
MOST_VALUES = MOST_VARIANTS
"""Of one option: each has a variant at least."""
MOST_IMAGES = 20
MOST_QUANTITY = 100_000
HEAVIEST_GRAMS = 1_000_000
MOST_CONTENT = 100_000_000
"""Thousandths of a unit."""

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_SKU = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/-]*")


class State(StrEnum):
    """Whether a product can be seen in the shop."""

    DRAFT = "draft"
    LIVE = "live"
    ARCHIVED = "archived"


class TaxClass(StrEnum):
    """Which of a country's tax rates a product falls under."""

    STANDARD = "standard"
    REDUCED = "reduced"
    SUPER_REDUCED = "super_reduced"
    ZERO = "zero"


class Unit(StrEnum):
    """What a unit price is for: one of these."""

    LITRE = "l"
    KILOGRAM = "kg"
    METRE = "m"
    SQUARE_METRE = "m2"
    PIECE = "piece"


class AttributeKind(StrEnum):
    """What the values of an attribute are."""

    TEXT = "text"
    NUMBER = "number"


@dataclass(frozen=True)
class Option:
    """A choice that a product offers, such as its size, and the values to choose from; keys are stable."""

    key: str
    name: Texts
    values: tuple[tuple[str, Texts], ...]


@dataclass(frozen=True)
class NewVariant:
    """What has a number of its own and is counted. `choices`: option key → value key."""

    sku: str
    choices: Mapping[str, str] = field(default_factory=dict)
    content: int = 0
    """How much is in it, in thousandths of `unit`: 750 of a litre; 0: no unit price."""
    unit: Unit | None = None
    weight_grams: int = 0
    sold_in: int = 1
    """It is sold in multiples of this: 6 for a carton of six."""
    is_active: bool = True
    id: int | None = None
    """Of a variant that is there already."""

    @property
    def choice_key(self) -> str:
        """The choices as one text, the same in whatever order they were made."""
        return ";".join(f"{key}={value}" for key, value in sorted(self.choices.items()))


@dataclass(frozen=True)
class NewAttribute:
    """One fact of a product: a text in the club's languages; a number is kept in thousandths beside it."""

    key: str
    value: Texts
    number: int | None = None


class NoReturn(StrEnum):
    """Why a product cannot be given back, unless something is wrong with it: Directive 2011/83/EU, article 16."""

    MADE_TO_ORDER = "made_to_order"
    """(c): made to the buyer's wishes."""
    PERISHABLE = "perishable"
    """(d): it spoils soon."""
    HYGIENE = "hygiene"
    """(e): sealed for health or hygiene; only once the seal is broken."""
    DATED = "dated"
    """(l): leisure on a certain day."""

    @property
    def holds_when_sealed(self) -> bool:
        """Whether it cannot come back unopened either."""
        return self is not NoReturn.HYGIENE


@dataclass(frozen=True)
class NewProduct:
    """Everything that staff say of a product but its prices, pictures and stock."""

    name: Texts
    short: Texts = field(default_factory=lambda: Texts({}))
    description: Texts = field(default_factory=lambda: Texts({}))
    slugs: Texts = field(default_factory=lambda: Texts({}))
    """An empty one is made from the name."""
    category_ids: tuple[int, ...] = ()
    """The first is its home: its crumbs and whether it earns and takes points."""
    tax_class: TaxClass = TaxClass.STANDARD
    tax_abroad: Mapping[str, TaxClass] = field(default_factory=dict)
    """Country → the class that it falls under there, where that is another one: wine in Portugal."""
    visible_from: date | None = None
    visible_until: date | None = None
    rung_key: str | None = None
    """Shown from this tier on; none: to everybody."""
    limit_per_member: int | None = None
    """How many one member can have of it, ever; such a product is for members alone."""
    min_age: int | None = None
    no_return: NoReturn | None = None
    """Why it cannot be given back; none: it can."""
    takes_tier_discount: bool = True
    options: tuple[Option, ...] = ()
    variants: tuple[NewVariant, ...] = ()
    attributes: tuple[NewAttribute, ...] = ()


@dataclass(frozen=True)
class NewCategory:
    """What staff say of a category."""

    name: Texts
    words: Texts = field(default_factory=lambda: Texts({}))
    slugs: Texts = field(default_factory=lambda: Texts({}))
    parent_id: int | None = None
    is_shown: bool = True
    earns_points: bool = True
    takes_points: bool = True


def check_product(product: NewProduct) -> None:
    """Raise `BadProduct` for the first thing that does not hold together."""
    check_texts(Place.NAME, product.name, LONGEST_NAME, is_needed=True)
    check_texts(Place.SHORT, product.short, LONGEST_SHORT)
    check_texts(Place.DESCRIPTION, product.description, LONGEST_DESCRIPTION)
    check_slugs(product.slugs)
    if product.visible_from and product.visible_until and product.visible_until < product.visible_from:
        raise BadProduct(Place.DAYS, Fault.DAYS_REVERSED)
    check_range(Place.LIMIT, product.limit_per_member, 1, MOST_QUANTITY)
    check_range(Place.AGE, product.min_age, 1, 99)
    _check_once(Place.CATEGORIES, [str(one) for one in product.category_ids])
    _check_once(Place.ATTRIBUTES, [one.key for one in product.attributes])
    _check_countries(product.tax_abroad)
    _check_options(product.options)
    _check_variants(product.options, product.variants)


def check_category(category: NewCategory) -> None:
    """Raise `BadProduct` for the first thing that does not hold together."""
    check_texts(Place.NAME, category.name, LONGEST_NAME, is_needed=True)
    check_texts(Place.DESCRIPTION, category.words, LONGEST_DESCRIPTION)
    check_slugs(category.slugs)


def is_slug(text: str) -> bool:
    """Whether something can stand under this address at all."""
    return len(text) <= LONGEST_SLUG and _SLUG.fullmatch(text) is not None


def check_slugs(slugs: Texts) -> None:
    """A part of an address is small Latin letters, digits and single hyphens between them."""
    for slug in slugs.values():
        if not is_slug(slug):
            raise BadProduct(Place.SLUG, Fault.BAD_SLUG, slug[:LONGEST_SLUG])


def check_key(place: Place, key: str) -> None:
    """A key is small Latin letters, digits and low lines, beginning with a letter."""
    if not _KEY.fullmatch(key) or len(key) > LONGEST_KEY:
        raise BadProduct(place, Fault.BAD_KEY, key[:LONGEST_KEY])


def check_sku(sku: str) -> None:
    """A SKU is Latin letters, digits and . _ / - behind the first."""
    if not is_sku(sku):
        raise BadProduct(Place.SKU, Fault.BAD_SKU, sku[:LONGEST_SKU])


def is_sku(sku: str) -> bool:
    """Whether a text can be a SKU."""
    return _SKU.fullmatch(sku) is not None and len(sku) <= LONGEST_SKU


def check_texts(place: Place, texts: Texts, longest: int, *, is_needed: bool = False) -> None:
    """A text is not too long in any language and, where it is needed, there in one."""
    if is_needed and not any(words.strip() for words in texts.values()):
        raise BadProduct(place, Fault.NO_NAME)
    if any(len(words) > longest for words in texts.values()):
        raise BadProduct(place, Fault.TOO_LONG, str(longest))


def check_range(place: Place, value: int | None, least: int, most: int) -> None:
    """A whole number lies between two others; none is fine."""
    if value is not None and not least <= value <= most:
        raise BadProduct(place, Fault.OUT_OF_RANGE, f"{least}–{most}")


def sku_key(sku: str) -> str:
    """A SKU as it is compared: capitals, without signs: rio-2019 and RIO 2019 are one."""
    return re.sub(r"[^0-9A-Z]", "", sku.upper())


def _check_countries(codes: Iterable[str]) -> None:
    unknown = next((code for code in codes if not is_country(code)), None)
    if unknown is not None:
        raise BadProduct(Place.TAX_ABROAD, Fault.UNKNOWN, unknown[:LONGEST_KEY])


def _check_once(place: Place, keys: Sequence[str]) -> None:
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise BadProduct(place, Fault.TWICE, twice)


def _check_options(options: Sequence[Option]) -> None:
    if len(options) > MOST_OPTIONS:
        raise BadProduct(Place.OPTIONS, Fault.TOO_MANY, str(MOST_OPTIONS))
    _check_once(Place.OPTIONS, [option.key for option in options])
    for option in options:
        check_key(Place.OPTIONS, option.key)
        check_texts(Place.OPTIONS, option.name, LONGEST_NAME, is_needed=True)
        if not option.values:
            raise BadProduct(Place.OPTIONS, Fault.CHOICES, option.key)
        if len(option.values) > MOST_VALUES:
            raise BadProduct(Place.OPTIONS, Fault.TOO_MANY, str(MOST_VALUES))
        _check_once(Place.OPTIONS, [key for key, _ in option.values])
        for key, name in option.values:
            check_key(Place.OPTIONS, key)
            check_texts(Place.OPTIONS, name, LONGEST_NAME, is_needed=True)


def _check_variants(options: Sequence[Option], variants: Sequence[NewVariant]) -> None:
    if not variants:
        raise BadProduct(Place.VARIANTS, Fault.NO_VARIANT)
    if len(variants) > MOST_VARIANTS:
        raise BadProduct(Place.VARIANTS, Fault.TOO_MANY, str(MOST_VARIANTS))
    allowed = {option.key: {key for key, _ in option.values} for option in options}
    for variant in variants:
        check_sku(variant.sku)
        is_whole = set(variant.choices) == set(allowed)
        if not is_whole or any(value not in allowed[key] for key, value in variant.choices.items()):
            raise BadProduct(Place.VARIANTS, Fault.CHOICES, variant.sku)
        check_range(Place.CONTENT, variant.content, 0, MOST_CONTENT)
        check_range(Place.WEIGHT, variant.weight_grams, 0, HEAVIEST_GRAMS)
        check_range(Place.SOLD_IN, variant.sold_in, 1, MOST_QUANTITY)
        if bool(variant.content) != (variant.unit is not None):
            raise BadProduct(Place.CONTENT, Fault.CONTENT_UNIT, variant.sku)
    _check_once(Place.SKU, [sku_key(variant.sku) for variant in variants])
    _check_once(Place.VARIANTS, [variant.choice_key for variant in variants])
