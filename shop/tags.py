"""What a price tag says: the amount, why it is that, what it is in points, what it earns."""

from dataclasses import dataclass

from flask_babel import gettext as _

from club.catalogue.cards import UnitPrice
from club.catalogue.rules.pricing import Kind, Shown
from club.catalogue.rules.products import Unit
from club.tiers.models import ladder_on
from shop.buyers import earns, member_or_none, tier_today
from web.database import db
from web.formats import day, money, percent, points
from web.languages import in_language
from web.programme import programme, today

MINUS = "\u2212"


@dataclass(frozen=True)
class Tag:
    """One price as a page shows it. Amounts in minor units."""

    amount: int
    usual: int | None
    """Where more than `amount` is usual."""
    reason: str
    lowest: int | None
    """The lowest price of the 30 days before a reduction for everybody."""
    unit: str
    in_points: int
    earns: str
    """What it brings, in words; empty where it brings nothing."""
    is_reduced_for_all: bool


def tag_of(shown: Shown, unit_price: UnitPrice | None, category_id: int | None) -> Tag:
    """The tag of a price."""
    return Tag(
        amount=shown.amount,
        usual=shown.base if shown.is_reduced else None,
        reason=reason_of(shown),
        lowest=shown.lowest_before if shown.public < shown.base else None,
        unit=unit_words(unit_price) if unit_price and unit_price.amount != shown.amount else "",
        in_points=programme().points_for(shown.amount),
        earns=earns_words(earns(shown.amount, category_id)),
        is_reduced_for_all=shown.public < shown.base,
    )


def earns_words(count: int) -> str:
    """What a purchase brings this member, or would bring a guest as one."""
    if not count:
        return ""
    if member_or_none() is None:
        return _("Members earn %(points)s", points=points(count))
    return _("You earn %(points)s", points=points(count))


def reason_of(shown: Shown) -> str:
    """Why it costs that; empty for the usual price."""
    if not shown.is_reduced:
        return ""
    off = f" {MINUS}{percent(shown.percent)}" if shown.percent else ""
    match shown.kind:
        case Kind.TIER:
            tier = rung_name(shown.rung_key)
            is_own = shown.rung_key == tier_today()
            return (_("Your tier, %(tier)s", tier=tier) if is_own else _("From %(tier)s on", tier=tier)) + off
        case Kind.MEMBER:
            return _("Agreed with you") + off
        case Kind.SALE if shown.until_on is not None:
            return _("Reduced until %(day)s", day=day(shown.until_on)) + (f" ({off.strip()})" if off else "")
    return ""


def rung_name(key: str | None) -> str:
    """A tier's name in the reader's language; empty for one that the ladder does not have."""
    rungs = ladder_on(db(), today()).ladder.rungs
    return next((in_language(rung.name) for rung in rungs if rung.key == key), "")


def unit_words(unit_price: UnitPrice) -> str:
    """28,80 € a litre."""
    price = money(unit_price.amount)
    match unit_price.unit:
        case Unit.LITRE:
            return _("%(price)s a litre", price=price)
        case Unit.KILOGRAM:
            return _("%(price)s a kilogram", price=price)
        case Unit.METRE:
            return _("%(price)s a metre", price=price)
        case Unit.SQUARE_METRE:
            return _("%(price)s a square metre", price=price)
        case Unit.PIECE:
            return _("%(price)s a piece", price=price)
