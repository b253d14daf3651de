"""What an order brings in points: certain ones as the statement has them, others as the cart worked them out."""

from dataclasses import dataclass, replace
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from club.accrual.models import rules_on
from club.accrual.rules import earned
from club.clock import club_day
from club.offers.service import Cause, campaigns_in
from club.orders.earned import OrderPoints, points_of
from club.orders.reading import OrderView
from club.orders.rules import State
from club.orders.service.steps import ORDER
from club.purchases.models import points_between
from club.purchases.rules import SHOP, NewLine, NewPurchase
from club.tiers.models import ladder_on
from web.database import db
from web.glance import status_today
from web.programme import programme, today


@dataclass(frozen=True)
class Brings:
    """Points of an order for the page: certain ones with their day, or what it would bring."""

    points: int
    is_pending: bool
    spendable_on: date | None
    is_certain: bool


def brings(order: OrderView, *, is_own: bool) -> Brings | None:
    """The points of this order: as the statement has them, or as the cart worked them out while nothing is sure.

    To a guest it is what the order would bring a new member.
    """
    if order.state == State.CANCELLED:
        return None
    if order.purchase_id is not None:
        found = points_of(db(), order.purchase_id)
        return None if found is None else _certain(found)
    if order.person_id is not None and not is_own:
        return None
    count = _would_bring(order)
    return Brings(count, is_pending=True, spendable_on=None, is_certain=False) if count else None


def waiting_words(order: OrderView, found: Brings) -> str:
    """When points that wait can be spent."""
    if found.spendable_on is not None:
        return ""
    days = programme().shop_return_days
    if not days:
        return _("They can be spent once it is delivered.")
    return ngettext(
        "They can be spent %(num)d day after it is delivered.",
        "They can be spent %(num)d days after it is delivered.",
        days,
    )


def _certain(found: OrderPoints) -> Brings:
    return Brings(found.points, bool(found.pending), found.spendable_on, is_certain=True)


def _would_bring(order: OrderView) -> int:
    who = order.person_id
    lines = tuple(
        NewLine(amount=line.paid, category=line.category, quantity=line.quantity, tax=line.tax)
        for line in order.lines
        if line.earns_points
    )
    day = club_day(order.settled_at, programme().time_zone) if order.settled_at else today()
    amount = sum(line.amount for line in lines)
    purchase = NewPurchase(member_id=who or 0, channel=SHOP, bought_on=day, amount=amount, lines=lines)
    rules = rules_on(db(), day)
    multipliers = campaigns_in(db(), Cause(ORDER, order.id)) if order.offers else ()
    rules = replace(rules, campaigns=(*rules.campaigns, *multipliers))
    if who is None:
        return earned(purchase, rules, ladder_on(db(), day).ladder.rungs[0].multiplier_percent).points
    before = {cap.period: points_between(db(), who, *cap.period.around(day)) for cap in rules.caps}
    return earned(purchase, rules, status_today(who).rung.multiplier_percent, earned_before=before).points
