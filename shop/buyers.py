"""Who looks at the shop, what they pay and what it brings them, found out once a request."""

from collections.abc import Mapping

from club.accrual.models import rules_on
from club.accrual.rules import Period, earned
from club.catalogue.categories import tree
from club.catalogue.rules.pricing import GUEST, Buyer
from club.catalogue.visitors import buyer_with, member_buyer
from club.purchases.models import points_between
from club.purchases.rules import SHOP, NewLine, NewPurchase
from club.tiers.models import ladder_on
from web.database import db
from web.glance import status_today
from web.kept import kept
from web.programme import today
from web.visitors import visitor


def member_or_none() -> int | None:
    """The member who looks; None for a guest and for staff who are no members."""
    who = visitor()
    return None if who is None else who.person_id


def buyer_today() -> Buyer:
    """Who looks, as far as prices care."""
    return kept("buyer", _buyer)


def tier_today() -> str | None:
    """The key of the tier that this member holds; None for others."""
    who = member_or_none()
    return None if who is None else status_today(who).rung.key


def newcomer_today() -> Buyer:
    """Somebody who joined a moment ago: what membership would do for a guest."""
    return member_buyer(db(), today())


def earns(amount: int, category_id: int | None) -> int:
    """Points that so many minor units for goods of a category bring this visitor; a guest as a newcomer."""
    known = tree(db())
    if not known.earns_points(category_id):
        return 0
    line = NewLine(amount=amount, category=known.purchase_category(category_id))
    purchase = NewPurchase(
        member_id=member_or_none() or 0, channel=SHOP, bought_on=today(), amount=amount, lines=(line,)
    )
    multiplier, _before_it = earning_today()
    return earned(purchase, rules_on(db(), today()), multiplier, earned_before=kept("earned_before", _before)).points


def earning_today() -> tuple[int, tuple[tuple[Period, int], ...]]:
    """What decides how much this visitor earns, beside the club's rules: the tier's multiplier, points of before."""
    return kept("multiplier", _multiplier), tuple(kept("earned_before", _before).items())


def _buyer() -> Buyer:
    who = member_or_none()
    return GUEST if who is None else buyer_with(db(), who, status_today(who), today())


def _multiplier() -> int:
    who = member_or_none()
    if who is None:
        return ladder_on(db(), today()).ladder.rungs[0].multiplier_percent
    return status_today(who).rung.multiplier_percent


def _before() -> Mapping[Period, int]:
    """What limits on earning leave out of account: asked only where there are any."""
    who = member_or_none()
    if who is None:
        return {}
    caps = rules_on(db(), today()).caps
    return {cap.period: points_between(db(), who, *cap.period.around(today())) for cap in caps}
