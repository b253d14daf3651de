"""A product as it stands, to be changed in one part, and what it lacks before buyers can see it."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.catalogue.cards import Choice
from club.catalogue.models import Attribute
from club.catalogue.pictures import is_described
from club.catalogue.reading import Page
from club.catalogue.rules.products import AttributeKind, NewAttribute, NewProduct, NewVariant, Option
from club.texts import LANGUAGES, Texts


@dataclass(frozen=True)
class FactKind:
    """A kind of fact that products may have."""

    key: str
    name: Texts
    kind: AttributeKind
    unit: str
    is_filter: bool


@dataclass(frozen=True)
class Readiness:
    """What stands between a product and the shop, and what would only be better."""

    unpriced: int
    """Active variants without a price."""
    pictures: int
    undescribed: int
    """Pictures that are not described in every language."""
    unmade: int
    """Pictures whose sizes are not made yet."""
    has_category: bool
    gaps: int
    """Texts that are missing in a language in which other products may have them."""

    @property
    def is_ready(self) -> bool:
        """Whether it can go into the shop."""
        return not self.unpriced and not self.undescribed


def as_it_stands(page: Page) -> NewProduct:
    """Everything that staff say of it. Variants that are off sale and fit no option any more are left out, so they stay
    as they are.
    """
    return NewProduct(
        name=page.name,
        short=page.short,
        description=page.description,
        slugs=page.slugs,
        category_ids=page.category_ids,
        tax_class=page.tax_class,
        tax_abroad=page.tax_abroad,
        visible_from=page.visible_from,
        visible_until=page.visible_until,
        rung_key=page.rung_key,
        limit_per_member=page.limit_per_member,
        min_age=page.min_age,
        no_return=page.no_return,
        takes_tier_discount=page.takes_tier_discount,
        options=page.options,
        variants=tuple(
            _variant(one.choice) for one in page.variants if one.choice.is_active or _fits(one.choice, page.options)
        ),
        attributes=tuple(NewAttribute(fact.key, fact.value, fact.number) for fact in page.facts),
    )


def fact_kinds(db: Session) -> list[FactKind]:
    """Every kind of fact, in order."""
    rows = db.execute(
        select(Attribute.key, Attribute.name, Attribute.kind, Attribute.unit, Attribute.is_filter).order_by(
            Attribute.position, Attribute.key
        )
    )
    return [FactKind(row.key, row.name, AttributeKind(row.kind), row.unit, row.is_filter) for row in rows]


def readiness_of(page: Page) -> Readiness:
    """What the product lacks on the day for which it was read."""
    texts = [page.name, page.short, page.description]
    return Readiness(
        unpriced=sum(one.choice.is_active and one.price is None for one in page.variants),
        pictures=len(page.images),
        undescribed=sum(not is_described(image.alt) for image in page.images),
        unmade=sum(not image.is_ready for image in page.images),
        has_category=page.category_id is not None,
        gaps=sum(not text.get(language) for text in texts for language in LANGUAGES),
    )


def _variant(choice: Choice) -> NewVariant:
    return NewVariant(
        sku=choice.sku,
        choices=choice.choices,
        content=choice.content,
        unit=choice.unit,
        weight_grams=choice.weight_grams,
        sold_in=choice.sold_in,
        is_active=choice.is_active,
        id=choice.id,
    )


def _fits(choice: Choice, options: tuple[Option, ...]) -> bool:
    allowed = {option.key: {key for key, _ in option.values} for option in options}
    return set(choice.choices) == set(allowed) and all(value in allowed[key] for key, value in choice.choices.items())
