"""An offer that multiplies points, as a campaign of one purchase: the best one counts, beside the tier's own."""

from dataclasses import replace

from sqlalchemy.orm import Session

from club.accrual.rules import Campaign, Rules
from club.catalogue.categories import tree
from club.offers.rules import Offer
from club.offers.stacking import Applied


def campaigns_with(db: Session, applied: Applied) -> tuple[Campaign, ...]:
    """The multiplier that counts for these goods, as earning takes it."""
    used = applied.multiplier
    return () if used is None else campaigns_of(db, used.candidate.offer_id, used.offer)


def rules_with(db: Session, rules: Rules, applied: Applied) -> Rules:
    """The earning rules of a day, and the multiplier that counts for these goods."""
    return replace(rules, campaigns=(*rules.campaigns, *campaigns_with(db, applied))) if applied.multiplier else rules


def campaigns_of(db: Session, offer_id: int, offer: Offer) -> tuple[Campaign, ...]:
    """One for all goods, or one for each category that the offer is for and each below it."""
    everywhere = Campaign(percent=offer.percent, starts_on=offer.starts_on, name=offer.title, offer_id=offer_id)
    if not offer.categories:
        return (everywhere,)
    known = tree(db)
    inside = sorted({one for top in offer.categories for one in known.subtree(top) if one in known.nodes})
    return tuple(replace(everywhere, category=known.purchase_category(category_id)) for category_id in inside)
